"""What becomes of a received mail: every one has a fate, told in a sentence. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ligne.channels.email.rules.parsed import ParsedMail
from ligne.kit.text import N_

CONTACT, MESSAGE, BOUNCE, NOTED, DUPLICATE = "contact", "message", "bounce", "noted", "duplicate"
NO_SENDER, UNREADABLE, TOO_LARGE, LOOP, FLOOD = "no_sender", "unreadable", "too_large", "loop", "flood"
AUTOMATIC, LOST_BOUNCE, TROUBLE, INACTIVE = "automatic", "lost_bounce", "trouble", "inactive"

SENTENCES = {
    CONTACT: N_("A new contact was opened."),
    MESSAGE: N_("It joined its exchange."),
    BOUNCE: N_("A message of ours came back: its exchange says so."),
    NOTED: N_("An automatic answer: noted in its exchange."),
    DUPLICATE: N_("The same mail had arrived already."),
    NO_SENDER: N_("It names no sender: nobody could be answered."),
    UNREADABLE: N_("It could not be understood."),
    TOO_LARGE: N_("It is larger than the centre accepts."),
    LOOP: N_("It is a mail of ours that came back round: a loop was broken."),
    FLOOD: N_("Its sender wrote too often within a few minutes: a flood or a loop was stopped."),
    AUTOMATIC: N_("No person wrote it (newsletter, notification, absence), and it belongs to no exchange."),
    LOST_BOUNCE: N_("It says that a mail did not arrive, and that mail is not one of ours."),
    TROUBLE: N_("The centre failed while handling it."),
    INACTIVE: N_("The account it was sent to is switched off."),
}
# Kept mails that need nobody's eyes unless somebody looks for them.
ROUTINE = (AUTOMATIC, LOST_BOUNCE)

MAX_MARKS = 5
FLOOD_MAILS, FLOOD_SECONDS = 30, 600


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known around a mail. `ours`: its Message-ID is one that this centre signed."""

    account_mark: str
    ours: bool
    recent_from_sender: int
    active: bool = True
    too_large: bool = False


def stopped(mail: ParsedMail, around: Circumstances) -> str:
    """The fate of a mail that goes no further; "" when it may go on."""
    unread = any(d.startswith("unreadable") for d in mail.defects) or "empty" in mail.defects
    round_again = around.ours or around.account_mark in mail.loop_marks or len(mail.loop_marks) >= MAX_MARKS
    written = mail.bounce is None  # reports of failure come without an author, and may come many at once
    reasons = {
        INACTIVE: not around.active,
        TOO_LARGE: around.too_large,
        UNREADABLE: unread,
        LOOP: round_again,
        NO_SENDER: written and mail.sender is None,
        FLOOD: written and around.recent_from_sender >= FLOOD_MAILS,
    }
    return next((fate for fate, holds in reasons.items() if holds), "")
