"""What every test has: a PostgreSQL of its own, a running centre, a real browser.

Without DATABASE_URL the tests start the embedded server in a temporary folder (without durability, for speed), one for
all workers; LIGNE_POSTGRES_BIN chooses another PostgreSQL's programs.
"""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection
from hypothesis import HealthCheck

from ligne.kit import postgres
from tests.shell import Shell

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

_HOME = "LIGNE_TEST_HOME"
_server: postgres.Server | None = None


# Examples are the same each time, and none is timed: a busy machine is no fault of the code.
hypothesis.settings.register_profile(
    "house", deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Start the server in the process that leads, and point Django at it in every process."""
    global _server  # noqa: PLW0603 - pytest keeps no place for it
    is_worker = hasattr(config, "workerinput")
    if not is_worker:
        os.environ[_HOME] = tempfile.mkdtemp(prefix="ligne-tests-")
        if not os.environ.get("DATABASE_URL"):
            os.chmod(os.environ[_HOME], 0o711)  # noqa: S103 - PostgreSQL 15, as its own user, walks down from the root
            _server = postgres.Server(Path(os.environ[_HOME]), durable=False)
            _server.start()
            with _server.admin("postgres") as db:  # tests tamper with rows behind the triggers' back
                db.execute("GRANT SET ON PARAMETER session_replication_role TO ligne")
    home = Path(os.environ[_HOME])
    # A folder for each database: what one no longer names, another may.
    settings.FILES_ROOT = home / "files" / os.environ.get("PYTEST_XDIST_WORKER", "alone")
    if not os.environ.get("DATABASE_URL"):
        settings.DATABASES["default"].update(postgres.django_settings(home))
    # The same algorithm as in earnest, at its least cost: tests make hundreds of people.
    Argon2PasswordHasher.time_cost, Argon2PasswordHasher.memory_cost, Argon2PasswordHasher.parallelism = 1, 8, 1


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server and remove its folder."""
    if hasattr(config, "workerinput"):
        return
    if _server:
        _server.stop()
    shutil.rmtree(os.environ[_HOME], ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """One worker has the browser and the running centre, another the centre with a telephone; the rest fills up."""
    for item in items:
        fixtures = getattr(item, "fixturenames", ())
        if "telephony" in fixtures:
            item.add_marker(pytest.mark.xdist_group("telephone"))
        elif item.get_closest_marker("browser") or "centre" in fixtures:
            item.add_marker(pytest.mark.xdist_group("centre"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Bring the database up as `ligne migrate` does, so that it knows its shape; and let transactional tests empty the
    journal's tables afterwards: tests of the journal turn its guards on again."""
    from ligne.site import migrations

    with django_db_blocker.unblock():
        migrations.migrate()
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'journal_entry'::regclass"
            )
            months = [name for (name,) in cursor.fetchall()]
            for table in ("journal_entry", *months, "journal_entrypersonal", "journal_seal"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only_truncate")


# -- a running centre ------------------------------------------------------------------------------------------------


def free_port() -> int:
    """A TCP port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Centre:
    """A centre started by `ligne run` in a folder of its own, as a person would start it."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    smtp_port: int = field(default_factory=free_port)
    password: str = "bonjour-la-demo-42"
    lines: list[str] = field(default_factory=list)
    process: subprocess.Popen[str] | None = None
    shell: Shell | None = None

    @property
    def url(self) -> str:
        """Its address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def env(self) -> dict[str, str]:
        """The environment of its processes and of `ligne` commands beside it."""
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("LIGNE_", "PG")) and k != "DATABASE_URL"}
        return (
            clean
            | {
                "LIGNE_HOME": str(self.home),
                "LIGNE_PORT": str(self.port),
                "LIGNE_SMTP_PORT": str(self.smtp_port),
                "LIGNE_DEMO_PASSWORD": self.password,
                "DJANGO_SETTINGS_MODULE": "ligne.site.settings",
            }
            | self.environment
        )

    def start(self, patience_s: float = 120) -> Centre:
        """Start it and return once it says `ready`; fails with what it said when it does not."""
        process = subprocess.Popen(
            [sys.executable, "-m", "ligne.site.cli", "run"],
            env=self.env | {"LIGNE_STOP_WITH_PARENT": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.process = process
        said: queue.Queue[str] = queue.Queue()

        def read() -> None:
            for line in process.stdout or ():
                self.lines.append(line.rstrip())
                said.put(line.rstrip())
            said.put("")

        threading.Thread(target=read, daemon=True).start()
        deadline = time.monotonic() + patience_s
        while time.monotonic() < deadline:
            try:
                line = said.get(timeout=1)
            except queue.Empty:
                continue
            if line.startswith("ready "):
                return self
            if not line and process.poll() is not None:
                break
        self.stop()
        raise AssertionError("the centre did not start:\n" + "\n".join(self.lines))

    def ligne(self, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
        """Run a `ligne` command beside it."""
        return subprocess.run(
            [sys.executable, "-m", "ligne.site.cli", *arguments],
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=180,
        )

    def ask(self, program: str) -> str:
        """The last line that a Python program prints which runs inside the centre."""
        if self.shell is None:
            self.shell = Shell(self.env)
        return self.shell.ask(program)

    def stop(self) -> int:
        """Stop it as Ctrl-C does; returns its exit code."""
        if self.shell is not None:
            self.shell.close()
        process, self.process = self.process, None
        if process is None:
            return 0
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            return process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            raise


@pytest.fixture(scope="session")
def centre() -> Iterator[Centre]:
    """A running centre with its demo company: `.url`, `.smtp_port`, `.password`, `.ligne(…)`."""
    home = Path(tempfile.mkdtemp(prefix="ligne-centre-"))
    running = Centre(home, environment={"LIGNE_DEMO_SCALE": "300"})
    try:
        yield running.start()
    finally:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.stop()
        shutil.rmtree(home, ignore_errors=True)


# -- a real browser --------------------------------------------------------------------------------------------------

CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium."""
    from playwright.sync_api import sync_playwright
    from tools import system

    path = system.browser()
    assert path, "these tests need Chromium: install it, or name it in LIGNE_CHROMIUM"
    # Playwright's loop runs in this thread; Django would take every later query for one made inside it.
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, headless=True, args=CHROMIUM_FLAGS)
        yield chromium
        chromium.close()
    if before is None:
        os.environ.pop("DJANGO_ALLOW_ASYNC_UNSAFE", None)


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Open pages, each a person's own browser: `new_page(width=…, height=…, **options of a Playwright context)`.

    Whatever a page's scripts throw fails the test.
    """
    contexts = []
    thrown: list[str] = []

    def open_page(*, width: int = 1366, height: int = 768, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, locale="fr-FR", **options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: thrown.append(str(error)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not thrown, thrown


@pytest.fixture
def sign_in(centre: Centre) -> Callable[[Page, str], None]:
    """Sign a page in as one of the demo's people: `sign_in(page, "conseiller@demo.test")`; ends on the desk."""

    def enter(page: Page, email: str) -> None:
        page.goto(f"{centre.url}/accounts/login/")
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", centre.password)
        page.click("main button[type=submit], form button[type=submit]")
        page.wait_for_url(lambda url: "/accounts/login" not in url)

    return enter
