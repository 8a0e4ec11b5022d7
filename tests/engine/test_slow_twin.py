"""Does every lead of the engine live as the slow twin lives it, and does every count and cent follow?"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from itertools import combinations
from typing import Any

import kept_word
import numpy as np
import pytest
from funnels import resolved, scenarios
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from slow_twin import CAUSES, Life, Walker
from slow_world import Lead, World

from simfunnel.engine.block import Block
from simfunnel.engine.futures import live, simulate_block
from simfunnel.engine.plan import Plan
from simfunnel.engine.tally import MEASURES, PERIOD_MEASURES, PROGRAMME_FIELDS
from simfunnel.engine.waves import Event
from simfunnel.errors import ScenarioError
from simfunnel.resolved.unknowns import unknowns

N_REPS = 5
Story = list[tuple[str, int, float]]


class Told:
    """What the slow twin says of some replications: each lead with its actual and its ideal life."""

    def __init__(self, plan: Plan, seed: int, first: int, n_reps: int) -> None:
        self.plan = plan
        self.worlds = [World(plan, seed, first + k) for k in range(n_reps)]
        self.lives: list[list[tuple[Lead, Life, Life]]] = [
            [
                (lead, Walker(world, lead, ideal=False).live(), Walker(world, lead, ideal=True).live())
                for lead in world.leads()
            ]
            for world in self.worlds
        ]

    def columns(self, rep: int) -> dict[str, int]:
        """Every column that the engine keeps of a replication."""
        plan, lives = self.plan, self.lives[rep]
        actual = [(lead, life) for lead, life, _ in lives]
        twin = [(lead, life) for lead, _, life in lives]
        touched = [(lead, life, ideal) for lead, life, ideal in lives if life.touch]
        columns = {"arrived": len(lives), "touched": len(touched)}
        for name, these in (("", actual), ("twin_", twin)):
            columns[f"{name}deals"], columns[f"{name}revenue"] = self._won(these, plan.horizon)
        columns["cohort_deals"], columns["cohort_revenue"] = self._won(actual, plan.end)
        booked = sum((self._booked(life, ideal) for _, life, ideal in touched), np.zeros(4, np.int64)).tolist()
        columns |= dict(
            zip(("lost_deals", "lost_revenue", "recovered_deals", "recovered_revenue"), booked, strict=True)
        )
        fates = Counter(life.fate for _, life in actual)
        columns |= {name: fates[name] for name in ("won", "no_decision", "competitor", "dropped", "left", "open")}
        events = Counter(name for _, life in actual for name, _, _ in life.events)
        columns |= {
            name: events[name]
            for name in ("reopened", "worked", "enriched", "cold_neglected", "cold_late", "cold_queue")
        }
        costs = self._costs(rep, actual, plan.horizon)
        columns |= costs
        columns["cost"] = sum(costs.values())
        columns["twin_cost"] = sum(self._costs(rep, twin, plan.horizon).values())
        columns["cohort_cost"] = sum(self._costs(rep, actual, plan.end).values())
        for k, stage in enumerate(plan.stages):
            columns[f"entered[stage={stage.name}]"] = sum(
                name == "entered" and at == k for _, life in actual for name, at, _ in life.events
            )
        columns |= self._on_hand(actual)
        columns |= self._nurtured(actual)
        for name, these in (("", actual), ("twin_", twin)):
            sales = [cents for _, life in these for day, cents in life.further if day <= plan.horizon]
            columns |= {f"{name}expansion_sales": len(sales), f"{name}expansion_revenue": sum(sales)}
        if plan.margin.drawn:
            columns["margin_ppm"] = round(self.worlds[rep].value(plan.margin) * 1e6)
        told = Counter(each for _, life in actual for each in life.reasons)
        for stage in plan.stages:
            for reason in stage.reasons.names if stage.reasons is not None else ():
                columns[f"rejected[reason={reason}, stage={stage.name}]"] = told[stage.name, reason]
        return columns | kept_word.columns(plan, actual)

    def _won(self, lives: list[tuple[Lead, Life]], until: float) -> tuple[int, int]:
        cents = [life.cents for _, life in lives if life.won_at is not None and life.won_at <= until]
        return len(cents), sum(cents) + sum(worth for _, life in lives for day, worth in life.further if day <= until)

    def _on_hand(self, lives: list[tuple[Lead, Life]]) -> dict[str, int]:
        """Leads that were there at the start, by stage."""
        stages, found = self.plan.stage_names, Counter[str]()
        for k, source in enumerate(self.plan.sources):
            if source.arrival.edges[-1] == 0.0:
                found[f"on_hand[stage={stages[source.enters]}]"] += sum(lead.source == k for lead, _ in lives)
        return dict(found)

    def _nurtured(self, lives: list[tuple[Lead, Life]]) -> dict[str, int]:
        """What the programmes did, and the touches of those who were won by the horizon."""
        touches = [touch for _, life in lives for touch in life.touches]
        winners = [life for _, life in lives if life.won_at is not None and life.won_at <= self.plan.horizon]
        return {
            "touches": len(touches),
            "opens": sum(opened for _, _, opened, _ in touches),
            "clicks": sum(clicked for _, _, _, clicked in touches),
            "unsubscribed": sum(name == "unsubscribed" for _, life in lives for name, _, _ in life.events),
            "touches_of_deals": sum(len(life.touches) for life in winners),
        }

    def _costs(self, rep: int, lives: list[tuple[Lead, Life]], until: float) -> dict[str, int]:
        world, stages = self.worlds[rep], self.plan.stages
        arrived = Counter(lead.source for lead, _ in lives)
        costs = {"cost_sources": 0, "cost_entries": 0, "cost_work": 0, "cost_touches": 0, "cost_reactivation": 0}
        costs["cost_enrichment"] = 0
        for k, source in enumerate(self.plan.sources):
            each, fixed = round(world.value(source.cost_per_lead)), round(world.value(source.cost))
            costs["cost_sources"] += arrived[k] * each + fixed
        for lead, life in lives:
            for stage, day, _, _ in life.touches:
                programme = stages[stage].programme
                assert programme is not None
                costs["cost_touches"] += round(world.value(programme.cost, lead.sector)) * (day <= until)
            for name, stage, day in life.events:
                if day > until:
                    continue
                if name == "entered":
                    costs["cost_entries"] += round(world.value(stages[stage].cost_per_entry, lead.sector))
                elif name == "worked":
                    costs["cost_work"] += round(world.value(stages[stage].cost_per_work, lead.sector))
                elif name == "enriched":
                    search = stages[stage].enrichment
                    assert search is not None
                    costs["cost_enrichment"] += round(world.value(search.cost, lead.sector))
                elif name.startswith("re-activated by "):
                    by = stages[int(name.removeprefix("re-activated by "))]
                    costs["cost_reactivation"] += round(world.value(by.recycle_cost, lead.sector))
        costs["cost_teams"] = sum(round(world.value(team.cost)) for team in self.plan.teams)
        return costs | {"cost_fixed": sum(round(world.value(knob)) for knob in self.plan.fixed_costs)}

    def ledger(self) -> np.ndarray[Any, Any]:
        """Lost deals and cents, recovered deals and cents, by stage and cause, over all replications."""
        out = np.zeros((len(self.plan.stages), len(CAUSES), 4), np.int64)
        for lives in self.lives:
            for _, life, ideal in lives:
                if life.touch is not None:
                    out[life.touch] += self._booked(life, ideal)
        return out

    def _booked(self, life: Life, ideal: Life) -> np.ndarray[Any, Any]:
        """Deals and cents of all sales of the twin, and of the lead; of one that only waited, of those that differ."""
        sales = [self._sales(each) for each in (ideal, life)]
        assert life.touch is not None
        shared = min(map(len, sales)) if CAUSES[life.touch[1]] == "waiting" else 0
        parts = [
            (sum(is_deal for is_deal, _ in each[shared:]), sum(cents for _, cents in each[shared:])) for each in sales
        ]
        return np.array([*parts[0], *parts[1]])

    def _sales(self, life: Life) -> list[tuple[bool, int]]:
        """Whether it made a customer, and its cents, of each sale to a lead by the horizon."""
        if life.won_at is None or life.won_at > self.plan.horizon:
            return []
        return [(True, life.cents), *((False, cents) for day, cents in life.further if day <= self.plan.horizon)]

    def visits(self) -> np.ndarray[Any, Any]:
        """Visits by measure, stage, source and sector, over all replications."""
        plan = self.plan
        out = np.zeros((len(MEASURES), len(plan.stages), len(plan.sources), len(plan.sectors)), np.int64)
        at = {name: out[k] for k, name in enumerate(MEASURES)}
        for lives in self.lives:
            for lead, life, _ in lives:
                for name, stage, _ in life.events:
                    if name in at and stage >= 0:
                        at[name][stage, lead.source, lead.sector] += 1
                for stage, days in life.stays:
                    at["stay_seconds"][stage, lead.source, lead.sector] += round(days * 86_400)
        ended = sum(at[name] for name in ("advanced", "rejected", "cold_neglected", "cold_late", "cold_queue", "left"))
        at["open"][:-1] = (at["entered"] - ended)[:-1]
        return out

    def programmes(self) -> np.ndarray[Any, Any]:
        """What programmes did by field, stage, source and sector, over all replications."""
        plan = self.plan
        out = np.zeros((len(PROGRAMME_FIELDS), len(plan.stages), len(plan.sources), len(plan.sectors)), np.int64)
        at = {name: out[k] for k, name in enumerate(PROGRAMME_FIELDS)}
        for lead, life in ((lead, life) for lives in self.lives for lead, life, _ in lives):
            for stage, _, opened, clicked in life.touches:
                for name, number in (("touches", 1), ("opens", opened), ("clicks", clicked)):
                    at[name][stage, lead.source, lead.sector] += number
            for stage, number in life.nurtured.items():
                at["nurtured"][stage, lead.source, lead.sector] += number
            for name, stage, _ in life.events:
                at["unsubscribed"][stage, lead.source, lead.sector] += name == "unsubscribed"
        return out

    def periods(self) -> np.ndarray[Any, Any]:
        """Entries and cold leads by stage and period, over all replications."""
        out = np.zeros((len(PERIOD_MEASURES), len(self.plan.stages), self.plan.n_periods), np.int64)
        for name, stage, day in (event for lives in self.lives for _, life, _ in lives for event in life.events):
            if name in PERIOD_MEASURES and day <= self.plan.horizon:
                out[PERIOD_MEASURES.index(name), stage, self.plan.period_of_day[int(day)]] += 1
        return out

    def timeline(self, rep: int) -> tuple[list[int], list[int]]:
        """Deals and cents by period."""
        deals, cents = [0] * self.plan.n_periods, [0] * self.plan.n_periods
        for _, life, _ in self.lives[rep]:
            if life.won_at is not None and life.won_at <= self.plan.horizon:
                deals[self.plan.period_of_day[int(life.won_at)]] += 1
                cents[self.plan.period_of_day[int(life.won_at)]] += life.cents
            for day, worth in life.further:
                if day <= self.plan.horizon:
                    cents[self.plan.period_of_day[int(day)]] += worth
        return deals, cents


def stories(journal: list[Event]) -> dict[int, Story]:
    """The engine's journal, lead by lead, without the remarks that are no events."""
    told: dict[int, Story] = defaultdict(list)
    for event in journal:
        if not event.name.startswith("touched"):
            for lead, day in zip(event.lead.tolist(), event.time.tolist(), strict=True):
                told[lead].append((event.name, event.stage, day))
    return told


