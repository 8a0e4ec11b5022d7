"""Which futures can tables and charts be tried on, without an engine?

A small funnel walked lead by lead in plain Python, actual beside twin with the same luck, and the raw material that the
engine would hand over for it. Consistent by construction: leads are conserved, the ledger books every deal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from simfunnel.results.futures import (
    BASE_COUNTS,
    BASE_MONEY,
    CAUSES,
    LEDGER_FIELDS,
    PERIOD_MEASURES,
    PROGRAMME_FIELDS,
    SOURCE_FIELDS,
    TEAM_FIELDS,
    VISIT_MEASURES,
    Array,
    Futures,
    Tallies,
    Terms,
)

HORIZON = 365.0
EXITS = ("no_decision", "competitor", "dropped", "recycled")


@dataclass(frozen=True)
class Toy:
    """A funnel small enough to follow by hand; sources enter at the first stage, the last of them at the second."""

    name: str = "A toy funnel"
    stages: tuple[str, ...] = ("mql", "sql", "customer")
    sources: tuple[str, ...] = ("fair", "search")
    sectors: tuple[str, ...] = ("retail", "industrial")
    conversion: float = 0.5
    neglect: float = 0.15
    late: float = 0.1
    recycled: float = 0.4
    leads: float = 12.0
    deal_value: float = 20_000.0
    currency: str = "$"
    plan_customers: float | None = 6.0
    plan_revenue: float | None = 120_000.0
    plan_budget: float | None = 40_000.0
    margin: float = 0.8
    uncertain_margin: bool = False
    with_costs: bool = True


@dataclass
class Visit:
    """One visit of a lead to a stage."""

    stage: int
    start: float
    flags: set[str] = field(default_factory=set)
    end: float | None = None


@dataclass
class Life:
    """What became of a lead: its visits, its fate, its deal."""

    visits: list[Visit]
    fate: str
    won_at: float | None
    cents: int
    touch: tuple[int, int] | None  # stage and index in CAUSES


def walk(toy: Toy, decks: Array, source: int, arrival: float, *, twin: bool) -> Life:
    """One lead's life on its own decks of luck, shape (n_stages, 12, 6), which actual and twin share."""
    last = len(toy.stages) - 1
    used: Counter[tuple[int, str]] = Counter()
    visits: list[Visit] = []
    touch: tuple[int, int] | None = None
    at, stage, reopened = arrival, min(1, last - 1) if source and source == len(toy.sources) - 1 else 0, False

    def roll(column: int, kind: str) -> float:
        used[stage, kind] += 1
        return float(decks[stage, (used[stage, kind] - 1) % 12, column])

    for _ in range(40):
        if at > HORIZON:
            return Life(visits, "open", None, 0, touch)
        visit = Visit(stage, at, {"entered", "reopened"} if reopened else {"entered"})
        visits.append(visit)
        if stage == last:
            visit.flags.add("won")
            return Life(visits, "won", at, round(toy.deal_value * 100 * (0.5 + decks[last, 0, 0])), touch)
        draw, patience = roll(0, "visit"), 5 + 25 * roll(1, "shelf")
        cause = 0 if draw < toy.neglect else 1 if draw < toy.neglect + toy.late else None
        if cause is not None and not twin:
            touch = touch or (stage, cause)
            end, exits = at + patience, ("cold", "cold_exit")
        else:
            visit.flags.add("worked")
            win = roll(2, "attempt") < toy.conversion
            end = at + 60 * roll(3, "advance" if win else "reject")
            exits = ("advanced", "") if win else ("rejected", "rejected_exit")
        if end > HORIZON:
            visit.flags.add("open")
            return Life(visits, "open", None, 0, touch)
        visit.end = end
        if roll(4, "attrition") < 0.03:
            visit.flags.add("left")
            return Life(visits, "left", None, 0, touch)
        visit.flags.add(f"cold_{CAUSES[cause]}" if exits[0] == "cold" and cause is not None else exits[0])
        at, reopened = end, False
        if exits[0] == "advanced":
            stage += 1
            continue
        where = roll(5, exits[1])
        fate = EXITS[3] if where >= 1 - toy.recycled else EXITS[int(3 * where / (1 - toy.recycled))]
        fate = "dropped" if fate == "recycled" and sum("recycled" in v.flags for v in visits) >= 3 else fate
        visit.flags.add(fate)
        if fate != "recycled":
            return Life(visits, fate, None, 0, touch)
        at, stage, reopened = end + 20, 0, True
    raise AssertionError("a lead that never ends")


@dataclass(frozen=True)
class Lead:
    """One lead of one replication, actual beside twin."""

    replication: int
    source: int
    sector: int
    actual: Life
    twin: Life


