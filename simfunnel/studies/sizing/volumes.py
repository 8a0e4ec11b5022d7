"""Which levers are volumes, of which more can only help?"""

from __future__ import annotations

from simfunnel.claims import Claim
from simfunnel.scenario import Scenario

_VOLUMES = ("leads", "visits", "budget")


def is_monotone(scenario: Scenario, path: str, claim: Claim) -> bool:
    """Whether more of the lever can only help: leads of a source, or money that brings them, without teams, for a
    target in deals or revenue. No yield brings fewer leads for more money."""
    keys = path.split(".")
    is_volume = path == "budget" or (len(keys) == 3 and keys[0] == "sources" and keys[2] in _VOLUMES)
    is_more = claim.op in (">=", ">") and claim.selector.name in ("deals", "revenue")
    return is_volume and is_more and not scenario.teams and {k for k, _ in claim.selector.where} <= {"source", "sector"}
