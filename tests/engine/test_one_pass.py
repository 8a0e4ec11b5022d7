"""Does one pass over all visits that may be made find what the event list finds, and the slow twin of the queues?"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from funnels import Rules, resolved
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from test_queued_twin import SERVICES, agree, staffed

import simfunnel as sf
from simfunnel.compiled import compiling
from simfunnel.engine import first_come, futures, one_pass
from simfunnel.engine.block import Block
from simfunnel.engine.futures import live, simulate_block
from simfunnel.engine.plan import Plan
from simfunnel.errors import ScenarioError
from simfunnel.resolved import resolve
from simfunnel.simulation import block_size

SEEDS = st.integers(0, 2**32 - 1)
COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}
CAPACITY = Path(__file__).parents[2] / "benchmarks" / "reference_capacity.yaml"


@contextmanager
def event_by_event() -> Iterator[None]:
    """Live all queues event by event."""
    futures.suits = lambda plan: False
    try:
        yield
    finally:
        futures.suits = one_pass.suits


@st.composite
def foreseen(draw: st.DrawFn) -> str:
    """The text of a random scenario in which no queue can change when leads come to one."""
    text: Rules = json.loads(draw(staffed()))
    for team in text["teams"].values():
        team |= {"discipline": "first come", "people": draw(st.sampled_from((1, 1, team["people"])))}
    at = draw(st.integers(0, len(text["process"]) - 2))
    worked: Rules = {  # what most often makes a queue in which leads go cold
        "team": draw(st.sampled_from(list(text["teams"]))),
        "service": draw(st.sampled_from(SERVICES)),
        "shelf_life": draw(st.sampled_from(("9 days", "exponential(mean=6 days)", "2 days"))),
        "cold": {"recycle": "80%", "dropped": "rest"},
    }
    text["stages"][text["process"][at]] = worked | text["stages"][text["process"][at]]
    for k, name in enumerate(text["process"][:-1]):
        for stages in (text["stages"], *(sector.get("stages", {}) for sector in text.get("sectors", {}).values())):
            if name in stages:
                _only_cold_leads_return(stages[name], k - at)
    return json.dumps(text)


def _only_cold_leads_return(rules: Rules, since_team: int) -> None:
    """Of a stage so many stages after that with teams."""
    if since_team != 0:
        rules.pop("team", None)
        rules.pop("service", None)
    if since_team >= 0:
        rules.pop("reasons", None)
        rules["rejected"] = {"dropped": "100%"}
    if since_team > 0:
        rules["cold"] = {"dropped": "100%"}


def plan_of(text: str) -> Plan:
    try:
        plan = resolved(text).plan
    except ScenarioError:
        assume(False)
    return plan


def same(one: Any, other: Any) -> None:
    """Every array of two blocks of futures, but how many rolls it took."""
    assert one.base.keys() == other.base.keys()
    assert all(np.array_equal(one.base[name], other.base[name]) for name in one.base), {
        name for name in one.base if not np.array_equal(one.base[name], other.base[name])
    }
    assert np.array_equal(one.timeline_revenue, other.timeline_revenue)
    for each in fields(one.sums):
        a, b = getattr(one.sums, each.name), getattr(other.sums, each.name)
        assert (a is None and b is None) or np.array_equal(np.asarray(a, object), np.asarray(b, object)), each.name


@settings(max_examples=150, **COMMON)
@given(text=foreseen(), seed=SEEDS)
def test_one_pass_is_the_event_list(text: str, seed: int) -> None:
    plan = plan_of(text)
    assert one_pass.suits(plan)
    with compiling("never"):
        quick = simulate_block(plan, seed, 0, 6)
        with event_by_event():
            same(quick, simulate_block(plan, seed, 0, 6))


@settings(max_examples=40, **COMMON)
@given(text=foreseen(), seed=SEEDS)
def test_compiled_or_not(text: str, seed: int) -> None:
    plan = plan_of(text)
    with compiling("never"):
        plain = simulate_block(plan, seed, 0, 6)
    with compiling("always"):
        same(simulate_block(plan, seed, 0, 6), plain)


@settings(max_examples=25, **COMMON)
@given(text=foreseen(), seed=SEEDS)
def test_one_pass_is_the_slow_twin(text: str, seed: int) -> None:
    plan = plan_of(text)
    assert one_pass.suits(plan)
    with compiling("never"):
        agree(plan, seed, first=seed % 1000)


@settings(max_examples=40, **COMMON)
@given(text=foreseen(), seed=SEEDS, split=st.integers(1, 5))
def test_a_block_is_its_parts_to_the_last_roll(text: str, seed: int, split: int) -> None:
    """How many rolls it took stands in a result, and a result is the same however it was divided into blocks."""
    plan = plan_of(text)
    whole, first, rest = (simulate_block(plan, seed, *part) for part in ((0, 6), (0, split), (split, 6 - split)))
    assert whole.rolls == first.rolls + rest.rolls
    for name, column in whole.base.items():
        assert column.tolist() == first.base[name].tolist() + rest.base[name].tolist(), name


SUITS = """
horizon: 90 days
process: [mql, sql, offer, customer]
deal_value: 1
sources: {s: {enters: mql, leads: 40}}
sectors: {a: {share: 50%}, b: {share: rest}}
stages:
  mql: {conversion: 60%, rejected: {recycle: 50%, dropped: rest}, recycle: {after: 1 day}}
  sql: {conversion: 60%, team: sales, service: 2 days, shelf_life: 4 days, rejected: {competitor: 50%, dropped: rest},
         cold: {recycle: 50%, dropped: rest}, recycle: {to: mql, after: 1 day, limit: 4}}
  offer: {conversion: 60%, response: 2 days, shelf_life: 4 days, neglect: 20%, rejected: {competitor: 100%},
           cold: {dropped: 100%}}
