"""`ligne simulate`: customers on the real channels of a running centre; studies of routing."""

from __future__ import annotations

import json
import signal
import sys
import threading
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click


@click.group()
def simulate() -> None:
    """Customers, routing and dialling, simulated."""


@simulate.command()
@click.option("--rate", type=click.FloatRange(0.01, 6000), default=6.0, show_default=True, help="Arrivals a minute.")
@click.option("--minutes", type=click.FloatRange(0.01, 24 * 60), default=5.0, show_default=True)
@click.option("--channels", default="email,chat", show_default=True, help="Among email, chat.")
@click.option("--advisors", type=click.IntRange(0, 200), default=0, help="Colleagues who answer, beside you.")
@click.option("--seed", type=int, default=None)
@click.option("--ledger", "ledger_path", type=click.Path(path_type=Path), default=None, help="Keep what was sent.")
@click.option("--json", "as_json", is_flag=True)
def traffic(
    *,
    rate: float,
    minutes: float,
    channels: str,
    advisors: int,
    seed: int | None,
    ledger_path: Path | None,
    as_json: bool,
) -> None:
    """Write real mails and hold real chats with the centre that runs here."""
    import django

    django.setup()
    from django.conf import settings

    from ligne.kit import clock
    from ligne.site.simulation import audit, colleagues
    from ligne.site.simulation.ledger import Ledger
    from ligne.site.simulation.people import Public
    from ligne.site.simulation.traffic import CHANNELS, Plan, run

    asked = tuple(c.strip() for c in channels.split(",") if c.strip())
    if not asked or set(asked) - set(CHANNELS):
        raise click.BadParameter(f"choose among {', '.join(CHANNELS)}", param_hint="--channels")
    public = Public(seed)
    if not public:
        raise click.ClickException("there is no demo company here: run `ligne demo` first")
    stop = threading.Event()
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    crew = [threading.Thread(target=colleagues.work, args=(u, stop)) for u in colleagues.choose(advisors)]
    for colleague in crew:
        colleague.start()
    ledger = Ledger(ledger_path)
    began = clock.now()
    plan = Plan(rate, minutes, asked, f"http://127.0.0.1:{settings.WEB_PORT}", "127.0.0.1", settings.SMTP_PORT)
    try:
        with click.progressbar(length=1000, label="traffic", hidden=as_json) as bar:
            result = run(plan, public, ledger, stop, lambda share: bar.update(int(share * 1000) - bar.pos))
    finally:
        stop.set()
        for colleague in crew:
            colleague.join()
    audit.wait_for_the_database()
    findings = audit.compare(line for kind in ledger.count() for line in ledger.lines(kind))
    answer: dict[str, object] = {"started": result.started, "acknowledged": result.acknowledged, "sent": ledger.count()}
    answer |= {"offer": audit.offers(began)}
    answer |= {"findings": asdict(findings), "ok": findings.ok}
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else _words(answer))
    if not findings.ok:
        raise SystemExit(1)


def _words(answer: dict[str, object]) -> str:
    return "\n".join(f"{key}: {value}" for key, value in answer.items())


@simulate.command()
@click.option("--rounds", type=click.IntRange(1, 1000), default=20, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="Which fault comes when.")
@click.option("--only", multiple=True, metavar="FAULT", help="This fault alone; may be repeated, then in that order.")
@click.option("--json", "as_json", is_flag=True)
def faults(*, rounds: int, seed: int, only: tuple[str, ...], as_json: bool) -> None:
    """Break a centre on purpose, again and again, and see that nothing acknowledged is lost or doubled.

    Starts a centre of its own in a folder that is thrown away. Prints a line for each round, then the summary.
    """
    from ligne.site.simulation.faults import drill, kinds

    unknown = [name for name in only if name not in kinds.FAULTS]
    if unknown:
        raise click.BadParameter(f"“{unknown[0]}”: choose among {', '.join(kinds.FAULTS)}", param_hint="--only")
    summary = drill.run(rounds, seed, only, lambda line: click.echo(line, err=as_json))
    click.echo(json.dumps(summary, ensure_ascii=False) if as_json else _verdict(summary))
    if not summary["ok"]:
        raise SystemExit(1)


def _verdict(summary: dict[str, Any]) -> str:
    lines = [
        f"slowest back in {summary['slowest_back_s']} s",
        f"journal: {summary['journal']['entries']} entries, {'verified' if summary['journal']['ok'] else 'BROKEN'}",
        f"backup then restore: {'the same journal' if summary['backup']['same_journal'] else 'ANOTHER JOURNAL'}",
        *(f"left out: {name}" for name in summary["left_out"]),
        "nothing lost, nothing doubled" if summary["ok"] else "THE CENTRE DID NOT KEEP ITS WORD",
    ]
    return "\n".join(lines)


@simulate.command()
@click.option("--json", "as_json", is_flag=True, help="Accepted for uniformity: the answer is always JSON.")
def routing(*, as_json: bool) -> None:
    """Run the real ranking on the study, or the list of studies, on standard input."""
    from ligne.kit.errors import Invalid
    from ligne.routing.rules import simulation

    try:
        asked = json.loads(sys.stdin.buffer.read())
        if not all(isinstance(one, dict) for one in (asked if isinstance(asked, list) else [asked])):
            raise ValueError
        figures = simulation.run_all(asked)
    except (ValueError, RecursionError):
        click.echo("study: the input is not a JSON object, nor a list of them", err=True)
        raise SystemExit(2) from None
    except Invalid as wrong:
        click.echo(f"{wrong.field}: {wrong}", err=True)
        raise SystemExit(2) from None
    click.echo(json.dumps(figures))


commands: list[click.Command] = [simulate]
