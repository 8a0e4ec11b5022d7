"""What became in the end of the leads of a run's first futures: who was in the pipeline, who closed, and when?

A run forgets its leads. The first futures are lived again, by the same luck, and followed for years after the
horizon, so that what is open then is valued by what it truly brings, and slow wins are not left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.engine.block import Block, Leads
from simfunnel.engine.futures import live
from simfunnel.engine.waves import Event
from simfunnel.results.futures import Terms

Array = npt.NDArray[Any]

YEARS = 3.0  # a sales cycle can run to three years
_LEADS = 200_000  # about so many are lived again
_MOST = 1_000  # futures
_LONGEST = 50 * 365.0  # of a run
_LOST = ("no_decision", "competitor", "dropped", "left")
CLOSED, RESTING = -1, -2


@dataclass(frozen=True, eq=False)
class Followed:
    """The leads of some futures. Arrays have shape (n_leads,) where nothing else is said; times are days.

    Attributes
    ----------
    rep : int
        Replication of each lead, below ``n``.
    stage : int
        Where it is at the horizon: a stage (the last is won), `CLOSED`, or `RESTING` between two stages.
    entered : float
        When it got there.
    won, closed : float
        When it was won, and when it ended in any way, winning included; missing where it never was.
    cents : int
        What the deal is worth, of those that are won.
    is_old : bool
        Whether it was on hand at the start, so that nobody knows its age.
    lost, entries : int, shape (n_stages, n)
        How many visits ended for good at each stage, and how many began, by the end of the run itself.
    years : float
        How long they were followed after the horizon.
    """

    n: int
    horizon: float
    rep: Array
    arrival: Array
    stage: Array
    entered: Array
    won: Array
    closed: Array
    cents: Array
    is_old: Array
    lost: Array
    entries: Array
    years: float


def follow(terms: Terms) -> Followed:
    """Live the first futures of a run again, and follow their leads."""
    from simfunnel.resolved import resolve
    from simfunnel.scenario import loads

    scenario = loads(terms.scenario_yaml)
    run_off = max(min(YEARS * 365.0, _LONGEST - scenario.horizon), scenario.run_off)
    resolved = resolve(scenario.change({"run_off": f"{run_off!r} days"}))
    n = max(1, min(terms.n_sims, _MOST, int(_LEADS // max(resolved.leads, 1.0))))
    events: list[Event] = []
    leads, _, walk, _, _ = live(Block(resolved.plan, terms.seed, 0, n, terms.luck_stream), journal=(events, []))
    at_start = np.array([source.is_on_hand for source in resolved.plan.sources])
    won, cents = np.full(leads.size, np.nan), np.zeros(leads.size, np.int64)
    for wave in walk.won:
        won[wave.lead] = wave.time
        worth = leads.draw(resolved.plan.deal_value, wave.lead, "", "deal value", None)
        cents[wave.lead] = np.rint(worth).astype(np.int64)
    stage, entered = _places(leads, events, scenario.horizon)
    lost, entries = _counts(leads, events, terms.horizon_days + terms.run_off_days, len(resolved.plan.stages))
    return Followed(
        n=n,
        horizon=scenario.horizon,
        rep=np.asarray(leads.rep),
        arrival=leads.arrival,
        stage=stage,
        entered=entered,
        won=won,
        closed=np.where(np.isnan(won), _ends(leads, events), won),
        cents=cents,
        is_old=np.broadcast_to(at_start[leads.source], (leads.size,)),
        lost=lost,
        entries=entries,
        years=run_off / 365.0,
    )


def _places(leads: Leads, events: list[Event], day: float) -> tuple[Array, Array]:
    """Where each lead is on a day, and since when. Of one lead the events stand in the order in which they happen."""
    stage, since = np.full(leads.size, CLOSED), np.full(leads.size, np.nan)
    for event in events:
        place = event.stage if event.name == "entered" else RESTING if event.name == "recycled" else CLOSED
        if event.name not in ("entered", "recycled", *_LOST):
            continue
        is_past = event.time <= day
        stage[event.lead[is_past]], since[event.lead[is_past]] = place, event.time[is_past]
    return stage, since


def _ends(leads: Leads, events: list[Event]) -> Array:
    """When each lead was lost for good; who comes back has not ended."""
    end = np.full(leads.size, np.nan)
    for event in events:
        if event.name in _LOST:
            end[event.lead] = event.time
        elif event.name == "reopened":
            end[event.lead] = np.nan
    return end


def _counts(leads: Leads, events: list[Event], end: float, n_stages: int) -> tuple[Array, Array]:
    """Visits that ended with the lead lost, and visits that began, by stage and replication."""
    n = leads.block.n_reps
    lost, entries = np.zeros((n_stages, n), np.int64), np.zeros((n_stages, n), np.int64)
    for event in events:
        table = entries if event.name == "entered" else lost if event.name in _LOST else None
        if table is not None and event.stage >= 0:
            table[event.stage] += np.bincount(leads.rep[event.lead[event.time <= end]], minlength=n)
    return lost, entries
