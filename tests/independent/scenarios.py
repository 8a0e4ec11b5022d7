"""Which six funnels must the package and the independent simulator agree on?"""

from __future__ import annotations

from dataclasses import dataclass

from .funnels_known import ARTICLE, SIX_STAGES, TWO_SECTORS, article, six_stages, two_sectors
from .funnels_uncertain import DRIFT, IGNORANCE, MONEY, drift, ignorance, money
from .simulator import Describe


@dataclass(frozen=True)
class Scenario:
    """One funnel in both languages, and as many futures of the simulator as a bias of 1 % in mean deals asks for."""

    name: str
    text: str
    world: Describe
    n_sims: int


SCENARIOS = (
    Scenario("article", ARTICLE, article, n_sims=39_700),
    Scenario("six stages", SIX_STAGES, six_stages, n_sims=33_000),
    Scenario("two sectors", TWO_SECTORS, two_sectors, n_sims=26_000),
    Scenario("ignorance", IGNORANCE, ignorance, n_sims=50_500),
    Scenario("drift", DRIFT, drift, n_sims=43_000),
    Scenario("money", MONEY, money, n_sims=39_500),
)
