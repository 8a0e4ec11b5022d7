"""What are the rules of a nurture programme in each sector, and what do they come to on average?"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from simfunnel.engine.plan import ProgrammePlan
from simfunnel.resolved.inputs import Inputs, mean_of
from simfunnel.resolved.scores import found_share, share_above
from simfunnel.scenario import schema

_NONE = schema.Programme(every=1.0, touches=0, opens=0.0)


def programme_plan(name: str, rules: list[schema.Programme | None], inputs: Inputs) -> ProgrammePlan | None:
    """The programme of a stage, one rule a sector; None where no sector has any."""
    if all(rule is None for rule in rules):
        return None
    key, each = ("stage", name), [rule or _NONE for rule in rules]

    return ProgrammePlan(
        first=np.array([rule.every if rule.first is None else rule.first for rule in each]),
        every=np.array([rule.every for rule in each]),
        touches=np.array([rule.touches for rule in each], np.int64),
        opens=inputs.knob((*key, "programme.opens"), [rule.opens for rule in each]),
        clicks=inputs.knob((*key, "programme.clicks"), [rule.clicks for rule in each]),
        unsubscribes=inputs.knob((*key, "programme.unsubscribes"), [rule.unsubscribes for rule in each]),
        points=np.array([rule.points for rule in each]),
        points_per_open=np.array([rule.points_per_open for rule in each]),
        threshold=np.array([np.inf if rule.threshold is None else rule.threshold for rule in each]),
        odds=inputs.knob((*key, "programme.odds"), [1.0 if rule.odds is None else rule.odds for rule in each]),
        cost=inputs.money((*key, "programme.cost_per_touch"), [rule.cost_per_touch for rule in each]),
    )


@dataclass(frozen=True)
class Prospects:
    """What a programme comes to that nothing cuts short, at the means of its rules: the shares of the leads that
    qualify and that are lost, and the mean number of touches.

    Examples
    --------
    >>> once = schema.Programme(every=10.0, touches=2, opens=0.5, clicks=1.0, threshold=1.0)
    >>> prospects(once)
    Prospects(qualified=0.75, lost=0.0, touches=1.5)
    """

    qualified: float
    lost: float
    touches: float


def prospects(rule: schema.Programme, score: schema.Score | None = None) -> Prospects:
    """Follow leads touch by touch through all points that they may gain; their visible score, if any, comes on top."""
    opens, clicks, unsubscribes = (mean_of(each) for each in (rule.opens, rule.clicks, rule.unsubscribes))
    steps = (
        (0.0, 1.0 - opens),
        (rule.points_per_open, opens * (1.0 - clicks)),
        (rule.points_per_open + rule.points, opens * clicks),
    )
    short = _short(rule, score)
    qualified, lost, touches = 1.0 - short(0.0), 0.0, 0.0
    at = {0.0: 1.0}  # the chance of so many points, whoever has qualified by then
    for _ in range(rule.touches):
        touches += sum(weight * short(points) for points, weight in at.items())
        after: dict[float, float] = {}
        for points, weight in at.items():
            for gain, chance in steps:
                total = points + gain if rule.threshold is not None else 0.0  # without a threshold they do not matter
                qualified += weight * chance * (short(points) - short(total))
                if short(total) > 0.0:
                    after[total] = after.get(total, 0.0) + weight * chance
        lost += unsubscribes * sum(weight * short(points) for points, weight in after.items())
        at = {points: weight * (1.0 - unsubscribes) for points, weight in after.items() if weight > 0.0}
    return Prospects(qualified, lost, touches)


def _short(rule: schema.Programme, score: schema.Score | None) -> Callable[[float], float]:
    """The chance that a lead which has gained so many points has not reached the threshold."""
    threshold = np.inf if rule.threshold is None else rule.threshold
    if score is None:
        return lambda points: float(points < threshold)
    return cache(lambda points: 1.0 - share_above(score, threshold - points))


def decides(rule: schema.Stage) -> bool:
    """Whether a programme's threshold says who advances."""
    return rule.programme is not None and rule.programme.threshold is not None


def threshold_decides(rule: schema.Stage) -> bool:
    """Whether a threshold, of the score or of a programme, says who advances, so that no odds do."""
    return rule.threshold is not None or decides(rule)


def mean_conversion(rule: schema.Stage, score: schema.Score | None) -> float:
    """The mean share of fresh leads that advances, as it is written or as a programme, a threshold of the score and
    the search for a fact have it; 1 where nothing says it."""
    if rule.programme is not None and decides(rule):
        return prospects(rule.programme, score).qualified
    conversion = rule.conversion if rule.conversion is not None else rule.conversion_of_entered
    if rule.threshold is not None and score is not None:
        conversion = share_above(score, rule.threshold)
    return (1.0 if conversion is None else mean_of(conversion)) * found_share(rule.enrichment)


def fewest_days(rule: schema.Programme) -> float:
    """Days until a lead that opens and clicks every touch qualifies; 0 where the programme does not decide."""
    if rule.threshold is None:
        return 0.0
    each = most_points(rule) / max(rule.touches, 1)
    needed = max(1, int(np.ceil(rule.threshold / each))) if each > 0.0 else 1
    return (rule.every if rule.first is None else rule.first) + (needed - 1) * rule.every


def most_points(rule: schema.Programme) -> float:
    """The points of a lead that opens and clicks all it can."""
    opens, clicks = mean_of(rule.opens) > 0.0, mean_of(rule.clicks) > 0.0
    return rule.touches * (opens * rule.points_per_open + (opens and clicks) * rule.points)
