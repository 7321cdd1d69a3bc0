"""Names and towns of an invented country that is spread like France: a few very common surnames, tens of thousands of
rare ones. The same each time."""

from __future__ import annotations

import importlib.util
import random
import sys
from itertools import accumulate
from pathlib import Path
from types import ModuleType

import ligne.customers
from ligne.customers.rules import names


def _demo_people() -> ModuleType:
    """The demo's lists of names; the module is pure, but its package asks for Django."""
    path = Path(ligne.customers.__path__[0]) / "demo" / "people.py"
    spec = importlib.util.spec_from_file_location("bench_demo_people", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _words(text: str) -> list[str]:
    return text.split()


people = _demo_people()

SURNAMES = 60_000
_STARTS = _words(
    "Bar Ber Bel Bon Bou Bour Bra Bri Cal Car Cas Cha Cham Chan Char Chau Che Col Cor Cou Cour Cre Dal Dar Dau Del Des "
    "Dor Dou Dran Du Esc Fal Far Fau Fer Flo Fon For Fou Fra Gal Gan Gar Gau Ger Gil Gir God Gon Gou Gran Gri Guer Gui "
    "Ha Her Hou Hur Jac Jar Jau Jol Jou Lab Lac Lam Lan Lar Las Lau Lav Lem Ler Lev Lor Lou Mac Mal Man Mar Mau Mer Mi "
    "Mon Mor Mou Nal Nau Ni Nor Our Pal Pan Par Pau Pel Per Pey Pi Plan Pon Por Pou Pra Pri Qui Ra Ram Rau Ren Ri Rob "
    "Roc Ros Rou Sab Sal San Sau Sav Ser Sou Tal Tar Tau Ter Thi Tor Tou Tran Tri Tur Val Var Vau Ver Vi Vil Vin Vol"
)
_MIDDLES = _words(
    "a ba be bi bou ca cha che co da de di don du fa fe ga ge go gue la le li lo ma me mi mon na ne ni no pa pe pi que "
    "ra re ri ro sa se si son ta te ti to va ve vi vo"
)
_ENDS = _words(
    "bert deau delle det din don douin dier gnac gnan gnon lain lard las laud let leau lier lin lon lot mand mard "
    "meau met mont nard naud neau net nier nin not pin quet quier rand rat raud reau rel ret rier rin ron rot roux "
    "sac san seau set sier sin son tard teau tel tier tin ton val vel vet vier vin zac"
)
_TOWN_STARTS = _words("Saint- Sainte- Bourg- Mont Beau Belle Clair Font Haute Neuve Pont- Roche Vaux Vieux- Ville")
_TOWN_MIDDLES = _words(
    "aubin bourg cour fort gny lieu martin mer moutier neuil ney preuil rac rives roy val vert ville"
)
_TOWN_ENDS = ["", "", "-sur-Loire", "-en-Brie", "-les-Bains", "-sur-Mer", "-le-Château", "-aux-Bois", "-d’Allier"]


def surnames() -> list[tuple[str, float]]:
    """(surname, weight), the commonest first: Zipf's law, somewhat flattened at the top as in France."""
    draw = random.Random(11)
    common = [name.replace("_", " ") for name in people.SURNAMES]
    found = dict.fromkeys(common)
    while len(found) < SURNAMES:
        name = draw.choice(_STARTS) + draw.choice([*_MIDDLES, "", "", ""]) + draw.choice(_ENDS)
        found.setdefault(("Le " if draw.random() < 0.03 else "") + name)
    # The commonest surname of France is borne by about 1 person in 260.
    return [(name, 1 / (rank + 20) ** 0.9) for rank, name in enumerate(found)]


def first_names() -> list[tuple[str, str, float]]:
    """(form of address, first name, weight): those of every age, the rarer ones composed."""
    women = list(dict.fromkeys(name for _, _, fs, _ in people.FIRST_NAMES for name in fs.split()))
    men = list(dict.fromkeys(name for _, _, _, ms in people.FIRST_NAMES for name in ms.split()))
    women += ["Jeanne", "Marie", "Sophie", "Hélène", "Agathe", "Louane", "Noémie", "Maud"]
    men += ["Jean", "Paul", "Henri", "Georges", "Alain", "Yves", "Serge", "Xavier", "Cyril", "Gaël"]
    both = [("Mme", f"Marie-{name}", 0.05) for name in women if "-" not in name]
    both += [("M.", f"Jean-{name}", 0.05) for name in men if "-" not in name]
    plain = [("Mme", name, 1.0) for name in women] + [("M.", name, 1.0) for name in men]
    return plain + both


def towns() -> list[tuple[str, str, float]]:
    """(postcode, town, weight): the demo's towns, and two thousand small ones."""
    draw = random.Random(12)
    found = {town: (postcode, town, float(weight)) for postcode, town, weight in people.TOWNS}
    while len(found) < 2000:
        town = draw.choice(_TOWN_STARTS) + draw.choice(_TOWN_MIDDLES) + draw.choice(_TOWN_ENDS)
        town = town if town[-1:] != "-" else town[:-1]
        town = "-".join(part if part in ("sur", "en", "les", "le", "aux") else part[:1].upper() + part[1:]
                        for part in town.split("-"))  # fmt: skip
        if town in found:
            town = f"{town} {draw.choice('ABCDEFGHJK')}{draw.randrange(99)}"
        found[town] = (f"{draw.randrange(1, 96):02d}{draw.randrange(100, 999)}", town, 0.05)
    return list(found.values())


def slots(weights: list[float], count: int) -> list[int]:
    """For `count` slots, the index each holds: by weight, so that an even draw of a slot is a weighted draw."""
    ends = list(accumulate(weights))
    found, index = [], 0
    for slot in range(count):
        while ends[index] < (slot + 0.5) / count * ends[-1]:
            index += 1
        found.append(index)
    return found


# -- how people mistype ----------------------------------------------------------------------------------------------

_HEARD = [("PH", "F"), ("TH", "T"), ("EAU", "O"), ("AU", "O"), ("AULT", "O"), ("Y", "I"), ("QU", "K"), ("C", "K"),
          ("SS", "S"), ("S", "Z"), ("EN", "AN"), ("AN", "EN"), ("AIN", "IN"), ("IN", "AIN"), ("ER", "E"), ("G", "J"),
          ("D", "T"), ("T", "D"), ("O", "AU"), ("M", "N"), ("CH", "SH"), ("E", ""), ("H", "")]  # fmt: skip


def misspelt(name: str, draw: random.Random) -> str:
    """`name` as somebody writes it who only heard it, or types badly: one mistake, as often by ear as by finger."""
    key = names.key(name)
    heard = [(old, new) for old, new in _HEARD if old in key[1:]]
    if heard and draw.random() < 0.5:
        old, new = draw.choice(heard)
        at = draw.choice([i for i in range(1, len(key)) if key.startswith(old, i)])
        return (key[:at] + new + key[at + len(old) :]).lower()
    at = draw.randrange(1, len(key))
    letter = draw.choice("AEIOURSTLN")
    return {
        0: key[:at] + key[at + 1 :],
        1: key[:at] + letter + key[at + 1 :],
        2: key[:at] + key[at - 1] + key[at:],
        3: key[: at - 1] + key[at] + key[at - 1] + key[at + 1 :],
    }[draw.randrange(4)].lower()
