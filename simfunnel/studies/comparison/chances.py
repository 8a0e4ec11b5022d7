"""How much likelier does the variant make a claim?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from simfunnel.results import Chance
from simfunnel.results.intervals import half_width, z_value
from simfunnel.results.text import MISSING, digits, percent, plain


@dataclass(frozen=True, repr=False)
class ChanceDifference:
    """By how much one variant changes the chance of a claim.

    Attributes
    ----------
    variant : str
    value, low, high : float
        Chance of the variant minus chance of the baseline, over the futures that have the figure in both, with a
        confidence interval for paired futures (Bonett and Price's, from the futures that change sides).
    gained, lost : int
        Futures in which the claim is true of the variant only, of the baseline only.
    n : int
        Futures that have the figure in both.
    """

    variant: str
    value: float
    low: float
    high: float
    gained: int
    lost: int
    n: int
    level: float = 0.95

    def __str__(self) -> str:
        if self.n == 0:
            return f"{MISSING} (no future has this figure)"
        mcse = half_width(self.low, self.high) / z_value(self.level)
        value, low, high = (_points(part, mcse) for part in (self.value, self.low, self.high))
        return f"{value} points ({plain(self.level * 100)} % CI {low} to {high})"

    __repr__ = __str__


@dataclass(frozen=True, repr=False)
class Chances:
    """The chance of one claim in each scenario, and what each variant adds to it.

    Attributes
    ----------
    claim : str
    names : tuple of str
        Of the scenarios, the baseline first.
    chances : tuple of Chance
        One a scenario, with Wilson intervals.
    differences : tuple of ChanceDifference
        One a variant.
    """

    claim: str
    names: tuple[str, ...]
    chances: tuple[Chance, ...]
    differences: tuple[ChanceDifference, ...]

    def lines(self) -> list[str]:
        """What each variant makes of the claim, in words."""
        before, *after = (percent(chance.value, chance.mcse) for chance in self.chances)
        return [
            f"{self.claim}: {new} instead of {before}, {difference}"
            for new, difference in zip(after, self.differences, strict=True)
        ]

    def to_json(self) -> dict[str, Any]:
        """Plain values, NaN where a figure is missing; the baseline first."""
        chances = {
            name: {"value": chance.value, "low": chance.low, "high": chance.high, "n": chance.n}
            for name, chance in zip(self.names, self.chances, strict=True)
        }
        differences = {
            each.variant: {
                "value": each.value, "low": each.low, "high": each.high,
                "gained": each.gained, "lost": each.lost, "n": each.n,
            }
            for each in self.differences
        }  # fmt: skip
        return {"chances": chances, "differences": differences}

    def __repr__(self) -> str:
        return "\n".join(f"{name}: {line}" for name, line in zip(self.names[1:], self.lines(), strict=True))


def _points(value: float, mcse: float) -> str:
    """A difference of chances in percentage points, with its sign."""
    shown = plain(value * 100, mcse * 100)
    return f"+{shown}" if round(value * 100, digits(value * 100, mcse * 100)) > 0 else shown