def same(one: Story, other: Story) -> bool:
    """The same events at the same times, in whatever order they were noted."""
    mine, theirs = sorted(one), sorted(event for event in other if not event[0].startswith("re-activated"))
    if [event[:2] for event in mine] != [event[:2] for event in theirs]:
        return False
    return np.allclose([day for _, _, day in mine], [day for _, _, day in theirs], rtol=0, atol=1e-9)


def agree_lead_for_lead(told: Told, plan: Plan, seed: int, first: int) -> None:
    journal: tuple[list[Event], list[Event]] = ([], [])
    leads, _, actual, _, _ = live(Block(plan, seed, first, len(told.lives)), journal=journal)
    lived, dreamt = stories(journal[0]), stories(journal[1])
    source = np.broadcast_to(leads.source, (leads.size,))
    for rep, lives in enumerate(told.lives):
        order = np.flatnonzero(leads.rep == rep)
        assert len(order) == len(lives)
        by_source = order[np.argsort(source[order], kind="stable")].tolist()
        for at, (lead, life, ideal) in zip(by_source, lives, strict=True):
            assert int(leads.key[at]) == lead.key
            assert leads.arrival[at] == pytest.approx(lead.arrival, abs=1e-9)
            assert leads.cell[at] - leads.rep[at] * len(plan.sectors) == lead.sector
            assert leads.score is None or leads.score[at] == pytest.approx(lead.score, abs=1e-9)
            assert leads.leaves is None or leads.leaves[at] == pytest.approx(lead.leaves)
            assert same(lived[at], life.events), (lead, sorted(lived[at]), life)
            cause = 0 if life.touch is None else 1 + 4 * life.touch[0] + life.touch[1]
            assert actual.touch[at] == cause
            n = life.before_touch if life.touch else len(life.events)
            assert ideal.events[:n] == life.events[:n]
            assert same(dreamt[at], ideal.events[n:]), (lead, sorted(dreamt[at]), ideal.events[n:])


