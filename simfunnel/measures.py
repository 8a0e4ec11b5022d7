"""Which figures does a run report, in what unit, and how is each read off the counts of a replication?

`MEASURES` is the one table: every chart, claim and summary names its figures from here. Programs read the names, people
read `WORDS`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
COUNTS = ("deals", "leads", "visits", "touches", "sales")  # units of whole numbers
Columns = Mapping[str, Array]
PPM = 1e6


class Figures(Protocol):
    """What the plan promised; None where it has no such figure."""

    @property
    def plan_customers(self) -> float | None: ...
    @property
    def plan_revenue(self) -> float | None: ...
    @property
    def plan_budget(self) -> float | None: ...
    @property
    def margin(self) -> float: ...


@dataclass(frozen=True)
class Measure:
    """One named figure of a replication.

    Attributes
    ----------
    name : str
    unit : str
        ``deals``, ``leads``, ``visits``, ``touches``, ``sales``, ``money`` (in the scenario's currency) or ``share``.
    better : str
        ``more``, ``less`` or ``neither``.
    meaning : str
        One line for people.
    needs : tuple of str
        Columns of the raw counts that it is read from.
    read : callable (columns, figures) -> array, shape (n_sims,)
        Counts stay integers; money is in currency units, a share is 0 to 1; NaN where there is no such figure.
    """

    name: str
    unit: str
    better: str
    meaning: str
    needs: tuple[str, ...]
    read: Callable[[Columns, Figures], Array]

    @property
    def is_count(self) -> bool:
        return self.unit in COUNTS


def plan_roi(figures: Figures) -> float | None:
    """Return that the plan promised on its budget, at the mean margin; None without revenue or budget.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> plan_roi(SimpleNamespace(plan_customers=10, plan_revenue=1e6, plan_budget=250_000.0, margin=1.0))
    3.0
    """
    if figures.plan_revenue is None or not figures.plan_budget:
        return None
    # by the very arithmetic of a future's return, so that a future that meets the plan exactly has the plan's return
    cents = {"revenue": figures.plan_revenue * 100.0, "cost": figures.plan_budget * 100.0}
    return float(_roi({name: np.rint(np.array([each])) for name, each in cents.items()}, figures, "")[0])


def _money(cents: Array) -> Array:
    return np.asarray(cents / 100.0)


def _profit_cents(columns: Columns, figures: Figures, prefix: str) -> Array:
    # in millionths, so that a margin of 30 % of whole cents is exact
    uncertain = columns.get("margin_ppm")
    margin_ppm = figures.margin * PPM if uncertain is None else uncertain.astype(np.float64)
    return np.asarray((columns[f"{prefix}revenue"] * margin_ppm - columns[f"{prefix}cost"] * PPM) / PPM)


def _roi(columns: Columns, figures: Figures, prefix: str) -> Array:
    cost = columns[f"{prefix}cost"]
    profit = _profit_cents(columns, figures, prefix)
    return np.asarray(np.divide(profit, cost, out=np.full(len(cost), np.nan), where=cost != 0))


def _missing(promised: float | None, actual: Array) -> Array:
    """Promised minus actual; missing everywhere where nothing was promised."""
    return np.full(len(actual), np.nan) if promised is None else promised - actual


def _count(name: str, unit: str, better: str, meaning: str) -> Measure:
    return Measure(name, unit, better, meaning, (name,), lambda columns, _: columns[name])


def _cents(name: str, better: str, meaning: str) -> Measure:
    return Measure(name, "money", better, meaning, (name,), lambda columns, _: _money(columns[name]))


def _return(prefix: str, meaning: str) -> Measure:
    needs = (f"{prefix}revenue", f"{prefix}cost")
    name = f"{prefix}roi"
    return Measure(name, "share", "more", meaning, needs, lambda columns, figures: _roi(columns, figures, prefix))


def _plan(kind: str, suffix: str, prefix: str) -> Measure:
    """Difference to, or shortfall against, one figure of the plan."""
    unit, what, promised, needs, actual = _PROMISES[suffix]
    whose = "the twin" if prefix else "actual"
    floor = -np.inf if kind == "difference" else 0.0

    def read(columns: Columns, figures: Figures) -> Array:
        return np.maximum(_missing(promised(figures), actual(columns, figures, prefix)), floor)

    meaning = f"plan minus {whose}, in {what}" + ("" if kind == "difference" else ", where that is positive, else 0")
    return Measure(f"{prefix}plan_{kind}{suffix}", unit, "less", meaning, tuple(prefix + need for need in needs), read)


_Promise = tuple[str, str, Callable[[Figures], float | None], tuple[str, ...], Callable[[Columns, Figures, str], Array]]
_PROMISES: dict[str, _Promise] = {
    "": (
        "money", "revenue", lambda figures: figures.plan_revenue, ("revenue",),
        lambda columns, _, prefix: _money(columns[f"{prefix}revenue"]),
    ),
    "_deals": (
        "deals", "deals", lambda figures: figures.plan_customers, ("deals",),
        lambda columns, _, prefix: columns[f"{prefix}deals"],
    ),
    "_roi": ("share", "return on cost", plan_roi, ("revenue", "cost"), _roi),
}  # fmt: skip

_ALL = (
    _count("deals", "deals", "more", "deals won before the horizon"),
    _cents("revenue", "more", "revenue of these deals, and of further sales to customers"),
    _cents("cost", "less", "all costs before the horizon"),
    Measure(
        "profit", "money", "more", "revenue x margin - cost", ("revenue", "cost"),
        lambda columns, figures: _money(_profit_cents(columns, figures, "")),
    ),
    _return("", "return on cost: (revenue x margin - cost) / cost; missing where cost is 0"),
    _count("twin_deals", "deals", "more", "deals of the ideal twin, where no lead goes cold unworked"),
    _cents("twin_revenue", "more", "revenue of the ideal twin"),
    _cents("twin_cost", "less", "all costs of the ideal twin"),
    Measure(
        "twin_profit", "money", "more", "revenue x margin - cost of the ideal twin", ("twin_revenue", "twin_cost"),
        lambda columns, figures: _money(_profit_cents(columns, figures, "twin_")),
    ),
    _return("twin_", "return on cost of the ideal twin"),
    Measure(
        "gap_deals", "deals", "less", "deals that leads going cold cost: twin minus actual", ("twin_deals", "deals"),
        lambda columns, _: columns["twin_deals"] - columns["deals"],
    ),
    Measure(
        "gap_revenue", "money", "less", "revenue that leads going cold cost: twin minus actual",
        ("twin_revenue", "revenue"), lambda columns, _: _money(columns["twin_revenue"] - columns["revenue"]),
    ),
    Measure(
        "gap_profit", "money", "less", "profit that leads going cold cost: twin minus actual",
        ("twin_revenue", "twin_cost", "revenue", "cost"),
        lambda columns, figures: _money(
            _profit_cents(columns, figures, "twin_") - _profit_cents(columns, figures, "")
        ),
    ),
    Measure(
        "gap_roi", "share", "less", "return on cost that leads going cold cost: twin minus actual",
        ("twin_revenue", "twin_cost", "revenue", "cost"),
        lambda columns, figures: _roi(columns, figures, "twin_") - _roi(columns, figures, ""),
    ),
    *(_plan(kind, suffix, "") for kind in ("difference", "shortfall") for suffix in _PROMISES),
    *(_plan("shortfall", suffix, "twin_") for suffix in _PROMISES),
    _count("cohort_deals", "deals", "more", "deals that this period's leads bring by the end of the run-off"),
    _cents("cohort_revenue", "more", "revenue of these leads by the end of the run-off"),
    _cents("cohort_cost", "less", "costs by the end of the run-off, those of teams and fixed ones to the horizon"),
    _return("cohort_", "return on cost by the end of the run-off"),
    _count("touched", "leads", "less", "leads that were once neglected or not reached in time"),
    _count("lost_deals", "deals", "less", "deals that the touched leads bring to the twin"),
    _cents("lost_revenue", "less", "revenue that the touched leads bring to the twin"),
    _count("recovered_deals", "deals", "more", "deals that the touched leads bring all the same"),
    _cents("recovered_revenue", "more", "revenue that the touched leads bring all the same"),
    _count("arrived", "leads", "neither", "leads that arrived"),
    _count("won", "leads", "more", "leads won by the end"),
    _count("no_decision", "leads", "less", "leads that ended without a decision"),
    _count("competitor", "leads", "less", "leads that are with a competitor at the end"),
    _count("dropped", "leads", "less", "leads that were dropped"),
    _count("left", "leads", "less", "leads whose contact left the company"),
    _count("open", "leads", "neither", "leads still open at the end"),
    _count("reopened", "visits", "neither", "re-entries of recycled and returned leads"),
    _count("worked", "visits", "neither", "visits that somebody worked in time"),
    _count("enriched", "visits", "neither", "visits that advance only if one missing fact is found"),
    _count("cold_neglected", "visits", "less", "visits that went cold because nobody would ever work them"),
    _count("cold_late", "visits", "less", "visits that went cold before somebody worked them"),
    _count("cold_queue", "visits", "less", "visits that went cold while they waited for a free person"),
    _cents("cost_sources", "less", "what the sources cost"),
    _cents("cost_entries", "less", "what entries to stages cost"),
    _cents("cost_work", "less", "what working leads costs"),
    _count("touches", "touches", "neither", "touches of nurture programmes"),
    _count("opens", "touches", "more", "touches that were opened"),
    _count("clicks", "touches", "more", "opened touches that were clicked"),
    _count("unsubscribed", "leads", "less", "leads that a touch lost"),
    _count("touches_of_deals", "touches", "neither", "touches that the deals had had when they were won"),
    _count("expansion_sales", "sales", "more", "further sales to customers before the horizon"),
    _cents("expansion_revenue", "more", "revenue of these sales, which is part of the revenue"),
    _count("twin_expansion_sales", "sales", "more", "further sales of the ideal twin"),
    _cents("twin_expansion_revenue", "more", "revenue of these sales, which is part of the twin's revenue"),
    _cents("cost_touches", "less", "what the touches of nurture programmes cost"),
    _cents("cost_reactivation", "less", "what re-activating recycled leads costs"),
    _cents("cost_enrichment", "less", "what looking for missing facts costs"),
    _cents("cost_teams", "less", "what the people of the teams cost, there or away"),
    _cents("cost_fixed", "less", "named fixed costs"),
)  # fmt: skip

#: Every named measure, in the order of reports.
MEASURES: Mapping[str, Measure] = {measure.name: measure for measure in _ALL}

_CELL = ("stage", "source", "sector")
#: Figures that exist for a part of the funnel, and the keys that may name the part; counts but for `MONEY_PARTS`.
SELECTABLE: Mapping[str, tuple[str, ...]] = {
    "deals": ("source", "sector", "period"),
    "revenue": ("source", "sector", "period"),
    "cost": ("source",),
    **dict.fromkeys(
        ("entered", "reopened", "worked", "enriched", "advanced", "rejected", "cold_neglected", "cold_late",
         "cold_queue", "no_decision", "competitor", "dropped", "recycled", "left", "open"),
        _CELL,
    ),
    "attainment": ("sla",),
}  # fmt: skip
#: Those of `SELECTABLE` that are shares; every run knows them of each future.
SHARE_PARTS = ("attainment",)
#: Those of `SELECTABLE` that are money; their parts are kept in cents.
MONEY_PARTS = ("revenue", "cost")

#: What people read in place of a name.
WORDS: Mapping[str, str] = {
    "deals": "deals",
    "revenue": "revenue",
    "cost": "cost",
    "profit": "profit",
    "roi": "ROI",
    "twin_deals": "ideal-twin deals",
    "twin_revenue": "ideal-twin revenue",
    "twin_cost": "ideal-twin cost",
    "twin_profit": "ideal-twin profit",
    "twin_roi": "ideal-twin ROI",
    "gap_deals": "deals gone cold",
    "gap_revenue": "revenue gone cold",
    "gap_profit": "profit gone cold",
    "gap_roi": "ROI gone cold",
    "plan_difference": "plan minus revenue",
    "plan_difference_deals": "plan minus deals",
    "plan_difference_roi": "plan minus ROI",
    "plan_shortfall": "revenue short of plan",
    "plan_shortfall_deals": "deals short of plan",
    "plan_shortfall_roi": "ROI short of plan",
    "twin_plan_shortfall": "ideal-twin revenue short of plan",
    "twin_plan_shortfall_deals": "ideal-twin deals short of plan",
    "twin_plan_shortfall_roi": "ideal-twin ROI short of plan",
    "cohort_deals": "deals by the end of the run-off",
    "cohort_revenue": "revenue by the end of the run-off",
    "cohort_cost": "cost by the end of the run-off",
    "cohort_roi": "ROI by the end of the run-off",
    "touched": "leads neglected or reached too late",
    "lost_deals": "deals gone cold before recovery",
    "lost_revenue": "revenue gone cold before recovery",
    "recovered_deals": "deals recovered from cold leads",
    "recovered_revenue": "revenue recovered from cold leads",
    "arrived": "leads that arrived",
    "won": "leads won by the end",
    "entered": "visits",
    "reopened": "repeat visits",
    "worked": "visits worked in time",
    "enriched": "visits that lacked a fact",
    "advanced": "visits that advanced",
    "rejected": "visits rejected",
    "cold_neglected": "visits gone cold by neglect",
    "cold_late": "visits reached too late",
    "cold_queue": "visits gone cold in a queue",
    "no_decision": "leads without a decision",
    "competitor": "leads gone to a competitor",
    "dropped": "leads dropped",
    "recycled": "visits recycled",
    "left": "leads whose contact left",
    "open": "leads still open",
    "attainment": "SLA attained",
    "cost_sources": "cost of sources",
    "cost_entries": "cost of entries to stages",
    "cost_work": "cost of working leads",
    "touches": "touches of nurture",
    "opens": "touches opened",
    "clicks": "touches clicked",
    "unsubscribed": "leads that unsubscribed",
    "touches_of_deals": "touches that the deals had had",
    "expansion_sales": "further sales",
    "expansion_revenue": "revenue of further sales",
    "twin_expansion_sales": "ideal-twin further sales",
    "twin_expansion_revenue": "ideal-twin revenue of further sales",
    "cost_touches": "cost of touches",
    "cost_reactivation": "cost of re-activation",
    "cost_enrichment": "cost of enrichment",
    "cost_teams": "cost of teams",
    "cost_fixed": "fixed cost",
}
