"""Does an allocation say what it found, no finer than it knows it, and refuse what makes no sense?

False-alarm rate of every statistical check: 1e-6.
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from scipy import stats

import simfunnel as sf
from simfunnel.claims import parse_claim
from simfunnel.studies.allocation.goal import Goal, parse_goal
from simfunnel.studies.allocation.looks import Looks
from simfunnel.studies.allocation.moves import find_moves
from simfunnel.studies.allocation.region import Region
from simfunnel.studies.allocation.search import _neighbours
from simfunnel.studies.allocation.wording import _coarser

from .three_sources import BUDGETS, THREE

FALSE_ALARM = 1e-6


@pytest.fixture(scope="module")
def three() -> sf.Scenario:
    nobody = {"stages.sql.team": None, "stages.sql.service": None, "teams": None, "sources.a+b": None}
    return sf.loads(THREE).change({**nobody, "sources.<b>$x$": sf.loads(THREE).sources["a+b"].model_dump(
        include={"enters", "budget", "cost_per_lead", "odds"})}, name="Three <i>sources</i>")  # fmt: skip


@pytest.fixture(scope="module")
def found(three: sf.Scenario) -> sf.Allocation:
    return sf.allocate(three, n_sims=1_000, seed=7, progress=False)


def test_the_sentence(found: sf.Allocation) -> None:
    first = repr(found).splitlines()[0]
    assert first.startswith("Three <i>sources</i>: moving $")
    assert " to web raises the chance of deals >= 40 from " in first
    assert " points, 95 % CI +" in first
    assert first.endswith(", in 1,000 futures that no search has seen).")
    assert f"{100 * found.fresh.before:.1f} % to {100 * found.fresh.after:.1f} %" in first
    assert "Optimism of the search, its gain less that in fresh futures: " in repr(found)
    runs = f"{found.looks} splits looked at in {found.runs} runs of the engine"
    assert f"{runs} (a plain grid in steps of 1 % would take 5,151 runs)" in repr(found)


def test_fresh_futures_are_others(found: sf.Allocation) -> None:
    assert found.fresh_seed != found.seed
    assert found.fresh.before != found.gain.before
    fresh = sf.simulate(found.scenario, n_sims=1_000, seed=found.fresh_seed, progress=False)
    assert fresh.chance("deals >= 40").value == found.fresh.after


def test_it_is_escaped_where_html_is_shown(found: sf.Allocation) -> None:
    html = found._repr_html_()
    assert "<b>" not in html
    assert "&lt;b&gt;$x$" in html
    assert "tex2jax_ignore" in html


def test_the_frame(found: sf.Allocation) -> None:
    frame = found.to_frame()
    assert frame["part"].tolist() == ["web", "spring fair", "<b>$x$"]
    for when in ("before", "after"):
        assert frame[when].sum() == pytest.approx(found.total)
        assert frame[f"share_{when}"].sum() == pytest.approx(1)
    assert (frame["change"] == frame["after"] - frame["before"]).all()
    assert (frame["flat_least"] <= frame["after"]).all()
    assert (frame["flat_most"] >= frame["after"]).all()
    assert (frame["marginal"] >= 0).all()
    assert (frame["marginal_mcse"] > 0).all()


def test_json_says_the_same(found: sf.Allocation) -> None:
    said = json.loads(json.dumps(found.to_json()))
    assert said["after"] == found.after
    assert said["fresh"]["value"] == found.fresh.value
    assert said["optimism"] == found.gain.value - found.fresh.value
    assert said["sentence"] == repr(found).splitlines()[0]
    assert len(said["parts"]) == 3


def test_set_lines_are_words_of_a_shell(found: sf.Allocation, three: sf.Scenario) -> None:
    said = subprocess.run(
        ["/bin/sh", "-c", f"printf '%s\\n' {' '.join(found.set_lines)}"], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    settings = dict(line.split("=") for line in said[1::2])
    assert settings == found.settings
    changed = three.change(settings, name=found.scenario.name)
    assert changed == found.scenario


def test_it_is_frozen(found: sf.Allocation) -> None:
    with pytest.raises(FrozenInstanceError):
        found.total = 1.0  # type: ignore[misc]


def test_looks_that_are_read_are_those_that_are_run(three: sf.Scenario) -> None:
    region = Region.of(find_moves(three, None, None), ())
    goal = parse_goal("profit")
    settings = {"n_sims": 300, "seed": 3, "level": 0.95, "workers": 1, "executor": None}
    read, run = Looks(region, goal, **settings), Looks(region, goal, **settings)
    with read.reporting(False, (100, 0)):
        assert read.is_cheap
        for amounts in ([100_000.0, 50_000.0, 100_000.0], [250_000.0, 0.0, 0.0], [3_000.0, 200_000.0, 47_000.0]):
            one, other = read.full(np.array(amounts)), run.full(np.array(amounts))
            assert one.figures.tolist() == other.figures.tolist()
    assert (read.runs, run.runs) == (1, 3)


def test_goals() -> None:
    figures = np.array([1.0, 2.0, 3.0, 4.0, np.nan])
    assert parse_goal("deals >= 3").estimate(figures) == 0.5
    assert parse_goal(parse_claim("deals >= 3")).words == "the chance of deals >= 3"
    assert parse_goal("profit").estimate(figures) == 2.5
    assert parse_goal("mean of profit").words == parse_goal("mean profit").words == "mean profit"
    assert parse_goal("p25 profit").estimate(figures) == parse_goal("P25 of profit").estimate(figures) == 1
    assert parse_goal("median profit").estimate(figures) == 2
    for text, said in (
        ("cost", "'cost': less of it is better; maximise a claim such as 'cost <= ...'"),
        ("p0 profit", "a quantile lies between p1 and p99"),
        ("p10 profut", "did you mean 'profit'"),
        ("gold", "is not a measure"),
    ):
        with pytest.raises(sf.ClaimError) as error:
            parse_goal(text)
        assert said in str(error.value)
    with pytest.raises(TypeError, match="maximise takes a text"):
        parse_goal(3)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["roi >= 1", "roi", "p20 roi"])
def test_the_interval_of_a_gain_covers(text: str) -> None:
    """Pairs of normal figures, 0.1 apart; of 400 intervals at 90 % as many cover as a binomial says."""
    goal, truth = parse_goal(text), {"roi >= 1": stats.norm.sf(0.9) - stats.norm.sf(1.0)}.get(text, 0.1)
    mixed = np.random.default_rng(7)
    covered = 0
    for _ in range(400):
        before = mixed.normal(size=1_000)
        after = 0.8 * before + 0.6 * mixed.normal(size=1_000) + 0.1
        gain = goal.gain(before, after, level=0.9)
        covered += gain.low <= truth <= gain.high
    low, high = stats.binom(400, 0.9).ppf([FALSE_ALARM / 2, 1 - FALSE_ALARM / 2])
    assert low <= covered <= high


def test_too_few_futures_have_no_interval() -> None:
    gain = parse_goal("p10 profit").gain(np.arange(12.0), np.arange(12.0) + 1)
    assert gain.value == 1
    assert not gain.is_sure
    assert parse_goal("profit").gain(np.array([np.nan]), np.array([1.0])).n == 0


def test_a_search_for_a_quantile_sees_through_its_steps() -> None:
    goal = Goal("p10 deals", parse_goal("deals").selector, q=0.1)
    before, after = np.repeat([1.0, 2.0, 3.0], [8, 60, 32]), np.repeat([1.0, 2.0, 3.0], [6, 62, 32])
    assert goal.estimate(before) == goal.estimate(after) == 2
    assert goal.guide(after) > goal.guide(before)


def test_people_next_door() -> None:
    assert sorted(_neighbours((3,))) == [(2,), (4,)]
    assert (2, 4) in list(_neighbours((3, 3)))
    assert (4, 4) not in list(_neighbours((3, 3)))


@pytest.mark.parametrize(
    ("settings", "kind", "said"),
    [
        ({"level": 2}, ValueError, "level must lie between 0 and 1"),
        ({"total": -1}, ValueError, "total is -1; it is an amount above 0"),
        ({"total": "much"}, ValueError, "'much' is not an amount of money"),
        ({"over": "sources.web.sectors", "total": "3k"}, sf.ScenarioError, "there are not two sectors"),
        ({"maximise": "dels >= 10"}, sf.ClaimError, "did you mean 'deals'"),
        ({"maximise": "deals[source=wob] >= 10"}, sf.ClaimError, "there is no source 'wob'"),
        ({"over": BUDGETS}, sf.ScenarioError, "there is no source 'a+b'"),
        ({"bounds": {"sources.web.budget": "at least 300k"}}, sf.ScenarioError, "the total of $250,000"),
        ({"bounds": ["sources.web.budget: 1k to 2k"]}, TypeError, "bounds is a mapping such as"),
        (
            {"bounds": {"sources.web.budget": "at most 20%"}},
            sf.ScenarioError,
            "for a part of the total write a constraint",
        ),
        ({"over": [1, 2]}, TypeError, "over names paths such as 'sources.fair.budget', not [1, 2]"),
        ({"over": []}, sf.ScenarioError, "names nothing; name at least two paths"),
        (
            {"over": ["sectors", "sources.web.budget"]},
            sf.ScenarioError,
            "a mix of sectors adds up to 1, and moves alone",
        ),
        ({"total": True}, TypeError, "total is an amount such as '300k', not True"),
    ],
)
def test_mistakes(three: sf.Scenario, settings: dict[str, object], kind: type[Exception], said: str) -> None:
    with pytest.raises(kind) as error:
        sf.allocate(three, n_sims=50, progress=False, **settings)  # type: ignore[arg-type]
    assert said in str(error.value)


def test_a_scenario_without_budgets_says_what_to_write() -> None:
    base = sf.loads("horizon: 1 year\nprocess: [sql, customer]\nsources: {inbound: {enters: sql, leads: 40}}\n"
                    "stages: {sql: {conversion: 25%}}")  # fmt: skip
    with pytest.raises(
        sf.ScenarioError, match=r"and no source has one; write two or more \(sources.NAME.budget with a"
    ):
        sf.allocate(base)
    with pytest.raises(TypeError, match="allocate takes a scenario"):
        sf.allocate("scenario.yaml")  # type: ignore[arg-type]


MEDIA = """
name: Two channels
horizon: 1 year
process: [sql, customer]
deal_value: 10_000
budget: 100k
sources:
  steady: {enters: sql, share: 20%, cost_per_lead: 1_000}
  search: {enters: sql, share: 50%, yield: {most: 60, half: 30k}}
  social: {enters: sql, share: rest, yield: {most: 60, half: 30k}}
