"""Do sweep files say what they mean: the very values, in which order, and what is refused before anything runs?"""

from __future__ import annotations

import itertools
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.stats import qmc

import simfunnel as sf
from simfunnel.scenario.tree import Node, Place
from simfunnel.studies.sweep import Precision, Sweep, check_points, define, refuse_impossible
from simfunnel.studies.sweep.cautions import cautions
from simfunnel.studies.sweep.designs import LATIN, SOBOL, rolls
from simfunnel.studies.sweep.outline import outline
from simfunnel.studies.sweep.values import flow

CONFIGS = Path(__file__).parents[2] / "configs"
BASE = """
name: A year
horizon: 1 year
process: [mql, sql, customer]
plan: {customers: 10}
deal_value: 10_000
sources:
  web: {enters: mql, leads: poisson(30 per month), cost_per_lead: 100}
  fair: {enters: mql, leads: 60, cost: 40_000}
stages:
  mql: {conversion: 40%, team: desk, service: 30 minutes}
  sql: {conversion: "beta(mean=25%, n=40)", neglect: 12.5%, shelf_life: 30 days}
teams: {desk: {people: 2}}
costs: {crm: 30_000 per year}
"""


@pytest.fixture
def base() -> sf.Scenario:
    return sf.loads(BASE)


def column(sweep: Sweep, path: str) -> list[float]:
    at = [each.path for each in sweep.parameters].index(path)
    return [row[at] for row in sweep.numbers]


def written(sweep: Sweep, path: str) -> list[str]:
    at = [each.path for each in sweep.parameters].index(path)
    return [row[at] for row in sweep.texts]


# values


