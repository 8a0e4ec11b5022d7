"""Does a fan show what has been won by a date, and no more than that?"""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.dates import date2num

import simfunnel as sf
from simfunnel.charts.fan import fan_points
from simfunnel.results import Result


@pytest.mark.parametrize("measure", ["deals", "revenue"])
def test_a_fan_ends_where_the_year_ends(run: Result, measure: str) -> None:
    points, frame = fan_points(run, measure), run.to_frame()
    assert points.quantiles[:, 0].tolist() == [0] * 5
    ends = [float(np.quantile(frame[measure], q, method="inverted_cdf")) for q in (0.1, 0.25, 0.5, 0.75, 0.9)]
    assert points.quantiles[:, -1] == pytest.approx(ends, rel=1e-12)
    by_period = np.column_stack([run.array(f"{measure}[period={name}]") for name in run.futures.tallies.periods])
    half = by_period[:, :6].sum(axis=1)
    assert points.quantiles[2, 6] == pytest.approx(np.quantile(half, 0.5, method="inverted_cdf"), rel=1e-12)
    assert points.plan is not None
    assert np.allclose(np.diff(points.plan) / np.diff(points.days), points.plan[-1] / 365)


def test_a_fan_steps_where_all_comes_in_at_once() -> None:
    text = (
        "start: 2027-01-04\nhorizon: 18 months\nperiod: quarter\nprocess: [sql, customer]\nplan: {customers: 10}\n"
        "sources: {inbound: {enters: sql, leads: 40, arrive: at start}}\nstages: {sql: {conversion: 25%}}"
    )
    run = sf.simulate(sf.loads(text), n_sims=200, seed=7, progress=False)
    ax = sf.charts.fan(run)
    median, plan = ax.lines[:2]
    assert median.get_drawstyle() == "steps-post", "by a date nothing is drawn that comes in after it"
    assert median.get_ydata()[0] == 0
    assert len(set(median.get_ydata()[1:])) == 1, "a step at the end of the first period, and no ramp"
    assert plan.get_drawstyle() == "default"
    assert (plan.get_ydata()[0], plan.get_ydata()[-1]) == (0, 10)
    edges = ax.collections[0].get_paths()[0].vertices  # days and deals of the outline of the band
    first_period = edges[edges[:, 0] < date2num(fan_points(run).dates[1]) - 1e-6]
    assert first_period[:, 1].max() == 0
    assert "a step at each quarter's end" in " ".join(text.get_text() for text in ax.texts).replace("\n", " ")
    ticks = [text.get_text() for text in ax.get_xticklabels()]
    assert ticks == ["2027-Q1", "2027-Q2", "2027-Q3", "2027-Q4", "2028-Q1", "2028-Q2"]


def test_a_quarter_that_is_cut_off_has_no_tick_that_covers_another() -> None:
    text = (
        "start: 2027-02-20\nhorizon: HORIZON\nperiod: quarter\nprocess: [sql, customer]\n"
        "sources: {inbound: {enters: sql, leads: 40}}\nstages: {sql: {conversion: 25%}}"
    )
    year = sf.simulate(sf.loads(text.replace("HORIZON", "18 months")), n_sims=20, progress=False)
    assert sf.charts.fan(year).get_xticklabels()[0].get_text() == "2027-Q2"
    long = sf.simulate(sf.loads(text.replace("HORIZON", "9 years")), n_sims=20, progress=False)
    assert "2030" in [text.get_text() for text in sf.charts.fan(long).get_xticklabels()]


def test_a_fan_knows_when_periods_end() -> None:
    text = (
        "start: 2028-02-10\nhorizon: 100 days\nprocess: [sql, customer]\nperiod: PERIOD\n"
        "sources: {inbound: {enters: sql, leads: 9}}\nstages: {sql: {conversion: 25%}}"
    )
    ends = {
        "month": ([0, 20, 51, 81, 100], "2028-03-01"),
        "quarter": ([0, 51, 100], "2028-04-01"),
        "week": ([*range(0, 100, 7), 100], "2028-02-17"),
    }
    for period, (days, first) in ends.items():
        run = sf.simulate(sf.loads(text.replace("PERIOD", period)), n_sims=5, progress=False)
        points = fan_points(run)
        assert points.days.tolist() == days
        assert str(points.dates[1])[:10] == first