def agree(plan: Plan, seed: int, first: int, n_reps: int = N_REPS) -> None:
    """Hold the engine against the slow twin, lead for lead and in every column."""
    told = Told(plan, seed, first, n_reps)
    agree_lead_for_lead(told, plan, seed, first)
    part = simulate_block(plan, seed, first, n_reps)
    for rep in range(n_reps):
        columns = told.columns(rep)
        assert {name: int(column[rep]) for name, column in part.base.items()} == columns
        deals, cents = told.timeline(rep)
        assert (part.timeline_deals[rep].tolist(), part.timeline_revenue[rep].tolist()) == (deals, cents)
    assert (part.sums.total[:, :, :-1, :-1] == told.visits()).all()
    assert (part.sums.programme_total[:, :, :-1, :-1] == told.programmes()).all()
    assert (part.sums.period_total == told.periods()).all()
    assert (part.sums.ledger_total == told.ledger()).all()
    actual = [[(lead, life) for lead, life, _ in lives] for lives in told.lives]
    assert (part.sums.promises == kept_word.sums(plan, actual)).all()


def held_against_each_other(text: str, seed: int) -> None:
    try:
        plan = resolved(text).plan
    except ScenarioError:
        assume(False)
    agree(plan, seed, first=seed % 1000)


COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}


