"""Do the pictures of a sweep show what was found, and can they be read?"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `import made_sweeps`, whatever pytest's import mode

from made_sweeps import BUDGET, CONVERSION, HOURS, LEADS, NEGLECT, ORDER, Futures, Row, article, made
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from scipy.optimize import brentq
from scipy.stats import binom, norm
from test_chart_pictures import assert_readable
from years import HOSTILE

import simfunnel as sf
from simfunnel.charts.heat_map import heat_map_points
from simfunnel.charts.lines import along, lines_points
from simfunnel.results.text import percent
from simfunnel.studies.sweep.definition import Parameter
from simfunnel.studies.sweep.slices import cut

LONG = Parameter("stages.sql.order of $work$ which is very long indeed and more", "words")


def worded(row: Row, luck: np.random.Generator) -> Futures:
    return article((len(str(row[0])) / 100, 20 + len(str(row[1]))), luck, 200)


def by_leads(row: Row, luck: np.random.Generator) -> Futures:
    return article((0.1, row[0]), luck, 200)


def turned(row: Row, luck: np.random.Generator) -> Futures:
    return article((row[1], row[0]), luck, 200)


def revenue(row: Row, luck: np.random.Generator) -> Futures:
    return {"revenue": luck.normal(float(row[0]) * float(row[1]) * 30, 1e5, 200)}


def returns(row: Row, luck: np.random.Generator) -> Futures:
    roi = luck.normal(float(row[0]) * 10 - 1, 1, 200)
    roi[: int(4 * float(row[1])) - 100] = np.nan
    return {"roi": roi}


SPOTS = [(a * 0.2, 30 + 40 * b, 1 + c) for a, b, c in np.random.default_rng(3).random((40, 3)).tolist()]
SWEEPS = {
    "2 x 2": lambda: made([(NEGLECT, [0.0, 0.2]), (LEADS, [40, 60])], article),
    "12 x 12": lambda: made(
        [(NEGLECT, [k / 50 for k in range(12)]), (LEADS, list(range(30, 78, 4)))], lambda r, g: article(r, g, 40)
    ),
    "1 x 12": lambda: made([(LEADS, list(range(30, 78, 4)))], by_leads),
    "40 columns": lambda: made([(LEADS, list(range(30, 70))), (NEGLECT, [0.0, 0.1])], turned),
    "words": lambda: made(
        [(ORDER, HOSTILE), (LONG, HOSTILE)], worded, name=f"{HOSTILE[2]} {HOSTILE[3]} {HOSTILE[0]}"
    ),
    "equal": lambda: made([(NEGLECT, [0.0, 0.1]), (LEADS, [40, 60])], lambda _, __: {"deals": np.full(50, 7.0)}),
    "always": lambda: made([(NEGLECT, [0.0, 0.1]), (LEADS, [40, 60])], lambda _, __: {"deals": np.full(50, 17.0)}),
    "failed": lambda: made([(NEGLECT, [0.0, 0.1, 1.2]), (LEADS, [40, 60])], article, failed=(4, 5)),
    "all failed": lambda: made([(NEGLECT, [1.1, 1.2]), (LEADS, [40, 60])], article, failed=(0, 1, 2, 3)),
    "no figure": lambda: made([(NEGLECT, [0.0, 0.1, 0.2]), (LEADS, [30, 40, 80])], returns, measures=["roi"]),
    "by powers": lambda: made(
        [(BUDGET, [1e3, 1e4, 1e5, 1e6]), (HOURS, [1 / 24, 1, 30])], revenue, measures=["revenue"]
    ),
    "uneven": lambda: made([(LEADS, [1, 2, 3, 50, 51]), (NEGLECT, [0.0, 0.1])], turned),
    "sampled": lambda: made([(NEGLECT, []), (LEADS, []), (HOURS, [])], article, rows=SPOTS, design="Sobol'"),
    "one point": lambda: made([(NEGLECT, [0.1]), (LEADS, [40])], article),
}  # fmt: skip


#: The hardest of each kind are drawn every day.
HARD = ("12 x 12", "words", "failed", "all failed", "by powers", "sampled", "no figure")


def daily(*names: str) -> list[Any]:
    """The names, those of easier pictures marked as slow."""
    return [name if name in HARD else pytest.param(name, marks=pytest.mark.slow) for name in names]


@pytest.mark.parametrize("name", daily(*SWEEPS))
def test_a_heat_map_can_be_read(name: str) -> None:
    assert_readable(sf.charts.heat_map(SWEEPS[name]()))


@pytest.mark.parametrize("name", daily("1 x 12", "words", "equal", "failed", "all failed", "no figure", "by powers"))
def test_lines_can_be_read(name: str) -> None:
    assert_readable(sf.charts.lines(SWEEPS[name]()))


def test_too_many_lines_are_a_heat_map() -> None:
    with pytest.raises(ValueError, match=r"sources\.inbound\.leads has 40 values, too many"):
        sf.charts.lines(SWEEPS["40 columns"](), x="stages.sql.neglect")


def cube(values: list[float | str], parameter: Parameter = CONVERSION) -> sf.SweepResult:
    def futures(row: Row, luck: np.random.Generator) -> Futures:
        rate = 0.2 + len(str(row[2])) / 200
        return {"deals": binom.ppf(luck.random(100), row[1], rate * (1 - float(row[0]))).astype(float)}

    return made([(NEGLECT, [0.0, 0.1, 0.2]), (LEADS, [40, 50]), (parameter, values)], futures, failed=(3,))


@pytest.mark.parametrize("kind", ["heat_map", pytest.param("lines", marks=pytest.mark.slow)])
def test_small_multiples_can_be_read(kind: str) -> None:
    found = cube(list(HOSTILE[1:6]), ORDER)
    sheet = sf.charts.small_multiples(found, kind=kind, over=ORDER.path)  # type: ignore[arg-type]
    assert isinstance(sheet, Figure)
    assert_readable(sheet.axes[0])
    panels = [ax for ax in sheet.axes if ax.get_title(loc="left")]
    assert len(panels) == 5
    assert len({ax.get_xlim() for ax in panels}) == len({ax.get_ylim() for ax in panels}) == 1


def test_a_notebook_shows_small_multiples() -> None:
    sheet = sf.charts.small_multiples(cube([0.2, 0.3]))
    assert sheet._repr_png_().startswith(b"\x89PNG")  # type: ignore[attr-defined]


def test_small_multiples_say_what_they_cannot_show() -> None:
    flat = SWEEPS["2 x 2"]()
    with pytest.raises(ValueError, match="no parameter is left to vary from picture to picture"):
        sf.charts.small_multiples(flat)
    with pytest.raises(ValueError, match="has 13 values, too many for small pictures"):
        sf.charts.small_multiples(cube([k / 100 for k in range(10, 23)]))
    with pytest.raises(ValueError, match="'heat_map' or 'lines'"):
        sf.charts.small_multiples(flat, kind="pie")  # type: ignore[arg-type]


def test_cells_are_those_of_the_points() -> None:
    found = made([(NEGLECT, [0.2, 0.0, 0.1]), (LEADS, [40, 60])], article)
    points = heat_map_points(found)
    assert points.x.places.tolist() == [0, 10, 20]
    assert points.points.tolist() == [[2, 4, 0], [3, 5, 1]]
    cells = found.cells_of()
    assert points.values.tolist() == [[cells[point].mean for point in row] for row in points.points.tolist()]
    assert points.best == (1, 0)
    assert heat_map_points(found, x=LEADS.path, y=NEGLECT.path).points.tolist() == points.points.T.tolist()


def test_the_line_runs_where_the_chance_is_the_wanted_one() -> None:
    """Against the exact level curve: within a twelfth of a cell, of which two thirds are Monte Carlo error (4 sd)."""
    leads = list(range(40, 72, 4))
    points = heat_map_points(
        made([(NEGLECT, [0.0, 0.05, 0.1, 0.15]), (LEADS, leads)], lambda r, g: article(r, g, 20_000))
    )
    (line,) = points.line
    assert line[:, 0].min() == 0
    assert line[:, 0].max() == 15
    for neglect, at in line:
        exact = brentq(lambda n, rate=0.25 * (1 - neglect / 100): tail(n, rate) - 0.8, 40, 72)
        assert abs(at - exact) < 4 / 12
    (low,), (high,) = points.line_low, points.line_high
    assert (np.interp(line[:, 0], *low[low[:, 0].argsort()].T) >= line[:, 1]).all()
    assert (np.interp(line[:, 0], *high[high[:, 0].argsort()].T) <= line[:, 1]).all()


def tail(leads: float, rate: float) -> float:
    """Chance of 10 deals and more, between whole numbers of leads of fours interpolated as a map does."""
    below = 4 * int(leads // 4)
    ends = [float(norm.ppf(binom.sf(9, n, rate))) for n in (below, below + 4)]
    return float(norm.cdf(ends[0] + (ends[1] - ends[0]) * (leads - below) / 4))


def test_the_line_is_near_the_truth_where_cells_are_far_apart() -> None:
    """Of 60 leads between two cells the line is at most 5 off; by the chances themselves it would be 20."""
    points = heat_map_points(made([(NEGLECT, [0.0, 0.01]), (LEADS, [40, 100])], lambda r, g: article(r, g, 20_000)))
    (line,) = points.line
    exact = brentq(lambda n: tail(n, 0.25) - 0.8, 40, 72)
    assert abs(line[line[:, 0] == 0, 1][0] - exact) < 5


def test_no_line_where_the_chance_is_nowhere_the_wanted_one() -> None:
    found = made([(NEGLECT, [0.0, 0.1]), (LEADS, [30, 35])], article)
    assert heat_map_points(found).line == ()
    assert heat_map_points(found, level=0.2).line != ()
    assert "line:" not in " ".join(text.get_text() for text in sf.charts.heat_map(found).texts)


def test_lines_are_those_of_the_points() -> None:
    found = made([(NEGLECT, [0.2, 0.0]), (LEADS, [40, 60])], article, measures=["deals", "deals >= 10"])
    points = lines_points(found, "deals")
    cells = found.cells_of("deals")
    assert points.names == ("40", "60")
    assert points.values.tolist() == [[cells[2].mean, cells[0].mean], [cells[3].mean, cells[1].mean]]
    assert points.low[0].tolist() == [cells[2].low, cells[0].low]
    assert (points.marked, points.marked_words) == (10.0, "plan 10")
    futures = lines_points(found, "deals", band="futures")
    assert futures.high[1].tolist() == [cells[3].p90, cells[1].p90]
    claim = lines_points(found, "deals >= 10", level=0.9)
    assert (claim.marked, claim.marked_words) == (0.9, "wanted 90 %")
    with pytest.raises(ValueError, match="true or false of a future, so it has no P10 and P90"):
        lines_points(found, "deals >= 10", band="futures")


def test_lines_begin_at_zero_only_where_values_come_near_it() -> None:
    def steady(row: Row, luck: np.random.Generator) -> Futures:
        return {"cost": luck.normal(float(row[0]), 1, 200), "profit": luck.normal(float(row[0]) - 88, 1, 200)}

    found = made([(LEADS, [90, 100])], steady, measures=["cost", "profit"])
    assert sf.charts.lines(found, "cost").get_ylim()[0] > 80
    assert sf.charts.lines(found, "profit").get_ylim()[0] == 0


def test_what_moves_in_step_is_joined_and_a_sampled_design_is_not() -> None:
    rows = [(leads / 1_000, leads, 100.0 * leads) for leads in (40.0, 50.0, 60.0)]
    found = made([(NEGLECT, []), (LEADS, []), (BUDGET, [])], article, rows=rows)
    sampled = sf.SweepResult(replace(found.sweep, design="Sobol'"), found.store)
    assert along(found, "deals >= 10", cut(found.sweep, [LEADS.path]), None, "mean", None).is_joined
    assert not along(sampled, "deals >= 10", cut(sampled.sweep, [LEADS.path]), None, "mean", None).is_joined


def test_futures_around_many_lines_are_left_out_and_that_is_said() -> None:
    several = [
        made([(NEGLECT, [0.0, 0.1]), (LEADS, [30 + 10 * k for k in range(n)])], article, measures=["deals"])
        for n in (3, 4)
    ]
    few, many = (sf.charts.lines(found, band="futures") for found in several)
    said = [" ".join(text.get_text() for text in ax.texts).replace("\n", " ") for ax in (few, many)]
    assert "bands: P10 to P90, 8 of 10 futures" in said[0]
    assert "P10 to P90 are left out around more than 3 lines" in said[1]
    assert len(few.collections) == 3
    assert not many.collections
    assert "bands: 95 % CI" in " ".join(text.get_text() for text in sf.charts.lines(several[1]).texts)


def test_the_name_of_a_pale_line_is_a_darker_shade_of_it() -> None:
    found = made([(NEGLECT, [0.0, 0.1]), (LEADS, [30, 60])], article, measures=["deals"])
    ax = sf.charts.lines(found)
    line = np.array(to_rgb(ax.lines[0].get_color()))
    name = np.array(to_rgb(next(text for text in ax.texts if text.get_text() == "30").get_color()))
    assert name / name.max() == pytest.approx(line / line.max())
    assert name.max() < 0.75 * line.max()


def test_values_by_powers_lie_by_powers_and_uneven_ones_side_by_side() -> None:
    assert heat_map_points(SWEEPS["by powers"]()).x.places.tolist() == [3, 4, 5, 6]
    assert heat_map_points(SWEEPS["uneven"]()).x.kind == "even"
    assert heat_map_points(SWEEPS["2 x 2"]()).x.kind == "linear"


def test_a_figure_stands_in_the_middle_of_its_cell_with_the_digits_that_its_own_error_supports() -> None:
    """One cell that is well known does not lend its digits to the others."""
    lives = [1 / 24, 1, 7, 60]
    found = made(
        [(HOURS, lives), (LEADS, [40, 60])], lambda r, g: article((0.1, r[1]), g, 20_000 if r[0] == 1 else 200)
    )
    points, cells = heat_map_points(found), found.cells_of()
    ax = sf.charts.heat_map(found)
    drawn = {text.get_position(): text.get_text() for text in ax.texts}
    for row, column in np.ndindex(points.values.shape):
        cell = cells[points.points[row, column]]
        middle = points.x.edges[column : column + 2].mean(), points.y.edges[row : row + 2].mean()
        assert drawn[middle] == percent(cell.mean, cell.mcse).removesuffix(" %")
    assert len({len(text) for text in drawn.values() if len(text) < 6}) == 2
    assert points.x.middles[1] != points.x.places[1]


def test_a_sampled_design_is_dots_at_the_values() -> None:
    points = heat_map_points(SWEEPS["sampled"](), x=NEGLECT.path, y=LEADS.path)
    assert points.dots is not None
    assert points.dots[:, 0] == pytest.approx([100 * row[0] for row in SPOTS])
    assert points.dots[:, 1] == pytest.approx([row[1] for row in SPOTS])
    assert points.line == ()


def test_ticks_by_powers_are_round() -> None:
    rows = [(0.1, 20.0 * 2 ** (k / 6)) for k in range(30)]
    ax = sf.charts.lines(made([(NEGLECT, []), (LEADS, [])], article, rows=rows), x=LEADS.path)
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["20", "50", "100", "200", "500"]
    assert ax.get_xticks() == pytest.approx(np.log10([20, 50, 100, 200, 500]))


def test_the_title_says_the_best_with_its_interval() -> None:
    found = SWEEPS["2 x 2"]()
    best = found.best()
    title = sf.charts.heat_map(found).get_title(loc="left").replace("\n", " ")
    assert title.startswith("deals >= 10: best is neglect 0 %, leads 60, chance ")
    assert f"{100 * best.value:.1f} % (95 % CI " in title
    assert title.endswith("; all 3 others are worse")
    same = sf.charts.lines(SWEEPS["equal"]()).get_title(loc="left").replace("\n", " ")
    assert same.endswith("in every future the same at all 4 points")


def test_what_has_no_place_in_two_dimensions_must_be_held() -> None:
    found = cube([0.2, 0.3])
    with pytest.raises(ValueError, match=r"say where to hold it: at=\{'stages\.sql\.conversion': '0\.2'\}"):
        sf.charts.heat_map(found)
    with pytest.raises(ValueError, match=r"or draw a picture of each value: sf\.charts\.small_multiples\(found\)"):
        sf.charts.heat_map(found)
    ax = sf.charts.heat_map(found, at={"stages.sql.conversion": 0.3})
    assert "conversion 30 %" in " ".join(text.get_text() for text in ax.texts)


def test_a_picture_of_a_sweep_is_drawn_of_a_sweep() -> None:
    base = sf.loads("horizon: 1 year\nprocess: [sql, customer]\nsources: {a: {enters: sql, leads: 4}}\n"
                    "stages: {sql: {conversion: 25%}}")  # fmt: skip
    with pytest.raises(TypeError, match=r"draws a SweepResult, not a Scenario; sweep it first: sf\.sweep\("):
        sf.charts.heat_map(base)  # type: ignore[arg-type]
