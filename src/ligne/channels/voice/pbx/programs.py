"""Where Asterisk is: installed on the machine, or fetched from the machine's own Debian mirror into a folder, without
root and without touching what is installed."""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

SUITE = "forky"  # the Debian suite that has Asterisk 22
PACKAGES = (
    "asterisk",
    "asterisk-core-sounds-en-wav",
    "asterisk-core-sounds-fr-wav",
    "asterisk-moh-opsound-wav",
)
_SOURCES = Path("/etc/apt")


class CannotFetch(Exception):
    """Asterisk is not here and cannot be fetched; one line says why and what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """An Asterisk: the command that starts it, its modules, its data (sounds, music)."""

    command: tuple[str, ...]
    modules: Path
    data: Path


def found(prefix: Path) -> Programs | None:
    """The Asterisk fetched into `prefix` before, or the machine's own; None when there is none."""
    if (prefix / "done").exists():
        return _fetched(prefix)
    installed = os.environ.get("LIGNE_ASTERISK") or shutil.which("asterisk")
    modules = next(iter(Path("/usr/lib").glob("*/asterisk/modules")), None)
    if installed and modules:
        return Programs((installed,), modules, Path("/usr/share/asterisk"))
    return None


def _fetched(prefix: Path) -> Programs:
    root = prefix / "root"
    loader = next(iter(sorted((root / "usr/lib64").glob("ld-linux*"))), None) or next(
        iter(sorted((root / "usr/lib").glob("ld-linux*")))
    )
    libraries = next(path for path in (root / "usr/lib").iterdir() if (path / "asterisk/modules").is_dir())
    command = (str(loader), "--library-path", str(libraries), str(root / "usr/sbin/asterisk"))
    return Programs(command, libraries / "asterisk/modules", root / "usr/share/asterisk")


def fetch(prefix: Path) -> Programs:
    """Fetch Asterisk into `prefix` (about 130 MB) unless it is there. Raises `CannotFetch`."""
    if there := found(prefix):
        return there
    prefix.mkdir(parents=True, exist_ok=True)
    with (prefix / "lock").open("w") as lock:  # two centres that start at once fetch it once
        fcntl.flock(lock, fcntl.LOCK_EX)
        return found(prefix) or _fetch(prefix)


def _fetch(prefix: Path) -> Programs:
    for program in ("apt-get", "dpkg"):
        if not shutil.which(program):
            raise CannotFetch("Asterisk 22 is not on this machine: install it, or name it in LIGNE_ASTERISK")
    apt = _private_apt(prefix)
    _run([*apt, "update"], "the list of packages cannot be fetched")
    _run([*apt, "--download-only", "--yes", "install", *PACKAGES], "the packages of Asterisk cannot be fetched")
    root = prefix / "root"
    root.mkdir(exist_ok=True)
    for package in sorted((prefix / "cache/archives").glob("*.deb")):
        _run(["dpkg", "-x", str(package), str(root)], f"{package.name} cannot be unpacked")
        package.unlink()
    sounds = root / "usr/share/asterisk/sounds"
    for language in ("en", "fr"):  # links that an installation would have made
        voice = next(iter(sorted(sounds.glob(f"{language}_*"))), None)
        if voice is None:
            raise CannotFetch(f"the sounds for “{language}” are missing from the packages fetched")
        (sounds / language).unlink(missing_ok=True)
        (sounds / language).symlink_to(voice.name)
    (prefix / "done").touch()
    return _fetched(prefix)


def _private_apt(prefix: Path) -> list[str]:
    """apt-get with a state of its own in `prefix`: the machine's packages are neither asked nor changed."""
    for folder in ("lists/partial", "cache/archives/partial"):
        (prefix / folder).mkdir(parents=True, exist_ok=True)
    (prefix / "status").touch()
    keyring = next(iter(sorted(Path("/usr/share/keyrings").glob("debian-archive-keyring.*"))), None)
    trust = f"[signed-by={keyring}]" if keyring else ""
    sources = prefix / "sources.list"
    sources.write_text(f"deb {trust} {_mirror()} {SUITE} main\n")
    state = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::Lists": prefix / "lists",
        "Dir::State::status": prefix / "status",
        "Dir::Cache": prefix / "cache",
        "Dir::Cache::archives": prefix / "cache/archives",
        "APT::Install-Recommends": "0",
        "APT::Sandbox::User": "",
        "Debug::NoLocking": "1",
    }
    return ["apt-get", "--quiet", *(part for key, value in state.items() for part in ("-o", f"{key}={value}"))]


def _mirror() -> str:
    """The mirror that the machine's own apt uses for Debian itself."""
    for file in [*sorted((_SOURCES / "sources.list.d").glob("*")), _SOURCES / "sources.list"]:
        if not file.is_file():
            continue
        for line in file.read_text().splitlines():
            if line.lstrip().startswith("#"):
                continue
            address = re.search(r"\bhttps?://\S+", line)
            if address and "security" not in address[0]:
                return address[0]
    raise CannotFetch("this machine's apt names no mirror; install Asterisk 22, or name it in LIGNE_ASTERISK")


def _run(command: list[str], trouble: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        last = (done.stderr.strip() or done.stdout.strip()).splitlines()[-1:] or [""]
        raise CannotFetch(f"{trouble}: {last[0]}")
