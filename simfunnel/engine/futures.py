"""What do these replications bring: deals, revenue and cost, of the leads as they live and of their ideal twins, and
whose fault is the gap?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simfunnel.engine.arrivals import arrive
from simfunnel.engine.block import Block, Leads
from simfunnel.engine.event_by_event import EventByEvent
from simfunnel.engine.expansion import Wins, with_further_sales
from simfunnel.engine.odds import Odds
from simfunnel.engine.one_pass import OnePass, suits
from simfunnel.engine.plan import CAUSES, COLD_CAUSES, WAITING, Ints, Knob, Plan, Touch, where
from simfunnel.engine.queues import Queues
from simfunnel.engine.score_profile import score_sums
from simfunnel.engine.staffing import TEAM_MEASURES
from simfunnel.engine.sums import Sums, sums_of
from simfunnel.engine.tally import INDEX, PROGRAMME_FIELDS, Tally
from simfunnel.engine.visits import Walk
from simfunnel.engine.walks import Actual, Ideal
from simfunnel.engine.waves import Event, Wave

COLD_MEASURES = tuple(f"cold_{cause}" for cause in COLD_CAUSES)
LEDGER_FIELDS = ("lost_deals", "lost_revenue", "recovered_deals", "recovered_revenue")


@dataclass(frozen=True)
class Keep:
    """One more measure to keep per replication; None selects everything."""

    name: str
    measure: str
    stage: int | None = None
    source: int | None = None
    sector: int | None = None


@dataclass(frozen=True, eq=False)
class Futures:
    """Of a block: int64 arrays per replication by name, by period, and sums over replications."""

    base: dict[str, Ints]
    timeline_deals: Ints  # (n_reps, n_periods)
    timeline_revenue: Ints
    kept: dict[str, Ints]
    sums: Sums
    rolls: int


def live(
    block: Block, *, journal: tuple[list[Event], list[Event]] | None = None
) -> tuple[Leads, list[Ints], Actual, Ideal, Tally]:
    """Let the leads of a block live, then walk the ideal twins of those that were ever neglected or not reached in
    time."""
    leads, counts = arrive(block)
    odds, touch, tally = Odds(block), np.zeros(leads.size, np.int16), Tally(leads)
    stages = range(len(block.plan.stages))
    queues = Queues(leads) if block.plan.teams else None
    diaries = journal or (None, None)
    actual = Actual(leads, odds, touch, tally=tally, journal=diaries[0], queues=queues)
    actual.run(entering(actual, counts), [[] for _ in stages])
    if queues is not None:
        way = OnePass if suits(block.plan) else EventByEvent
        queues.lived = way(queues, odds, actual.histories, actual.nurture)
        actual.run(*queues.release())
    twin = Ideal(leads, odds, touch, journal=diaries[1], queues=queues)
    twin.run(*twin.take_over(actual.touched))
    return leads, counts, actual, twin, tally


def entering(walk: Walk, counts: list[Ints]) -> list[list[Wave]]:
    """The leads of all sources as they enter their first stages, by stage; that they do is booked."""
    leads, plan = walk.leads, walk.plan
    fresh: list[list[Wave]] = [[] for _ in plan.stages]
    first = 0
    for source, count in zip(plan.sources, counts, strict=True):
        last = first + int(count.sum())
        lead = leads.everyone if last - first == leads.size else leads.everyone[first:last]
        wave = Wave(lead, leads.arrival[first:last])
        first = last
        fresh[source.enters].append(wave)
        walk.enter(source.enters, wave)
    return fresh


def simulate_block(
    plan: Plan, seed: int, first: int, n_reps: int, stream: int = 0, keep: tuple[Keep, ...] = ()
) -> Futures:
    """Replications ``first`` to ``first + n_reps - 1`` of a plan, whole."""
    block = Block(plan, seed, first, n_reps, stream)
    leads, arrived, actual, twin, tally = live(block)
    wins, twin_wins = (with_further_sales(leads, wins_of(leads, walk)) for walk in (actual, twin))
    dated = wins.until(plan.horizon)
    counts = tally.counts.reshape(*tally.counts.shape[:2], len(plan.sources), n_reps, block.n_sectors)
    programmes = None if tally.programmes is None else tally.programmes.reshape(-1, *counts.shape[1:])
    _fill_open(counts)
    ledger = _ledger(leads, actual.touch, dated, twin_wins.until(plan.horizon))
    deals, revenue = (each.reshape(counts.shape[2:]) for each in dated.numbers(leads.code, tally.n_codes))
    all_deals, all_revenue = deals, revenue
    if dated is not wins:
        all_deals, all_revenue = (each.reshape(deals.shape) for each in wins.numbers(leads.code, tally.n_codes))
    spend = source_cost(block, arrived)
    none = np.zeros((len(TEAM_MEASURES), 0, n_reps), np.int64)
    by_team = none if actual.queues is None else actual.queues.tally.counts
    by_source = np.stack([np.stack(arrived), spend, deals.sum(axis=2), revenue.sum(axis=2)])
    sold = {"deals": deals, "revenue": revenue, "cohort_deals": all_deals, "cohort_revenue": all_revenue}
    base = _base(leads, actual, tally, {name: each.sum(axis=(0, 2)) for name, each in sold.items()}, ledger)
    base |= _costs(block, actual, twin, spend, counts, programmes) | _nurtured(leads, actual, programmes, dated)
    base |= _further(leads, actual, dated, twin_wins.until(plan.horizon))
    deals_by, revenue_by = _timeline(leads, dated)
    return Futures(
        base=base,
        timeline_deals=deals_by,
        timeline_revenue=revenue_by,
        kept={each.name: _kept(each, counts, deals, revenue, spend) for each in keep},
        sums=sums_of(
            counts,
            all_revenue,
            by_source,
            tally.by_period,
            ledger,
            by_team,
            tally.promises.sums(),
            score_sums(leads),
            programmes,
        ),
        rolls=block.rolls,
    )


def wins_of(leads: Leads, walk: Walk) -> Wins:
    """The deals of a walk, until the end."""
    if not walk.won:
        return Wins(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))
    lead = np.concatenate([wave.lead for wave in walk.won])
    time = np.concatenate([wave.time for wave in walk.won])
    cents = np.rint(leads.draw(leads.block.plan.deal_value, lead, "", "deal value", None)).astype(np.int64)
    return Wins(lead, time, cents)


def _fill_open(counts: Ints) -> None:
    """Open are the visits that entered and have neither ended nor been left; the won stage keeps its own."""
    ended = ("advanced", "rejected", *COLD_MEASURES, "left")
    counts[INDEX["open"], :-1] = counts[INDEX["entered"], :-1] - sum(counts[INDEX[name], :-1] for name in ended)


def _ledger(leads: Leads, touch: Touch, wins: Wins, twin_wins: Wins) -> Ints:
    """Deals and cents that touched leads' twins won (lost) and that they won themselves (recovered), by the stage and
    cause of the first touch; shape (n_stages, n_causes, 4, n_reps). Of leads that only waited those count that differ.
    """
    n_reps, n_stages = leads.block.n_reps, len(leads.block.plan.stages)
    size = n_stages * len(CAUSES) * n_reps
    columns: list[Ints] = []
    for each, other in ((twin_wins, wins), (wins, twin_wins)):
        code = touch.take(each.lead) - 1
        counts = code >= 0
        if leads.block.plan.teams:
            counts &= (code % len(CAUSES) != WAITING) | ~other.has(each, leads.size)
        at = where(counts)
        some = each.take(at)
        columns += some.sums(code.take(at) * np.int64(n_reps) + leads.rep.take(some.lead), size)
    fields = [column.reshape(n_stages, len(CAUSES), n_reps) for column in columns]
    return np.stack(fields, axis=2)


def source_cost(block: Block, arrived: list[Ints]) -> Ints:
    """What each source spends, in cents; shape (n_sources, n_reps)."""
    costs = []
    for source, count in zip(block.plan.sources, arrived, strict=True):
        each = np.rint(block.column(source.cost_per_lead)).astype(np.int64)
        costs.append(count * each + np.rint(block.column(source.cost)).astype(np.int64))
    return np.stack(costs)


def _base(leads: Leads, actual: Actual, tally: Tally, sold: dict[str, Ints], ledger: Ints) -> dict[str, Ints]:
    """Counts and revenue of each replication, by name."""
    block, n = leads.block, leads.block.n_reps
    booked = dict(zip(LEDGER_FIELDS, ledger.sum(axis=(0, 1)), strict=True))
    per_stage = tally.counts.reshape(*tally.counts.shape[:2], -1, n, block.n_sectors).sum(axis=(2, 4))
    fates = tally.fates()
    arrived, won = leads.numbers.sum(axis=0), sold["cohort_deals"]
    return {
        "arrived": arrived,
        **sold,
        "twin_deals": sold["deals"] - booked["recovered_deals"] + booked["lost_deals"],
        "twin_revenue": sold["revenue"] - booked["recovered_revenue"] + booked["lost_revenue"],
        **booked,
        "touched": tally.reps(_blamed(actual)),
        "won": won,
        **fates,
        "open": arrived - sum(fates.values(), won),
        **{name: per_stage[INDEX[name]].sum(axis=0) for name in ("reopened", "worked", "enriched", *COLD_MEASURES)},
        **{f"entered[stage={name}]": per_stage[INDEX["entered"], k] for k, name in enumerate(block.plan.stage_names)},
        **_on_hand(leads),
        **tally.promises.columns(),
        **{f"rejected[reason={reason}, stage={stage}]": each for (stage, reason), each in tally.reasons.items()},
    }


def _on_hand(leads: Leads) -> dict[str, Ints]:
    """Leads that were there at the start, by stage; only the stages that have any."""
    found: dict[str, Ints] = {}
    for source, numbers in zip(leads.block.plan.sources, leads.numbers, strict=True):
        if source.is_on_hand:
            name = f"on_hand[stage={leads.block.plan.stage_names[source.enters]}]"
            found[name] = found.get(name, 0) + numbers
    return found


def _blamed(actual: Actual) -> Ints:
    """The leads that were touched by any cause but waiting."""
    touched = np.concatenate([np.zeros(0, np.int64), *(each.wave.lead for each in actual.touched)])
    if actual.queues is None:
        return touched
    return touched.take(where((actual.touch.take(touched) - 1) % len(CAUSES) != WAITING))


def _nurtured(leads: Leads, actual: Actual, programmes: Ints | None, wins: Wins) -> dict[str, Ints]:
    """What the programmes did in each replication, and the touches that its deals had had."""
    zero = np.zeros(leads.block.n_reps, np.int64)
    if programmes is None:
        return dict.fromkeys((*PROGRAMME_FIELDS[1:], "touches_of_deals"), zero)
    deals = wins.deals()
    touches = np.bincount(leads.rep.take(deals.lead), weights=actual.nurture.touches(deals.lead), minlength=zero.size)
    by_field = zip(PROGRAMME_FIELDS[1:], programmes.sum(axis=(1, 2, 4))[1:], strict=True)
    return dict(by_field) | {"touches_of_deals": touches.astype(np.int64)}


def _further(leads: Leads, actual: Actual, wins: Wins, twin_wins: Wins) -> dict[str, Ints]:
    """Further sales and their cents in each replication, and its twin's: those of touched leads are its own."""
    n, sales, twin_sales = leads.block.n_reps, wins.further(), twin_wins.further()
    number, cents = sales.numbers(leads.rep, n)
    mine, my_cents = sales.take(where(actual.touch.take(sales.lead))).numbers(leads.rep, n)
    its, its_cents = twin_sales.numbers(leads.rep, n)
    return {
        "expansion_sales": number,
        "expansion_revenue": cents,
        "twin_expansion_sales": number - mine + its,
        "twin_expansion_revenue": cents - my_cents + its_cents,
    }


