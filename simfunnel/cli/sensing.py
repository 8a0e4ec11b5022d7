"""What does `simfunnel sensitivity` print?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import ArgumentError, guarded

if TYPE_CHECKING:
    from simfunnel.studies.sensitivity import Sensitivity

MeasureName = Annotated[
    str, typer.Option("--measure", metavar="MEASURE", help="What is driven: deals, profit, or a claim: 'deals >= 10'.")
]
Method = Annotated[
    list[str] | None,
    typer.Option(
        "--method",
        metavar="METHOD",
        help="tornado, 'given data' or sobol (needs the extra `sensitivity`). Repeatable; default the first two.",
        show_default=False,
    ),
]
Range = Annotated[
    list[str] | None,
    typer.Option(
        "--range",
        metavar="PATH=LOW:HIGH",
        help="Move a number too that is written as certain: stages.sql.neglect=2%:20%. Repeatable.",
        show_default=False,
    ),
]
Between = Annotated[
    str, typer.Option("--between", metavar="LOW:HIGH", help="Quantiles at which the tornado holds what is uncertain.")
]


@guarded
def sensitivity(
    config: options.Config,
    measure: MeasureName = "deals",
    method: Method = None,
    range_: Range = None,
    between: Between = "10%:90%",
    sims: options.Sims = None,
    seed: options.Seed = 0,
    set_: options.Set = None,
    workers: options.Workers = None,
    as_json: options.Json = False,
    out: options.Out = None,
) -> None:
    """Find what drives the risk: what each uncertain input moves, and what share is its own, or luck."""
    from simfunnel.cli import artefacts
    from simfunnel.studies.sensitivity import runs_needed
    from simfunnel.studies.sensitivity import sensitivity as study

    scenario = options.scenario(config, set_)
    held, quantiles = ranges(range_), _between(between)
    artefacts.prepare(out)
    n_sims = 10_000 if sims is None else sims
    many = runs_needed(scenario, measure, method=method, ranges=held, between=quantiles, n_sims=n_sims)
    terminal.complain(f"{many} run{'s' * (many > 1)} of {n_sims:,} futures each, the same futures in all.")
    found = study(
        scenario,
        measure,
        method=method,
        ranges=held,
        between=quantiles,
        n_sims=n_sims,
        seed=seed,
        workers=options.processes(workers),
    )
    artefacts.hand_over(found, out, artefacts.write_sensitivity, show, as_json)


def show(found: Sensitivity) -> None:
    """Print a study of sensitivity: the answer first, then of each part its table and what else must be known."""
    from simfunnel.studies.sensitivity.wording import parts

    terminal.say(found.sentence, style="bold")
    for heading, heads, rows, notes in parts(found):
        terminal.say(f"\n{heading}")
        terminal.show(heads, rows)
        *said, rests_on = notes
        for note in said:
            terminal.say(note)
        terminal.say(rests_on, style="dim")


def ranges(texts: Iterable[str] | None) -> dict[str, tuple[str, str]]:
    """What `--range` says: key path to its two ends.

    Raises
    ------
    ArgumentError
        When one is not PATH=LOW:HIGH, or a path is given twice.
    """
    found: dict[str, tuple[str, str]] = {}
    for text in texts or ():
        path, equals, ends = text.partition("=")
        low, colon, high = ends.partition(":")
        if not (equals and colon and path.strip() and low.strip() and high.strip()) or ":" in high:
            said = f"--range: '{text}' is no range; write PATH=LOW:HIGH"
            raise ArgumentError(f"{said}, such as --range stages.sql.neglect=2%:20%")
        if path.strip() in found:
            raise ArgumentError(f"--range: '{path.strip()}' is given twice")
        found[path.strip()] = low.strip(), high.strip()
    return found


def _between(text: str) -> tuple[float, float]:
    low, colon, high = text.partition(":")
    if not colon:
        raise ArgumentError(f"--between: '{text}' names no two quantiles; write one such as 10%:90%")
    found = options.share_between("--between", low), options.share_between("--between", high)
    if found[0] >= found[1]:
        raise ArgumentError(f"--between: '{text}' begins with the higher; write one such as 10%:90%")
    return found