stages: {sql: {conversion: 50%}}
"""


def test_one_price_for_every_lead_is_doubted_unless_it_is_bounded() -> None:
    base, steps = sf.loads(MEDIA), {"maximise": "profit", "n_sims": 500, "seed": 7, "progress": False}
    doubt = "steady has one price a lead however much is spent; if more of it brings less, write a yield or a bound."
    free = sf.allocate(base, **steps)
    assert free.pieces[0].change > 20_000
    assert doubt in repr(free)
    bound = sf.allocate(base, bounds={"sources.steady.share": "at most 45%"}, **steps)
    assert bound.pieces[0].change > 20_000
    assert "one price a lead" not in repr(bound)


def test_who_has_met_a_limit_keeps_nobody_else_from_having_less() -> None:
    """What search has less goes to social alone, for steady may have no more."""
    found = sf.allocate(
        sf.loads(MEDIA), bounds={"sources.steady.share": "at most 40%"}, maximise="profit", n_sims=500, seed=7,
        progress=False,
    )  # fmt: skip
    steady, search, social = found.pieces
    assert steady.binds
    assert steady.flat_most == pytest.approx(steady.after, abs=200)
    for piece in (search, social):
        assert piece.flat_least < piece.after - 2_000


STEPS = {"n_sims": 200, "seed": 7, "progress": False}


def test_what_a_target_out_of_reach_or_always_reached_leaves_to_say(three: sf.Scenario) -> None:
    for claim, said in (("deals >= 3_000", "none"), ("deals >= 1", "each")):
        found = sf.allocate(three, maximise=claim, **STEPS)
        assert not found.has_moved
        kept = f"the present split stays, for {said} of 200 futures keeps {claim}, there or at the best split found."
        assert kept in repr(found)


def test_rules_that_leave_one_split_are_said_to(three: sf.Scenario) -> None:
    bounds = {"sources.web.budget": "50k to 50k", "sources.spring fair.budget": "40k to 40k"}
    found = sf.allocate(three, bounds=bounds, constraints="sources.web.budget <= 50k", **STEPS)
    assert found.is_single
    assert found.is_new
    assert not found.has_moved
    assert "the rules leave one split only, with the chance of deals >= 40 at " in repr(found)
    assert "Optimism" not in repr(found)
    assert found.to_frame()["flat_least"].isna().all()
    assert len(found.binding) == len(set(found.binding)) == 4


def test_a_start_in_proportion_is_said_to_be_one(three: sf.Scenario) -> None:
    found = sf.allocate(three, over=["sources.web.budget", "sources.spring fair.budget"], total="300k", **STEPS)
    assert "Before is the present split in proportion, of $300,000 in place of $150,000." in repr(found)


def test_a_start_as_it_is_is_not_said_to_be_in_proportion(found: sf.Allocation) -> None:
    assert "in proportion, of" not in repr(found)
    assert "More money" not in repr(found)


def test_a_total_that_is_too_much_is_said_to_be() -> None:
    base = sf.loads(MEDIA).change({"budget": "3M", "sources.steady.cost_per_lead": 100_000})
    found = sf.allocate(base, maximise="profit", **STEPS)
    assert "More money would lower mean profit at every part that may have more, and all of $3M is spent" in repr(found)


def test_further_money_is_what_was_tried(three: sf.Scenario, found: sf.Allocation) -> None:
    """A twentieth of the total more at web: deals are Poisson, and the chance of 40 is known."""
    assert {piece.step for piece in found.pieces} == {12_500}
    assert "$12,500 more brings" in repr(found)
    web = found.pieces[0]
    won = {"web": 0.25 / 2_000, "spring fair": 0.4 / 3.4 / 1_000, "<b>$x$": 0.7 / 3.7 / 1_800}
    deals = sum(won[piece.name] * piece.after for piece in found.pieces)
    more = stats.poisson(deals + 12_500 / 8_000).sf(39) - stats.poisson(deals).sf(39)
    far = stats.norm.isf(FALSE_ALARM / 2)
    assert web.marginal * web.step == pytest.approx(more, abs=far * web.marginal_mcse * web.step)


def test_the_ends_of_what_is_flat_are_no_finer_than_the_grain(found: sf.Allocation) -> None:
    for piece in found.pieces:
        for end in (piece.flat_least, piece.flat_most):
            shown = _coarser(found, piece, end)
            assert shown == piece.after or shown % found.moves.grain == pytest.approx(0)
        assert _coarser(found, piece, piece.after + 1e-6) == piece.after


def test_what_is_flat_is_never_shown_without_the_answer(found: sf.Allocation) -> None:
    """Ends are rounded to a hundredth, the answer stands between: 'after 23,160' beside 'up to 22,800' helps nobody."""
    grain = found.moves.grain
    piece = replace(found.pieces[0], after=103.0 * grain)
    assert _coarser(found, piece, 104.0 * grain) == piece.after
    piece = replace(piece, after=107.0 * grain)
    assert _coarser(found, piece, 106.0 * grain) == piece.after
    assert _coarser(found, piece, 84.0 * grain) == pytest.approx(80.0 * grain)


def test_a_plan_in_revenue_is_maximised_and_nothing_to_maximise_is_refused(three: sf.Scenario) -> None:
    paying = three.change({"plan": {"customers": None, "revenue": "100k"}})
    assert sf.allocate(paying, n_sims=100, progress=False).maximise == "revenue >= 100_000"
    worthless = three.change({"plan": None, "deal_value": None})
    with pytest.raises(sf.ScenarioError, match="plan: says neither customers nor revenue, and no deal has a value"):
        sf.allocate(worthless, n_sims=100, progress=False)
