"""What does `simfunnel sweep` print?"""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import ArgumentError, guarded

if TYPE_CHECKING:
    from simfunnel.studies.sweep import SweepResult
    from simfunnel.studies.sweep.study import Expectation

LONG_SECONDS, MANY_POINTS = 600, 10_000  # beyond which it is asked whether to go on

SweepFile = Annotated[str, typer.Argument(metavar="FILE", help="A sweep file: a scenario, and what varies in it.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="DIR",
        help="Keep what is computed in this folder, with its table; a sweep that is there goes on.",
        show_default=False,
    ),
]
Jobs = Annotated[
    int | None,
    typer.Option(
        "--jobs",
        "--workers",
        min=1,
        metavar="N",
        help="Processes that share the work (default one a core); no number depends on it.",
        show_default=False,
    ),
]
Dask = Annotated[
    str | None,
    typer.Option(
        "--dask",
        metavar="ADDRESS",
        help="Let a Dask cluster's workers do it: tcp://HOST:8786.",
        show_default=False,
    ),
]
Sims = Annotated[
    int | None,
    typer.Option(
        "--sims",
        min=1,
        max=options.MOST,
        metavar="N",
        help="Futures of each point, in place of the file's.",
        show_default=False,
    ),
]
Seed = Annotated[
    int | None, typer.Option("--seed", min=0, metavar="S", help="In place of the file's seed.", show_default=False)
]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask, however long it takes.")]


@guarded
def sweep(
    file: SweepFile,
    out: Out = None,
    jobs: Jobs = None,
    dask: Dask = None,
    sims: Sims = None,
    seed: Seed = None,
    set_: options.Set = None,
    yes: Yes = False,
    as_json: options.Json = False,
) -> None:
    """Simulate every point of a sweep file, and find the best. What is computed is never computed twice."""
    from simfunnel.cli import artefacts
    from simfunnel.studies.sweep import define
    from simfunnel.studies.sweep.cluster import cluster
    from simfunnel.studies.sweep.study import run, said_if_full

    if jobs is not None and dask is not None:
        raise ArgumentError("--jobs is about processes of this machine, --dask about a cluster's; give one of them")
    wanted = define(file, n_sims=sims, seed=seed, set=options.settings(set_) or None)
    with nullcontext() if dask is None else cluster(dask) as executor:
        found = run(
            wanted,
            out=out,
            workers=options.processes(jobs),
            executor=executor,
            go_on=lambda expected: _go_on(expected, yes, out),
        )
    with nullcontext() if out is None else said_if_full(out):
        artefacts.hand_over(found, out, artefacts.write_sweep, show, as_json)
    terminal.complain(f"{found.account}")
    for note in found.account.notes if found.account is not None else ():
        terminal.complain(f"Note: {note}.")


def show(found: SweepResult) -> None:
    """Print a sweep: the best point, the table, what to know of it."""
    from simfunnel.studies.sweep.wording import heads, more, notes, rows, sentence

    left = more(found)
    terminal.answer(sentence(found), heads(found), rows(found), [*([left] if left else []), *notes(found)])


def _go_on(expected: Expectation, yes: bool, out: Path | None) -> bool:
    """Ask whether to go on where it takes long."""
    from simfunnel.progress import lasting

    if expected.seconds < LONG_SECONDS and expected.n_points <= MANY_POINTS:
        return True
    said = f"{expected.n_points:,} points will take {lasting(expected.seconds)}"
    if yes:
        terminal.complain(f"{said}.")
        return True
    if not _is_answered():
        kept = "" if out is None else f" What has been done is kept in {out}."
        raise ArgumentError(f"{said}; give --yes to go on.{kept}")
    try:
        return typer.confirm(f"{said}. Go on?", err=True)
    except typer.Abort:  # Ctrl-C or Ctrl-D for an answer
        return False


def _is_answered() -> bool:
    return sys.stdin.isatty()
