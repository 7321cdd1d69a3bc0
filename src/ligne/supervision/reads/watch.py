"""What a supervisor should look at, the gravest first."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext

from ligne.contacts import reads as contacts
from ligne.journal import reads as journal
from ligne.kit import clock
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer
from ligne.routing import reads as routing
from ligne.routing.reads import QueueFacts
from ligne.staff import reads as staff
from ligne.staff import words
from ligne.supervision.ports import Alert, alert_sources
from ligne.supervision.reads.counts import lead

TONES = ("bad", "warn", "info")


def alerts(viewer: Viewer) -> list[Alert]:
    """Promises broken, queues over their limit, advisors not answering, refusals by law, and what other apps tell."""
    lead(viewer)
    found = [*_broken(viewer), *_queues(viewer), *_silent(viewer), *_refused(viewer)]
    for source in alert_sources:
        found += source(viewer)
    return sorted(found, key=lambda alert: TONES.index(alert.tone))


def _broken(viewer: Viewer) -> list[Alert]:
    late = [promise for promise in contacts.call_backs(viewer) if promise.state == "broken"]
    return [
        Alert(
            N_("Call-back promised before %(time)s, not kept"),
            {"time": timezone.localtime(promise.window_end).strftime("%H:%M")},
            detail=" · ".join(
                part
                for part in (
                    promise.name or (promise.customer.display_name if promise.customer else promise.phone),
                    gettext("%(n)s attempts") % {"n": promise.attempts},
                    promise.owner.name if promise.owner else "",
                )
                if part
            ),
            icon="phone-outgoing",
            tone="bad",
            since=promise.window_end,
            url=_url("customers:customer", promise.customer_id) if promise.customer_id else "",
        )
        for promise in late[:5]
    ]


def _queues(viewer: Viewer) -> list[Alert]:
    found = []
    for queue in routing.queues(viewer, served=False):
        if queue.late:
            found.append(_late(queue))
        if queue.open and queue.waiting and not queue.free:
            found.append(
                Alert(
                    N_("%(queue)s: nobody to answer"),
                    {"queue": queue.name},
                    detail=gettext("%(n)s waiting") % {"n": queue.waiting},
                    icon="users",
                    tone="bad" if queue.live_waiting else "warn",
                    url=reverse("supervision:contacts") + f"?figure=waiting&queue={queue.slug}",
                )
            )
    return found


def _late(queue: QueueFacts) -> Alert:
    return Alert(
        N_("%(queue)s: over its limit"),
        {"queue": queue.name},
        detail=gettext("%(n)s late") % {"n": queue.late},
        icon="hourglass",
        tone="bad" if queue.live_waiting else "warn",
        url=reverse("supervision:contacts") + f"?figure=late&queue={queue.slug}",
    )


def _silent(viewer: Viewer) -> list[Alert]:
    return [
        Alert(
            N_("%(name)s does not answer"),
            {"name": row.name},
            detail=gettext("An offer was left unanswered; it went back to the head of its queue."),
            icon="user-x",
            since=row.since,
            url=reverse("supervision:advisors_page"),
        )
        for row in staff.presences(viewer)
        if row.state == words.NOT_ANSWERING
    ]


def _refused(viewer: Viewer) -> list[Alert]:
    start, _ = staff.day_bounds(timezone.localtime(clock.now()).date())
    found = journal.entries(viewer, kinds=["contact.sending_refused"], since=start, limit=200)
    if not found:
        return []
    rules = sorted({rule for entry in found for rule in entry.data.get("rules", [])})
    return [
        Alert(
            N_("Messages refused by law today: %(n)s"),
            {"n": len(found)},
            detail=gettext("Rules %(rules)s") % {"rules": ", ".join(rules)} if rules else "",
            icon="gavel",
            tone="info",
            since=found[0].at,
            url=_url("contacts:exchange", found[0].subject_id),
        )
    ]


def _url(name: str, pk: int) -> str:
    """The page's address; empty when no app serves it."""
    try:
        return reverse(name, args=[pk])
    except NoReverseMatch:
        return ""
