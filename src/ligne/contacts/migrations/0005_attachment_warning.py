from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("contacts", "0004_without_outcome"),
    ]

    operations = [
        migrations.AddField(
            model_name="attachment",
            name="warning",
            field=models.CharField(blank=True, max_length=12),
        ),
    ]
