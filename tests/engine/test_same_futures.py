"""Is it the same future, to the last bit, however it is computed and whatever else is simulated beside it?"""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import Executor, ProcessPoolExecutor
from typing import Any

import numpy as np
import pytest
from funnels import Rules, resolved, scenarios
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import simfunnel as sf
from simfunnel.engine.futures import simulate_block
from simfunnel.errors import ScenarioError
from simfunnel.resolved import Resolved, resolve
from simfunnel.results.futures import VISIT_MEASURES, Futures

COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}
OF_TEAMS = ("cold_queue", "cost_teams")  # of which there are none here
SEEDS = st.integers(0, 2**70)

#: Sources of every kind, sectors, every clock and exit, recycling, returns, drift, run-off, ignorance upon ignorance.
EVERYTHING = """
horizon: 150 days
run_off: 60 days
process: [lead, mql, sql, offer, customer]
plan: {customers: 10, revenue: 1M}
deal_value: lognormal(mean=uniform(low=5k, high=9k), cv=1.2)
margin: beta(mean=40%, n=50)
expansion: {rate: 'uniform(low=0.2, high=1) per month', delay: 20 days, value: 'lognormal(mean=900, cv=1)'}
attrition: 3% per month
period: week
score: {weight: 'uniform(low=0.2, high=0.6)', correlation: 70%}
sources:
  search: {enters: mql, leads: 'poisson(uniform(low=3, high=6) per month)', cost_per_lead: 180, odds: 1.3}
  list: {enters: lead, leads: 20}
  web: {enters: mql, leads: 'overdispersed(1 per week, dispersion=3)', sectors: {b: 40%, a: rest}}
  fair: {enters: sql, leads: 9, cost: 5_000, arrive: {from: 2027-03-01, to: 2027-03-05}}
  site: {enters: mql, visits: 'overdispersed(400, dispersion=9)', capture: 'beta(mean=2%, n=300)', lift: -10%}
  spend: {enters: sql, budget: 'uniform(low=400, high=900)', cost_per_lead: 90, arrive: {weekdays: {sat: 0, sun: 0}}}
  pipeline: {enters: offer, leads: 5, arrive: at start}
stages:
  lead:
    programme:
      every: 6 days
      touches: 5
      opens: beta(mean=50%, n=90)
      clicks: 60%
      threshold: 52
      points_per_open: 0.5
      unsubscribes: 2%
      cost_per_touch: 0.35
      odds: 1.05
  mql: {conversion: 'beta(mean=60%, n=20)', response: 'weibull(shape=0.6, mean=3 days)', shelf_life: 9 days}
  sql:
    conversion: beta(mean=45%, n=40)
    neglect: beta(mean=20%, n=30)
    response: lognormal(median=uniform(low=1 day, high=3 days), p90=20 days)
    shelf_life: exponential(mean=14 days)
    patient: 10%
    give_up: 60 days
    takes: gamma(mean=12 days, cv=0.6)
    rejected_takes: 4 days
    cold: {neglected: {recycle: 60%, competitor: rest}, late: {no_decision: 20%, recycle: rest}}
    rejected: {recycle: 40%, competitor: 40%, dropped: rest}
    recycle: {to: mql, after: exponential(mean=9 days), odds: 1.2, limit: 3, cost: 40}
    returns: {share: 30%, after: 20 days, to: offer}
    drift: {sd: 'uniform(low=0.2, high=0.6)', carry_over: 0.5, every: 1 week}
    cost_per_work: 12.5
  offer:
    conversion: 50%
    takes: 5 days
    cost_per_entry: uniform(low=1, high=20)
    enrichment: {lacks: 20%, found: 80%, takes: 2 days, cost: 15}
    rejected: {recycle: 20%, dropped: rest}
sectors:
  b: {share: 'uniform(low=10%, high=40%)', deal_value: 20k, stages: {sql: {conversion: 30%, shelf_life: 4 hours}}}
  a: {share: rest}
  c: {share: 25%, attrition: 20% per month, stages: {mql: {threshold: 45}}}
costs: {programme: 30_000 per year, fee: 'uniform(low=1, high=9)'}
"""
KEEP = ("revenue[sector=b]", "cold_late[stage=sql,source=web]", "deals[source=search]", "left[stage=sql]")


def run(
    scenario: sf.Scenario | Resolved,
    n_sims: int,
    seed: int = 7,
    *,
    keep: tuple[str, ...] = KEEP,
    workers: int = 1,
    executor: Executor | None = None,
    stream: int = 0,
) -> sf.Result:
    return sf.simulate(
        scenario,
        n_sims=n_sims,
        seed=seed,
        keep=keep,
        workers=workers,
        executor=executor,
        stream=stream,
        progress=False,
    )