def test_a_linspace_is_exact_at_its_ends_and_even_between(base: sf.Scenario) -> None:
    found = define(base, {"stages.sql.neglect": "linspace(from=0%, to=30%, points=7)"})
    assert column(found, "stages.sql.neglect") == [0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
    assert written(found, "stages.sql.neglect") == ["0%", "5%", "10%", "15%", "20%", "25%", "30%"]


def test_a_logspace_is_exact_at_its_ends_and_rounded_between_as_people_write(base: sf.Scenario) -> None:
    found = define(base, {"stages.sql.shelf_life": "logspace(from=4 hours, to=60 days, points=8)"})
    numbers = column(found, "stages.sql.shelf_life")
    assert (numbers[0], numbers[-1]) == (4 / 24, 60.0)
    exact = np.geomspace(4 / 24, 60.0, 8)
    gaps = np.diff(exact)
    assert np.all(np.abs(numbers[1:-1] - exact[1:-1]) <= 0.005 * np.minimum(gaps[:-1], gaps[1:]) * (1 + 1e-9))
    assert written(found, "stages.sql.shelf_life")[1:4] == ["9.27 hours", "21.5 hours", "2.08 days"]


def test_a_fine_range_far_from_0_keeps_its_steps(base: sf.Scenario) -> None:
    found = define(base, {"costs.crm": "linspace(from=1_000_000, to=1_000_010, points=21)"})
    assert column(found, "costs.crm") == [1_000_000 + k / 2 for k in range(21)]


def test_quantiles_lie_in_the_middle_of_equal_shares(base: sf.Scenario) -> None:
    found = define(base, {"stages.sql.conversion": "quantiles(beta(mean=25%, n=40), points=5)"})
    exact = stats.beta(10, 30).ppf((np.arange(5) + 0.5) / 5)
    assert column(found, "stages.sql.conversion") == pytest.approx(exact, abs=1e-5)


@pytest.mark.parametrize(
    ("path", "values", "texts", "numbers"),
    [
        ("sources.web.leads", [20, "40"], ["poisson(20 per month)", "poisson(40 per month)"], [20, 40]),
        ("sources.web.leads", ["40 per month"], ["40 per month"], [40]),
        ("sources.fair.leads", [50, "1k"], ["50", "1k"], [50, 1_000]),
        ("costs.crm", ["10k", 12_000], ["10_000 per year", "12_000 per year"], [10_000, 12_000]),
        ("stages.sql.conversion.mean", ["20%", 0.3], ["20%", "0.3"], [0.2, 0.3]),
        ("stages.sql.shelf_life", ["4 hours", "1 week"], ["4 hours", "1 week"], [4 / 24, 7]),
        ("stages.sql.give_up", ["60 days", "90 days"], ["60 days", "90 days"], [60, 90]),  # nothing stands there yet
        ("teams.desk.people", [2, 3], ["2", "3"], [2, 3]),
    ],
)
def test_a_bare_number_goes_where_the_number_was(
    base: sf.Scenario, path: str, values: list[object], texts: list[str], numbers: list[float]
) -> None:
    found = define(base, {path: values})
    assert written(found, path) == texts
    assert column(found, path) == numbers
    assert found.parameters[0].is_number


@pytest.mark.parametrize(
    ("path", "values", "texts"),
    [
        ("teams.desk.discipline", ["first come", "newest first"], ["first come", "newest first"]),
        ("stages.sql.shelf_life", ["30 days", None], ["30 days", "null"]),
        ("stages.sql.conversion", ["25%", "beta(mean=25%, n=10)"], ["25%", "beta(mean=25%, n=10)"]),
        ("sources.web.leads", ["30 per month", "poisson(400)"], ["30 per month", "poisson(400)"]),
        (
            "stages.sql.rejected",
            [{"competitor": "30%", "dropped": "rest"}, {"no_decision": "100%"}],
            ["{competitor: 30%, dropped: rest}", "{no_decision: 100%}"],
        ),
    ],
)
def test_words_maps_and_nothing_vary_too(base: sf.Scenario, path: str, values: list[object], texts: list[str]) -> None:
    found = define(base, {path: values})
    assert written(found, path) == texts
    assert np.isnan(column(found, path)).all()
    for point, value in enumerate(values):
        assert found.scenario(point) == base.change({path: value}, name=base.name)


def test_parameters_of_one_distribution_move_together(base: sf.Scenario) -> None:
    wide = base.change({"stages.sql.response": "pert(low=1 day, mode=2 days, high=3 days)"}, name="A year")
    step = {"low": ["1 day", "5 days"], "mode": ["2 days", "6 days"], "high": ["3 days", "7 days"]}
    found = define(wide, zip={f"stages.sql.response.{name}": values for name, values in step.items()})
    later = base.change({"stages.sql.response": "pert(low=5 days, mode=6 days, high=7 days)"}, name="A year")
    assert found.scenario(1) == later
    assert refuse_impossible(found).is_whole
    del step["high"]
    with pytest.raises(sf.ScenarioError, match="1 of 2 points cannot be"):
        refuse_impossible(define(wide, zip={f"stages.sql.response.{name}": values for name, values in step.items()}))


def test_a_parameter_of_what_stands_at_the_top_varies_too(base: sf.Scenario) -> None:
    worth = base.change({"deal_value": "lognormal(mean=10k, cv=0.9)"}, name="A year")
    found = define(worth, {"deal_value.mean": ["5k", "20k"], "deal_value.cv": [0.5]})
    assert found.scenario(1) == base.change({"deal_value": "lognormal(mean=20k, cv=0.5)"}, name="A year")


@settings(max_examples=25, deadline=None)
@given(
    shares=st.lists(st.integers(0, 1_000), min_size=1, max_size=6, unique=True),
    hours=st.lists(st.integers(1, 5_000), min_size=1, max_size=4, unique=True),
    leads=st.lists(st.integers(1, 500), min_size=1, max_size=4, unique=True),
)
def test_what_is_run_is_what_was_written(shares: list[int], hours: list[int], leads: list[int]) -> None:
    """The text of each value, put into the scenario and read there, is the number of the table."""
    base = sf.loads(BASE)
    vary = {
        "stages.sql.neglect": [f"{each / 10}%" for each in shares],
        "stages.sql.shelf_life": [f"{each} hours" for each in hours],
        "sources.web.leads": leads,
    }
    found = define(base, vary)
    rows = list(itertools.product(shares, hours, leads))
    assert found.n_points == len(rows)
    for point in {0, len(rows) // 2, len(rows) - 1}:
        share, hour, number = rows[point]
        scenario, row = found.scenario(point), found.numbers[point]
        assert row == pytest.approx((share / 1_000, hour / 24, number), rel=1e-15)
        assert (scenario.stages["sql"].neglect, scenario.stages["sql"].shelf_life) == row[:2]
        assert scenario.sources["web"].leads == base.sources["web"].leads.model_copy(update={"amount": float(number)})  # type: ignore[union-attr]


PIECES = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF, exclude_characters="\x7f"), min_size=1).filter(
    lambda text: text == " ".join(text.split()) and not any("\x80" <= each < "\xa0" for each in text)
)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(PIECES, PIECES, max_size=4))
def test_a_map_as_text_reads_back(pieces: dict[str, str]) -> None:
    from simfunnel.studies.sweep.spots import given as as_given

    place = Place("file", "x")
    assert as_given(flow(Node({key: Node(value, place) for key, value in pieces.items()}, place))) == pieces