def _costs(
    block: Block, actual: Actual, twin: Ideal, spend: Ints, counts: Ints, programmes: Ints | None
) -> dict[str, Ints]:
    """What each replication costs to the horizon, by kind, in all, and to the end; in cents."""
    plan, after, zero = block.plan, actual.bill.after, np.zeros(block.n_reps, np.int64)
    entries = _stage_cost(block, counts[INDEX["entered"]], [stage.cost_per_entry for stage in plan.stages])
    work = _stage_cost(block, counts[INDEX["worked"]], [stage.cost_per_work for stage in plan.stages])
    touches = zero
    if programmes is not None:
        per_touch = [None if stage.programme is None else stage.programme.cost for stage in plan.stages]
        touches = _stage_cost(block, programmes[PROGRAMME_FIELDS.index("touches")], per_touch)
    kinds = {
        "cost_sources": spend.sum(axis=0),
        "cost_entries": entries - after["entries"],
        "cost_work": work - after["work"],
        "cost_touches": touches - after["touches"],
        "cost_reactivation": actual.bill.to_end["reactivation"] - after["reactivation"],
        "cost_enrichment": actual.bill.to_end["enrichment"] - after["enrichment"],
        "cost_teams": sum((np.rint(block.column(team.cost)).astype(np.int64) for team in plan.teams), zero),
        "cost_fixed": sum((np.rint(block.column(cost)).astype(np.int64) for cost in plan.fixed_costs), zero),
    }
    total = sum(kinds.values(), zero)
    twin_cost = total - actual.bill.touched + twin.bill.touched
    margin = {"margin_ppm": np.rint(block.column(plan.margin) * 1e6).astype(np.int64)} if plan.margin.drawn else {}
    return kinds | {"cost": total, "twin_cost": twin_cost, "cohort_cost": total + sum(after.values(), zero)} | margin


