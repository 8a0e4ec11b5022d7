"""Can the pictures be read? No text covers another or leaves the page, no label does harm, nothing global is left."""

from __future__ import annotations

import subprocess
import sys
from itertools import combinations
from pathlib import Path
from xml.etree import ElementTree

import matplotlib as mpl
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from years import HOSTILE, NAMES, compared, simulated

import simfunnel as sf
from simfunnel.charts.style import in_style, label

CHARTS = ("distribution", "dots", "exceedance", "waterfall", "funnel", "fan", "convergence")


def drawn(chart: str, name: str, ax: Axes | None = None) -> Axes:
    found: Axes = getattr(sf.charts, chart)(simulated(name), ax=ax)
    return found


def texts(ax: Axes) -> list[tuple[str, Bbox]]:
    """Every text that can be seen, with the place that it takes."""
    with in_style():
        ax.figure.draw_without_rendering()
    seen = [text for text in ax.figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    ticks = {id(tick.label1): axis for axis in (ax.xaxis, ax.yaxis) for tick in axis.get_major_ticks()}
    shown = {id(tick.label1) for axis in (ax.xaxis, ax.yaxis) for tick in axis._update_ticks()}
    return [
        (text.get_text(), Text.get_window_extent(text)) for text in seen if id(text) not in ticks or id(text) in shown
    ]


def assert_readable(ax: Axes) -> None:
    page = Bbox.from_bounds(0, 0, *ax.figure.bbox.size)
    found = texts(ax)
    for text, box in found:
        inside = page.x0 - 1 <= box.x0 and box.x1 <= page.x1 + 1 and page.y0 - 1 <= box.y0 and box.y1 <= page.y1 + 1
        assert inside, f"{text!r} leaves the page: {box}"
    for (one, a), (other, b) in combinations(found, 2):
        wide, high = min(a.x1, b.x1) - max(a.x0, b.x0), min(a.y1, b.y1) - max(a.y0, b.y0)
        assert wide <= 1 or high <= 2, f"{one!r} covers {other!r}"


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("chart", CHARTS)
def test_no_text_covers_another_or_leaves_the_page(chart: str, name: str) -> None:
    assert_readable(drawn(chart, name))


@pytest.mark.parametrize("measure", ["deals", "twin_plan_shortfall_roi", "recovered_revenue"])
@pytest.mark.parametrize("name", NAMES)
def test_an_exceedance_of_any_measure_can_be_read(name: str, measure: str) -> None:
    assert_readable(sf.charts.exceedance(simulated(name), measure))


@pytest.mark.parametrize("measure", ["deals", "revenue", "plan_shortfall", "arrived"])
def test_a_comparison_can_be_read(measure: str) -> None:
    assert_readable(sf.charts.comparison(compared(), measure))


def test_a_comparison_with_much_to_beware_of_can_be_read() -> None:
    base = compared().scenarios[0]
    changes = {"currency": "EUR", "horizon": "2 years", "start": "2027-02-01", "plan.customers": 3}
    doubtful = base.change(changes, name=f"{HOSTILE[3]} {HOSTILE[0]}")
    variants = [doubtful, doubtful, base.change({"stages.sql.neglect": "2%"}, name="With an SLA")]
    for some in (variants, variants[:1]):
        found = sf.compare(base, *some, n_sims=60, seed=7, workers=1, progress=False)
        assert_readable(sf.charts.comparison(found, "revenue"))


def test_a_long_name_of_a_variant_goes_on_below() -> None:
    base = compared().scenarios[0]
    names = (
        "With a service level agreement for the first call",
        "One more sales representative from July on, and more",
    )
    found = sf.compare(base, *(base.change({}, name=name) for name in names), n_sims=20, seed=7, progress=False)
    ax = sf.charts.comparison(found)
    assert_readable(ax)
    said = [text.get_text() for text in ax.texts]
    assert "With a service level\nagreement for the first\ncall" in said
    assert "One more sales\nrepresentative from July\non, and more" in said


@pytest.mark.parametrize("by", ["sector", "source"])
@pytest.mark.parametrize("name", ["ordinary", "hostile"])
def test_a_split_funnel_can_be_read(name: str, by: str) -> None:
    assert_readable(sf.charts.funnel(simulated(name), by=by))


@pytest.mark.parametrize("chart", CHARTS)
def test_labels_are_text_and_nothing_else(chart: str, tmp_path: Path) -> None:
    path = sf.charts.save(drawn(chart, "hostile"), tmp_path / "chart.svg")
    root = ElementTree.parse(path).getroot()
    assert not [node for node in root.iter() if node.tag.endswith("script")]
    words = " ".join("".join(node.itertext()) for node in root.iter() if node.tag.endswith("text"))
    assert "Ba$$in" in words or chart not in ("waterfall", "funnel")
    assert "$$" in words or chart not in ("exceedance",)


def test_labels_are_never_read_as_formulas() -> None:
    for chart in CHARTS:
        figure = Figure(figsize=(9, 5), layout="constrained")  # made under the settings of someone else
        ax = drawn(chart, "hostile", figure.add_subplot())
        figure.draw_without_rendering()
        said = [text for text in ax.findobj(Text) if "$" in text.get_text()]
        assert said or chart in ("convergence",)
        assert not any(text.get_parse_math() for text in said), chart


def test_a_label_is_short_and_printable() -> None:
    assert label("plain") == "plain"
    assert label("bell\x07 and\nline\x1b[31m") == "bell and line [31m"
    assert label("x" * 40, 20) == "x" * 11 + "…" + "x" * 8
    assert label(HOSTILE[3] * 4, 20) == "線索與客戶…車製造業", "a Chinese character is two columns wide"
    assert label("") == ""


@pytest.mark.parametrize("chart", CHARTS)
def test_axes_that_are_given_are_returned(chart: str) -> None:
    figure = Figure()
    ax = figure.add_subplot()
    assert drawn(chart, "ordinary", ax) is ax
    assert figure.axes == [ax]


def test_nothing_global_is_left_behind() -> None:
    import matplotlib.pyplot as plt

    before = dict(mpl.rcParams)
    for chart in CHARTS:
        assert isinstance(drawn(chart, "article"), Axes)
    sf.charts.comparison(compared())
    assert plt.get_fignums() == []
    assert dict(mpl.rcParams) == before


def test_a_notebook_shows_a_chart_that_pyplot_does_not_know() -> None:
    picture = drawn("distribution", "article")._repr_png_()
    assert picture.startswith(b"\x89PNG")
    assert len(picture) < 80_000, "a notebook of some charts stays below 500 kB"


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_a_chart_is_the_same_file_whenever_it_is_written(kind: str, tmp_path: Path) -> None:
    first = sf.charts.save(drawn("fan", "ordinary"), tmp_path / f"first.{kind}")
    again = sf.charts.save(drawn("fan", "ordinary").figure, tmp_path / f"again.{kind}", dpi=150)
    assert first.read_bytes() == again.read_bytes()
    assert b"matplotlib.org" not in first.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"again.{kind}", f"first.{kind}"]


