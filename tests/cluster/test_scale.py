"""The paper on scale is computed from figures, and says which are missing."""

from __future__ import annotations

from bench import live
from tools import scale


def test_the_loads_are_those_of_the_bench() -> None:
    assert scale.P8_BUSY_S == live.BUSY_S


def test_a_figure_that_was_not_taken_is_named() -> None:
    made = scale.table(scale.Measured({}))
    assert "(P1 not taken)" in made
    assert "| 0.56 | 5.6 | 289 |" in made


def test_cells_follow_from_the_figures() -> None:
    figures = {
        "P1": {"routed_per_s": 400.0},
        "P2": {"rate": 50, "cores_used": {"postgres": 0.5, "web": 1.0, "router": 0.25}, "requests_per_arrival": 10},
        "cluster": {"bytes_per_contact": 10_000, "wal_bytes_per_contact": 50_000},
    }
    rows = dict(line.strip("| ").split(" | ", 1) for line in scale.table(scale.Measured(figures)).splitlines()[2:])
    # 289 contacts a second times 0.5 core for 50, at half load; three times as many a second past 400 routed
    assert rows["cores, database (P2)"].endswith("5.8")
    assert rows["routers needed (P1)"] == "1 | 1 | 3"
    assert rows["database a year (cluster)"].split(" | ")[1] == "580 GB"
    assert rows["replication to each replica (cluster)"].split(" | ")[2] == "14 MB/s"
