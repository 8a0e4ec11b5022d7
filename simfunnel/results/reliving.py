"""What did one future look like from inside? One replication, lived again with every event written down."""

from __future__ import annotations

from typing import NamedTuple

from simfunnel.engine.block import Block, Leads
from simfunnel.engine.futures import live
from simfunnel.engine.plan import Plan
from simfunnel.engine.visits import Walk
from simfunnel.engine.waves import Event
from simfunnel.results.futures import Terms
from simfunnel.scenario import Scenario


class Relived(NamedTuple):
    """The leads of a replication, their walk and their twins', each with its events; ``numbers``: leads by source."""

    scenario: Scenario
    plan: Plan
    leads: Leads
    numbers: list[int]
    actual: Walk
    twin: Walk
    lived: list[Event]
    ideal: list[Event]


def relive(terms: Terms, replication: int) -> Relived:
    """Live one replication again.

    Raises
    ------
    IndexError
        The run has no such replication.
    """
    from simfunnel.resolved import resolve
    from simfunnel.scenario import loads

    if not 0 <= replication < terms.n_sims:
        raise IndexError(f"there is no replication {replication}; the run has 0 to {terms.n_sims - 1:,}")
    scenario = loads(terms.scenario_yaml)
    plan = resolve(scenario).plan
    lived: list[Event] = []
    ideal: list[Event] = []
    block = Block(plan, terms.seed, replication, 1, terms.luck_stream)
    leads, counts, actual, twin, _ = live(block, journal=(lived, ideal))
    return Relived(scenario, plan, leads, [int(count[0]) for count in counts], actual, twin, lived, ideal)
