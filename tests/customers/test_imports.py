"""Customers from a file: any file, any line, twice, half, broken; and back out."""

from __future__ import annotations

import csv
import json
from datetime import date
from io import StringIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import CliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ligne.customers import commands, reads, services
from ligne.customers.errors import UnreadableFile
from ligne.customers.models import Address, Consent, ContactPoint, Customer, Job, Opposition
from ligne.customers.services import imports
from ligne.journal import reads as journal
from ligne.kit.errors import Forbidden, NotFound
from tests.customers.test_files import anne
from tests.world import Company

HEADER = "Référence;Nom;Prénom;Téléphone;Courriel;Code postal;Ville"
GOOD = f"""{HEADER}
R1;Lefèvre;Anne;06 39 98 22 90;anne@exemple.test;35000;Rennes
R2;Martin;Paul;0199001234;;75011;Paris
;Durand;Zoé;;zoe@exemple.test;;
"""


def run(company: Company, path: Path, **options: Any) -> Job:
    return imports.import_file(company.system, principal_id=company.principal.pk, path=path, **options)


def written(tmp_path: Path, content: str | bytes, name: str = "clients.csv") -> Path:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def counts(job: Job) -> tuple[str, int, int, int, int]:
    return job.state, job.created, job.updated, job.unchanged, job.rejected


def reasons(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=";"))[1:]


