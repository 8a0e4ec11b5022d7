"""Does every scenario that comes with simfunnel work, say where its figures come from, and tell a believable story?"""

from __future__ import annotations

import math
import re
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats

import simfunnel as sf
from simfunnel.distributions import Distribution
from simfunnel.resolved import resolve
from simfunnel.scenario.extending import preset_text

CONFIGS = Path(__file__).parents[1] / "configs"
FILES = [str(path) for path in sorted(CONFIGS.glob("*.yaml"))]
PRESETS = list(sf.presets())
AUDIT = CONFIGS / "response_audit.yaml"  # it counts answers and has no money
GRADED = [*PRESETS, *(str(CONFIGS / f"{name}.yaml") for name in ("industrial_year", "consumer", "media_budget"))]

ALARM = 1e-6  # chance that any one statistical check below fails though all is well
LEAST_BIAS = 0.01  # relative bias of a mean that a check must be able to see


def short(source: str) -> str:
    return Path(source).stem


@cache
def run(source: str, n_sims: int | None = None) -> sf.Result:
    """As many futures as show what is asked of all files; with teams fewer, as these have thousands of leads each."""
    scenario = sf.load(source)
    n_sims = n_sims or (60 if scenario.teams else 200)
    return sf.simulate(scenario, n_sims=n_sims, seed=7, workers=1, progress=False)


def text_of(source: str) -> str:
    return preset_text(source) if source in PRESETS else Path(source).read_text(encoding="utf-8")


def assert_binomial_mean(values: npt.NDArray[np.float64], trials: int, share: float) -> None:
    """The mean of binomial counts, at false-alarm rate `ALARM`; too few draws to see `LEAST_BIAS` are an error."""
    mean, sd = trials * share, math.sqrt(trials * share * (1 - share))
    reach = float(stats.norm.isf(ALARM / 2)) * sd / math.sqrt(len(values))
    assert reach <= LEAST_BIAS * mean, f"{len(values)} draws cannot show a bias of {LEAST_BIAS:.0%}"
    assert abs(values.mean() - mean) <= reach, f"mean {values.mean():.4f}, expected {mean:.4f} +- {reach:.4f}"


def assert_share(hits: int, draws: int, share: float) -> None:
    """A share of independent draws, at false-alarm rate `ALARM`."""
    tails = stats.binom.cdf(hits, draws, share), stats.binom.sf(hits - 1, draws, share)
    assert min(tails) > ALARM / 2, f"{hits} of {draws}, expected {share:.5f}"


# every file and preset


@pytest.mark.parametrize("source", [*FILES, *PRESETS], ids=short)
def test_it_runs_from_file_to_result(source: str) -> None:
    result = run(source)
    ends = sum(result.array(name) for name in ("won", "no_decision", "competitor", "dropped", "left", "open"))
    assert np.array_equal(result.array("arrived"), ends)
    assert result.array("deals").mean() > 0


@pytest.mark.parametrize("source", [*FILES, *PRESETS], ids=short)
def test_it_says_who_it_is_and_what_its_stages_are(source: str) -> None:
    scenario = sf.load(source)
    first = text_of(source).splitlines()
    where = "../schema.json" if source in PRESETS else "../simfunnel/scenario/schema.json"
    assert first[0] == f"# yaml-language-server: $schema={where}"
    assert first[1].startswith("# ")
    assert scenario.name != short(source), "it has no name of its own"
    if short(source) not in ("cold_leads", "cold_leads_sla", "two_markets"):  # as short as they can be
        assert all(scenario.stages[stage].owner and scenario.stages[stage].metric for stage in scenario.process[:-1])


@pytest.mark.parametrize("source", [*FILES, *PRESETS], ids=short)
def test_what_is_written_back_is_the_same_scenario(source: str) -> None:
    scenario = sf.load(source)
    again = sf.loads(scenario.to_yaml(), folder=CONFIGS)
    assert resolve(again).digest == resolve(scenario).digest


@pytest.mark.parametrize("source", [source for source in [*FILES, *PRESETS] if source != str(AUDIT)], ids=short)
def test_its_money_is_believable(source: str) -> None:
    result = run(source)
    earned, spent = (result.array(name).mean() for name in ("cohort_revenue", "cohort_cost"))
    most = 7 if short(source) == "two_markets" else 5  # spend to closed revenue: 2.5 in the one study of it (B)
    assert 0.9 < earned / spent < most
    assert -0.5 < result.array("cohort_roi").mean() < 3


# where the figures come from


GRADE = re.compile(
    r"\((A-?|B|C)[,;)]|[,;] (A-?|B|C)\)"  # (B, a vendor) or (HBR 2011, A-)
    r"|\b(ours|article|as above|see the stage before|the same|same row)\b"
)
NO_FIGURE = re.compile(
    r"(schema|start|horizon|run_off|period|process|name|description|extends|definition|metric|sla)\b"
)
DATES = re.compile(r"(from|to): \d{4}-\d\d-\d\d")