def leads(toy: Toy, n_sims: int, seed: int) -> Iterator[Lead]:
    """All leads of all replications, in order."""
    for replication in range(n_sims):
        rng = np.random.default_rng((seed, replication))
        for source in range(len(toy.sources)):
            count = round(toy.leads) if source == 0 else int(rng.poisson(toy.leads))
            for _ in range(count):
                sector, arrival = int(rng.integers(len(toy.sectors))), 200 * rng.random()
                decks = rng.random((len(toy.stages), 12, 6))
                actual, twin = (walk(toy, decks, source, arrival, twin=twin) for twin in (False, True))
                yield Lead(replication, source, sector, actual, twin)


def flags_of(visit: Visit) -> dict[str, int]:
    """The visit measures of one visit."""
    stay = 0 if visit.end is None else round((visit.end - visit.start) * 86_400)
    return {name: int(name in visit.flags) for name in VISIT_MEASURES[:-1]} | {"stay_seconds": stay}


def period_of(day: float) -> int:
    return min(int(day / HORIZON * 12), 11)


def futures(toy: Toy | None = None, *, n_sims: int = 200, seed: int = 1, keep: Sequence[str] = ()) -> Futures:
    """The raw material for a run of the toy; `keep` may name revenue or deals of one sector, or of one source."""
    toy = toy or Toy()
    cells = _Cells(toy, n_sims)
    for lead in leads(toy, n_sims, seed):
        cells.add(lead)
    return cells.close(keep, np.random.default_rng((seed, 99)))


def terms(toy: Toy | None = None, *, n_sims: int = 200, seed: int = 1) -> Terms:
    toy = toy or Toy()
    return Terms(
        name=toy.name, currency=toy.currency, plan_customers=toy.plan_customers, plan_revenue=toy.plan_revenue,
        plan_budget=toy.plan_budget, margin=toy.margin, n_sims=n_sims, seed=seed, horizon_days=HORIZON,
        derived=("plan revenue: 6 customers x $20,000",), scenario_yaml=f"name: {toy.name}\n", digest="0" * 16,
        versions={"simfunnel": "0", "numpy": np.__version__},
    )  # fmt: skip