def test_import_then_again_creates_nobody_twice(bleuet: Company, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    assert counts(run(bleuet, path)) == ("done", 3, 0, 0, 0)
    assert counts(run(bleuet, path)) == ("done", 0, 0, 3, 0)
    found = reads.card(bleuet.viewer(), Customer.objects.get(external_ref="R1").pk)
    assert (found.display_name, found.city) == ("Anne Lefèvre", "Rennes")
    assert [s.display_name for s in reads.search(bleuet.viewer(), "lefebvre")] == ["Anne Lefèvre"]
    kinds = [e.kind for e in journal.entries(bleuet.viewer("administrator"))]
    assert kinds.count("customer.batch_imported") == 1
    assert kinds.count("customer.import_ended") == 2


def test_a_filled_cell_replaces_and_an_empty_one_does_not(bleuet: Company, tmp_path: Path) -> None:
    made = anne(bleuet, external_ref="R1", segment="fidele")
    path = written(tmp_path, "Référence;Nom;Prénom;Segment;Téléphone\nR1;Martin;;;06 39 98 00 07\n")
    assert counts(run(bleuet, path)) == ("done", 0, 1, 0, 0)
    made.refresh_from_db()
    assert (made.last_name, made.first_name, made.segment) == ("Martin", "Anne", "fidele")
    assert made.version == 4
    assert ContactPoint.objects.filter(customer=made, kind="phone").count() == 2
    assert counts(run(bleuet, path)) == ("done", 0, 0, 1, 0)


def test_recognised_by_point_and_name_only(bleuet: Company, tmp_path: Path) -> None:
    made = anne(bleuet)
    path = written(
        tmp_path,
        "Nom;Prénom;Téléphone;Référence\n"
        "LEFEVRE;anne;06 39 98 22 90;R9\n"  # the same: takes the reference
        "Lefèvre;Paul;06 39 98 22 90;\n"  # the household's phone: another person
        ";;06 39 98 22 90;\n",  # nobody in particular, two hold it now: a file of its own
    )
    assert counts(run(bleuet, path)) == ("done", 2, 1, 0, 0)
    made.refresh_from_db()
    assert made.external_ref == "R9"


def test_a_merged_file_is_found_as_the_one_that_remains(bleuet: Company, tmp_path: Path) -> None:
    kept, gone = anne(bleuet), anne(bleuet, external_ref="R1", phones=[], emails=[])
    services.merge(bleuet.viewer(), survivor_id=kept.pk, absorbed_id=gone.pk)
    assert counts(run(bleuet, written(tmp_path, "Référence;Notes\nR1;Vu\n"))) == ("done", 0, 1, 0, 0)
    kept.refresh_from_db()
    assert kept.notes == "Vu"


def test_a_retired_number_stays_retired_and_a_lifted_opposition_lifted(bleuet: Company, tmp_path: Path) -> None:
    path = written(tmp_path, "Référence;Nom;Téléphone;Opposition;Accord courriel\nR1;A;0639982290;tous;01/09/2026\n")
    run(bleuet, path)
    made = Customer.objects.get()
    services.retire_point(bleuet.viewer(), point_id=ContactPoint.objects.get().pk)
    services.lift(bleuet.viewer(), customer_id=made.pk)
    services.withdraw(bleuet.viewer(), customer_id=made.pk)
    assert counts(run(bleuet, path)) == ("done", 0, 0, 1, 0)
    assert (ContactPoint.objects.count(), Opposition.objects.count(), Consent.objects.count()) == (1, 1, 1)
    assert reads.law_facts(bleuet.viewer(), made.pk)["customer"]["opposed"] == []


def test_refused_lines_say_why_and_the_others_pass(bleuet: Company, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    path = written(
        tmp_path,
        f"{HEADER}\nR1;Lefèvre;Anne;12;;;\nR2;Martin;Paul;;paul@;;\n;;;;;35000;Rennes\nR3;Bon;Jean;;;;\nR4;Coupé;Ma\n",
    )
    assert counts(run(bleuet, path, rejects=rejects)) == ("done", 1, 0, 0, 4)
    found = reasons(rejects)
    assert [row[0] for row in found] == ["2", "3", "4", "6"]
    assert found[0][1] == "Téléphone\u00a0: «\u00a012\u00a0» n’est pas un numéro de téléphone." or "12" in found[0][1]
    assert "Courriel" in found[1][1]
    assert "ne désigne un client" in found[2][1]
    assert "3 cellules alors que l’en-tête en a 7" in found[3][1]
    assert found[3][2:] == ["R4", "Coupé", "Ma"]
    assert Customer.objects.get().last_name == "Bon"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
def test_encodings_and_separators(bleuet: Company, tmp_path: Path, encoding: str, separator: str) -> None:
    text = GOOD.replace(";", separator).replace("\n", "\r\n")
    assert counts(run(bleuet, written(tmp_path, text.encode(encoding))))[:2] == ("done", 3)
    assert Customer.objects.filter(last_name="Lefèvre").exists()


def test_one_broken_line_does_not_spoil_the_accents_of_the_others(bleuet: Company, tmp_path: Path) -> None:
    content = GOOD.encode() + "R7;Bénard;Zoé;;;;\n".encode("cp1252")
    rejects = tmp_path / "rejects.csv"
    assert counts(run(bleuet, written(tmp_path, content), rejects=rejects)) == ("done", 3, 0, 0, 1)
    assert "illisibles" in reasons(rejects)[0][1]
    assert Customer.objects.filter(last_name="Lefèvre").exists()


def test_a_quote_left_open_costs_its_line_only(bleuet: Company, tmp_path: Path) -> None:
    content = f'{HEADER}\nR1;"Ouvert;Anne;;;;\nR2;Martin;Paul;;;;\nR3;"Deux\nlignes";Zoé;;;;\nR4;Fin;Luc;;;;\n'
    rejects = tmp_path / "rejects.csv"
    assert counts(run(bleuet, written(tmp_path, content), rejects=rejects)) == ("done", 3, 0, 0, 1)
    assert reasons(rejects)[0][0] == "2"
    assert set(Customer.objects.values_list("last_name", flat=True)) == {"Martin", "Deux lignes", "Fin"}


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"Bidule;Machin\n1;2\n",
        b"%PDF-1.7",
        b"PK\x03\x04 not a workbook",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
        b"\n\n",
    ],
)
def test_files_that_are_not(bleuet: Company, tmp_path: Path, content: bytes) -> None:
    with pytest.raises(UnreadableFile):
        run(bleuet, written(tmp_path, content))
    assert not Job.objects.exists()
    assert not Customer.objects.exists()


def test_xlsx(bleuet: Company, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["Nom", "Téléphone", "Né le", "Code postal", "Ville", "Machin"])
    book.active.append(["Lefèvre", 639982290, date(1984, 5, 17), 1000, "Bourg-en-Bresse", "?"])
    book.active.append([None, None, None, None, None, None])
    path = tmp_path / "clients.xlsx"
    book.save(path)
    job = run(bleuet, path)
    assert counts(job) == ("done", 1, 0, 0, 0)
    assert job.ignored_columns == ["Machin"]
    made = Customer.objects.get()
    assert made.birth_date == date(1984, 5, 17)
    assert ContactPoint.objects.get().value == "+33639982290"
    assert Address.objects.get().postcode == "01000"
    half = tmp_path / "half.xlsx"
    half.write_bytes(path.read_bytes()[:-900])
    with pytest.raises(UnreadableFile):
        run(bleuet, half)


