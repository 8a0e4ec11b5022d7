"""What is to be as large as it can be: a chance, a mean or a low quantile, and how sure is a gain of it?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isnan, nan, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.special import stdtrit

from simfunnel.claims import Claim, Selector, parse_claim, parse_selector
from simfunnel.errors import ClaimError
from simfunnel.results.intervals import quantile_rank, z_value
from simfunnel.results.pairs import moments, paired_chance
from simfunnel.results.text import figure, signed

Array = npt.NDArray[Any]

#: Parts that the futures are cut into for the error of a quantile.
_SECTIONS = 25
_LESS_THAN_ONE = 0.4  # of a future, either way: no nearness outweighs one that keeps the claim
_GOAL = re.compile(
    r"\s*(?:(?:p(?P<percent>\d{1,2})|(?P<median>median)|mean)\s+(?:of\s+)?)?(?P<measure>.+)", re.DOTALL | re.IGNORECASE
)


@dataclass(frozen=True)
class Gain:
    """What one allocation has more than another in the very same futures.

    Attributes
    ----------
    before, after, before_mcse, after_mcse : float
        The goal at either, and its Monte Carlo error.
    value, mcse, low, high : float
        The gain, its Monte Carlo error and its confidence interval for paired futures.
    n : int
        Futures that have the figure at both.
    """

    before: float
    after: float
    before_mcse: float
    after_mcse: float
    value: float
    mcse: float
    low: float
    high: float
    n: int

    @property
    def is_sure(self) -> bool:
        """Whether it is above 0 beyond its error."""
        return self.low > 0


@dataclass(frozen=True)
class Goal:
    """What is maximised.

    Attributes
    ----------
    written : str
    selector : Selector
        The measure that it speaks of.
    claim : Claim or None
        Where it is the chance of a claim.
    q : float or None
        Where it is a quantile of the measure; the mean otherwise.
    """

    written: str
    selector: Selector
    claim: Claim | None = None
    q: float | None = None

    @property
    def unit(self) -> str:
        """Of the figure that is maximised, as in `simfunnel.measures.Measure.unit`."""
        return "share" if self.claim is not None else self.selector.unit

    @property
    def words(self) -> str:
        """`the chance of deals >= 10`, `mean profit`, `P10 of profit`."""
        if self.claim is not None:
            return f"the chance of {self.claim}"
        if self.q is None:
            return f"mean {self.selector.words}"
        return f"P{self.q * 100:g} of {self.selector.words}"

    def estimate(self, figures: Array) -> float:
        """The goal over futures, shape (n,); those without the figure do not count."""
        known = figures[~np.isnan(figures)]
        if not len(known):
            return nan
        if self.claim is not None:
            return float(np.count_nonzero(self.claim.holds(known))) / len(known)
        if self.q is None:
            return float(known.mean())
        rank = quantile_rank(self.q, len(known))
        return float(np.partition(known, rank)[rank])

    def guide(self, figures: Array) -> float:
        """What a search goes by, which still moves where the goal itself stands on a step.

        For a quantile the mean of the values about it, from half its share of the futures to one and a half. For a
        chance the chance, and between splits that no future tells apart how near the figures come to the claim.
        """
        known = figures[~np.isnan(figures)]
        if self.claim is not None and len(known):
            return self.estimate(figures) + _LESS_THAN_ONE * self._nearness(known) / len(known)
        if self.q is None or len(known) < _SECTIONS:
            return self.estimate(figures)
        around = min(self.q, 1 - self.q) / 2
        first, last = (quantile_rank(self.q + side * around, len(known)) for side in (-1, 1))
        return float(np.partition(known, (first, last))[first : last + 1].mean())

    def _nearness(self, known: Array) -> float:
        """How far figures are on the side of the claim on average, from -1 to 1."""
        assert self.claim is not None
        beyond = (known - self.claim.value) / max(abs(self.claim.value), 1.0)
        side = {">": 1.0, "<": -1.0}.get(self.claim.op[0])
        beyond = -np.abs(beyond) if side is None else side * beyond
        return float((beyond / (1 + np.abs(beyond))).mean())

    def gain(self, before: Array, after: Array, level: float = 0.95) -> Gain:
        """What `after` has more than `before`, future by future.

        A chance: Bonett and Price's interval (see `paired_chance`). A mean: the normal interval of the differences. A
        quantile: by sections, the differences within 25 parts of the futures about the difference over all (Nakayama
        2014, "Confidence intervals for quantiles using sectioning").
        """
        both = ~(np.isnan(before) | np.isnan(after))
        before, after = before[both], after[both]
        n = len(before)
        if not n:
            return Gain(nan, nan, nan, nan, nan, nan, nan, nan, 0)
        ends = (self.estimate(before), self.estimate(after), self.error(before), self.error(after))
        if self.claim is not None:
            value, low, high = paired_chance(self.claim.holds(before), self.claim.holds(after), level)
            return Gain(*ends, value, (high - low) / 2 / z_value(level), low, high, n)
        if self.q is not None:
            value = ends[1] - ends[0]
            mcse, reach = self._by_sections(value, before, after, level)
        else:
            value, mcse = moments(after - before)
            reach = z_value(level) * mcse
        return Gain(*ends, value, mcse, value - reach, value + reach, n)

    def error(self, known: Array) -> float:
        """Monte Carlo error of the goal itself over futures that all have the figure."""
        if self.claim is not None:
            share = (np.count_nonzero(self.claim.holds(known)) + 1) / (len(known) + 2)
            return sqrt(share * (1 - share) / len(known))
        if self.q is None:
            return moments(known)[1]
        return self._by_sections(self.estimate(known), np.zeros(len(known)), known, 0.95)[0]

    def _by_sections(self, value: float, before: Array, after: Array, level: float) -> tuple[float, float]:
        """Error of a difference of quantiles, and how far its interval reaches."""
        assert self.q is not None
        parts = min(_SECTIONS, int(len(after) * min(self.q, 1 - self.q)))  # each has a value beyond the quantile
        if parts < 2:
            return nan, nan
        pieces = zip(np.array_split(before, parts), np.array_split(after, parts), strict=True)
        apart = np.array([self.estimate(late) - self.estimate(early) for early, late in pieces])
        mcse = sqrt(float(((apart - value) ** 2).sum()) / (parts - 1) / parts)
        return mcse, float(stdtrit(parts - 1, (1 + level) / 2)) * mcse

    def tolerance(self, value: float, mcse: float) -> float:
        """A loss that hardly matters: one point of a chance or return; of anything else 1 %, or its own error."""
        return 0.01 if self.unit == "share" else max(0.01 * abs(value), z_value() * mcse)

    def tolerated(self, tolerance: float, currency: str) -> str:
        """The same in words, to one digit: `one point`, `$6,000`."""
        return "one point" if self.unit == "share" else figure(float(f"{tolerance:.1g}"), self.unit, currency=currency)

    def shown(self, value: float, mcse: float, currency: str) -> str:
        """The goal as people read it: `52.3 %`, `$1.21M`."""
        return figure(value, self.unit, mcse, currency)

    def change(self, gain: Gain, level: float, currency: str) -> str:
        """A gain with its interval: `+9.1 points, 95 % CI +8.2 to +10.0`."""
        value, low, high = (signed(each, self.unit, gain.mcse, currency) for each in (gain.value, gain.low, gain.high))
        if isnan(gain.low):
            return f"{value}, its error is not known from so few futures"
        return f"{value}, {level * 100:g} % CI {low.removesuffix(' points')} to {high.removesuffix(' points')}"


def parse_goal(text: str | Claim) -> Goal:
    """Read what is to be maximised.

    Parameters
    ----------
    text : str
        A claim (`deals >= 10`: its chance), a measure (`profit`, `mean roi`: its mean), or a quantile of a measure
        (`p10 profit`, `P10 of profit`, `median roi`).

    Raises
    ------
    ClaimError
        It is none of these, or less of the measure would be better.

    Examples
    --------
    >>> parse_goal("deals >= 10").words, parse_goal("p10 profit").words, parse_goal("roi").words
    ('the chance of deals >= 10', 'P10 of profit', 'mean ROI')
    """
    if isinstance(text, Claim):
        return Goal(str(text), text.selector, text)
    if not isinstance(text, str):
        raise TypeError(f"maximise takes a text such as 'deals >= 10', 'profit' or 'p10 profit', not {text!r}")
    if any(sign in text.rpartition("]")[2] for sign in "<>="):
        claim = parse_claim(text)
        return Goal(str(claim), claim.selector, claim)
    found = _GOAL.fullmatch(text)
    selector = parse_selector(found["measure"] if found else text)
    if selector.better == "less":
        raise ClaimError(f"'{text}': less of it is better; maximise a claim such as '{selector} <= ...', or profit")
    if found is None or not (found["percent"] or found["median"]):
        return Goal(text.strip(), selector)
    q = 0.5 if found["median"] else int(found["percent"]) / 100
    if q == 0:
        raise ClaimError(f"'{text}': a quantile lies between p1 and p99; write one such as 'p10 profit'")
    return Goal(text.strip(), selector, q=q)
