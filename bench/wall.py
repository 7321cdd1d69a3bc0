"""P7: the supervisor's wall and reports over 12 months of 5 million contacts, beside 50 thousand.

Both centres have the same 20 queues, 200 advisors, arrivals of today and work waiting; only the past differs. It is
made by set-based SQL once and kept in LIGNE_BENCH_HOME (var/bench), as `bench.base` keeps its own; today is made at
each run.
"""

from __future__ import annotations

import hashlib
import os
import statistics
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

from bench import base, shelf
from bench.base import Db
from bench.centre import LIGNE, ROOT, Running, started
from bench.measure import Measure
from ligne.kit import postgres

MANY, FEW = 5_000_000, 50_000
TODAY, WAITING = 5_000, 200
QUEUES, ADVISORS = 20, 200
FIRST, FIRST_TODAY = 1_000_000, 100_000_000
SUPERVISOR = "superviseur@demo.test"
REPORTS = ("hour", "day", "week", "month", "queue", "channel", "advisor")
WALL = ("board", "arrivals", "late", "advisors", "alerts")
TIMES, REFRESHES = 5, 15
TABLES = ("contacts_contact", "supervision_contactfact", "supervision_daycount", "routing_workitem", "routing_offer")


def measures() -> Iterator[Measure]:
    """P7."""
    few = _figures(FEW)
    many = _figures(MANY)
    ratio = round(float(str(many["wall_ms"])) / float(str(few["wall_ms"])), 2)
    slowest = max(many["reports_ms"].values())  # type: ignore[attr-defined]
    yield Measure(
        "P7",
        "supervisor's wall and reports, 12 months and 5 million contacts, over HTTP; beside 50 thousand contacts",
        "every report under 1 s; a refresh of the wall costs at most 1.5 times what it costs with 50 thousand",
        {"reports_ms": many["reports_ms"], "slowest_ms": slowest, "wall_5M": many, "wall_50k": few, "ratio": ratio},
        slowest < 1000 and ratio <= 1.5,
    )


def _figures(contacts: int) -> dict[str, object]:
    """What one centre shows, in milliseconds; the rows that a refresh of the wall reads."""
    with (
        shelf.kept(f"wall-{contacts}", _key(), lambda place: _make(place, contacts)) as home,
        started(home, environment=base.UNLIMITED | {"LIGNE_DEMO": "0"}) as running,
        base.connect(home) as db,
    ):
        _make_today(db)
        _tally(running, date.today(), date.today())  # noqa: DTZ011 - the site's day, as people see it
        cookie = base.sign_in(running, SUPERVISOR)
        reports = {by: _slowest(running, cookie, _report(by)) for by in REPORTS}
        reports["file"] = _slowest(running, cookie, _report("detail").replace("history/", "history.csv"))
        _refresh(running, cookie)
        read = _rows_read(db)
        wall = [_refresh(running, cookie) for _ in range(REFRESHES)]
        rows = (_rows_read(db) - read) / REFRESHES
        _forget_today(db)
    return {
        "contacts": contacts,
        "reports_ms": reports,
        "wall_ms": round(statistics.median(wall), 1),
        "rows_read_per_refresh": round(rows),
    }


def _report(by: str) -> str:
    last = date.today()  # noqa: DTZ011 - the site's day, as people see it
    return f"/supervision/history/?by={by}&first={last - timedelta(days=364)}&last={last}"


def _get(running: Running, cookie: str, path: str) -> float:
    """Milliseconds until the whole answer is there."""
    request = urllib.request.Request(running.url + path, headers={"Cookie": cookie})
    began = time.perf_counter()
    with urllib.request.urlopen(request, timeout=60) as answer:
        answer.read()
    return (time.perf_counter() - began) * 1000


def _slowest(running: Running, cookie: str, path: str) -> float:
    """The slowest of some, after one to warm up."""
    _get(running, cookie, path)
    return round(max(_get(running, cookie, path) for _ in range(TIMES)), 1)


def _refresh(running: Running, cookie: str) -> float:
    """Every fragment of the wall once, as it refreshes itself."""
    return sum(_get(running, cookie, f"/supervision/{name}/") for name in WALL)


def _rows_read(db: Db) -> float:
    """Rows that the database handed out of the large tables so far."""
    time.sleep(1.5)  # sessions tell what they did within a second
    db.execute("SELECT pg_stat_clear_snapshot()")
    found = db.execute(
        "SELECT sum(seq_tup_read + coalesce(idx_tup_fetch, 0)) FROM pg_stat_user_tables WHERE relname = ANY (%s)",
        [list(TABLES)],
    ).fetchone()
    return float(found[0]) if found else 0.0


