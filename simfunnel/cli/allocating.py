"""What does `simfunnel allocate` print?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import ArgumentError, guarded

if TYPE_CHECKING:
    from simfunnel.studies.allocation import Allocation

Maximise = Annotated[
    str | None,
    typer.Option(
        "--maximise",
        metavar="GOAL",
        help="A chance ('deals >= 10'), a mean (profit, roi) or a quantile ('p10 profit'); default: the plan.",
        show_default=False,
    ),
]
Over = Annotated[
    list[str] | None,
    typer.Option(
        "--over",
        metavar="PATH",
        help="What moves: sources.fair.budget, teams.sales.people; or alone sources.fair.sectors. Repeatable.",
        show_default=False,
    ),
]
Bounds = Annotated[
    list[str] | None,
    typer.Option(
        "--bound",
        metavar="PATH: RANGE",
        help="'sources.fair.budget: 20k to 80k', or 'at least 20k', 'at most 80k'. Repeatable.",
        show_default=False,
    ),
]
Rules = Annotated[
    list[str] | None,
    typer.Option(
        "--subject-to",
        metavar="CLAIM",
        help="'sources.search.budget <= 2 * sources.fair.budget', 'sources.fair.budget >= 10% of total'. Repeatable.",
        show_default=False,
    ),
]
Total = Annotated[
    str | None,
    typer.Option("--total", metavar="MONEY", help="To be shared out (default: as much as now).", show_default=False),
]


@guarded
def allocate(
    config: options.Config,
    maximise: Maximise = None,
    over: Over = None,
    bound: Bounds = None,
    subject_to: Rules = None,
    total: Total = None,
    sims: options.Sims = None,
    seed: options.Seed = 0,
    set_: options.Set = None,
    workers: options.Workers = None,
    as_json: options.Json = False,
    out: options.Out = None,
) -> None:
    """Find how a budget is best split over sources and people, or a source over sectors."""
    from simfunnel.cli import artefacts
    from simfunnel.studies.allocation import allocate as split

    base = options.scenario(config, set_)
    bounds = _bounds(bound)
    artefacts.prepare(out)
    found = split(
        base,
        over=over or None,
        maximise=maximise,
        bounds=bounds,
        constraints=subject_to,
        total=None if total is None else _money(total),
        n_sims=10_000 if sims is None else sims,
        seed=seed,
        workers=options.processes(workers),
    )
    artefacts.hand_over(found, out, artefacts.write_allocation, show, as_json)


def show(found: Allocation) -> None:
    """Print an allocation: the answer first, then the split, what to know of it, and how to write it."""
    from simfunnel.studies.allocation.wording import heads, notes, rows, sentence

    terminal.say(sentence(found), style="bold")
    terminal.say("")
    terminal.show(heads(found), rows(found))
    terminal.say("")
    *said, rests_on = notes(found)
    for note in said:
        terminal.say(note)
    if found.is_new:
        terminal.say("\nTo run it so:")
        terminal.say(" ".join(found.set_lines))
    terminal.say(f"\n{rests_on}", style="dim")


def _money(text: str) -> float:
    """What is to be shared out: `300k`."""
    from simfunnel.scenario.text import read_money

    try:
        amount = read_money(text.strip())
    except ValueError as error:
        raise ArgumentError(f"--total: {error}") from None
    if amount <= 0:
        raise ArgumentError(f"--total: '{text}' is nothing to share out; write an amount above 0 such as 300k")
    return amount


def _bounds(texts: Iterable[str] | None) -> dict[str, str]:
    """`PATH: RANGE` of every `--bound`."""
    found: dict[str, str] = {}
    for text in texts or ():
        path, colon, ends = text.rpartition(":")
        path = path.strip()
        if not colon or not path or not ends.strip():
            raise ArgumentError(f"--bound: '{text}' is no bound; write PATH: LOW to HIGH, "
                                "such as 'sources.fair.budget: 20k to 80k'")  # fmt: skip
        if path in found:
            raise ArgumentError(f"--bound: '{path}' is bounded twice, '{found[path]}' and '{ends.strip()}'")
        found[path] = ends.strip()
    return found
