from django.db import migrations

# What was told to open pages lately (ligne.kit.live): no disk flush, and after a crash pages ask for everything again.
# The numbers are logged all the same: a replica that is promoted must go on from them (and PostgreSQL 15 leaves the
# sequence of an unlogged table unreadable on it).
MAKE = """
CREATE SEQUENCE kit_said_number;
CREATE UNLOGGED TABLE kit_said (
    id bigint PRIMARY KEY DEFAULT nextval('kit_said_number'),
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
        migrations.RunSQL(MAKE, "DROP TABLE kit_said; DROP SEQUENCE kit_said_number"),
    ]
