"""Are the figures of a sweep those of its points alone, and do they leave the house as they are?"""

from __future__ import annotations

import csv
import json
import sys
from dataclasses import replace
from html import escape
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from made_sweeps import BUDGET, CONVERSION, HOURS, LEADS, NEGLECT, ORDER, article, chance, made

import simfunnel as sf
from simfunnel.errors import MissingExtra
from simfunnel.results.intervals import wilson
from simfunnel.studies.sweep import wording
from simfunnel.studies.sweep.slices import axes_of, cut, panels

BASE = sf.loads(
    "name: A year\nhorizon: 1 year\nprocess: [sql, customer]\nplan: {customers: 10}\n"
    "deal_value: lognormal(mean=50k, cv=0.6)\n"
    "sources: {inbound: {enters: sql, leads: poisson(4), cost_per_lead: 100}}\n"
    "stages: {sql: {conversion: 25%, neglect: 12.5%}}"
)
VARY = {"stages.sql.neglect": ["0%", "20%"], "sources.inbound.leads": ["poisson(3)", "poisson(40)"]}
MEASURES = ("deals >= 10", "deals", "revenue", "roi", "roi >= 200%")
HOSTILE = ("=1+1", "@SUM(A1)", "<script>alert(1)</script>", "Ba$$in $x^2$", 'a\x1b[31m,"b"\nc')


@pytest.fixture(scope="module")
def found() -> sf.SweepResult:
    """Few leads and many; with few some futures have no cost and hence no return."""
    return sf.sweep(BASE, VARY, measures=MEASURES, n_sims=400, seed=7, workers=1, progress=False)


def read(path: Path) -> list[dict[str, str]]:
    """A table as it is written, a row a line."""
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words() -> sf.SweepResult:
    return made([(ORDER, HOSTILE), (NEGLECT, [0.0, 0.1])], lambda row, luck: article((row[1], 40), luck, 50))


def test_every_figure_is_that_of_the_point_alone_to_the_last_bit(found: sf.SweepResult) -> None:
    frame = found.to_frame().set_index(["point", "measure"])
    assert len(frame) == 4 * len(MEASURES)
    for point in range(4):
        alone = sf.simulate(found.sweep.scenario(point), n_sims=400, seed=7, workers=1, progress=False)
        for measure in MEASURES:
            row = frame.loc[(point, measure)]
            if ">=" in measure:
                value = alone.chance(measure)
                assert (row["mean"], row["mcse"], row["low"], row["high"]) == (
                    value.value, value.mcse, value.low, value.high,
                )  # fmt: skip
                assert np.isnan(row[["sd", "p10", "p50", "p90"]].to_numpy(float)).all()
            else:
                value = alone.mean(measure)
                assert (row["mean"], row["mcse"], row["low"], row["high"]) == (
                    value.value, value.mcse, value.low, value.high,
                )  # fmt: skip
                summed = alone.summary().loc[measure]
                assert row[["sd", "p10", "p50", "p90"]].tolist() == summed[["sd", "p10", "p50", "p90"]].tolist()
            assert row["missing"] == 400 - value.n
    assert frame["missing"].max() > 0


def test_a_table_is_written_the_same_and_read_back_the_same(found: sf.SweepResult, tmp_path: Path) -> None:
    first = found.to_csv(tmp_path / "a.csv").read_bytes()
    again = sf.sweep(BASE, VARY, measures=MEASURES, n_sims=400, seed=7, workers=1, progress=False)
    assert again.to_csv(tmp_path / "b.csv").read_bytes() == first
    rows, frame = read(tmp_path / "a.csv"), found.to_frame()
    for name in frame:
        if frame[name].dtype.kind == "f":
            assert np.array_equal([float(row[name] or "nan") for row in rows], frame[name], equal_nan=True)
        else:
            assert [row[name] for row in rows] == [str(each) for each in frame[name]]


def test_every_replication_can_be_written(found: sf.SweepResult, tmp_path: Path) -> None:
    rows = read(found.to_csv(tmp_path / "f.csv", futures=True))
    assert list(rows[0]) == ["point", *VARY, "replication", "deals", "revenue", "roi"]
    for point in range(4):
        here = [row for row in rows if row["point"] == str(point)]
        roi = [float(row["roi"] or "nan") for row in here]
        assert np.array_equal(roi, found.values(point, "roi"), equal_nan=True)
        assert [int(row["replication"]) for row in here] == list(range(400))