# -- the past, kept --------------------------------------------------------------------------------------------------


def _key() -> str:
    """Changes with the schema of what is made here, with this file, and with the month."""
    told = hashlib.sha256(f"{date.today():%Y-%m}".encode())  # noqa: DTZ011 - a month, roughly
    apps = ROOT / "src" / "ligne"
    for app in ("contacts", "routing", "staff", "supervision"):
        for path in sorted((apps / app / "migrations").glob("*.py")):
            told.update(path.name.encode() + path.read_bytes())
    told.update(Path(__file__).read_bytes())
    return told.hexdigest()[:12]


def _make(place: Path, contacts: int) -> None:
    place.mkdir(mode=0o755)
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PG", "LIGNE_", "DATABASE_URL"))}
    environment["LIGNE_HOME"] = str(place)
    subprocess.run([str(LIGNE), "demo", "--scale", "20"], env=environment, check=True, stdout=subprocess.DEVNULL)
    last = date.today() - timedelta(days=1)  # noqa: DTZ011 - the site's day
    with postgres.Server(place, durable=False) as server:
        with server.admin("ligne") as db:
            db.execute("SET session_replication_role = replica")  # what we write is consistent by its making
            db.execute("SET maintenance_work_mem = '1GB'")
            _people_and_queues(db)
            indexes = _without_indexes(db)
            _past(db, contacts)
            for definition in indexes:
                db.execute(definition)
            db.execute("VACUUM (ANALYZE)")
        running = Running(place, "", 0, 0.0, environment)
        _tally(running, last - timedelta(days=366), last)
        with server.admin("ligne") as db:
            db.execute("VACUUM (ANALYZE)")
            db.execute("CHECKPOINT")


def _without_indexes(db: Db) -> list[str]:
    rows = db.execute(
        "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i "
        "LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid "
        "WHERE i.indrelid = ANY (ARRAY['contacts_contact', 'supervision_contactfact']::regclass[]) AND c.oid IS NULL"
    ).fetchall()
    for name, _ in rows:
        db.execute(f"DROP INDEX {name}")
    return [definition for _, definition in rows]


def _people_and_queues(db: Db) -> None:
    """Advisors of both principals, on a break so that their browser is not missed; 20 queues, half of each."""
    principals = "CROSS JOIN LATERAL (SELECT id AS pid FROM staff_principal ORDER BY id OFFSET n % 2 LIMIT 1) AS owner"
    numbers = f"FROM generate_series(1, {ADVISORS}) AS g(n)"
    person = {
        "email": "'mur' || n || '@exemple.test'",
        "name": "'Personne ' || n",
        "role": "'advisor'",
        "is_active": "true",
        "created_at": "now()",
        "version": "1",
    }
    base._insert(db, "staff_user", person, numbers)
    ours = "FROM staff_user AS u WHERE u.email LIKE 'mur%'"
    db.execute(
        "INSERT INTO staff_user_principals (user_id, principal_id) "
        "SELECT u.id, p.id FROM staff_user u CROSS JOIN staff_principal p WHERE u.email LIKE 'mur%'"
    )
    base._insert(db, "staff_presence", {"user_id": "u.id", "state": "'break'", "since": "now()"}, ours)
    more = QUEUES - _count(db, "routing_queue")
    queue = {
        "principal_id": "pid",
        "slug": "'mur-' || n",
        "name": "'File ' || n",
        "offer_s": "15",
        "target_share": "80",
        "target_s": "60",
        "handling_target_s": "360",
        "relax_after_s": "60",
        "overflow_after_s": "300",
        "active": "true",
        "version": "1",
    }
    base._insert(db, "routing_queue", queue, f"FROM generate_series(1, {more}) AS g(n) {principals}")
    channel = "CASE id % 2 WHEN 0 THEN 'chat' ELSE 'email' END AS channel"
    ranked = "SELECT row_number() OVER (ORDER BY id) - 1 AS rank, id"
    db.execute(f"CREATE TABLE bench_queue AS {ranked}, slug, principal_id, {channel} FROM routing_queue")
    db.execute(f"CREATE TABLE bench_advisor AS {ranked} FROM staff_user WHERE email LIKE 'mur%'")
    db.execute("GRANT SELECT ON bench_queue, bench_advisor TO ligne")


def _count(db: Db, table: str) -> int:
    found = db.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(found[0]) if found else 0


