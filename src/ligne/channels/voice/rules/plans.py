"""From a line's settings to the plan of one call. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ligne.channels.voice.rules.flow import Option, Plan


@dataclass(frozen=True, slots=True)
class LineFacts:
    """A line as its administrator set it; see `models.Line`."""

    principal_id: int
    number: str
    queue: str
    language: str = "fr"
    welcome: Sequence[str] = ()
    closed_prompts: Sequence[str] = ()
    closed_to: str = "voicemail"
    voicemail_prompts: Sequence[str] = ()
    menus: Mapping[str, Any] = field(default_factory=dict)
    menu: str = ""
    position_every_s: int = 45
    call_back_key: str = ""
    call_back_prompts: Sequence[str] = ()
    recorded_share: int = 0
    objection_key: str = ""


def plan(line: LineFacts, *, opened: bool, draw: float) -> Plan:
    """The plan of a call to `line`. `opened`: its queue takes calls now; `draw` in [0, 1) decides whether it is one of
    those recorded."""
    return Plan(
        principal_id=line.principal_id,
        line=line.number,
        queue=line.queue,
        language=line.language,
        welcome=tuple(line.welcome),
        menus={name: (tuple(menu["prompts"]), _keys(menu["keys"])) for name, menu in line.menus.items()},
        menu=line.menu,
        closed="" if opened else "hours",
        closed_prompts=tuple(line.closed_prompts),
        closed_to=line.closed_to,
        position_every_s=line.position_every_s,
        call_back_key=line.call_back_key,
        call_back_prompts=tuple(line.call_back_prompts),
        voicemail_prompts=tuple(line.voicemail_prompts),
        objection_key=line.objection_key,
        recorded=draw * 100 < line.recorded_share,
    )


def _keys(keys: Mapping[str, Mapping[str, str]]) -> dict[str, Option]:
    return {
        key: Option(action=found["action"], target=found.get("target", ""), language=found.get("language", ""))
        for key, found in keys.items()
    }