def test_dry_run_tells_and_writes_nothing(bleuet: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports.running, "BATCH", 1)
    anne(bleuet, external_ref="R1", phones=[], emails=[])
    path = written(tmp_path, GOOD + "R2;Martin;Paul;0199001234;;75011;Paris\nR9;Faux;;12;;;\n")
    before = list(Customer.objects.values())
    assert counts(run(bleuet, path, dry_run=True)) == ("done", 2, 1, 1, 1)
    assert list(Customer.objects.values()) == before
    assert not ContactPoint.objects.exists()


def test_cancel_stops_after_the_batch(bleuet: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports.running, "BATCH", 1)

    def stop(job: Job) -> None:
        imports.cancel(bleuet.viewer("administrator"), job_id=job.pk)

    job = run(bleuet, written(tmp_path, GOOD), progress=stop)
    assert (job.state, job.done, Customer.objects.count()) == ("cancelled", 1, 1)
    assert run(bleuet, written(tmp_path, GOOD)).created == 2


def test_queued_import_runs_in_the_worker(bleuet: Company, settings: Any, tmp_path: Path) -> None:
    settings.FILES_ROOT = tmp_path
    job = imports.start(
        bleuet.viewer("administrator"),
        principal_id=bleuet.principal.pk,
        filename="../clients.csv",
        chunks=[GOOD.encode(), b"R5;Faux;;12;;;\n"],
    )
    assert (job.state, job.filename) == ("queued", "clients.csv")
    imports.work(job.pk)
    imports.work(job.pk)  # a second run of the same job does nothing
    job.refresh_from_db()
    assert counts(job) == ("done", 3, 0, 0, 1)
    assert (imports.folder(job) / "rejects.csv").exists()
    with pytest.raises(UnreadableFile):
        imports.start(bleuet.viewer("administrator"), principal_id=bleuet.principal.pk, filename="x", chunks=[b"%PDF"])
    assert Job.objects.count() == 1


def test_who_may_import(bleuet: Company, garance: Company, tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    for role in ("advisor", "quality"):
        with pytest.raises(Forbidden):
            imports.import_file(bleuet.viewer(role), principal_id=bleuet.principal.pk, path=path)
    with pytest.raises(NotFound):
        imports.import_file(bleuet.viewer("administrator"), principal_id=garance.principal.pk, path=path)
    job = run(bleuet, path)
    with pytest.raises(NotFound):
        imports.cancel(garance.viewer("administrator"), job_id=job.pk)
    with pytest.raises(NotFound):
        reads.job(garance.viewer("administrator"), job.pk)


HEADINGS = ["Référence", "Nom", "Prénom", "Téléphone", "Courriel", "Ville", "Opposition"]
ROW = st.fixed_dictionaries(
    {
        "Référence": st.sampled_from(["", "", "R1", "R2", "R3"]),
        "Nom": st.sampled_from(["", "Lefèvre", "Martin", "O'Brien", 'Dit "Jo"', "Né;e"]),
        "Prénom": st.sampled_from(["", "Anne", "Paul"]),
        "Téléphone": st.sampled_from(["", "06 39 98 00 01", "+33199000002", "oups"]),
        "Courriel": st.sampled_from(["", "a@exemple.test", "B@exemple.test"]),
        "Ville": st.sampled_from(["", "Rennes"]),
        "Opposition": st.sampled_from(["", "tous", "sms"]),
    }
)


def picture() -> dict[str, Any]:
    rows: dict[str, Any] = {"people": sorted(Customer.objects.values_list("pk", flat=True))}
    for model in (ContactPoint, Opposition):
        rows[model.__name__] = sorted(model._default_manager.values_list("pk", flat=True))
    return rows


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(ROW, max_size=8), cut=st.sampled_from([1, 3, 1000]))
def test_any_file_twice_creates_nothing_twice(
    bleuet: Company, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: list[dict[str, str]], cut: int
) -> None:
    monkeypatch.setattr(imports.running, "BATCH", cut)
    Customer.objects.all().delete()  # each example starts with nobody
    text = StringIO()
    writer = csv.DictWriter(text, fieldnames=HEADINGS, delimiter=";")
    writer.writeheader()
    writer.writerows(rows)
    path = written(tmp_path, text.getvalue())
    first = run(bleuet, path)
    before = picture()
    second = run(bleuet, path)
    assert second.created == 0
    assert second.rejected == first.rejected
    assert picture() == before


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=300), at=st.integers(0, 200))
def test_any_bytes_have_an_outcome(bleuet: Company, tmp_path: Path, content: bytes, at: int) -> None:
    good = GOOD.encode()
    path = written(tmp_path, good[:at] + content + good[at:])
    try:
        job = run(bleuet, path)
    except UnreadableFile:
        return
    assert job.state == "done"


