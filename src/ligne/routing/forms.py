"""The office's form of a queue."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from ligne.contacts.ports import channels
from ligne.kit.errors import Invalid
from ligne.kit.saving import RefusableForm, VersionedForm
from ligne.kit.viewer import ADVISOR, SUPERVISOR, Viewer
from ligne.routing import reads
from ligne.routing.models import Queue
from ligne.routing.rules.hours import DAYS
from ligne.staff import reads as staff

# In a context of their own: a bare "Monday" would replace Django's own "lundi" in every date of the centre.
DAY_LABELS = {
    "mon": pgettext_lazy("opening hours", "Monday"),
    "tue": pgettext_lazy("opening hours", "Tuesday"),
    "wed": pgettext_lazy("opening hours", "Wednesday"),
    "thu": pgettext_lazy("opening hours", "Thursday"),
    "fri": pgettext_lazy("opening hours", "Friday"),
    "sat": pgettext_lazy("opening hours", "Saturday"),
    "sun": pgettext_lazy("opening hours", "Sunday"),
}
LEVELS = [("", _("not asked")), *((n, _("level %(n)s") % {"n": n}) for n in range(1, 6))]


def spans_text(spans: list[list[str]]) -> str:
    """Spans as people type them: "09:00-12:30, 13:30-19:00"."""
    return ", ".join(f"{start}-{end}" for start, end in spans)


def spans_of(text: str) -> list[list[str]]:
    """What `spans_text` wrote, back; what does not fit is found by the rule that reads hours."""
    parts = [part.strip() for part in text.replace("–", "-").split(",") if part.strip()]
    return [[_padded(moment) for moment in part.split("-")] for part in parts]


def _padded(moment: str) -> str:
    hour, _colon, minute = moment.strip().replace("h", ":").partition(":")
    return f"{hour.strip():0>2}:{minute.strip() or '00':0>2}"


class QueueForm(VersionedForm):
    """A queue's settings."""

    BESIDE: ClassVar[dict[str, str]] = {"hours": "hours_mon"}

    name = forms.CharField(label=_("Name"), max_length=120)
    always = forms.BooleanField(label=_("Open day and night, every day"), required=False)
    closed_on_holidays = forms.BooleanField(label=_("Closed on French public holidays"), required=False)
    priority = forms.IntegerField(
        label=_("Priority"), help_text=_("0 is usual; each step is worth five minutes of waiting.")
    )
    target_share = forms.IntegerField(label=_("Target: share taken in time, %"))
    target_s = forms.IntegerField(label=_("Target: taken within, in seconds"))
    handling_target_s = forms.IntegerField(label=_("Handling time aimed at, in seconds"))
    offer_s = forms.IntegerField(label=_("An offer lasts, in seconds"))
    relax_after_s = forms.IntegerField(
        label=_("Skill levels relax every, in seconds"), help_text=_("0: never. Level 1 is always asked.")
    )
    overflow_to = forms.ChoiceField(label=_("Relieved by"), required=False)
    overflow_after_s = forms.IntegerField(label=_("… after, in seconds"))
    channels = forms.MultipleChoiceField(
        label=_("Takes what arrives without a queue by"), required=False, widget=forms.CheckboxSelectMultiple
    )
    fallback = forms.BooleanField(label=_("Takes whatever no other queue claims"), required=False)
    members = forms.TypedMultipleChoiceField(
        label=_("Members"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple
    )
    active = forms.BooleanField(label=_("In service"), required=False)

    def __init__(self, viewer: Viewer, principal_id: int, queue: Queue | None, data: Any = None) -> None:
        super().__init__(data, initial=self._initial(queue))
        self.skill_slugs: list[str] = []
        for day in DAYS:
            spans = queue.hours.get(day, []) if queue else []
            self.fields[f"hours_{day}"] = forms.CharField(
                label=DAY_LABELS[day], required=False, max_length=120, initial=spans_text(spans)
            )
        for skill in staff.skills(viewer, principal_id):
            self.skill_slugs.append(skill.slug)
            self.fields[f"skill_{skill.slug}"] = forms.TypedChoiceField(
                label=skill.name,
                choices=LEVELS,
                coerce=int,
                empty_value=None,
                required=False,
                initial=queue.skills.get(skill.slug, "") if queue else "",
            )
        self._choices(viewer, principal_id, queue)

    @staticmethod
    def _initial(queue: Queue | None) -> dict[str, Any]:
        shown = queue or Queue()
        facts = {field: getattr(shown, field) for field in _SAME}
        return facts | {
            "version": queue.version if queue else None,
            "always": not shown.hours,
            "closed_on_holidays": bool(shown.holidays),
            "overflow_to": queue.overflow_to.slug if queue and queue.overflow_to else "",
            "members": list(queue.members.values_list("id", flat=True)) if queue else [],
        }

    def _choices(self, viewer: Viewer, principal_id: int, queue: Queue | None) -> None:
        others = [q for q in reads.visible(viewer) if queue is None or q.pk != queue.pk]
        people = [
            p
            for p in staff.people(viewer)
            if p.role in {ADVISOR, SUPERVISOR} and p.principals.filter(pk=principal_id).exists()
        ]
        self._set("overflow_to", [("", gettext("nobody")), *((q.slug, q.name) for q in others)])
        self._set("channels", [(key, gettext(channel.traits.label)) for key, channel in channels.items()])
        self._set("members", [(p.pk, p.name) for p in people])

    def _set(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def facts(self) -> dict[str, Any]:
        """The values as the verbs take them."""
        values = self.cleaned_data
        week = {} if values["always"] else {day: spans_of(values[f"hours_{day}"]) for day in DAYS}
        if not values["always"] and not any(week.values()):
            raise Invalid(
                gettext("Write the hours of at least one day, or tick “open day and night”."), field="hours_mon"
            )
        asked = {slug: values[f"skill_{slug}"] for slug in self.skill_slugs if values[f"skill_{slug}"]}
        return {field: values[field] for field in _SAME} | {
            "hours": {day: spans for day, spans in week.items() if spans},
            "holidays": "FR" if values["closed_on_holidays"] else "",
            "overflow_to": values["overflow_to"],
            "members": values["members"],
            "skills": asked,
        }

    @property
    def day_fields(self) -> list[forms.BoundField]:
        """The seven days, in order."""
        return [self[f"hours_{day}"] for day in DAYS]

    @property
    def skill_fields(self) -> list[forms.BoundField]:
        """One choice of level per skill of the principal."""
        return [self[f"skill_{slug}"] for slug in self.skill_slugs]


_SAME = (
    "name",
    "priority",
    "target_share",
    "target_s",
    "handling_target_s",
    "offer_s",
    "relax_after_s",
    "overflow_after_s",
    "channels",
    "fallback",
    "active",
)


class NewQueueForm(RefusableForm):
    """The first questions of a new queue; the rest is set on its page."""

    principal_id = forms.TypedChoiceField(label=_("Principal"), coerce=int)
    name = forms.CharField(label=_("Name"), max_length=120)
    slug = forms.CharField(
        label=_("Short name"), max_length=50, help_text=_("Small letters, figures and hyphens; channels ask for it.")
    )

    def __init__(self, viewer: Viewer, data: Any = None) -> None:
        super().__init__(data)
        self.fields["principal_id"].choices = [(p.pk, p.name) for p in staff.principals(viewer)]  # type: ignore[attr-defined]
