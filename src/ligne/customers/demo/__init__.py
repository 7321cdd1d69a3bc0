"""The customers of the two fictitious companies: `scale` of them, most by the import's own batches."""

from __future__ import annotations

from datetime import date, timedelta

from ligne.customers import services
from ligne.customers.demo.people import Inventor, Person, siret
from ligne.customers.rules.columns import Line
from ligne.customers.services.imports import Writer
from ligne.kit import clock, phones
from ligne.kit.demo import Context
from ligne.kit.viewer import Viewer
from ligne.staff.models import Principal

PREFIX = {"bleuet": "BT", "garance": "AG"}
SHARE = {"bleuet": 0.6, "garance": 0.4}
SEGMENTS = {
    "bleuet": [("fidele", "Fidèle", "info"), ("nouveau", "Nouveau", "ok"),
               ("pro", "Professionnel", "mute"), ("a-risque", "Départ possible", "warn")],
    "garance": [("fidele", "Fidèle", "info"), ("equipe", "Plusieurs appareils", "ok"),
                ("pro", "Professionnel", "mute")],
}  # fmt: skip
BATCH = 1000
PROOF = (
    "Je vous appelle pour vous présenter nos offres. Acceptez-vous d’être rappelé(e) à ce sujet pendant un an ? Vous "
    "pouvez changer d’avis à tout moment et recevoir la preuve de votre accord. Réponse : oui, je suis d’accord."
)


def make(context: Context) -> None:
    """Make the customers, and those of the stories."""
    inventor = Inventor(context.rng)
    for slug, share in SHARE.items():
        principal = context.principals.get(slug)
        if principal is None:
            continue
        viewer = Viewer.system(principal.pk)
        for code, label, tone in SEGMENTS[slug]:
            services.set_segment(viewer, principal_id=principal.pk, slug=code, label=label, tone=tone)
        maker = _Maker(context, inventor, viewer, principal)
        maker.stories()
        maker.crowd(round(context.scale * share))