teams: {sales: {people: 1}, others: {people: 1}}
"""
RETURN: Rules = {"share": "50%", "after": "2 days"}
DOES_NOT_SUIT: list[Rules] = [
    {"teams.sales.discipline": "newest first"},
    {"stages.offer.team": "sales", "stages.offer.service": "1 day"},
    {"sectors.b.stages.offer": {"team": "others", "service": "1 day"}},
    {"stages.sql.rejected": {"recycle": "10%", "dropped": "rest"}},
    {"stages.sql.rejected": {"dropped": "10%", "recycle": "rest"}},
    {"sectors.b.stages.sql": {"rejected": {"recycle": "10%", "dropped": "rest"}}},
    {"stages.sql.returns": RETURN},
    {"stages.offer.rejected": {"recycle": "10%", "dropped": "rest"}},
    {"stages.offer.returns": RETURN},
    {"stages.offer.cold": {"recycle": "10%", "dropped": "rest"}},
    {"stages.offer.cold": {"neglected": {"dropped": "100%"}, "late": {"recycle": "10%", "dropped": "rest"}}},
    {"stages.offer.cold": {"neglected": {"recycle": "10%", "dropped": "rest"}, "late": {"dropped": "100%"}}},
]
SUITS_TOO: list[Rules] = [
    {},
    {"stages.mql.returns": RETURN, "stages.mql.rejected": {"competitor": "100%"}},
    {"sectors.b.stages.sql": {"team": "others", "service": "1 day"}},
    {
        "stages.sql.rejected": {"dropped": "100%"},
        "stages.sql.cold": {"competitor": "100%"},
        "stages.sql.returns": RETURN,
    },
]


@pytest.mark.parametrize("changes", DOES_NOT_SUIT, ids=str)
def test_what_sends_leads_back_by_a_queue_does_not_suit(changes: Rules) -> None:
    assert not one_pass.suits(resolve(sf.loads(SUITS).change(changes)).plan)


@pytest.mark.parametrize("changes", SUITS_TOO, ids=str)
def test_what_comes_before_the_queue_suits(changes: Rules) -> None:
    plan = resolve(sf.loads(SUITS).change(changes)).plan
    assert one_pass.suits(plan)
    with compiling("never"):
        agree(plan, seed=3, first=0)


def test_a_block_is_as_small_as_the_visits_ask_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 40 leads each may come once and four times more; where none comes back, the leads alone count."""
    monkeypatch.setattr("simfunnel.simulation.VISITS_A_BLOCK", 2_000)
    again, once = (
        sf.loads(SUITS).change({"stages.sql.cold": cold}) for cold in ({"recycle": "100%"}, {"dropped": "100%"})
    )
    assert (block_size(resolve(again)), block_size(resolve(once))) == (10, 50)
    whole = sf.simulate(again, n_sims=25, seed=3, workers=1, progress=False).to_frame()
    monkeypatch.setattr("simfunnel.simulation.VISITS_A_BLOCK", 1 << 21)
    assert whole.equals(sf.simulate(again, n_sims=25, seed=3, workers=1, progress=False).to_frame())


