"""`python -m bench.pusher RATE SECONDS`: each person on stdin is told `RATE` events a second by `kit.live`'s own door.

People are spread over the time, so many in one transaction as fall in a hundredth of a second. Each event carries its
number for that person, which only grows, and the moment it was said (the machine's monotonic clock).
"""

from __future__ import annotations

import json
import resource
import sys
import time

TURNS = 100  # transactions a second


def main() -> None:
    """Push, keeping pace; say how many and how late at worst."""
    import django

    django.setup()
    from django.db import transaction

    from ligne.kit import live

    rate, seconds = float(sys.argv[1]), float(sys.argv[2])
    first = int(sys.argv[3]) if len(sys.argv) > 3 else 0
    people = [person["id"] for person in json.loads(sys.stdin.readline())]
    each_turn = len(people) * rate / TURNS
    began, said, latest = time.monotonic(), 0, 0.0
    for turn in range(int(seconds * TURNS)):
        due = began + turn / TURNS
        wait = due - time.monotonic()
        if wait > 0:
            time.sleep(wait)
        latest = max(latest, -wait)
        upto = round((turn + 1) * each_turn)
        with transaction.atomic():
            at = round(time.monotonic(), 4)
            live.push_many(
                (f"user:{people[n % len(people)]}", "push", {"n": first + n // len(people), "t": at})
                for n in range(said, upto)
            )
        said = upto
    used = resource.getrusage(resource.RUSAGE_SELF)
    rounds, rest = divmod(said, len(people))
    json.dump(
        {
            "said": said,
            "rounds": rounds,
            "rest": rest,
            "late_s": round(latest, 3),
            "cpu_s": used.ru_utime + used.ru_stime,
        },
        sys.stdout,
    )


if __name__ == "__main__":
    main()