class _Maker:
    """Makes the customers of one company."""

    def __init__(self, context: Context, inventor: Inventor, viewer: Viewer, principal: Principal) -> None:
        self.rng, self.inventor, self.viewer = context.rng, inventor, viewer
        self.slug, self.principal_id, self.zone = principal.slug, principal.pk, principal.zone
        self.today: date = clock.now().date()
        self.number = 100

    def stories(self) -> None:
        """The customers that the stories and the tutorials name."""
        if self.slug == "garance":
            self._anne()
        else:
            self._karim()
            self._coline()

    def crowd(self, count: int) -> None:
        """`count` others, with households, look-alikes, agreements and refusals."""
        lines: list[Line] = []
        households: list[tuple[int, int, str]] = []
        while len(lines) < count:
            line = self._business() if self.rng.random() < 0.07 else self._line(self.inventor.person(self.today))
            lines.append(line)
            if line.facts.get("kind") != "business" and self.rng.random() < 0.05 and len(lines) < count:
                kind = self.rng.choice(["spouse", "spouse", "parent"])
                households.append((len(lines) - 1, len(lines), kind))
                lines.append(self._relative(line, kind))
            elif self.rng.random() < 0.008 and line.phones and len(lines) < count:
                lines.append(self._look_alike(line))
        writer = Writer(self.viewer, self.principal_id, zone=self.zone)
        made: dict[int, int] = {}
        for start in range(0, len(lines), BATCH):
            part = list(enumerate(lines))[start : start + BATCH]
            made |= writer.write(part).customer_of
        for one, other, kind in households[:150]:
            services.link(self.viewer, customer_id=made[one], other_id=made[other], kind=kind)
        for at in sorted(made)[7::97][:40]:
            channel = self.rng.choice(["voice", "voice", "sms", "email"])
            given = clock.ago(days=self.rng.randint(5, 330))
            services.consent(
                self.viewer, customer_id=made[at], channel=channel, given_at=given, items=5, proof=PROOF, source="oral"
            )

    def _line(self, person: Person) -> Line:
        since = self.today - timedelta(days=int(self.rng.triangular(3, 4500, 500)))
        status = self.rng.choices(["customer", "prospect", "former"], weights=[86, 9, 5])[0]
        codes = [code for code, _, _ in SEGMENTS[self.slug] if code != "pro"]
        facts = {
            "civility": person.civility,
            "first_name": person.first_name,
            "last_name": person.last_name,
            "birth_date": person.birth_date,
            "csp": person.csp,
            "status": status,
            "external_ref": self._reference(),
            "segment": self.rng.choice(codes) if status == "customer" and self.rng.random() < 0.45 else "",
            "fragile": self.rng.random() < 0.02,
            **({} if status == "prospect" else {"since": since}),
        }
        line = Line(facts=facts)
        line.phones = [phones.parse(p) for p in (person.mobile, person.landline) if p]
        line.emails = [person.email] if person.email else []
        line.address = _address(person)
        if self.rng.random() < 0.08:
            line.opposed = [self.rng.choice(["", "voice", "voice", "sms", "email"])]
        elif self.rng.random() < 0.25:
            line.consents = {"email": self.today - timedelta(days=self.rng.randint(10, 700))}
        return line

    def _business(self) -> Line:
        owner = self.inventor.person(self.today)
        line = self._line(owner)
        siren = self.inventor.siren()
        name = self.inventor.company(owner)
        kept = {"external_ref", "status", "since"}
        line.facts = {key: value for key, value in line.facts.items() if key in kept}
        line.facts |= {
            "kind": "business",
            "company_name": name,
            "siren": siren,
            "siret": siret(siren),
            "segment": "pro",
        }
        line.emails = [self.inventor.email("contact", name.lower().replace("’", "-"))]
        return line

    def _relative(self, line: Line, kind: str) -> Line:
        """Somebody under the same roof, who shares the landline and the name."""
        person = self.inventor.person(self.today)
        other = self._line(person)
        other.facts["last_name"] = line.facts["last_name"]
        other.emails = [self.inventor.email(person.first_name, line.facts["last_name"])]
        other.address = line.address
        other.phones = [p for p in other.phones if p.startswith("+336")] + [
            p for p in line.phones if not p.startswith("+336")
        ]
        if kind == "parent":
            other.facts["birth_date"] = date(2006, 1 + person.birth_date.month % 12, person.birth_date.day % 28 + 1)
            line.facts["birth_date"] = line.facts["birth_date"].replace(year=1968, day=1)
        return other

    def _look_alike(self, line: Line) -> Line:
        """The same person entered a second time, in haste."""
        name = str(line.facts.get("last_name") or line.facts.get("company_name"))
        field = "last_name" if line.facts.get("last_name") else "company_name"
        slip = name[:-1] if len(name) > 4 else f"{name}e"
        facts = {key: line.facts[key] for key in ("kind", "civility", "first_name") if key in line.facts}
        twin = Line(facts=facts | {field: slip, "external_ref": self._reference()})
        twin.phones = line.phones[:1]
        return twin

    def _reference(self) -> str:
        self.number += 1
        return f"{PREFIX[self.slug]}-{self.number:06d}"

    def _anne(self) -> None:
        anne = services.create(
            self.viewer,
            principal_id=self.principal_id,
            source="demo",
            civility="Mme",
            first_name="Anne",
            last_name="Lefèvre",
            birth_date="1984-05-17",
            external_ref="AG-000012",
            since="2019-03-14",
            segment="fidele",
            fragile=True,
            csp="4",
            phones=["06 39 98 22 90"],
            emails=["anne.lefevre@exemple.test"],
            address={"line1": "12 rue de Bretagne", "postcode": "35000", "city": "Rennes"},
        )
        services.oppose(self.viewer, customer_id=anne.pk, channel="voice", source="oral")
        services.consent(self.viewer, customer_id=anne.pk, channel="email", items=5, proof=PROOF, source="web_form")
        paul = services.create(
            self.viewer,
            principal_id=self.principal_id,
            source="demo",
            civility="M.",
            first_name="Paul",
            last_name="Lefèvre",
            external_ref="AG-000013",
            phones=["06 39 98 22 92"],
            address={"line1": "12 rue de Bretagne", "postcode": "35000", "city": "Rennes"},
        )
        services.link(self.viewer, customer_id=paul.pk, other_id=anne.pk, kind="spouse")

    def _karim(self) -> None:
        karim = services.create(
            self.viewer,
            principal_id=self.principal_id,
            source="demo",
            civility="M.",
            first_name="Karim",
            last_name="Haddad",
            birth_date="1991-09-02",
            external_ref="BT-000034",
            since="2022-06-01",
            segment="fidele",
            csp="5",
            phones=["06 39 98 22 91"],
            emails=["karim.haddad@exemple.test"],
            address={"line1": "48 rue Victor-Hugo", "postcode": "69003", "city": "Lyon"},
        )
        services.consent(self.viewer, customer_id=karim.pk, channel="voice", items=5, proof=PROOF, source="oral")

    def _coline(self) -> None:
        siren = self.inventor.siren()
        shop = services.create(
            self.viewer,
            principal_id=self.principal_id,
            source="demo",
            kind="business",
            company_name="Boulangerie Coline",
            siret=siret(siren),
            external_ref="BT-000056",
            since="2020-10-12",
            segment="pro",
            phones=["02 61 91 00 56"],
            emails=["boulangerie.coline@exemple.test"],
            address={"line1": "3 place de l’Église", "postcode": "44000", "city": "Nantes"},
        )
        owner = services.create(
            self.viewer,
            principal_id=self.principal_id,
            source="demo",
            civility="Mme",
            first_name="Coline",
            last_name="Marchand",
            external_ref="BT-000057",
            emails=["coline.marchand@exemple.test"],
        )
        services.link(self.viewer, customer_id=owner.pk, other_id=shop.pk, kind="manager_of")


def _address(person: Person) -> dict[str, str]:
    return {
        "line1": person.street,
        "line2": "",
        "postcode": person.postcode,
        "city": person.town,
        "country": "FR",
        "label": "main",
    }
