"""Does a run say what each future drew for what nobody knows?"""

from __future__ import annotations

from pathlib import Path

import numpy as np

import simfunnel as sf
from simfunnel.engine.block import Block
from simfunnel.resolved import resolve

MANY = """
name: Much is unknown
horizon: 90 days
process: [mql, sql, customer]
deal_value: lognormal(median=uniform(low=8k, high=12k), p90=40k)
margin: uniform(low=30%, high=50%)
attrition: beta(mean=10%, n=40) per year
sources:
  web: {enters: mql, leads: 'poisson(uniform(low=2, high=4) per month)', cost_per_lead: 'uniform(low=80, high=120)'}
sectors:
  retail: {share: 'uniform(low=40%, high=60%)'}
  industrial:
    share: rest
    stages: {sql: {conversion: 'beta(mean=30%, n=40, independent)', neglect: 'beta(mean=20%, n=40)'}}
stages:
  mql: {conversion: 'choice(50%=30%, 50%=40%)'}
  sql:
    conversion: beta(mean=20%, n=40)
    neglect: beta(mean=10%, n=40)
    takes: gamma(mean=uniform(low=10 days, high=20 days), cv=0.6)
    rejected: {recycle: 'uniform(low=20%, high=40%)', dropped: rest}
    recycle: {odds: 'uniform(low=0.4, high=0.8)'}
costs: {fair: 'uniform(low=900, high=1_100) per month'}
"""
COLUMNS = [
    "attrition", "costs.fair", "deal_value.median", "margin", "sectors.industrial.stages.sql.conversion",
    "sectors.retail.share", "sources.web.cost_per_lead", "sources.web.leads", "stages.mql.conversion",
    "stages.sql.conversion", "stages.sql.neglect[sector=industrial]", "stages.sql.neglect[sector=retail]",
    "stages.sql.recycle.odds", "stages.sql.rejected.recycle", "stages.sql.takes.mean",
]  # fmt: skip


def test_every_uncertain_input_has_a_column_in_the_unit_of_its_rule() -> None:
    found = sf.simulate(sf.loads(MANY), n_sims=300, seed=7).inputs()
    assert sorted(found.columns) == COLUMNS
    assert found.index.tolist() == list(range(300))
    for name, low, high in (
        ("margin", 0.3, 0.5), ("costs.fair", 900, 1_100), ("stages.sql.takes.mean", 10, 20),
        ("sources.web.leads", 2, 4), ("sources.web.cost_per_lead", 80, 120), ("deal_value.median", 8_000, 12_000),
    ):  # fmt: skip
        near = (high - low) / 20
        assert low <= found[name].min() < low + near, name
        assert high - near < found[name].max() <= high, name
    assert set(found["stages.mql.conversion"]) == {0.3, 0.4}


def test_sectors_read_what_is_unknown_everywhere_at_one_roll_unless_they_say_otherwise() -> None:
    ranks = sf.simulate(sf.loads(MANY), n_sims=300, seed=7).inputs().rank()
    same, other = (f"stages.sql.neglect[sector={name}]" for name in ("retail", "industrial"))
    assert ranks[same].equals(ranks[other])
    assert not ranks["stages.sql.conversion"].equals(ranks["sectors.industrial.stages.sql.conversion"])


def test_the_values_are_those_that_the_engine_used() -> None:
    scenario = sf.loads(MANY)
    plan, found = resolve(scenario).plan, sf.simulate(scenario, n_sims=40, seed=7).inputs()
    for stream in (0, 1):  # another stream has other luck and the same unknowns
        used = Block(plan, 7, 0, 40, stream).inputs
        by_names = {".".join(each.names[1:]): values for each, values in zip(plan.inputs, used, strict=True)}
        assert found["margin"].tolist() == by_names["scenario.margin"].tolist()
        cents = found["costs.fair"] * 100 * 90 / (365 / 12)
        assert np.allclose(cents, by_names["cost.fair"], rtol=1e-12)
        own = by_names["stage.sql.conversion.industrial"]
        assert found["sectors.industrial.stages.sql.conversion"].tolist() == own.tolist()


def test_longer_runs_and_stored_ones_drew_the_same(tmp_path: Path) -> None:
    scenario = sf.loads(MANY)
    short, run = (sf.simulate(scenario, n_sims=n, seed=7) for n in (20, 50))
    assert run.inputs().head(20).equals(short.inputs())
    again = sf.Result.load(run.save(tmp_path / "run.npz"))
    assert again.inputs().equals(run.inputs())
    assert not sf.simulate(scenario, n_sims=20, seed=8).inputs().equals(short.inputs())


def test_where_everything_is_known_there_are_rows_and_no_columns() -> None:
    sources = "horizon: 1 year\nprocess: [sql, customer]\nsources: {web: {enters: sql, leads: 4}}\n"
    assert sf.simulate(sf.loads(sources + "stages: {sql: {conversion: 25%}}"), n_sims=5).inputs().shape == (5, 0)
