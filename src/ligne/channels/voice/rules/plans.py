"""From a line's settings to the plan of one call. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ligne.channels.voice.rules.flow import Option, Plan
from ligne.channels.voice.rules.flow.call import PAYMENT_PROMPTS


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
    known_queue: str = ""
    callers: Mapping[str, str] = field(default_factory=dict)
    payment_prompts: Mapping[str, Sequence[str]] = field(default_factory=dict)


def straight_to(line: LineFacts, *, caller: str, known: bool) -> str:
    """The queue of a caller who needs no menu: by the longest beginning of their number (E.164) that the line names,
    else because they are a customer whom we know; "" for the others."""
    begins = [prefix for prefix in line.callers if prefix and caller.startswith(prefix)]
    if begins:
        return line.callers[max(begins, key=len)]
    return line.known_queue if known else ""


def payment_prompts(line: LineFacts) -> dict[str, tuple[str, ...]]:
    """What asks for each part of a card on this line."""
    return PAYMENT_PROMPTS | {step: tuple(prompts) for step, prompts in line.payment_prompts.items() if prompts}


def plan(line: LineFacts, *, opened: bool, draw: float, straight: str = "") -> Plan:
    """The plan of a call to `line`. `opened`: its queue takes calls now; `draw` in [0, 1) decides whether it is one of
    those recorded; `straight`: the queue of a caller who needs no menu."""
    return Plan(
        principal_id=line.principal_id,
        line=line.number,
        queue=straight or line.queue,
        language=line.language,
        welcome=tuple(line.welcome),
        menus={name: (tuple(menu["prompts"]), _keys(menu["keys"])) for name, menu in line.menus.items()},
        menu="" if straight else line.menu,
        closed="" if opened else "hours",
        closed_prompts=tuple(line.closed_prompts),
        closed_to=line.closed_to,
        position_every_s=line.position_every_s,
        call_back_key=line.call_back_key,
        call_back_prompts=tuple(line.call_back_prompts),
        voicemail_prompts=tuple(line.voicemail_prompts),
        objection_key=line.objection_key,
        payment_prompts=payment_prompts(line),
        recorded=draw * 100 < line.recorded_share,
    )


def _keys(keys: Mapping[str, Mapping[str, str]]) -> dict[str, Option]:
    return {
        key: Option(action=found["action"], target=found.get("target", ""), language=found.get("language", ""))
        for key, found in keys.items()
    }
