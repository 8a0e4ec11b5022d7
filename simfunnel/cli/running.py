"""What does `simfunnel run` print?"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from simfunnel.cli import options, tables, terminal
from simfunnel.cli.faults import ArgumentError, guarded

if TYPE_CHECKING:
    from simfunnel.claims import Claim, Selector
    from simfunnel.resolved import Resolved
    from simfunnel.results import Chance, Mean, Result

_HEADS = ("", "mean", "mcse", "P10", "P50", "P90")

Sims = Annotated[
    int | None,
    typer.Option(
        min=1,
        max=options.MOST,
        metavar="N",
        help="Futures (default 10,000; with --precision the most to use).",
        show_default=False,
    ),
]
Claims = Annotated[
    list[str] | None,
    typer.Option("--chance", metavar="CLAIM", help="How likely is 'deals >= 10'? Repeatable.", show_default=False),
]
Precision = Annotated[
    str | None,
    typer.Option(
        metavar="X", help="Run until the 95 % interval of --of reaches at most X to each side.", show_default=False
    ),
]
Of = Annotated[
    str | None,
    typer.Option(
        metavar="CLAIM", help="A claim (its chance) or a measure (its mean; default deals).", show_default=False
    ),
]
Save = Annotated[
    Path | None,
    typer.Option(metavar="FILE.npz", help="Store the result, to be read or replayed later.", show_default=False),
]
Table = Annotated[
    list[str] | None,
    typer.Option(
        metavar="NAME",
        help=f"Print {', '.join(tables.NAMES)} or all.",
        show_default=False,
    ),
]


@guarded
def run(
    config: options.Config,
    sims: Sims = None,
    seed: options.Seed = 0,
    set_: options.Set = None,
    keep: options.Keep = None,
    chance: Claims = None,
    precision: Precision = None,
    of: Of = None,
    table: Table = None,
    workers: options.Workers = None,
    as_json: options.Json = False,
    out: options.Out = None,
    save: Save = None,
) -> None:
    """Simulate a scenario: what will it bring, and what do cold leads cost?"""
    from simfunnel.cli import artefacts
    from simfunnel.resolved import resolve
    from simfunnel.simulation import simulate

    shown = tables.wanted(table)
    if shown and as_json:
        raise ArgumentError("--table is for people, --json for programs; give one of them")
    width, asked = options.precision(precision), options.claims(chance)
    if of is not None and width is None:
        raise ArgumentError("--of says what --precision is about; give --precision too")
    scenario = options.scenario(config, set_)
    resolved = resolve(scenario)
    target = options.target("deals" if of is None else of)
    options.check_precision(precision, target)
    keeps = options.kept(keep or (), [options.part(target), *(claim.selector for claim in asked)])
    if keeps or asked or of is not None:
        _try(resolved, keeps, [*asked, target])
    artefacts.prepare(out, save)
    result = simulate(
        resolved,
        n_sims=sims,
        seed=seed,
        workers=options.processes(workers),
        keep=keeps,
        precision=width,
        of=str(target),
    )
    artefacts.write(result, out, save)  # before anything is printed: a reader who stops reading must not cost the files
    for caution in options.beware(config, set_, scenario):
        terminal.complain(caution)
    if as_json:
        _print_json(result, asked)
    else:
        show(result, asked, shown)
    if width is not None:
        estimate = _ask(result, target)
        reached = "reached" if estimate.half_width <= width else "not reached"
        terminal.complain(f"Precision {reached}: {_said(target)} is {estimate}.")


def show(result: Result, asked: Sequence[Claim] = (), shown: Sequence[str] = ()) -> None:
    """Print a result: the sentence first, then the table, what was asked, whose fault the gap is, other tables."""
    from simfunnel.claims import parse_selector
    from simfunnel.results.overview import rows, sentence

    terminal.say(sentence(result), style="bold")
    terminal.say("")
    terminal.show(_HEADS, rows(result))
    kept = [name for name in result.futures.kept if name not in {str(claim.selector) for claim in asked}]
    if asked or kept:
        terminal.say("")
    for name in kept:
        middle = result.quantile(name, 0.5)
        terminal.say(f"{parse_selector(name).words}: mean {result.mean(name)}; median {middle}")
    for claim in asked:
        terminal.say(f"Chance of {claim}: {result.chance(claim)}")
    causes = [] if "ledger" in shown else tables.causes(result)
    if len(causes) > 2:  # the last is their total, and of a single cause the table above says it all
        terminal.say("\nWhat the cold leads cost, by cause (mean ± half of its 95 % confidence interval):")
        terminal.show(("", *(head for head, _ in tables.CAUSES.values())), causes)
    teams = ("teams",) if result.futures.tallies.teams and "teams" not in shown else ()
    tables.show(result, (*teams, *shown))
    if result.terms.derived:
        terminal.say("")
    for text in result.terms.derived:
        terminal.say(f"Derived: {text}.", style="dim")


def _try(resolved: Resolved, keeps: Sequence[str], asked: Sequence[Claim | Selector]) -> None:
    """Ask one future everything that will be asked of all, so that a slip shows now and not after a long run."""
    from simfunnel.simulation import simulate

    one = simulate(resolved, n_sims=1, workers=1, keep=keeps, progress=False)
    for each in asked:
        _ask(one, each)


def _said(target: Claim | Selector) -> str:
    from simfunnel.claims import Claim

    return str(target) if isinstance(target, Claim) else f"the mean of {target.words}"


def _ask(result: Result, target: Claim | Selector) -> Chance | Mean:
    """The chance of a claim, the mean of a measure."""
    from simfunnel.claims import Claim

    return result.chance(target) if isinstance(target, Claim) else result.mean(str(target))


def _print_json(result: Result, asked: Sequence[Claim]) -> None:
    found: dict[str, Any] = result.to_json()
    for claim in asked:
        chance = result.chance(claim)
        figures = {"value": chance.value, "low": chance.low, "high": chance.high}
        found["chances"][str(claim)] = figures if chance.n else dict.fromkeys(figures)
    terminal.raw(json.dumps(found, indent=2))
