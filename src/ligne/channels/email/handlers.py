"""What the channel does when something happens elsewhere."""

from __future__ import annotations

from ligne.channels.email.models import Acknowledgement, DemoMail, RawMail


def erase_customer(customer_id: int) -> list[tuple[str, int]]:
    """Blank the mails of a customer's exchanges, and return them; their fates stay."""
    mails = RawMail.objects.filter(contact__customer_id=customer_id)
    senders = set(mails.values_list("sender", flat=True)) - {""}
    DemoMail.objects.filter(box__in=senders).delete()
    Acknowledgement.objects.filter(message__contact__customer_id=customer_id).update(to="")
    blanked = [("raw_mail", pk) for pk in mails.values_list("pk", flat=True)]
    mails.update(content=b"", envelope_from="", envelope_to=[], sender="", reply_to="", subject="", header_id="")
    return blanked
