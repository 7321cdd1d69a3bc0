"""The demo's mail accounts, made through the app's own verb."""

from __future__ import annotations

from ligne.channels.email import services
from ligne.channels.email.models import MailAccount
from ligne.kit.demo import Context
from ligne.kit.viewer import Viewer

RECEIVED = (
    "Bonjour,\n\nNous avons bien reçu votre message sous le numéro {{ numero }}. Une personne de notre équipe vous "
    "répondra au plus vite.\n\nCeci est une réponse automatique : il est inutile d’y répondre."
)

# (principal, address, name, queue, signature, acknowledgement)
ACCOUNTS = [
    (
        "bleuet",
        "service-client@bleuet.test",
        "Bleuet Télécom",
        "bleuet-courriel",
        "{{ conseiller }}\nBleuet Télécom, service client\n09 70 00 00 01, du lundi au samedi, de 8 h à 20 h",
        "",
    ),
    (
        "bleuet",
        "resiliation@bleuet.test",
        "Bleuet Télécom, résiliations",
        "bleuet-resiliation",
        "{{ conseiller }}\nBleuet Télécom, service résiliations",
        RECEIVED,
    ),
    (
        "garance",
        "contact@garance.test",
        "Atelier Garance",
        "garance-courriel",
        "{{ conseiller }}\nAtelier Garance, relation clients\n09 70 00 00 02",
        "",
    ),
    (
        "garance",
        "sav@garance.test",
        "Atelier Garance, après-vente",
        "garance-sav",
        "{{ conseiller }}\nAtelier Garance, service après-vente",
        "",
    ),
]


def make(context: Context) -> None:
    """Open the accounts; those that exist stay as they are."""
    for slug, address, name, queue, signature, acknowledgement in ACCOUNTS:
        if MailAccount.objects.filter(address=address).exists():
            continue
        principal = context.principals[slug]
        services.save_account(
            Viewer.system(principal.pk),
            principal_id=principal.pk,
            address=address,
            display_name=name,
            queue=queue,
            signature=signature,
            acknowledgement=acknowledgement,
        )