@pytest.mark.parametrize("futures", [False, True])
def test_parquet_holds_what_csv_does_with_its_types(found: sf.SweepResult, tmp_path: Path, futures: bool) -> None:
    read = pd.read_parquet(found.to_parquet(tmp_path / "t.parquet", futures=futures))
    frame = pd.concat(sf.studies.sweep.export.replications(found)) if futures else found.to_frame()
    pd.testing.assert_frame_equal(read, frame.reset_index(drop=True), check_exact=True, check_dtype=False)
    assert read["stages.sql.neglect"].dtype == np.float64
    assert [each.name for each in tmp_path.iterdir()] == ["t.parquet"]


def test_parquet_without_pyarrow_names_the_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(MissingExtra, match=r"pip install 'simfunnel\[parquet\]'"):
        words().to_parquet(tmp_path / "t.parquet")
    assert not list(tmp_path.iterdir())


def test_no_label_is_a_formula_markup_or_an_order_to_a_terminal(tmp_path: Path) -> None:
    some = words()
    for futures in (False, True):
        path = some.to_csv(tmp_path / "t.csv", futures=futures)
        cells = {row["teams.sales.discipline"] for row in read(path)}
        assert cells == {"'=1+1", "'@SUM(A1)", *HOSTILE[2:]}
    page = some._repr_html_()
    assert "<script>" not in page
    assert "tex2jax_ignore" in page
    assert "\x1b" not in repr(some) + page


def test_a_program_reads_the_same(found: sf.SweepResult) -> None:
    said = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert [row["mean"] for row in said["rows"]] == [each.mean for each in found.cells]
    assert said["best"]["deals >= 10"]["point"] == found.best("deals >= 10").point
    assert said["rows"][0]["stages.sql.neglect"] == "0%"


def test_chances_hold_the_exact_ones() -> None:
    """The article over conversion and neglect: of 24 simulated points each interval of 99.99 % holds the binomial tail.

    The luck is common, so the points are not independent; by Bonferroni all hold but in one of 400 seeds.
    """
    base = sf.loads(
        "horizon: 1 year\nprocess: [sql, customer]\nsources: {inbound: {enters: sql, leads: 40}}\n"
        "stages: {sql: {conversion: 25%, neglect: 12.5%}}"
    )
    vary = {"stages.sql.conversion": ["20%", "25%", "30%", "35%"],
            "stages.sql.neglect": ["0%", "5%", "10%", "12.5%", "20%", "30%"]}  # fmt: skip
    swept = sf.sweep(base, vary, measures=["deals >= 10"], n_sims=4_000, seed=3, workers=1, progress=False)
    for cell, (conversion, neglect) in zip(swept.cells_of(), swept.sweep.numbers, strict=True):
        low, high = wilson(round(cell.mean * 4_000), 4_000, 0.9999)
        assert low <= chance(neglect, 40, 10, conversion) <= high


def test_a_difference_is_that_of_a_comparison(found: sf.SweepResult) -> None:
    before, after = (found.sweep.scenario(point) for point in (3, 1))
    compared = sf.compare(before, after, n_sims=400, seed=7, workers=1, progress=False)
    assert found.difference(1, 3, "deals") == compared.runs[1].against(compared.runs[0], "deals")
    gain = found.difference(1, 3, "deals >= 10")
    assert gain.difference == pytest.approx(compared.chance("deals >= 10").differences[0].value)


def test_a_point_is_named_by_its_values(found: sf.SweepResult) -> None:
    """As written, in another way of writing, as people read it, or as a number."""
    for neglect in ("20%", "0.2", "20 %", "20.0%", 0.2, np.float64(0.2)):
        assert found.point({"stages.sql.neglect": neglect, "sources.inbound.leads": "poisson(40)"}) == 3
    at, other = ({"stages.sql.neglect": each, "sources.inbound.leads": "poisson(3)"} for each in ("0%", "20%"))
    assert found.difference(at, other, "deals") == found.difference(0, 2, "deals")
    assert np.array_equal(found.values(other, "roi"), found.values(2, "roi"), equal_nan=True)
    keeps = made([(HOURS, [0.5, 7.0]), (ORDER, ["newest first", "first come"])], lambda r, g: article((0.1, 40), g))
    assert keeps.point({HOURS.path: "12 hours", ORDER.path: "first come"}) == 1
    for where, said in (
        ({"stages.sql.neglect": "6%"}, r"neglect is '6%' at no point; it takes 0%, 20%; the nearest is '0%'"),
        ({"stages.sql.negelct": "0%"}, "no parameter of this sweep.*did you mean 'stages.sql.neglect'"),
        ({"stages.sql.neglect": "0%"}, r"2 points have stages\.sql\.neglect 0 %; say sources.* \(poisson\(3\), pois"),
        ({}, "4 points have nothing in particular; say stages"),
        (4, "points of this sweep are 0 to 3"),
    ):
        with pytest.raises(ValueError, match=said):
            found.values(where)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"is 'newest' at no point.*did you mean 'newest first'"):
        keeps.point({ORDER.path: "newest"})


