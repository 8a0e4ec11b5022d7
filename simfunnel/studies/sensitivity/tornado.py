"""What does each input move by itself, from a low value to a high one, on the same luck?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import nan
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.errors import Problem, ScenarioError
from simfunnel.levers import find, kind_of
from simfunnel.resolved import Resolved, resolve
from simfunnel.resolved.naming import in_words
from simfunnel.results.intervals import wilson
from simfunnel.results.pairs import difference, moments, paired_chance
from simfunnel.scenario import Scenario
from simfunnel.studies.sensitivity.design import Unknown, held, unknowns
from simfunnel.studies.sensitivity.figure import Figure
from simfunnel.studies.sensitivity.record import Known, Swing, Tornado
from simfunnel.studies.sensitivity.wording import quantity

Array = npt.NDArray[Any]
Ranges = Mapping[str, tuple[object, object]]
_BY_MEANS = ("conversion_of_entered", "lift")


@dataclass(frozen=True, eq=False)
class Bar:
    """An input and the two scenarios that hold it at its ends, made when they are run."""

    path: str
    words: str
    ends: tuple[str, str]
    values: tuple[float, float]
    is_uncertain: bool
    low: Callable[[], Resolved]
    high: Callable[[], Resolved]


def bars(scenario: Scenario, resolved: Resolved, ranges: Ranges, between: tuple[float, float]) -> list[Bar]:
    """What is to be held: every unknown at two of its quantiles, and what ranges are given for, in their place where
    they are of an unknown.

    Raises
    ------
    ScenarioError
        A range is of no number, or beyond what the language allows there.
    """
    given = [_range(scenario, path, ends) for path, ends in ranges.items()]
    left = [{one.names for one in unknowns(bar.low())} for bar in given]
    free = [one for one in unknowns(resolved) if all(one.names in each for each in left)]
    still = {one.path for one in free}  # what a sector says of its own, where others are moved
    given = [replace(bar, words=f"{bar.words} where it is known") if bar.path in still else bar for bar in given]
    return [*(_unknown(scenario, resolved, one, between) for one in free), *given]


def tornado(
    centre: Array, found: Sequence[tuple[Bar, Array, Array]], figure: Figure, *, between: tuple[float, float],
    level: float, together: tuple[tuple[str, ...], ...], by_means: tuple[str, ...],
) -> Tornado:  # fmt: skip
    """What came of holding each input, future by future."""
    compare = _chances if figure.claim is not None else partial(_means, unit=figure.unit)
    swings = [
        Swing(
            bar.path, bar.words, bar.ends, bar.values, bar.is_uncertain,
            _at(low, figure, level), _at(high, figure, level),
            compare(centre, low, level=level), compare(centre, high, level=level), compare(low, high, level=level),
        )
        for bar, low, high in found
    ]  # fmt: skip
    swings.sort(key=lambda one: -one.span)
    return Tornado(_at(centre, figure, level), tuple(swings), between, 1 + 2 * len(found), together, by_means)


def worked_out(scenario: Scenario) -> tuple[str, ...]:
    """Key paths of what is worked out once, by the means of what is uncertain, which a held input does not change."""
    return tuple(_by_means(scenario.model_dump(exclude_none=True), ()))


def _by_means(written: Any, path: tuple[str, ...]) -> Iterator[str]:
    for key, each in written.items() if isinstance(written, dict) else ():
        if key in _BY_MEANS and path[-1] not in ("stages", "sources") and each:
            yield ".".join((*path, key))
        yield from _by_means(each, (*path, key))


def _unknown(scenario: Scenario, resolved: Resolved, one: Unknown, between: tuple[float, float]) -> Bar:
    low, high = (partial(held, resolved, one.names, at) for at in between)
    return Bar(one.path, one.words, *_ends(scenario, resolved, one, between), True, low, high)


def _ends(
    scenario: Scenario, resolved: Resolved, one: Unknown, between: tuple[float, float]
) -> tuple[tuple[str, str], tuple[float, float]]:
    """The values of an unknown at its two quantiles, in words and as numbers; of several that sectors read at one roll,
    each, which is no number."""
    kind = _kind(scenario, one.path)
    written = dict.fromkeys(
        distribution
        for each, (_, distribution) in zip(resolved.plan.inputs, resolved.uncertain, strict=True)
        if each.names == one.names
    )
    ends, numbers = [], []
    for at in between:
        values = dict.fromkeys(float(each.prepare().quantile(np.array([at]))[0]) for each in written)
        ends.append(" or ".join(dict.fromkeys(quantity(value, kind, scenario.currency) for value in values)))
        numbers.append(next(iter(values)) if len(values) == 1 else nan)
    return (ends[0], ends[1]), (numbers[0], numbers[1])


def _kind(scenario: Scenario, path: str) -> str:
    try:
        return kind_of(scenario, path)
    except ScenarioError:  # what is worked out of several rules stands under none of them
        return "number"


def _range(scenario: Scenario, path: str, ends: tuple[object, object]) -> Bar:
    """A number that is moved between two values that somebody gives."""
    texts = tuple(str(end) for end in ends)
    if len(texts) != 2:
        raise _fault(path, f"a range has two ends, as in 2%:20%, not {len(texts)}")
    changed = [_moved(scenario, path, text) for text in texts]
    low, high = (partial(resolve, each) for each in changed)
    least, most = (find(each, path).present for each in changed)
    return Bar(path, _words(path), (texts[0].strip(), texts[1].strip()), (least, most), False, low, high)


def _words(path: str) -> str:
    """A key path in words: `neglect of stage sql`."""
    level, *keys = path.split(".")
    kind = {"stages": "stage", "sources": "source", "teams": "team"}.get(level)
    return path if kind is None or len(keys) < 2 else in_words((kind, keys[0], ".".join(keys[1:])), ())


def _moved(scenario: Scenario, path: str, text: str) -> Scenario:
    """The scenario with a number as it is written; of an uncertain input, with that in place of its distribution."""
    of_all = path.split(".", 2)[-1] if path.startswith("sectors.") else path
    if any(one.path in (path, of_all) for one in unknowns(resolve(scenario))):
        return scenario.change({path: text.strip()}, name=scenario.name)
    lever = find(scenario, path)
    try:
        value = lever.read(text.strip())
    except ValueError as error:
        raise _fault(path, f"{text!r} cannot be read: {error}") from None
    if not lever.least <= value <= lever.most:
        said = f"{lever.words(value)} is out of reach; it may be {lever.words(lever.least)}"
        raise _fault(path, f"{said} to {lever.words(lever.most)}")
    if lever.is_whole and value != int(value):
        raise _fault(path, f"{text!r} is no whole number of {lever.unit or 'them'}")
    return lever.moved(scenario, value)


def _fault(path: str, message: str) -> ScenarioError:
    return ScenarioError([Problem(path, message, "range")])


def _at(figures: Array, figure: Figure, level: float) -> Known:
    if figure.claim is None:
        return Known.of(*moments(figures), level)
    true = int(np.count_nonzero(figures))
    return Known.between(true / len(figures), *wilson(true, len(figures), level), level)


def _means(before: Array, after: Array, *, level: float, unit: str) -> Known:
    return Known.of(*moments(difference(before, after, unit)), level)


def _chances(before: Array, after: Array, *, level: float) -> Known:
    return Known.between(*paired_chance(before > 0, after > 0, level), level)
