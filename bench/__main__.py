"""Print each measure as one JSON line, beside the previous run's figures: `python -m bench [P1 P3 ...]`."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path

from bench.measures import chosen

LAST = Path(__file__).parent / "last.json"


def main() -> int:
    """Run the measures named, or every one; 1 when a bar is missed."""
    before = json.loads(LAST.read_text()) if LAST.exists() else {}
    now, missed = {}, False
    for measure in chosen(set(sys.argv[1:])):
        line = asdict(measure) | {"previous": before.get(measure.name)}
        sys.stdout.write(json.dumps(line, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        now[measure.name] = measure.figures
        missed |= measure.met is False
    LAST.write_text(json.dumps(before | now, ensure_ascii=False, indent=1) + "\n")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
