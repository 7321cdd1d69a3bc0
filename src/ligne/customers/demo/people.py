"""Plausible people and businesses of France, all fictitious.

Telephones lie in the ranges that the regulator keeps for works of fiction, e-mail addresses under a domain that cannot
exist, SIREN numbers have a right check digit and belong to nobody.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta

from ligne.customers.rules import names

# First names by the years in which they were usual: (from, until), women's, men's.
FIRST_NAMES = [
    (1938, 1955,
     "Monique Françoise Nicole Jacqueline Jeannine Michèle Colette Odette Annie Christiane Danielle Marie-Thérèse",
     "Michel Jean-Claude Bernard André Jacques Claude Gérard Roger Marcel René Guy Robert Jean-Pierre Christian"),
    (1956, 1972,
     "Sylvie Catherine Nathalie Isabelle Christine Brigitte Martine Véronique Patricia Corinne Pascale Fatima Valérie",
     "Philippe Patrick Pascal Thierry Éric Laurent Didier Bruno Olivier Mohamed Gilles Denis Marc François"),
    (1973, 1988,
     "Céline Sandrine Stéphanie Aurélie Émilie Delphine Audrey Karine Élodie Samira Laetitia Virginie Anne Claire",
     "Nicolas Sébastien David Julien Karim Frédéric Stéphane Jérôme Cédric Guillaume Mehdi Benoît Arnaud Fabien Yann"),
    (1989, 2002,
     "Camille Léa Manon Chloé Pauline Marine Mathilde Inès Sarah Justine Océane Anaïs Yasmine Clara Margaux Solène",
     "Thomas Alexandre Maxime Antoine Quentin Lucas Hugo Kévin Florian Romain Yanis Théo Bastien Clément Amine Loïc"),
    (2003, 2007,
     "Emma Jade Lina Zoé Louise Romane Lola Maëlys Ambre Nour Juliette Alice Capucine",
     "Enzo Nathan Louis Gabriel Raphaël Adam Jules Noah Ilyès Mathis Ethan Tom Léo"),
]  # fmt: skip

_SURNAMES = (
    "Martin Bernard Thomas Petit Robert Richard Durand Dubois Moreau Laurent Simon Michel Lefebvre Lefèvre Leroy Roux "
    "David Bertrand Morel Fournier Girard Bonnet Dupont Lambert Fontaine Rousseau Vincent Muller Faure André Mercier "
    "Blanc Guérin Boyer Garnier Chevalier François Legrand Gauthier Garcia Perrin Robin Clément Morin Nicolas Henry "
    "Roussel Mathieu Gautier Masson Marchand Duval Denis Dumont Marie Lemaire Noël Meyer Dufour Meunier Brun Blanchard "
    "Giraud Joly Rivière Lucas Brunet Gaillard Barbier Arnaud Martinez Gérard Roche Renard Schmitt Roy Leroux Colin "
    "Vidal Caron Picard Roger Fabre Aubert Lemoine Renaud Dumas Lacroix Olivier Philippe Bourgeois Pierre Benoît Rey "
    "Leclerc Payet Rolland Leclercq Guillaume Lecomte Lopez Jean Dupuy Guillot Hubert Berger Carpentier Sanchez Dupuis "
    "Moulin Louis Deschamps Huet Vasseur Perez Boucher Fleury Royer Klein Jacquet Adam Paris Poirier Marty Aubry Guyot "
    "Carré Charles Renault Charpentier Ménard Maillard Baron Bertin Bailly Hervé Schneider Fernandez Le_Gall Collet "
    "Léger Bouvier Julien Prévost Millet Perrot Daniel Le_Roux Cousin Germain Breton Besson Langlois Rémy "
    "Le_Goff Pelletier Lévêque Perrier Leblanc Barré Lebrun Marchal Weber Mallet Hamon Boulanger Jacob Monnier "
    "Michaud Rodriguez Guichard Gillet Étienne Grondin Poulain Tessier Chevallier Collin Chauvin Da_Silva Bouchet "
    "Gay Lemaître Bénard Maréchal Humbert Reynaud Antoine Hoarau Perret Barthélemy Cordier Pichon Lejeune Gilbert Lamy "
    "Delaunay Pasquier Carlier Laporte Haddad Benali Diallo Traoré N’Diaye Nguyen Tran Pham Belkacem Cherif Mansouri "
    "Ferreira Pereira Rossi Costa Kaya Yildiz Kowalski Popescu Bouazza Saïdi Amrani Camara Koné Sow Ba Cissé"
)
SURNAMES = _SURNAMES.split()  # an underscore stands for a space within a name

STREETS = [
    "rue de la République", "rue Victor-Hugo", "rue des Lilas", "avenue Jean-Jaurès", "rue du Moulin",
    "place de l’Église", "rue Pasteur", "chemin des Vignes", "rue des Écoles", "boulevard Gambetta",
    "rue du Château", "impasse des Mésanges", "rue de la Gare", "allée des Tilleuls", "rue Jules-Ferry",
    "rue de Bretagne", "quai de la Fosse", "rue de la Fontaine", "avenue du Général-Leclerc", "rue Saint-Michel",
    "route de Paris", "rue des Jardins", "cours Lafayette", "rue du Stade", "rue des Acacias", "rue Nationale",
    "rue Voltaire", "avenue de la Libération", "rue du Port", "rue des Peupliers", "rue Marie-Curie",
    "rue George-Sand", "rue Berthe-Morisot", "chemin de Halage", "rue de l’Abbaye", "rue du Faubourg",
    "rue Molière", "passage du Commerce",
]  # fmt: skip

# (postcode, town, weight); the first two digits choose the landline range.
TOWNS = [
    ("75011", "Paris", 9), ("75018", "Paris", 8), ("75015", "Paris", 8), ("92100", "Boulogne-Billancourt", 4),
    ("93100", "Montreuil", 4), ("94000", "Créteil", 3), ("78000", "Versailles", 3), ("77100", "Meaux", 2),
    ("91000", "Évry-Courcouronnes", 2), ("95100", "Argenteuil", 3), ("35000", "Rennes", 6), ("44000", "Nantes", 7),
    ("29200", "Brest", 4), ("56000", "Vannes", 2), ("22000", "Saint-Brieuc", 2), ("49000", "Angers", 4),
    ("72000", "Le Mans", 3), ("76000", "Rouen", 4), ("76600", "Le Havre", 3), ("14000", "Caen", 3),
    ("45000", "Orléans", 3), ("37000", "Tours", 4), ("59000", "Lille", 6), ("59100", "Roubaix", 3),
    ("62000", "Arras", 2), ("80000", "Amiens", 3), ("51100", "Reims", 4), ("57000", "Metz", 3),
    ("54000", "Nancy", 3), ("67000", "Strasbourg", 5), ("68100", "Mulhouse", 3), ("21000", "Dijon", 3),
    ("25000", "Besançon", 3), ("10000", "Troyes", 2), ("69003", "Lyon", 6), ("69100", "Villeurbanne", 4),
    ("42000", "Saint-Étienne", 4), ("38000", "Grenoble", 4), ("74000", "Annecy", 3), ("63000", "Clermont-Ferrand", 3),
    ("13001", "Marseille", 7), ("13100", "Aix-en-Provence", 3), ("83000", "Toulon", 4), ("06000", "Nice", 5),
    ("34000", "Montpellier", 5), ("30000", "Nîmes", 3), ("66000", "Perpignan", 3), ("84000", "Avignon", 2),
    ("31000", "Toulouse", 6), ("33000", "Bordeaux", 6), ("64000", "Pau", 3), ("40100", "Dax", 1),
    ("87000", "Limoges", 3), ("86000", "Poitiers", 3), ("17000", "La Rochelle", 3), ("24000", "Périgueux", 1),
    ("47000", "Agen", 1), ("20000", "Ajaccio", 1), ("97400", "Saint-Denis", 1),
]  # fmt: skip
LANDLINES = {"1": "019900", "2": "026191", "3": "035301", "4": "046571", "5": "053649"}
MOBILE = "063998"
_REGION = {
    **dict.fromkeys(("75", "77", "78", "91", "92", "93", "94", "95"), "1"),
    **dict.fromkeys(("14", "22", "29", "35", "37", "44", "45", "49", "56", "72", "76", "97"), "2"),
    **dict.fromkeys(("10", "21", "25", "51", "54", "57", "59", "62", "67", "68", "80"), "3"),
    **dict.fromkeys(("06", "13", "20", "30", "34", "38", "42", "63", "66", "69", "74", "83", "84"), "4"),
    **dict.fromkeys(("17", "24", "31", "33", "40", "47", "64", "86", "87"), "5"),
}

TRADES = [
    "Boulangerie", "Garage", "Cabinet", "Menuiserie", "Pharmacie", "Librairie", "Fleuriste", "Restaurant",
    "Plomberie", "Pressing", "Auto-école", "Cave", "Institut", "Imprimerie", "Transports", "Couverture", "Épicerie",
    "Salon", "Clinique vétérinaire", "Atelier",
]  # fmt: skip
FORMS = ["SARL", "SAS", "", "", "", "EURL"]
CSP = ["1", "2", "3", "4", "5", "5", "6", "7", "7", "8"]


@dataclass
class Person:
    """Somebody invented; empty strings where they gave nothing."""

    civility: str
    first_name: str
    last_name: str
    birth_date: date
    street: str
    postcode: str
    town: str
    mobile: str = ""
    landline: str = ""
    email: str = ""
    csp: str = ""


@dataclass
class Inventor:
    """Draws people from `rng`; the same draws give the same people. Numbers and addresses are not given twice."""

    rng: random.Random
    _numbers: dict[str, int] = field(default_factory=dict)
    _emails: dict[str, int] = field(default_factory=dict)
    kept: frozenset[str] = frozenset({"0639982290", "0639982291", "0639982292"})  # those of the stories

    def person(self, today: date) -> Person:
        """An adult."""
        low, high, women, men = self.rng.choices(FIRST_NAMES, weights=[14, 28, 32, 22, 4])[0]
        woman = self.rng.random() < 0.53
        first = self.rng.choice((women if woman else men).split())
        last = self.rng.choice(SURNAMES).replace("_", " ")
        born = date(low, 1, 1) + timedelta(days=self.rng.randrange((date(high, 12, 31) - date(low, 1, 1)).days))
        postcode, town, _ = self.rng.choices(TOWNS, weights=[t[2] for t in TOWNS])[0]
        made = Person(
            civility="Mme" if woman else "M.",
            first_name=first,
            last_name=last,
            birth_date=born,
            street=f"{self.rng.randint(1, 120)} {self.rng.choice(STREETS)}",
            postcode=postcode,
            town=town,
            csp="7" if today.year - born.year > 64 else self.rng.choice(CSP),
        )
        reached = self.rng.random()
        if reached < 0.94:
            made.mobile = self.number(MOBILE)
        if self.rng.random() < 0.32 or not made.mobile:
            made.landline = self.number(LANDLINES[_REGION[postcode[:2]]])
        if self.rng.random() < 0.85:
            made.email = self.email(first, last)
        return made

    def number(self, prefix: str) -> str:
        """The next number of a range, in an order that looks like none; starts again after ten thousand."""
        while True:
            at = self._numbers.get(prefix, 0)
            self._numbers[prefix] = at + 1
            number = f"{prefix}{(at * 7919 + 1234) % 10_000:04d}"
            if number not in self.kept:
                return number

    def email(self, first: str, last: str) -> str:
        """anne.lefevre@exemple.test, then anne.lefevre2@…"""
        stem = ".".join(names.key(part).lower().replace(" ", "-") for part in (first, last))
        count = self._emails[stem] = self._emails.get(stem, 0) + 1
        return f"{stem}{count if count > 1 else ''}@exemple.test"

    def siren(self) -> str:
        """Nine digits with a right check digit, in a block where no business is."""
        body = f"999{self.rng.randrange(100_000):05d}"
        return body + _check_digit(body)

    def company(self, owner: Person) -> str:
        """What the owner's business is called."""
        name = f"{self.rng.choice(TRADES)} {owner.last_name}"
        return f"{name} {self.rng.choice(FORMS)}".strip()


def siret(siren: str) -> str:
    """The head office of that business."""
    body = f"{siren}0001"
    return body + _check_digit(body)


def _check_digit(body: str) -> str:
    """The digit that makes `body` pass the Luhn test."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        doubled = int(digit) * (2 if place % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)
