"""How to reach a customer: telephones, e-mail addresses, postal addresses."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from ligne.customers.events import AddressAdded, AddressRetired, PointAdded, PointChanged
from ligne.customers.models import Address, ContactPoint, Customer
from ligne.customers.rules import facts as rules
from ligne.customers.services import doors, oppositions
from ligne.kit import bus, clock
from ligne.kit.errors import NotFound
from ligne.kit.viewer import Viewer

MOBILE = ("+336", "+337")


def add_point(
    viewer: Viewer, *, customer_id: int, kind: str, value: str, label: str = "", primary: bool | None = None
) -> ContactPoint:
    """Add a telephone ("phone", as typed) or an e-mail ("email"); one already in use is returned as it stands.

    The first of its kind becomes the main one unless `primary` says otherwise. Raises `Invalid`, `NotFound`.
    """
    doors.writer(viewer)
    stored = rules.point(kind, value)
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        in_use = ContactPoint.objects.filter(customer=customer, kind=kind, valid_to__isnull=True)
        existing = (in_use.filter(email_key=stored.lower()) if kind == "email" else in_use.filter(value=stored)).first()
        if existing is not None:
            return existing
        main = not in_use.exists() if primary is None else primary
        if main:
            in_use.filter(primary=True).update(primary=False)
        point = ContactPoint.objects.create(
            principal_id=customer.principal_id,
            customer=customer,
            kind=kind,
            value=stored,
            label=label_of(kind, stored, label),
            primary=main,
            valid_from=clock.now(),
        )
        doors.touch(customer)
        bus.announce(
            PointAdded(
                subject_id=customer.pk,
                principal_id=customer.principal_id,
                customer_id=customer.pk,
                actor_id=viewer.user_id,
                point_id=point.pk,
                point_kind=kind,
                value=stored,
            )
        )
        oppositions.remember_erased(viewer, customer, [point])
    return point


def retire_point(viewer: Viewer, *, point_id: int) -> ContactPoint:
    """The point is no longer in use: kept as a former one, so that an old number still proposes its customer."""
    doors.writer(viewer)
    with transaction.atomic():
        customer, point = _point(viewer, point_id)
        if point.valid_to is not None:
            return point
        was_main = point.primary
        point.valid_to, point.primary = clock.now(), False
        point.save(update_fields=["valid_to", "primary"])
        if was_main:
            heir = ContactPoint.objects.filter(customer=customer, kind=point.kind, valid_to__isnull=True).first()
            if heir is not None:
                ContactPoint.objects.filter(pk=heir.pk).update(primary=True)
        doors.touch(customer)
        _changed(viewer, customer, point, "retired")
    return point


def prefer_point(viewer: Viewer, *, point_id: int) -> ContactPoint:
    """Make this point the main one of its kind."""
    doors.writer(viewer)
    with transaction.atomic():
        customer, point = _point(viewer, point_id)
        if point.valid_to is not None:
            raise NotFound
        if point.primary:
            return point
        ContactPoint.objects.filter(customer=customer, kind=point.kind, primary=True).update(primary=False)
        point.primary = True
        point.save(update_fields=["primary"])
        doors.touch(customer)
        _changed(viewer, customer, point, "primary")
    return point


def verify_point(viewer: Viewer, *, point_id: int) -> ContactPoint:
    """Note that the customer was really reached there."""
    doors.writer(viewer)
    with transaction.atomic():
        customer, point = _point(viewer, point_id)
        point.verified_at = clock.now()
        point.save(update_fields=["verified_at"])
        _changed(viewer, customer, point, "verified")
    return point


def add_address(viewer: Viewer, *, customer_id: int, **facts: Any) -> Address:
    """Add a postal address (line1, line2, postcode, city, country, label); the former one of that label is retired."""
    doors.writer(viewer)
    stored = rules.address(facts)
    with transaction.atomic():
        customer = doors.lock_customer(viewer, customer_id)
        current = Address.objects.filter(customer=customer, label=stored["label"], valid_to__isnull=True)
        same = current.filter(**stored).first()
        if same is not None:
            return same
        now = clock.now()
        for former in current:
            _retire(viewer, customer, former)
        address = Address.objects.create(
            principal_id=customer.principal_id, customer=customer, valid_from=now, **stored
        )
        doors.touch(customer)
        doors.place(customer.pk)
        bus.announce(
            AddressAdded(
                subject_id=customer.pk,
                principal_id=customer.principal_id,
                customer_id=customer.pk,
                actor_id=viewer.user_id,
                address_id=address.pk,
                text=str(address),
            )
        )
    return address


def retire_address(viewer: Viewer, *, address_id: int) -> Address:
    """The customer no longer lives there."""
    doors.writer(viewer)
    with transaction.atomic():
        found = Address.objects.filter(pk=address_id).first()
        if found is None:
            raise NotFound
        customer = doors.lock_customer(viewer, found.customer_id)
        if found.valid_to is None:
            _retire(viewer, customer, found)
            doors.touch(customer)
            doors.place(customer.pk)
    return found


def _retire(viewer: Viewer, customer: Customer, address: Address) -> None:
    address.valid_to = clock.now()
    address.save(update_fields=["valid_to"])
    bus.announce(
        AddressRetired(
            subject_id=customer.pk,
            principal_id=customer.principal_id,
            customer_id=customer.pk,
            actor_id=viewer.user_id,
            address_id=address.pk,
            text=str(address),
        )
    )


def _point(viewer: Viewer, point_id: int) -> tuple[Customer, ContactPoint]:
    """The point, read again once its customer is locked."""
    owner = ContactPoint.objects.filter(pk=point_id).values_list("customer_id", flat=True).first()
    if owner is None:
        raise NotFound
    customer = doors.lock_customer(viewer, owner)
    return customer, ContactPoint.objects.get(pk=point_id)


def _changed(viewer: Viewer, customer: Customer, point: ContactPoint, change: str) -> None:
    bus.announce(
        PointChanged(
            subject_id=customer.pk,
            principal_id=customer.principal_id,
            customer_id=customer.pk,
            actor_id=viewer.user_id,
            point_id=point.pk,
            point_kind=point.kind,
            change=change,
            value=point.value,
        )
    )


def label_of(kind: str, value: str, label: str) -> str:
    """The label given if we know it, else what the number itself tells."""
    known = rules.PHONE_LABELS if kind == "phone" else rules.EMAIL_LABELS
    if label in known:
        return label
    if kind == "phone":
        return "mobile" if value.startswith(MOBILE) else "home"
    return "personal"
