"""The demo's numbers."""

from __future__ import annotations

from ligne.channels.voice.models import Line
from ligne.kit.demo import Context

# Numbers that the regulator keeps for fiction.
LINES = {
    "bleuet": ("+33199000001", "Bleuet Télécom, service client", "bleuet-conseil"),
    "garance": ("+33199000002", "Atelier Garance, service après-vente", "garance-sav"),
}


def make(context: Context) -> None:
    """A line for each company."""
    for slug, principal in context.principals.items():
        number, name, queue = LINES[slug]
        Line.objects.create(
            principal=principal,
            number=number,
            name=name,
            queue=queue,
            welcome=["sound:hello-world"],
            voicemail_prompts=["sound:vm-intro"],
            closed_prompts=["sound:ss-noservice"],
            call_back_key="1",
            objection_key="9",
            recorded_share=30,
        )
