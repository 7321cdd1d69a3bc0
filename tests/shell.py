"""Programs run inside a centre that tests drive from outside: one interpreter for all of them, started once."""

from __future__ import annotations

import json
import subprocess
import sys

_LOOP = """
import contextlib, io, json, sys, traceback
from django.db import connections
for line in sys.stdin:
    said, wrong = io.StringIO(), ""
    try:
        with contextlib.redirect_stdout(said):
            exec(json.loads(line), {"__name__": "__asked__"})
    except Exception:
        wrong = traceback.format_exc()
    connections.close_all()  # the database may be another one at the next question
    print(json.dumps([said.getvalue(), wrong]), flush=True)
"""


class Shell:
    """`ligne django shell` of one centre, by its environment."""

    def __init__(self, env: dict[str, str]) -> None:
        self._env = env
        self._process: subprocess.Popen[str] | None = None

    def ask(self, program: str) -> str:
        """The last line that `program` prints; an `AssertionError` with its traceback when it fails."""
        if self._process is None or self._process.poll() is not None:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "ligne.site.cli", "django", "shell", "-v", "0", "-c", _LOOP],
                env=self._env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
            )  # fmt: skip
        asked, answered = self._process.stdin, self._process.stdout
        assert asked
        assert answered
        asked.write(json.dumps(program) + "\n")
        asked.flush()
        answer = answered.readline()
        assert answer, f"the shell ended with {self._process.wait()}"
        said, wrong = json.loads(answer)
        assert not wrong, wrong
        return (said.splitlines() or [""])[-1]

    def close(self) -> None:
        """End the interpreter."""
        process, self._process = self._process, None
        if process is not None and process.stdin:
            process.stdin.close()
            process.wait(10)
