"""What does `simfunnel size` print?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import ArgumentError, guarded

if TYPE_CHECKING:
    from simfunnel.scenario import Scenario
    from simfunnel.studies.sizing import Frontier, Sizing

LeverPath = Annotated[
    str,
    typer.Option("--lever", metavar="PATH", help="What moves: sources.inbound.leads.", show_default=False),
]
Target = Annotated[
    str, typer.Option("--target", metavar="CLAIM", help="What should hold: 'deals >= 10'.", show_default=False)
]
Wanted = Annotated[
    str, typer.Option("--chance", metavar="SHARE", help="How likely it should hold: 90%.", show_default=False)
]
Low = Annotated[
    str | None,
    typer.Option("--low", metavar="VALUE", help="Look no lower than this, written as in the file.", show_default=False),
]
High = Annotated[
    str | None,
    typer.Option(
        "--high", metavar="VALUE", help="Look no higher than this, written as in the file.", show_default=False
    ),
]
By = Annotated[
    str | None,
    typer.Option(
        "--by",
        metavar="PATH",
        help="A second lever, such as teams.sales.people: tell what it takes beside each of its values.",
        show_default=False,
    ),
]
ByValues = Annotated[
    list[str] | None,
    typer.Option(
        "--by-value",
        metavar="VALUE",
        help="A value of the second lever, written as in the file. Repeatable.",
        show_default=False,
    ),
]


@guarded
def size(
    config: options.Config,
    lever: LeverPath,
    target: Target,
    chance: Wanted,
    low: Low = None,
    high: High = None,
    by: By = None,
    by_value: ByValues = None,
    sims: options.Sims = None,
    seed: options.Seed = 0,
    set_: options.Set = None,
    workers: options.Workers = None,
    as_json: options.Json = False,
    out: options.Out = None,
) -> None:
    """Find how much of a lever a target needs, so that it is reached with a wanted chance."""
    from simfunnel.cli import artefacts
    from simfunnel.studies.sizing import size as find

    base = options.scenario(config, set_)
    wanted = options.share_between("--chance", chance)
    least, most = (None if text is None else _read(base, lever, name, text)
                   for name, text in (("--low", low), ("--high", high)))  # fmt: skip
    settings: dict[str, Any] = {"low": least, "high": most, "seed": seed, "workers": options.processes(workers)}
    artefacts.prepare(out)
    if by is not None or by_value:
        found = _beside(base, (lever, by, by_value or []), target, wanted, sims=sims, **settings)
        artefacts.hand_over(found, out, artefacts.write_frontier, show_frontier, as_json)
        return
    sized = find(base, lever, target, wanted, n_sims=10_000 if sims is None else sims, **settings)
    artefacts.hand_over(sized, out, artefacts.write_sizing, show, as_json)


def _beside(
    base: Scenario,
    levers: tuple[str, str | None, list[str]],
    target: str,
    wanted: float,
    *,
    sims: int | None,
    **how: Any,
) -> Frontier:
    """The lever beside values of a second one, for the usual chances and the wanted one."""
    from simfunnel.studies.sizing import frontier
    from simfunnel.studies.sizing.two_levers import USUAL

    lever, by, texts = levers
    if by is None:
        raise ArgumentError("--by-value: is a value of a second lever, and there is none; name one with --by")
    values = [_read(base, by, "--by-value", text) for text in texts]
    more = how if sims is None else {**how, "n_sims": sims}
    return frontier(base, lever, by, target, {*USUAL, wanted}, values=values or None, **more)


def show(found: Sizing) -> None:
    """Print a sizing: the answer first, what to beware of, then prices and curve."""
    from simfunnel.studies.sizing.wording import CURVE_HEADS, HEADS, curve_rows, notes, price_rows, sentence

    terminal.say(sentence(found), style="bold")
    *said, rests_on = notes(found)
    for note in said:
        terminal.say(note)
    terminal.say("\nThe price of certainty, each row against the one before:")
    terminal.show(HEADS, price_rows(found))
    terminal.say(f"\nChance of {found.target}:")
    terminal.show(CURVE_HEADS, curve_rows(found))
    terminal.say("")
    terminal.say(rests_on, style="dim")


def show_frontier(found: Frontier) -> None:
    """Print a frontier: where it is cheapest, the table, what to beware of."""
    from simfunnel.studies.sizing.frontier_wording import heads, notes, sentence, table_rows

    terminal.answer(sentence(found), heads(found), table_rows(found), notes(found))


def _read(base: Scenario, lever: str, option: str, text: str) -> float:
    """A value of a lever, written as in the file."""
    from simfunnel.levers import find

    try:
        return find(base, lever).read(text.strip())
    except ValueError as error:
        raise ArgumentError(f"{option}: {error}") from None
