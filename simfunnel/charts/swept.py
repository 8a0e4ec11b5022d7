"""What do all charts of a sweep say alike: which points they show, and what these rest on?"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping

import numpy as np
import numpy.typing as npt

from simfunnel.charts import words
from simfunnel.charts.style import label
from simfunnel.claims import Claim
from simfunnel.studies.sweep import SweepResult, slices, wording
from simfunnel.studies.sweep.best import Choice
from simfunnel.studies.sweep.slices import SharedPlaceError, Slice, cut

WANTED = 0.8


def axes_of(
    found: SweepResult, measure: str, x: str | None, y: str | None, taken: Iterable[str] = ()
) -> list[str]:  # fmt: skip
    """The parameters of the axes: x and y, by default the first that vary, numbers before words.

    Of a design that draws its points those that move the measure most.
    """
    moving = [each.path for each in wording.moved(found, measure, range(found.sweep.n_points))]
    return slices.axes_of(found.sweep, x, y, taken, moving)


def sliced(
    found: SweepResult, measure: str, x: str | None, y: str | None, at: Mapping[str, object] | None
) -> Slice:  # fmt: skip
    """The points along these axes."""
    try:
        return cut(found.sweep, axes_of(found, measure, x, y, at or ()), at)
    except SharedPlaceError as error:
        raise ValueError(f"{error}; or draw a picture of each value: sf.charts.small_multiples(found)") from None


def wanted(found: SweepResult, measure: str, level: float | None) -> float | None:
    """Which value is marked: of a claim a chance of 80 %, of another measure none, unless one is asked for."""
    return WANTED if level is None and isinstance(found.asked(measure), Claim) else level


def place(choice: Choice | None, points: npt.NDArray[np.int64]) -> tuple[int, int] | None:
    """Where in an array of points the best is; None where it is not there, or nothing was to be chosen."""
    if choice is None or choice.is_trivial:
        return None
    return next(((int(row), int(column)) for row, column in np.argwhere(points == choice.point)), None)


def title(found: SweepResult, measure: str, points: Iterable[int], held: Container[str]) -> str:
    """The best of the points that are shown, what it is worth, and how many cannot be told from it."""
    said = wording.headline(found, measure, points=points, held=held)
    return said.replace(measure, label(measure, 40), 1)


def start(found: SweepResult, piece: Slice) -> Iterator[str]:
    """What the line below the title begins with: the sweep, what is held and what else varies."""
    yield label(found.sweep.name, 40)
    short = wording.names(found.sweep)
    if piece.fixed:
        yield ", ".join(f"{short[path]} {label(text, 24)}" for path, text in piece.fixed.items())
    if piece.others:
        others = ", ".join(short[path] for path in piece.others)
        yield f"in step: {others}" if piece.is_grid else f"more that varies: {others}"


def called(found: SweepResult, measure: str) -> str:
    """What is shown, in words."""
    asked = found.asked(measure)
    if isinstance(asked, Claim):
        return f"Chance of {label(measure, 32)}"
    return f"Mean {label(words.said(str(asked)), 32)}"


def rests_on(found: SweepResult, points: Iterable[int]) -> str:
    """How many futures are behind each point."""
    sims = sorted({found.store.n_sims(point) for point in points} - {0})
    if not sims:
        return "no futures"
    most = f" to {sims[-1]:,}" if len(sims) > 1 else ""
    return f"{sims[0]:,}{most} future{'s' * (sims[-1] > 1)} a point, the same at all, seed {found.sweep.seed}"
