"""Do the sentences above the pictures say what the futures say, and how sure that is?"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from math import sqrt
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text
from years import ARTICLE, NAMES, simulated

import simfunnel as sf
from simfunnel.charts.exceedance import exceedance_points
from simfunnel.measures import MEASURES
from simfunnel.results import Result
from simfunnel.results.text import percent
from simfunnel.scenario import Scenario
from simfunnel.studies.comparison import Comparison


def title(ax: Axes) -> str:
    return ax.get_title(loc="left").replace("\n", " ")


def numbers(text: str) -> list[float]:
    return [float(found.replace(",", "")) for found in re.findall(r"-?\d[\d,]*\.?\d*", text)]


def wilson(share: float, n: int) -> tuple[float, float]:
    z = 1.959963984540054
    centre, reach = share + z * z / 2 / n, z * sqrt(share * (1 - share) / n + z * z / 4 / n / n)
    return (centre - reach) / (1 + z * z / n), (centre + reach) / (1 + z * z / n)


def test_the_chance_of_the_plan(article: Result) -> None:
    share = float((article.to_frame()["deals"] >= 10).mean())
    said = numbers(title(sf.charts.distribution(article)))
    assert said == pytest.approx([100 * share, 10, 95, *(100 * end for end in wilson(share, 2_000))], abs=0.51)
    assert "stay within the plan of $250,000 cost" in title(sf.charts.distribution(article, "cost"))


def test_how_many_dots_miss(article: Result) -> None:
    share = float((article.to_frame()["deals"] < 10).mean())
    said = numbers(title(sf.charts.dots(article)))
    assert said[:3] == [round(100 * share), 100, 10]
    assert said[3:] == pytest.approx([100 * share, 95, *(100 * end for end in wilson(share, 2_000))], abs=0.51)


def test_what_a_tolerance_comes_to(article: Result) -> None:
    shortfall = article.to_frame()["plan_shortfall"]
    said = title(sf.charts.exceedance(article, tolerance=0.2))
    assert said.startswith("In 80 % of futures revenue is at most $")
    assert numbers(said)[1] == np.quantile(shortfall, 0.8, method="inverted_cdf")


def test_of_deals_and_roi_the_title_says_at_least(article: Result) -> None:
    frame, few = article.to_frame(), np.quantile(article.to_frame()["deals"], 0.1, method="inverted_cdf")
    ax = sf.charts.exceedance(article, "deals")
    assert title(ax).startswith(f"In 90 % of futures there are at least {few:.0f} deals (95 % CI ")
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("Deals", "Share of futures with at most that")
    assert "; it is below the plan of 10 deals in " in " ".join(text.get_text() for text in ax.texts)
    assert title(sf.charts.exceedance(article, "twin_roi")).startswith(
        "In 90 % of futures ideal-twin ROI is at least 1"
    )
    less = sf.charts.exceedance(article, "gap_roi")
    assert title(less).startswith("In 90 % of futures ROI gone cold is at most ")
    assert less.get_ylabel() == "Share of futures beyond it"
    assert frame["deals"].min() < few


def test_the_ideal_twin_is_named(article: Result) -> None:
    reach = float((article.to_frame()["twin_deals"] >= 10).mean())
    said = title(sf.charts.distribution(article, "twin_deals"))
    assert said.startswith(f"The ideal twin reaches the plan of 10 deals in {100 * reach:.0f} % of futures (")
    assert " futures the ideal twin misses the plan of 10 deals (" in title(sf.charts.dots(article, "twin_deals"))
    assert title(sf.charts.distribution(article, "twin_cost")).startswith("The ideal twin stays within the plan of ")
    assert "ideal-twin deals" in title(sf.charts.convergence(article, "twin_deals"))
    assert title(sf.charts.distribution(article, "cohort_deals")).startswith("By the end of the run-off ")


DRAWS = (sf.charts.distribution, sf.charts.exceedance, sf.charts.convergence)


def in_turns() -> Iterator[Any]:
    """Each measure in each of these charts; every day in one of them, the next measure in the next."""
    for k, name in enumerate(sorted(MEASURES)):
        for j, draw in enumerate(DRAWS):
            marks = [] if j == k % len(DRAWS) else [pytest.mark.slow]
            yield pytest.param(draw, name, marks=marks, id=f"{draw.__name__}-{name}")


@pytest.mark.parametrize(("draw", "name"), list(in_turns()))
def test_no_title_or_axis_shows_the_name_of_a_variable(article: Result, draw: Callable[..., Axes], name: str) -> None:
    ax = draw(article, name)
    assert "_" not in title(ax) + ax.get_xlabel() + ax.get_ylabel()


def test_what_going_cold_costs(run: Result) -> None:
    frame = run.to_frame()
    said = numbers(title(sf.charts.waterfall(run)))
    mcse = frame["gap_deals"].std() / sqrt(len(frame))
    assert said[0] == pytest.approx(frame["gap_deals"].mean(), abs=mcse)
    assert said[2:4] == pytest.approx(
        [frame["gap_deals"].mean() - 1.96 * mcse, frame["gap_deals"].mean() + 1.96 * mcse], abs=mcse
    )
    assert said[4:] == pytest.approx([frame["deals"].mean(), frame["twin_deals"].mean()], abs=0.1)


def test_how_many_leads_are_won(run: Result) -> None:
    frame = run.to_frame()
    said = numbers(title(sf.charts.funnel(run)))
    assert said[0] == pytest.approx(100 * frame["won"].sum() / frame["arrived"].sum(), abs=0.1)
    assert said[2] < said[0] < said[3]


def test_a_funnel_to_the_end_of_the_run_off_says_so_and_what_comes_by_the_horizon() -> None:
    late = sf.loads(ARTICLE.replace("shelf_life", "takes: 200 days, shelf_life") + "run_off: 1 year\n")
    run = sf.simulate(late, n_sims=400, seed=7, workers=1, progress=False)
    said, frame = title(sf.charts.funnel(run)), run.to_frame()
    assert " reach “customer” by the end of the run-off (95 % CI " in said
    found = re.search(r": (\S+) a future on average, (\S+) of them by the horizon$", said)
    assert found, said
    assert [float(each) for each in found.groups()] == pytest.approx(
        [frame["won"].mean(), frame["deals"].mean()], abs=0.1
    )
    assert frame["won"].mean() > frame["deals"].mean() + 1
    assert "run-off" not in title(sf.charts.funnel(simulated("article")))


def test_where_the_year_ends(run: Result) -> None:
    deals = run.to_frame()["deals"]
    p10, p50, p90 = (np.quantile(deals, q, method="inverted_cdf") for q in (0.1, 0.5, 0.9))
    said = numbers(title(sf.charts.fan(run)))
    assert said[0] == p50
    assert said[4] == 14
    assert said[-2:] == [p10, p90]


def test_what_a_change_is_worth(comparison: Comparison) -> None:
    change = comparison.differences("deals", "With an SLA")
    said = title(sf.charts.comparison(comparison))
    assert said.startswith("Best of 3 variants: “With an SLA” beats “An ordinary year” by ")
    best = max(comparison.differences("deals", name).mean() for name in comparison.names[1:])
    assert numbers(said)[1] == pytest.approx(best, abs=change.std() / sqrt(len(change)))
    assert f"in {100 * (change > 0).mean():.0f} % of futures" in said
    assert "have the same cost in every one of 400 futures" in title(sf.charts.comparison(comparison, "cost"))


def test_who_beats_whom(article: Result) -> None:
    base = sf.loads(ARTICLE)
    sla = base.change({"stages.sql.neglect": "2%", "costs": {"sla": "30_000 per year"}}, name="SLA")
    worse, odd = (
        base.change({"stages.sql.conversion": "20%"}, name="Slack"),
        base.change({"sources.inbound.leads": "poisson(80)"}, name="More"),
    )

    def said(measure: str, *variants: Scenario, n_sims: int = 300) -> str:
        found = sf.compare(base, *variants, n_sims=n_sims, seed=7, workers=1, progress=False)
        return title(sf.charts.comparison(found, measure))

    assert said("deals", sla).startswith("“SLA” beats “Leads going cold” by 1.")
    assert said("deals", worse).startswith("“Leads going cold” beats “Slack” by 1.")
    assert " deals on average (95 % CI 1." in said("deals", worse)
    assert said("deals", worse, worse).startswith(
        "“Leads going cold” beats both variants, the best of them, “Slack”, by"
    )
    assert said("gap_deals", sla).startswith("“SLA” beats “Leads going cold” by 1.")
    assert " fewer deals gone cold on average (95 % CI 0." in said("gap_deals", sla)
    assert said("cost", sla) == (
        "“SLA” has exactly $30,000 more cost than “Leads going cold” in every one of 300 futures"
    )
    assert said("arrived", odd).startswith("“More” has 41.")
    assert " more leads that arrived than “Leads going cold” on average (95 % CI 3" in said("arrived", odd)
    assert re.match(
        r"“SLA” and “Leads going cold” do not surely differ on average: [+-]?\d.* points ROI \(95 % CI -\d.* to \+?\d",
        said("roi", sla),
    )
    assert "in one future, which says little of others" in said("deals", sla, n_sims=1)


def test_what_makes_a_comparison_doubtful_reaches_its_picture() -> None:
    base = sf.loads(ARTICLE)
    euros, longer = base.change({"currency": "EUR"}, name="EU"), base.change({"horizon": "2 years"}, name="Longer")
    sla = base.change({"stages.sql.neglect": "2%"}, name="SLA")

    def drawn(measure: str, *scenarios: Scenario) -> tuple[str, str]:
        ax = sf.charts.comparison(sf.compare(*scenarios, n_sims=60, seed=7, workers=1, progress=False), measure)
        return title(ax), " ".join(text.get_text() for text in ax.texts)

    said, around = drawn("revenue", base, euros)
    assert said == "Revenue of “EU” cannot be compared with “Leads going cold”: money in EUR, not $"
    assert "cannot be compared" in around
    assert "better in" not in around
    assert drawn("deals", base, euros)[0].startswith("“EU” and “Leads going cold” have the same deals")
    assert "Beware: money in EUR, not $" in drawn("deals", base, euros)[1]
    said, _ = drawn("deals", base, longer)
    assert said == "Deals of “Longer” cannot be compared with “Leads going cold”: horizon of 730 days, not 365"
    said, around = drawn("deals", base, longer, sla)
    assert said.startswith("“SLA” beats “Leads going cold”"), "the best of those that can be compared"
    assert "Beware: “Longer”: horizon of 730 days, not 365" in around
    assert drawn("deals", base, longer, longer)[0].startswith("Deals of no variant can be compared")
    run_off = base.change({"run_off": "30 days"}, name="Run-off")
    assert "cannot be compared" not in drawn("deals", base, run_off)[0]
    assert "cannot be compared" in drawn("cohort_deals", base, run_off)[0]
    entered = base.change({"stages.sql": {"conversion": None, "conversion_of_entered": "20%"}})
    _, around = drawn("deals", entered, entered.change({"stages.sql.neglect": "2%"}, name="SLA"))
    assert "Beware: conversion_of_entered of 'sql' cancels neglect, in part or whole" in around.replace("\n", " ")
    assert "Beware" not in drawn("deals", base, sla)[1]


def test_how_well_it_is_known(article: Result) -> None:
    deals = article.to_frame()["deals"]
    said = title(sf.charts.convergence(article))
    assert said.startswith("After 2,000 futures the mean of deals is ")
    reach = 1.96 * deals.std() / sqrt(2_000)
    assert numbers(said)[3:] == pytest.approx([deals.mean() - reach, deals.mean() + reach], abs=0.06)
    assert "the chance of deals >= 10 is " in title(sf.charts.convergence(article, "deals >= 10"))


def test_without_a_plan_nothing_is_said_of_one() -> None:
    run = simulated("no plan")
    for draw in (sf.charts.distribution, sf.charts.dots, sf.charts.fan, sf.charts.exceedance, sf.charts.waterfall):
        assert not re.search(r"\b(miss|reach|planned|short of)\b", title(draw(run)))
    assert title(sf.charts.distribution(run)).startswith("The median future brings ")


def test_a_figure_that_no_future_has_is_said_to_be_missing() -> None:
    run = simulated("no plan")
    for draw in (sf.charts.distribution, sf.charts.dots, sf.charts.exceedance, sf.charts.convergence):
        assert title(draw(run, "roi")) == "No future has a figure for ROI"


@pytest.mark.parametrize("name", NAMES)
def test_every_chart_says_on_how_many_futures_it_rests(name: str) -> None:
    run = simulated(name)
    wanted = f"{run.n_sims:,} future{'' if run.n_sims == 1 else 's'}, seed 7"
    for draw in (sf.charts.distribution, sf.charts.funnel):
        assert wanted in [text.get_text() for text in draw(run).findobj(Text)]


def test_one_future_claims_no_certainty() -> None:
    run = simulated("one future")
    for draw in (sf.charts.waterfall, sf.charts.funnel, sf.charts.convergence):
        assert "its error is not known from one future" in title(draw(run))


@pytest.mark.parametrize(("measure", "tolerance"), [("deals", 0.05), ("deals", 0.5), ("cold_neglected", 0.2)])
def test_what_an_exceedance_says_is_true_of_the_futures(article: Result, measure: str, tolerance: float) -> None:
    points = exceedance_points(article, measure, tolerance=tolerance)
    values, bound = article.array(measure), points.tolerated.value
    assert (values >= bound).mean() >= 1 - tolerance if points.at_most else (values <= bound).mean() >= 1 - tolerance
    word = "at least" if points.at_most else "at most"
    assert f"In {percent(1 - tolerance)} of futures" in title(
        sf.charts.exceedance(article, measure, tolerance=tolerance)
    )
    assert f"{word} {bound:.0f} " in title(sf.charts.exceedance(article, measure, tolerance=tolerance))


def test_a_plan_that_is_reached_is_not_called_short_by_nothing() -> None:
    run = sf.simulate(sf.loads(ARTICLE).change({"plan": {"customers": 1, "revenue": 1}}), n_sims=200, seed=7)
    said = sf.charts.exceedance(run).get_title(loc="left")
    assert said == "In 90 % of futures or more revenue is not short of the plan"
