"""What did the plan promise of a measure, and which futures keep it?"""

from __future__ import annotations

from dataclasses import dataclass

from simfunnel.charts.words import counted, interval, share
from simfunnel.claims import Claim, parse_selector
from simfunnel.measures import plan_roi
from simfunnel.results import Result
from simfunnel.results.futures import Terms
from simfunnel.results.text import figure


@dataclass(frozen=True)
class Promise:
    """One figure of the plan.

    Attributes
    ----------
    value : float
        In the unit of the measure.
    claim : Claim
        True of the futures that keep it: at least so many deals, at most so much cost.
    text : str
        `10 deals`, `$1M revenue`.
    short : str
        `10`, `$1M`.
    """

    value: float
    claim: Claim
    text: str
    short: str

    @property
    def is_of_twin(self) -> bool:
        return self.claim.selector.name.startswith("twin_")

    @property
    def when(self) -> str:
        """How a sentence about it begins, where it is not about the horizon."""
        return "By the end of the run-off " if self.claim.selector.name.startswith("cohort_") else ""

    @property
    def broken(self) -> Claim:
        """What is true of the futures that do not keep it."""
        return Claim(self.claim.selector, "<" if self.claim.op == ">=" else ">", self.value)


def promise(run: Result, measure: str) -> Promise | None:
    """What the plan says of a measure; None where it says nothing."""
    selector = parse_selector(measure)
    terms = run.terms
    name = selector.name.removeprefix("twin_").removeprefix("cohort_")
    value = None if selector.where else _figures(terms).get(name)
    if value is None:
        return None
    short = figure(value, selector.unit, 0.0, terms.currency)
    text = counted(short, selector.unit) if name == "deals" else f"{short} {'return' if name == 'roi' else name}"
    return Promise(value, Claim(selector, "<=" if name == "cost" else ">=", value), text, short)


def _figures(terms: Terms) -> dict[str, float | None]:
    return {
        "deals": terms.plan_customers,
        "revenue": terms.plan_revenue,
        "cost": terms.plan_budget,
        "roi": plan_roi(terms),
    }


def keeping(run: Result, plan: Promise) -> str:
    """The sentence for a plan: how likely it is kept, and how well that is known."""
    chance = run.chance(plan.claim)
    does = "stay within" if plan.claim.op == "<=" else "reach"
    if plan.is_of_twin:
        does = does.replace("stay", "stays").replace("reach", "reaches")
        return f"The ideal twin {does} the plan of {plan.text} in {share(chance)} of futures ({interval(chance)})"
    return f"{plan.when}{share(chance)} of futures {does} the plan of {plan.text} ({interval(chance)})"