@pytest.mark.parametrize("chart", CHARTS)
def test_what_is_no_result_is_refused_with_the_way_to_one(chart: str) -> None:
    draw = getattr(sf.charts, chart)
    with pytest.raises(TypeError, match=r"draws a Result, not a Scenario; simulate it first: sf\.simulate\(scenario\)"):
        draw(sf.load("industrial"))
    with pytest.raises(TypeError, match=r"not a Comparison; draw one of its runs: found\.runs\[0\]"):
        draw(compared())
    with pytest.raises(TypeError, match=r"draws a Result, not a NoneType$"):
        draw(None)


def test_a_comparison_is_drawn_of_a_comparison() -> None:
    with pytest.raises(TypeError, match=r"draws a Comparison, not a Result; compare the scenarios themselves: sf\."):
        sf.charts.comparison(simulated("article"))  # type: ignore[arg-type]


def test_saving_twice_replaces_and_failing_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "chart.PNG"
    ax = drawn("distribution", "article")
    sf.charts.save(ax, path)
    old = path.read_bytes()
    ax.figure.savefig = None
    with pytest.raises(TypeError):
        sf.charts.save(ax, path)
    assert path.read_bytes() == old
    assert list(tmp_path.iterdir()) == [path]


def test_other_kinds_of_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"'chart.jpg': charts are saved as .png or .svg"):
        sf.charts.save(drawn("dots", "article"), tmp_path / "chart.jpg")
    assert not list(tmp_path.iterdir())


def test_matplotlib_is_not_loaded_before_a_chart_is_asked_for() -> None:
    code = "import simfunnel as sf, sys; sf.loads, sf.simulate, sf.compare; assert 'matplotlib' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
