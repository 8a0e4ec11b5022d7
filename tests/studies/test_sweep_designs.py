"""Does a sweep of points that were drawn say what moves a measure, and choose no state of the world?"""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from made_sweeps import BUDGET, LEADS, NEGLECT, ORDER, Row, made
from scipy.stats import norm, spearmanr

import simfunnel as sf
from simfunnel.charts.heat_map import heat_map_points
from simfunnel.results.intervals import wilson
from simfunnel.studies.sweep import wording
from simfunnel.studies.sweep.designs import SOBOL
from simfunnel.studies.sweep.movers import movers

ROWS = [(a * 0.2, round(30 + 40 * b), 1e5 * c) for a, b, c in np.random.default_rng(3).random((60, 3)).tolist()]


def drawn(n: int = 60, *, of: str = "deals >= 10", weight: float = 1.0) -> sf.SweepResult:
    """Deals that go up with leads (of which some are equal), a little down with neglect, and not with the budget."""

    def futures(row: Row, luck: np.random.Generator) -> dict[str, np.ndarray]:
        mean = 10 + weight * ((float(row[1]) - 50) / 5 - 5 * float(row[0]))
        return {"deals": luck.normal(mean, 4, 200).round(), "cost": luck.normal(1e5, 1e3, 200)}

    found = made([(NEGLECT, []), (LEADS, []), (BUDGET, [])], futures, measures=(of, "cost"), rows=ROWS[:n])
    return replace(found, sweep=replace(found.sweep, design=SOBOL))


def test_rank_correlations_are_those_of_scipy_with_the_interval_of_bonett_and_wright() -> None:
    found = drawn()
    some = {each.path: each for each in movers(found.sweep, found.cells_of())}
    means = [each.mean for each in found.cells_of()]
    for at, parameter in enumerate(found.sweep.parameters):
        r = spearmanr([row[at] for row in ROWS], means).statistic
        each = some[parameter.path]
        assert each.correlation == pytest.approx(r, abs=1e-12)
        reach = norm.ppf(1 - 0.025 / 3) * np.sqrt((1 + r**2 / 2) / 57)
        assert (np.arctanh(each.low), np.arctanh(each.high)) == pytest.approx(
            (np.arctanh(r) - reach, np.arctanh(r) + reach)
        )


def test_points_that_several_scenarios_share_count_once() -> None:
    """The same figures in a second scenario tell no more: neither correlations nor their intervals change."""
    one = drawn()
    twice = [(name, *row) for name in ("a", "b") for row in ROWS]
    of = {row: cell.mean for row, cell in zip(ROWS, one.cells_of("deals >= 10"), strict=True)}
    both = made(
        [(ORDER, []), (NEGLECT, []), (LEADS, []), (BUDGET, [])],
        lambda row, luck: {"deals": np.where(np.arange(200) < 200 * of[row[1:]], 10.0, 0.0)},  # type: ignore[index]
        rows=twice,
    )
    pairs = zip(movers(one.sweep, one.cells_of()), movers(both.sweep, both.cells_of()), strict=True)
    assert all((a.path, a.low, a.high) == (b.path, pytest.approx(b.low), pytest.approx(b.high)) for a, b in pairs)


def test_no_state_of_the_world_is_called_the_best() -> None:
    found = drawn()
    said, cells = wording.sentence(found), sorted(found.cells_of(), key=lambda each: each.mean)
    low, high = (f"{100 * cells[at].mean:.0f} %" for at in (0, -1))
    assert said.startswith(f"Made: deals >= 10: chance from {low} to {high} over 60 points, 8 of 10 of them from ")
    assert "; it moves most with leads (rank correlation 0.9" in said
    assert "budget" not in said
    assert "best" not in repr(found)
    assert found.cells_of()[wording.order(found)[0]].mean == cells[-1].mean
    page = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert page["best"] == {}
    assert page["moves"]["deals >= 10"][0]["path"] == "sources.inbound.leads"
    assert found.best().shown == cells[-1].mean  # who asks for it has it
    assert wilson(round(200 * cells[-1].mean), 200)[0] == found.best().shown_low


def test_a_picture_of_a_design_is_over_what_moves_the_measure_most() -> None:
    points = heat_map_points(drawn())
    assert points.x.title == "sources.inbound.leads"
    assert points.best is None
    ax = sf.charts.heat_map(drawn())
    assert "best" not in " ".join([ax.get_title(loc="left"), *(text.get_text() for text in ax.texts)])


def test_what_cannot_be_told_is_not_said() -> None:
    assert "moves" not in wording.sentence(drawn(weight=0.0))  # the same at all points
    assert "moves" not in wording.sentence(drawn(7))  # too few
    assert "over 1 point" not in wording.sentence(drawn(1))
    assert not wording.moved(replace(drawn(), sweep=replace(drawn().sweep, design="grid")), "cost", range(60))
