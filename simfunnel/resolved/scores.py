"""How much does a lead's quality weigh at each stage, whom does a threshold let pass, and what is searched for?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from simfunnel.distributions import Distribution
from simfunnel.engine.plan import Enrichment, Floats, Knob, ScorePlan
from simfunnel.resolved.inputs import Inputs, Number, mean_of
from simfunnel.scenario import schema

_NO_SEARCH = schema.Enrichment(lacks=0.0)
_COMMON = ("scenario", "score.weight")


def score_plan(scenario: schema.Scenario, inputs: Inputs) -> ScorePlan | None:
    """The visible score; None where leads have none."""
    score = scenario.score
    if score is None:
        return None
    return ScorePlan(inputs.knob(("scenario", "score.correlation"), [score.correlation]), score.mean, score.sd)


def weight_of(scenario: schema.Scenario, rule: schema.Stage) -> Number:
    """Log-odds per standard deviation of quality: the stage's own, else that of the score; 0 where luck decides
    nothing."""
    if scenario.score is None or rule.threshold is not None:
        return 0.0
    return scenario.score.weight if rule.score_weight is None else rule.score_weight


def weights(scenario: schema.Scenario, name: str, rules: Sequence[schema.Stage], inputs: Inputs) -> Knob:
    """The weight at a stage, by sector; what is unknown of the common one is unknown of all stages that share it."""
    values = [weight_of(scenario, rule) for rule in rules]
    drawn = []
    for k, value in enumerate(values):
        if isinstance(value, Distribution):
            names = _COMMON if rules[k].score_weight is None else ("stage", name, "score_weight")
            own = (*names, inputs.sectors[k]) if value.independent and len(values) > 1 else names
            drawn.append((k, inputs.index(own, value, sector=k if len(values) > 1 else None)))
    return Knob(np.array([0.0 if isinstance(each, Distribution) else each for each in values]), tuple(drawn))


def thresholds(rules: Sequence[schema.Stage]) -> Floats | None:
    """The score from which on a lead advances, by sector, NaN where luck decides; None where it does in all."""
    given = [rule.threshold for rule in rules]
    if all(each is None for each in given):
        return None
    return np.array([np.nan if each is None else each for each in given])


def share_above(score: schema.Score, threshold: float) -> float:
    """The share of new leads whose score reaches a threshold: a tail of the normal distribution."""
    from scipy.special import ndtr

    return float(ndtr((score.mean - threshold) / score.sd))


def found_share(search: schema.Enrichment | None) -> float:
    """Of those who would advance, the mean share about whom all is known in the end."""
    return 1.0 if search is None else 1.0 - mean_of(search.lacks) * (1.0 - mean_of(search.found))


def enrichment(name: str, rules: Sequence[schema.Stage], inputs: Inputs) -> Enrichment | None:
    """What is done about a fact that leads lack; None where none of them lacks any."""
    each = [rule.enrichment or _NO_SEARCH for rule in rules]
    key = ("stage", name)
    lacks = inputs.knob((*key, "enrichment.lacks"), [one.lacks for one in each])
    if lacks.is_zero:
        return None
    takes = [one.takes for one in each]
    takes_none = all(not isinstance(value, Distribution) and value == 0.0 for value in takes)
    return Enrichment(
        lacks=lacks,
        found=inputs.knob((*key, "enrichment.found"), [one.found for one in each]),
        takes=None if takes_none else inputs.clock((*key, "enrichment.takes"), takes),
        cost=inputs.money((*key, "enrichment.cost"), [one.cost for one in each]),
    )
