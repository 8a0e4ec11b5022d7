"""What do scores, thresholds and the search for missing facts do, in words?"""

from __future__ import annotations

from simfunnel.explanation.words import Line, bullet, lasting, mean, origins, said, share
from simfunnel.resolved.scores import share_above, weight_of
from simfunnel.scenario import Enrichment, Scenario, Stage


def score_text(scenario: Scenario) -> list[str]:
    """What the visible score is; nothing where leads have none."""
    score = scenario.score
    if score is None:
        return []
    seen = f"new leads score {score.mean:g} on average, with a standard deviation of {score.sd:g}; a score correlates "
    seen += f"at {said(score.correlation, 'share')} with how good the lead is"
    lines = [Line(f"{seen[:1].upper()}{seen[1:]}.", origins(scenario, ["score.correlation"]))]
    if score.weight:
        weighs = f"A lead one standard deviation better has log-odds higher by {said(score.weight, 'number')}"
        lines.append(Line(f"{weighs} at each stage that says nothing else.", origins(scenario, ["score.weight"])))
    return [bullet(line) for line in lines]


def threshold_text(scenario: Scenario, rule: Stage) -> str:
    """Who passes a threshold."""
    assert rule.threshold is not None
    assert scenario.score is not None
    above = share(share_above(scenario.score, rule.threshold))
    return f"a worked lead advances if its score is {rule.threshold:g} or more, as that of {above} of new leads is"


def quality_text(scenario: Scenario, rule: Stage) -> str:
    """What quality does to a conversion."""
    weight = weight_of(scenario, rule)
    if not weight:
        return ""
    return (
        f"that is the mean over fresh leads; one standard deviation of quality weighs {said(weight, 'number')} in the "
        "log-odds"
    )


def search_text(search: Enrichment | None, currency: str) -> str:
    """What is done about a missing fact."""
    if search is None or not mean(search.lacks):
        return ""
    text = f"of those who would advance, {said(search.lacks, 'share')} lack a fact; it is looked for"
    if search.takes:
        text += f" during {lasting(search.takes)}"
    if search.cost:
        text += f" at {said(search.cost, 'money', currency)}"
    if search.found == 1.0:
        return f"{text} and always found"
    return f"{text} and found in {said(search.found, 'share')} of cases, else the lead is rejected"
