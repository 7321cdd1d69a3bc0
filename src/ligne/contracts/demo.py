"""Contracts of the fictitious customers: most of Bleuet's have one or two, some of Garance's a maintenance plan."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from ligne.catalogue import reads as catalogue
from ligne.catalogue.models import Product
from ligne.contracts import services
from ligne.contracts.rules import states
from ligne.contracts.services import NewContract
from ligne.customers import reads as customers
from ligne.customers.models import Customer
from ligne.kit import clock
from ligne.kit.demo import Context
from ligne.kit.viewer import Viewer

PREFIX = {"bleuet": "BT", "garance": "AG"}
SUBSCRIBES = {"bleuet": 0.93, "garance": 0.22}
MOST = {"bleuet": 3, "garance": 1}


def make(context: Context) -> None:
    """Give every company's customers their contracts."""
    for slug, share in SUBSCRIBES.items():
        principal = context.principals.get(slug)
        if principal is None:
            continue
        viewer = Viewer.system(principal.pk)
        offered = catalogue.products(viewer, principal_id=principal.pk, kind=Product.Kind.SUBSCRIPTION)
        if not offered:
            continue
        people = customers.visible(viewer).filter(principal_id=principal.pk).exclude(status="prospect").order_by("pk")
        made: list[NewContract] = []
        for customer in people:
            if context.rng.random() < share:
                made += _contracts(context.rng, customer, offered, slug, len(made))
        services.open_contracts(viewer, principal_id=principal.pk, contracts=made)


def _contracts(rng: Random, customer: Customer, offered: list[Product], slug: str, number: int) -> list[NewContract]:
    """One to three contracts, the first begun with the customer's first day."""
    today = clock.now().date()
    begun = customer.since or today - timedelta(days=rng.randint(30, 900))
    pro = [p for p in offered if p.sku.startswith("PRO")]
    private = [p for p in offered if not p.sku.startswith("PRO")]
    choice = pro if customer.kind == "business" and pro else private
    count = min(rng.choices([1, 2, 3], weights=[60, 30, 10])[0], MOST[slug], len(choice))
    found = []
    for at, product in enumerate(rng.sample(choice, count)):
        start = begun + timedelta(days=rng.randint(0, 200)) if at else begun
        start = min(start, today)
        end, state = _end(rng, customer, start, today)
        found.append(
            NewContract(
                customer_id=customer.pk,
                number=f"{PREFIX[slug]}-{start.year}-{number + at + 1:06d}",
                start=start,
                product_id=product.pk,
                state=state,
                end=end,
                monthly_cents=product.price_cents,
            )
        )
    return found


def _end(rng: Random, customer: Customer, start: date, today: date) -> tuple[date | None, str]:
    if customer.status == "former" or rng.random() < 0.08:
        last = min(today - timedelta(days=1), start + timedelta(days=rng.randint(90, 900)))
        return max(start, last), states.ENDED
    if rng.random() < 0.02:
        return None, states.SUSPENDED
    return None, states.ACTIVE
