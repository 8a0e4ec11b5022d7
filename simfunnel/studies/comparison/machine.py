"""What does a comparison say to a program?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simfunnel.results.machine import plain_values, plan_claims

if TYPE_CHECKING:
    from simfunnel.studies.comparison.study import Comparison


def to_json(comparison: Comparison) -> dict[str, Any]:
    """Plain values that `json.dumps` takes as they are; what is missing or unbounded is None."""
    changed = comparison.leads_changed().set_index("variant")
    variants = {
        name: {
            "measures": {measure: comparison.pairs(measure, name).figures() for measure in comparison.measures},
            "leads_changed": changed.loc[name].to_dict(),
        }
        for name in comparison.names[1:]
    }
    claims = [claim for claim in plan_claims(comparison.runs[0]) if not claim.startswith("twin_")]
    provenance = {
        name: {"digest": run.terms.digest, "scenario": run.terms.scenario_yaml, "versions": dict(run.terms.versions)}
        for name, run in zip(comparison.names, comparison.runs, strict=True)
    }
    found: dict[str, Any] = plain_values(
        {
            "baseline": comparison.names[0],
            "n_sims": comparison.n_sims,
            "seed": comparison.seed,
            "currency": comparison.runs[0].terms.currency,
            "warnings": comparison.warnings,
            "variants": variants,
            "chances": {claim: comparison.chance(claim).to_json() for claim in claims},
            "provenance": provenance,
        }
    )
    return found
