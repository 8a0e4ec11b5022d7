"""Do thresholds, weights and enrichment find what they need: a score, and one rule that decides who advances?"""

from __future__ import annotations

from simfunnel.scenario.checker import Checker
from simfunnel.scenario.schema import Stage
from simfunnel.scenario.tree import KeyPath

__all__ = ["check_score", "check_searches"]

_NEEDS = "needs a score; write such as score: {weight: 0.5, correlation: 70%} at the top of the file"


def check_score(checker: Checker, path: KeyPath, stage: Stage) -> None:
    """One stage's rules about scores, as they stand in the common stages or in a sector."""
    for key in ("threshold", "score_weight"):
        if getattr(stage, key) is not None and checker.scenario.score is None:
            checker.fault((*path, key), _NEEDS, reads=[(*path, key), ("score",), ("score", "correlation")])
    for key in ("conversion", "conversion_of_entered"):
        if stage.threshold is not None and getattr(stage, key) is not None:
            message = f"decides who advances, and so does `{key}`; write one of them"
            checker.fault((*path, "threshold"), message)


def check_searches(checker: Checker, name: str) -> None:
    """What else would count or delay the leads of a search once more."""
    scenario = checker.scenario
    for sector in scenario.sectors or [None]:
        rules = scenario.stage(name, sector)
        own = () if sector is None or name not in scenario.sectors[sector].stages else ("sectors", sector)
        if rules.enrichment is None:
            continue
        if rules.conversion_of_entered is not None:
            said = "counts the leads whose fact is not found a second time; beside `enrichment` write `conversion`"
            checker.fault((*own, "stages", name, "conversion_of_entered"), said)
            return
        if rules.programme is not None:
            said = "cannot stand beside a `programme`; give one of them a stage of its own"
            checker.fault((*own, "stages", name, "enrichment"), said)
            return
