"""Customers, for programs."""

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Query, Router, Status
from pydantic import Field

from ligne.customers import reads, services
from ligne.kit.api import REFUSALS, Id, Listed, Page, Schema, ShortText, Text, scoped, viewer
from ligne.kit.errors import Invalid
from ligne.kit.text import N_
from ligne.kit.viewer import Viewer
from ligne.staff import reads as staff

router = Router(tags=["customers"])


class CustomerLine(Schema):
    """A customer on one line. Telephones are E.164, main ones first."""

    id: int = Field(examples=[4812])
    kind: str = Field(examples=["person"], description="person or business")
    display_name: str = Field(examples=["Mme Anne Lefèvre"])
    phones: list[str] = Field(examples=[["+33612345678"]])
    emails: list[str] = Field(examples=[["anne.lefevre@exemple.test"]])
    principal: str = Field(examples=["Bleuet Télécom"])
    principal_id: int = Field(examples=[1])
    city: str = Field(examples=["Rennes"])
    segment: str = Field(examples=["fidele"])
    status: str = Field(examples=["customer"], description="customer, prospect or former")
    external_ref: str = Field(examples=["BT-004812"])


class NewCustomer(Schema):
    """A customer to be opened. Nothing is required, not even a name; `principal` (its slug) when several are served."""

    principal: ShortText = Field(default="", examples=["bleuet"])
    kind: ShortText = Field(default="person", examples=["person"])
    civility: ShortText = Field(default="", examples=["Mme"])
    first_name: ShortText = Field(default="", examples=["Anne"])
    last_name: ShortText = Field(default="", examples=["Lefèvre"])
    company_name: ShortText = ""
    siren: ShortText = ""
    siret: ShortText = ""
    birth_date: date | None = None
    language: ShortText = "fr"
    external_ref: ShortText = Field(default="", examples=["BT-004812"])
    phones: Annotated[list[ShortText], Field(max_length=20)] = Field(default=[], examples=[["06 12 34 56 78"]])
    emails: Annotated[list[ShortText], Field(max_length=20)] = Field(
        default=[], examples=[["anne.lefevre@exemple.test"]]
    )


class CustomersAsked(Page):
    """What is looked for: all that is given must fit."""

    phone: ShortText = Field(default="", description="A telephone as typed or E.164; exact.")
    email: ShortText = Field(default="", description="An e-mail address; exact.")
    q: ShortText = Field(default="", description="A name, the end of a telephone, a reference …")


@router.get("/customers", response={200: Listed[CustomerLine], **REFUSALS}, summary="Find customers")
@scoped("customers:read")
def find_customers(request: HttpRequest, asked: Query[CustomersAsked]) -> Any:
    """Customers that fit all that is given; without anything, all of them by name."""
    return reads.find(
        viewer(request), phone=asked.phone, email=asked.email, q=asked.q, after=asked.cursor, limit=asked.limit
    )


@router.post("/customers", response={201: CustomerLine, **REFUSALS}, summary="Open a customer's file")
@scoped("customers:write")
def create_customer(request: HttpRequest, body: NewCustomer) -> Any:
    """Telephones are read the French way. A reference that is taken is refused with 409 and nothing is written."""
    who = viewer(request)
    facts = body.model_dump(exclude={"principal", "phones", "emails"}, exclude_unset=True)
    customer = services.create(
        who,
        principal_id=_principal_id(who, body.principal),
        phones=body.phones,
        emails=body.emails,
        source="api",
        **facts,
    )
    return Status(201, _line(who, customer.pk))


@router.get("/customers/{customer_id}", response={200: CustomerLine, **REFUSALS}, summary="One customer")
@scoped("customers:read")
def get_customer(request: HttpRequest, customer_id: Id) -> Any:
    """A file that was merged into another answers as the one that stands."""
    who = viewer(request)
    return _line(who, reads.get(who, customer_id).pk)


def _line(who: Viewer, customer_id: int) -> reads.Summary:
    return reads.summaries(who, [customer_id])[0]


def _principal_id(who: Viewer, slug: Text) -> int:
    """The principal named, or the only one served."""
    served = staff.principals(who)
    chosen = [p.pk for p in served if p.slug == slug] if slug else [p.pk for p in served]
    if len(chosen) != 1:
        raise Invalid(N_("Say for which principal: one of its names, as in “bleuet”."), field="principal")
    return chosen[0]
