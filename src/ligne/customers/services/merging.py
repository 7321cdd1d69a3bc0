"""One customer with two files: join them, and part them again exactly."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from ligne.customers.errors import CannotMerge, CannotUnmerge
from ligne.customers.events import CustomersMerged, CustomersUnmerged
from ligne.customers.models import Address, Consent, ContactPoint, Customer, Link, MergeRecord, NotDuplicate, Opposition
from ligne.customers.ports import movers
from ligne.customers.rules import facts as rules
from ligne.customers.services import doors
from ligne.kit import bus, clock, locks
from ligne.kit.errors import NotFound
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer

# Fields of the absorbed file that fill empty ones of the survivor without being asked for.
FILLED = tuple(
    name for name in rules.FIELDS if name not in ("kind", "language", "status", "fragile", "external_ref", "notes")
)
CHOSEN = tuple(name for name in rules.FIELDS if name != "external_ref")


def merge(viewer: Viewer, *, survivor_id: int, absorbed_id: int, take: Iterable[str] = ()) -> MergeRecord:
    """Join `absorbed_id` into `survivor_id`: everything tied to it moves, and it is hidden.

    Fields named in `take` come from the absorbed file; other empty fields are filled from it; a fragile customer stays
    fragile. Consents keep their dates; an opposition of either is an opposition of the joined file.
    Raises `CannotMerge`, `NotFound`; then nothing is changed.
    """
    doors.writer(viewer)
    if survivor_id == absorbed_id:
        raise CannotMerge(N_("A file cannot be merged with itself. Nothing was changed."))
    with transaction.atomic():
        pair = {pk: doors.lock_customer(viewer, pk) for pk in sorted((survivor_id, absorbed_id))}
        survivor, absorbed = pair[survivor_id], pair[absorbed_id]
        if survivor.principal_id != absorbed.principal_id:
            raise CannotMerge(N_("These two customers belong to different companies. Nothing was changed."))
        fields = _fields(survivor, absorbed, {name for name in take if name in CHOSEN})
        rows = _move(absorbed_id, survivor_id)
        moved = {key: mover(absorbed_id, survivor_id, None) for key, mover in movers.items()}
        doors.touch(survivor, **{name: after for name, (_, after) in fields.items()})
        doors.touch(absorbed, merged_into_id=survivor_id)
        doors.learn_names([survivor_id])
        doors.place(survivor_id, absorbed_id)
        record = MergeRecord.objects.create(
            principal_id=survivor.principal_id,
            survivor=survivor,
            absorbed=absorbed,
            merged_at=clock.now(),
            merged_by_id=viewer.user_id,
            moved={"fields": {n: [_json(b), _json(a)] for n, (b, a) in fields.items()}, "rows": rows, "movers": moved},
        )
        bus.announce(
            CustomersMerged(
                subject_id=survivor_id,
                principal_id=survivor.principal_id,
                customer_id=survivor_id,
                actor_id=viewer.user_id,
                record_id=record.pk,
                absorbed_id=absorbed_id,
            )
        )
    return record


def unmerge(viewer: Viewer, *, record_id: int) -> Customer:
    """Undo a merge: what was moved goes back, what came since stays with the survivor. Returns the restored file.

    A field taken over is given back only if nobody changed it since. Raises `CannotUnmerge` when the survivor was
    itself merged or erased meanwhile, `NotFound`.
    """
    doors.writer(viewer)
    with transaction.atomic():
        record = MergeRecord.objects.filter(pk=record_id, principal_id__in=viewer.principals).first()
        if record is None:
            raise NotFound
        pair = {pk: locks.row(Customer, pk=pk) for pk in sorted((record.survivor_id, record.absorbed_id))}
        survivor, absorbed = pair[record.survivor_id], pair[record.absorbed_id]
        record.refresh_from_db()
        if record.undone_at is not None:
            return absorbed
        _may_part(survivor, absorbed)
        for key, mover in reversed(movers.items()):
            if key in record.moved["movers"]:
                mover(survivor.pk, absorbed.pk, record.moved["movers"][key])
        _move_back(record.moved["rows"], survivor.pk, absorbed.pk)
        doors.touch(survivor, **_given_back(survivor, record.moved["fields"]))
        doors.touch(absorbed, merged_into_id=None)
        doors.place(survivor.pk, absorbed.pk)
        record.undone_at = clock.now()
        record.save(update_fields=["undone_at"])
        bus.announce(
            CustomersUnmerged(
                subject_id=survivor.pk,
                principal_id=survivor.principal_id,
                customer_id=survivor.pk,
                actor_id=viewer.user_id,
                record_id=record.pk,
                restored_id=absorbed.pk,
            )
        )
    return absorbed


def tell_apart(viewer: Viewer, *, one_id: int, other_id: int) -> None:
    """These two are two customers: do not propose them as duplicates any more."""
    doors.writer(viewer)
    first, second = sorted((one_id, other_id))
    with transaction.atomic():
        for pk in (first, second):
            doors.lock_customer(viewer, pk)
        NotDuplicate.objects.get_or_create(
            first_id=first,
            second_id=second,
            defaults={"decided_at": clock.now(), "decided_by_id": viewer.user_id},
        )


def _may_part(survivor: Customer, absorbed: Customer) -> None:
    if survivor.erased_at or absorbed.erased_at:
        raise CannotUnmerge(N_("This file was erased since: there is nothing left to part. Nothing was changed."))
    if survivor.merged_into_id:
        raise CannotUnmerge(
            N_("The file that remained was itself merged since; undo that merge first. Nothing was changed.")
        )


def _fields(survivor: Customer, absorbed: Customer, take: set[str]) -> dict[str, tuple[Any, Any]]:
    """{name: (before, after)} of the survivor's fields that the merge changes."""
    changed = {}
    for name in CHOSEN:
        mine, theirs = getattr(survivor, name), getattr(absorbed, name)
        wanted = theirs if name in take or (name in FILLED and mine in ("", None)) else mine
        if name == "fragile":
            wanted = mine or theirs
        elif name == "notes" and name not in take:
            wanted = "\n\n".join(dict.fromkeys(t for t in (mine, theirs) if t))
        elif name == "since" and name not in take and mine and theirs:
            wanted = min(mine, theirs)
        if wanted != mine:
            changed[name] = (mine, wanted)
    return changed