@settings(max_examples=60, **COMMON)
@given(text=scenarios(), seed=st.integers(0, 2**70))
def test_every_lead_lives_as_the_slow_twin_says(text: str, seed: int) -> None:
    held_against_each_other(text, seed)


@st.composite
def correlated(draw: st.DrawFn) -> Plan:
    """The plan of a random scenario some of whose inputs move together."""
    text = draw(scenarios())
    try:
        paths = sorted({each.rule for each in unknowns(resolved(text), 0, 1)})
        assume(len(paths) > 1)
        pairs = draw(st.sets(st.sampled_from(list(combinations(paths, 2))), min_size=1, max_size=4))
        ranks = st.sampled_from((0.3, -0.5, 0.6))
        rules = json.loads(text) | {"correlate": [[*pair, draw(ranks)] for pair in sorted(pairs)]}
        return resolved(json.dumps(rules)).plan
    except ScenarioError:
        assume(False)
        raise


@settings(max_examples=20, **COMMON)
@given(plan=correlated(), seed=st.integers(0, 2**70))
def test_inputs_that_move_together_are_those_of_the_slow_twin(plan: Plan, seed: int) -> None:
    assert plan.together
    used = Block(plan, seed, 3, N_REPS).inputs
    for rep in range(N_REPS):
        assert World(plan, seed, 3 + rep).inputs == [float(values[rep]) for values in used]


@settings(max_examples=4, **COMMON)
@given(plan=correlated(), seed=st.integers(0, 2**70))
def test_so_do_their_leads(plan: Plan, seed: int) -> None:
    agree(plan, seed, first=seed % 1000)


@pytest.mark.slow
@settings(max_examples=600, **COMMON)
@given(text=scenarios(), seed=st.integers(0, 2**32))
def test_every_lead_lives_as_the_slow_twin_says_in_many_scenarios(text: str, seed: int) -> None:
    held_against_each_other(text, seed)