def _stage_cost(block: Block, counts: Ints, knobs: Sequence[Knob | None]) -> Ints:
    """What so many visits (or touches) cost at so many cents each, stage by stage; shape (n_reps,)."""
    total = np.zeros(block.n_reps, np.int64)
    for number, knob in zip(counts, knobs, strict=True):
        if knob is not None and not knob.is_zero:
            total += (number.sum(axis=0) * np.rint(block.full(knob)).astype(np.int64)).sum(axis=1)
    return total


def _timeline(leads: Leads, wins: Wins) -> tuple[Ints, Ints]:
    """Deals and cents by reporting period, shape (n_reps, n_periods)."""
    plan, n_reps = leads.block.plan, leads.block.n_reps
    code = leads.rep.take(wins.lead) * plan.n_periods + plan.period_of_day.take(wins.time.astype(np.intp))
    number, cents = wins.sums(code, n_reps * plan.n_periods)
    return number.reshape(n_reps, -1), cents.reshape(n_reps, -1)


def _kept(keep: Keep, counts: Ints, deals: Ints, revenue: Ints, spend: Ints) -> Ints:
    """One selected measure per replication."""
    stages = slice(None) if keep.stage is None else slice(keep.stage, keep.stage + 1)
    sources = slice(None) if keep.source is None else slice(keep.source, keep.source + 1)
    sectors = slice(None) if keep.sector is None else slice(keep.sector, keep.sector + 1)
    if keep.measure == "cost":
        return spend[sources].sum(axis=0)
    if keep.measure in ("deals", "revenue"):
        return (deals if keep.measure == "deals" else revenue)[sources, :, sectors].sum(axis=(0, 2))
    return counts[INDEX[keep.measure], stages][:, sources, :, sectors].sum(axis=(0, 1, 3))