# points


def test_a_grid_is_every_combination_the_last_fastest(base: sf.Scenario) -> None:
    found = define(base, {"stages.sql.neglect": ["0%", "20%"], "teams.desk.people": [1, 2, 3]})
    assert found.numbers == tuple(itertools.product([0.0, 0.2], [1.0, 2.0, 3.0]))


def test_the_order_of_keys_changes_the_order_of_points_only(base: sf.Scenario) -> None:
    vary = {"stages.sql.neglect": ["0%", "20%"], "teams.desk.people": [1, 2, 3]}
    one, other = define(base, vary), define(base, dict(reversed(vary.items())))
    paths = [each.path for each in one.parameters]
    assert {tuple(row) for row in one.texts} == {
        tuple(dict(zip([each.path for each in other.parameters], row, strict=True))[path] for path in paths)
        for row in other.texts
    }


@pytest.mark.parametrize("design", ["sobol", "latin hypercube"])
def test_what_a_design_draws_does_not_depend_on_the_order_of_keys(base: sf.Scenario, design: str) -> None:
    vary = {"stages.sql.neglect": "uniform(low=0%, high=30%)", "sources.web.leads": "gamma(mean=30, cv=0.3)"}
    one = define(base, vary, design=design, points=16, seed=3)
    other = define(base, dict(reversed(vary.items())), design=design, points=16, seed=3)
    for path in vary:
        assert written(one, path) == written(other, path)
    again = define(base, vary, design=design, points=16, seed=4)
    assert written(one, "stages.sql.neglect") != written(again, "stages.sql.neglect")


def test_lists_that_move_in_step_are_one_axis_and_may_repeat_a_value(base: sf.Scenario) -> None:
    step = {"teams.desk.people": [2, 2, 3], "costs.crm": ["10k", "12k", "12k"]}
    found = define(base, {"stages.sql.neglect": ["0%", "20%"]}, zip=[step])
    assert found.n_points == 6
    assert found.numbers[:3] == ((0.0, 2.0, 10_000.0), (0.0, 2.0, 12_000.0), (0.0, 3.0, 12_000.0))
    with pytest.raises(sf.ScenarioError, match="the same values twice in step"):
        define(base, zip={"teams.desk.people": [2, 2], "costs.crm": ["10k", "10k"]})


def test_sobol_points_are_those_of_scipy(base: sf.Scenario) -> None:
    vary = {"stages.sql.shelf_life": "logspace(from=1 hour, to=30 days)", "stages.sql.neglect": "beta(mean=10%, n=50)"}
    found = define(base, vary, design="sobol", points=64, seed=11)
    unit = qmc.Sobol(2, scramble=True, rng=11).random_base2(6)
    assert column(found, "stages.sql.neglect") == pytest.approx(stats.beta(5, 45).ppf(unit[:, 0]), abs=2e-6)
    assert column(found, "stages.sql.shelf_life") == pytest.approx(1 / 24 * 720 ** unit[:, 1], rel=6e-3, abs=1e-3)
    assert found.design == SOBOL


def test_a_longer_sobol_design_begins_with_the_shorter() -> None:
    short, long = (rolls(SOBOL, n, ("a", "b"), seed=5) for n in (32, 64))
    for name in ("a", "b"):
        assert np.array_equal(short[name], long[name][:32])


@pytest.mark.parametrize("points", [5, 64, 257])
def test_a_latin_hypercube_meets_each_stratum_once(points: int) -> None:
    for unit in rolls(LATIN, points, ("a", "b", "c"), seed=2).values():
        assert sorted((unit * points).astype(int)) == list(range(points))
        assert unit.min() > 0.0
        assert unit.max() < 1.0


