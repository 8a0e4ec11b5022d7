"""Which inputs drive a figure, how far does each move it, and how much of its spread is luck?"""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

import numpy.typing as npt

from simfunnel.claims import parse_selector
from simfunnel.errors import ClaimError
from simfunnel.progress import Progress, after, reporter
from simfunnel.resolved import Resolved, resolve
from simfunnel.resolved.unknowns import unknowns as drawn
from simfunnel.results import Result
from simfunnel.results.intervals import z_value
from simfunnel.results.text import listed, plain
from simfunnel.scenario import Scenario, loads
from simfunnel.simulation import simulate, whole
from simfunnel.studies.sensitivity import samples as tables
from simfunnel.studies.sensitivity import sobol as designs
from simfunnel.studies.sensitivity.design import again, factors, unknowns
from simfunnel.studies.sensitivity.figure import Figure, figure
from simfunnel.studies.sensitivity.record import Indices, Sensitivity, Share, Tornado, ranked
from simfunnel.studies.sensitivity.tornado import Bar, Ranges, bars, tornado, worked_out
from simfunnel.workers import shared

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]

METHODS = ("tornado", "given data", "sobol")
DEFAULT = ("tornado", "given data")
LUCK = "luck (chance)"


def sensitivity(
    subject: Scenario | Result | tables.Points | pd.DataFrame,
    measure: str = "deals",
    *,
    method: str | Iterable[str] | None = None,
    ranges: Ranges | None = None,
    between: tuple[float, float] = (0.1, 0.9),
    n_sims: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    level: float = 0.95,
) -> Sensitivity:
    """Find what drives a figure: what each uncertain input moves, and what share of the variance is its own, or luck.

    Parameters
    ----------
    subject
        A scenario; a run of one, whose own futures are then asked; a sweep, whose points are (best those of a sampled
        design: what is shared out is the variance of their means or chances, each with a simulation error of its own);
        or a table, a row an experiment, of which one column is the measure and all others are inputs.
    measure : str
        As for `Result.array`, such as ``deals`` or ``revenue[sector=retail]``, or a claim such as ``deals >= 10``: then
        its chance.
    method : str or several
        ``tornado``: each input is held at a low and at a high quantile, all else as it is, on the same luck.
        ``given data``: each input's own share of the variance, from the futures of one run. ``sobol``: shares alone and
        with interplay, and that of luck, by a design made for it (needs the extra ``sensitivity``). Default: the first
        two for a scenario, which take 2 runs an input and one more; ``sobol`` takes one an input and three more.
    ranges : mapping of key path to (low, high), optional
        Ends for numbers that are written as certain, or other ends for uncertain ones, for the tornado:
        ``{"stages.sql.neglect": ("2%", "20%")}``.
    between : (float, float)
        The quantiles at which a tornado holds what is uncertain.
    n_sims : int, optional
        Futures of each run, 10,000 by default.
    seed, workers, executor, progress
        As for `simulate`; all runs meet the same futures.
    level : float
        Confidence level of all intervals.

    Returns
    -------
    Sensitivity

    Raises
    ------
    ValueError
        Nothing is uncertain and no range is given, the figure is missing in some futures or never varies, or a setting
        is out of range or makes no sense for the subject.
    MissingExtra
        ``sobol`` is asked for and SALib is not installed.
    TypeError
        Something else than a scenario, a run, a sweep or a table is given.
    ScenarioError, ClaimError
        As for `simulate`, and for a range that is of no number.

    Notes
    -----
    Inputs are ignorance, what nobody knows. Luck (each lead's own, drift, numbers of arrivals) is one more factor of
    the design by Sobol': another stream of it, with the unknowns of each future as they are. Its total index is the
    share of the variance that would be left if every input were known, ``1 - split_variance(...).share``. An input's
    own share does not depend on how luck is drawn; its total index counts its interplay with luck on the same luck:
    B. Iooss and M. Ribatet (2009), "Global sensitivity analysis of computer models with functional inputs", Reliability
    Engineering & System Safety 94(7):1194-1204, where luck is such an input.

    Inputs that move together (`correlate`) vary as one factor in the design by Sobol': J. Jacques, C. Lavergne and
    N. Devictor (2006), "Sensitivity analysis in presence of model uncertainty and correlated inputs", Reliability
    Engineering & System Safety 91(10-11):1126-1134. A tornado holds one and leaves the others as they are. A share from
    given data counts what an input tells of the others.

    Held inputs are the scenario's own futures in which an input is so; what is worked out once by means, as a
    `conversion_of_entered`, a lift and what a plan leaves out, is as it was. A range is the scenario written so: there
    all is worked out anew.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}")
    >>> found = sf.sensitivity(base, "deals", method="sobol", n_sims=2_000, seed=7)
    >>> round(found.sobol.inputs[0].alone.value, 1), round(found.sobol.luck.total.value, 1)
    (0.5, 0.5)
    """
    z_value(level)
    if isinstance(subject, Scenario):
        n_sims = whole("n_sims", 10_000 if n_sims is None else n_sims)
        study = _Study(subject, figure(measure), n_sims, seed, level, between)
        return _of_scenario(study, _methods(method), ranges or {}, workers, executor, progress)
    if hasattr(subject, "columns"):
        _check_one_sample("a table holds its own rows", method, ranges, n_sims)
        return _of_table(cast("pd.DataFrame", subject), measure, level)
    if isinstance(subject, Result):
        _check_one_sample("a run holds its own futures", method, ranges, n_sims)
        return _of_run(subject, measure, level)
    if isinstance(subject, tables.Points):
        _check_one_sample("a sweep holds its own points", method, ranges, n_sims)
        return _of_points(subject, measure, level)
    raise TypeError(f"sensitivity takes a scenario, a run, a sweep or a table, not {type(subject).__name__}")


