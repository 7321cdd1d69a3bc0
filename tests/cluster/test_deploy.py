"""What an administrator copies from deploy/ is whole: filled in, read by the programs it is for, of one mind."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from tools.cluster import hosts, templates

from ligne.site import env
from ligne.site.cli import COMMANDS
from ligne.site.cli.running import PROCESSES
from ligne.site.serve import SERVICES

DEPLOY = templates.FOLDER.parent
TELEPHONE = {"voice", "pbx"}  # on one machine of its choice, never in a container: docs/administrateur/telephone.md
SECRETS = ("superuser_password", "replication_password", "rewind_password", "database_password", "secret_key")


@pytest.fixture
def filled(tmp_path: Path) -> dict[str, str]:
    host = hosts.Host(2, tmp_path, dict.fromkeys(SECRETS, "secret"))
    facts = host._facts() | {"data": str(tmp_path), "etc": str(tmp_path)}
    return {name: templates.fill(name, facts) for name in templates.NAMES}


def test_every_example_is_filled_in(filled: dict[str, str]) -> None:
    assert set(filled) == {path.name for path in templates.FOLDER.iterdir()}


def test_a_misspelt_name_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(templates, "FOLDER", tmp_path)
    (tmp_path / "ligne.env").write_text("# ${anything}\nLIGNE_URL=${urll}\n")
    with pytest.raises(templates.Unfilled, match="urll"):
        templates.fill("ligne.env", {"url": "x"})


def test_patroni_keeps_two_copies_and_replaces_in_time(filled: dict[str, str]) -> None:
    dcs = yaml.safe_load(filled["patroni.yml"])["bootstrap"]["dcs"]
    assert dcs["synchronous_mode"] is True
    assert dcs["loop_wait"] + 2 * dcs["retry_timeout"] <= dcs["ttl"]
    assert dcs["postgresql"]["parameters"]["synchronous_commit"] == "on"
    assert dcs["postgresql"]["parameters"]["statement_timeout"] == 0


def test_etcd_knows_its_three_members(filled: dict[str, str]) -> None:
    etcd = yaml.safe_load(filled["etcd.yml"])
    assert len(etcd["initial-cluster"].split(",")) == hosts.COUNT


def test_the_pooler_lends_by_transaction_and_cancels_nothing(filled: dict[str, str]) -> None:
    pooler = configparser.ConfigParser(strict=True)
    pooler.read_string(filled["pgbouncer.ini"])
    assert pooler["pgbouncer"]["pool_mode"] == "transaction"
    assert not {"query_timeout", "idle_transaction_timeout"} & set(pooler["pgbouncer"])


def test_the_centre_goes_where_pooler_leader_and_replica_listen(
    filled: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in templates.environment(filled["ligne.env"]).items():
        monkeypatch.setenv(name, value)
    databases = env.databases(Path("/nonexistent"))
    assert "listen_port = 6432" in filled["pgbouncer.ini"]
    assert databases["default"]["PORT"] == "6432"
    direct = env.direct()
    assert direct is not None
    assert (direct["PORT"], direct["OPTIONS"]["target_session_attrs"]) == ("5000", "read-write")
    assert databases["replica"]["PORT"] == "5001"
    for port in ("5000", "5001"):
        assert f"bind 127.0.0.1:{port}" in filled["haproxy.cfg"]


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="asks HAProxy itself")
def test_haproxy_reads_its_file(filled: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "haproxy.cfg"
    path.write_text(filled["haproxy.cfg"])
    checked = subprocess.run(["haproxy", "-c", "-f", str(path)], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


# -- containers and systemd ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    return found


def test_every_process_may_be_served_by_itself() -> None:
    assert set(PROCESSES) == set(SERVICES)


def test_compose_runs_every_process(compose: dict[str, Any]) -> None:
    served = {one["command"][1] for one in compose["services"].values() if one.get("command", [""])[0] == "serve"}
    assert served == set(SERVICES) - TELEPHONE
    assert all(one["command"][0] in COMMANDS for one in compose["services"].values() if one.get("build"))


def test_compose_names_only_what_it_has(compose: dict[str, Any]) -> None:
    services, volumes = compose["services"], compose["volumes"]
    for name, one in services.items():
        assert set(one.get("depends_on", ())) <= set(services), name
        for volume in one.get("volumes", ()):
            source = volume.split(":")[0]
            assert source in volumes or (DEPLOY / source).exists(), f"{name} {volume}"
        assert set(one) <= KEYS, name


KEYS = set("image build restart depends_on environment volumes command deploy ports healthcheck shm_size".split())  # noqa: SIM905


def test_compose_settings_are_known_to_the_guide(compose: dict[str, Any]) -> None:
    guide = "".join(
        path.read_text(encoding="utf-8") for path in (DEPLOY.parent / "docs" / "administrateur").glob("*.md")
    )
    told = {name for one in compose["services"].values() if one.get("build") for name in one["environment"]}
    told |= set(templates.environment((templates.FOLDER / "ligne.env").read_text(encoding="utf-8")))
    assert sorted(name for name in told if name not in guide) == []


def test_the_image_builds_from_files_that_are_there() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").splitlines()
    copied = [source for line in lines if line.startswith("COPY ") for source in line.split()[1:-1]]
    assert [source for source in copied if not (DEPLOY.parent / source).exists()] == []


def test_systemd_starts_every_process() -> None:
    target = (DEPLOY / "systemd" / "ligne.target").read_text(encoding="utf-8")
    assert set(re.findall(r"ligne@(\w+)\.service", target)) == set(SERVICES) - TELEPHONE
    one = (DEPLOY / "systemd" / "ligne@.service").read_text(encoding="utf-8").splitlines()[0]
    assert set(re.findall(r"ligne@(\w+)", one)) == set(SERVICES)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="asks systemd itself")
def test_systemd_reads_its_units(tmp_path: Path) -> None:
    for unit in (DEPLOY / "systemd").iterdir():
        # the program stands elsewhere on this machine
        (tmp_path / unit.name).write_text(unit.read_text().replace("/opt/ligne-claire/.venv/bin/ligne", "/bin/true"))
    named = [str(tmp_path / name) for name in ("ligne.target", "ligne@web.service", "ligne-migrate.service")]
    checked = subprocess.run(["systemd-analyze", "verify", *named], capture_output=True, text=True, check=False)
    assert (checked.returncode, checked.stderr) == (0, "")
