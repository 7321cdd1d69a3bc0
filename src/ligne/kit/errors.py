"""Errors that have a name and a sentence for people.

A domain error carries an English sentence marked with `N_` and the facts to put in it. It is translated where it
meets a person, and its HTTP status is decided in one place (`ligne.site.errors`), never here.
"""

from __future__ import annotations

from ligne.kit.text import N_


class DomainError(Exception):
    """Something the centre refuses or cannot do. `sentence` says what happened, what was kept, what to do."""

    sentence: str = N_("This could not be done. Nothing was changed.")

    def __init__(self, sentence: str | None = None, *, field: str | None = None, **facts: object) -> None:
        self.sentence = sentence or type(self).sentence
        self.field = field
        self.facts = facts
        super().__init__(self.sentence % facts if facts else self.sentence)

    @property
    def code(self) -> str:
        """The class's name in snake_case: stable, for programs."""
        name = type(self).__name__
        return "".join(f"_{c.lower()}" if c.isupper() and i else c.lower() for i, c in enumerate(name))


class Invalid(DomainError):
    """What was given does not fit; `field` names the culprit."""

    sentence = N_("Some information does not fit. Nothing was saved; please correct it and try again.")


class NotFound(DomainError):
    """It does not exist, or this viewer may not know that it does: the two are told alike."""

    sentence = N_("This does not exist, or you may not see it.")


class Forbidden(DomainError):
    """The viewer is known and may not do this."""

    sentence = N_("Your role does not allow this. Nothing was changed.")


class Conflict(DomainError):
    """Somebody else was faster, or the page is stale. Nothing was overwritten."""

    sentence = N_("This changed meanwhile. Nothing was overwritten; here is the present state.")


class AlreadyDone(Conflict):
    """The same request was sent before and was carried out: this time nothing happened."""

    sentence = N_("This was already done when it was first sent. It was not done twice.")


class Refused(DomainError):
    """A rule of the law or of the house forbids it."""

    sentence = N_("A rule does not allow this. Nothing was sent.")


class TooLarge(Invalid):
    """More bytes than we accept."""

    sentence = N_("This is too large. It was not kept.")


class TooMany(DomainError):
    """More requests than we accept from one source; `retry_after` says after how many seconds to try again."""

    sentence = N_("That is a lot at once. Nothing was lost; please try again in a moment.")

    def __init__(
        self, sentence: str | None = None, *, retry_after: int = 60, field: str | None = None, **facts: object
    ) -> None:
        self.retry_after = retry_after
        super().__init__(sentence, field=field, **facts)


class Unavailable(DomainError):
    """A part we depend on does not answer; trying again later may work."""

    sentence = N_("A part of the centre does not answer. Nothing was lost; please try again in a moment.")


class NoRoom(Unavailable):
    """The disk is full."""

    sentence = N_(
        "The centre has no room left to keep anything. Nothing was saved: keep your text, and tell the administrator."
    )