def test_a_latin_hypercube_of_whole_numbers_meets_each_as_often(base: sf.Scenario) -> None:
    vary = {"teams.desk.people": "linspace(from=1, to=4)"}
    found = define(base, vary, design="latin hypercube", points=40)
    assert [column(found, "teams.desk.people").count(n) for n in (1, 2, 3, 4)] == [10, 10, 10, 10]


def test_several_scenarios_are_one_more_parameter(base: sf.Scenario) -> None:
    other = base.change({"stages.sql.conversion": "30%"}, name="Better sales")
    found = define([base, other], {"stages.sql.neglect": ["0%", "20%"]})
    assert [row[0] for row in found.texts] == ["A year", "A year", "Better sales", "Better sales"]
    assert [found.scenario(point).stages["sql"].conversion == 0.3 for point in range(4)] == [False, False, True, True]


# files


def file(folder: Path, text: str) -> Path:
    (folder / "base.yaml").write_text(BASE)
    path = folder / "sweep.yaml"
    path.write_text(text)
    return path


def test_a_file_says_what_a_call_says(base: sf.Scenario, tmp_path: Path) -> None:
    path = file(
        tmp_path,
        """
        name: Two things
        scenario: base.yaml
        set: {stages.sql.give_up: 60 days}
        seed: 5
        precision: {of: deals >= 10, within: 1%, most: 50_000}
        measures: [deals, deals >= 10]
        vary:
          stages.sql.neglect: [0%, 10%]
          sources.web.leads: linspace(from=20, to=40, points=3)
        """,
    )
    found = define(path)
    called = define(
        base,
        {"stages.sql.neglect": ["0%", "10%"], "sources.web.leads": "linspace(from=20, to=40, points=3)"},
        set={"stages.sql.give_up": "60 days"},
        seed=5,
        precision=Precision("deals >= 10", 0.01, 50_000),
        measures=["deals", "deals >= 10"],
    )
    assert found.name == "Two things"
    for field in ("parameters", "texts", "numbers", "measures", "n_sims", "seed", "precision", "design"):
        assert getattr(found, field) == getattr(called, field)
    assert found.scenario(3) == called.scenario(3)
    assert found.scenario(3).stages["sql"].give_up == 60.0


def test_arguments_replace_what_the_file_says(tmp_path: Path) -> None:
    path = file(
        tmp_path, "scenario: base.yaml\nprecision: {of: deals, within: 1}\nvary: {stages.sql.neglect: [0%, 5%]}"
    )
    found = define(path, n_sims=70, seed=9, measures="roi", set={"stages.sql.give_up": "1 week"})
    assert (found.n_sims, found.precision, found.seed, found.measures) == (70, None, 9, ("roi",))
    assert found.scenario(0).stages["sql"].give_up == 7.0
    path.write_text(path.read_text() + "\nset: {stages.sql.give_up: 2 weeks, deal_value: 7k}")
    both = define(path, set={"stages.sql.give_up": "1 week"}).scenario(0)
    assert (both.stages["sql"].give_up, both.deal_value) == (7.0, 7_000.0)
    with pytest.raises(sf.ScenarioError, match=r"neglect: is set, and varies as well"):
        define(path, set={"stages.sql.neglect": "1%"})
    again = define(found, n_sims=80)
    assert (again.n_sims, again.seed, again.texts) == (80, 9, found.texts)
    with pytest.raises(sf.ScenarioError, match="cannot be changed of a sweep that is defined"):
        define(found, {"stages.sql.neglect": ["1%"]})


def test_a_scenario_may_be_named_and_set_for_itself(tmp_path: Path) -> None:
    path = file(
        tmp_path,
        """
        scenario:
          today: base.yaml
          with an SLA: {scenario: base.yaml, set: {stages.sql.neglect: 2%}}
        vary: {stages.sql.shelf_life: [1 day, 30 days]}
        """,
    )
    found = define(path)
    assert [row[0] for row in found.texts] == ["today", "today", "with an SLA", "with an SLA"]
    assert [found.scenario(point).stages["sql"].neglect for point in range(4)] == [0.125, 0.125, 0.02, 0.02]
    assert [each.name for each in found.scenarios.values()] == ["today", "with an SLA"]


