"""The bench's base: a centre with a million customers or five, made once and kept between runs.

    with base.centre(customers=1_000_000) as running:      # a bench.centre.Running, started, without the demo's world
        token = base.token(running)                        # an API token of an advisor, every scope
        cookie = base.sign_in(running)                     # a session of that advisor, as "sessionid=…"

What it holds: the demo's principals (`bleuet`: ids of odd customers, `garance`: even ones), people, queues, reasons and
products; `customers` invented customers with telephones, e-mails, addresses (see `bench.invented`); a contract for six
in ten of them; past exchanges for one in ten, closed within the last year; customer number `LADEN` has 500 of them and
customer number `BARE` none. Customer n (from `FIRST` on) has the mobile telephone `phone(n)` and, unless n is a
multiple of 8, an e-mail address that ends with `n@exemple.test`.

It is made by set-based SQL on the embedded PostgreSQL (a minute a million), kept in LIGNE_BENCH_HOME (var/bench), and
made anew when a migration or this file changes. Each use starts on a copy and may write; `copy=False` is quicker for
measures that only read. The started server is the real one: fsync is on.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from bench import centre as centres
from bench import invented, shelf
from bench.centre import LIGNE, ROOT, Running
from ligne.kit import postgres

FIRST = 1_000_001  # the number of the first invented customer; those below are the demo's few
LADEN, BARE = FIRST + 2, FIRST + 4
DEMO_CUSTOMERS = 20
ADVISOR = "conseiller@demo.test"
SLOTS = 200_000
# Nothing limits a token's pace while a measure is taken.
UNLIMITED = {"LIGNE_API_PACE": "100000000"}

Db = psycopg.Connection[Any]


def phone(number: int) -> str:
    """The mobile telephone of customer `number`, E.164; no two are alike."""
    return f"+336{number * 48271 % 10**8:08d}"


@contextlib.contextmanager
def centre(customers: int, *, copy: bool = True, environment: dict[str, str] | None = None) -> Iterator[Running]:
    """A started centre on the base of `customers`; on a copy that is thrown away afterwards, unless `copy` is False."""
    with home(customers, copy=copy) as path:
        given = UNLIMITED | {"LIGNE_DEMO": "0"} | (environment or {})
        with centres.started(path, environment=given) as running:
            yield running


@contextlib.contextmanager
def home(customers: int, *, copy: bool = True) -> Iterator[Path]:
    """The data folder of the base, nothing running in it; held while used in place, a copy otherwise."""
    with shelf.kept(f"base-{customers}", _key(), lambda place: _make(place, customers)) as kept:
        if not copy:
            yield kept
            return
        place = kept.with_name(f"{kept.name}-copy-{os.getpid()}")
        try:
            subprocess.run(["cp", "-a", "--reflink=auto", str(kept), str(place)], check=True)
            yield place
        finally:
            shutil.rmtree(place, ignore_errors=True)


def connect(running_home: Path) -> Db:
    """A connection of the application's role to the database of a running centre, autocommit."""
    to = postgres.connection(running_home)
    return psycopg.connect(**to, autocommit=True)  # type: ignore[arg-type]


def token(running: Running, email: str = ADVISOR, *scopes: str) -> str:
    """An API token that acts as `email`; every scope unless some are named."""
    asked = [part for scope in scopes or ("*",) for part in ("--scope", scope)]
    said = running.ligne("token", "create", "--user", email, *asked, "--json")
    return str(json.loads(said)["token"])


def sign_in(running: Running, email: str = ADVISOR) -> str:
    """The Cookie header of a fresh session of `email`, as if they had just signed in."""
    return sign_in_many(running, [email])[0]


def sign_in_many(running: Running, emails: list[str]) -> list[str]:
    """`sign_in` for many people at once, in their order."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.sessions", *emails],
        env=running.environment | {"DJANGO_SETTINGS_MODULE": "ligne.site.settings"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return said.stdout.split("\n")[: len(emails)]


# -- keeping ---------------------------------------------------------------------------------------------------------


def _key() -> str:
    """Changes with the schema and with what the base is made of."""
    told = hashlib.sha256()
    package = ROOT / "src" / "ligne"
    parts = [*package.rglob("migrations/*.py"), Path(__file__), Path(invented.__file__)]
    for path in sorted(parts):
        told.update(path.name.encode() + path.read_bytes())
    return told.hexdigest()[:12]


def _make(place: Path, customers: int) -> None:
    place.mkdir(mode=0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LIGNE_", "DATABASE_URL"))}
    environment["LIGNE_HOME"] = str(place)
    subprocess.run(
        [str(LIGNE), "demo", "--scale", str(DEMO_CUSTOMERS)], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    server = postgres.Server(place, durable=False)
    with server, server.admin("ligne") as db:
        fill(server, db, customers)
        db.execute("CHECKPOINT")


# -- filling ---------------------------------------------------------------------------------------------------------

_FILLED = ("customers_customer", "customers_contactpoint", "customers_address", "contracts_contract",
           "contacts_contact", "contacts_message")  # fmt: skip

_DICTIONARIES = (
    "surname (key) SELECT DISTINCT surname_key FROM customers_customer WHERE surname_key <> ''",
    "firstname (key) SELECT DISTINCT first_key FROM customers_customer WHERE first_key <> ''",
    "town (key, postcode) SELECT DISTINCT public.ligne_key(b), a FROM bench.town",
)


def fill(server: postgres.Server, db: Db, customers: int) -> None:
    """Put `customers` customers and their history into an empty house, as the cluster's superuser."""
    _draw_from(db)
    indexes = _without_indexes(db)
    half = FIRST + customers // 2
    ranges = [(FIRST, half), (half, FIRST + customers)]
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(_fill_range, server, low, high) for low, high in ranges]:
            done.result()
    _laden(db)
    for dictionary in _DICTIONARIES:
        db.execute(f"INSERT INTO customers_{dictionary} ON CONFLICT DO NOTHING")
    for table in _FILLED:
        db.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(_run, server, definition) for definition in indexes]:
            done.result()
    db.execute("DROP SCHEMA bench CASCADE")
    db.execute("VACUUM (ANALYZE)")


