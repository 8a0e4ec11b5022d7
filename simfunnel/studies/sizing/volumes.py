"""Which levers are volumes, of which more can only help, and whose leads do they bring?"""

from __future__ import annotations

from simfunnel.claims import Claim
from simfunnel.levers import Lever
from simfunnel.scenario import Scenario
from simfunnel.studies.sizing.funnel import Volume

_VOLUMES = ("leads", "visits", "budget")
_LEVELS = (["yield", "most"], ["yield", "leads"])  # of a yield: leads are in proportion to them


def is_monotone(scenario: Scenario, lever: Lever, claim: Claim) -> bool:
    """Whether more of the lever can only help: leads of sources, or money that brings them, or a higher yield, without
    teams, for a target in deals or revenue. No yield brings fewer leads for more money."""
    keys = lever.path.split(".")
    is_of_source = keys[0] == "sources" and (keys[2:] in _LEVELS or (len(keys) == 3 and keys[2] in _VOLUMES))
    is_volume = isinstance(lever, Volume) or lever.path == "budget" or is_of_source
    is_more = claim.op in (">=", ">") and claim.selector.name in ("deals", "revenue")
    return is_volume and is_more and not scenario.teams and {k for k, _ in claim.selector.where} <= {"source", "sector"}


def movers(scenario: Scenario, lever: Lever) -> tuple[str, ...]:
    """The sources to which the lever brings leads, more or fewer; none where it does anything else."""
    if isinstance(lever, Volume):
        return tuple(lever.sources)
    keys = lever.path.split(".")
    if keys[0] == "budget":
        return tuple(name for name, source in scenario.sources.items() if source.share is not None)
    if len(keys) > 2 and keys[0] == "sources" and (keys[2] in (*_VOLUMES, "capture") or keys[2:4] in _LEVELS):
        return (keys[1],)
    return ()