def test_a_sweep_does_not_need_its_files(tmp_path: Path) -> None:
    (tmp_path / "times.csv").write_text("hours\n1\n5\n30\n")
    text = BASE.replace("shelf_life: 30 days", "response: 'empirical(file=times.csv, column=hours, unit=hours)'")
    path = file(tmp_path, "scenario: base.yaml\nvary: {stages.sql.neglect: [0%, 5%]}")
    (tmp_path / "base.yaml").write_text(text)
    found = define(path)
    stored = {name: sf.loads(each.to_yaml()) for name, each in found.scenarios.items()}
    for each in (path, tmp_path / "base.yaml", tmp_path / "times.csv"):
        each.unlink()
    again = Sweep(found.name, stored, found.parameters, found.texts, found.numbers, found.measures, 10, 7)
    assert again.scenario(1) == found.scenario(1)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text(BASE)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "base.yaml").symlink_to(tmp_path / "secret.yaml")
    (inner / "sweep.yaml").write_text("scenario: base.yaml\nvary: {stages.sql.neglect: [0%, 5%]}")
    with pytest.raises(sf.ScenarioError, match=r"leads out of the folder above"):
        define(inner / "sweep.yaml")


def test_a_scenario_is_no_sweep_and_a_sweep_no_scenario() -> None:
    with pytest.raises(sf.ScenarioError, match="is a scenario, not a sweep"):
        define(CONFIGS / "cold_leads.yaml")
    with pytest.raises(sf.ScenarioError, match="is a sweep, not a scenario; `simfunnel sweep` runs it"):
        sf.load(CONFIGS / "sweeps" / "neglect_by_shelf_life.yaml")


# what cannot be


def test_points_that_cannot_be_are_refused_with_their_reasons(base: sf.Scenario) -> None:
    of_entered = base.change({"stages.sql.conversion_of_entered": "70%"}, name="A year")
    vary = {"stages.sql.conversion_of_entered": ["50%", "90%"], "stages.sql.neglect": ["0%", "5%", "20%", "60%"]}
    found = define(of_entered, vary)
    checked = check_points(found)
    reachable = [p <= 1 - n for p, n in itertools.product([0.5, 0.9], [0.0, 0.05, 0.2, 0.6])]
    assert sorted(checked.failures) == [point for point, fits in enumerate(reachable) if not fits]
    with pytest.raises(sf.ScenarioError, match="3 of 8 points cannot be:") as caught:
        refuse_impossible(found)
    assert "stages.sql.conversion_of_entered 90 %, stages.sql.neglect 20 %" in str(caught.value)
    assert "write `impossible: leave out` to run the others" in str(caught.value)
    assert refuse_impossible(define(of_entered, vary, impossible="leave out")).failures == checked.failures


def test_values_that_need_each_other_are_not_refused_alone() -> None:
    markets = sf.loads(BASE + "sectors: {a: {share: 30%}, b: {share: 70%}}\n")
    shares = {"sectors.a.share": ["30%", "40%"], "sectors.b.share": ["60%", "70%"]}
    found = define(markets, shares, impossible="leave out")
    assert sorted(refuse_impossible(found).failures) == [0, 3]


def test_of_many_points_the_corners_are_tried(base: sf.Scenario) -> None:
    of_entered = base.change({"stages.sql.conversion_of_entered": "40%"}, name="A year")
    vary = {
        "stages.sql.conversion_of_entered": "linspace(from=2.5%, to=52%, points=100)",
        "stages.sql.neglect": "linspace(from=0%, to=49.5%, points=100)",
    }
    found = define(of_entered, vary)
    checked = check_points(found, most=50)
    assert 9_999 in checked.failures  # 52 % of all are out of reach where 49.5 % are neglected
    assert 0 not in checked.failures
    assert not checked.is_whole
    assert 40 <= len(checked.tried) <= 50
    assert f"{len(checked.tried)} of 10,000 points were tried before the run" in checked.words(found)


