"""Do people read words and not names, and do figures that stand together show the same digits?"""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simfunnel.claims import parse_selector
from simfunnel.measures import MEASURES, SELECTABLE, WORDS
from simfunnel.results import Result
from simfunnel.results.intervals import z_value
from simfunnel.results.text import Column, digits, percent, together


def test_every_name_has_words_of_its_own() -> None:
    assert set(WORDS) == {*MEASURES, *SELECTABLE}
    assert len(set(WORDS.values())) == len(WORDS)
    for name, said in WORDS.items():
        assert "_" not in said
        assert ("ideal-twin" in said) == name.startswith("twin_")
        if name in MEASURES and MEASURES[name].is_count:  # a number before it reads well, and one of it too
            assert MEASURES[name].unit in said or MEASURES[name].unit.removesuffix("s") in said or "minus" in said


def test_parts_are_said_with_their_labels() -> None:
    assert parse_selector("deals[sector=retail, source=web]").words == "deals (sector retail, source web)"
    assert parse_selector("twin_deals").better == "more"
    assert (parse_selector("cost").better, parse_selector("advanced[stage=sql]").better) == ("less", "neither")


def test_people_read_words_and_find_the_name_where_the_mouse_rests(run: Result) -> None:
    text, page = repr(run), run._repr_html_()
    assert "\nrevenue short of plan " in text
    assert "plan_shortfall" not in text
    assert 'title="plan_shortfall: plan minus actual' in page
    assert ">revenue short of plan</th>" in page
    assert "plan_shortfall" in run.summary().index
    assert max(len(line) for line in text.splitlines()[2:]) <= 80


def test_means_of_one_unit_show_the_same_decimals(run: Result) -> None:
    rows = [line.split() for line in repr(run).splitlines()[3:]]
    means = {cells[-5] for cells in rows if "deals" in cells}
    assert {len(mean.partition(".")[2]) for mean in means} == {1} or {len(m.partition(".")[2]) for m in means} == {2}


@pytest.mark.parametrize(
    ("values", "errors", "unit", "told"),
    [
        ([8.61, 10.03, 1.312], [0.12, 0.14, 0.052], "deals", ["8.61 ± 0.24", "10.03 ± 0.27", "1.31 ± 0.10"]),
        ([1.87, 4.5, 0.003], [0.07, 0.1, 0.001], "deals", ["1.87 ± 0.14", "4.50 ± 0.20", "0.003 ± 0.002"]),
        ([0.253, 0.0], [0.004, 0.0], "share", ["25.3 ± 0.8 %", "0 %"]),
        ([480_000.0, 1_400.0], [20_000.0, 600.0], "money", ["$480,000 ± 40,000", "$1,400 ± 1,200"]),
        ([174.0, 367.2], [0.0, 1.3], "money", ["$174", "$367 ± 3"]),
        ([1.5, 2.257], [0.0, 0.013], "money", ["$1.50", "$2.26 ± 0.03"]),
        ([36e9, 9.39e6], [1e8, 2e4], "money", ["$36,000M ± 200M", "$9.39M ± 0.04M"]),
        ([45e9, 0.0], [0.0, 0.0], "money", ["$45,000M", "$0"]),
        ([40.0, 7.0], [0.0, 0.0], "leads", ["40", "7"]),
        ([float("nan"), 2.0], [float("nan"), 0.1], "days", ["missing", "2.0 ± 0.2"]),
        ([], [], "deals", []),
    ],
)
def test_figures_of_a_column(values: list[float], errors: list[float], unit: str, told: list[str]) -> None:
    column = together(values, errors, unit)
    assert [column.known(*each) for each in zip(values, errors, strict=True)] == told


def test_differences_have_signs() -> None:
    column = Column("share", "$", 1)
    assert [column.signed(value, 0.001) for value in (0.029, -0.029, 0.0)] == [
        "+2.9 points",
        "-2.9 points",
        "0.0 points",
    ]
    assert Column("money", "EUR", 0).signed(4e5, 1e4) == "+EUR 400,000"


def test_an_error_of_arithmetic_adds_no_digits() -> None:
    assert percent(0.4, 1e-17) == "40 %"
    assert digits(1.2, 2.2e-16) == 1


@given(st.floats(-1e12, 1e12), st.floats(1e-9, 1e9), st.sampled_from(["deals", "money", "share", "days"]))
def test_a_figure_is_off_by_no_more_than_its_error(value: float, mcse: float, unit: str) -> None:
    assume(mcse > 1e-11 * abs(value))  # anything less is taken for arithmetic
    shown = together([value], [mcse], unit).write(value, mcse)
    read = float("".join(c for c in shown if c.isdigit() or c in ".-")) * (1e6 if shown.endswith("M") else 1)
    read /= 100 if unit == "share" else 1
    least = {"money": 500.5 if shown.endswith("M") else 0.5001}.get(unit, 0.0)
    assert abs(read - value) <= max(mcse, least) + 1e-9 * abs(value)


SIZES = st.floats(0.02, 1e8)


@given(st.lists(st.tuples(SIZES, st.floats(0.0001, 0.5)), min_size=1, max_size=8), st.sampled_from(["deals", "money"]))
def test_no_figure_leaves_its_own_interval_by_rounding(figures: list[tuple[float, float]], unit: str) -> None:
    errors = [max(value * share, 0.01) for value, share in figures]
    column = together([value for value, _ in figures], errors, unit)
    for (value, _), mcse in zip(figures, errors, strict=True):
        told = column.known(value, mcse)
        if told.startswith("<"):
            assert value < mcse
            continue
        shown, half = (amount(each) for each in told.split(" ± "))
        assert abs(shown - value) <= z_value() * mcse * 1.001, told
        assert half > 0, told


def amount(text: str) -> float:
    number = text.replace("$", "").replace(",", "")
    return float(number[:-1]) * 1e6 if number.endswith("M") else float(number)


def test_a_small_difference_beside_millions_is_not_nothing() -> None:
    column = together([37e6, 400.0], [0.0, 0.0], "money")
    assert column.write(400.0) == "$400"
    assert column.signed(-400.0) == "-$400"