def runs_needed(
    scenario: Scenario,
    measure: str = "deals",
    *,
    method: str | Iterable[str] | None = None,
    ranges: Ranges | None = None,
    between: tuple[float, float] = (0.1, 0.9),
    n_sims: int = 10_000,
) -> int:
    """How many runs `sensitivity` of a scenario takes; it refuses what that would, before anything runs.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}")
    >>> [runs_needed(base, method=method) for method in (None, "sobol", ["tornado", "sobol"])]
    [3, 4, 6]
    """
    study = _Study(scenario, figure(measure), n_sims, 0, 0.95, between)
    methods = _methods(method)
    return _runs(study, methods, _held(study, methods, ranges or {}))


@dataclass(frozen=True)
class _Study:
    """What is asked of a scenario."""

    scenario: Scenario
    figure: Figure
    n_sims: int
    seed: int
    level: float
    between: tuple[float, float]
    resolved: Resolved = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "resolved", resolve(self.scenario))

    @property
    def together(self) -> tuple[tuple[str, ...], ...]:
        """Key paths of the inputs that move together."""
        return tuple(tuple(one.path for one in group) for group in factors(self.resolved) if len(group) > 1)


class _Bench:
    """Runs changed scenarios on the same futures, and keeps of each the one figure that is asked for."""

    def __init__(self, study: _Study, workers: int | None, hands: Executor, report: Any) -> None:
        self._study, self._workers, self._hands, self._report = study, workers, hands, report
        self.runs = 0
        self.centre = self.figures(study.resolved)

    def figures(self, resolved: Resolved, *, stream: int = 0) -> Array:
        study = self._study
        run = simulate(
            resolved, n_sims=study.n_sims, seed=study.seed, stream=stream, workers=self._workers, executor=self._hands,
            keep=study.figure.keep, progress=after(self.runs * study.n_sims, self._report),
        )  # fmt: skip
        self.runs += 1
        return study.figure.of(run)