def test_what_does_nothing_is_said() -> None:
    own = "sectors: {a: {share: 30%, stages: {sql: {neglect: 1%}}}, b: {share: 70%, stages: {sql: {neglect: 2%}}}}"
    base = sf.loads(f"{BASE}{own}\n")
    found = cautions(define(base, {"stages.sql.neglect": ["0%", "20%"], "teams.desk.people": [1, 2]}))
    assert len(found) == 1
    assert found[0].startswith("stages.sql.neglect: no number depends on it")


def test_the_outline_says_from_where_to_where(base: sf.Scenario) -> None:
    found = define(
        base,
        {"stages.sql.shelf_life": "logspace(from=4 hours, to=60 days, points=8)", "sources.web.leads": [20, 40]},
        n_sims=500,
        measures=["deals"],
        seed=3,
    )
    assert outline(found) == [
        "A year: 16 points of a grid x 500 futures (seed 3)",
        "  stages.sql.shelf_life: 4 hours to 60 days (8 values)",
        "  sources.web.leads: 20 per month to 40 per month (2 values)",
        "  measures: deals",
    ]


def test_the_outline_says_which_distribution_gives_way() -> None:
    found = define(sf.load("consumer_real_estate"), {
        "stages.enquiry.response": ["30 minutes", "2 hours"], "stages.enquiry.neglect": ["0%", "30%"],
        "sources.web.leads": [20, 40], "stages.enquiry.takes.mean": ["30 days", "90 days"],
    })  # fmt: skip
    was = "lognormal(median=4 hours, p90=2 days)"
    assert outline(found)[1:-1] == [
        f"  stages.enquiry.response: 30 minutes to 2 hours (2 values), in place of {was}",
        "  stages.enquiry.neglect: 0 % to 30 % (2 values), in place of beta(mean=30%, sd=10%)",
        "  sources.web.leads: 20 per week to 40 per week (2 values)",
        "  stages.enquiry.takes.mean: 30 days to 90 days (2 values)",
    ]


@pytest.mark.parametrize(
    ("of", "within", "said"), [("deals >= 10", "2%", "2 %"), ("roi", "5%", "5 %"), ("revenue", "10k", "$10,000")]
)
def test_the_outline_says_a_precision_in_its_unit(base: sf.Scenario, of: str, within: str, said: str) -> None:
    found = define(base, {"sources.web.leads": [20, 40]}, precision={"of": of, "within": within})
    assert f"until the 95 % interval of {of} is within ± {said}, " in outline(found)[0]


def test_arguments_of_python_are_checked_as_files_are(base: sf.Scenario) -> None:
    with pytest.raises(sf.ScenarioError) as caught:
        define(base, {"stages.sql.neglect": np.array([0.1, 1.3]), "stages.sql.shelf_life": [30]}, n_sims=0)
    said = str(caught.value)
    assert "sweep(): stages.sql.neglect: '1.3' is too large" in said
    assert "sweep(): stages.sql.shelf_life: '30' has no unit; write '30 days'" in said
    assert "sweep(): n_sims: '0' is too small" in said
    with pytest.raises(sf.ScenarioError, match=r"is a scenario; give it as one: sf\.sweep\(sf\.load\('industrial'\)"):
        define("industrial", {"stages.sql.neglect": [0, 0.1]})
    with pytest.raises(TypeError, match="a sweep starts from a file, a scenario or several, not int"):
        define(7)  # type: ignore[arg-type]


def test_a_sweep_is_called_as_it_is_named_or_by_all_its_scenarios(base: sf.Scenario) -> None:
    vary = {"stages.sql.neglect": ["0%", "20%"]}
    some = [base.change({}, name=each) for each in ("North", "South", "East", "West")]
    assert define(some[0], vary).name == "North"
    assert define(some[:2], vary).name == "North and South"
    assert define(some, vary).name == "North, South and 2 more"
    assert define(some, vary, name="All regions").name == "All regions"
    assert define(define(some, vary), name="All regions", n_sims=9).name == "All regions"


def test_numbers_of_numpy_are_values(base: sf.Scenario) -> None:
    found = define(base, {"stages.sql.neglect": np.linspace(0, 0.3, 4), "teams.desk.people": range(1, 3)})
    assert column(found, "stages.sql.neglect")[::2] == pytest.approx([0.0, 0.1, 0.2, 0.3])
    assert not math.isnan(found.table.sum())
