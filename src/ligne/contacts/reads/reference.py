"""Questions about reasons for contact and reply templates."""

from __future__ import annotations

from ligne.contacts.models import Contact, Reason, Template
from ligne.contacts.rules import filling
from ligne.kit.errors import NotFound
from ligne.kit.prepared import Prepared
from ligne.kit.viewer import Viewer

_REASONS = Prepared(lambda house: Reason.objects.filter(principal_id=house).select_related("parent"))


def reasons(viewer: Viewer, principal_id: int) -> list[Reason]:
    """The principal's reasons for contact that may be chosen, parents before children.

    A heading out of service takes the reasons under it along.
    """
    return [r for r in every_reason(viewer, principal_id) if r.active and (r.parent is None or r.parent.active)]


def every_reason(viewer: Viewer, principal_id: int) -> list[Reason]:
    """The principal's reasons for contact, those out of service included, parents before children."""
    if not viewer.sees(principal_id):
        raise NotFound
    return sorted(_REASONS.all(house=principal_id), key=_place)


def _place(reason: Reason) -> tuple[object, ...]:
    heading = reason.parent or reason
    return (heading.order, heading.label, heading.pk, reason.parent_id is not None, reason.order, reason.label)


def reason(viewer: Viewer, reason_id: int) -> Reason:
    """One reason with its heading and principal. Raises `NotFound`."""
    found = Reason.objects.filter(pk=reason_id, principal_id__in=viewer.principals)
    one = found.select_related("parent", "principal").first()
    if one is None:
        raise NotFound
    return one


def templates(viewer: Viewer, principal_id: int, channel: str = "") -> list[Template]:
    """Replies ready to adapt, for one channel."""
    if not viewer.sees(principal_id):
        raise NotFound
    found = Template.objects.filter(principal_id=principal_id)
    return [t for t in found if not channel or not t.channels or channel in t.channels]


def template(viewer: Viewer, template_id: int) -> Template:
    """One reply template with its principal. Raises `NotFound`."""
    found = Template.objects.filter(pk=template_id, principal_id__in=viewer.principals).select_related("principal")
    one = found.first()
    if one is None:
        raise NotFound
    return one


def filled(viewer: Viewer, template_id: int, contact: Contact) -> str:
    """The template's text with the facts of the contact's customer, advisor and principal."""
    template = Template.objects.filter(pk=template_id, principal_id=contact.principal_id).first()
    if template is None or not viewer.sees(contact.principal_id):
        raise NotFound
    return filling.fill(template.text, facts_for_reply(contact))


def facts_for_reply(contact: Contact) -> dict[str, str]:
    """What fills the slots of a reply template (`rules.filling.SLOTS`) in this exchange; "" where nothing is known."""
    customer = contact.customer
    return {
        "civilite": customer.civility if customer else "",
        "prenom": customer.first_name if customer else "",
        "nom": (customer.last_name or customer.company_name) if customer else contact.from_name,
        "client": customer.display_name if customer else contact.from_name,
        "societe": contact.principal.name,
        "conseiller": contact.advisor.name if contact.advisor else "",
        "numero": str(contact.pk),
    }
