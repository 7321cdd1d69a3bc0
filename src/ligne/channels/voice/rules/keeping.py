"""What is kept of a call each time it changes. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from ligne.channels.voice.rules.flow import Call, Phase


@dataclass(frozen=True, slots=True)
class Kept:
    """The facts of a call as they are to be kept, and the moments that its row tells."""

    call: Call
    exchange: str
    at: datetime
    talked_at: datetime | None = None
    ended_at: datetime | None = None

    def followed_by(self, later: Kept) -> Kept:
        """What is kept when both are: the later facts, the first moments."""
        return replace(
            later,
            at=self.at,
            talked_at=self.talked_at or later.talked_at,
            ended_at=self.ended_at or later.ended_at,
        )


def kept_now(call: Call, exchange: str, now: datetime) -> Kept:
    """The facts of a call at this moment."""
    talked = now if call.phase == Phase.TALKING else None
    return Kept(call, exchange, now, talked, now if call.phase == Phase.ENDED else None)
