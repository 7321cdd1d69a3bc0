from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [("contacts", "0003_joining")]

    operations = [
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(
                fields=["id"], name="contact_without_outcome", condition=Q(state="closed", outcome="")
            ),
        ),
    ]
