"""`ligne run` as a person has it: start, deaths, stop, a second one, wrong settings; then doctor, backup, restore."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from ligne.kit import processes
from tests.conftest import Centre

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def bare() -> Iterator[Centre]:
    """A running centre without the demo."""
    home = Path(tempfile.mkdtemp(prefix="ligne-run-"))
    running = Centre(home, environment={"LIGNE_DEMO": "0"})
    yield running.start()
    running.stop()
    shutil.rmtree(home, ignore_errors=True)


def children(pid: int) -> dict[str, int]:
    """The processes of the centre by name."""
    found = {}
    for number in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        found[processes.program(int(number)).removeprefix("ligne-")] = int(number)
    return found


def until(true: Callable[[], bool], patience_s: float = 60) -> None:
    """Wait until `true()`; a failure says so."""
    deadline = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def healthy(centre: Centre) -> bool:
    """Whether /healthz answers 200."""
    try:
        with urllib.request.urlopen(f"{centre.url}/healthz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except OSError:
        return False


def heard(centre: Centre) -> dict[str, str]:
    """What `ligne doctor` says of each part."""
    return {row["part"]: row["state"] for row in json.loads(centre.ligne("doctor", "--json").stdout)}


def test_the_last_line_is_where_to_go(bare: Centre) -> None:
    assert bare.lines[-1] == f"ready {bare.url}"
    assert healthy(bare)
    with socket.create_connection(("127.0.0.1", bare.smtp_port), timeout=5) as line:
        assert line.recv(3) == b"220"


def test_the_doctor_finds_every_part(bare: Centre) -> None:
    found = heard(bare)
    for part in (
        "python",
        "database",
        "migrations",
        "extensions",
        "web",
        "mail_in",
        "worker",
        "router",
        "mail",
        "disk",
        "files",
    ):
        assert found[part] == "ok", part
    assert found["demo"] == found["mail_out"] == "off"
    telephone = {part: state for part, state in found.items() if part.startswith("telephone_")}
    assert len(telephone) == 5
    assert set(telephone.values()) == {"off"}, "a centre without a telephone lacks nothing"


def test_a_second_one_in_the_same_place_is_refused(bare: Centre) -> None:
    assert bare.process
    said = bare.ligne("run")
    assert said.returncode == 1
    assert said.stderr == (
        f"another centre (process {bare.process.pid}) already runs in {bare.home}; "
        "stop it first, or choose another LIGNE_HOME\n"
    )
    assert healthy(bare)


def test_a_port_in_use_is_named(bare: Centre) -> None:
    other = Centre(bare.home.with_name(bare.home.name + "-other"), port=bare.port, environment={"LIGNE_DEMO": "0"})
    said = other.ligne("run")
    shutil.rmtree(other.home, ignore_errors=True)
    assert (said.returncode, said.stderr) == (1, f"port {bare.port} cannot be used: Address already in use\n")


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("LIGNE_PORT", "eighty", "is not a port number"),
        ("LIGNE_SMTP_PORT", "70000", "is not a port number"),
        ("LIGNE_DEMO", "perhaps", "is neither 1 nor 0"),
        ("DATABASE_URL", "mysql://here", "must begin with postgresql://"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(bare: Centre, setting: str, value: str, words: str) -> None:
    wrong = Centre(bare.home.with_name(bare.home.name + "-wrong"), environment={"LIGNE_DEMO": "0", setting: value})
    said = wrong.ligne("run")
    shutil.rmtree(wrong.home, ignore_errors=True)
    assert said.returncode == 2
    assert said.stderr.startswith(f"{setting}: ")
    assert words in said.stderr
    assert said.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["web", "router", "worker", "mail", "postgres"])
def test_whatever_is_killed_comes_back(bare: Centre, name: str) -> None:
    assert bare.process
    before = children(bare.process.pid)
    os.kill(before[name], signal.SIGKILL)
    until(lambda: children(bare.process.pid).get(name, before[name]) != before[name])  # type: ignore[union-attr]
    until(lambda: healthy(bare))
    until(lambda: all(heard(bare)[part] == "ok" for part in ("web", "mail_in", "router", "worker")))
    assert bare.process.poll() is None


def test_a_backup_is_restored_elsewhere_with_the_same_journal(bare: Centre, tmp_path: Path) -> None:
    made = bare.ligne("user", "create", "sophie@demo.test", "--name", "Sophie", "--role", "administrator", "--json")
    assert made.returncode == 0, made.stderr
    stored = bare.home / "files" / "ab" / ("ab" * 32)
    stored.parent.mkdir(parents=True, exist_ok=True)
    stored.write_bytes(b"a file")
    # What happened is sealed soon after; the head of the chain is that of what is sealed.
    until(lambda: set(json.loads(bare.ligne("journal", "verify", "--json").stdout)["head"]) != {"0"})
    file = tmp_path / "all.tar"
    said = bare.ligne("backup", "--with-key", str(file), "--json")
    assert said.returncode == 0, said.stderr
    assert file.stat().st_mode & 0o777 == 0o600
    before = json.loads(bare.ligne("journal", "verify", "--json").stdout)

    running = bare.ligne("restore", str(file))
    assert (running.returncode, running.stderr) == (1, "the centre runs in this LIGNE_HOME; stop it first\n")

    other = Centre(Path(tempfile.mkdtemp(prefix="ligne-restored-")), environment={"LIGNE_DEMO": "0"})
    try:
        said = other.ligne("restore", str(file))
        assert said.returncode == 0, said.stderr
        after = json.loads(other.ligne("journal", "verify", "--json").stdout)
        assert (after["ok"], after["head"], after["entries"]) == (True, before["head"], before["entries"])
        people = json.loads(other.ligne("user", "list", "--json").stdout)
        assert [person["email"] for person in people] == ["sophie@demo.test"]
        assert (other.home / stored.relative_to(bare.home)).read_bytes() == b"a file"
        assert (other.home / "secret_key").read_text() == (bare.home / "secret_key").read_text()

        again = other.ligne("restore", str(file))
        assert again.returncode == 1
        assert "is not empty" in again.stderr
        assert other.ligne("restore", "--force", str(file)).returncode == 0
        assert other.start().lines[-1].startswith("ready ")
    finally:
        other.stop()
        shutil.rmtree(other.home, ignore_errors=True)


@pytest.mark.parametrize("content", [b"", b"not a tar", b"\0" * 2048])
def test_what_is_no_backup_is_refused_and_nothing_is_made(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "wrong.tar"
    file.write_bytes(content)
    nowhere = Centre(tmp_path / "home")
    said = nowhere.ligne("restore", str(file))
    assert (said.returncode, said.stderr) == (1, f"{file} is not a whole backup\n")
    assert not (nowhere.home / "pg").exists()


def test_killing_the_parent_ends_everything_and_the_next_start_is_clean(tmp_path: Path) -> None:
    centre = Centre(Path(tempfile.mkdtemp(prefix="ligne-killed-")), environment={"LIGNE_DEMO": "0"})
    try:
        centre.start()
        assert centre.process
        family = children(centre.process.pid)
        assert set(family) == {"web", "router", "worker", "mail", "postgres"}
        centre.process.kill()
        centre.process.wait()
        until(lambda: all(processes.state(pid) != "alive" for pid in family.values()))
        assert centre.start().lines[-1].startswith("ready ")
        assert centre.process
        family = children(centre.process.pid)
        assert centre.stop() == 0
        assert all(processes.state(pid) == "gone" for pid in family.values())
    finally:
        centre.stop()
        shutil.rmtree(centre.home, ignore_errors=True)


def test_a_page_is_told_over_http_and_an_open_line_does_not_hinder_the_stop() -> None:
    centre = Centre(Path(tempfile.mkdtemp(prefix="ligne-line-")), environment={"LIGNE_DEMO_SCALE": "20"})
    centre.password = "bref"  # the demo's password is whatever one names
    try:
        centre.start()
        assert f"conseiller@demo.test  {centre.password}" in centre.lines
        with httpx.Client(base_url=centre.url, timeout=30) as browser:
            browser.get("/accounts/login/")
            form = {"login": "conseiller@demo.test", "password": centre.password}
            answer = browser.post(
                "/accounts/login/",
                data=form | {"csrfmiddlewaretoken": browser.cookies["csrftoken"]},
                headers={"Referer": centre.url},
            )
            assert answer.status_code == 302
            with browser.stream("GET", "/live") as line:
                assert line.headers["content-type"].startswith("text/event-stream")
                lines = line.iter_lines()
                assert next(text for text in lines if text.startswith("event:")) == "event: hello"
                assert centre.stop() == 0
        centre.password = "une autre phrase"
        assert f"conseiller@demo.test  {centre.password}" in centre.start().lines
        assert (centre.home / "demo_password").read_text() == centre.password
    finally:
        centre.stop()
        shutil.rmtree(centre.home, ignore_errors=True)


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from ligne.site.cli import ligne; ligne.main(['--help'], standalone_mode=False); "
    code += "sys.exit(any(name.startswith(('django', 'psycopg')) for name in sys.modules))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    for name in ("run", "serve", "doctor", "backup", "restore", "user", "token", "wires"):
        assert f"  {name} " in said.stdout
