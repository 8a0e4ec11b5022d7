"""What does `simfunnel information` print?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import guarded

if TYPE_CHECKING:
    from simfunnel.studies.information import ValueOfInformation

Configs = Annotated[
    list[str],
    typer.Argument(
        metavar="PLAN [PLAN...]",
        help="Scenario files or presets to choose between; a single one is done or not.",
        show_default=False,
    ),
]
MeasureName = Annotated[
    str, typer.Option("--measure", metavar="MEASURE", help="What the decision is for, an amount of money.")
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Put a value in place of every file's: sources.inbound.cost=40k. Repeatable.",
        show_default=False,
    ),
]


@guarded
def information(
    configs: Configs,
    measure: MeasureName = "profit",
    sims: options.Sims = None,
    seed: options.Seed = 0,
    set_: Set = None,
    workers: options.Workers = None,
    as_json: options.Json = False,
    out: options.Out = None,
) -> None:
    """Find what it is worth to know each uncertain input before choosing a plan: what to measure next."""
    from simfunnel.cli import artefacts
    from simfunnel.studies.information import value_of_information

    plans = [options.scenario(config, set_) for config in configs]
    artefacts.prepare(out)
    found = value_of_information(
        *plans,
        measure=measure,
        n_sims=10_000 if sims is None else sims,
        seed=seed,
        workers=options.processes(workers),
    )
    artefacts.hand_over(found, out, artefacts.write_information, show, as_json)


def show(found: ValueOfInformation) -> None:
    """Print a study of information: the answer first, then a row an input, then what else must be known."""
    from simfunnel.studies.information.wording import heads, notes, rows, sentence

    terminal.say(sentence(found), style="bold")
    terminal.say("\nWhat each uncertain input is worth to know before deciding:")
    terminal.show(heads(found), rows(found))
    terminal.say("")
    *said, rests_on = notes(found)
    for note in said:
        terminal.say(note)
    terminal.say(rests_on, style="dim")
