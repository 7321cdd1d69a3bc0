"""Finding customers by name, however it is written: through the dictionaries of names and towns, then by equality.

Every reading of the text is a surname and a first name. Each is looked for in its dictionary: as typed, as a
beginning, as it sounds, or with one letter more, less, other, or exchanged with its neighbour. The pairs that fit best
are followed to those who bear them; living near the place that was typed counts one more. Each step is served by an
index: milliseconds at five million customers. Only when hardly anybody is found are names compared by their trigrams.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ligne.customers.rules import names
from ligne.kit import sql

TITLES = frozenset({"MME", "M", "MR", "MLLE", "MADAME", "MONSIEUR", "MADEMOISELLE"})
FEW = 3  # found by fewer, a name is looked for by its trigrams too
_LIVING = "merged_into_id IS NULL AND erased_at IS NULL"


@dataclass(frozen=True, slots=True)
class Hit:
    """Somebody found: `exact` when named as typed, `placed` when living where the text says."""

    id: int
    exact: bool
    placed: bool


def _near(table: str, most: int) -> str:
    """(typed, key, score, rank) for each text of `typed_{table}`: the dictionary's entries that may be meant."""
    return f"""
    SELECT typed, key, score, row_number() OVER (PARTITION BY typed ORDER BY score DESC, key) AS rank FROM (
        SELECT t.typed, k.key, CASE
            WHEN k.key = t.typed THEN 1.3
            WHEN starts_with(k.key, t.typed || ' ') THEN 1.0
            WHEN starts_with(k.key, t.typed) THEN 0.75 + 0.2 * length(t.typed) / length(k.key)
            ELSE 1 - levenshtein(left(k.key, 100), left(t.typed, 100))::float / greatest(length(k.key), length(t.typed))
                 + CASE WHEN k.sound = t.sound THEN 0.12 ELSE 0 END
        END AS score
        FROM typed_{table} t CROSS JOIN LATERAL (
            (SELECT key, sound FROM customers_{table}
             WHERE key >= t.typed AND key < t.typed || chr(1114111) ORDER BY key LIMIT 12)
            UNION (SELECT key, sound FROM customers_{table} WHERE sound = t.sound AND t.sound <> '' LIMIT 80)
            UNION (SELECT key, sound FROM customers_{table} WHERE near && t.near LIMIT 300)
        ) k
    ) scored WHERE score >= 0.5 ORDER BY rank LIMIT {most * 8}"""  # noqa: S608 - our own tables


_BY_NAME = f"""
WITH readings AS MATERIALIZED (
    SELECT * FROM unnest(%(surnames)s::text[], %(firsts)s::text[]) AS r(surname, first)
), typed_surname AS MATERIALIZED (
    SELECT typed, ligne_sound(typed) AS sound, ligne_near(typed) AS near
    FROM (SELECT DISTINCT surname FROM readings) AS s(typed)
), typed_firstname AS MATERIALIZED (
    SELECT typed, ligne_sound(typed) AS sound, ligne_near(typed) AS near
    FROM (SELECT DISTINCT first FROM readings WHERE first <> '') AS f(typed)
), surnames AS MATERIALIZED ({_near("surname", 24)}
), firsts AS MATERIALIZED ({_near("firstname", 10)}
), ranges AS MATERIALIZED (
    SELECT * FROM unnest(%(lows)s::text[]) AS g(low)
), pairs AS MATERIALIZED (
    SELECT s.key AS surname, f.key AS first, max(s.score + 0.8 * f.score) AS fits,
           bool_or(s.key = r.surname AND f.key = r.first) AS exact
    FROM readings r JOIN surnames s ON s.typed = r.surname AND s.rank <= 24
    JOIN firsts f ON f.typed = r.first AND f.rank <= 10
    GROUP BY s.key, f.key ORDER BY fits DESC LIMIT 100
), alone AS MATERIALIZED (
    SELECT s.key AS surname, max(s.score + CASE WHEN r.first = '' THEN 0.8 ELSE 0 END) AS fits,
           bool_or(s.key = r.surname AND r.first = '') AS exact
    FROM readings r JOIN surnames s ON s.typed = r.surname AND s.rank <= 10
    GROUP BY s.key ORDER BY fits DESC LIMIT 16
), found AS (
    SELECT c.id, p.surname, p.first, p.fits, p.exact, false AS placed
    FROM pairs p CROSS JOIN unnest(%(principals)s::bigint[]) AS o(id) CROSS JOIN LATERAL (
        SELECT id FROM customers_customer
        WHERE principal_id = o.id AND surname_key = p.surname AND first_key = p.first AND {_LIVING}
        ORDER BY id LIMIT %(limit)s) c
    UNION ALL
    SELECT c.id, a.surname, '', a.fits, a.exact, false
    FROM alone a CROSS JOIN unnest(%(principals)s::bigint[]) AS o(id) CROSS JOIN LATERAL (
        SELECT id FROM customers_customer WHERE principal_id = o.id AND surname_key = a.surname AND {_LIVING}
        ORDER BY first_key, id LIMIT %(limit)s) c
    UNION ALL
    SELECT c.id, a.surname, c.first_key, coalesce(p.fits, a.fits) + 1, coalesce(p.exact, a.exact), true
    FROM alone a CROSS JOIN unnest(%(principals)s::bigint[]) AS o(id) CROSS JOIN ranges g CROSS JOIN LATERAL (
        SELECT id, first_key FROM customers_customer
        WHERE principal_id = o.id AND surname_key = a.surname AND postcode >= g.low AND postcode < g.low || '~'
          AND postcode <> '' AND {_LIVING}
        LIMIT 300) c
    LEFT JOIN pairs p ON p.surname = a.surname AND p.first = c.first_key
), best AS (
    SELECT DISTINCT ON (id) * FROM found ORDER BY id, fits DESC
), counted AS (
    SELECT *, row_number() OVER (PARTITION BY surname, first, placed ORDER BY id) AS nth FROM best
)
SELECT id, exact, placed FROM counted
ORDER BY fits - CASE WHEN nth > CASE WHEN exact THEN %(limit)s * 7 / 10 ELSE 2 END THEN 0.6 ELSE 0 END DESC, fits DESC,
         surname, first, id
LIMIT %(limit)s
"""  # noqa: S608

