"""What the channel does when something happens elsewhere."""

from __future__ import annotations

from ligne.channels.email.models import Acknowledgement, DemoMail, RawMail


def erase_customer(customer_id: int) -> None:
    """Blank the mails of a customer's exchanges; their fates stay. Registered among `customers.ports.erasers`."""
    mails = RawMail.objects.filter(contact__customer_id=customer_id)
    senders = set(mails.values_list("sender", flat=True)) - {""}
    DemoMail.objects.filter(box__in=senders).delete()
    Acknowledgement.objects.filter(message__contact__customer_id=customer_id).update(to="")
    mails.update(content=b"", envelope_from="", envelope_to=[], sender="", reply_to="", subject="", header_id="")