def _run(server: postgres.Server, statement: str) -> None:
    with server.admin("ligne") as db:
        db.execute("SET maintenance_work_mem = '1GB'")
        db.execute(statement)


def _draw_from(db: Db) -> None:
    """The urns that names and towns are drawn from."""
    db.execute("CREATE SCHEMA bench")
    # An even number below `below` that looks drawn, for each n and purpose.
    db.execute(
        "CREATE FUNCTION bench.draw(n bigint, purpose int, below int) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE "
        "RETURN ((hashint8extended(n, purpose) & 9007199254740991) % below)::int"
    )
    urns: dict[str, list[tuple[Any, ...]]] = {
        "surname": list(invented.surnames()),
        "first": list(invented.first_names()),
        "town": list(invented.towns()),
    }
    for name, drawn in urns.items():
        slots = invented.slots([row[-1] for row in drawn], SLOTS)
        db.execute(f"CREATE UNLOGGED TABLE bench.{name} (slot int PRIMARY KEY, a text, b text)")
        with db.cursor().copy(f"COPY bench.{name} FROM STDIN") as copy:
            for slot, index in enumerate(slots):
                row = drawn[index]
                copy.write_row((slot, row[0], row[1] if len(row) > 2 else None))


def _without_indexes(db: Db) -> list[str]:
    """Drop the indexes that serve no constraint, and say how to make them again."""
    rows = db.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid "
        "WHERE i.indrelid = ANY (%s::regclass[]) AND c.oid IS NULL",
        [list(_FILLED)],
    ).fetchall()
    for name, _ in rows:
        db.execute(f"DROP INDEX {name}")
    return [definition for _, definition in rows]


def _fill_range(server: postgres.Server, low: int, high: int) -> None:
    with server.admin("ligne") as db:
        db.execute("SET session_replication_role = replica")  # what we write is consistent by its making
        db.execute("SET work_mem = '256MB'")
        db.execute("SET synchronize_seqscans = off")
        for table, columns, source in _statements():
            _insert(db, table, columns, source.format(low=low, high=high))


def _insert(db: Db, table: str, columns: dict[str, str], source: str) -> None:
    """INSERT … SELECT; columns that must hold something and are not named get their type's nothing."""
    blank = {"boolean": "false", "jsonb": "'{}'", "integer": "0", "smallint": "0", "bigint": "0"}
    needed = db.execute(
        "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s AND is_nullable = 'NO' "
        "AND is_generated = 'NEVER' AND is_identity = 'NO' AND column_default IS NULL",
        [table],
    ).fetchall()
    columns = {name: blank.get(kind, "''") for name, kind in needed if name != "id"} | columns
    into = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("INSERT INTO {} ({}) {} SELECT {} {}").format(
        sql.Identifier(table),
        into,
        sql.SQL("OVERRIDING SYSTEM VALUE"),
        sql.SQL(", ".join(columns.values())),
        sql.SQL(source),
    )
    db.execute(statement)


_ADVISOR = "(SELECT id FROM staff_user WHERE email = 'conseiller@demo.test')"


def _statements() -> list[tuple[str, dict[str, str], str]]:
    """(table, {column: expression}, FROM …), filled in this order for the numbers {low} to {high}."""
    numbers = "FROM generate_series({low}::bigint, {high} - 1) AS g(n) CROSS JOIN LATERAL "
    numbers += "(SELECT p.id AS pid FROM staff_principal p "
    numbers += "WHERE p.slug = CASE WHEN n % 2 = 1 THEN 'bleuet' ELSE 'garance' END) AS owner"
    named = (
        numbers + f" JOIN bench.surname s ON s.slot = bench.draw(n, 1, {SLOTS})"
        f" JOIN bench.first f ON f.slot = bench.draw(n, 2, {SLOTS})"
    )
    town = f" JOIN bench.town t ON t.slot = bench.draw(n, 3, {SLOTS})"
    business = "n % 25 = 0"
    return [
        ("customers_customer", _customer(business), named + town),
        ("customers_contactpoint", _point("phone", "'+336' || lpad((n * 48271 % 100000000)::text, 8, '0')"), numbers),
        ("customers_contactpoint", _point("phone", "'+332' || lpad((n * 60013 % 100000000)::text, 8, '0')", "false"),
         numbers + " WHERE n % 3 = 0"),
        ("customers_contactpoint", _point("email", "lower(replace(replace(public.unaccent(f.b || '.' || s.a), ' ', '')"
         ", '’', '')) || n || '@exemple.test'"), named + " WHERE n % 8 <> 0"),
        ("customers_address", _address(), numbers + town),
        ("contracts_contract", _contract(), numbers + " WHERE n % 10 < 6"),
        ("contacts_contact", _contact("n", "n"), numbers + " WHERE n % 10 = 7"),
        ("contacts_message", _message("n"), numbers + " WHERE n % 10 = 7"),
    ]  # fmt: skip


