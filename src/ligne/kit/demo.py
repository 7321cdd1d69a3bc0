"""What each app's `demo.make(context)` is given."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Context:
    """The demo being made. `principals` by slug, `people` by e-mail, `queues` by slug; apps add what they make.

    `rng` is seeded: the same demo each time. `scale` is the number of customers. `password` signs every demo person in.
    """

    password: str
    scale: int = 3000
    principals: dict[str, Any] = field(default_factory=dict)
    people: dict[str, Any] = field(default_factory=dict)
    queues: dict[str, Any] = field(default_factory=dict)
    rng: random.Random = field(default_factory=lambda: random.Random(7))  # noqa: S311 - plausible names, no secrets
