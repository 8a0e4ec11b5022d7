"""Which scenarios have a comparison that can be worked out by hand?"""

from __future__ import annotations

import pytest

import simfunnel as sf
from simfunnel.scenario.schema import Scenario


@pytest.fixture(scope="session")
def article() -> Scenario:
    return sf.loads(
        """
        name: Leads going cold
        horizon: 1 year
        process: [sql, customer]
        plan: {customers: 10, revenue: 1M}
        deal_value: 100_000
        sources: {inbound: {enters: sql, leads: 40, cost_per_lead: 6_250}}
        stages: {sql: {conversion: 25%, neglect: 12.5%, shelf_life: 30 days}}
        """
    )


@pytest.fixture(scope="session")
def sla(article: Scenario) -> Scenario:
    return article.change(
        {"stages.sql.neglect": "2%", "costs": {"sla programme": "30_000 per year"}}, name="With an SLA"
    )


@pytest.fixture(scope="session")
def busy() -> Scenario:
    """Everything at once: sources of all kinds, sectors, clocks, recycling, returns, run-off, ignorance."""
    return sf.loads(
        """
        name: Busy
        horizon: 200 days
        run_off: 60 days
        process: [mql, sql, customer]
        deal_value: 10k
        margin: 40%
        attrition: 20% per year
        sources:
          fair: {enters: mql, leads: 25, cost: 5_000}
          search: {enters: mql, leads: poisson(3 per month), cost_per_lead: 180}
          web:
            enters: sql
            leads: overdispersed(1 per week, dispersion=3)
        sectors:
          retail: {share: 60%}
          industrial: {share: rest, deal_value: 30k, stages: {sql: {shelf_life: 60 days}}}
        stages:
          mql: {conversion: 'beta(mean=50%, n=20)'}
          sql:
            conversion: 40%
            neglect: 20%
            response: lognormal(median=2 days, p90=20 days)
            shelf_life: 14 days
            takes: gamma(mean=40 days, cv=0.6)
            cold: {recycle: 60%, competitor: rest}
            rejected: {recycle: 30%, competitor: 40%, dropped: rest}
            recycle: {after: 10 days, odds: 1.4, limit: 3, cost: 40}
            returns: {share: 30%, after: 20 days}
        """
    )
