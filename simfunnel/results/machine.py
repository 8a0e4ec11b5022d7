"""What does a run say to a program?"""

from __future__ import annotations

from math import isfinite
from typing import TYPE_CHECKING, Any

from simfunnel.claims import number
from simfunnel.measures import plan_roi

if TYPE_CHECKING:
    from simfunnel.results.result import Result

_SHOWN = ("n", "mean", "mcse", "sd", "p10", "p50", "p90")


def plan_claims(result: Result) -> list[str]:
    """What the plan claims, of the run and of its twin; nothing where it names no figure."""
    terms = result.terms
    figures = {"deals": terms.plan_customers, "revenue": terms.plan_revenue, "roi": plan_roi(terms)}
    promised = [(name, value) for name, value in figures.items() if value is not None]
    return [f"{whose}{name} >= {number(value)}" for whose in ("", "twin_") for name, value in promised]


def to_json(result: Result) -> dict[str, Any]:
    """Plain values that `json.dumps` takes as they are; what is missing or unbounded is None."""
    terms = result.terms
    summary = result.summary()
    measures = {name: {key: _value(row[key]) for key in _SHOWN} for name, row in summary.iterrows()}
    chances = {claim: result.chance(claim) for claim in plan_claims(result)}
    ledger = result.ledger().to_dict(orient="records")
    return {
        "name": terms.name,
        "n_sims": terms.n_sims,
        "seed": terms.seed,
        "currency": terms.currency,
        "plan": {
            "customers": terms.plan_customers,
            "revenue": terms.plan_revenue,
            "budget": terms.plan_budget,
            "roi": plan_roi(terms),
            "derived": list(terms.derived),
        },
        "measures": measures,
        "chances": {
            claim: {"value": _value(chance.value), "low": _value(chance.low), "high": _value(chance.high)}
            for claim, chance in chances.items()
        },
        "ledger": [{str(key): _value(value) for key, value in row.items()} for row in ledger],
        "provenance": {
            "digest": terms.digest,
            "versions": dict(terms.versions),
            "luck_stream": terms.luck_stream,
            "horizon_days": terms.horizon_days,
            "scenario": terms.scenario_yaml,
        },
    }


def _value(value: Any) -> Any:
    if isinstance(value, str):
        return value
    plain = value.item() if hasattr(value, "item") else value
    if isinstance(plain, float) and not isfinite(plain):
        return None
    return plain


def plain_values(value: Any) -> Any:
    """Nested values as `json.dumps` takes them: tuples are lists, and what is missing or infinite is None."""
    if isinstance(value, dict):
        return {key: plain_values(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain_values(each) for each in value]
    return None if isinstance(value, float) and not isfinite(value) else value