def _of_scenario(
    study: _Study, methods: tuple[str, ...], ranges: Ranges, workers: int | None, executor: Executor | None,
    progress: bool | Progress,
) -> Sensitivity:  # fmt: skip
    some = _held(study, methods, ranges)
    total = study.n_sims * _runs(study, methods, some)
    swings, shares, given = None, None, None
    with reporter(progress, total) as report, shared(workers, executor) as hands:
        bench = _Bench(study, workers, hands, report)
        if "given data" in methods and unknowns(study.resolved):
            given = _given(study, bench.centre)
        if "tornado" in methods:
            swings = _tornado(study, bench, some)
        if "sobol" in methods:
            shares = _sobol(study, bench)
    return _told(study, study.scenario.name, swings, shares, given)


def _held(study: _Study, methods: tuple[str, ...], ranges: Ranges) -> list[Bar]:
    """What a tornado is to hold, if there is one; all that was asked for has been checked."""
    _check(study, methods, ranges)
    return bars(study.scenario, study.resolved, ranges, study.between) if "tornado" in methods else []


def _runs(study: _Study, methods: tuple[str, ...], some: list[Bar]) -> int:
    return 1 + 2 * len(some) + (len(factors(study.resolved)) + 2) * ("sobol" in methods)


def _tornado(study: _Study, bench: _Bench, some: list[Bar]) -> Tornado:
    found = [(bar, bench.figures(bar.low()), bench.figures(bar.high())) for bar in some]
    return tornado(
        bench.centre, found, study.figure, between=study.between, level=study.level, together=study.together,
        by_means=worked_out(study.scenario) if any(bar.is_uncertain for bar in some) else (),
    )  # fmt: skip


def _sobol(study: _Study, bench: _Bench) -> Indices:
    _check_varies(study, bench.centre)
    groups = factors(study.resolved)
    luck, before = len(groups), bench.runs

    def rows(again_of: frozenset[int]) -> Array:
        if not again_of:
            return bench.centre
        names = {one.names for k in again_of if k != luck for one in groups[k]}
        return bench.figures(again(study.resolved, names), stream=int(luck in again_of))

    found = designs.indices(rows, luck + 1, level=study.level)
    shares = [
        Share(tuple(one.path for one in group), listed([one.words for one in group]), alone, total)
        for group, alone, total in zip(groups, found.alone, found.total, strict=False)
    ]
    return Indices(
        method="sobol", inputs=ranked(shares), luck=Share((), LUCK, found.alone[luck], found.total[luck]),
        rest=found.interplay, mean=found.mean, sd=found.sd, sd_mcse=found.sd_mcse, n=study.n_sims,
        runs=1 + bench.runs - before, together=study.together,
    )  # fmt: skip


def _given(study: _Study, figures: Array) -> Indices:
    """Shares of the unknowns of a run, from what each of its futures drew for them."""
    _check_varies(study, figures)
    told = {one.names[1:]: one for one in unknowns(study.resolved)}
    found: dict[tuple[str, ...], tuple[tuple[str, ...], str, Array]] = {}
    for each in drawn(study.resolved, study.seed, len(figures)):
        # what sectors read at one roll differs: then the roll itself stands for it
        values = each.roll if each.names in found else each.values
        found[each.names] = ((told[each.names].path,), told[each.names].words, values)
    return tables.shares(list(found.values()), figures, level=study.level, together=study.together)


def _of_run(run: Result, measure: str, level: float) -> Sensitivity:
    scenario = loads(run.terms.scenario_yaml)
    study = _Study(scenario, figure(measure), run.n_sims, run.terms.seed, level, (0.1, 0.9))
    _check(study, ("given data",), {})
    given = _given(study, study.figure.of(run))
    return _told(study, run.name, None, None, given)


def _of_table(table: pd.DataFrame, measure: str, level: float) -> Sensitivity:
    if measure not in table.columns:
        raise ValueError(f"the table has no column {measure!r}; there are {', '.join(map(str, table.columns))}")
    tables.check_names(table)
    figures = tables.as_numbers(table[measure], f"the column {measure!r}")
    given = tables.given_data(table.drop(columns=[measure]), figures, level=level)
    try:
        words, unit = parse_selector(measure).words, parse_selector(measure).unit
    except ClaimError:
        words, unit = measure, ""
    return Sensitivity(
        name="The table", measure=measure, words=words, unit=unit, currency="$", tornado=None, sobol=None,
        given_data=given, is_chance=False, n_sims=len(table), seed=None, level=level,
    )  # fmt: skip


