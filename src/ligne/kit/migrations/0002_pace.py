import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kit", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Pace",
            fields=[
                ("key", models.CharField(max_length=80, primary_key=True, serialize=False)),
                ("at", django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(), size=None)),
                ("until", models.DateTimeField(db_index=True)),
            ],
        ),
        migrations.CreateModel(
            name="LastingKey",
            fields=[
                ("purpose", models.CharField(max_length=60, primary_key=True, serialize=False)),
                ("sealed", models.CharField(max_length=200)),
            ],
        ),
        # Counts need no disk flush, and after a crash there is nothing to count against.
        migrations.RunSQL("ALTER TABLE kit_pace SET UNLOGGED", "ALTER TABLE kit_pace SET LOGGED"),
    ]
