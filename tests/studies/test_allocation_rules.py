"""Are bounds and constraints read as they are meant, and is a set that cannot be kept named?"""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from scipy.optimize import linprog

import simfunnel as sf
from simfunnel.scenario.schema import Scenario
from simfunnel.studies.allocation.moves import Moves, find_moves
from simfunnel.studies.allocation.region import Region
from simfunnel.studies.allocation.rules import Rule, read_rules

from .three_sources import BUDGETS, THREE


@pytest.fixture(scope="module")
def three() -> Scenario:
    return sf.loads(THREE)


@pytest.fixture(scope="module")
def moves(three: Scenario) -> Moves:
    return find_moves(three, [*BUDGETS, "teams.sales.people"], None)


def rule(moves: Moves, text: str) -> Rule:
    (found,) = read_rules(moves, None, text)
    return found


@pytest.mark.parametrize(
    ("text", "row", "limit"),
    [
        ("sources.web.budget <= 80k", (1, 0, 0, 0), 80_000),
        ("sources.web.budget >= 80k", (-1, 0, 0, 0), -80_000),
        ("sources.web.budget<=2*sources.spring fair.budget", (1, -2, 0, 0), 0),
        ("sources.web.budget <= 0.5 * sources.a+b.budget + 10_000", (1, 0, -0.5, 0), 10_000),
        ("sources.spring fair.budget >= 10% of total", (0, -1, 0, 0), -31_000),
        ("10% of total <= sources.spring fair.budget", (0, -1, 0, 0), -31_000),
        ("sources.web.budget + sources.a+b.budget - sources.spring fair.budget <= total", (1, -1, 1, 0), 310_000),
        ("sources.web.budget >= 50% of sources.a+b.budget", (-1, 0, 0.5, 0), 0),
        ("teams.sales.people >= 2", (0, 0, 0, -1), -120_000),
        ("-sources.web.budget >= -5k", (1, 0, 0, 0), 5_000),
    ],
)
def test_a_claim_is_a_row_and_a_limit(moves: Moves, text: str, row: tuple[float, ...], limit: float) -> None:
    found = rule(moves, text)
    assert found.row == pytest.approx(row)
    assert found.limit == pytest.approx(limit)
    assert not found.is_equal
    assert found.text == text


