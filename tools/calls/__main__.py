"""`python -m tools.calls [--waiting N] [--bridged N] [--rate N] [--flood N] [--flood-s N]`.

Calls that are there at once, then a flood of them. Prints one JSON line a round and exits with 1 when something was
lost, doubled, or does not agree.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import time
from typing import Any

from tools.calls.centre import running
from tools.calls.study import Report, Study


def main() -> int:
    """Run both rounds."""
    asked = _arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(2))  # so that the centre is stopped too
    found: dict[str, Report] = {}
    with running(asked.bridged, say=_say) as there:
        round_ = Study(there, _say)
        found["at_once"] = round_.report
        round_.hold(waiting=asked.waiting, bridged=asked.bridged, rate=asked.rate)
        round_.leave()
        round_.agree()
        _tell("at_once", round_.report)
        if asked.flood:
            round_ = Study(there, _say, first=asked.waiting + asked.bridged)
            found["flood"] = round_.report
            round_.flood(rate=asked.flood, seconds=asked.flood_s)
            round_.agree()
            _tell("flood", round_.report)
    return 1 if any(report.wrong for report in found.values()) else 0


def _arguments() -> Any:
    given = argparse.ArgumentParser(prog="python -m tools.calls", description=__doc__)
    given.add_argument("--waiting", type=int, default=400, help="callers who wait at once")
    given.add_argument("--bridged", type=int, default=100, help="callers who talk at once, and advisors")
    given.add_argument("--rate", type=int, default=20, help="calls a second until all are there")
    given.add_argument("--flood", type=int, default=150, help="calls a second of the flood; 0 for none")
    given.add_argument("--flood-s", type=int, default=20, help="how long it lasts, seconds")
    return given.parse_args()


def _tell(name: str, report: Report) -> None:
    load = {"load_average": round(os.getloadavg()[0], 1)}
    told = {"round": name} | report.figures | load | {"wrong": report.wrong[:20], "wrongs": len(report.wrong)}
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _say(words: str) -> None:
    sys.stderr.write(f"{time.strftime('%H:%M:%S')} {words}\n")


if __name__ == "__main__":
    sys.exit(main())
