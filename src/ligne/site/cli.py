"""The `ligne` command."""

from __future__ import annotations

import os
import sys

import click


@click.group()
def main() -> None:
    """Ligne Claire: remote customer relations."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ligne.site.settings")


@main.command(context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def django(arguments: tuple[str, ...]) -> None:
    """Any of Django's own management commands."""
    from django.core.management import execute_from_command_line

    execute_from_command_line([sys.argv[0], *arguments])