def test_an_equality_is_one(moves: Moves) -> None:
    found = rule(moves, "sources.web.budget == sources.a+b.budget")
    assert found.is_equal
    assert found.slack(np.array([1.0, 0.0, 1.0, 0.0])) == 0
    assert found.slack(np.array([1.0, 0.0, 3.0, 0.0])) == -2


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("sources.web.budget", "compares nothing; write one such as"),
        ("1k <= sources.web.budget <= 2k", "compares more than once"),
        ("sources.web.budget < 80k", "'<' is no comparison of amounts; write <="),
        ("sources.web.budget = 80k", "write =="),
        ("sources.wob.budget <= 80k", "is nothing that moves here; did you mean 'sources.web.budget'?"),
        ("sources.web.budget <= $80k", "'$80k' is nothing that moves here"),
        ("sources.web.budget <= 80k 3", "'3' is not understood there; terms are joined by + and -"),
        ("sources.web.budget <= 2k * sources.a+b.budget", "'2k' is an amount, not a factor"),
        ("sources.web.budget * 2 <= 80k", "write the number first: '2 * sources.web.budget'"),
        ("sources.web.budget <= 10%", "'10%' is no amount of money; for a part of the total"),
        ("sources.web.budget <= teams.sales.people", "only like can be compared with like"),
        ("sources.web.budget <= sources.web.budget", "says the same on both sides"),
        ("10k <= total", "names nothing that moves"),
        ("sources.web.budget <= ", "has nothing on one side"),
        ("sources.web.budget <= __import__('os').getcwd()", "is nothing that moves here"),
        ("sources.web.budget <= (1 + 2)", "is nothing that moves here"),
        ("x" * 600 + " <= 1", "is not a claim about amounts"),
        (3, "is not a claim about amounts"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_named(moves: Moves, text: str, said: str) -> None:
    with pytest.raises(sf.ScenarioError) as error:
        read_rules(moves, None, [text])
    assert said in str(error.value)


def test_bounds(moves: Moves) -> None:
    for ends in (("20k", "80k"), (20_000, 80_000.0), "20k to 80k"):
        low, high = read_rules(moves, {"sources.web.budget": ends}, None)
        assert (low.row, low.limit, high.row, high.limit) == ((-1, 0, 0, 0), -20_000, (1, 0, 0, 0), 80_000)
    (low,) = read_rules(moves, {"teams.sales.people": "at least 2"}, None)
    assert low.limit == -120_000
    (high,) = read_rules(moves, {"sources.web.budget": (None, "1M")}, None)
    assert high.limit == 1_000_000


def test_every_fault_is_named(moves: Moves) -> None:
    with pytest.raises(sf.ScenarioError) as error:
        read_rules(
            moves,
            {"sources.wob.budget": "20k to 80k", "sources.web.budget": "80k to 20k", "sources.a+b.budget": "much"},
            ["sources.web.budget < 1", "total"],
        )
    assert len(error.value.problems) == 5
    assert "the least, 80k, is above the most, 20k" in str(error.value)
    assert "'much' is no range; write one such as '20k to 80k'" in str(error.value)


def test_a_contradiction_is_named_by_its_smallest_set(three: Scenario) -> None:
    moves = find_moves(three, BUDGETS, None)
    rules = {
        "web": "sources.web.budget >= 60% of total",
        "fair": "sources.spring fair.budget >= 90k",
        "ratio": "sources.web.budget <= sources.spring fair.budget",
        "idle": "sources.a+b.budget <= 200k",
    }
    with pytest.raises(sf.ScenarioError) as error:
        Region.of(moves, read_rules(moves, None, rules.values()))
    said = str(error.value)
    assert rules["web"] in said  # 150k and 150k: with the ratio, or with the fair, the total does not suffice
    assert rules["idle"] not in said
    assert "the total of $250,000" in said
    assert said.count("sources.web.budget >=") == 1
    assert (rules["fair"] in said) != (rules["ratio"] in said)


def test_a_contradiction_that_needs_no_total_does_not_name_it(three: Scenario) -> None:
    with pytest.raises(sf.ScenarioError) as error:
        sf.allocate(three, bounds={"sources.web.budget": "at least 20k"}, constraints="sources.web.budget <= 10k")
    assert "sources.web.budget >= 20k and sources.web.budget <= 10k: contradict each other" in str(error.value)
    assert "total" not in str(error.value)


def test_smallest_sets_against_all_subsets(three: Scenario) -> None:
    """Random rules: the set named clashes, and no smaller one does, as linear programs of our own tell."""
    moves = find_moves(three, BUDGETS, None)
    mixed = np.random.default_rng(7)
    checked = 0
    for _ in range(12):
        rules = []
        for at in range(5):
            row = mixed.integers(-2, 3, 3).astype(float)
            if row.any():
                rules.append(Rule(f"rule {at}", tuple(row.tolist()), float(mixed.integers(-300, 200) * 1_000)))

        def clash(some: tuple[Rule, ...]) -> bool:
            found = linprog(
                np.zeros(3), [each.row for each in some] or None, [each.limit for each in some] or None,
                [[1.0, 1.0, 1.0]], [250_000.0], bounds=[(0, None)] * 3,
            )  # fmt: skip
            return not found.success

        sizes = [n for n in range(len(rules) + 1) if any(clash(some) for some in combinations(rules, n))]
        try:
            Region.of(moves, tuple(rules))
        except sf.ScenarioError as error:
            checked += 1
            named = tuple(each for each in rules if each.text in str(error))
            assert clash(named)
            assert len(named) == min(sizes)
        else:
            assert not sizes
    assert checked >= 3


def test_points_stay_inside(three: Scenario) -> None:
    moves = find_moves(three, BUDGETS, None)
    rules = read_rules(
        moves, {"sources.web.budget": "20k to 80k"}, ["sources.a+b.budget <= 2 * sources.spring fair.budget"]
    )
    region = Region.of(moves, rules)
    mixed = np.random.default_rng(7)
    for _ in range(50):
        way = mixed.normal(size=3) * 300_000
        way -= way.mean()
        amounts = region.pulled_in(moves.present + way)
        assert region.holds(amounts)
        assert amounts.sum() == pytest.approx(250_000)
        assert region.holds(region.nearest(moves.present + way))
    assert region.reach(np.array([50_000.0, 100_000.0, 100_000.0]), np.array([1.0, -1.0, 0.0])) == pytest.approx(30_000)


@pytest.mark.parametrize(
    ("over", "said"),
    [
        ("sources.web.budget", "moves alone, and something else must pay for it"),
        (["sources.web.budget", "sources.web.budget"], "is named twice"),
        (["sources.web.budget", "sources.wob.budget"], "there is no source 'wob'; did you mean 'web'?"),
        (["sources.web.budget", "stages.sql.conversion"], "is no part of a budget; name budgets of sources"),
        (["sources.web.budget", "teams.marketing.people"], "costs nothing, so more people would be free"),
        ("sources.wob.sectors", "there are not two sectors to share between"),
    ],
)
def test_what_cannot_move_is_named(three: Scenario, over: object, said: str) -> None:
    with pytest.raises(sf.ScenarioError) as error:
        find_moves(three, over, None)  # type: ignore[arg-type]
    assert said in str(error.value)


def test_people_come_in_whole_numbers_or_not_at_all(three: Scenario) -> None:
    with pytest.raises(sf.ScenarioError, match="no whole number of people keeps all of these rules"):
        sf.allocate(
            three, over=["sources.web.budget", "teams.sales.people"],
            constraints=["teams.sales.people >= 1.2", "teams.sales.people <= 1.8"],
        )  # fmt: skip


def test_a_rule_for_people_is_kept_however_large_the_total(three: Scenario) -> None:
    """A head is a 400th of the total here, and what keeps the rule is found and named."""
    rich = three.change({"sources.web.budget": "24M", "sources.web.cost_per_lead": "6M", "teams.sales.people": 4})
    for rule, heads in (("teams.sales.people <= 3", 3), ("teams.sales.people >= 6", 6)):
        found = sf.allocate(rich, over=["sources.web.budget", "teams.sales.people"], maximise="profit", n_sims=10,
                            constraints=[rule, "teams.sales.people <= 7"], seed=7, progress=False)  # fmt: skip
        assert found.after["teams.sales.people"] == heads
        assert found.binding == (rule,)


def test_budgets_and_pay_add_up_to_the_cent(three: Scenario) -> None:
    """The pay of 200 days is no whole number of cents."""
    short = three.change({"horizon": "200 days", "sources.web.budget": 100_001.11, "sources.web.cost_per_lead": 500,
                          "stages.sql.service": "30 hours"}, name="200 days")  # fmt: skip
    found = sf.allocate(short, over=["sources.web.budget", "sources.a+b.budget", "teams.sales.people"], n_sims=20,
                        maximise="profit", constraints="teams.sales.people >= 1", seed=7, progress=False)  # fmt: skip
    assert found.after["teams.sales.people"] > 1
    assert "teams.sales.people >= 1" not in found.binding
    for each in (found.after["sources.web.budget"], found.after["sources.a+b.budget"]):
        assert each == round(each, 2)
    before, after = (sf.simulate(each, n_sims=20, seed=7, progress=False) for each in (short, found.scenario))
    assert (after.array("cost") == before.array("cost")).all()
    assert (after.array("profit").mean()) == found.gain.after


def test_an_equality_without_round_amounts_is_kept(three: Scenario) -> None:
    rule = "sources.web.budget == 1.73 * sources.a+b.budget"
    cheap = {"teams": None, "stages.sql.team": None, "stages.sql.service": None, "sources.a+b.cost_per_lead": 700}
    found = sf.allocate(three.change(cheap), over=BUDGETS,
                        constraints=rule, maximise="profit", n_sims=200, seed=7, progress=False)  # fmt: skip
    assert found.has_moved
    assert found.after["sources.web.budget"] == pytest.approx(1.73 * found.after["sources.a+b.budget"], abs=0.1)
    assert sum(found.after.values()) == 250_000
    assert found.looks > 10
