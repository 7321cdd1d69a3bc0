"""How fast `ligne import customers` takes a file in, and that taking it again creates nobody."""

from __future__ import annotations

import csv
import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

from bench import base, invented
from bench.centre import folder, started
from bench.measure import Measure

LINES = 200_000
ALLOWED_S = 300  # for a million lines
HEADER = ["Référence", "Civilité", "Nom", "Prénom", "Date de naissance", "Téléphone", "Courriel", "Adresse",
          "Code postal", "Ville", "Client depuis", "Accord courriel"]  # fmt: skip


def measures() -> Iterator[Measure]:
    """Into an empty house, then the same file again."""
    with folder() as home, started(home, environment={"LIGNE_DEMO_SCALE": str(base.DEMO_CUSTOMERS)}) as centre:
        path = home / "clients.csv"
        write(path, LINES)
        took, told = [], []
        for _ in range(2):
            began = time.monotonic()
            told.append(json.loads(centre.ligne("import", "customers", str(path), "--principal", "bleuet", "--json")))
            took.append(time.monotonic() - began)
        first, again = told
        million = took[0] / LINES * 1_000_000
        yield Measure(
            "import",
            f"`ligne import customers` of {LINES} lines with an address, two points and a consent each, then again",
            "a million lines in <= 300 s at this pace; nobody refused, nobody created the second time",
            {
                "lines_s": round(LINES / took[0]),
                "million_s": round(million),
                "again_lines_s": round(LINES / took[1]),
                "created": [first["created"], again["created"]],
                "rejected": [first["rejected"], again["rejected"]],
            },
            million <= ALLOWED_S and first["created"] == LINES and again["created"] == 0 and not first["rejected"],
        )


def write(path: Path, lines: int, *, start: int = 1) -> None:
    """A file of customers as a company exports them."""
    draw = random.Random(7)
    surnames, firsts, towns = invented.surnames(), invented.first_names(), invented.towns()
    drawn_surnames = draw.choices(range(len(surnames)), [w for _, w in surnames], k=lines)
    drawn_firsts = draw.choices(range(len(firsts)), [w for _, _, w in firsts], k=lines)
    drawn_towns = draw.choices(range(len(towns)), [w for _, _, w in towns], k=lines)
    with path.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, delimiter=";")
        rows.writerow(HEADER)
        for step in range(lines):
            number = start + step
            civility, first, _ = firsts[drawn_firsts[step]]
            surname = surnames[drawn_surnames[step]][0]
            postcode, town, _ = towns[drawn_towns[step]]
            digits = f"07{number * 48271 % 10**8:08d}"
            phone = " ".join(digits[i : i + 2] for i in range(0, 10, 2))
            email = f"client{number}@exemple.test"
            born = f"{1 + number % 28:02d}/{1 + number % 12:02d}/{1940 + number % 65}"
            street = f"{1 + number % 120} rue de la République"
            rows.writerow([f"IMP-{number:08d}", civility, surname, first, born, phone, email, street, postcode, town,
                           "12/03/2019", "02/11/2026" if number % 3 == 0 else ""])  # fmt: skip
