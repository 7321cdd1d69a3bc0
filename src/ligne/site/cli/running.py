"""Commands that run the centre."""

from __future__ import annotations

import contextlib
import json
import sys

import click

from ligne.site import env

# Those of `ligne.site.serve`, named without loading them.
PROCESSES = ("web", "live", "worker", "router", "mail", "voice", "pbx")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def run(*, as_json: bool) -> None:
    """Run the whole centre on this machine: the database unless DATABASE_URL is set, and every process.

    Ends with Ctrl-C. The last line printed at start is `ready` and the address to open.
    """
    from ligne.site.run import CannotRun, Centre

    def say(text: str) -> None:
        # Whoever started us may have stopped reading: the centre runs on.
        with contextlib.suppress(OSError, ValueError):
            sys.stdout.write((json.dumps({"said": text}) if as_json else text) + "\n")
            sys.stdout.flush()

    for name, default in (("LIGNE_PORT", 8000), ("LIGNE_SMTP_PORT", 2525)):
        env.port(name, default)
    env.demo()
    env.demo_scale()
    try:
        Centre(env.home(), say=say).run()
    except CannotRun as reason:
        raise click.ClickException(str(reason)) from None


@click.command()
@click.argument("name", type=click.Choice(PROCESSES))
def serve(name: str) -> None:
    """Run one process, for a centre spread over several hosts; logs go to stderr."""
    import django

    django.setup()
    from ligne.site import serve as processes

    raise SystemExit(processes.main(name))


@click.command()
@click.option("--json", "as_json", is_flag=True)
def migrate(*, as_json: bool) -> None:
    """Bring the database up to date."""
    from ligne.site.cli.database import reachable

    with reachable():
        from ligne.site import migrations

        changed = migrations.migrate()
    click.echo(json.dumps({"changed": changed}) if as_json else ("brought up to date" if changed else "nothing to do"))


@click.command()
@click.option("--scale", type=click.IntRange(1, 1_000_000), default=3000, show_default=True, help="Customers.")
@click.option("--json", "as_json", is_flag=True)
def demo(*, scale: int, as_json: bool) -> None:
    """Make the demo company, in a centre that is still empty."""
    from ligne.site.cli.database import reachable

    with reachable():
        from ligne.site import demo as company
        from ligne.site import demo_access, migrations

        migrations.migrate()
        if company.exists():
            raise click.ClickException("there is a company here already; nothing was made")
        demo_access.make(env.home(), scale)
    click.echo(json.dumps({"customers": scale}) if as_json else f"made, with {scale} customers")


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def django(arguments: tuple[str, ...]) -> None:
    """Any of Django's own commands."""
    from django.core.management import execute_from_command_line

    from ligne.site.cli.database import started

    with started():
        execute_from_command_line(["ligne django", *arguments])


commands: list[click.Command] = [run, serve, migrate, demo, django]