def _customer(business: str) -> dict[str, str]:
    of_business = f"CASE WHEN {business} THEN "
    return {
        "id": "n",
        "principal_id": "pid",
        "kind": of_business + "'business' ELSE 'person' END",
        "civility": of_business + "'' ELSE f.a END",
        "first_name": of_business + "'' ELSE f.b END",
        "last_name": of_business + "'' ELSE s.a END",
        "company_name": of_business + "'Garage ' || s.a ELSE '' END",
        "language": "'fr'",
        "status": "'customer'",
        "postcode": "t.a",
        "external_ref": "CASE WHEN n % 2 = 1 THEN 'BT-' ELSE 'AG-' END || n",
        "birth_date": "DATE '1940-01-01' + bench.draw(n, 4, 23000)",
        "since": "DATE '2012-01-01' + bench.draw(n, 5, 5000)",
        "created_at": "now() - interval '1 year'",
        "updated_at": "now() - interval '1 year'",
        "version": "1",
    }


def _point(kind: str, value: str, main: str = "true") -> dict[str, str]:
    return {
        "principal_id": "pid",
        "customer_id": "n",
        "kind": f"'{kind}'",
        "value": value,
        "label": "'other'",
        "primary": main,
        "valid_from": "now() - interval '1 year'",
    }


def _address() -> dict[str, str]:
    return {
        "principal_id": "pid",
        "customer_id": "n",
        "label": "'main'",
        "line1": "(1 + bench.draw(n, 6, 150)) || ' rue de la République'",
        "postcode": "t.a",
        "city": "t.b",
        "country": "'FR'",
        "valid_from": "now() - interval '1 year'",
    }


def _contract() -> dict[str, str]:
    return {
        "principal_id": "pid",
        "customer_id": "n",
        "number": "CASE WHEN n % 2 = 1 THEN 'CB' ELSE 'CG' END || lpad(n::text, 9, '0')",
        "state": "'active'",
        "start": "CURRENT_DATE - bench.draw(n, 7, 2000)",
        "currency": "'EUR'",
    }


def _contact(number: str, customer: str) -> dict[str, str]:
    arrived = f"now() - bench.draw({number}, 8, 31000000) * interval '1 second' - interval '1 day'"
    later = {"accepted_at": 2, "first_reply_at": 4, "ended_at": 9, "wrapped_up_at": 10}  # minutes
    return {
        "id": number,
        "principal_id": "pid",
        "customer_id": customer,
        "channel": "'email'",
        "direction": "'in'",
        "state": "'closed'",
        "queue": "CASE WHEN n % 2 = 1 THEN 'bleuet-courriel' ELSE 'garance-courriel' END",
        "subject": "'Ma facture n° ' || n",
        "advisor_id": _ADVISOR,
        "arrived_at": arrived,
        "outcome": "'resolved'",
        "next_step": "'none'",
    } | {column: f"{arrived} + interval '{after} minutes'" for column, after in later.items()}


def _message(number: str) -> dict[str, str]:
    return {
        "principal_id": "pid",
        "contact_id": number,
        "kind": "'in'",
        "text": "'Bonjour, je ne comprends pas la dernière ligne de ma facture. Pouvez-vous me rappeler ?'",
        "created_at": f"now() - bench.draw({number}, 8, 31000000) * interval '1 second' - interval '1 day'",
    }


def _laden(db: Db) -> None:
    """500 past exchanges of one customer, with what was said in them."""
    source = (
        "FROM generate_series(1, 500) AS g(i) CROSS JOIN LATERAL "
        "(SELECT principal_id AS pid, id AS n FROM customers_customer "
        f"WHERE id = {LADEN}) AS owner"
    )
    with db.transaction():
        db.execute("SET LOCAL session_replication_role = replica")
        db.execute(sql.SQL("DELETE FROM contacts_message WHERE contact_id IN ({}, {})").format(LADEN, BARE))
        db.execute(sql.SQL("DELETE FROM contacts_contact WHERE id IN ({}, {})").format(LADEN, BARE))
        _insert(db, "contacts_contact", _contact("500000 + i", str(LADEN)), source)
        _insert(db, "contacts_message", _message("500000 + i"), source)
