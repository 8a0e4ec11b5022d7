"""Does a stored result come out the same when it is simulated again?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import OURS, ArgumentError, guarded

if TYPE_CHECKING:
    from simfunnel.results import Result

File = Annotated[
    Path, typer.Argument(metavar="FILE.npz", help="A result that `run --save` stored.", show_default=False)
]


@guarded
def replay(file: File, workers: options.Workers = None) -> None:
    """Simulate a stored result again and say whether it is identical."""
    from simfunnel.results import Result
    from simfunnel.simulation import replay as simulate_again

    _refuse_scenario(file)
    stored = Result.load(file)
    again = simulate_again(stored, workers=options.processes(workers))
    # the versions that made the numbers are part of a result; whether the numbers agree is another question
    is_same = Result(again.futures, replace(again.terms, versions=stored.terms.versions)) == stored
    if is_same:
        terminal.say(
            f"Identical: {stored.n_sims:,} futures of {stored.name}, seed {stored.terms.seed}, to the last bit."
        )
    else:
        terminal.say(f"Not identical: {stored.name} comes out differently now.")
    for line in _versions(stored, again):
        terminal.say(line)
    if not is_same:
        raise typer.Exit(OURS)


def _refuse_scenario(file: Path) -> None:
    """Say what is replayed, to somebody who gives what is run."""
    from simfunnel.scenario import presets

    if file.suffix in (".yaml", ".yml") or (str(file) in presets() and not file.exists()):
        said = "is a scenario; replay takes a run that was stored with `simfunnel run --save FILE.npz`"
        raise ArgumentError(f"{file}: {said}")


def _versions(stored: Result, again: Result) -> Iterator[str]:
    """What has changed since."""
    then, now = stored.terms.versions, again.terms.versions
    for name in then | now:
        if then.get(name) != now.get(name):
            yield f"{name}: {then.get(name, 'not there')} then, {now.get(name, 'not there')} now."