def _past(db: Db, contacts: int) -> None:
    """Contacts of the year before today, in working hours, each with its row of facts."""
    span = f"(n - {FIRST}) * 364 / {contacts}"  # which day, oldest first
    arrived = (
        f"current_date - 365 + ({span})::int + interval '7 hours' + (hashint8(n) & 32767) * interval '1.2 seconds'"
    )
    _contacts(db, f"FROM generate_series({FIRST}, {FIRST + contacts - 1}) AS g(n)", arrived, closed=True)


def _contacts(db: Db, numbers: str, arrived: str, *, closed: bool) -> None:
    source = (
        f"{numbers} JOIN bench_queue q ON q.rank = n % {QUEUES} JOIN bench_advisor a ON a.rank = (n / 7) % {ADVISORS}"
    )
    stamps = {"offered_at": 20, "accepted_at": 25, "first_reply_at": 40, "ended_at": 280, "wrapped_up_at": 300}
    when = {name: f"{arrived} + interval '{after} seconds'" for name, after in stamps.items()}
    facts = {
        "id": "n",
        "principal_id": "q.principal_id",
        "channel": "q.channel",
        "direction": "'in'",
        "state": "'closed'" if closed else "'waiting'",
        "queue": "q.slug",
        "subject": "'Demande ' || n",
        "from_name": "'Client ' || n",
        "arrived_at": arrived,
    }
    done = {"advisor_id": "a.id", "outcome": "'resolved'", "next_step": "'none'"} | when
    base._insert(db, "contacts_contact", facts | (done if closed else {}), source)
    fact = {
        "contact_id": "c.id",
        "principal_id": "c.principal_id",
        "queue_id": "q.id",
        "advisor_id": "c.advisor_id",
        "channel": "c.channel",
        "direction": "c.direction",
        "live": "c.channel = 'chat'",
        "state": "c.state",
        "outcome": "c.outcome",
        "arrived_at": "c.arrived_at",
        "due_at": "c.arrived_at + interval '1 minute'",
        "accepted_at": "c.accepted_at",
        "first_reply_at": "c.first_reply_at",
        "answered_at": "c.first_reply_at",
        "closed_at": "c.wrapped_up_at",
        "in_target": "CASE WHEN c.wrapped_up_at IS NULL THEN NULL ELSE true END",
    }
    first = f"FROM contacts_contact c JOIN bench_queue q ON q.slug = c.queue WHERE c.id >= {FIRST} AND c.state = "
    base._insert(
        db,
        "supervision_contactfact",
        fact,
        first
        + ("'closed'" if closed else "'waiting'")
        + " AND NOT EXISTS (SELECT 1 FROM supervision_contactfact f WHERE f.contact_id = c.id)",
    )


# -- today, made at each run -----------------------------------------------------------------------------------------


def _make_today(db: Db) -> None:
    """Today's arrivals up to now, and work that waits."""
    _forget_today(db)
    since = "date_trunc('day', now())"
    arrived = f"{since} + (n - {FIRST_TODAY}) * ((now() - {since}) / {TODAY})"
    _contacts(db, f"FROM generate_series({FIRST_TODAY}, {FIRST_TODAY + TODAY - 1}) AS g(n)", arrived, closed=True)
    low = FIRST_TODAY + TODAY
    waits = f"FROM generate_series({low}, {low + WAITING - 1}) AS g(n)"
    _contacts(db, waits, "now() - interval '5 minutes'", closed=False)
    item = {
        "principal_id": "c.principal_id",
        "queue_id": "q.id",
        "contact_id": "c.id",
        "channel": "c.channel",
        "live": "c.channel = 'chat'",
        "entered_at": "c.arrived_at",
        "due_at": "c.arrived_at + interval '1 minute'",
        "state": "'waiting'",
    }
    source = f"FROM contacts_contact c JOIN bench_queue q ON q.slug = c.queue WHERE c.id >= {low}"
    base._insert(db, "routing_workitem", item, source)
    for table in TABLES:
        db.execute(f"ANALYZE {table}")


def _forget_today(db: Db) -> None:
    for table, column in (
        ("routing_workitem", "contact_id"),
        ("supervision_contactfact", "contact_id"),
        ("contacts_contact", "id"),
    ):
        db.execute(f"DELETE FROM {table} WHERE {column} >= {FIRST_TODAY}")


def _tally(running: Running, first: date, last: date) -> None:
    """Fill the counters from the rows of facts, by the verb that makes them again."""
    words = "from datetime import date; from ligne.supervision import services; "
    words += f"services.tally(date.fromisoformat('{first}'), date.fromisoformat('{last}'))"
    running.ligne("django", "shell", "-v", "0", "-c", words)
