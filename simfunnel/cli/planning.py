"""What does `simfunnel plan` print?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import guarded

if TYPE_CHECKING:
    from simfunnel.studies.sizing import BackwardPlan

Target = Annotated[
    str | None,
    typer.Option(
        "--target", metavar="CLAIM", help="What should hold: 'deals >= 10' (default the plan).", show_default=False
    ),
]
Chances = Annotated[
    list[str] | None,
    typer.Option(
        "--chance",
        metavar="SHARE",
        help="How likely it should hold: 90%. Repeatable (default 50, 80, 90, 95 %).",
        show_default=False,
    ),
]
Sources = Annotated[
    list[str] | None,
    typer.Option(
        "--source",
        metavar="NAME",
        help="Whose volume moves (default all sources that bring new leads). Repeatable.",
        show_default=False,
    ),
]


@guarded
def plan(
    config: options.Config,
    target: Target = None,
    chance: Chances = None,
    source: Sources = None,
    sims: options.Sims = None,
    seed: options.Seed = 0,
    set_: options.Set = None,
    workers: options.Workers = None,
    as_json: options.Json = False,
    out: options.Out = None,
) -> None:
    """Make the plan backwards, from customers to budget: the spreadsheet's figures beside those that hold."""
    from simfunnel.cli import artefacts
    from simfunnel.studies.sizing import plan as make
    from simfunnel.studies.sizing.backward import USUAL

    base = options.scenario(config, set_)
    chances = [options.share_between("--chance", each) for each in chance or ()]
    artefacts.prepare(out)
    found = make(
        base,
        target,
        chances or USUAL,
        sources=source,
        n_sims=10_000 if sims is None else sims,
        seed=seed,
        workers=options.processes(workers),
    )
    artefacts.hand_over(found, out, artefacts.write_plan, show, as_json)


def show(found: BackwardPlan) -> None:
    """Print a plan made backwards: the answer first, the table, then what to know of it."""
    from simfunnel.studies.sizing.backward_wording import heads, notes, sentence, table_rows

    terminal.answer(sentence(found), heads(found), table_rows(found), notes(found))
