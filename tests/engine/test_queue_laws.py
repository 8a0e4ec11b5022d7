"""Which changes to a team must change nothing, and which must help?"""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from funnels import Rules, resolved, scenarios
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from test_queued_twin import agree, staffed
from test_same_futures import EVERYTHING

import simfunnel as sf
from simfunnel.compiled import compiling
from simfunnel.engine.block import Block
from simfunnel.engine.event_by_event import EventByEvent
from simfunnel.engine.futures import Futures, live, simulate_block
from simfunnel.engine.kernel import LASTS, LUCK, SERVICE
from simfunnel.engine.plan import DISCIPLINES, Plan
from simfunnel.engine.waves import Wave
from simfunnel.errors import ScenarioError
from simfunnel.resolved import resolve

N_REPS = 6
COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}
SEEDS = st.integers(0, 2**40)
BUSY = {
    "teams.desk": {"people": 1, "hours": "9:00 to 17:00", "days": "mon to fri", "absence": "20%"},
    "teams.sales": {"people": {"2027-01-04": 1, "2027-03-01": 2}, "discipline": "earliest expiry first"},
    "stages.mql.team": "desk",
    "stages.mql.service": "exponential(mean=3 hours)",
    "stages.sql.team": "sales",
    "stages.sql.service": "exponential(mean=2 days)",
}


def plan_of(text: str) -> Plan:
    try:
        return resolved(text).plan
    except ScenarioError:
        assume(False)
        raise AssertionError from None


def columns(part: Futures, names: Any = None) -> dict[str, list[int]]:
    return {name: column.tolist() for name, column in part.base.items() if names is None or name in names}


def same(one: Futures, other: Futures) -> None:
    """The same in every column that both have, in all counts and in the ledger."""
    shared = one.base.keys() & other.base.keys()
    assert columns(one, shared) == columns(other, shared)
    assert (one.sums.total == other.sums.total).all()
    assert (one.sums.period_total == other.sums.period_total).all()
    assert (one.sums.ledger_total == other.sums.ledger_total).all()
    assert (one.timeline_revenue == other.timeline_revenue).all()


def with_team_everywhere(text: str, people: int = 1000) -> str:
    rules: Rules = json.loads(text)
    rules["teams"] = {"all": {"people": people}}
    for name in rules["process"][:-1]:
        rules["stages"][name] |= {"team": "all", "service": "exponential(mean=30 days)"}
    return json.dumps(rules)


@pytest.mark.parametrize("stages", [("sql",), ("mql", "sql"), ("mql", "sql", "offer")])
def test_a_team_that_is_never_busy_changes_nothing_in_a_scenario_of_every_rule(stages: tuple[str, ...]) -> None:
    without = sf.loads(EVERYTHING)
    changes: dict[str, Any] = {"teams.all": {"people": 1000}}
    for name in stages:
        changes |= {f"stages.{name}.team": "all", f"stages.{name}.service": "9 days"}
    team = without.change(changes)
    same(simulate_block(resolve(without).plan, 3, 0, 40), simulate_block(resolve(team).plan, 3, 0, 40))


def test_leads_that_go_cold_in_queues_again_and_again_live_as_the_slow_twin_says() -> None:
    with compiling("never"):
        agree(resolve(sf.loads(EVERYTHING).change(BUSY)).plan, seed=8, first=0, n_reps=4)


@settings(max_examples=25, **COMMON)
@given(text=scenarios(), seed=SEEDS)
def test_a_team_that_is_never_busy_changes_nothing(text: str, seed: int) -> None:
    assume("conversion_of_entered" not in text)
    same(
        simulate_block(plan_of(text), seed, 0, N_REPS),
        simulate_block(plan_of(with_team_everywhere(text)), seed, 0, N_REPS),
    )


@settings(max_examples=20, **COMMON)
@given(text=staffed(), seed=SEEDS)
def test_compiled_and_plain_find_the_same(text: str, seed: int) -> None:
    pytest.importorskip("numba", reason="numba is not installed (the extra `speed`)")
    plan, found = plan_of(text), []
    for mode in ("never", "always"):
        with compiling(mode):
            found.append(simulate_block(plan, seed, 0, N_REPS))
    same(*found)


@settings(max_examples=20, **COMMON)
@given(text=staffed(), seed=SEEDS, split=st.integers(1, N_REPS - 1))
def test_a_block_is_its_parts(text: str, seed: int, split: int) -> None:
    plan = plan_of(text)
    whole = columns(simulate_block(plan, seed, 0, N_REPS))
    first, rest = simulate_block(plan, seed, 0, split), simulate_block(plan, seed, split, N_REPS - split)
    assert whole == {name: column + columns(rest)[name] for name, column in columns(first).items()}


def test_what_is_dealt_in_a_future_does_not_depend_on_those_beside_it() -> None:
    """How many rolls it took stands in a result, and a result is the same however it was divided into blocks."""
    busy = sf.loads(EVERYTHING).change(BUSY | {"stages.sql.recycle.odds": "uniform(low=0.4, high=1.5)"})
    plan = resolve(busy).plan
    alone = [simulate_block(plan, 5, rep, 1).rolls for rep in range(N_REPS)]
    assert simulate_block(plan, 5, 0, N_REPS).rolls == sum(alone)


