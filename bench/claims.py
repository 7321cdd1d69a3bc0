"""What P1 is held against: how many rows a second this machine claims with SKIP LOCKED, by pgbench on the same server.

Each claim is one transaction, as durable as the centre's own: fsync is on and the commit is waited for. Several numbers
of clients are tried and the best counts, so that neither too few nor too many make the bar easy.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from ligne.kit import postgres
from ligne.kit.postgres.binaries import clean_environment, programs

ROWS = 600_000
CLIENTS = (8, 16, 32)
_TABLE = f"""
CREATE TABLE bench_claim (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL, advisor_id int);
INSERT INTO bench_claim (state) SELECT 'waiting' FROM generate_series(1, {ROWS});
CREATE INDEX ON bench_claim (id) WHERE state = 'waiting';
"""
_CLAIM = """
UPDATE bench_claim SET state = 'offered', advisor_id = :client_id
 WHERE id = (SELECT id FROM bench_claim WHERE state = 'waiting' ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED);
"""


def rates(server: postgres.Server, home: Path, seconds: int) -> dict[int, float]:
    """Claims a second by number of clients, each tried for `seconds`."""
    with server.admin("ligne") as db:
        db.execute("SET ROLE ligne")
        db.execute(_TABLE)
        db.execute("RESET ROLE")
        db.execute("VACUUM ANALYZE bench_claim")
        db.execute("CHECKPOINT")
    script = home / "claim.sql"
    script.write_text(" ".join(_CLAIM.split()) + "\n")
    try:
        return {clients: _rate(home, script, clients, seconds) for clients in CLIENTS}
    finally:
        with server.admin("ligne") as db:
            db.execute("DROP TABLE bench_claim")


def _rate(home: Path, script: Path, clients: int, seconds: int) -> float:
    to = postgres.connection(home)
    done = subprocess.run(
        [
            str(programs() / "pgbench"),
            *("-h", to["host"], "-p", str(to["port"]), "-U", to["user"]),
            *("-n", "-M", "prepared", "-f", str(script)),
            *("-c", str(clients), "-j", "2", "-T", str(seconds)),
            to["dbname"],
        ],
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    if found is None or re.search(r"failed transactions: [1-9]", done.stdout):
        raise RuntimeError(f"pgbench: {done.stdout} {done.stderr}")
    return float(found[1])
