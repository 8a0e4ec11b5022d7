"""How is each value of a scenario file written, and which values are allowed?"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

__all__ = [
    "REST", "Kind", "Written", "choice", "count", "duration", "money", "names", "number", "rate", "share", "text",
    "truth",
]  # fmt: skip

Kind = Literal[
    "choice",
    "correlations",
    "count",
    "date",
    "dates",
    "days",
    "duration",
    "hours",
    "leads",
    "money",
    "name",
    "names",
    "number",
    "people",
    "rate",
    "share",
    "text",
    "truth",
]
REST = "rest"


@dataclass(frozen=True, slots=True)
class Written:
    """The written form of one field: the grammar that reads it and the range that its value must keep to.

    Bounds are in the base unit of the kind: days, shares of one, money, plain numbers.
    """

    kind: Kind
    low: float = 0.0
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    uncertain: bool = False  # may be a distribution
    chance: bool = False  # a distribution is each lead's own luck, not ignorance rolled once per replication
    rest: bool = False  # may be the word `rest`
    firm: bool = False  # even the tail of a distribution stays below `high`, as that of a share does anyway
    of: Literal["money", "share"] = "money"  # what a rate counts
    per: Literal["needed", "optional"] = "needed"  # whether a rate must say `per month`
    length: int = 200  # characters in a text
    choices: tuple[str, ...] = ()
    fewest: int = 2  # names in a list


# Longest constant duration: beyond it dates overflow, and no sales process lives that long.
LONGEST_DAYS = 1_000 * 365.0
LARGEST_MONEY = 1e15  # in cents still exact in int64, with room for sums over many deals


def duration(*, low_open: bool = False, high: float = LONGEST_DAYS, uncertain: bool = True) -> Written:
    """A duration with its unit, in days inside."""
    return Written("duration", high=high, low_open=low_open, uncertain=uncertain, chance=uncertain)


def share(*, low_open: bool = False, high_open: bool = False, uncertain: bool = True, rest: bool = False) -> Written:
    """A share from 0 to 1, or from 0% to 100%."""
    return Written("share", high=1.0, low_open=low_open, high_open=high_open, uncertain=uncertain, rest=rest)


def money(*, low_open: bool = False, uncertain: bool = True, chance: bool = False) -> Written:
    """An amount of money, in currency units."""
    return Written("money", high=LARGEST_MONEY, low_open=low_open, uncertain=uncertain, chance=chance)


def number(
    *, low: float = 0.0, high: float = math.inf, low_open: bool = False, uncertain: bool = True, firm: bool = False
) -> Written:
    """A plain number without unit."""
    return Written("number", low=low, high=high, low_open=low_open, uncertain=uncertain, firm=firm)


def rate(
    of: Literal["money", "share"],
    *,
    low: float = 0.0,
    high: float = LARGEST_MONEY,
    high_open: bool = False,
    per: Literal["needed", "optional"] = "needed",
    uncertain: bool = True,
) -> Written:
    """Something per period: `2.1% per month`, `30_000 per year`."""
    return Written("rate", low=low, high=high, high_open=high_open, uncertain=uncertain, of=of, per=per)


def count(*, high: int) -> Written:
    """A whole number."""
    return Written("count", high=high)


def text(*, length: int = 200) -> Written:
    """Words for people; no rule reads them."""
    return Written("text", length=length)


def choice(*choices: str) -> Written:
    """One of a few words."""
    return Written("choice", choices=choices)


def names(*, fewest: int) -> Written:
    """A list of names, all different."""
    return Written("names", fewest=fewest)


def truth() -> Written:
    """Yes or no."""
    return Written("truth")
