"""Do the tables after a run say all that matters, in words, where a screen is eighty columns wide?"""

from __future__ import annotations

import re
from itertools import product

import numpy as np
import pandas as pd
import pytest
from command_line import ARTICLE, ROOT, Command, shell

import simfunnel as sf
from simfunnel.cli.tables import NAMES

YEAR = str(ROOT / "configs" / "industrial_year.yaml")


@pytest.fixture(scope="module")
def year() -> sf.Result:
    return sf.simulate(sf.load(YEAR), n_sims=60, seed=7, progress=False)


def cells(text: str, title: str) -> dict[str, list[str]]:
    """The rows of a table by their first cell, parts that were folded put together again."""
    block = re.split(r"\n(?=[A-Z][^\n]*(?::|\.)\n)", text[text.index(title) :])[0]
    rows: dict[str, list[str]] = {}
    for line in block.splitlines()[1:]:
        name, *found = re.split(r"  +", line.strip()) if line[:1].strip() else ["", *re.split(r"  +", line.strip())]
        rows.setdefault(name, []).extend(found)
    return rows


def value(cell: str) -> float:
    """The figure before the ±; money and shares as plain numbers."""
    return float(re.sub(r"[^0-9.\-]", "", cell.partition("±")[0]))


def test_all_tables_fit_eighty_columns(simfunnel: Command) -> None:
    said = simfunnel("run", YEAR, "--sims", 60, "--seed", 7, "--table", "all")
    assert said.exit_code == 0, said.output
    table = said.stdout[said.stdout.index("\nDeals in each period:") :]
    prose = ("What the cold leads cost", "Means per future", "Derived: ")
    assert max(len(line) for line in table.splitlines() if not line.startswith(prose)) <= 80
    assert "_" not in table
    assert "--out DIR writes each as a table for a spreadsheet" in table
    assert said.stdout.count("What the cold leads cost") == 2, "the ledger in full, and not once more in short"


def test_the_tables_show_the_figures_of_the_frames(simfunnel: Command, year: sf.Result) -> None:
    said = simfunnel("run", YEAR, "--sims", 60, "--seed", 7, "--table", "stages", "--table", "sources").stdout
    stages, sources = year.stages().set_index("stage"), year.sources().set_index("source")
    wanted = {
        "Visits to each stage": (stages, ["entered", "reopened", "worked", "cold_neglected", "cold_late"]),
        "What becomes of them": (stages, ["advanced", "rejected", "left", "open"]),
        "Where those that": (stages, ["no_decision", "competitor", "dropped", "recycled"]),
        "In shares of": (stages, ["conversion", "conversion_of_entered", "neglected_share", "late_share"]),
        "What each source brings": (sources, ["leads", "deals", "revenue"]),
        "What the sources alone cost": (sources, ["source_cost", "source_cost_per_lead", "source_cost_per_customer"]),
    }
    for title, (frame, columns) in wanted.items():
        rows = cells(said, title)
        assert set(rows) - {""} == set(frame.index)
        for name, row in frame.iterrows():
            for cell, column in zip(rows[str(name)], columns, strict=False):
                scale = 100 if "share" in column or "conversion" in column else 1
                _agrees(cell, row[column] * scale, row[f"{column}_mcse"] * scale)


def test_the_table_of_sectors_shows_their_visits_and_deals(simfunnel: Command, year: sf.Result) -> None:
    said = simfunnel("run", YEAR, "--sims", 60, "--seed", 7, "--table", "sectors").stdout
    frame = year.stages(by=("stage", "sector")).set_index(["stage", "sector"])
    deals = cells(said, "Deals of each sector to the end of the run-off")
    assert set(deals) - {""} == {"food", "pharma"}
    for sector in ("food", "pharma"):
        _agrees(deals[sector][0], *frame.loc[("customer", sector), ["entered", "entered_mcse"]])
    visits = cells(said, "Visits to each stage, by sector")
    assert len(visits) == 1 + 5 * 2
    for stage, sector in product(year.futures.tallies.stages[:-1], ("food", "pharma")):
        row = frame.loc[(stage, sector)]
        columns = ("entered", "worked", "cold_neglected", "cold_late", "advanced")
        for cell, column in zip(visits[f"{stage}, {sector}"], columns, strict=True):
            _agrees(cell, row[column], row[f"{column}_mcse"])


def test_where_there_is_one_sector_the_table_says_so(simfunnel: Command) -> None:
    said = simfunnel("run", ARTICLE, "--sims", 50, "--table", "sectors").stdout
    assert "\nSectors: there is one, all, so the table of stages says it all.\n" in said


def _agrees(cell: str, figure: float, mcse: float) -> None:
    if np.isnan(figure):
        assert cell == "-"
    elif cell.startswith("<"):
        assert 0 < figure < value(cell)
    else:
        assert abs(value(cell) - figure) <= max(mcse, 0.51), cell
        assert ("±" in cell) == (mcse > 0)


def test_periods_show_each_period_and_the_sum_so_far(simfunnel: Command, year: sf.Result) -> None:
    said = simfunnel("run", YEAR, "--sims", 60, "--seed", 7, "--table", "periods").stdout
    timeline: pd.DataFrame = year.timeline()
    for measure in ("deals", "revenue"):
        rows = cells(said, f"{measure.capitalize()} in each period")
        assert set(rows) - {""} == set(year.futures.tallies.periods)
        frame = timeline[timeline["measure"] == f"cumulative_{measure}"].set_index("period")
        for period, row in frame.iterrows():
            _, _, so_far, reach = rows[str(period)]
            _agrees(so_far, row["mean"], row["mcse"])
            assert value(reach.split(" to ")[1]) == pytest.approx(row["p90"], rel=0.2, abs=50_000)
    assert set(cells(said, "Gone cold by neglect")[""]) == {"mql", "sal", "sql"}


def test_what_never_happens_is_said_and_not_left_out(simfunnel: Command) -> None:
    said = simfunnel("run", ARTICLE, "--sims", 50, "--table", "periods", "--table", "periods").stdout
    assert "\nReached too late: none.\n" in said
    assert said.count("Deals in each period") == 1
    still = simfunnel("run", ARTICLE, "--sims", 50, "--set", "stages.sql.neglect=0", "--table", "ledger").stdout
    assert "\nWhat the cold leads cost in deals, by cause (causes that took nothing are left out): none.\n" in still


@pytest.mark.parametrize("width", ["20", "50"])
def test_on_a_narrower_screen_columns_go_on_below(width: str) -> None:
    said = shell("run", YEAR, "--sims", "20", *(word for name in NAMES for word in ("--table", name)), COLUMNS=width)
    assert said.returncode == 0, said.stderr
    table = said.stdout[
        said.stdout.index("\nWhat each source brings:") : said.stdout.index("\nWhat the sources alone cost:")
    ]
    for head in ("leads", "deals", "revenue"):
        assert head in table
    if width == "50":
        assert max(len(line) for line in table.splitlines()) <= 50


def test_the_package_itself_is_the_command() -> None:
    assert shell("check", ARTICLE).stdout == f"{ARTICLE}: ok\n"
