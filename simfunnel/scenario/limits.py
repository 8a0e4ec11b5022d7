"""Does a value keep to the range that its key allows?"""

from __future__ import annotations

import numpy as np

from simfunnel.distributions import FAMILIES, Distribution, value_text
from simfunnel.scenario.text import quoted
from simfunnel.scenario.written import Written

__all__ = ["check_distribution", "check_value", "describe_range"]

MAX_COMBINATIONS = 500
HALF_A_CENT = 0.005
TOO_SMALL = (
    "is under half a cent and would count as 0, as money is in whole cents; write 0.01 or more, or one sum for all"
)
# What is counted where a share makes no sense.
NOT_SHARES = {"duration": "a duration", "money": "an amount of money", "leads": "a number of leads"}


def describe_range(written: Written) -> str:
    """The allowed range in words: `from 0% to 100%`, `more than 0 days, at most 50 years`."""
    low, high = _in_words(written, written.low), _in_words(written, written.high)
    start = f"more than {low}" if written.low_open else f"at least {low}"
    if written.high == float("inf"):
        return start
    return f"{start}, {'less than' if written.high_open else 'at most'} {high}"


def _in_words(written: Written, value: float) -> str:
    kind = written.of if written.kind == "rate" else written.kind
    # Plain numbers are set out as money is: 10_000_000.
    kind = kind if kind in ("duration", "share") else "money"
    return value_text(value, kind) if abs(value) < 1e15 else f"{value:g}".replace("e+", "e")


def check_value(written: Written, value: float, text: str) -> None:
    """Refuse a single value out of range.

    Raises
    ------
    ValueError
        Saying what is allowed.
    """
    low, high = written.low, written.high
    if written.kind == "money" and 0.0 < value < HALF_A_CENT:
        raise ValueError(f"{quoted(text)} {TOO_SMALL}")
    below = value <= low if written.low_open else value < low
    above = value >= high if written.high_open else value > high
    if not below and not above:
        return
    what = "is negative" if below and low == 0 and value < 0 else "is too small" if below else "is too large"
    hint = ""
    is_share = (written.kind == "share" or written.of == "share") and not text.rstrip().endswith("%")
    if is_share and abs(value) > 1 and low <= value / 100 <= high:
        hint = f"; did you mean {value_text(value / 100, 'share')}?"
    raise ValueError(f"{quoted(text)} {what}; allowed is {describe_range(written)}{hint}")


def check_distribution(written: Written, distribution: Distribution, text: str) -> None:
    """Refuse a distribution that the key does not take, or whose values may leave the range.

    Raises
    ------
    ValueError
        Saying what is allowed.
    """
    if not written.uncertain:
        raise ValueError(f"{quoted(text)} is a distribution; a single value is needed here")
    if distribution.inputs and not written.chance:
        name = distribution.inputs[0][0]
        raise ValueError(
            f"{quoted(text)}: {name} cannot be a distribution here: the whole is rolled once per replication already, "
            "so its parameters are numbers"
        )
    _check_entries(distribution, text)
    unit = written.of if written.kind == "rate" else written.kind
    _check_shares(unit, distribution, text)
    if written.kind == "money" and 0.0 < distribution.mean() < HALF_A_CENT:
        raise ValueError(f"{quoted(text)} {TOO_SMALL}")
    low, high = distribution.support()
    touches = written.low_open and low == written.low and float(distribution.cdf(np.array([low]))[0]) > 0.0
    if low < written.low or touches:
        instead = "normal(..., low=0)" if distribution.family == "normal" else "a distribution that starts higher"
        reach, allowed = _reach(written, low), describe_range(written)
        raise ValueError(f"{quoted(text)} can be as low as {reach}; allowed is {allowed}; use {instead}")
    # Long tails of durations and money are what they are; a share above 100 % is nonsense.
    if high > written.high and (unit == "share" or written.firm):
        reach, allowed = _reach(written, high), describe_range(written)
        instead = "beta(mean=, n=), or uniform, triangular, pert within the range"
        raise ValueError(f"{quoted(text)} can be as high as {reach}; allowed is {allowed}; use {instead}")
    if low > written.high or (written.high_open and low >= written.high):
        raise ValueError(f"{quoted(text)} is too large; allowed is {describe_range(written)}")


def refuse_shares(unit: str, family: str) -> None:
    """Refuse a family that can only be a share where something else is counted.

    Raises
    ------
    ValueError
        Saying what is meant instead.
    """
    if family == "beta" and unit in NOT_SHARES:
        what, instead = NOT_SHARES[unit], "pert(low=, mode=, high=) or gamma(mean=, cv=)"
        raise ValueError(f"a beta is a share between 0% and 100%, and here stands {what}; write {instead}")


def _check_shares(unit: str, distribution: Distribution, text: str) -> None:
    family = FAMILIES[distribution.family]
    try:
        refuse_shares(unit, distribution.family)
    except ValueError as error:
        raise ValueError(f"{quoted(text)}: {error}") from None
    for name, value in distribution.params:
        if isinstance(value, Distribution) and (family.entry_kind or family.param_kinds[name]) != "number":
            _check_shares(unit, value, text)


def _check_entries(distribution: Distribution, text: str) -> None:
    """Lists nested in several parameters multiply: averaging over them must stay a matter of milliseconds."""
    combinations = 1
    for _, inner in distribution.inputs:
        entries = inner.params if FAMILIES[inner.family].entry_kind else dict(inner.params).get("values", (1,))
        combinations *= len(entries)
    if combinations > MAX_COMBINATIONS:
        limit = f"at most {MAX_COMBINATIONS} fit"
        raise ValueError(f"{quoted(text)}: its parameters have {combinations:_} combinations of entries; {limit}")


def _reach(written: Written, value: float) -> str:
    if abs(value) == float("inf"):
        return "infinity" if value > 0 else "minus infinity"
    return _in_words(written, value)
