"""The demo's chats: each past one gets the page of the shop that it was held on."""

from __future__ import annotations

from ligne.channels.chat import services
from ligne.channels.chat.services import PastPage
from ligne.channels.chat.shop import SHOPS
from ligne.contacts import reads as contacts
from ligne.kit.demo import Context
from ligne.kit.viewer import Viewer


def make(context: Context) -> None:
    """Pages for the past conversations that `contacts` made."""
    for slug, principal in context.principals.items():
        shop = SHOPS.get(slug)
        if shop is None:
            continue
        viewer = Viewer.system(principal.pk)
        past = contacts.visible(viewer).filter(channel="chat", state="closed", chat_session=None)
        pages = []
        for contact in past:
            product = context.rng.choice(shop.products)
            pages.append(
                PastPage(
                    contact_id=contact.pk,
                    queue=contact.queue or shop.chat_queue,
                    name=contact.from_name,
                    email=contact.from_email,
                    page_url=f"https://{slug}.test/{product.drawing}",
                    page_title=f"{product.name} — {shop.name}",
                    started_at=contact.arrived_at,
                    ended_at=contact.ended_at or contact.arrived_at,
                )
            )
        services.load_history(viewer, principal_id=principal.pk, pages=pages)
