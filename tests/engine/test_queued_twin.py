"""Does every lead of the engine meet its teams as the slow twin of the queues says, and does every count follow?"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from funnels import Rules, resolved, scenarios
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from queued_twin import WAITING, lives
from slow_world import World
from test_slow_twin import Told, agree_lead_for_lead

from simfunnel.compiled import compiling
from simfunnel.engine.futures import simulate_block
from simfunnel.engine.plan import DISCIPLINES, Plan
from simfunnel.errors import ScenarioError

N_REPS = 4
SERVICES = (
    "2 days", "exponential(mean=1 day)", "6 hours", "exponential(mean=5 days)", "0 days", "choice(0 days, 3 days)",
    "exponential(mean=uniform(low=1 day, high=6 days))",
)  # fmt: skip
HOURS = ("9:00 to 17:00", ["8:00 to 12:00", "13:00 to 17:00"], "0:00 to 24:00", "22:00 to 24:00")
PEOPLE: tuple[Any, ...] = (1, 2, 3, 40, {"2027-01-04": 1, "2027-01-25": 3}, {"2027-01-04": 3, "2027-02-01": 1})


class ToldOfQueues(Told):
    """What the slow twin of the queues says of some replications."""

    def __init__(self, plan: Plan, seed: int, first: int, n_reps: int) -> None:
        self.plan = plan
        self.worlds = [World(plan, seed, first + k) for k in range(n_reps)]
        self.lives = [lives(world) for world in self.worlds]

    def columns(self, rep: int) -> dict[str, int]:
        reached = Counter(life.touch is not None and life.touch[1] != WAITING for _, life, _ in self.lives[rep])
        return super().columns(rep) | {"touched": reached[True]}


@st.composite
def staffed(draw: st.DrawFn) -> str:
    """The text of a random scenario in which teams work some stages."""
    text: Rules = json.loads(draw(scenarios()))
    teams = [f"team {k}" for k in range(draw(st.sampled_from((1, 2))))]
    text["teams"] = {name: draw(_team()) for name in teams}
    for name in text["process"][:-1]:
        if draw(st.sampled_from((True, True, False))):
            _give(draw, text["stages"][name], teams)
        for sector in text.get("sectors", {}).values():
            rules = sector.get("stages", {}).get(name)
            if rules is not None and draw(st.booleans()):
                _give(draw, rules, teams)
            elif rules is not None and "team" in text["stages"][name] and "conversion_of_entered" in rules:
                rules["conversion"] = rules.pop("conversion_of_entered")
    for stages in (text["stages"], *(sector.get("stages", {}) for sector in text.get("sectors", {}).values())):
        for programme in (rules["programme"] for rules in stages.values() if "programme" in rules):
            if "threshold" not in programme:  # queues would have to know beforehand what it does
                programme.pop("odds", None)
                programme.pop("unsubscribes", None)
    return json.dumps(text)


def _give(draw: st.DrawFn, rules: Rules, teams: list[str]) -> None:
    """Let a team work a stage; the chance to be worked in time is then an outcome."""
    rules |= {"team": draw(st.sampled_from(teams)), "service": draw(st.sampled_from(SERVICES))}
    if "conversion_of_entered" in rules:
        rules["conversion"] = rules.pop("conversion_of_entered")


@st.composite
def _team(draw: st.DrawFn) -> Rules:
    team: Rules = {"people": draw(st.sampled_from(PEOPLE)), "discipline": draw(st.sampled_from(DISCIPLINES))}
    optional = {
        "hours": st.sampled_from(HOURS),
        "days": st.sampled_from(("mon to fri", ["tue"])),
        "holidays": st.just(["2027-01-12"]),
        "absence": st.sampled_from(("30%", "uniform(low=0%, high=80%)", "5%")),
    }
    return team | draw(st.fixed_dictionaries({}, optional=optional))


def agree(plan: Plan, seed: int, first: int, n_reps: int = N_REPS) -> None:
    """Hold the engine against the slow twin, lead for lead and in every column that both know."""
    told = ToldOfQueues(plan, seed, first, n_reps)
    agree_lead_for_lead(told, plan, seed, first)
    part = simulate_block(plan, seed, first, n_reps)
    for rep in range(n_reps):
        columns = told.columns(rep)
        assert {name: int(part.base[name][rep]) for name in columns} == columns
        deals, cents = told.timeline(rep)
        assert (part.timeline_deals[rep].tolist(), part.timeline_revenue[rep].tolist()) == (deals, cents)
    assert (part.sums.total[:, :, :-1, :-1] == told.visits()).all()
    assert (part.sums.period_total == told.periods()).all()
    assert (part.sums.ledger_total == told.ledger()).all()


def held_against_each_other(text: str, seed: int) -> None:
    try:
        plan = resolved(text).plan
    except ScenarioError:
        assume(False)
    with compiling("never"):
        agree(plan, seed, first=seed % 1000)


COMMON: dict[str, Any] = {"deadline": None, "suppress_health_check": list(HealthCheck), "derandomize": True}


@settings(max_examples=25, **COMMON)
@given(text=staffed(), seed=st.integers(0, 2**70))
def test_every_lead_meets_its_teams_as_the_slow_twin_says(text: str, seed: int) -> None:
    held_against_each_other(text, seed)


@pytest.mark.slow
@settings(max_examples=120, **COMMON)
@given(text=staffed(), seed=st.integers(0, 2**32))
def test_every_lead_meets_its_teams_as_the_slow_twin_says_in_many_scenarios(text: str, seed: int) -> None:
    held_against_each_other(text, seed)
