"""`ligne token`: keys for programs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import click


@click.group()
def token() -> None:
    """Keys for programs that use the API."""
    import django

    django.setup()


@token.command()
@click.option("--user", "email", required=True, help="Whom the key acts as: their e-mail address.")
@click.option("--scope", "scopes", multiple=True, required=True, help="What it may do; may be repeated. * is all.")
@click.option("--name", default="", help="What it is for, for people.")
@click.option("--days", type=click.IntRange(1, 3650), default=None, help="Days until it ends; without, it does not.")
@click.option("--json", "as_json", is_flag=True)
def create(*, email: str, scopes: tuple[str, ...], name: str, days: int | None, as_json: bool) -> None:
    """Make a key and print it, alone. It is shown this once: only a digest is kept."""
    from ligne.kit.viewer import Viewer
    from ligne.staff.models import User
    from ligne.staff.services import tokens

    unknown = sorted(set(scopes) - {*tokens.SCOPES, tokens.EVERYTHING})
    if unknown:
        raise click.BadParameter(f"{unknown[0]}: choose among {', '.join(tokens.SCOPES)} or *", param_hint="--scope")
    person = User.objects.filter(email=email.strip().lower()).first()
    if person is None:
        raise click.BadParameter(f"nobody here has the address {email}", param_hint="--user")
    ends = datetime.now(UTC) + timedelta(days=days) if days else None
    secret, row = tokens.create(Viewer.system(), user_id=person.pk, scopes=scopes, name=name, expires_at=ends)
    click.echo(json.dumps({"id": row.pk, "token": secret}) if as_json else secret)


@token.command("list")
@click.option("--json", "as_json", is_flag=True)
def listed(*, as_json: bool) -> None:
    """Every key: its number, first characters, person, scopes, last use."""
    from ligne.kit.viewer import Viewer
    from ligne.staff.services import tokens

    rows = [
        {
            "id": row.pk,
            "shown": row.shown,
            "user": row.user.email,
            "name": row.name,
            "scopes": row.scopes,
            "created_at": row.created_at.isoformat(),
            "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
            "expires_at": row.expires_at.isoformat() if row.expires_at else None,
            "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
        }
        for row in tokens.listed(Viewer.system())
    ]
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        state = "revoked" if row["revoked_at"] else "live"
        click.echo(f"{row['id']}\t{row['shown']}…\t{row['user']}\t{','.join(row['scopes'])}\t{state}\t{row['name']}")


@token.command()
@click.argument("number", type=click.IntRange(1))
@click.option("--json", "as_json", is_flag=True)
def revoke(*, number: int, as_json: bool) -> None:
    """Take key NUMBER back: its next request is refused."""
    from ligne.kit.errors import NotFound
    from ligne.kit.viewer import Viewer
    from ligne.staff.services import tokens

    try:
        row = tokens.revoke(Viewer.system(), token_id=number)
    except NotFound:
        raise click.ClickException(f"there is no key {number}") from None
    click.echo(json.dumps({"id": row.pk, "revoked": True}) if as_json else f"{row.shown}… revoked")


commands = [token]