@pytest.mark.parametrize("source", GRADED, ids=short)
def test_every_figure_says_where_it_comes_from(source: str) -> None:
    above, silent = "", []
    for number, line in enumerate(text_of(source).splitlines(), start=1):
        code, _, comment = line.partition("#")
        if not code.strip():
            above += comment
            continue
        value = DATES.sub("", code.strip())
        says_figure = re.search(r"\d", value.partition(": ")[2]) and not NO_FIGURE.match(value)
        if says_figure and not GRADE.search(above + comment):
            silent.append(f"{number}: {line.strip()}")
        above = ""
    assert not silent, "no source, grade or 'ours' beside:\n" + "\n".join(silent)


@pytest.mark.parametrize("source", GRADED, ids=short)
def test_folklore_is_no_source(source: str) -> None:
    assert not re.search(r"\bD\)|\(D\b|grade D", text_of(source))


RATES = ("conversion", "conversion_of_entered")


@pytest.mark.parametrize("name", [name for name in PRESETS if name not in ("no_sla", "with_sla", "neglect")])
def test_published_rates_are_wide_distributions(name: str) -> None:
    for stage in sf.load(name).stages.values():
        for rate in filter(None, (getattr(stage, key) for key in RATES)):
            assert isinstance(rate, Distribution)
            assert rate.sd() / rate.mean() > 0.05


def test_a_preset_is_extended_by_saying_what_differs() -> None:
    own = sf.loads("""
        extends: industrial
        name: Our year
        plan: {customers: 20}
        deal_value: 80_000
        sources:
          web: null
          fair: {enters: lead, leads: 300, cost: 60_000}
        stages: {sql: {neglect: 5%}}
    """)
    assert list(own.sources) == ["pipeline", "fair"]
    assert own.stages["sql"].neglect == 0.05
    assert own.stages["sql"].conversion_of_entered == sf.load("industrial").stages["sql"].conversion_of_entered
    assert sf.simulate(own, n_sims=50, seed=1, workers=1, progress=False).array("deals").mean() > 0


def test_an_sla_brings_more_deals_than_none() -> None:
    without, with_one = sf.load("no_sla"), sf.load("with_sla")
    assert without.sources == with_one.sources
    assert run("with_sla", 2_000).array("deals").mean() > run("no_sla", 2_000).array("deals").mean() + 1


# the article


@pytest.mark.parametrize(("name", "share"), [("cold_leads", 0.21875), ("cold_leads_sla", 0.245)])
def test_the_article_is_binomial_to_the_letter(name: str, share: float) -> None:
    n_sims = 25_000
    result = run(str(CONFIGS / f"{name}.yaml"), n_sims)
    assert_binomial_mean(result.array("twin_deals"), 40, 0.25)
    assert_binomial_mean(result.array("deals"), 40, share)
    for measure, p in (("twin_deals", 0.25), ("deals", share)):
        assert_share(int((result.array(measure) >= 10).sum()), n_sims, float(stats.binom.sf(9, 40, p)))
        assert_share(int((result.array(measure) <= 8).sum()), n_sims, float(stats.binom.cdf(8, 40, p)))
    assert np.array_equal(result.array("revenue"), 100_000 * result.array("deals"))
    assert set(result.array("cost")) == {250_000.0 if name == "cold_leads" else 280_000.0}


def test_the_sla_differs_from_the_article_in_what_it_says_only() -> None:
    base, sla = (sf.load(CONFIGS / f"{name}.yaml").model_dump() for name in ("cold_leads", "cold_leads_sla"))
    assert different(base, sla) == {"name", "stages.sql.neglect", "stages.sql.sla", "costs.sla programme"}
    assert sla["stages"]["sql"]["neglect"] == 0.02
    assert sla["costs"]["sla programme"] == {"amount": 30_000.0, "per": 365.0}


def different(one: object, two: object, path: str = "") -> set[str]:
    """Key paths at which two dumps differ."""
    if one == two:
        return set()
    if not isinstance(one, dict) or not isinstance(two, dict):
        return {path}
    keys = one.keys() | two.keys()
    return set().union(*(different(one.get(key), two.get(key), f"{path}.{key}".lstrip(".")) for key in keys))


# the others


BUCKETS = {"within an hour": 0.37, "1 to 24 hours": 0.16, "later": 0.24, "never": 0.23}


def test_the_audit_has_its_four_buckets_exactly() -> None:
    stage = sf.load(AUDIT).stages["enquiry"]
    assert isinstance(stage.response, Distribution)
    assert isinstance(stage.neglect, float)
    hour, day = (float(stage.response.cdf(np.array([days]))[0]) for days in (1 / 24, 1.0))
    answered = 1 - stage.neglect
    found = [answered * hour, answered * (day - hour), answered * (1 - day), stage.neglect]
    assert found == pytest.approx(list(BUCKETS.values()), abs=1e-6)
    assert stage.response.mean() * 24 == pytest.approx(42, abs=0.1)


