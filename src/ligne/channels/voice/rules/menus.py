"""The menu that an administrator edits: a choice for each key, as a form says it. Pure.

A choice is "queue:SLUG", "voicemail", "repeat" or "language:en" (said again in that language). Menus behind the first
one, made by a program, are left as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

KEYS = "1234567890"
FIRST = "main"


def choices_of(menus: Mapping[str, Any], first: str) -> dict[str, str]:
    """The choice of each key of the first menu; keys that do something a form cannot say are left out."""
    keys = menus.get(first, {}).get("keys", {})
    found = {key: _choice(option) for key, option in keys.items()}
    return {key: choice for key, choice in found.items() if choice}


def _choice(option: Mapping[str, str]) -> str:
    if option["action"] == "queue" and not option.get("language"):
        return f"queue:{option.get('target', '')}"
    if option.get("language"):
        return f"language:{option['language']}" if option["action"] == "repeat" else ""
    return option["action"] if option["action"] in {"voicemail", "repeat"} else ""


def with_choices(
    menus: Mapping[str, Any], first: str, prompts: Sequence[str], choices: Mapping[str, str]
) -> tuple[dict[str, Any], str]:
    """(menus, name of the first) with these choices: none leaves no menu, and the line's own queue takes the call."""
    name = first or FIRST
    before = menus.get(name, {}).get("keys", {})
    keys = {key: option for key, option in before.items() if not _choice(option)}
    keys |= {key: _option(choice) for key, choice in choices.items() if choice}
    others = {key: menu for key, menu in menus.items() if key != name}
    return ({**others, name: {"prompts": list(prompts), "keys": keys}}, name) if keys else (others, "")


def _option(choice: str) -> dict[str, str]:
    action, _, target = choice.partition(":")
    if action == "language":
        return {"action": "repeat", "language": target}
    return {"action": action, "target": target} if target else {"action": action}
