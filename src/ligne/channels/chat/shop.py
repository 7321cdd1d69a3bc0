"""The two fictitious shops of the demo, as their customers see them.

They play companies' own sites: French alone, and knowing of the centre only its public addresses.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Product:
    """Something on the shelf; `drawing` names a symbol of the page's drawings."""

    drawing: str
    name: str
    detail: str
    price: str


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop's words and the public addresses behind its buttons. `drawings` are the three of the headline."""

    slug: str
    name: str
    motto: str
    headline: str
    lead: str
    menu: tuple[str, str, str]
    drawings: tuple[str, str, str]
    shelf: str
    products: tuple[Product, ...]
    promises: tuple[tuple[str, str], ...]
    chat_queue: str
    call_queue: str
    mail: str


SHOPS = {
    "garance": Shop(
        slug="garance",
        name="Atelier Garance",
        motto="L’électroménager qui se répare, depuis Roubaix",
        headline="Des appareils faits pour durer, et pour être réparés.",
        lead="Chaque appareil est livré avec ses plans, ses pièces disponibles quinze ans et une équipe qui répond.",
        menu=("Laver", "Cuire", "Conserver"),
        drawings=("washer", "kettle", "toaster"),
        shelf="Les plus choisis ce mois-ci",
        products=(
            Product("washer", "Lave-linge Lessive 8", "8 kg, 49 dB, tambour démontable", "649,00 €"),
            Product("fridge", "Réfrigérateur Frimas", "310 L, froid brassé, classe B", "729,00 €"),
            Product("toaster", "Grille-pain Braise", "Deux fentes longues, sans plastique", "89,90 €"),
            Product("kettle", "Bouilloire Source", "1,5 L, inox, filtre lavable", "59,90 €"),
        ),
        promises=(
            ("Livré et installé", "Sur rendez-vous de deux heures, l’ancien appareil repris."),
            ("Pièces pendant 15 ans", "Commandées le matin, parties le soir même."),
            ("Une équipe qui répond", "Par chat, par téléphone ou par e-mail, du lundi au samedi."),
        ),
        chat_queue="garance-chat",
        call_queue="garance-sav",
        mail="contact@garance.test",
    ),
    "bleuet": Shop(
        slug="bleuet",
        name="Bleuet Télécom",
        motto="Mobile, fibre et télévision, sans petites lignes",
        headline="Un abonnement que l’on comprend en une lecture.",
        lead="Un prix qui ne change pas au treizième mois, une facture d’une page, des conseillers que l’on retrouve.",
        menu=("Mobile", "Fibre", "Télévision"),
        drawings=("mobile", "box", "screen"),
        shelf="Nos forfaits du moment",
        products=(
            Product("mobile", "Forfait Pétale", "Appels illimités, 40 Go, sans engagement", "9,99 € par mois"),
            Product("mobile", "Forfait Corolle", "150 Go en France, 30 Go en Europe", "15,99 € par mois"),
            Product("box", "Fibre Plein Champ", "Jusqu’à 2 Gbit/s, Wi-Fi 6, box prêtée", "29,99 € par mois"),
            Product("screen", "Télévision Prairie", "120 chaînes, reprise sur tous les écrans", "7,00 € par mois"),
        ),
        promises=(
            ("Prix tenu", "Le prix signé reste le prix payé, tant que vous restez."),
            ("Raccordement accompagné", "Un créneau de deux heures, un technicien qui appelle avant."),
            ("Départ sans embûche", "Résiliation en ligne ou au téléphone, sans discours."),
        ),
        chat_queue="bleuet-chat",
        call_queue="bleuet-conseil",
        mail="service-client@bleuet.test",
    ),
}