def test_the_audit_has_its_four_buckets_in_simulation() -> None:
    n_sims, firms = 700, 2_241
    within = {
        shelf_life: sf.simulate(
            sf.load(AUDIT, set={"stages.enquiry.shelf_life": shelf_life}), n_sims=n_sims, seed=7, progress=False
        )
        for shelf_life in ("1 hour", "1 day")
    }
    hour, day = within["1 hour"], within["1 day"]
    found = {
        "within an hour": hour.array("worked"),
        "1 to 24 hours": hour.array("cold_late") - day.array("cold_late"),
        "later": day.array("cold_late"),
        "never": day.array("cold_neglected"),
    }
    assert np.array_equal(sum(found.values()), np.full(n_sims, firms))
    for bucket, share in BUCKETS.items():
        assert_binomial_mean(found[bucket], firms, share)
    assert np.array_equal(day.array("deals"), day.array("worked"))


def test_the_two_markets_keep_a_lead_for_a_month_and_for_hours() -> None:
    scenario = sf.load(CONFIGS / "two_markets.yaml")
    assert scenario.stage("sql", "industrial").shelf_life == 30.0
    assert scenario.stage("sql", "retail").shelf_life == pytest.approx(4 / 24)
    table = run(str(CONFIGS / "two_markets.yaml")).stages(by=("stage", "sector"))
    late = table.set_index(["stage", "sector"])["late_share"]
    assert late["sql", "retail"] > 10 * late["sql", "industrial"]


def test_the_industrial_year_is_a_full_one() -> None:
    scenario = sf.load(CONFIGS / "industrial_year.yaml")
    assert scenario.process == ("lead", "mql", "sal", "sql", "opportunity", "customer")
    assert scenario.stages["sql"].shelf_life == 30.0
    sources = scenario.sources.values()
    assert any(source.visits is not None for source in sources)
    assert any(source.budget is not None for source in sources)
    assert any(source.arrive.start is not None and source.arrive.end is not None for source in sources)
    assert {source.enters for source in sources if source.arrive.at_start} == {"mql", "sql", "opportunity"}
    assert {source.enters for source in sources} == {"lead", "mql", "sql", "opportunity"}


def test_the_media_budget_is_a_coin_flip_that_cold_leads_decide() -> None:
    result, scenario = run(str(CONFIGS / "media_budget.yaml"), 500), sf.load(CONFIGS / "media_budget.yaml")
    assert scenario.budget == 120_000
    spent = [source for source in scenario.sources.values() if source.share is not None]
    assert [source.yields is None for source in spent].count(False) >= 2
    assert any(source.cost_per_lead is not None for source in spent)
    assert any(source.arrive.at_start for source in scenario.sources.values())
    assert 0.5 <= result.chance("deals >= 12").value <= 0.6
    assert result.chance("twin_deals >= 12").value > 0.8
    assert result.array("arrived").mean() < 600
    assert (result.array("cost_sources") == 120_000).all()


@pytest.mark.parametrize("name", ["industrial_year", "consumer", "two_markets"])
def test_the_plan_is_missed_more_often_than_not_but_not_hopeless(name: str) -> None:
    result = run(str(CONFIGS / f"{name}.yaml"), 500)
    planned = result.terms.plan_customers
    assert planned is not None
    assert 0.3 <= result.chance(f"deals >= {planned:g}").value <= 0.5
    assert result.array("twin_deals").mean() > result.array("deals").mean()


def test_consumers_wait_for_an_afternoon_or_a_day() -> None:
    scenario = sf.load(CONFIGS / "consumer.yaml")
    for sector in scenario.sectors:
        shelf_life = scenario.stage("sql", sector).shelf_life
        assert isinstance(shelf_life, Distribution)
        assert float(shelf_life.quantile(np.array([0.5]))[0]) < 1
    response = scenario.stages["sql"].response
    assert isinstance(response, Distribution)
    median, tail = response.quantile(np.array([0.5, 0.95]))
    assert median < 2 / 24
    assert tail > 10 * median


def test_the_nurtured_give_a_fifth_more_opportunities_after_about_ten_touches() -> None:
    """The two published figures that the file is set to, within errors smaller than what these are rounded to."""
    runs = [run(str(CONFIGS / f"{name}.yaml"), 3_000) for name in ("nurture", "nurture_without")]
    nurtured, without = (each.array("entered[stage=opportunity]") for each in runs)
    ratio = nurtured.mean() / without.mean()
    error = float(np.std(nurtured - ratio * without, ddof=1) / math.sqrt(3_000) / without.mean())
    reach = float(stats.norm.isf(ALARM / 2)) * error
    assert reach < 0.04
    assert abs(ratio - 1.2) < reach
    touches = runs[0].ratios().loc["touches_per_deal"]
    assert 9.0 < touches["value"] < 11.0
    assert touches["mcse"] < 0.1
    assert runs[0].array("expansion_sales").mean() > 0
    assert not runs[1].array("touches").any()
    referrals = runs[0].stages(by=("stage", "source")).set_index(["stage", "source"])
    fresh = referrals["entered"] - referrals["reopened"]
    assert fresh["lead", "referrals"] == 0.0  # sales' own finds enter late
    assert fresh["sql", "referrals"] > 5.0