def served(people: int, join: list[float], service: list[float]) -> list[float]:
    """When people who are always there begin with visits that come in this order and wait as long as it takes."""
    n, none = len(join), np.zeros(0)
    begin, one = np.full(n, -np.inf), np.zeros(1, np.int64)
    first_come.serve.plain(  # type: ignore[attr-defined]
        begin, np.arange(n), one, one + n, np.array(join), np.array(join), np.full(n, np.inf), none,
        np.array(service), np.full(n, -1), none, none, np.zeros(2, np.int64), np.zeros(1), np.array([0, 1]),
        np.array([people]), 1000.0,
    )  # fmt: skip
    return begin.tolist()


def test_who_is_free_first_takes_the_next() -> None:
    """Two people: one at it until 9, the other until 4, then until 6, then until 16."""
    assert served(2, [0, 1, 2, 3, 5], [9, 3, 2, 10, 1]) == [0, 1, 4, 6, 9]


@pytest.mark.parametrize("people", [1, 3, 20, 400])
def test_each_is_served_by_whoever_is_free_first(people: int) -> None:
    """Held against a heap of the times at which people are free; of 400 most are at it at a time."""
    chance, n = np.random.default_rng(people), 3_000
    join, service = np.sort(chance.uniform(0, 100, n)).tolist(), chance.exponential(people / 33.0, n).tolist()
    free, expected = [0.0] * people, []
    for comes, takes in zip(join, service, strict=True):
        expected.append(max(comes, heappop(free)))
        heappush(free, expected[-1] + takes)
    assert served(people, join, service) == expected


CRITICAL = """
horizon: 1 year
process: [sql, customer]
deal_value: 1
sources: {s: {enters: sql, leads: 5_000}}
stages:
  sql: {conversion: 20%, team: sales, service: exponential(mean=1.8 hours), shelf_life: 2 days,
         rejected: {dropped: 100%}, cold: {recycle: 100%}, recycle: {after: 1 day, limit: 20}}
teams: {sales: {people: 1}}
"""


def test_few_passes_are_enough_where_each_who_is_back_makes_another_go_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[int] = []

    def serve(begin: Any, order: Any, *others: Any) -> None:
        passes.append(order.size)
        first_come.serve(begin, order, *others)

    monkeypatch.setattr(one_pass, "serve", serve)
    plan = plan_of(CRITICAL)
    quick = simulate_block(plan, 1, 0, 1)
    assert quick.base["cold_queue"].sum() > 100
    assert len(passes) <= 14
    with event_by_event():
        same(quick, simulate_block(plan, 1, 0, 1))


SAME_MOMENT = """
horizon: 60 days
process: [sql, customer]
deal_value: 1
sources:
  {first}: {{enters: sql, leads: 2, arrive: at start, sectors: {{slow: 100%}}}}
  {second}: {{enters: sql, leads: 3, arrive: at start, sectors: {{back: 100%}}}}
stages:
  sql: {{conversion: 100%, team: sales, service: 3 days, shelf_life: 2 days, rejected: {{dropped: 100%}},
         cold: {{recycle: 100%}}, recycle: {{to: sql, after: 0 days, limit: 1}}}}
sectors:
  slow: {{stages: {{sql: {{response: 2 days, shelf_life: 10 days}}}}}}
  back: {{}}
teams: {{sales: {{people: 1}}}}
"""


@pytest.mark.parametrize(("first", "second"), [("a", "b"), ("b", "a")])
def test_who_goes_cold_and_is_back_at_once_joins_before_whoever_comes_at_that_moment(first: str, second: str) -> None:
    """Two wait and go cold on day 2, when two others join whose numbers may be lower; the next is served on day 3."""
    plan = plan_of(SAME_MOMENT.format(first=first, second=second))
    quick = simulate_block(plan, 1, 0, 6)
    with event_by_event():
        same(quick, simulate_block(plan, 1, 0, 6))
    agree(plan, 1, 0)
    assert (quick.base["deals"] == 4).all()  # the last of those that had come back went cold again on day 4


