"""`ligne listen`: a recording in, figures of active listening out. Needs no database."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as documented.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def listen(*, as_json: bool, file: Path) -> None:
    """Measure who spoke when in the recording FILE: the customer on the left, the advisor on the right."""
    from ligne.channels.voice import hearing
    from ligne.kit.errors import Invalid

    try:
        told, times = hearing.listen(file)
    except Invalid as refused:
        click.echo(f"FILE: {file}: {refused}", err=True)
        raise SystemExit(1) from None
    if as_json:
        click.echo(json.dumps(asdict(told) | {"x_realtime": round(times, 1)}))
        return
    click.echo(
        f"customer   {told.customer_share:7.1%}   advisor {told.advisor_share:7.1%}   of {told.duration_s:.0f} s"
    )
    click.echo(f"together   {told.overlap_share:7.1%}   nobody  {told.silence_share:7.1%}")
    click.echo(f"advisor's longest turn {told.longest_advisor_turn_s:.1f} s, interruptions {told.interruptions}")


commands: list[click.Command] = [listen]
