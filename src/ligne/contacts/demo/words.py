"""What the demo's customers ask and how they are answered."""

from __future__ import annotations

# principal -> heading -> [(slug, label, what customers write, what advisors answer)]
REASONS: dict[str, list[tuple[str, str, list[tuple[str, str, str, str]]]]] = {
    "bleuet": [
        (
            "facture",
            "Facture",
            [
                (
                    "facture-montant",
                    "Montant inattendu",
                    "Ma dernière facture est plus élevée que d’habitude, pouvez-vous m’expliquer la différence ?",
                    "La différence vient d’appels vers l’étranger passés le 12. Le détail est joint à ce message.",
                ),
                (
                    "facture-duplicata",
                    "Duplicata",
                    "J’ai besoin d’un duplicata de ma facture du mois dernier.",
                    "Voici le duplicata demandé. Vos factures restent disponibles dans votre espace client.",
                ),
                (
                    "facture-delai",
                    "Délai de paiement",
                    "Je ne pourrai payer qu’en début de mois prochain, est-ce possible ?",
                    "C’est noté : l’échéance est reportée de quinze jours, sans frais.",
                ),
            ],
        ),
        (
            "connexion",
            "Connexion",
            [
                (
                    "connexion-coupure",
                    "Coupure internet",
                    "Je n’ai plus internet depuis ce matin, le voyant de la box reste rouge.",
                    "Un incident touche votre quartier ; le retour est prévu avant 18 h. Nous vous préviendrons.",
                ),
                (
                    "connexion-lente",
                    "Débit trop lent",
                    "La connexion est très lente le soir, c’est pénible pour travailler.",
                    "Après un test de ligne, nous avons changé le canal de votre wifi. Dites-nous si cela va mieux.",
                ),
            ],
        ),
        (
            "contrat",
            "Contrat",
            [
                (
                    "contrat-changement",
                    "Changement d’offre",
                    "Je voudrais passer à une offre avec plus de données.",
                    "Votre nouvelle offre prendra effet demain ; un récapitulatif suit par courriel.",
                ),
                (
                    "contrat-demenagement",
                    "Déménagement",
                    "Je déménage le mois prochain, comment garder ma ligne ?",
                    "Le transfert est programmé à la date indiquée ; votre numéro ne change pas.",
                ),
                (
                    "contrat-resiliation",
                    "Résiliation",
                    "Je souhaite résilier mon abonnement, quelle est la marche à suivre ?",
                    "Votre demande est enregistrée ; elle prendra effet sous dix jours.",
                ),
            ],
        ),
    ],
    "garance": [
        (
            "commande",
            "Commande",
            [
                (
                    "commande-suivi",
                    "Suivi de livraison",
                    "Où en est ma commande ? Elle devait arriver hier.",
                    "Votre colis est au dépôt ; la livraison se fera demain entre 8 h et 12 h.",
                ),
                (
                    "commande-modification",
                    "Modification",
                    "Est-il possible de changer l’adresse de livraison ?",
                    "C’est fait : la livraison aura lieu à la nouvelle adresse, sans supplément.",
                ),
                (
                    "commande-retour",
                    "Retour et remboursement",
                    "Le grille-pain ne me convient pas, comment le retourner ?",
                    "Voici votre étiquette de retour. Le remboursement suit la réception, sous quatorze jours.",
                ),
            ],
        ),
        (
            "panne",
            "Panne",
            [
                (
                    "panne-fuite",
                    "Fuite d’eau",
                    "Mon lave-linge perd de l’eau pendant l’essorage.",
                    "Coupez l’arrivée d’eau ; un technicien passera mardi entre 14 h et 16 h.",
                ),
                (
                    "panne-demarrage",
                    "Ne démarre pas",
                    "Le lave-vaisselle ne démarre plus, aucun voyant ne s’allume.",
                    "Après vérification de la prise et de la porte, il a redémarré. N’hésitez pas à nous réécrire.",
                ),
                (
                    "panne-bruit",
                    "Bruit anormal",
                    "Le réfrigérateur fait un bruit de claquement toutes les dix minutes.",
                    "Ce bruit vient du compresseur ; il est sans danger. Un réglage des pieds le réduit nettement.",
                ),
            ],
        ),
        (
            "garantie",
            "Garantie",
            [
                (
                    "garantie-couverture",
                    "Ce qui est couvert",
                    "Mon four a dix-huit mois : est-il encore garanti ?",
                    "Oui, il l’est jusqu’à deux ans après la livraison, pièces et main-d’œuvre comprises.",
                ),
                (
                    "garantie-extension",
                    "Extension",
                    "Peut-on prolonger la garantie d’un appareil déjà acheté ?",
                    "C’est possible jusqu’au dernier mois de garantie ; voici les conditions.",
                ),
            ],
        ),
    ],
}

TEMPLATES: dict[str, list[tuple[str, str, str, list[str]]]] = {
    "bleuet": [
        (
            "accueil",
            "Accueil",
            "Bonjour {{ client }},\n\nmerci de votre message. Je m’occupe de votre demande.\n",
            [],
        ),
        (
            "incident",
            "Incident en cours",
            "Bonjour {{ client }},\n\nun incident touche votre secteur. Nos équipes sont sur place ; je vous préviens "
            "dès que la ligne est rétablie.\n\n{{ conseiller }}, {{ societe }}",
            ["email"],
        ),
        ("patience", "Je vérifie", "Je vérifie cela tout de suite, je reste avec vous.", ["chat"]),
        ("conge", "Prendre congé", "Avec plaisir. Belle journée à vous !", ["chat"]),
    ],
    "garance": [
        (
            "accueil",
            "Accueil",
            "Bonjour {{ client }},\n\nmerci d’avoir écrit à {{ societe }}. Je m’occupe de votre demande.\n",
            [],
        ),
        (
            "retour",
            "Étiquette de retour",
            "Bonjour {{ client }},\n\nvous trouverez ci-joint l’étiquette de retour. Collez-la sur le colis d’origine "
            "et déposez-le au point de votre choix. Le remboursement suit la réception, sous quatorze jours.\n\n"
            "{{ conseiller }}, {{ societe }}",
            ["email"],
        ),
        ("patience", "Je vérifie", "Je regarde votre commande, un instant s’il vous plaît.", ["chat"]),
        ("conge", "Prendre congé", "Merci de votre visite. Belle journée à vous !", ["chat"]),
    ],
}
