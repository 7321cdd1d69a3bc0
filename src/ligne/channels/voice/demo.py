"""The demo's numbers: what is heard is made of the exchange's own sounds."""

from __future__ import annotations

from typing import Any

from ligne.channels.voice.models import Line
from ligne.kit.demo import Context

_PRESS = "sound:dir-multi1"
# Numbers that the regulator keeps for fiction.
LINES: list[dict[str, Any]] = [
    {"of": "bleuet", "number": "+33199000001", "name": "Bleuet Télécom, service client", "queue": "bleuet-conseil"},
    {
        "of": "garance",
        "number": "+33199000002",
        "name": "Atelier Garance, service après-vente",
        "queue": "garance-sav",
    },
    {
        "of": "bleuet",
        "number": "+33199000003",
        "name": "Bleuet Télécom, accueil à touches",
        "queue": "bleuet-conseil",
        "menu": "main",
        "menus": {
            "main": {
                "prompts": [_PRESS, "number:1", _PRESS, "number:2", _PRESS, "number:8"],
                "keys": {
                    "1": {"action": "queue", "target": "bleuet-conseil"},
                    "2": {"action": "queue", "target": "bleuet-resiliation"},
                    "3": {"action": "voicemail"},
                    "8": {"action": "repeat", "language": "en"},
                    "0": {"action": "repeat"},
                },
            }
        },
    },
]
_EVERY = {
    "welcome": ["sound:hello"],
    "closed_prompts": ["sound:vm-nobodyavail"],
    "voicemail_prompts": ["sound:vm-intro"],
    "call_back_key": "1",
    "objection_key": "9",
    "recorded_share": 0,  # nobody is recorded by a line whose welcome does not say so
}


def make(context: Context) -> None:
    """A line for each company, and one with a menu."""
    for line in LINES:
        facts = {name: value for name, value in line.items() if name != "of"}
        Line.objects.create(principal=context.principals[line["of"]], **_EVERY, **facts)
