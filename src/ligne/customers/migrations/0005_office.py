from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customers", "0004_search")]
    operations = [
        migrations.AddField("segment", "active", models.BooleanField(default=True)),
        migrations.AddField("segment", "version", models.PositiveIntegerField(default=1)),
        migrations.AddField("consent", "attachment_name", models.CharField(blank=True, max_length=200)),
    ]
