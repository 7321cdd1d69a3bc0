"""What `make test` needs from the machine: a real browser, and a second PostgreSQL beside the embedded one.

Installs Debian's packages when it may (root with apt-get); otherwise says what to install and fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def browser() -> str | None:
    """The path of a Chromium, or None."""
    given = os.environ.get("LIGNE_CHROMIUM")
    return given or next((path for name in BROWSERS if (path := shutil.which(name))), None)


def postgres() -> str | None:
    """The folder with the programs of the system's PostgreSQL (15 or later), or None."""
    found = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/postgres")]
    fit = [folder for folder in found if folder.parent.name.isdigit() and int(folder.parent.name) >= 15]
    if fit:
        return str(min(fit, key=lambda folder: int(folder.parent.name)))
    return None


def main() -> int:
    """Print the folder of PostgreSQL's programs with `--postgres`, else make sure that everything is there."""
    if "--postgres" in sys.argv[1:]:
        print(postgres() or "")
        return 0
    wanted = [("chromium", browser), ("postgresql", postgres)]
    if shutil.which("apt-get"):  # the telephone's tests are left out where there is no Asterisk to be had
        wanted.append(("sip-tester", lambda: shutil.which("sipp")))
    missing = [package for package, look in wanted if not look()]
    if missing and os.geteuid() == 0 and shutil.which("apt-get"):
        print(f"installing {' '.join(missing)}", flush=True)
        _install(missing)
        missing = [package for package, look in wanted if not look()]
    if missing:
        print(
            f"the tests need {' and '.join(missing)} on this machine: install "
            f"{'it' if len(missing) == 1 else 'them'} (Debian: apt-get install {' '.join(missing)}) and try again",
            file=sys.stderr,
        )
        return 1
    return 0


def _install(packages: list[str]) -> None:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    # The cluster that Debian would make and start is not wanted: the tests make their own.
    Path("/etc/postgresql-common").mkdir(parents=True, exist_ok=True)
    settings = Path("/etc/postgresql-common/createcluster.conf")
    if not settings.exists():
        settings.write_text("create_main_cluster = false\n")
    for command in (
        ["apt-get", "update", "-qq"],
        ["apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages],
    ):
        subprocess.run(command, env=environment, check=False)


if __name__ == "__main__":
    raise SystemExit(main())
