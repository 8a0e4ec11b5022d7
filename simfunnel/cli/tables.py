"""What do the tables of a run say in words, where a screen is eighty columns wide?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from simfunnel.cli import promises, terminal
from simfunnel.cli.faults import ArgumentError

if TYPE_CHECKING:
    import pandas as pd

    from simfunnel.results import Result

NAMES = ("periods", "stages", "sectors", "sources", "teams", "programmes", "scores", "ledger", "sla", "metrics")
_LEGEND = (
    "Means per future with half of their 95 % confidence interval (±). All columns: --out DIR writes each as a table "
    "for a spreadsheet."
)

Heads = Mapping[str, tuple[str, str]]  # column of the frame to what it is called here, and its unit

_VISITS: Heads = {
    "entered": ("visits", "visits"),
    "reopened": ("repeated", "visits"),
    "worked": ("worked in time", "visits"),
    "cold_neglected": ("neglected", "visits"),
    "cold_late": ("too late", "visits"),
    "cold_queue": ("cold in a queue", "visits"),
}
_FATES: Heads = {
    "advanced": ("advanced", "visits"),
    "rejected": ("rejected", "visits"),
    "left": ("contact left", "visits"),
    "open": ("still open", "visits"),
}
_EXITS: Heads = {
    "no_decision": ("no decision", "visits"),
    "competitor": ("competitor", "visits"),
    "dropped": ("dropped", "visits"),
    "recycled": ("recycled", "visits"),
}
_SHARES: Heads = {
    "conversion": ("advanced, of worked", "share"),
    "conversion_of_entered": ("of all", "share"),
    "neglected_share": ("neglected", "share"),
    "late_share": ("too late", "share"),
    "mean_stay_days": ("days there", "days"),
}
_WHY: Heads = {"rejected": ("rejected", "visits"), "share": ("share", "share")}
_OF_SECTORS: Heads = {
    **{name: head for name, head in _VISITS.items() if name != "reopened"},
    "advanced": ("advanced", "visits"),
}
_DEALS: Heads = {"entered": ("deals", "deals")}
_BRINGS: Heads = {
    "leads": ("leads", "leads"),
    "deals": ("deals", "deals"),
    "revenue": ("revenue", "money"),
}
_COSTS: Heads = {
    "source_cost": ("cost", "money"),
    "source_cost_per_lead": ("per lead", "money"),
    "source_cost_per_customer": ("per customer", "money"),
    "roi_on_source_cost": ("ROI on it", "share"),
}
_TOUCHES: Heads = {
    "nurtured": ("visits", "visits"),
    "touches": ("touches", "touches"),
    "opens": ("opened", "touches"),
    "clicks": ("clicked", "touches"),
    "unsubscribed": ("unsubscribed", "leads"),
}
_RATES: Heads = {
    "touches_per_visit": ("a visit", "touches"),
    "open_rate": ("opened", "share"),
    "click_rate": ("clicked", "share"),
    "click_to_open_rate": ("clicked, of opened", "share"),
    "unsubscribe_rate": ("unsubscribed", "share"),
}
TEAMS: Heads = {
    "joined": ("leads to work", "visits"),
    "served": ("worked", "visits"),
    "gone_share": ("lost waiting", "share"),
    "waited_share": ("had to wait", "share"),
    "mean_wait_days": ("mean wait in days", "days"),
    "mean_queue": ("waiting on average", "visits"),
    "utilisation": ("busy", "share"),
}
_SCORES: Heads = {
    "leads": ("new leads", "leads"),
    "mean": ("mean", "days"),
    "sd": ("sd", "days"),
    "p10": ("P10", "days"),
    "p50": ("P50", "days"),
    "p90": ("P90", "days"),
}  # points are written with as many digits as days are
_LOST: Heads = {
    "lost_deals": ("lost deals", "deals"),
    "recovered_deals": ("recovered deals", "deals"),
    "net_deals": ("net deals", "deals"),
}
_LOST_REVENUE: Heads = {
    "lost_revenue": ("lost revenue", "money"),
    "recovered_revenue": ("recovered revenue", "money"),
    "net_revenue": ("net revenue", "money"),
}
CAUSES: Heads = {**_LOST, "net_revenue": _LOST_REVENUE["net_revenue"]}


class Block(NamedTuple):
    """A table for people."""

    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    if_none: str = "none"


def wanted(names: Sequence[str] | None) -> tuple[str, ...]:
    """The tables that `--table` asks for, `all` being every one.

    Raises
    ------
    ArgumentError
        When there is no such table.
    """
    from simfunnel.claims import nearest

    for name in names or ():
        if name not in (*NAMES, "all"):
            raise ArgumentError(f"--table: there is no table '{name}'{nearest(name, (*NAMES, 'all'))}")
    return NAMES if "all" in (names or ()) else tuple(dict.fromkeys(names or ()))


def show(result: Result, names: Sequence[str]) -> None:
    """Print these tables."""
    blocks = {
        "periods": _periods, "stages": _stages, "sectors": _sectors, "sources": _sources, "teams": _teams,
        "programmes": _programmes, "scores": _scores, "ledger": _ledger, "sla": promises.blocks, "metrics": _metrics,
    }  # fmt: skip
    for name in names:
        for title, heads, rows, if_none in blocks[name](result):
            terminal.say(f"\n{title}:" if rows else f"\n{title}: {if_none}.", style="bold")
            if rows:
                terminal.show(heads, rows, fold=True)
    if names:
        terminal.say(f"\n{_LEGEND}", style="dim")


def causes(result: Result, heads: Heads = CAUSES) -> list[tuple[str, ...]]:
    """Rows of the ledger and their total; causes that took nothing are left out."""
    frame = result.ledger()
    took = frame[(frame["lost_deals"] != 0) | (frame["recovered_deals"] != 0)]
    names = ["all" if cause == "all" else f"{stage}, {cause}" for stage, cause in took[["stage", "cause"]].to_numpy()]
    return _rows(names, took, heads, result.terms.currency)


def of_teams(result: Result, heads: Heads = TEAMS) -> list[tuple[str, ...]]:
    """A row for each team."""
    frame = result.teams()
    return _rows(list(frame["team"]), frame, heads, result.terms.currency)


def _stages(result: Result) -> Iterator[Block]:
    frame = result.stages()
    for title, heads in (
        (f"Visits to each stage{_end(result)}", _VISITS),
        ("What becomes of them", _FATES),
        ("Where those that went cold or were rejected go", _EXITS),
        ("In shares of the visits, and the time that they take", _SHARES),
    ):
        yield _block(title, list(frame["stage"]), frame, _with_teams(heads, result), result)
    yield from _reasons(result)


def _reasons(result: Result) -> Iterator[Block]:
    frame = result.reasons()
    if not frame.empty:
        names = [f"{row['stage']}, {row['reason']}" for row in frame.to_dict("records")]
        yield _block("Why leads are rejected", names, frame, _WHY, result)


def _sectors(result: Result) -> Iterator[Block]:
    """Deals of each sector, and what happens at each stage, sector beside sector."""
    *stages, won = result.futures.tallies.stages
    sectors, title = result.futures.tallies.sectors, f"Deals of each sector{_end(result)}"
    if len(sectors) == 1:
        yield Block("Sectors", (), [], f"there is one, {sectors[0]}, so the table of stages says it all")
        return
    frame = result.stages(by=("stage", "sector"))
    deals, visits = frame[frame["stage"] == won], frame[frame["stage"].isin(stages)]
    yield _block(title, list(deals["sector"]), deals, _DEALS, result)
    names = [f"{stage}, {sector}" for stage, sector in visits[["stage", "sector"]].to_numpy()]
    yield _block("Visits to each stage, by sector", names, visits, _with_teams(_OF_SECTORS, result), result)


def _end(result: Result) -> str:
    return " to the end of the run-off" if result.terms.run_off_days else ""


def _sources(result: Result) -> Iterator[Block]:
    frame = result.sources()
    for title, heads in (("What each source brings", _BRINGS), ("What the sources alone cost", _COSTS)):
        yield _block(title, list(frame["source"]), frame, heads, result)


def _programmes(result: Result) -> Iterator[Block]:
    """What the nurture programmes do, by stage and source, and how many touches a deal has had."""
    frame, ratios = result.programmes(by=("stage", "source")), result.ratios()
    if frame.empty:
        yield Block("Nurture programmes", (), [])
        return
    names = [f"{stage}, {source}" for stage, source in frame[["stage", "source"]].to_numpy()]
    yield _block(f"Touches of nurture{_end(result)}", names, frame, _TOUCHES, result)
    yield _block("In shares of the touches", names, frame, _RATES, result)
    per_deal = ratios.loc[["touches_per_deal"]].rename(columns={"mcse": "value_mcse"})
    yield _block("Before a deal", ["all sources"], per_deal, {"value": ("touches", "touches")}, result)


def _teams(result: Result) -> Iterator[Block]:
    rows = of_teams(result)
    heads = ("", *(head for head, _ in TEAMS.values()))
    yield Block("Teams, up to the horizon" if rows else "Teams", heads, rows, "there is none")


def _scores(result: Result) -> Iterator[Block]:
    """The scores of the leads that each period brings."""
    frame = result.score_profile()
    yield _block("Scores of new leads, by the period that brings them", [*frame["period"]], frame, _SCORES, result)


def _ledger(result: Result) -> Iterator[Block]:
    for what, heads in (("deals", _LOST), ("revenue", _LOST_REVENUE)):
        title = f"What the cold leads cost in {what}, by cause (causes that took nothing are left out)"
        yield Block(title, ("", *(head for head, _ in heads.values())), causes(result, heads))


def _metrics(result: Result) -> Iterator[Block]:
    """The metrics of the trade by group, each with half of its interval; quantiles of counts are whole numbers."""
    frame = result.metrics()
    is_whole = (frame["unit"] == "deals") & frame.index.str.contains("_p[0-9]+$")
    frame["mcse"] = frame["mcse"].where(~is_whole, 0.0)
    for group, rows in frame.groupby("group", sort=False):
        cells: list[tuple[str, ...]] = []
        for _, row in rows.iterrows():
            words = f"{row['words']}{' (days)' if row['unit'] == 'days' else ''}"
            cells.append((words, *_known(row[["value"]], row[["mcse"]], row["unit"], result.terms.currency)))
        title = {
            "leads and stages": f"Leads and stages{_end(result)}",
            "costs and revenue": "All costs over these numbers, and revenue up to the horizon",
        }.get(str(group), str(group).capitalize())
        yield Block(title, ("", "value"), cells)


def _periods(result: Result) -> Iterator[Block]:
    timeline, currency = result.timeline(), result.terms.currency
    periods = result.futures.tallies.periods
    for measure, unit in (("deals", "deals"), ("revenue", "money")):
        cells: list[list[str]] = [list(periods)]
        for name in (measure, f"cumulative_{measure}"):
            frame = timeline[timeline["measure"] == name]
            cells += [_known(frame["mean"], frame["mcse"], unit, currency), _reach(frame, unit, currency)]
        heads = ("", "mean", "P10 to P90", "so far", "P10 to P90")
        yield Block(f"{measure.capitalize()} in each period", heads, list(zip(*cells, strict=True)))
    flows = {
        "entered": "Visits to each stage, by the period of entry",
        "cold_neglected": "Gone cold by neglect",
        "cold_late": "Reached too late",
        "cold_queue": "Gone cold in a queue",
    }
    for measure, title in flows.items():
        if measure == "cold_queue" and not result.futures.tallies.teams:
            continue
        frame = timeline[timeline["measure"] == measure]
        by_stage = {str(stage): rows for stage, rows in frame.groupby("stage", sort=False) if rows["mean"].any()}
        cells = [_known(rows["mean"], rows["mcse"], "visits", currency) for rows in by_stage.values()]
        yield Block(title, ("", *by_stage), list(zip(periods, *cells, strict=True)) if by_stage else [])


def _block(title: str, names: Sequence[str], frame: pd.DataFrame, heads: Heads, result: Result) -> Block:
    return Block(title, ("", *(head for head, _ in heads.values())), _rows(names, frame, heads, result.terms.currency))


def _with_teams(heads: Heads, result: Result) -> Heads:
    """These columns, without that of queues where there are no teams."""
    return heads if result.futures.tallies.teams else {k: v for k, v in heads.items() if k != "cold_queue"}


def _rows(names: Sequence[str], frame: pd.DataFrame, heads: Heads, currency: str) -> list[tuple[str, ...]]:
    cells = [_known(frame[name], frame[f"{name}_mcse"], unit, currency) for name, (_, unit) in heads.items()]
    return list(zip(names, *cells, strict=True))


def _known(values: pd.Series, errors: pd.Series, unit: str, currency: str) -> list[str]:
    """Cells of a column, each with half of its interval."""
    from simfunnel.results.text import together

    column = together(values, errors, unit, currency)
    return ["-" if value != value else column.known(value, error) for value, error in zip(values, errors, strict=True)]


def _reach(frame: pd.DataFrame, unit: str, currency: str) -> list[str]:
    """P10 to P90 of each row."""
    from simfunnel.results.intervals import half_width, z_value
    from simfunnel.results.text import together

    values = {name: frame[name].to_numpy() for name in ("p10", "p90")}
    errors = {}
    for name in values:
        ends = zip(frame[f"{name}_low"], frame[f"{name}_high"], strict=True)
        errors[name] = [0.0 if unit == "deals" else half_width(low, high) / z_value() for low, high in ends]
    column = together([*values["p10"], *values["p90"]], [*errors["p10"], *errors["p90"]], unit, currency)
    low, high = ([column.write(*each) for each in zip(values[q], errors[q], strict=True)] for q in values)
    return [f"{one} to {other}" for one, other in zip(low, high, strict=True)]