class _Cells:
    """Dense counts per replication, summed at the end: memory is no matter here, being plain is."""

    def __init__(self, toy: Toy, n_sims: int) -> None:
        self.toy, self.n = toy, n_sims
        shape = (n_sims, len(toy.stages), len(toy.sources), len(toy.sectors))
        self.visits = {name: np.zeros(shape, dtype=np.int64) for name in VISIT_MEASURES}
        self.revenue = np.zeros((n_sims, *shape[2:]), dtype=np.int64)
        self.base = {name: np.zeros(n_sims, dtype=np.int64) for name in (*BASE_COUNTS, *BASE_MONEY)}
        self.arrived = np.zeros((n_sims, len(toy.sources)), dtype=np.int64)
        self.deals = np.zeros((n_sims, 12), dtype=np.int32)
        self.sales = np.zeros((n_sims, 12), dtype=np.int64)
        self.by_period = np.zeros((n_sims, len(PERIOD_MEASURES), len(toy.stages), 12), dtype=np.int64)
        self.ledger = np.zeros((n_sims, len(toy.stages), len(CAUSES), len(LEDGER_FIELDS)), dtype=np.int64)

    def add(self, lead: Lead) -> None:
        n, base, toy = lead.replication, self.base, self.toy
        self.arrived[n, lead.source] += 1
        base["arrived"][n] += 1
        base[lead.actual.fate][n] += 1
        self._money(lead)
        for visit in lead.actual.visits:
            for name, count in flags_of(visit).items():
                self.visits[name][n, visit.stage, lead.source, lead.sector] += count
            for name in ("reopened", "worked", "cold_neglected", "cold_late"):
                base[name][n] += name in visit.flags
            for i, name in enumerate(PERIOD_MEASURES):
                day = visit.start if name == "entered" else visit.end
                if name in visit.flags and day is not None:
                    self.by_period[n, i, visit.stage, period_of(day)] += 1
        if toy.with_costs:
            base["cost_entries"][n] += 500 * len(lead.actual.visits)
            base["cost_work"][n] += 2_000 * sum("worked" in v.flags for v in lead.actual.visits)
            base["cost_reactivation"][n] += 4_000 * sum("reopened" in v.flags for v in lead.actual.visits)
            base["twin_cost"][n] += 500 * len(lead.twin.visits)
            base["twin_cost"][n] += 2_000 * sum("worked" in v.flags for v in lead.twin.visits)
            base["twin_cost"][n] += 4_000 * sum("reopened" in v.flags for v in lead.twin.visits)

    def _money(self, lead: Lead) -> None:
        n, base, actual, twin = lead.replication, self.base, lead.actual, lead.twin
        if actual.won_at is not None:
            self.revenue[n, lead.source, lead.sector] += actual.cents
            self.deals[n, period_of(actual.won_at)] += 1
            self.sales[n, period_of(actual.won_at)] += actual.cents
        booked = (int(twin.fate == "won"), twin.cents, int(actual.fate == "won"), actual.cents)
        for name, amount in zip(("twin_deals", "twin_revenue", "deals", "revenue"), booked, strict=True):
            base[name][n] += amount
        if actual.touch is not None:
            base["touched"][n] += 1
            self.ledger[n, *actual.touch] += booked
            for name, amount in zip(LEDGER_FIELDS, booked, strict=True):
                base[name][n] += amount

    def close(self, keep: Sequence[str], rng: np.random.Generator) -> Futures:
        toy, base = self.toy, self.base
        spent = np.zeros_like(self.arrived)
        if toy.with_costs:
            spent = self.arrived * 18_000
            spent[:, 0] = 1_200_000
            base["cost_fixed"][:] = 300_000
        base["cost_sources"][:] = spent.sum(axis=1)
        parts = ("cost_sources", "cost_entries", "cost_work", "cost_reactivation", "cost_fixed")
        base["cost"][:] = sum(base[name] for name in parts)
        base["twin_cost"] += base["cost_sources"] + base["cost_fixed"]
        for name in ("deals", "revenue", "cost"):
            base[f"cohort_{name}"] = base[name].copy()
        for i, stage in enumerate(toy.stages):
            base[f"entered[stage={stage}]"] = self.visits["entered"][:, i].sum(axis=(1, 2))
        if toy.uncertain_margin:
            base["margin_ppm"] = np.round(1e6 * (toy.margin + 0.1 * (rng.random(self.n) - 0.5))).astype(np.int64)
        return Futures(base, self.deals, self.sales, {name: self._kept(name) for name in keep}, self._tallies(spent))

    def _kept(self, name: str) -> Array:
        figure, _, part = name.rstrip("]").partition("[")
        key, _, label = part.partition("=")
        cells = self.revenue if figure == "revenue" else self.visits["entered"][:, -1]
        if key == "sector":
            return np.asarray(cells[:, :, self.toy.sectors.index(label)].sum(axis=1))
        return np.asarray(cells[:, self.toy.sources.index(label)].sum(axis=1))

    def _tallies(self, spent: Array) -> Tallies:
        toy = self.toy
        x = {name: _with_all(cells.astype(float)) for name, cells in self.visits.items()}
        stacked = np.stack([x[name] for name in VISIT_MEASURES], axis=1)
        revenue = _with_all(self.revenue.astype(float))
        deals = self.visits["entered"][:, -1].sum(axis=2)
        by_source = np.stack([self.arrived, spent, deals, self.revenue.sum(axis=2)], axis=1).astype(float)
        assert by_source.shape[1] == len(SOURCE_FIELDS)
        ledger, flows = self.ledger.astype(float), self.by_period.astype(float)
        net = ledger[..., :2] - ledger[..., 2:]
        nobody = np.zeros((len(PROGRAMME_FIELDS), *x["entered"].shape[1:]))
        return Tallies(
            n_sims=self.n, stages=toy.stages, sources=toy.sources, sectors=toy.sectors,
            periods=tuple(f"2027-{month:02d}" for month in range(1, 13)),
            teams=(), team_total=np.zeros((len(TEAM_FIELDS), 0)),
            team_product=np.zeros((len(TEAM_FIELDS), len(TEAM_FIELDS), 0)),
            total=stacked.sum(0), square=(stacked**2).sum(0),
            with_deals=(stacked * x["entered"][:, None, -1:]).sum(0),
            with_entered=(stacked * x["entered"][:, None]).sum(0),
            advanced_with_worked=(x["advanced"] * x["worked"]).sum(0),
            stay_with_ended=(x["stay_seconds"] * (x["entered"] - x["open"])).sum(0),
            revenue_total=revenue.sum(0), revenue_square=(revenue**2).sum(0),
            source_total=by_source.sum(0), source_product=np.einsum("nis,njs->ijs", by_source, by_source),
            period_total=flows.sum(0), period_square=(flows**2).sum(0),
            ledger_total=ledger.sum(0), ledger_square=(ledger**2).sum(0), ledger_net_square=(net**2).sum(0),
            programme_total=nobody, programme_product=np.stack([nobody] * len(nobody)),
        )  # fmt: skip


def _with_all(cells: Array) -> Array:
    """The last two axes with one more place each, for the sum."""
    cells = np.concatenate([cells, cells.sum(axis=-1, keepdims=True)], axis=-1)
    return np.concatenate([cells, cells.sum(axis=-2, keepdims=True)], axis=-2)
