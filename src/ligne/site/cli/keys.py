"""`ligne secrets`: the key that seals what is secret at rest."""

from __future__ import annotations

import json
import os
import sys

import click


@click.group()
def secrets() -> None:
    """The key that seals what is secret at rest."""


@secrets.command()
@click.option("--json", "as_json", is_flag=True)
def show(*, as_json: bool) -> None:
    """Say which key it is and where it comes from, never the key itself."""
    from django.conf import settings

    from ligne.site import env, keyring

    home = env.home()
    facts = {
        "key": keyring.fingerprint(settings.SECRET_KEY),
        "from": "LIGNE_SECRET_KEY" if os.environ.get("LIGNE_SECRET_KEY") else str(home / keyring.NAME),
        "rotating": bool(keyring.before(home)),
    }
    click.echo(json.dumps(facts) if as_json else f"{facts['key']}  {facts['from']}")


@secrets.command()
@click.option("--json", "as_json", is_flag=True)
def rotate(*, as_json: bool) -> None:
    """Draw another key and seal everything with it, while the centre does not run.

    Everybody signs in again. Interrupted, it is run again. Earlier backups open with the key they were made with.
    """
    from ligne.kit import heartbeats, processes
    from ligne.site import env, resealing
    from ligne.site.cli.database import reachable
    from ligne.site.cli.running import PROCESSES

    hold = processes.Hold(env.home() / "run.lock")
    try:
        env.home().mkdir(mode=0o700, parents=True, exist_ok=True)
        hold.take()
    except processes.Held:
        raise click.ClickException("the centre runs in this LIGNE_HOME; stop it first") from None
    try:
        with reachable():
            if any(heartbeats.alive(name, 20) for name in PROCESSES):
                raise click.ClickException("processes of the centre were heard just now; stop them first")
            done = resealing.rotate(env.home(), tell=lambda text: sys.stderr.write(f"{text}\n"))
    except resealing.CannotRotate as reason:
        raise click.ClickException(str(reason)) from None
    finally:
        hold.let_go()
    click.echo(json.dumps({"sealed": done}) if as_json else f"sealed anew: {done}")


commands = [secrets]
