"""What the search columns are made with: extensions, and one immutable function that writes a name as a key."""

from django.db import migrations

# `unaccent` is only stable, since its dictionary could change; ours is named by its full name and does not, which lets
# generated columns and indexes use it. Breaks are listed rather than asked of the locale: the same on every server.
KEY = r"""
CREATE OR REPLACE FUNCTION ligne_key(given text) RETURNS text
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN btrim(regexp_replace(
    upper(public.unaccent('public.unaccent'::regdictionary, given)),
    '[[:space:]''’‘.,;:/()&+_"«»-]+', ' ', 'g'
));
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = []

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public", migrations.RunSQL.noop),
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public", migrations.RunSQL.noop),
        migrations.RunSQL(KEY, "DROP FUNCTION IF EXISTS ligne_key(text)"),
    ]
