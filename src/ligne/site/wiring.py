"""The only list of who listens to what."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.translation import gettext

from ligne import regulation
from ligne.channels.chat import handlers as chat
from ligne.channels.chat import reads as chat_reads
from ligne.channels.email import handlers as email_handlers
from ligne.channels.email import invariants as mail_invariants
from ligne.channels.visio import handlers as visio
from ligne.channels.visio import reads as visio_reads
from ligne.channels.voice import events as voice_events
from ligne.channels.voice import handlers as voice
from ligne.channels.voice import invariants as voice_invariants
from ligne.channels.voice import reads as voice_reads
from ligne.channels.voice.services import measuring as voice_measuring
from ligne.contacts import events as contact
from ligne.contacts import handlers as contact_handlers
from ligne.contacts import invariants as contact_invariants
from ligne.contacts import ports as contact_ports
from ligne.contacts import reads as contact_reads
from ligne.contracts import handlers as contract_handlers
from ligne.contracts import reads as contract_reads
from ligne.customers import ports as customer_ports
from ligne.customers import reads as customer_reads
from ligne.journal import invariants as journal_invariants
from ligne.journal import ports as journal_ports
from ligne.journal import services as journal
from ligne.kit import bus, files, invariants
from ligne.kit.viewer import Viewer
from ligne.routing import events as work
from ligne.routing import handlers as routing
from ligne.routing import invariants as work_invariants
from ligne.routing import services as work_services
from ligne.site import alerts, channels, live, payments, sessions, trace_words
from ligne.site import invariants as site_invariants
from ligne.staff import events as staff
from ligne.staff import ports as staff_ports
from ligne.staff import reads as staff_reads
from ligne.supervision import handlers as supervision
from ligne.supervision import ports as supervision_ports


def connect() -> None:
    """Join the parts; called once when Django is ready. Calling it again changes nothing."""
    channels.register()
    payments.register()
    bus.connect(recorder=_record, deferrer=_defer, recorder_of_many=_record_many)
    _give_the_journal_words()
    _plug_into_the_customer_file()
    _say_who_holds_files()
    _tell_staff_the_channels()
    contact_ports.line_namers.register("routing", work_services.name_lines)
    for room in (
        site_invariants,
        work_invariants,
        contact_invariants,
        mail_invariants,
        voice_invariants,
        journal_invariants,
    ):
        invariants.declare(room.INVARIANTS)
    live.guests.register("chat", chat_reads.guest_topic)
    live.guests.register("visio", visio_reads.guest_topic)
    supervision_ports.alert_sources.register("mail", alerts.mail_kept)
    bus.now(contact.ContactArrived, routing.on_arrived, together=routing.on_arrived_together)
    bus.now(contact.ContactMoved, routing.on_moved)
    bus.now(contact.ContactClosed, routing.on_closed)
    bus.now(contact.ContactUnmerged, routing.on_unmerged)
    bus.now(contact.ContactMoved, chat.on_moved, together=chat.on_moved_together)
    bus.now(contact.ContactClosed, chat.on_closed)
    bus.now(contact.ContactMoved, voice.on_moved, together=voice.on_moved_together)
    bus.now(contact.ContactClosed, voice.on_closed)
    bus.now(contact.ContactMoved, visio.on_moved)
    bus.now(contact.ContactClosed, visio.on_closed)
    bus.later(voice_events.RecordingKept, "voice.measure", voice_measuring.on_kept)
    bus.now(staff.PresenceChanged, routing.on_presence)
    bus.now(staff.PersonUpdated, live.rights_changed)
    bus.now(staff.PersonDeactivated, live.rights_changed)
    bus.now(staff.PersonUpdated, sessions.on_person_updated)
    bus.now(staff.PersonDeactivated, sessions.on_person_deactivated)
    bus.now(work.ContactPlaced, supervision.count, together=supervision.count_placed_together)
    bus.now(contact.ContactMoved, supervision.count, together=supervision.count_together)
    bus.now(contact.ContactClosed, supervision.count)
    bus.now(contact.ReplyWritten, supervision.count)
    bus.now(contact.ReplyUndone, supervision.count)


def _give_the_journal_words() -> None:
    journal_ports.words.update(trace_words.WORDS)
    journal_ports.names.register("people", _people)
    journal_ports.names.register("principals", _principals)
    regulation.speak_with(gettext)


def _people(viewer: Viewer) -> dict[int, str]:
    return {person.pk: person.name for person in staff_reads.people(viewer, active=None)}


def _principals(viewer: Viewer) -> dict[int, str]:
    return {principal.pk: principal.name for principal in staff_reads.principals(viewer)}


def _say_who_holds_files() -> None:
    files.holders.register("contacts", contact_reads.held)
    files.holders.register("voice", voice_reads.held)
    files.holders.register("customers", customer_reads.proofs_held)


def _plug_into_the_customer_file() -> None:
    customer_ports.timeline_sources.register("contacts", contact_reads.timeline)
    customer_ports.timeline_sources.register("contracts", contract_reads.timeline)
    customer_ports.contact_sources.register("contacts", contact_reads.facts_for_file)
    customer_ports.finders.register("contracts", contract_reads.find)
    customer_ports.movers.register("contracts", contract_handlers.move_customer)
    customer_ports.movers.register("contacts", contact_handlers.move_customer)
    customer_ports.erasers.register("contacts", contact_handlers.erase_customer)
    customer_ports.erasers.register("voice", voice.erase_customer)
    customer_ports.erasers.register("email", email_handlers.erase_customer)
    customer_ports.keepers.register("contracts", contract_handlers.keep_customers)
    customer_ports.keepers.register("contacts", contact_handlers.keep_customers)


def _tell_staff_the_channels() -> None:
    for key, channel in contact_ports.channels.items():
        if key not in staff_ports.capacities:
            traits = channel.traits
            staff_ports.capacities.register(
                key, staff_ports.ChannelCapacity(key, traits.label, traits.default_capacity)
            )


def _record(event: bus.Event, at: datetime) -> int:
    """Write the entry, and keep what webhooks are to be told of it, in the announcing transaction."""
    entry = journal.record(event, at)
    _tell_webhooks(event, entry)
    return entry


def _record_many(events: Sequence[tuple[bus.Event, datetime]]) -> None:
    """`_record` for many at once."""
    for (event, _), entry in zip(events, journal.record_many(events), strict=True):
        _tell_webhooks(event, entry)


def _tell_webhooks(event: bus.Event, entry: int) -> None:
    for delivery in journal.webhooks.prepare(event, entry):
        from ligne.journal import tasks  # once the worker's app exists

        tasks.deliver.defer(delivery_id=delivery)


def _defer(name: str, event: bus.Event) -> None:
    """Keep a job in the announcing transaction."""
    from ligne.site import tasks  # once the worker's app exists

    tasks.defer(name, event)
