"""The demo's companies, people, skills and limits, made through the app's own verbs."""

from __future__ import annotations

from typing import Any

from ligne.kit.demo import Context
from ligne.kit.viewer import ADMINISTRATOR, ADVISOR, QUALITY, SUPERVISOR, Viewer
from ligne.staff import services
from ligne.staff.models import Principal, Skill

PRINCIPALS: list[dict[str, Any]] = [
    {
        "slug": "bleuet",
        "name": "Bleuet Télécom",
        "legal_name": "Bleuet Télécom SAS",
        "colour": "#1d4ed8",
        "policies": {
            "identity_questions": [
                "Quelle est votre date de naissance ?",
                "Quel est le code postal de l’adresse d’installation ?",
                "Quel est le montant de votre dernière facture ?",
            ],
            "mail_footer": "Bleuet Télécom, service client\nservice-client@bleuet.test",
            "after_call_s": 60,
        },
    },
    {
        "slug": "garance",
        "name": "Atelier Garance",
        "legal_name": "Atelier Garance SARL",
        "colour": "#b3261e",
        "policies": {
            "identity_questions": [
                "Quel est le numéro de votre commande ?",
                "À quelle adresse avez-vous été livré(e) ?",
            ],
            "mail_footer": "Atelier Garance, relation clients\ncontact@garance.test",
            "after_call_s": 90,
        },
    },
]

SKILLS = {
    "bleuet": {
        "conseil": "Conseil et vente",
        "resiliation": "Résiliation et fidélisation",
        "technique": "Dépannage mobile et fibre",
        "ecrit": "Rédaction",
        "anglais": "Anglais",
    },
    "garance": {
        "sav": "Service après-vente électroménager",
        "commandes": "Commandes et livraisons",
        "ecrit": "Rédaction",
        "anglais": "Anglais",
    },
}

BOTH, BLEUET, GARANCE = ("bleuet", "garance"), ("bleuet",), ("garance",)
RENNES, HOME = "Rennes", "Télétravail"

# (address, name, role, team, principals)
PEOPLE = [
    ("admin@demo.test", "Sophie Tanguy", ADMINISTRATOR, None, BOTH),
    ("superviseur@demo.test", "Claire Morvan", SUPERVISOR, RENNES, BOTH),
    ("qualite@demo.test", "Hugo Lacaze", QUALITY, None, BOTH),
    ("conseiller@demo.test", "Nadia Ferrand", ADVISOR, RENNES, BOTH),
    ("conseiller2@demo.test", "Yanis Roche", ADVISOR, RENNES, BOTH),
    ("lea.colin@demo.test", "Léa Colin", ADVISOR, RENNES, BLEUET),
    ("malo.le-goff@demo.test", "Malo Le Goff", ADVISOR, RENNES, BLEUET),
    ("ines.benali@demo.test", "Inès Benali", ADVISOR, RENNES, GARANCE),
    ("thomas.girard@demo.test", "Thomas Girard", ADVISOR, RENNES, GARANCE),
    ("awa.diop@demo.test", "Awa Diop", ADVISOR, RENNES, BOTH),
    ("pauline.mercier@demo.test", "Pauline Mercier", ADVISOR, HOME, BLEUET),
    ("karim.haddad@demo.test", "Karim Haddad", ADVISOR, HOME, GARANCE),
    ("lucie.petit@demo.test", "Lucie Petit", ADVISOR, HOME, BOTH),
    ("bruno.weber@demo.test", "Bruno Weber", ADVISOR, HOME, BLEUET),
    ("chloe.masson@demo.test", "Chloé Masson", ADVISOR, HOME, GARANCE),
]

# (action, role, cents, per cent) the same for both principals
GRANTS = [
    ("refund", ADVISOR, 30_00, None),
    ("refund", SUPERVISOR, 300_00, None),
    ("discount", ADVISOR, None, 10),
    ("discount", SUPERVISOR, None, 25),
    ("goodwill", ADVISOR, 15_00, None),
    ("goodwill", SUPERVISOR, 100_00, None),
]


def make(context: Context) -> None:
    """Two principals, their people, and what each of them masters and may decide."""
    house = Viewer.system()
    for facts in PRINCIPALS:
        context.principals[facts["slug"]] = services.create_principal(house, **facts)
    viewer = Viewer.system(*(principal.pk for principal in context.principals.values()))
    teams = {name: services.create_team(viewer, name=name) for name in (RENNES, HOME)}
    skills = _skills(viewer, context.principals)
    for email, name, role, team, served in PEOPLE:
        user = services.create_person(
            viewer,
            email=email,
            name=name,
            role=role,
            team_id=teams[team].pk if team else None,
            principal_ids=[context.principals[slug].pk for slug in served],
            password=context.password,
        )
        context.people[email] = user
        if role == ADVISOR:
            _master(context, viewer, user.pk, [skill for slug in served for skill in skills[slug]])
    for principal in context.principals.values():
        for action, role, cents, percent in GRANTS:
            services.set_grant(
                viewer,
                principal_id=principal.pk,
                action=action,
                role=role,
                limit_cents=cents,
                limit_percent=percent,
            )
    services.set_grant(  # one person may do more than their role: a referent
        viewer,
        principal_id=context.principals["garance"].pk,
        action="refund",
        user_id=context.people["conseiller2@demo.test"].pk,
        limit_cents=80_00,
    )


def _skills(viewer: Viewer, principals: dict[str, Principal]) -> dict[str, list[Skill]]:
    return {
        slug: [
            services.create_skill(viewer, principal_id=principals[slug].pk, slug=key, name=name)
            for key, name in named.items()
        ]
        for slug, named in SKILLS.items()
    }


def _master(context: Context, viewer: Viewer, user_id: int, skills: list[Skill]) -> None:
    """Everybody masters most of their principals' skills, English more rarely."""
    levels: dict[int, int | None] = {}
    for skill in skills:
        if skill.slug != "anglais" or context.rng.random() < 0.4:
            levels[skill.pk] = context.rng.randint(2, 5)
    services.set_skill_levels(viewer, user_id=user_id, levels=levels)
    services.set_capacities(viewer, user_id=user_id, limits={"chat": context.rng.choice([2, 3, 3, 4])})
