"""The dictionaries of names and towns, by sound and by one letter; where customers live, beside their names."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.models import F, Func, Q

# How a key is heard in French, roughly: what is pronounced alike is written alike, and silent ends go. Two names with
# one sound are worth a look; the sound alone never decides.
SOUND = r"""
CREATE FUNCTION ligne_sound(key text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $$
DECLARE
    heard text := replace(left(key, 60), ' ', '');
    rule text[];
    rules text[][] := ARRAY[
        ['PH', 'F'], ['S?CH|SH', 'c'], ['H', ''], ['EAU|AU', 'O'], ['QU|Q|CK|C(?![EIY])', 'K'],
        ['GU(?=[EIY])', 'g'], ['G(?=[EIY])', 'J'],
        ['[AE]?[IY][NM](?![AEIOUYNM])|UN(?![AEIOUYN])', '1'], ['[AE][NM](?![AEIOUYNM])', '2'],
        ['A[IY]|EI|OE|ER$|EZ$', 'E'], ['OU|W', 'u'], ['Y', 'I'], ['[CZX]', 'S'],
        ['(.)\1+', '\1'], ['[ESTDPL]+$', '']
    ];
BEGIN
    FOREACH rule SLICE 1 IN ARRAY rules LOOP
        heard := regexp_replace(heard, rule[1], rule[2], 'g');
    END LOOP;
    RETURN heard;
END $$;
"""

# The key, and the key with each of its letters left out.
NEAR = """
CREATE FUNCTION ligne_near(key text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ARRAY(
    SELECT left(key, 30)
    UNION
    SELECT left(left(key, 30), i - 1) || substr(left(key, 30), i + 1) FROM generate_series(1, least(length(key), 30)) AS i
);
"""

# What the files say already goes into the dictionaries.
FILL = """
INSERT INTO customers_surname (key) SELECT DISTINCT surname_key FROM customers_customer WHERE surname_key <> '';
INSERT INTO customers_firstname (key) SELECT DISTINCT first_key FROM customers_customer WHERE first_key <> '';
INSERT INTO customers_town (key, postcode) SELECT DISTINCT ligne_key(city), postcode FROM customers_address
    WHERE valid_to IS NULL AND postcode <> '' AND ligne_key(city) <> '';
UPDATE customers_customer c SET postcode = a.postcode FROM (
    SELECT DISTINCT ON (customer_id) customer_id, postcode FROM customers_address
    WHERE valid_to IS NULL ORDER BY customer_id, label = 'main' DESC, id
) a WHERE a.customer_id = c.id AND a.postcode <> '';
"""


def key_field():
    return models.TextField(db_collation="C")


def word_fields():
    """What every dictionary has."""
    sound = Func(F("key"), function="ligne_sound")
    near = Func(F("key"), function="ligne_near")
    keys = django.contrib.postgres.fields.ArrayField(base_field=key_field(), size=None)
    return [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("key", key_field()),
        ("sound", models.GeneratedField(db_persist=True, expression=sound, output_field=key_field())),
        ("near", models.GeneratedField(db_persist=True, expression=near, output_field=keys)),
    ]


class Migration(migrations.Migration):

    dependencies = [("customers", "0003_imported_lines")]

    operations = [
        migrations.RunSQL("CREATE EXTENSION IF NOT EXISTS fuzzystrmatch WITH SCHEMA public", migrations.RunSQL.noop),
        migrations.RunSQL(SOUND, "DROP FUNCTION ligne_sound(text)"),
        migrations.RunSQL(NEAR, "DROP FUNCTION ligne_near(text)"),
        migrations.DeleteModel("Surname"),
        migrations.CreateModel(
            name="Surname",
            fields=word_fields(),
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["key"], name="surname_trigrams", opclasses=["gin_trgm_ops"]
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["near"], name="surname_near"),
                    models.Index(fields=["sound"], name="surname_sound"),
                ],
                "constraints": [models.UniqueConstraint(fields=("key",), name="surname_once")],
            },
        ),
        migrations.CreateModel(
            name="FirstName",
            fields=word_fields(),
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(fields=["near"], name="first_name_near"),
                    models.Index(fields=["sound"], name="first_name_sound"),
                ],
                "constraints": [models.UniqueConstraint(fields=("key",), name="first_name_once")],
            },
        ),
        migrations.CreateModel(
            name="Town",
            fields=[*word_fields(), ("postcode", key_field())],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["near"], name="town_near")],
                "constraints": [models.UniqueConstraint(fields=("key", "postcode"), name="town_once")],
            },
        ),
        migrations.AddField(
            model_name="customer",
            name="postcode",
            field=models.CharField(blank=True, default="", max_length=12, db_collation="C"),
            preserve_default=False,
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="customer",
            index=models.Index(
                condition=Q(("erased_at__isnull", True), ("merged_into__isnull", True), Q(("postcode", ""), _negated=True)),
                fields=["principal", "surname_key", "postcode"],
                name="customer_by_place",
            ),
        ),
        migrations.RemoveIndex(model_name="contactpoint", name="point_by_phone"),
        migrations.AddIndex(
            model_name="contactpoint",
            index=models.Index(
                condition=Q(("kind", "phone")), fields=["value"], name="point_by_phone", opclasses=["varchar_pattern_ops"]
            ),
        ),
    ]
