from django.db import migrations

# What was told to open pages lately (ligne.kit.live): no disk flush, and after a crash pages ask for everything again.
MAKE = """
CREATE UNLOGGED TABLE kit_said (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    transaction_id bigint NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    at timestamptz NOT NULL DEFAULT clock_timestamp(),
    payload text NOT NULL
)
"""


class Migration(migrations.Migration):
    dependencies = [
        ("kit", "0002_pace"),
    ]

    operations = [
        migrations.RunSQL(MAKE, "DROP TABLE kit_said"),
    ]