def _given_back(survivor: Customer, fields: dict[str, list[Any]]) -> dict[str, Any]:
    back = {}
    for name, (before, after) in fields.items():
        if _json(getattr(survivor, name)) == after:
            back[name] = rules.day(name, before) if name in ("birth_date", "since") else before
    return back


def _move(absorbed_id: int, survivor_id: int) -> dict[str, Any]:
    """Move our own rows; what the survivor has already (same number, same tie) stays hidden with the absorbed."""
    kept = ContactPoint.objects.filter(customer_id=survivor_id, valid_to__isnull=True)
    held = {(p.kind, p.value.lower()) for p in kept}
    has_main = {p.kind for p in kept if p.primary}
    coming = [
        p
        for p in ContactPoint.objects.filter(customer_id=absorbed_id)
        if p.valid_to is not None or (p.kind, p.value.lower()) not in held
    ]
    mains = [p.pk for p in coming if p.primary]
    ContactPoint.objects.filter(pk__in=mains, kind__in=has_main).update(primary=False)
    points = [p.pk for p in coming]
    ContactPoint.objects.filter(pk__in=points).update(customer_id=survivor_id)

    opposed = set(
        Opposition.objects.filter(customer_id=survivor_id, lifted_at__isnull=True).values_list("channel", flat=True)
    )
    standing = Opposition.objects.filter(customer_id=absorbed_id).exclude(lifted_at__isnull=True, channel__in=opposed)
    moved: dict[str, Any] = {"points": points, "mains": mains, "links": _move_links(absorbed_id, survivor_id)}
    moved["oppositions"] = list(standing.values_list("pk", flat=True))
    moved["addresses"] = list(Address.objects.filter(customer_id=absorbed_id).values_list("pk", flat=True))
    moved["consents"] = list(Consent.objects.filter(customer_id=absorbed_id).values_list("pk", flat=True))
    for model, name in ((Opposition, "oppositions"), (Address, "addresses"), (Consent, "consents")):
        model._default_manager.filter(pk__in=moved[name]).update(customer_id=survivor_id)
    return moved


def _move_links(absorbed_id: int, survivor_id: int) -> list[list[Any]]:
    """Move ties, except those between the two and those the survivor has already; [id, from, to] as they were."""
    ties = Link.objects.filter(Q(from_customer_id=absorbed_id) | Q(to_customer_id=absorbed_id))
    mine = Link.objects.filter(Q(from_customer_id=survivor_id) | Q(to_customer_id=survivor_id), ended_at__isnull=True)
    held = {(t.kind, t.from_customer_id, t.to_customer_id) for t in mine}
    moved: list[list[Any]] = []
    for tie in ties.order_by("pk"):
        ends = [survivor_id if end == absorbed_id else end for end in (tie.from_customer_id, tie.to_customer_id)]
        if ends[0] == ends[1]:
            continue
        mutual = tie.kind in ("spouse", "sibling")
        from_id, to_id = sorted(ends) if mutual else ends
        if tie.ended_at is None and (tie.kind, from_id, to_id) in held:
            continue
        moved.append([tie.pk, tie.from_customer_id, tie.to_customer_id])
        Link.objects.filter(pk=tie.pk).update(from_customer_id=from_id, to_customer_id=to_id)
        held.add((tie.kind, from_id, to_id))
    return moved


def _move_back(rows: dict[str, Any], survivor_id: int, absorbed_id: int) -> None:
    # Points take back the rank they had, whatever was preferred since; a retired one has no rank to take back.
    ContactPoint.objects.filter(pk__in=rows["points"]).update(customer_id=absorbed_id, primary=False)
    ContactPoint.objects.filter(pk__in=rows["mains"], valid_to__isnull=True).update(primary=True)
    for kind in ContactPoint.Kind.values:
        left = ContactPoint.objects.filter(customer_id=survivor_id, kind=kind, valid_to__isnull=True)
        heir = left.order_by("-primary", "pk").first()
        if heir is not None and not heir.primary:
            ContactPoint.objects.filter(pk=heir.pk).update(primary=True)
    for model, name in ((Opposition, "oppositions"), (Address, "addresses"), (Consent, "consents")):
        model._default_manager.filter(pk__in=rows[name]).update(customer_id=absorbed_id)
    for pk, from_id, to_id in rows["links"]:
        Link.objects.filter(pk=pk).update(from_customer_id=from_id, to_customer_id=to_id)


def _json(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