def test_points_with_more_futures_are_paired_on_those_that_both_have() -> None:
    def longer(row: tuple[float | str, ...], luck: np.random.Generator) -> dict[str, np.ndarray]:
        return article((0.1, row[0]), luck, 300 if row[0] == 40 else 200)

    some = made([(LEADS, [40, 50])], longer)
    assert some.difference(1, 0).n == 200
    assert some.to_frame()["n_sims"].tolist() == [300, 200]
    assert "the first 200 to 300 futures" in repr(some)


def test_a_table_by_two_parameters(found: sf.SweepResult) -> None:
    some = made([(NEGLECT, [0.0, 0.2]), (LEADS, [40, 50, 60]), (CONVERSION, [0.2, 0.3])], article)
    wide = some.table(at={"stages.sql.conversion": 0.3})
    assert wide.index.name == "sources.inbound.leads"
    assert wide.columns.tolist() == [0.0, 0.2]
    assert wide.loc[50.0, 0.2] == some.cells_of()[1 * 6 + 1 * 2 + 1].mean
    held = {"stages.sql.conversion": "30 %", "stages.sql.neglect": "0.2"}
    assert some.table(at=held).loc["deals >= 10"].tolist() == wide[0.2].tolist()


def test_numbers_go_along_the_axes_and_words_beside_them() -> None:
    some = made([(ORDER, ["b", "a"]), (NEGLECT, [0.0, 0.2]), (LEADS, [40, 50])], lambda r, g: article(r[1:], g))
    wide = some.table()
    assert (wide.index.names, wide.columns.name) == ([ORDER.path, LEADS.path], NEGLECT.path)
    assert wide.loc[("a", 50.0), 0.2] == some.cells_of()[7].mean
    assert wide.loc["b"].equals(some.table(at={ORDER.path: "b"}))
    assert axes_of(some.sweep, None, ORDER.path) == [NEGLECT.path, ORDER.path]
    with pytest.raises(ValueError, match="'dels' is not a measure"):
        some.table("dels")


def test_of_what_moves_in_step_one_is_an_axis() -> None:
    rows = [(leads, 100.0 * leads, order) for leads in (40.0, 50.0) for order in ("b", "a")]
    some = made([(LEADS, []), (BUDGET, []), (ORDER, [])], lambda r, g: article((0.1, r[0]), g), rows=rows)
    assert axes_of(some.sweep, None, None) == [LEADS.path, ORDER.path]
    assert some.table().shape == (2, 2)
    drawn = replace(some.sweep, design="Sobol'")
    assert axes_of(drawn, None, None) == [LEADS.path, BUDGET.path]


def test_what_does_less_than_it_looks_is_said_wherever_a_sweep_is_shown(tmp_path: Path) -> None:
    """Once, also of what was computed long ago: a best point of what changes nothing is only the luckiest."""
    base = BASE.change({"stages.sql.conversion": None, "stages.sql.conversion_of_entered": "20%"}, name="A year")
    terms = {"measures": ["deals"], "n_sims": 20, "workers": 1, "progress": False}
    some = sf.sweep(base, {"stages.sql.neglect": ["0%", "20%"]}, out=tmp_path / "kept", **terms)  # type: ignore[arg-type]
    caution = "stages.sql.neglect: stage 'sql' states its conversion_of_entered, which neglect is part of"
    assert some.account is not None
    assert not some.account.notes
    for each in (some, sf.SweepResult.load(tmp_path / "kept")):
        assert repr(each).count(caution) == each._repr_html_().count(escape(caution)) == 1
        assert each.to_json()["cautions"] == list(each.cautions)
    assert not sf.sweep(base, {"sources.inbound.leads": [4, 5]}, **terms).cautions  # type: ignore[arg-type]


def test_what_must_be_held_is_said_with_its_values() -> None:
    some = made([(NEGLECT, [0.0, 0.2]), (LEADS, [40, 50]), (CONVERSION, [0.2, 0.3])], article)
    where = (
        r"for stages\.sql\.conversion \(0\.2, 0\.3\) varies too; say where to hold it: at=\{'stages\.sql\.conversion'"
    )
    with pytest.raises(ValueError, match=where):
        some.table()
    with pytest.raises(ValueError, match=r"no parameter of this sweep.*did you mean 'stages\.sql\.conversion'"):
        some.table(at={"stages.sql.convresion": 0.2})
    with pytest.raises(ValueError, match=r"stages\.sql\.conversion is 0\.25 at no point; it takes 0\.2, 0\.3"):
        some.table(at={"stages.sql.conversion": 0.25})
    with pytest.raises(ValueError, match="named twice"):
        cut(some.sweep, ["stages.sql.neglect", "stages.sql.neglect"])


