"""What does `simfunnel size` print?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import ArgumentError, guarded

if TYPE_CHECKING:
    from simfunnel.scenario import Scenario
    from simfunnel.studies.sizing import Sizing

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


@guarded
def size(
    config: options.Config,
    lever: LeverPath,
    target: Target,
    chance: Wanted,
    low: Low = None,
    high: High = None,
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
    least, most = _bound(base, lever, "low", low), _bound(base, lever, "high", high)
    artefacts.prepare(out)
    found = find(
        base,
        lever,
        target,
        wanted,
        low=least,
        high=most,
        n_sims=10_000 if sims is None else sims,
        seed=seed,
        workers=options.processes(workers),
    )
    if out is not None:  # before anything is printed: a reader who stops reading must not cost the files
        artefacts.write_sizing(found, out)
    if as_json:
        terminal.raw(json.dumps(found.to_json(), indent=2))
    else:
        show(found)


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


def _bound(base: Scenario, lever: str, name: str, text: str | None) -> float | None:
    """An end of the range, written as the value of the lever is."""
    from simfunnel.levers import find

    if text is None:
        return None
    try:
        return find(base, lever).read(text.strip())
    except ValueError as error:
        raise ArgumentError(f"--{name}: {error}") from None
