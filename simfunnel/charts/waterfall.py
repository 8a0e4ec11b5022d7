"""Where do the deals go between the plan and what the future brings on average?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from simfunnel.charts import words
from simfunnel.charts.promise import promise
from simfunnel.charts.style import (
    BLUE,
    FAINT,
    GREEN,
    GREY,
    INK,
    MISSED,
    SKY,
    frame,
    inked,
    label,
    rows,
    scale,
    settle,
    width,
)
from simfunnel.charts.subject import check
from simfunnel.results import Result
from simfunnel.results.futures import CAUSES, LEDGER_FIELDS
from simfunnel.results.intervals import mcse_of_sums, mean_mcse, z_value
from simfunnel.results.text import figure

Array = npt.NDArray[Any]
#: Causes that have a bar of their own: at most so many, each with at least this share of all; the others share one.
_MOST_CAUSES, _LEAST_SHARE = 7, 0.03


class Step(NamedTuple):
    """One bar: from where to where, with the Monte Carlo error of its length.

    `kind` is ``plan``, ``twin`` or ``actual`` for the bars that stand on 0, and ``assumed``, ``lost`` or ``recovered``
    for those that lead from one to the next.
    """

    kind: str
    label: str
    start: float
    end: float
    mcse: float

    @property
    def change(self) -> float:
        return self.end - self.start


@dataclass(frozen=True)
class WaterfallPoints:
    """Means per future, in deals or currency units; each step starts exactly where the last one ended."""

    measure: str
    steps: tuple[Step, ...]

    def only(self, kind: str) -> list[Step]:
        """The steps of one kind."""
        return [step for step in self.steps if step.kind == kind]


def waterfall_points(run: Result, measure: str = "deals") -> WaterfallPoints:
    """Plan, ideal twin, what each cause takes, what is won all the same, and the mean of the futures.

    Levels are whole deals or cents summed over the futures and divided once, so they meet exactly.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> steps = waterfall_points(run).steps
    >>> steps[-1].kind, steps[-1].end == steps[-2].end
    ('actual', True)
    """
    check(run, Result)
    if measure not in ("deals", "revenue"):
        raise ValueError(f"the ledger books deals and revenue, not {measure!r}")
    unit = 100.0 if measure == "revenue" else 1.0
    base, n = run.futures.base, run.n_sims
    twin_mcse, actual_mcse = (mean_mcse(base[name] / unit)[1] for name in (f"twin_{measure}", measure))
    plan, steps = promise(run, measure), []
    level, actual = _exact_sum(base[f"twin_{measure}"]), _exact_sum(base[measure])
    twin, booked = level / n / unit, list(_booked(run, measure))
    if plan is not None:
        steps.append(Step("plan", "Plan", 0.0, plan.value, 0.0))
        steps.append(Step("assumed", "Even if no lead went cold", plan.value, twin, twin_mcse))
    steps.append(Step("twin", "Ideal twin", 0.0, twin, twin_mcse))
    for i, (kind, text, total, mcse) in enumerate(booked, start=1):
        # sums of the ledger are floats: beyond 2^53 cents they lose some, which the last entry takes
        start, level = level, level + total if i < len(booked) else actual
        steps.append(Step(kind, text, start / n / unit, level / n / unit, mcse / unit))
    steps.append(Step("actual", "The future, on average", 0.0, actual / n / unit, actual_mcse))
    return WaterfallPoints(measure, tuple(steps))


def waterfall(run: Result, measure: str = "deals", *, ax: Axes | None = None) -> Axes:
    """Draw the way from the plan to what the future brings on average, cause by cause.

    Parameters
    ----------
    run : Result
    measure : str
        ``deals`` or ``revenue``.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes
        The title is what leads going cold cost, with its confidence interval.

    Raises
    ------
    ValueError
        When the ledger does not book the measure.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> sf.charts.waterfall(run, "revenue").get_xlabel()
    'Revenue, mean per future'
    """
    points = waterfall_points(run, measure)
    unit, currency = words.unit(measure), run.terms.currency
    with inked(ax) as ax:
        gutter = rows(ax, [step.label for step in points.steps])
        _ink(ax, points, [_text(step, unit, currency) for step in points.steps])
        scale(ax.xaxis, words.tick(unit, currency), most=7)
        frame(
            ax, title=_title(run, measure), subtitle=f"{label(run.name, 44)}; mean per future ± 95 % confidence",
            footer=words.futures(run), xlabel=f"{measure.capitalize()}, mean per future", gutter=gutter,
        )  # fmt: skip
    return ax


_COLOURS = {"plan": GREY, "twin": GREEN, "actual": BLUE, "lost": MISSED, "recovered": SKY, "assumed": GREY}


def _ink(ax: Axes, points: WaterfallPoints, texts: list[str]) -> None:
    room, _ = settle(ax)
    ends = [max(step.start, step.end) for step in points.steps]
    # as wide as lets every text stand right of its bar
    reach = max(end * room / max(room - width(ax, text) - 10, 1) for end, text in zip(ends, texts, strict=True)) or 1.0
    ax.set_xlim(min(0.0, *(step.end for step in points.steps)), reach)
    for i, (step, text, end) in enumerate(zip(points.steps, texts, ends, strict=True)):
        is_level = step.kind in ("plan", "twin", "actual")
        ax.barh(i, step.change, 0.66, left=step.start, color=_COLOURS[step.kind], linewidth=0)
        if i + 1 < len(points.steps):
            ax.plot([step.end, step.end], [i - 0.33, i + 1.33], color=FAINT, linewidth=0.8)
        ax.annotate(
            text, (end, i), (6, 0), textcoords="offset points", va="center", color=INK if is_level else FAINT,
            annotation_clip=False,
        )  # fmt: skip


def _text(step: Step, unit: str, currency: str) -> str:
    reach = z_value() * step.mcse
    if step.kind in ("plan", "twin", "actual"):
        value = figure(step.end, unit, step.mcse, currency)
    else:
        value = words.signed(step.change, unit, step.mcse, currency)
    return value if not reach > 0 else f"{value} ± {figure(reach, unit, step.mcse, currency)}"


def _booked(run: Result, measure: str) -> Iterator[tuple[str, str, int, float]]:
    """Kind, label, sum over the futures (whole deals or cents) and mcse of each entry of the ledger that is not 0."""
    tallies, n = run.futures.tallies, run.n_sims
    at = LEDGER_FIELDS.index(f"lost_{measure}")
    total, square = tallies.ledger_total[..., at], tallies.ledger_square[..., at]
    errors = mcse_of_sums(total, square, n)
    names = [[f"{label(stage, 24)}: {cause}" for cause in CAUSES] for stage in tallies.stages]
    order = np.argsort(-total, axis=None, kind="stable")
    causes = [i for i in range(total.size) if total.flat[i] > 0]
    own = {i for i in order[:_MOST_CAUSES].tolist() if total.flat[i] >= _LEAST_SHARE * total.sum()}
    if len(causes) - len(own) == 1:  # a single one takes no more room by its name
        own = set(causes)
    for i in causes:
        if i in own:
            yield "lost", names[i // len(CAUSES)][i % len(CAUSES)], -round(total.flat[i]), float(errors.flat[i])
    others = [i for i in causes if i not in own]
    if others:
        error = float(np.sum(errors.flat[others]))  # at most, whatever they have to do with each other
        yield "lost", f"{len(others)} smaller causes", -sum(round(total.flat[i]) for i in others), error
    recovered = run.futures.base[f"recovered_{measure}"]
    if recovered.any():
        yield "recovered", "Won all the same", _exact_sum(recovered), mean_mcse(recovered)[1]


def _exact_sum(values: Array) -> int:
    """Sum of whole numbers, also where 64 bits are too few for it."""
    high, low = np.divmod(values.astype(np.int64), 1 << 32)
    return (int(high.sum()) << 32) + int(low.sum())


def _title(run: Result, measure: str) -> str:
    gap, mean, twin = (run.mean(name) for name in (f"gap_{measure}", measure, f"twin_{measure}"))
    if not run.array("touched").any():
        brings = words.counted(words.amount(mean), mean.unit)
        return f"No lead goes cold: the future brings {brings} on average ({words.interval(mean)})"
    cost = words.counted(words.amount(gap), gap.unit)
    instead = f"{words.amount(mean)} instead of {words.amount(twin)}"
    return f"Leads going cold cost {cost} on average ({words.interval(gap)}): {instead}"
