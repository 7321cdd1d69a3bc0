"""The same work as bare SQL, on the same database in the same run: what the centre's figures are held against.

`python -m bench.raw HOME WHAT CLIENTS SECONDS` works as so many processes and prints the latencies in milliseconds as
JSON. What: `phone`, `email` (the facts that the search answers with), `job` (identify by telephone, read the file, keep
a contact with its message, its place in a queue and its journal entry, commit).
"""

from __future__ import annotations

import itertools
import json
import multiprocessing
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg

from bench import base

FACTS = """
SELECT c.id, c.kind, c.civility, c.first_name, c.last_name, c.company_name, c.segment, c.status, c.external_ref, p.name,
       ARRAY(SELECT value FROM customers_contactpoint WHERE customer_id = c.id AND valid_to IS NULL AND kind = 'phone'),
       ARRAY(SELECT value FROM customers_contactpoint WHERE customer_id = c.id AND valid_to IS NULL AND kind = 'email'),
       (SELECT city FROM customers_address WHERE customer_id = c.id AND valid_to IS NULL LIMIT 1)
FROM customers_contactpoint o JOIN customers_customer c ON c.id = o.customer_id JOIN staff_principal p
  ON p.id = c.principal_id
WHERE o.kind = '{kind}' AND o.{column} = %s AND o.valid_to IS NULL
"""
BY_PHONE = FACTS.format(kind="phone", column="value")
BY_EMAIL = FACTS.format(kind="email", column="email_key")
HISTORY = "SELECT * FROM contacts_contact WHERE customer_id = %s ORDER BY arrived_at DESC LIMIT 30"
CONTRACTS = "SELECT * FROM contracts_contract WHERE customer_id = %s"
KEPT = (
    "INSERT INTO bench_job_contact (customer_id, subject, state) VALUES (%s, 'Ma facture', 'waiting')",
    "INSERT INTO bench_job_message (customer_id, text) VALUES (%s, 'Bonjour, je ne comprends pas ma facture.')",
    "INSERT INTO bench_job_item (customer_id, queue) VALUES (%s, 'bleuet-courriel')",
    'INSERT INTO bench_job_entry (customer_id, data) VALUES (%s, \'{"kind": "contact.arrived"}\')',
)
TABLES = [
    f"CREATE TABLE IF NOT EXISTS bench_job_{name} (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "
    f"customer_id bigint, {columns}, at timestamptz DEFAULT now())"
    for name, columns in (
        ("contact", "subject text, state text"),
        ("message", "text text"),
        ("item", "queue text"),
        ("entry", "data jsonb"),
    )
]
POINTS = "SELECT * FROM customers_contactpoint WHERE customer_id = %s"

Db = psycopg.Connection[Any]
Ask = Callable[[Db, str], None]


def run(home: Path, what: str, *, clients: int, seconds: float) -> list[float]:
    """Latencies in milliseconds, ascending."""
    said = subprocess.run(
        [sys.executable, "-m", "bench.raw", str(home), what, str(clients), str(seconds)],
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted(json.loads(said.stdout))


def handles(db: Db, kind: str, count: int) -> list[str]:
    """Telephones or e-mail addresses of customers drawn evenly, the same each time."""
    row = db.execute("SELECT max(id) FROM customers_customer").fetchone()
    assert row is not None
    draw = random.Random(5)
    numbers = [draw.randrange(base.FIRST, int(row[0])) for _ in range(count)]
    if kind == "phone":
        return [base.phone(number) for number in numbers]
    found = db.execute(
        "SELECT email_key FROM customers_contactpoint WHERE customer_id = ANY (%s) AND kind = 'email'", [numbers]
    )
    return [str(email) for (email,) in found.fetchall()]


def _phone(db: Db, phone: str) -> None:
    assert db.execute(BY_PHONE, [phone], prepare=True).fetchone()


def _email(db: Db, email: str) -> None:
    assert db.execute(BY_EMAIL, [email], prepare=True).fetchone()


def _job(db: Db, phone: str) -> None:
    with db.transaction():
        found = db.execute(BY_PHONE, [phone], prepare=True).fetchone()
        assert found
        for statement in (HISTORY, CONTRACTS, POINTS):
            db.execute(statement, [found[0]], prepare=True).fetchall()
        for statement in KEPT:
            db.execute(statement, [found[0]], prepare=True)


ASKS: dict[str, Ask] = {"phone": _phone, "email": _email, "job": _job}


def _client(home: str, what: str, seconds: float, asked: list[str]) -> list[float]:
    waits = []
    turn = itertools.cycle(asked)
    with base.connect(Path(home)) as db:
        for _ in range(20):
            ASKS[what](db, next(turn))
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            ASKS[what](db, next(turn))
            waits.append((time.perf_counter() - began) * 1000)
    return waits


def main() -> None:
    """See the module."""
    home, what, clients, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
    with base.connect(Path(home)) as db:
        asked = handles(db, "email" if what == "email" else "phone", 4000)
        for table in TABLES if what == "job" else ():
            db.execute(table)
    shares = [(home, what, seconds, asked[turn::clients]) for turn in range(clients)]
    with multiprocessing.Pool(clients) as pool:
        waits = [wait for each in pool.starmap(_client, shares) for wait in each]
    sys.stdout.write(json.dumps([round(wait, 4) for wait in waits]))


if __name__ == "__main__":
    main()