@pytest.fixture(scope="module")
def everything() -> sf.Scenario:
    return sf.loads(EVERYTHING)


@pytest.fixture(scope="module")
def whole(everything: sf.Scenario) -> sf.Result:
    """Long enough that everything that can happen has happened."""
    result = run(everything, 1_000)
    counts = {name: int(column.sum()) for name, column in result.futures.base.items() if name not in OF_TEAMS}
    assert all(counts.values()), counts
    happened = [name not in OF_TEAMS for name in VISIT_MEASURES]
    assert (result.futures.tallies.total[happened, :-1, -1, -1].sum(axis=1) > 0).all()
    return result


def columns(futures: Futures) -> dict[str, np.ndarray[Any, Any]]:
    """All that is kept of each replication."""
    both = {"deals by period": futures.timeline_deals, "revenue by period": futures.timeline_revenue}
    return futures.base | futures.kept | both


def same_columns(one: Futures, other: Futures, *, first: int | None = None) -> bool:
    ours, theirs = columns(one), columns(other)
    return ours.keys() == theirs.keys() and all((ours[name] == theirs[name][:first]).all() for name in ours)


# however it is computed


def test_a_longer_run_begins_with_the_shorter(everything: sf.Scenario, whole: sf.Result) -> None:
    longer = run(everything, 2_000)
    assert same_columns(whole.futures, longer.futures, first=1_000)
    assert not same_columns(whole.futures, run(everything, 1_000, seed=8).futures)


def test_one_replication_can_be_run_alone(everything: sf.Scenario, whole: sf.Result) -> None:
    plan = resolved(EVERYTHING).plan
    for rep in (0, 471, 999):
        alone = simulate_block(plan, 7, rep, 1)
        assert {name: column[0] for name, column in alone.base.items()} == {
            name: column[rep] for name, column in whole.futures.base.items()
        }
        assert (alone.timeline_revenue[0] == whole.futures.timeline_revenue[rep]).all()