def test_parameters_in_step_need_no_holding() -> None:
    rows = [(neglect, leads, 100.0 * leads) for neglect in (0.0, 0.2) for leads in (40.0, 50.0)]
    some = made([(NEGLECT, []), (LEADS, []), (BUDGET, [])], article, rows=rows)
    piece = cut(some.sweep, ["stages.sql.neglect", "sources.inbound.leads"])
    assert (piece.shape, piece.others, piece.is_grid) == ((2, 2), ("sources.inbound.budget",), True)


def test_panels_share_their_axes() -> None:
    some = made([(NEGLECT, [0.0, 0.2]), (LEADS, [40, 50]), (ORDER, ["b", "a"])], article)
    parts = panels(some.sweep, ["stages.sql.neglect", "sources.inbound.leads"], "teams.sales.discipline")
    assert list(parts) == ["b", "a"]
    assert [each.points.tolist() for each in parts.values()] == [[0, 2, 4, 6], [1, 3, 5, 7]]


def test_points_that_failed_have_rows_with_their_reason() -> None:
    some = made([(NEGLECT, [0.0, 1.2]), (LEADS, [40, 50])], article, failed=(2, 3))
    frame = some.to_frame()
    assert frame["failure"].tolist() == ["", "", *["stages.sql.neglect: 120 % is more than all"] * 2]
    assert frame["mean"].isna().tolist() == [False, False, True, True]
    assert frame["n_sims"].tolist() == [1_000, 1_000, 0, 0]
    assert "2 points could not be simulated, such as neglect 120 %, leads 40: stages.sql.neglect: 120 %" in repr(some)
    with pytest.raises(ValueError, match=r"point 2 has no futures: stages\.sql\.neglect: 120 % is"):
        some.values(2)
    none = made([(NEGLECT, [1.2])], article, failed=(0,))
    assert "no point has a figure for deals >= 10 (stages.sql.neglect: 120 % is more than all)" in repr(none)


def test_a_measure_that_was_not_looked_at_is_refused(found: sf.SweepResult) -> None:
    with pytest.raises(ValueError, match=r"has not looked at 'cost'; it has deals >= 10, deals"):
        found.cells_of("cost")
    assert found.measure("deals>=10") == "deals >= 10"


def test_values_that_would_read_the_same_are_named_as_they_are_written() -> None:
    prices = [0.01, 0.014, 0.5]
    some = made([(BUDGET, prices), (LEADS, [40, 50])], lambda row, luck: article((row[0] / 10, row[1]), luck, 50))
    assert cut(some.sweep, ["sources.inbound.budget", "sources.inbound.leads"]).axes[0].names == (
        "0.01",
        "0.014",
        "0.5",
    )
    assert wording.words(some.sweep, 2) == "budget 0.014, leads 40"
    assert some.table(at={"sources.inbound.budget": "0.014"}).shape == (1, 2)


def test_what_is_printed_looks_for_the_best_by_one_measure_only(monkeypatch: pytest.MonkeyPatch) -> None:
    some = made(
        [(LEADS, [40, 50])], lambda row, luck: article((0.1, row[0]), luck, 50), measures=("deals", "deals > 9")
    )
    looked: list[object] = []
    whole = type(some).best
    monkeypatch.setattr(
        type(some), "best", lambda self, *asked, **of: (looked.append(asked), whole(self, *asked, **of))[1]
    )
    assert repr(some)
    assert set(looked) == {("deals > 9",)}


def test_where_there_is_nothing_to_choose_no_rival_is_named() -> None:
    same = made([(LEADS, [40, 50])], lambda row, luck: article((0.1, 40), luck, 50))
    assert "in every future the same at all 2 points" in repr(same)
    assert "resamples" not in repr(same)
    lone = made([(LEADS, [40, 60])], lambda row, luck: article((0.1, row[0]), luck, 1), measures=("deals",))
    assert "resamples" not in repr(lone)
    assert "the same 1 future at each" in repr(lone)


def test_the_table_says_the_best_first(found: sf.SweepResult) -> None:
    rows = list(wording.rows(found))
    assert [row[0] for row in rows][:2] == ["neglect 0 %, leads 40", "neglect 20 %, leads 40"]
    assert wording.heads(found) == ("neglect, leads", *MEASURES)
    many = made([(LEADS, list(range(30, 60)))], lambda row, luck: article((0.1, row[0]), luck, 50))
    assert len(list(wording.rows(many))) == wording.MOST_ROWS
    assert wording.more(many) == "and 10 points more"
