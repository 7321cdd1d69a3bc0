"""Finding customers by index: names through the dictionary, ends of numbers, references. Ids out, best first."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection

from ligne.customers.models import ContactPoint, Customer
from ligne.customers.reads.scope import key_of

KEYS = 20  # names followed for each reading of what was typed
ALIKE = 0.4  # trigram similarity from which a name is worth following
TITLES = frozenset({"MME", "M", "MR", "MLLE", "MADAME", "MONSIEUR", "MADEMOISELLE"})

# Every reading of the text is a surname and a first name. For each: the names that are it, begin with it, look like it
# or (businesses) hold it as a word; then, nearest name first, who bears it, a fitting first name counting one more.
# Each step is served by an index: the dictionary's, then (principal, name, first name).
_BY_NAME = """
WITH readings AS (
    SELECT * FROM unnest(%(surnames)s::text[], %(firsts)s::text[]) AS r(surname, first)
), near AS (
    SELECT r.surname, r.first, k.key, max(k.nearness) AS nearness
    FROM readings r CROSS JOIN LATERAL (
        SELECT key, 2.0::float AS nearness FROM customers_surname WHERE key = r.surname
        UNION ALL
        (SELECT key, 1.0 FROM customers_surname
         WHERE key >= r.surname AND key < r.surname || chr(1114111) ORDER BY key LIMIT %(keys)s)
        UNION ALL
        (SELECT key, similarity(key, r.surname) FROM customers_surname
         WHERE key %% r.surname AND similarity(key, r.surname) >= %(alike)s AND length(r.surname) > 2
         ORDER BY 2 DESC LIMIT %(keys)s)
        UNION ALL
        (SELECT key, word_similarity(r.surname, key) - 0.05 FROM customers_surname
         WHERE key %%> r.surname AND length(r.surname) > 2
         ORDER BY 2 DESC LIMIT %(keys)s)
    ) k GROUP BY r.surname, r.first, k.key
), followed AS (
    SELECT *, row_number() OVER (PARTITION BY surname, first ORDER BY nearness DESC, key) AS rank FROM near
)
SELECT c.id, max(f.nearness + c.fits) AS worth
FROM followed f CROSS JOIN unnest(%(principals)s::bigint[]) AS p(id) CROSS JOIN LATERAL (
    (SELECT id, first_key, 1 AS fits FROM customers_customer
     WHERE principal_id = p.id AND surname_key = f.key AND f.first <> ''
       AND first_key >= f.first AND first_key < f.first || chr(1114111)
       AND merged_into_id IS NULL AND erased_at IS NULL
     ORDER BY first_key, id LIMIT %(limit)s)
    UNION ALL
    (SELECT id, first_key, 0 FROM customers_customer
     WHERE principal_id = p.id AND surname_key = f.key AND merged_into_id IS NULL AND erased_at IS NULL
     ORDER BY first_key, id LIMIT %(limit)s)
) c WHERE f.rank <= %(keys)s
GROUP BY c.id ORDER BY worth DESC, min(f.key), min(c.first_key), c.id LIMIT %(limit)s
"""


def by_name(principals: Iterable[int], text: str, *, limit: int) -> list[int]:
    """Living customers named like `text` ("lefebvre anne", "anne lefe", "coline"); milliseconds at five million."""
    words = [w for w in key_of(text).split()[:6] if w not in TITLES]
    if not words:
        return []
    surnames, firsts = zip(*_readings(words), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(
            _BY_NAME,
            {
                "surnames": list(surnames),
                "firsts": list(firsts),
                "principals": sorted(principals),
                "keys": KEYS,
                "alike": ALIKE,
                "limit": limit,
            },
        )
        return [int(pk) for pk, _ in cursor.fetchall()]


def by_phone_end(principals: Iterable[int], digits: str, *, limit: int) -> list[int]:
    """Customers one of whose telephones ends with `digits`; may hold merged or erased ones."""
    backwards = digits[::-1]
    points = ContactPoint.objects.filter(principal_id__in=list(principals), kind="phone", reversed__gte=backwards)
    points = points.filter(reversed__lt=backwards + "\U0010ffff").order_by("reversed")
    return list(dict.fromkeys(points.values_list("customer_id", flat=True)[: limit * 4]))


def by_email(principals: Iterable[int], typed: str, *, limit: int) -> list[int]:
    """Customers whose e-mail address is, or begins with, `typed` (lower case)."""
    points = ContactPoint.objects.filter(principal_id__in=list(principals), kind="email", email_key__gte=typed)
    points = points.filter(email_key__lt=typed + "\U0010ffff").order_by("email_key")
    return list(dict.fromkeys(points.values_list("customer_id", flat=True)[: limit * 4]))


def by_reference(principals: Iterable[int], reference: str) -> list[int]:
    """The customers with exactly this reference (one per principal), those merged into another included."""
    rows = Customer.objects.filter(principal_id__in=list(principals), external_ref=reference)
    return [merged or pk for pk, merged in rows.values_list("pk", "merged_into_id")[:20]]


def _readings(words: list[str]) -> list[tuple[str, str]]:
    """(surname, first name) as they may have been typed: either order, compound names whole, a single word."""
    if len(words) == 1:
        return [(words[0], "")]
    readings = [(words[-1], " ".join(words[:-1])), (words[0], " ".join(words[1:])), (" ".join(words), "")]
    if len(words) > 2:
        readings += [(" ".join(words[1:]), words[0]), (" ".join(words[:-1]), words[-1])]
    return readings