@pytest.mark.slow
def test_workers_and_shorter_runs_find_the_same() -> None:
    busy = sf.loads(EVERYTHING).change(BUSY)
    short, long, shared = (
        sf.simulate(busy, n_sims=n, seed=5, workers=workers, progress=False).to_frame()
        for n, workers in ((700, 1), (1500, 1), (1500, 2))
    )
    assert short.equals(long.iloc[:700])
    assert long.equals(shared)
    assert long["cold_queue"].sum() > 500


@settings(max_examples=8, **COMMON)
@given(text=staffed(), seed=SEEDS)
def test_every_discipline_meets_the_same_leads_and_has_the_same_twin(text: str, seed: int) -> None:
    """However the teams go about it, and however many they are: what would be won if nobody had to wait is the same."""
    twin, rules = ("arrived", "twin_deals", "twin_revenue"), json.loads(text)
    expected = columns(simulate_block(plan_of(text), seed, 0, N_REPS), twin)
    for discipline in (*DISCIPLINES, "first come"):
        for team in rules["teams"].values():
            team["discipline"] = discipline
        found = columns(simulate_block(plan_of(json.dumps(rules)), seed, 0, N_REPS), twin)
        assert found == expected
    for team in rules["teams"].values():
        team["people"] = 2
    assert columns(simulate_block(plan_of(json.dumps(rules)), seed, 0, N_REPS), twin) == expected


@settings(max_examples=25, **COMMON)
@given(text=staffed(), seed=SEEDS)
def test_nobody_gets_lost(text: str, seed: int) -> None:
    found = simulate_block(plan_of(text), seed, 0, N_REPS).base
    ends = ("won", "no_decision", "competitor", "dropped", "left", "open")
    assert (found["arrived"] == sum(found[name] for name in ends)).all()
    assert all((found[name] >= 0).all() for name in ends)
    assert (found["lost_revenue"] - found["recovered_revenue"] == found["twin_revenue"] - found["revenue"]).all()


def begins(text: str, seed: int) -> NDArray[np.float64]:
    """When the work of each lead at a first stage with a team begins; infinite where it does not before the end."""
    leads, _, actual, _, _ = live(Block(plan_of(text), seed, 0, N_REPS))
    assert actual.queues is not None
    begin = actual.queues.look(0, Wave(leads.everyone, leads.arrival), None).begin
    return np.where(np.isfinite(begin), begin, np.inf)


@settings(max_examples=40, **COMMON)
@given(
    seed=SEEDS,
    people=st.integers(1, 4),
    service=st.sampled_from(("2 days", "exponential(mean=2 days)", "lognormal(median=1 day, p90=9 days)", "0 days")),
    team=st.fixed_dictionaries(
        {},
        optional={
            "hours": st.sampled_from(("9:00 to 17:00", "22:00 to 24:00")),
            "days": st.just("mon to thu"),
            "absence": st.sampled_from(("10%", "60%")),
        },
    ),
)
def test_without_shelf_lives_one_more_person_makes_nobody_wait_longer(
    seed: int, people: int, service: str, team: Rules
) -> None:
    """At the first stage: whoever gets through it sooner may stand before others at the next, and these wait longer."""
    rules: Rules = {
        "horizon": "90 days",
        "process": ["sql", "customer"],
        "deal_value": "1",
        "sources": {
            "s": {"enters": "sql", "leads": "poisson(60)"},
            "t": {"enters": "sql", "leads": 8, "arrive": "at start"},
        },
        "stages": {"sql": {"conversion": "40%", "team": "sales", "service": service, "response": "3 hours"}},
        "teams": {"sales": {"people": people} | team},
    }
    fewer = begins(json.dumps(rules), seed)
    rules["teams"]["sales"]["people"] = people + 1
    assert (begins(json.dumps(rules), seed) <= fewer).all()


def cards(scenario: sf.Scenario) -> dict[int, tuple[float, ...]]:
    """The luck of each lead's first visit to `sql`, by the key of the lead."""
    leads, _, actual, _, _ = live(Block(resolve(scenario).plan, 7, 0, N_REPS))
    assert actual.queues is not None
    assert isinstance(actual.queues.lived, EventByEvent)
    stage, decks = 1, actual.queues.lived.decks
    lead = decks.lead
    card = decks.head[stage]
    numbers = decks.numbers[[LASTS, SERVICE, LUCK]][:, card[card >= 0]].T
    return dict(zip(leads.key[lead[card >= 0]].tolist(), map(tuple, numbers.tolist()), strict=True))


def test_one_more_source_moves_nobody_elses_luck_though_all_wait_longer() -> None:
    one = sf.loads(EVERYTHING).change(BUSY)
    more = one.change({"sources.another": {"enters": "sql", "leads": 200}})
    before, after = cards(one), cards(more)
    assert len(after) > len(before) > 100
    assert all(after[key] == luck for key, luck in before.items())
    fewer, most = (simulate_block(resolve(each).plan, 7, 0, N_REPS).base for each in (one, more))
    assert most["cold_queue"].sum() > 2 * fewer["cold_queue"].sum()
