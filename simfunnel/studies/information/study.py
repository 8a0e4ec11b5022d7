"""What is not known that the decision hangs on, and what would it be worth to know it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import asdict
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Selector, parse_selector
from simfunnel.errors import ClaimError
from simfunnel.progress import Progress, after, reporter
from simfunnel.resolved import Resolved, resolve
from simfunnel.resolved.unknowns import Unknown, unknowns
from simfunnel.results.intervals import mean_mcse, z_value
from simfunnel.results.text import numbered
from simfunnel.scenario.schema import Scenario
from simfunnel.simulation import simulate
from simfunnel.studies.information.estimate import Often, Worth, foresight, often, worths
from simfunnel.studies.information.record import InputWorth, Option, ValueOfInformation
from simfunnel.studies.information.regression import MOST_ROUNDS, Fits, basis, fits
from simfunnel.workers import shared

Array = npt.NDArray[Any]

#: Replications below which a regression on them says nothing.
FEWEST = 500
NOT_DOING_IT = "not doing it"


def value_of_information(
    *scenarios: Scenario,
    measure: str = "profit",
    n_sims: int = 10_000,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    level: float = 0.95,
) -> ValueOfInformation:
    """What would it be worth to know each uncertain input before deciding between plans, or whether to do one at all?

    Parameters
    ----------
    *scenarios
        The plans between which is decided. A single one is set against not doing it, which brings 0 (so no measure
        against what was promised: not doing it misses all of that).
    measure : str
        What the decision is for, an amount of money: ``profit``, ``revenue``, ``cost`` (the less the better), or a part
        such as ``revenue[sector=retail]``.
    n_sims, seed, workers, executor, progress
        As for `simulate`, the same for every plan: they meet the same futures, and share what is unknown.
    level : float
        Confidence level of all intervals.

    Returns
    -------
    ValueOfInformation

    Raises
    ------
    ValueError
        Nothing is uncertain, the measure is no money or is missing, the plans cover other times or are in other
        currencies, inputs are correlated otherwise in one plan than in another, fewer than 500 replications are asked
        for, or a setting is out of range.
    TypeError
        Something else than a scenario is given.
    ScenarioError, ClaimError
        As for `simulate`.

    Notes
    -----
    As things stand the plan with the greatest mean is best. Who knew an input could choose for each of its values the
    plan that is best then, and would gain, on average, the mean of the greatest conditional mean less the greatest
    mean: the expected value of partial perfect information. Conditional means are smooth curves fitted to the run's own
    futures: M. Strong, J. E. Oakley and A. Brennan (2014), "Estimating multiparameter partial expected value of perfect
    information from a probabilistic sensitivity analysis sample: a nonparametric regression approach", Medical Decision
    Making 34(3):311-326. For all inputs together they are the sum of these curves and products of two or three of
    them (of the eight and the six strongest inputs): what hangs on four inputs at once, or on some whose own curves are
    flat, is not seen. No estimate is below 0, and no input is worth more than all together. Where plans are nearly
    equal, the one that looks best looks better than it is, and what is worth knowing a little less; both within their
    errors.

    Inputs with the same key path are one unknown, in whichever plans they are written; the plans correlate them
    alike. Where inputs are correlated, what is learnt of one tells of the others too, and its worth counts that: two
    that move closely together are each worth nearly as much as both.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads('''
    ... name: Fair
    ... horizon: 1 year
    ... process: [sql, customer]
    ... deal_value: 1_000
    ... sources: {inbound: {enters: sql, leads: 100, cost: 24_000}}
    ... stages: {sql: {conversion: "beta(mean=25%, n=40)"}}
    ... ''')
    >>> found = sf.value_of_information(base, n_sims=2_000, seed=7)
    >>> found.best, [one.words for one in found.inputs]
    ('Fair', ['conversion of stage sql'])
    """
    z_value(level)
    names, selector = numbered(_checked(scenarios)), _money(measure)
    _check_nothing_done(names, selector)
    if n_sims < FEWEST:
        raise ValueError(f"n_sims is {n_sims}; what is worth knowing needs at least {FEWEST} replications")
    resolved = [resolve(scenario) for scenario in scenarios]
    _check_alike(names, scenarios, selector)
    _check_uncertain(names, resolved)
    drawn = [unknowns(each, seed, n_sims) for each in resolved]
    _check_same(names, drawn)
    columns: list[Array] = []
    with reporter(progress, n_sims * len(resolved)) as report, shared(workers, executor) as hands:
        for name, each in zip(names, resolved, strict=True):
            try:
                run = simulate(
                    each, n_sims=n_sims, seed=seed, workers=workers, executor=hands, keep=selector.to_keep,
                    progress=after(len(columns) * n_sims, report),
                )  # fmt: skip
            except ClaimError as error:
                raise ClaimError(f"{name}: {error}") from None
            columns.append(run.array(str(selector)))
    correlated = any(each.plan.together for each in resolved)
    return _told(names, columns, drawn, selector, scenarios[0].currency, seed, level, correlated)


def _told(
    names: tuple[str, ...],
    columns: list[Array],
    drawn: Sequence[Iterable[Unknown]],
    selector: Selector,
    currency: str,
    seed: int,
    level: float,
    correlated: bool,
) -> ValueOfInformation:
    values = np.stack(columns, axis=1)
    present = ~np.isnan(values).any(axis=1)
    if present.sum() < FEWEST:
        said = f"only {int(present.sum()):,} of {len(values):,} futures have {selector.words} in every plan"
        raise ValueError(f"{said}; {FEWEST} are needed")
    values = values[present]
    if len(names) == 1:
        values = np.concatenate([values, np.zeros((len(values), 1))], axis=1)
    brings = -values if selector.better == "less" else values
    best = int(np.argmax(brings.mean(axis=0)))
    rivals = [at for at in range(brings.shape[1]) if at != best]
    gains = brings[:, rivals] - brings[:, [best]]
    next_best = gains[:, int(np.argmax(gains.mean(axis=0)))]
    groups = _by_roll(drawn)
    rounds = MOST_ROUNDS if correlated else 1
    alone, together = fits([_basis(group, present) for group in groups.values()], gains, rounds=rounds)
    inputs, everything = worths(gains, alone, together, level)
    labels = names if len(names) > 1 else (*names, NOT_DOING_IT)
    chosen = {at: often(together, option, level) for option, at in enumerate([best, *rivals])}
    return ValueOfInformation(
        names=names,
        options=tuple(_option(label, values[:, at], chosen[at], level) for at, label in enumerate(labels)),
        best=labels[best],
        lead=-float(next_best.mean()),
        lead_mcse=mean_mcse(next_best)[1],
        inputs=_ranked(names, drawn, groups, inputs, alone, level),
        all_inputs=everything,
        foresight=foresight(gains, level),
        measure=str(selector),
        currency=currency,
        n=len(values),
        n_sims=len(present),
        seed=seed,
        level=level,
        correlated=correlated,
    )


def _by_roll(drawn: Sequence[Iterable[Unknown]]) -> dict[tuple[str, ...], list[Unknown]]:
    """The unknowns of all plans: what is keyed by the same names is the same roll, whatever each reads off it."""
    groups: dict[tuple[str, ...], list[Unknown]] = {}
    for plan in drawn:
        for each in plan:
            groups.setdefault(each.names, []).append(each)
    return groups


def _basis(group: list[Unknown], present: npt.NDArray[np.bool_]) -> Any:
    return basis(group[0].roll[present], np.stack([each.values[present] for each in group], axis=1))


def _ranked(
    names: tuple[str, ...],
    drawn: Sequence[Iterable[Unknown]],
    groups: dict[tuple[str, ...], list[Unknown]],
    worths: list[Worth],
    alone: list[Fits],
    level: float,
) -> tuple[InputWorth, ...]:
    found = []
    for (key, group), each, fit in zip(groups.items(), worths, alone, strict=True):
        plans = tuple(name for name, plan in zip(names, drawn, strict=True) if any(one.names == key for one in plan))
        stays = often(fit, 0, level)
        found.append(
            InputWorth(
                **asdict(each), path=group[0].rule, words=group[0].words, plans=plans,
                changes=1 - stays.share, changes_low=1 - stays.high, changes_high=1 - stays.low,
            )
        )  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.value, -one.high, one.path)))


def _option(name: str, values: Array, chosen: Often, level: float) -> Option:
    mean, mcse = mean_mcse(values)
    reach = z_value(level) * mcse
    return Option(name, mean, mcse, mean - reach, mean + reach, chosen.share, chosen.low, chosen.high)


def _checked(scenarios: tuple[object, ...]) -> list[str]:
    """The names of what must be scenarios."""
    if not scenarios:
        raise ValueError("value_of_information needs a scenario: several plans to choose from, or one to do or not")
    for each in scenarios:
        if not isinstance(each, Scenario):
            raise TypeError(f"value_of_information takes scenarios, as from load(), not {type(each).__name__}")
    return [each.name for each in scenarios if isinstance(each, Scenario)]


def _money(measure: str) -> Selector:
    selector = parse_selector(measure)
    if selector.unit != "money":
        said = f"'{measure}' is no money ({selector.unit}), and what is worth knowing is said in money"
        raise ValueError(f"{said}; name one such as profit, revenue or cost")
    return selector


def _check_nothing_done(names: Sequence[str], selector: Selector) -> None:
    """Not doing a single plan must bring 0 of the measure."""
    if len(names) == 1 and "plan_" in selector.name:
        said = f"{selector.name} is not 0 where {names[0]} is not done, but all that was promised"
        raise ValueError(f"{said}; name one such as profit, or give the plan that is done in its place")


def _check_alike(names: tuple[str, ...], scenarios: tuple[Scenario, ...], selector: Selector) -> None:
    """Refuse plans between whose money there is no choosing."""
    first = scenarios[0]
    for name, each in zip(names[1:], scenarios[1:], strict=True):
        if each.currency != first.currency:
            said = f"money is in {each.currency} in {name}, in {first.currency} in {names[0]}"
            raise ValueError(f"{said}; write both in one currency")
        if each.horizon != first.horizon:
            said = f"the horizon of {name} is {each.horizon:g} days, that of {names[0]} {first.horizon:g}"
            raise ValueError(f"{said}; plans are chosen between over the same time")
        if each.run_off != first.run_off and selector.name.startswith("cohort_"):
            said = f"the run-off of {name} is {each.run_off:g} days, that of {names[0]} {first.run_off:g}"
            raise ValueError(f"{said}, and {selector.name} counts up to its end; write the same")


def _check_same(names: tuple[str, ...], drawn: Sequence[Iterable[Unknown]]) -> None:
    """Refuse plans that correlate an input otherwise: it would be another unknown in each."""
    first: dict[tuple[str, ...], tuple[str, Unknown]] = {}
    for name, plan in zip(names, drawn, strict=True):
        for each in plan:
            home, known = first.setdefault(each.names, (name, each))
            if not np.array_equal(known.roll, each.roll):
                said = f"{each.rule} is correlated otherwise in {name} than in {home}, so it is not one unknown"
                raise ValueError(f"{said}; write the same `correlate`, and inputs, in both")


def _check_uncertain(names: tuple[str, ...], resolved: Sequence[Resolved]) -> None:
    if any(each.uncertain for each in resolved):
        return
    said = f"nothing is uncertain in {' or '.join(names)}: every number is known, and what is left is luck"
    raise ValueError(f"{said}; write what nobody knows as a distribution, such as conversion: beta(mean=25%, n=40)")
