"""What the two fictitious companies sell."""

from __future__ import annotations

from ligne.catalogue import services
from ligne.kit.demo import Context
from ligne.kit.viewer import Viewer

# slug -> (code, name, kind, cents, description)
PRODUCTS = {
    "bleuet": [
        ("MOB-20", "Forfait mobile 20 Go", "subscription", 999, "Appels et SMS illimités, sans engagement."),
        ("MOB-150", "Forfait mobile 150 Go 5G", "subscription", 1799, "5G, 35 Go en Europe, sans engagement."),
        ("FIB-1", "Fibre Bleuet", "subscription", 2999, "1 Gbit/s, box incluse, mise en service 29 €."),
        ("FIB-8", "Fibre Bleuet Max", "subscription", 4299, "8 Gbit/s symétriques, Wi-Fi 7, répéteur."),
        ("TV-1", "Bouquet TV Famille", "subscription", 799, "90 chaînes, replay, enregistreur."),
        ("PRO-1", "Fibre Pro", "subscription", 4900, "Garantie de rétablissement en 8 h ouvrées."),
        ("INST", "Installation à domicile", "service", 4900, "Déplacement, raccordement, mise en service."),
        ("BOX-R", "Répéteur Wi-Fi", "good", 5900, "Étend la couverture à un étage de plus."),
    ],
    "garance": [
        ("GL8-20", "Lave-linge Garance L8", "good", 54900, "8 kg, 1 400 tours, classe A, garantie 2 ans."),
        ("GS9-10", "Sèche-linge Garance S9", "good", 64900, "Pompe à chaleur, 9 kg, classe A+++."),
        ("GV12", "Lave-vaisselle Garance V12", "good", 47900, "12 couverts, 42 dB."),
        ("GF300", "Réfrigérateur Garance F300", "good", 69900, "300 litres, froid ventilé."),
        ("GR2", "Robot de cuisine Garance R2", "good", 18900, "1 200 W, 25 accessoires."),
        ("GA1", "Aspirateur Garance A1", "good", 24900, "Balai sans fil, 60 min."),
        ("EXT-3", "Extension de garantie 3 ans", "service", 7900, "Pièces, main-d’œuvre et déplacement."),
        ("LIV-E", "Livraison à l’étage et reprise", "service", 3900, "Sur rendez-vous, ancien appareil repris."),
        ("SER-1", "Sérénité entretien", "subscription", 690, "Une visite par an, pièces d’usure comprises."),
    ],
}


def make(context: Context) -> None:
    """Enter the products of the demo's companies."""
    for slug, products in PRODUCTS.items():
        principal = context.principals.get(slug)
        if principal is None:
            continue
        viewer = Viewer.system(principal.pk)
        for sku, name, kind, cents, description in products:
            services.set_product(
                viewer,
                principal_id=principal.pk,
                sku=sku,
                name=name,
                kind=kind,
                price_cents=cents,
                description=description,
            )