_BY_TRIGRAMS = f"""
WITH near AS (
    SELECT key, max(nearness) AS nearness FROM unnest(%(surnames)s::text[]) AS r(surname) CROSS JOIN LATERAL (
        (SELECT key, similarity(key, r.surname) AS nearness FROM customers_surname
         WHERE key %% r.surname AND length(r.surname) > 2 ORDER BY 2 DESC LIMIT 20)
        UNION ALL
        (SELECT key, word_similarity(r.surname, key) - 0.05 FROM customers_surname
         WHERE key %%> r.surname AND length(r.surname) > 2 ORDER BY 2 DESC LIMIT 20)
    ) k GROUP BY key ORDER BY nearness DESC LIMIT 20
)
SELECT c.id FROM near n CROSS JOIN unnest(%(principals)s::bigint[]) AS o(id) CROSS JOIN LATERAL (
    SELECT id, first_key FROM customers_customer WHERE principal_id = o.id AND surname_key = n.key AND {_LIVING}
    ORDER BY first_key = ANY (%(firsts)s::text[]) DESC, first_key, id LIMIT %(limit)s) c
WHERE n.nearness >= 0.4
ORDER BY n.nearness + CASE WHEN c.first_key = ANY (%(firsts)s::text[]) THEN 1 ELSE 0 END DESC, n.key, c.id
LIMIT %(limit)s
"""  # noqa: S608

_TOWNS = """
SELECT key, postcode FROM customers_town WHERE key = ANY (%(asked)s::text[])
ORDER BY length(key) DESC, postcode LIMIT 60
"""


def by_name(principals: Iterable[int], text: str, *, limit: int, postcode: str = "") -> list[Hit]:
    """Living customers named like `text`, best first: "lefebvre anne", "dupond jan", "anne lefe", "jean dupont lyon".

    `postcode` (five digits, or the first two) is where they may live; a town at either end of the text is understood.
    """
    words = [word for word in names.key(text).split()[:7] if word not in TITLES]
    if not words:
        return []
    places = [postcode] if postcode else []
    readings = _readings(words)
    if not postcode and len(words) > 1:
        rest, places = _without_town(words)
        readings += _readings(rest) if places else []
    surnames, firsts = zip(*dict.fromkeys(readings), strict=True)
    given = {
        "surnames": list(surnames),
        "firsts": list(firsts),
        "lows": places,
        "principals": sorted(principals),
        "limit": limit,
    }
    found = [Hit(*row) for row in sql.rows(_BY_NAME, given)]
    if len(found) < min(FEW, limit):
        known = {hit.id for hit in found}
        found += [Hit(pk, False, False) for (pk,) in sql.rows(_BY_TRIGRAMS, given) if pk not in known]
    return found[:limit]


def town_of(text: str) -> str:
    """The town that `text` ends or begins with beside a name, as its key; "" for none."""
    words = names.key(text).split()[:7]
    rest, places = _without_town(words) if len(words) > 1 else (words, [])
    if not places:
        return ""
    return " ".join(words[len(rest) :] if words[: len(rest)] == rest else words[: len(words) - len(rest)])


def _without_town(words: list[str]) -> tuple[list[str], list[str]]:
    """(the words that are no town, the postcodes of the longest town at the end or the beginning)."""
    parts = {}
    for size in range(1, min(4, len(words) - 1) + 1):
        parts[" ".join(words[:size])] = words[size:]
        parts[" ".join(words[-size:])] = words[:-size]
    expanded = {" ".join({"ST": "SAINT", "STE": "SAINTE"}.get(w, w) for w in key.split()): key for key in parts}
    found = sql.rows(_TOWNS, {"asked": list(expanded)})
    if not found:
        return words, []
    longest = found[0][0]
    return parts[expanded[longest]], [postcode for key, postcode in found if key == longest]


def _readings(words: list[str]) -> list[tuple[str, str]]:
    """(surname, first name) as they may have been typed: either order, compound names whole, a single word."""
    if len(words) == 1:
        return [(words[0], "")]
    readings = [(words[-1], " ".join(words[:-1])), (words[0], " ".join(words[1:])), (" ".join(words), "")]
    if len(words) > 2:
        readings += [(" ".join(words[1:]), words[0]), (" ".join(words[:-1]), words[-1])]
    return readings
