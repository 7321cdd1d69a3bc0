from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalogue", "0001_initial")]
    operations = [
        migrations.AddField("product", "version", models.PositiveIntegerField(default=1)),
    ]
