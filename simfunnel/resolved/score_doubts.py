"""Which thresholds, weights and scores do nothing, or not what their author will have meant?"""

from __future__ import annotations

from collections.abc import Iterator

from simfunnel.distributions import Distribution, value_text
from simfunnel.resolved.inputs import exit_share, mean_of
from simfunnel.resolved.nurture import threshold_decides
from simfunnel.resolved.scores import share_above, weight_of
from simfunnel.scenario import Enrichment, Scenario, Stage

_NOBODY = 1e-4  # one lead in ten thousand
_AT_MOST = 3.0  # standard deviations: beyond, hardly anybody is


def score_doubts(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Key paths of odd rules about scores, and what is odd about each."""
    yield from _idle_score(scenario)
    for name, written in scenario.stages.items():
        yield from _of_stage(scenario, written, name, None, f"stages.{name}")
    for sector, rules in scenario.sectors.items():
        for name, written in rules.stages.items():
            yield from _of_stage(scenario, written, name, sector, f"sectors.{sector}.stages.{name}")


def _idle_score(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """A score that no rule reads, or that says nothing."""
    if scenario.score is None:
        return
    rules = [scenario.stage(name, sector) for name in scenario.process[:-1] for sector in scenario.sectors or [None]]
    weighs = any(mean_of(weight_of(scenario, rule)) > 0.0 and not threshold_decides(rule) for rule in rules)
    parts = any(team.discipline == "highest score first" for team in scenario.teams.values())
    parts = parts or any(threshold_decides(rule) for rule in rules)
    said = "parts leads by what says nothing about their chances, as"
    if weighs and parts and mean_of(scenario.score.correlation) <= 0.0:
        yield "score.correlation", "is 0, so the score parts leads by chance alone; write such as 70%"
    elif weighs:
        return
    elif not parts:
        yield "score", "does nothing; write a `weight`, or leave it out"
    elif mean_of(scenario.score.weight) > 0.0 and all(threshold_decides(rule) for rule in rules):
        yield "score", f"{said} thresholds decide at every stage, and quality at none; write a `conversion` at one"
    else:
        yield "score", f"{said} quality has no weight; write such as `weight: 0.5`"


def _of_stage(
    scenario: Scenario, written: Stage, name: str, sector: str | None, path: str
) -> Iterator[tuple[str, str]]:
    """What is odd about the rules that are written at a path."""
    if written.enrichment is not None and mean_of(written.enrichment.lacks) <= 0.0:
        yield f"{path}.enrichment", "looks for nothing, as no lead lacks a fact; leave it out"
    elif written.enrichment is not None and _is_idle(written.enrichment):
        said = "changes nothing, as every search finds the fact, at once and for nothing"
        yield f"{path}.enrichment", f"{said}; write `found`, `takes` or `cost`, or leave it out"
    score, rule = scenario.score, scenario.stage(name, sector)
    for key in ("drift", "score_weight"):
        if getattr(written, key) is not None and threshold_decides(rule):
            yield f"{path}.{key}", "moves nothing, as a threshold decides here, whatever the odds; leave it out"
    if written.threshold is None or score is None:
        return
    above, span = share_above(score, written.threshold), f"{score.mean:g} with a standard deviation of {score.sd:g}"
    fits = f"write one between {score.mean - _AT_MOST * score.sd:g} and {score.mean + _AT_MOST * score.sd:g}"
    if above < _NOBODY:
        yield f"{path}.threshold", f"lets nobody pass, as scores are {span} on average; {fits}"
    elif above > 1.0 - _NOBODY:
        yield f"{path}.threshold", f"holds nobody back, as scores are {span} on average; {fits}"
    if _comes_back_in_vain(rule, name):
        some = value_text(round(exit_share(rule.rejected, "recycle"), 4), "share")
        said = f"meets {some} of the rejected again, recycled to this stage with the score that they had"
        yield f"{path}.threshold", f"{said}, so none of them ever passes; drop them, or recycle them to elsewhere"


def _is_idle(search: Enrichment) -> bool:
    takes = search.takes.support()[1] if isinstance(search.takes, Distribution) else search.takes
    return mean_of(search.found) >= 1.0 and takes <= 0.0 and mean_of(search.cost) <= 0.0


def _comes_back_in_vain(rule: Stage, name: str) -> bool:
    """Whether the rejected come back to the threshold that rejected them."""
    to = None if rule.recycle is None else rule.recycle.to
    return rule.rejected is not None and exit_share(rule.rejected, "recycle") > 0.0 and to in (None, name)
