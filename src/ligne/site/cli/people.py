"""Commands about people."""

from __future__ import annotations

import json
import secrets
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from ligne.kit.viewer import Viewer
    from ligne.staff.models import User


@click.group()
def user() -> None:
    """Create people, change passwords, list them."""
    import django

    django.setup()


@user.command()
@click.argument("email")
@click.option("--name", required=True)
@click.option("--role", type=click.Choice(["advisor", "supervisor", "quality", "administrator"]), required=True)
@click.option("--principal", "principals", multiple=True, help="A company served, by its slug; may be repeated.")
@click.option("--language", type=click.Choice(["fr", "en"]), default="fr", show_default=True)
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin instead of drawing one.")
@click.option("--json", "as_json", is_flag=True)
def create(
    *,
    email: str,
    name: str,
    role: str,
    principals: tuple[str, ...],
    language: str,
    password_stdin: bool,
    as_json: bool,
) -> None:
    """Open an account and print its password, unless it came by stdin."""
    from ligne.staff import services

    password = _password(password_stdin)
    viewer = _everywhere()
    made = services.create_person(
        viewer,
        email=email,
        name=name,
        role=role,
        principal_ids=_principal_ids(viewer, principals),
        language=language,
        password=password,
    )
    told = {"id": made.pk, "email": made.email, "password": None if password_stdin else password}
    click.echo(json.dumps(told) if as_json else f"{made.email}  {'' if password_stdin else password}".rstrip())


@user.command()
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin instead of drawing one.")
@click.option("--json", "as_json", is_flag=True)
def password(*, email: str, password_stdin: bool, as_json: bool) -> None:
    """Give a person another password; their open sessions end."""
    from ligne.staff import services

    word = _password(password_stdin)
    viewer = _everywhere()
    person = _by_email(viewer, email)
    services.set_password(viewer, user_id=person.pk, password=word)
    told = {"id": person.pk, "email": person.email, "password": None if password_stdin else word}
    click.echo(json.dumps(told) if as_json else f"{person.email}  {'' if password_stdin else word}".rstrip())


@user.command("list")
@click.option("--json", "as_json", is_flag=True)
def listed(*, as_json: bool) -> None:
    """Everybody: number, address, role, name."""
    from ligne.staff import reads

    rows = [
        {"id": p.pk, "email": p.email, "name": p.name, "role": p.role, "active": p.is_active}
        for p in reads.people(_everywhere(), active=None)
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        click.echo(
            f"{row['id']:>5}  {row['email']:<36} {row['role']:<14} {row['name']}{'' if row['active'] else '  (closed)'}"
        )


def _everywhere() -> Viewer:
    """Who may run commands on this machine sees every company."""
    from ligne.kit.viewer import Viewer
    from ligne.staff.models import Principal

    return Viewer.system(*Principal.objects.values_list("id", flat=True))


def _principal_ids(viewer: Viewer, slugs: tuple[str, ...]) -> list[int]:
    from ligne.staff import reads

    known = {principal.slug: principal.pk for principal in reads.principals(viewer, active=None)}
    unknown = [slug for slug in slugs if slug not in known]
    if unknown:
        raise click.BadParameter(f"there is no company “{unknown[0]}”", param_hint="--principal")
    return [known[slug] for slug in slugs]


def _by_email(viewer: Viewer, email: str) -> User:
    from ligne.staff import reads

    for person in reads.people(viewer, q=email.strip(), active=None):
        if person.email == email.strip().lower():
            return person
    raise click.BadParameter(f"nobody here has the address {email}", param_hint="EMAIL")


def _password(from_stdin: bool) -> str:
    if not from_stdin:
        return secrets.token_urlsafe(12)
    return sys.stdin.readline().rstrip("\n")


commands: list[click.Command] = [user]
