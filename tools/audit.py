"""Whether a dependency that is locked has a known vulnerability: `python -m tools.audit`.

Asks pip-audit about the Python lock and npm about the browser's, through whichever registries are configured. A known
vulnerability fails, with what mends it. A registry that tells nothing of vulnerabilities (a mirror, no network) does
not: it is said, since "none known" and "nobody could be asked" are different news.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tools import build

ROOT = Path(__file__).parent.parent
PATIENCE_S = 60
# Vulnerabilities that do not concern us: identifier -> why. Looked at again at each release.
ACCEPTED: dict[str, str] = {}


@dataclass
class Answer:
    """What was learnt of one lock: how many packages could be asked about, which of them are vulnerable, or why not."""

    lock: str
    asked: int = 0
    found: list[str] = field(default_factory=list)
    silent: str = ""


def python(said: str) -> Answer:
    """pip-audit's JSON. A package it could not ask about carries a `skip_reason`."""
    answer = Answer("requirements-dev.lock")
    try:
        packages = json.loads(said)["dependencies"]
    except (ValueError, KeyError, TypeError):
        answer.silent = "pip-audit said nothing that can be read"
        return answer
    known = [package for package in packages if "skip_reason" not in package]
    answer.asked = len(known)
    if not known:
        answer.silent = "the package index in use tells no vulnerabilities"
    for package in known:
        for one in package["vulns"]:
            mended = ", ".join(one.get("fix_versions") or ["nothing yet"])
            if not {one["id"], *one.get("aliases", [])} & ACCEPTED.keys():
                answer.found.append(f"{package['name']} {package['version']}: {one['id']}, mended by {mended}")
    return answer


def browser(said: str) -> Answer:
    """npm's JSON: `vulnerabilities` by package, or an error of the registry."""
    answer = Answer("frontend/package-lock.json")
    try:
        report = json.loads(said)
        answer.asked = int(report["metadata"]["dependencies"]["total"])
    except (ValueError, KeyError, TypeError):
        answer.silent = "the npm registry in use tells no vulnerabilities"
        return answer
    for name, package in report.get("vulnerabilities", {}).items():
        for one in package["via"]:
            identifier = one["url"].rsplit("/", 1)[-1] if isinstance(one, dict) else ""
            if identifier and identifier not in ACCEPTED:
                answer.found.append(f"{name} {one.get('range', '')}: {identifier}, {one.get('severity', '')}")
    return answer


def _said(command: list[str], folder: Path) -> str:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def _ask_python() -> Answer:
    command = [sys.executable, "-m", "pip_audit", "-r", "requirements-dev.lock", "--disable-pip", "--format", "json"]
    return python(_said([*command, "--progress-spinner", "off", "--timeout", "10"], ROOT))


def _ask_browser() -> Answer:
    node = shutil.which("node", path=f"{build.NODE_BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}") or "node"
    npm = build.NODE_BIN.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return browser(_said([node, str(npm), "audit", "--package-lock-only", "--json"], build.FRONTEND))


def report(answers: list[Answer]) -> int:
    """Say what was learnt; 1 when something vulnerable is locked."""
    for answer in answers:
        if answer.silent:
            print(f"audit {answer.lock}: NOT CHECKED, {answer.silent}")
        else:
            print(
                f"audit {answer.lock}: {answer.asked} packages asked about, {len(answer.found)} known vulnerabilities"
            )
        for line in answer.found:
            print(f"  {line}")
    return int(any(answer.found for answer in answers))


def main() -> int:
    """Ask both at once."""
    with ThreadPoolExecutor(2) as pool:
        asked: list[Any] = [pool.submit(_ask_python), pool.submit(_ask_browser)]
        return report([one.result() for one in asked])


if __name__ == "__main__":
    raise SystemExit(main())
