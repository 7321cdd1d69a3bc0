"""From the exchange's events to the flow's. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from ligne.channels.voice.rules.flow import words

Json = dict[str, Any]
_SEEN = re.compile(r"[^\x20-\x7e\xa0-\U0010ffff]")  # what is no sign that people see


def channel_of(event: Json) -> str:
    """The channel that an event is about; "" when it is about none."""
    for name in ("channel", "replace_channel"):
        if name in event:
            return str(event[name]["id"])
    target = str(event.get("playback", {}).get("target_uri") or event.get("recording", {}).get("target_uri") or "")
    return target.removeprefix("channel:") if target.startswith("channel:") else ""


def caller_of(channel: Json) -> dict[str, str]:
    """Who calls: number and name as the carrier shows them; both empty when they are withheld."""
    shown = channel["caller"]
    number, name = (_SEEN.sub("", str(shown[part] or "")) for part in ("number", "name"))
    if not any(sign.isdigit() for sign in number):  # "anonymous", "unavailable", nothing
        return {"number": "", "name": ""}
    return {"number": number, "name": name}


def read(event: Json) -> words.Event | None:
    """What the flow makes of it; None for what it does not care about. A channel's first entry is the controller's."""
    found = _READERS.get(event["type"])
    return found(event) if found else None


_READERS: dict[str, Callable[[Json], words.Event]] = {
    "StasisStart": lambda event: words.Answered(event["channel"]["id"]),
    "ChannelDestroyed": lambda event: words.Gone(event["channel"]["id"], int(event.get("cause", 16))),
    "ChannelDtmfReceived": lambda event: words.Pressed(event["channel"]["id"], event["digit"]),
    "PlaybackFinished": lambda event: words.Played(event["playback"]["id"]),
    "RecordingFinished": lambda event: words.Recorded(
        event["recording"]["name"], float(event["recording"].get("duration", 0))
    ),
    "RecordingFailed": lambda event: words.Recorded(event["recording"]["name"], 0.0),
}
