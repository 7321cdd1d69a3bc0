"""What the state of its contact means to a call."""

from __future__ import annotations

from ligne.channels.voice.rules.flow import words
from ligne.channels.voice.rules.flow.call import Call


def meaning(call: Call, state: str, advisor_id: int | None, queue: str) -> list[words.Event]:
    """What follows for `call` from a contact in `state` ("waiting", "offered" …), offered to or with `advisor_id`, in
    `queue` (a slug). Passages that followed quickly on one another are heard as one: whoever had the call leaves it
    first."""
    if state == "offered" and advisor_id is not None:
        before: list[words.Event] = [] if call.accepted_by is None else [words.Requeued(queue)]
        return [*before, words.Offered(advisor_id)]
    if state == "active" and advisor_id is not None:
        before = [] if call.accepted_by in {None, advisor_id} else [words.Requeued(queue)]
        return [*before, words.Accepted(advisor_id)]
    if state == "waiting":
        if call.accepted_by is not None or call.queue != queue:
            return [words.Requeued(queue)]
        return [words.Withdrawn()]
    return [words.Finished()] if state in {"wrap_up", "closed"} else []
