"""The demo's call-back requests: a few customers who wait for a call, today and on the days to come."""

from __future__ import annotations

from ligne.channels.web import reads, services
from ligne.customers import reads as customers
from ligne.kit.demo import Context
from ligne.kit.viewer import Viewer

TOPICS = {
    "bleuet": ("Comprendre ma dernière facture", "Déménagement de ma fibre", "Débit trop faible le soir"),
    "garance": ("Mon lave-linge ne vidange plus", "Date de livraison à changer", "Pièce pour ma bouilloire"),
}
QUEUES = {"bleuet": "bleuet-conseil", "garance": "garance-sav"}


def make(context: Context) -> None:
    """One promise per topic, in windows that follow one another, asked as customers ask."""
    for slug, principal in context.principals.items():
        viewer = Viewer.system(principal.pk)
        slots = reads.offer(QUEUES[slug]).slots[1::3]
        callers = [c for c in customers.some(viewer, principal_id=principal.pk, limit=30) if c.phone]
        for number, (topic, caller, slot) in enumerate(zip(TOPICS[slug], callers, slots, strict=False)):
            services.ask(
                queue=QUEUES[slug],
                form_token=f"demonstration-{slug}-{number}",
                phone=caller.phone,
                start=slot[0],
                name=caller.display_name,
                topic=topic,
            )
