"""How much of the spread of outcomes is what nobody knows yet, and how much is luck that no research removes?"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import asdict, dataclass
from html import escape
from math import atanh, isfinite, nan, sqrt, tanh
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import parse_selector
from simfunnel.progress import Progress, after, reporter
from simfunnel.resolved import resolve
from simfunnel.results.intervals import z_value
from simfunnel.results.text import MATH_OFF, figure, percent, plain
from simfunnel.scenario.schema import Scenario
from simfunnel.simulation import simulate
from simfunnel.workers import shared

Array = npt.NDArray[Any]

#: Replications below which an asymptotic interval of a share says nothing.
FEWEST = 100


@dataclass(frozen=True)
class Components:
    """Variance of a figure by the law of total variance, from pairs that share what nobody knows.

    Attributes
    ----------
    n : int
        Pairs.
    mean, total, total_mcse : float
        Mean and variance of the figure, and the Monte Carlo error of that variance.
    ignorance, ignorance_mcse : float
        Variance of its mean given everything that nobody knows: the covariance of the pairs, as estimated (it may come
        out below 0 where the truth is near 0).
    chance, chance_mcse : float
        The rest, total - ignorance: each lead's own luck, drift, numbers of arrivals.
    raw_share, raw_low, raw_high : float
        Ignorance over total as estimated, with its confidence interval; missing (NaN) where nothing varies.
    share, low, high : float
        The same, kept within 0 and 1.
    """

    n: int
    mean: float
    total: float
    total_mcse: float
    ignorance: float
    ignorance_mcse: float
    chance: float
    chance_mcse: float
    raw_share: float
    raw_low: float
    raw_high: float
    share: float
    low: float
    high: float


@dataclass(frozen=True, repr=False)
class VarianceSplit(Components):
    """`Components` of one measure of a scenario, and what they come from.

    Attributes
    ----------
    name, measure, unit, currency, seed, level
        Scenario, measure, its unit, sign of money, seed of both runs, confidence level.
    uncertain : tuple of str
        Paths of the inputs that nobody knows.
    """

    name: str
    measure: str
    unit: str
    currency: str
    seed: int
    level: float
    uncertain: tuple[str, ...]

    @property
    def sd(self) -> float:
        """Standard deviation of the measure over futures."""
        return sqrt(self.total)

    @property
    def sd_of_chance(self) -> float:
        """Standard deviation that would be left, on average over what is unknown, if everything were known."""
        return sqrt(min(max(self.chance, 0.0), self.total))

    def to_json(self) -> dict[str, Any]:
        """Plain values that `json.dumps` takes as they are; what is missing is None."""
        values = {**asdict(self), "sd": self.sd, "sd_of_chance": self.sd_of_chance}
        missing = {key: None for key, each in values.items() if isinstance(each, float) and not isfinite(each)}
        return {**values, "uncertain": list(self.uncertain), **missing}

    def __repr__(self) -> str:
        return sentence(self)

    def _repr_html_(self) -> str:
        return f'<p class="{MATH_OFF}">{escape(sentence(self))}</p>'


def split_variance(
    scenario: Scenario,
    measure: str = "deals",
    *,
    n_sims: int = 10_000,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    progress: bool | Progress = True,
    level: float = 0.95,
) -> VarianceSplit:
    """Split the variance of a measure into ignorance and chance.

    Every future is lived twice: the same unknowns, other luck. What the two lives have in common is ignorance (their
    covariance is the variance of the mean given the unknowns), the rest is chance.

    Parameters
    ----------
    scenario, n_sims, seed, workers, executor, progress
        As for `simulate`; it is run twice.
    measure : str
        As for `Result.array`, such as ``deals``, ``revenue[sector=retail]``.
    level : float
        Confidence level of the interval of the share.

    Returns
    -------
    VarianceSplit

    Raises
    ------
    ScenarioError, ClaimError
        As for `simulate`.
    ValueError
        Fewer than 100 replications are asked for, or a setting is out of range.

    Notes
    -----
    The interval of the share is asymptotic: the delta method, distribution-free, on the scale of Fisher's z. Futures in
    which either life lacks the figure do not count.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}")
    >>> round(sf.split_variance(base, n_sims=4_000, seed=7).share, 1)
    0.5
    """
    if n_sims < FEWEST:
        raise ValueError(f"n_sims is {n_sims}; the shares of a variance need at least {FEWEST} replications")
    selector, resolved = parse_selector(measure), resolve(scenario)
    text, keep, lives = str(selector), selector.to_keep, list[Array]()
    with reporter(progress, 2 * n_sims) as report, shared(workers, executor) as hands:
        for stream in (0, 1):
            run = simulate(
                resolved, n_sims=n_sims, seed=seed, workers=workers, executor=hands, keep=keep, stream=stream,
                progress=after(stream * n_sims, report),
            )  # fmt: skip
            lives.append(run.array(text))
            del run  # all that it holds beside this measure
    uncertain = tuple(dict.fromkeys(path for path, _ in resolved.uncertain))
    found = components(*lives, level=level)
    return VarianceSplit(
        **asdict(found), name=scenario.name, measure=text, unit=selector.unit, currency=scenario.currency,
        seed=seed, level=level, uncertain=uncertain,
    )  # fmt: skip


def components(first: Array, second: Array, *, level: float = 0.95) -> Components:
    """Split the variance of pairs that share what nobody knows.

    Parameters
    ----------
    first, second : float64 arrays, shape (n,)
        Two lives of each future; pairs in which one is missing (NaN) are left out.

    Examples
    --------
    >>> components(np.array([1.0, 3.0, 5.0]), np.array([1.0, 3.0, 5.0])).share
    1.0
    """
    present = ~(np.isnan(first) | np.isnan(second))
    first, second = first[present], second[present]
    n = len(first)
    if n < 2:
        return Components(n, float(first.mean()) if n else nan, *[nan] * 12)
    if min(first.min(), second.min()) == max(first.max(), second.max()):
        return Components(n, float(first[0]), *[0.0] * 6, *[nan] * 6)
    a, b = first - first.mean(), second - second.mean()
    squares, products = (a * a + b * b) / 2, a * b
    total, ignorance = (float(each.sum()) / (n - 1) for each in (squares, products))
    share = ignorance / total
    found = (share, *_interval(share, _mcse(products - share * squares) / total, level))
    return Components(
        n, float(first.mean() + second.mean()) / 2, total, _mcse(squares), ignorance, _mcse(products),
        total - ignorance, _mcse(squares - products), *found, *(min(max(each, 0.0), 1.0) for each in found),
    )  # fmt: skip


def sentence(split: VarianceSplit) -> str:
    """The answer in words."""
    name = "".join(character if character.isprintable() else " " for character in split.name)
    lives = f"{plain(split.n)} futures lived twice, seed {split.seed}"
    words = parse_selector(split.measure).words
    if split.n < 2:
        return f"{name}: too few futures have {words} to say what its variance comes from ({lives})."
    if split.total == 0:
        value = figure(split.mean, split.unit, 0.0, split.currency)
        return f"{name}: {words} is {value} in every future; there is no variance to split ({lives})."
    mcse = (split.raw_high - split.raw_low) / 2 / z_value(split.level)
    raw, low, high = (percent(each, mcse) for each in (split.raw_share, split.raw_low, split.raw_high))
    interval = f"{plain(split.level * 100)} % CI {low.removesuffix(' %')} to {high}"
    if not split.uncertain:
        return (
            f"{name}: nothing is uncertain, so all variance of {words} is chance; of ignorance 0 % is expected "
            f"exactly, estimated {raw} ({interval}; {lives})."
        )
    sd, left = (
        figure(root, split.unit, mcse / root / 2 if root else 0.0, split.currency)
        for root, mcse in ((split.sd, split.total_mcse), (split.sd_of_chance, split.chance_mcse))
    )
    return (
        f"{name}: {percent(split.share, mcse)} of the variance of {words} is ignorance ({interval}), the rest "
        f"is chance: with everything known, the standard deviation would still be {left} instead of {sd} ({lives})."
    )


def _interval(share: float, mcse: float, level: float) -> tuple[float, float]:
    """Confidence interval of a correlation by the delta method on Fisher's z, which keeps it within -1 and 1."""
    if abs(share) >= 1 or mcse == 0:
        return share, share
    centre, reach = atanh(share), z_value(level) * mcse / (1 - share * share)
    return tanh(centre - reach), tanh(centre + reach)


def _mcse(terms: Array) -> float:
    """Monte Carlo error of a mean of independent terms."""
    return float(np.std(terms, ddof=1)) / sqrt(len(terms))
