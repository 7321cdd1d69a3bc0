from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("kit", "0003_said"),
    ]

    operations = [
        migrations.CreateModel(
            name="Done",
            fields=[
                ("digest", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("at", models.DateTimeField(db_index=True)),
            ],
        ),
    ]
