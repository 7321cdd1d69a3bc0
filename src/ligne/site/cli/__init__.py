"""The `ligne` command: for people and scripts.

Exit 0: done. 1: refused or failed. 2: wrong use. An error is one line on stderr. Each command is imported when it is
used: `ligne --help` and `ligne run` stay quick.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

import click

# Each command: the module that offers it (in `commands`, a list) and its line in `ligne --help`.
COMMANDS: dict[str, tuple[str, str]] = {
    "run": ("ligne.site.cli.running", "Run the whole centre on this machine."),
    "serve": ("ligne.site.cli.running", "Run one process: web, live, worker, router or mail."),
    "migrate": ("ligne.site.cli.running", "Bring the database up to date."),
    "demo": ("ligne.site.cli.running", "Make the demo company."),
    "doctor": ("ligne.site.cli.care", "Say what is configured, missing, reachable."),
    "backup": ("ligne.site.cli.care", "Write everything into one file."),
    "restore": ("ligne.site.cli.care", "Bring back what a backup holds."),
    "secrets": ("ligne.site.cli.keys", "Show which key seals what is secret, or replace it."),
    "wires": ("ligne.site.cli.care", "Print who listens to what."),
    "user": ("ligne.site.cli.people", "Create people, change passwords, list them."),
    "token": ("ligne.site.cli.tokens", "Create, list and withdraw API tokens."),
    "import": ("ligne.customers.commands", "Bring in customers from a file."),
    "export": ("ligne.customers.commands", "Write customers to a file."),
    "simulate": ("ligne.site.commands", "Simulate customers on the real channels."),
    "rules": ("ligne.site.cli.law", "Check a situation against the law."),
    "mail": ("ligne.channels.email.commands", "Say what is understood of a mail."),
    "listen": ("ligne.channels.voice.commands", "Measure active listening in a recording."),
    "journal": ("ligne.journal.commands", "Verify the journal."),
    "django": ("ligne.site.cli.running", "Any of Django's own commands."),
}


# These ask the database: the embedded one is started for as long as they last when the centre does not run.
NEED_DATABASE = frozenset({"user", "token", "import", "export", "journal"})


def _with_database(command: click.Command) -> click.Command:
    """`command`, run while the database answers."""
    run = command.invoke

    def invoke(ctx: click.Context) -> Any:
        from ligne.site.cli.database import started

        with started():
            return run(ctx)

    command.invoke = invoke  # type: ignore[method-assign]
    return command


class Commands(click.Group):
    """The commands by name, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Every name, in the order above."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command called `cmd_name`, or None."""
        if cmd_name not in COMMANDS:
            return None
        module = import_module(COMMANDS[cmd_name][0])
        command = next((command for command in module.commands if command.name == cmd_name), None)
        return _with_database(command) if command and cmd_name in NEED_DATABASE else command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list in `--help`, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in COMMANDS.items()])


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ligne-claire")
def ligne() -> None:
    """Ligne Claire: remote customer relations."""


def main(arguments: list[str] | None = None) -> Any:
    """Run one command and exit with 0, 1 or 2."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ligne.site.settings")
    try:
        ended = ligne.main(args=arguments, standalone_mode=False)
    except click.Abort:
        _end("stopped", 1)
    except click.UsageError as wrong:
        _end(wrong.format_message(), 2)
    except click.ClickException as refused:
        _end(refused.format_message(), 1)
    except BrokenPipeError:
        sys.stderr.close()
        raise SystemExit(1) from None
    except Exception as problem:
        sentence = _sentence_of(problem)
        if sentence is None:
            raise
        _end(sentence, 1)
    raise SystemExit(ended if isinstance(ended, int) else 0)


def _sentence_of(problem: Exception) -> str | None:
    """What a foreseen error says to people; None for a mistake of ours, whose traceback is worth more."""
    from ligne.kit.errors import DomainError
    from ligne.kit.postgres import PostgresError

    if isinstance(problem, DomainError):
        from django.apps import apps

        if apps.ready:
            from ligne.kit.http import sentence_of

            return sentence_of(problem)
        return str(problem)
    if isinstance(problem, PostgresError):
        return str(problem)
    if type(problem).__module__.startswith(("django.db", "psycopg")) and type(problem).__name__ in {
        "OperationalError",
        "InterfaceError",
    }:
        return f"the database does not answer: {problem}"
    return None


def _end(sentence: str, code: int) -> None:
    sys.stderr.write(" ".join(sentence.split()) + "\n")
    raise SystemExit(code)