def _of_points(points: tables.Points, measure: str, level: float) -> Sensitivity:
    figures, asked = points.array(measure), figure(measure)
    if len(figures) < tables.FEWEST:
        said = f"{points.name} has {plain(len(figures))} points; shares of a variance need at least {tables.FEWEST}"
        raise ValueError(f"{said}: let a design draw them, as design='sobol', points=128")
    return Sensitivity(
        name=points.name, measure=asked.text, words=asked.words if asked.claim else f"mean {asked.words}",
        unit=asked.unit, currency=points.currency, tornado=None, sobol=None,
        given_data=tables.given_data(points.inputs(), figures, level=level), is_chance=False, n_sims=len(figures),
        seed=None, level=level, of_points=True,
    )  # fmt: skip


def _told(
    study: _Study, name: str, swings: Tornado | None, shares: Indices | None, given: Indices | None
) -> Sensitivity:
    return Sensitivity(
        name=name, measure=study.figure.text, words=study.figure.words, unit=study.figure.unit,
        currency=study.scenario.currency, tornado=swings, sobol=shares, given_data=given,
        is_chance=study.figure.claim is not None, n_sims=study.n_sims, seed=study.seed, level=study.level,
    )  # fmt: skip


def _methods(method: str | Iterable[str] | None) -> tuple[str, ...]:
    """What is asked for, each once, in the order in which it is told."""
    if method is None:
        return DEFAULT
    asked = [method] if isinstance(method, str) else list(method)
    wrong = [each for each in asked if each not in METHODS]
    if wrong or not asked:
        said = f"there is no method {listed([repr(each) for each in wrong])}" if wrong else "no method is named"
        raise ValueError(f"{said}; write one or more of {listed([repr(each) for each in METHODS])}")
    return tuple(each for each in METHODS if each in asked)


def _check(study: _Study, methods: tuple[str, ...], ranges: Ranges) -> None:
    """Refuse what could say nothing, before anything runs."""
    low, high = study.between
    if not 0 < low < high < 1:
        raise ValueError(f"between is {low:g} and {high:g}; two quantiles between 0 and 1 are needed, the lower first")
    if ranges and "tornado" not in methods:
        raise ValueError("ranges are for a tornado, which is not asked for")
    if not unknowns(study.resolved) and (not ranges or (methods != DEFAULT and methods != ("tornado",))):
        said = f"nothing is uncertain in {study.scenario.name}: every number is known, and what varies is luck"
        raise ValueError(f"{said}; write what nobody knows as a distribution, or give ranges to a tornado")
    if "sobol" in methods:
        designs.salib()
        if not designs.FEWEST <= study.n_sims <= designs.MOST:
            said = f"n_sims is {study.n_sims}; Sobol' indices need {designs.FEWEST} to {designs.MOST:,} replications"
            raise ValueError(said)
    if "given data" in methods and study.n_sims < tables.FEWEST and unknowns(study.resolved):
        said = f"n_sims is {study.n_sims}; shares of a variance from given data need at least {tables.FEWEST}"
        raise ValueError(f"{said} replications (a tornado alone needs fewer: method='tornado')")


def _check_varies(study: _Study, figures: Array) -> None:
    """Refuse a figure that is the same in all futures."""
    if figures.min() < figures.max():
        return
    always = plain(float(figures[0])) if study.figure.claim is None else "true" if figures[0] else "false"
    raise ValueError(
        f"{study.figure.text} is {always} in all {plain(len(figures))} futures, so there is no variance to share out; "
        "ask for what varies, for more futures, or for a tornado alone (method='tornado')"
    )


def _check_one_sample(what: str, method: Any, ranges: Any, n_sims: Any) -> None:
    """A run, a sweep or a table is what it is: nothing can be held or rolled again."""
    if method not in (None, "given data", ["given data"], ("given data",)) or ranges or n_sims is not None:
        raise ValueError(f"{what}, of which given data alone can be asked; give the scenario")