def test_what_is_exported_can_be_imported_unchanged(bleuet: Company, garance: Company, tmp_path: Path) -> None:
    anne(
        bleuet, notes="=1+1", birth_date="1984-05-17", csp="4", fragile=True, since="2019-01-01",
        address={"line1": "12 rue de Bretagne", "postcode": "35000", "city": "Rennes"},
    )  # fmt: skip
    shop = services.create(
        bleuet.viewer(),
        principal_id=bleuet.principal.pk,
        kind="business",
        company_name="Coline",
        siret="73282932000074",
    )
    services.oppose(bleuet.viewer(), customer_id=shop.pk, channel="sms")
    services.create(bleuet.viewer(), principal_id=bleuet.principal.pk, phones=["+32 2 555 12 12"])
    anne(garance)
    content = b"".join(services.export_csv(bleuet.system, principal_id=bleuet.principal.pk))
    assert content.count(b"\n") == 4
    assert b";=" not in content
    assert counts(run(bleuet, written(tmp_path, content))) == ("done", 0, 0, 3, 0)
    path = tmp_path / "out.xlsx"
    assert services.export_xlsx(bleuet.system, principal_id=bleuet.principal.pk, path=path) == 3
    assert counts(run(bleuet, path)) == ("done", 0, 0, 3, 0)
    with pytest.raises(Forbidden):
        services.export_csv(bleuet.viewer(), principal_id=bleuet.principal.pk)


def test_command_line(bleuet: Company, tmp_path: Path) -> None:
    path, out = written(tmp_path, GOOD + "R5;Faux;;12;;;\n"), tmp_path / "out.csv"
    rejects = tmp_path / "rejects.csv"
    args = [str(path), "--principal", "bleuet", "--rejects", str(rejects), "--json"]
    result = CliRunner().invoke(commands.import_customers, args)
    told = json.loads(result.stdout)
    assert (result.exit_code, told["created"], told["rejected"], told["state"]) == (1, 3, 1, "done")
    assert len(reasons(rejects)) == 1
    wrong = CliRunner().invoke(commands.import_customers, [str(path), "--principal", "nobody"])
    assert wrong.exit_code == 2
    unreadable = CliRunner().invoke(commands.import_customers, [str(written(tmp_path, b"?")), "--principal", "bleuet"])
    assert unreadable.exit_code == 1
    exported = CliRunner().invoke(commands.export_customers, [str(out), "--principal", "bleuet", "--json"])
    assert (exported.exit_code, json.loads(exported.stdout)["rows"]) == (0, 3)


def test_queries_of_a_batch_do_not_grow(bleuet: Company, tmp_path: Path, django_assert_max_num_queries: Any) -> None:
    lines = [
        f"R{n};Nom{n};Prénom;06 39 98 {n // 100:02d} {n % 100:02d};a{n}@exemple.test;35000;Rennes" for n in range(300)
    ]
    path = written(tmp_path, "\n".join([HEADER, *lines]))
    with django_assert_max_num_queries(60):
        run(bleuet, path)


def test_a_line_recognised_by_its_phone_is_recognised_again_when_two_hold_it(bleuet: Company, tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "Référence;Nom;Téléphone\nR1;Martin;06 39 98 00 01\n;Martin;06 39 98 00 01\nR2;Martin;06 39 98 00 01\n",
    )
    assert counts(run(bleuet, path)) == ("done", 2, 0, 1, 0)
    assert counts(run(bleuet, path)) == ("done", 0, 0, 3, 0)


def test_a_former_number_recognises_nobody(bleuet: Company, tmp_path: Path) -> None:
    anne(bleuet)
    services.retire_point(bleuet.viewer(), point_id=ContactPoint.objects.get(kind="phone").pk)
    path = written(tmp_path, "Nom;Prénom;Téléphone\nLefèvre;Anne;06 39 98 22 90\n")
    assert run(bleuet, path).created == 1