TOO_LATE = """
start: 2027-01-01
horizon: 60 days
process: [sql, customer]
deal_value: 1
sources:
  first: {enters: sql, leads: 1, arrive: at start}
  s: {enters: sql, leads: 2, arrive: at start}
stages:
  sql: {conversion: 100%, team: sales, service: 30 days, shelf_life: 10 days, rejected: {dropped: 100%},
         cold: {recycle: 100%}, recycle: {to: sql, after: 0 days, limit: 1}}
teams: {sales: {people: {2027-01-01: 1, 2027-01-11: 3}}}
"""


@pytest.mark.parametrize("mode", ["never", "always"])
def test_whose_shelf_life_ends_as_people_come_goes_cold_though_another_is_back_before(mode: str) -> None:
    """One is served at the start; the others go cold on day 10, when two more come to work, and are back at once."""
    plan = plan_of(TOO_LATE)
    with compiling(mode):
        quick = simulate_block(plan, 1, 0, 6)
        with event_by_event():
            slow = simulate_block(plan, 1, 0, 6)
    same(quick, slow)
    agree(plan, 1, 0)
    assert (slow.base["cold_queue"] == 2).all()
    assert (slow.base["deals"] == 3).all()


MORE_PEOPLE = """
start: 2027-01-01
horizon: 120 days
process: [sql, customer]
deal_value: 1
sources: {s: {enters: sql, leads: 4, arrive: at start}}
stages: {sql: {conversion: 100%, team: sales, service: 30 days}}
teams: {sales: {people: {2027-01-01: 1, 2027-01-11: 3}}}
"""


def test_who_waits_is_served_when_people_come_and_not_before() -> None:
    """One at the start, two on day 10, one when the first is done; a lead is sold as its work begins."""
    actual = live(Block(plan_of(MORE_PEOPLE), 1, 0, 3))[2]
    assert np.sort(np.concatenate([wave.time for wave in actual.won])).tolist() == [0.0] * 3 + [10.0] * 6 + [30.0] * 3


def test_the_reference_year_with_a_team() -> None:
    """Enough visits to a queue that the row of those at work is moved together many times."""
    scenario = sf.load(CAPACITY)
    quick = sf.simulate(scenario, n_sims=300, seed=5, workers=1, progress=False)
    with event_by_event():
        slow = sf.simulate(scenario, n_sims=300, seed=5, workers=1, progress=False)
    assert quick.to_frame().equals(slow.to_frame())
    assert quick.teams().equals(slow.teams())
    assert quick.mean("cold_queue").value > 1


BACK_TOGETHER = """
horizon: 60 days
process: [mql, sql, customer]
deal_value: 1
sources:
  a late: {enters: mql, leads: 1, arrive: at start, sectors: {late: 100%}}
  b early: {enters: mql, leads: 1, arrive: at start, sectors: {early: 100%}}
  c first: {enters: sql, leads: 1, arrive: at start, sectors: {first: 100%}}
stages:
  mql: {conversion: 100%, takes: 1 day}
  sql: {conversion: 100%, team: sales, service: 30 days, shelf_life: 2 days, rejected: {dropped: 100%},
        cold: {recycle: 100%}, recycle: {to: sql, after: 2 days, limit: 1}}
sectors:
  late: {}
  early: {stages: {mql: {takes: 0.5 days}, sql: {shelf_life: 2.5 days}}}
  first: {stages: {sql: {service: 4 days}}}
teams: {sales: {people: 1}}
"""


@pytest.mark.parametrize("mode", ["never", "always"])
def test_of_those_who_are_back_at_the_same_moment_the_first_is_who_came_first(mode: str) -> None:
    """Two go cold on day 3 and are back on day 5, when there is time for one: not for the lower number."""
    plan = plan_of(BACK_TOGETHER)
    assert one_pass.suits(plan)
    agree(plan, 1, 0)
    with compiling(mode):
        leads, _, actual, _, _ = live(Block(plan, 1, 0, 3))
    assert leads.sector is not None
    won = {plan.sectors[leads.sector[lead]] for wave in actual.won for lead in wave.lead.tolist()}
    assert won == {"early", "first"}