@pytest.mark.parametrize(("leads", "n_sims"), [(1, 60), (300, 200), (3_000, 1_000), (1 << 16, 1_000)])
def test_any_size_of_block(
    everything: sf.Scenario, whole: sf.Result, leads: int, n_sims: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = whole if n_sims == whole.n_sims else run(everything, n_sims)
    monkeypatch.setattr("simfunnel.simulation.LEADS_A_BLOCK", leads)
    assert run(everything, n_sims) == expected


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_any_number_of_workers(
    everything: sf.Scenario, whole: sf.Result, workers: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simfunnel.simulation.LEADS_A_BLOCK", 2_000)
    monkeypatch.setattr("simfunnel.workers.PAYS_FROM", 0.0)  # processes even for a short run
    assert run(everything, 1_000, workers=workers) == whole


def test_other_processes(everything: sf.Scenario, whole: sf.Result, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simfunnel.simulation.LEADS_A_BLOCK", 20_000)
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as pool:
        assert run(everything, 1_000, executor=pool) == whole


@settings(max_examples=15, **COMMON)
@given(text=scenarios(), seed=SEEDS, leads=st.sampled_from((1, 90)))
def test_any_size_of_block_in_any_scenario(text: str, seed: int, leads: int) -> None:
    scenario = ready(text)
    whole = run(scenario, 9, seed, keep=())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("simfunnel.simulation.LEADS_A_BLOCK", leads)
        assert run(scenario, 9, seed, keep=()) == whole


def ready(text: str) -> Resolved:
    """A random scenario, ready to run; those that contradict themselves are passed over."""
    try:
        return resolved(text)
    except ScenarioError:
        assume(False)
        raise


@settings(max_examples=10, **COMMON)
@given(text=scenarios())
def test_a_random_scenario_is_what_a_file_of_it_would_say(text: str) -> None:
    assert ready(text).digest == resolve(sf.loads(text)).digest


# whatever is written elsewhere


def test_a_scenario_compared_with_itself_differs_by_nothing(everything: sf.Scenario) -> None:
    again = everything.change({}, name="again")
    comparison = sf.compare(everything, again, n_sims=500, seed=7, workers=1)
    for measure in comparison.measures:
        found = comparison.differences(measure)
        assert ((found == 0.0) | np.isnan(found)).all(), measure
    assert same_columns(*(each.futures for each in comparison.runs))


@st.composite
def reordered(draw: st.DrawFn) -> tuple[str, str]:
    """A random scenario, and the same with the keys of every mapping in another order."""
    text = draw(scenarios())

    def shuffled(value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        keys = draw(st.permutations(list(value)))
        return {key: shuffled(value[key]) for key in keys}

    return text, json.dumps(shuffled(json.loads(text)))


@settings(max_examples=20, **COMMON)
@given(texts=reordered(), seed=SEEDS)
def test_the_order_of_sectors_sources_and_keys_does_not_matter(texts: tuple[str, str], seed: int) -> None:
    one, other = (run(ready(text), 25, seed, keep=()) for text in texts)
    assert one.terms.digest == other.terms.digest
    assert same_columns(one.futures, other.futures)
    for by in ("source", "sector"):
        frames = (each.stages(by=("stage", by)).sort_values(["stage", by], ignore_index=True) for each in (one, other))
        left, right = frames
        assert left.equals(right)


NEWCOMERS: tuple[Rules, ...] = (
    {"leads": "20"},
    {"leads": "poisson(15)", "odds": "2"},
    {"leads": "overdispersed(20, dispersion=3)", "arrive": "at start"},
    {"visits": "poisson(900)", "capture": "1%"},
)


@settings(max_examples=8, **COMMON)
@given(text=scenarios(), seed=SEEDS, newcomer=st.sampled_from(NEWCOMERS), first=st.booleans())
def test_another_source_leaves_the_other_leads_untouched(text: str, seed: int, newcomer: Rules, first: bool) -> None:
    rules: Rules = json.loads(text)
    more, new = json.loads(text), {"new": newcomer | {"enters": rules["process"][0]}}
    more["sources"] = new | rules["sources"] if first else rules["sources"] | new
    parts = [(measure, name) for name in rules["sources"] for measure in ("deals", "revenue", "cost", "left", "worked")]
    keep = tuple(f"{measure}[source={name}]" for measure, name in parts)
    one, other = (run(ready(json.dumps(each)), 25, seed, keep=keep) for each in (rules, more))
    assert all((one.futures.kept[name] == other.futures.kept[name]).all() for name in keep)
    cells = [each.stages(by=("stage", "source", "sector")) for each in (one, other)]
    mine = cells[1][cells[1]["source"].isin(list(rules["sources"]))]
    ours = cells[0][cells[0]["source"].isin(list(rules["sources"]))]
    key = ["stage", "source", "sector"]
    counts = [*key, "entered", "advanced", "rejected", "cold_late", "recycled", "open", "mean_stay_days"]
    assert _sorted(mine[counts], key).equals(_sorted(ours[counts], key))


def _sorted(frame: Any, key: list[str]) -> Any:
    return frame.sort_values(key, ignore_index=True)


@settings(max_examples=20, **COMMON)
@given(text=scenarios(), seed=SEEDS, data=st.data())
def test_a_stage_that_passes_everybody_changes_nothing(text: str, seed: int, data: st.DataObject) -> None:
    rules: Rules = json.loads(text)
    at = data.draw(st.integers(0, len(rules["process"]) - 1))
    longer = json.loads(text)
    longer["process"].insert(at, "gate")
    longer["stages"]["gate"] = {"conversion": "100%", "neglect": "0%"}
    one, other = (run(ready(json.dumps(each)), 25, seed, keep=()) for each in (rules, longer))
    passed = [name for name in columns(one.futures) if name != "worked"]
    assert all((columns(one.futures)[name] == columns(other.futures)[name]).all() for name in passed)


def test_what_else_is_kept_changes_nothing(everything: sf.Scenario, whole: sf.Result) -> None:
    bare = run(everything, 1_000, keep=())
    assert not bare.futures.kept
    more = run(everything, 1_000, keep=(*KEEP, "entered[stage=offer,source=fair,sector=c]"))
    for other in (bare, more):
        assert all((column == other.futures.base[name]).all() for name, column in whole.futures.base.items())
        assert (whole.futures.tallies.square == other.futures.tallies.square).all()
    assert all((column == more.futures.kept[name]).all() for name, column in whole.futures.kept.items())


def test_another_stream_shares_what_nobody_knows_and_has_other_luck() -> None:
    text = """
    {horizon: 1 year, process: [sql, customer], margin: 'beta(mean=40%, n=50)',
     sources: {inbound: {enters: sql, leads: 'uniform(low=10, high=90)'}}, stages: {sql: {conversion: 25%}}}
    """
    one, other = (run(sf.loads(text), 300, keep=(), stream=stream) for stream in (0, 1))
    for name in ("arrived", "margin_ppm"):
        assert (one.futures.base[name] == other.futures.base[name]).all()
    assert (one.futures.base["deals"] != other.futures.base["deals"]).any()
    luck = [each.array("deals") - 0.25 * each.array("arrived") for each in (one, other)]
    assert abs(np.corrcoef(luck[0], luck[1])[0, 1]) < 5 / np.sqrt(300)  # false-alarm rate 6e-7
