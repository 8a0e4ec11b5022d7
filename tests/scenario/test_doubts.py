"""Is the author of rules that do nothing, or not quite what they say, told so, and nobody else?"""

from __future__ import annotations

from pathlib import Path

import pytest

import simfunnel as sf
from simfunnel.distributions import build
from simfunnel.errors import ScenarioError
from simfunnel.resolved import doubts, resolve
from simfunnel.scenario import presets

FUNNEL = """
horizon: 1 year
process: [mql, sql, customer]
sources: {web: {enters: mql, leads: 100, cost_per_lead: 2}}
stages:
  mql: {conversion: 50%, shelf_life: 30 days}
  sql: {conversion: 25%}
"""


def said(**changes: object) -> list[str]:
    """The doubts about the funnel with these keys changed (dots are written as two underscores)."""
    base = sf.loads(FUNNEL, name="f.yaml")
    changed = base.change({path.replace("__", "."): value for path, value in changes.items()})
    return [f"{doubt.path}: {doubt.message}" for doubt in doubts(changed)]


def test_a_sound_funnel_raises_none() -> None:
    assert said() == []


@pytest.mark.parametrize(
    ("give_up", "shelf_life", "patient", "is_idle"),
    [
        ("60 days", "30 days", None, True),
        ("30 days", "30 days", None, True),
        ("29 days", "30 days", None, False),
        ("60 days", "30 days", "10%", False),
        ("60 days", "uniform(low=1 day, high=60 days)", None, True),
        ("60 days", "exponential(mean=1 day)", None, False),
        ("uniform(low=30 days, high=60 days)", "30 days", "0%", True),
        ("60 days", None, None, False),
    ],
)
def test_a_give_up_that_never_acts(give_up: str, shelf_life: str | None, patient: str | None, is_idle: bool) -> None:
    rules = {"give_up": give_up, "shelf_life": shelf_life, "patient": patient}
    found = said(**{f"stages__mql__{key}": value for key, value in rules.items()})
    assert [text.split(",")[0] for text in found] == ["stages.mql.give_up: never acts"] * is_idle


def test_a_give_up_that_acts_in_one_sector_only() -> None:
    sectors = {"slow": {"share": "50%"}, "fast": {"share": "rest", "stages": {"mql": {"shelf_life": "1 day"}}}}
    found = said(sectors=sectors, stages__mql__give_up="10 days")
    assert [text.split(":")[0] for text in found] == ["sectors.fast.stages.mql.give_up"]


def test_a_source_that_brings_nothing() -> None:
    assert said(sources__web__leads=0)[0].startswith("sources.web.leads: brings no leads")
    assert said(sources__web={"leads": None, "budget": 0})[0].startswith("sources.web.budget: brings no leads")


@pytest.mark.parametrize(
    ("spend", "curve", "words"),
    [
        ("300k", {"most": 100, "half": "20k"}, "lies on the flat part of its yield: 10% more money brings 0.57% more"),
        ("150k", {"most": 100, "half": "20k"}, ""),  # elasticity 20 / 170
        (
            "5k",
            {"most": 100, "half": "20k", "shape": 2},
            "lies on the steep part of its yield: 10% more money",
        ),
        ("20k", {"most": 100, "half": "20k", "shape": 2}, ""),
        ("20M", {"leads": 100, "at": "20k", "exponent": 0.3}, ""),  # never flat: 3 % more for 10 %
        ("20k", {"leads": 100, "at": "20k", "exponent": 0.05}, "lies on the flat part of its yield: 10% more money"),
        (
            "20k",
            {"leads": 100, "at": "20k", "exponent": 0.0001},
            "lies on the flat part of its yield: 10% more money brings less than 0.01% more leads; spend less",
        ),
        ("0", {"most": 100, "half": "20k"}, "brings no leads; let it spend more, or leave the source out"),
    ],
)
@pytest.mark.parametrize("is_shared", [False, True])
def test_a_spend_far_out_on_its_curve(spend: str, curve: dict[str, object], words: str, is_shared: bool) -> None:
    web = {"leads": None, "cost_per_lead": None, "yield": curve}
    whole = {"budget": spend, "sources__web": web | {"share": "100%"}}
    found = said(**whole) if is_shared else said(sources__web=web | {"budget": spend})
    assert len(found) == bool(words)
    if words:
        assert found[0].startswith(f"sources.web.{'share' if is_shared else 'budget'}: {words}")


@pytest.mark.parametrize(
    ("start", "horizon", "period", "words"),
    [
        ("2027-01-01", "1 quarter", "quarter", ["1.25 days into 2027-Q2", "`horizon: 90 days` ends with 2027-Q1"]),
        ("2027-01-01", "1 quarter", "month", ["1.25 days into 2027-04", "`horizon: 90 days` ends with 2027-03"]),
        ("2027-07-01", "1 quarter", "quarter", ["0.75 days short of the end of 2027-Q3", "`horizon: 92 days`"]),
        ("2027-02-01", "1 month", "month", ["2.42 days into 2027-03", "`horizon: 28 days`"]),
        ("2028-01-01", "1 year", "month", ["1 day short of the end of 2028-12", "`horizon: 366 days`"]),
        ("2027-01-01", "1 year", "month", []),
        ("2027-01-01", "90 days", "quarter", []),
        ("2027-01-01", "45 days", "month", []),
        ("2027-01-01", "1 month", "quarter", []),
        ("2027-01-01", "1 quarter", "week", []),
        ("2027-01-04", "1 year", "month", []),  # who starts in the middle of a month does not mean whole months
    ],
)
def test_a_horizon_that_misses_the_end_of_a_period(start: str, horizon: str, period: str, words: list[str]) -> None:
    found = said(start=start, horizon=horizon, period=period)
    assert len(found) == bool(words)
    for word in words:
        assert word in found[0]
    if words:  # the fix is one
        days = found[0].partition("`horizon: ")[2].partition("`")[0]
        assert said(start=start, horizon=days, period=period) == []


def test_a_price_that_whole_cents_change() -> None:
    assert said(sources__web__cost_per_lead=0.012, stages__sql__cost_per_work=0.125) == [
        "sources.web.cost_per_lead: is 0.012, and counts as 0.01: money is in whole cents",
        "stages.sql.cost_per_work: is 0.125, and counts as 0.12: money is in whole cents",
    ]
    assert said(sources__web__cost_per_lead=1.005) == []


@pytest.mark.parametrize(
    "path", ["sources.web.cost_per_lead", "stages.sql.cost_per_entry", "stages.sql.recycle.cost", "deal_value"]
)
@pytest.mark.parametrize("price", [0.004, "1e-9", "uniform(low=0, high=0.009)"])
def test_a_price_that_would_count_as_nothing_is_refused(path: str, price: object) -> None:
    base = sf.loads(FUNNEL)
    with pytest.raises(ScenarioError, match=r"under half a cent and would count as 0.*write 0\.01 or more") as caught:
        base.change({path: price})
    assert [problem.path for problem in caught.value.problems] == [path]
    assert base.change({path: 0})
    assert base.change({path: 0.005})


@pytest.mark.parametrize(
    ("path", "text", "what"),
    [
        ("stages.sql.takes", "beta(mean=3 days, n=10)", "a duration"),
        ("stages.sql.takes", "beta(mean=30%, n=10)", "a duration"),
        ("stages.sql.takes", "exponential(mean=beta(mean=30%, n=10))", "a duration"),
        ("stages.sql.takes", "mixture(50%=fixed(1 day), 50%=beta(mean=30%, n=10))", "a duration"),
        ("stages.sql.takes", build("beta", {"mean": 0.3, "n": 10}), "a duration"),
        ("deal_value", "beta(mean=30%, n=10)", "an amount of money"),
        ("costs", {"x": "beta(mean=30%, n=10) per year"}, "an amount of money"),
        ("sources.web.leads", "beta(mean=30%, n=10)", "a number of leads"),
    ],
)
def test_a_share_where_none_belongs_is_refused(path: str, text: object, what: str) -> None:
    with pytest.raises(
        ScenarioError, match=f"a beta is a share between 0% and 100%, and here stands {what}; write pert"
    ):
        sf.loads(FUNNEL).change({path: text})


def test_a_share_where_it_belongs_is_none() -> None:
    base = sf.loads(FUNNEL).change({"stages.sql.recycle": {"odds": "beta(mean=50%, n=10)"}})
    base.change({"stages.sql.takes": "lognormal(median=1 day, sigma=beta(mean=50%, n=10))", "margin": "beta(a=2, b=2)"})


def test_explain_says_them_too() -> None:
    text = sf.explain(sf.loads(FUNNEL).change({"stages.mql.give_up": "90 days", "sources.web.leads": 0}))
    warnings = text.partition("\nWARNINGS\n")[2]
    assert (
        "- `stages.mql.give_up` never acts, as no shelf life is longer; write a shorter one, or leave it out."
        in warnings
    )
    assert "- `sources.web.leads` brings no leads" in warnings


def test_a_doubt_says_where_it_was_written() -> None:
    found = doubts(
        sf.loads(FUNNEL.replace("shelf_life: 30 days", "shelf_life: 30 days, give_up: 90 days"), name="f.yaml")
    )
    assert [doubt.where for doubt in found] == ["f.yaml:6"]


@pytest.mark.parametrize(
    ("rules", "keys"),
    [
        ({"shelf_life": "0 days", "response": "1 hour"}, ["shelf_life"]),
        ({"shelf_life": "0 days"}, ["shelf_life"]),
        ({"shelf_life": "1 day", "response": "2 days"}, ["shelf_life"]),
        ({"shelf_life": "1 day", "response": "uniform(low=1 day, high=2 days)"}, ["shelf_life"]),
        ({"shelf_life": "1 day", "response": "exponential(mean=2 days)"}, []),
        ({"shelf_life": "0 days", "response": "1 hour", "patient": "10%"}, []),
        ({"give_up": "1 day", "response": "2 days"}, ["give_up"]),
        ({"give_up": "3 days", "response": "2 days"}, []),
    ],
)
def test_a_stage_where_nobody_can_be_worked_in_time(rules: dict[str, object], keys: list[str]) -> None:
    found = said(**{f"stages__mql__{key}": value for key, value in rules.items()})
    assert [text.split(" ends before anybody")[0] for text in found] == [f"stages.mql.{key}:" for key in keys]


def test_a_sector_where_nobody_can_be_worked_in_time() -> None:
    fast = {"share": "rest", "stages": {"mql": {"shelf_life": "1 hour"}}}
    found = said(sectors={"slow": {"share": "50%"}, "fast": fast}, stages__mql__response="1 day")
    assert [text.split(":")[0] for text in found] == ["sectors.fast.stages.mql.shelf_life"]


@pytest.mark.parametrize(
    ("rules", "idle"),
    [
        ({"recycle": {"odds": "0.5"}}, ["recycle"]),
        ({"recycle": {"odds": "0.5"}, "rejected": {"recycle": "0%", "dropped": "rest"}}, ["recycle"]),
        ({"recycle": {"odds": "0.5"}, "rejected": {"recycle": "rest", "dropped": "100%"}}, ["recycle"]),
        ({"recycle": {"odds": "0.5"}, "rejected": {"recycle": "rest", "dropped": "90%"}}, []),
        ({"recycle": {"odds": "0.5"}, "cold": {"recycle": "beta(mean=10%, n=20)", "dropped": "rest"}}, []),
        (
            {
                "recycle": {"odds": "0.5"},
                "cold": {"neglected": {"dropped": "100%"}, "late": {"recycle": "100%"}},
            },
            [],
        ),
        ({"returns": {"share": "20%", "after": "1 year"}}, ["returns"]),
        ({"returns": {"share": "20%", "after": "1 year"}, "rejected": {"competitor": "100%"}}, []),
        (
            {
                "recycle": {"odds": "0.5"},
                "returns": {"share": "20%", "after": "1 year"},
                "rejected": {"competitor": "100%"},
            },
            [],  # who returns comes back by the rule of recycling
        ),
        ({"recycle": {"odds": "0.5"}, "returns": {"share": "20%", "after": "1 year"}}, ["returns", "recycle"]),
    ],
)
def test_a_rule_that_nobody_reaches(rules: dict[str, object], idle: list[str]) -> None:
    found = said(**{f"stages__sql__{key}": value for key, value in rules.items()})
    assert [text.split(":")[0] for text in found] == [f"stages.sql.{key}" for key in idle]


def test_a_rule_that_one_sector_reaches_is_in_use_and_its_own_is_not() -> None:
    recycled = {"rejected": {"recycle": "100%"}}
    sectors = {"slow": {"share": "50%"}, "fast": {"share": "rest", "stages": {"sql": recycled}}}
    assert said(sectors=sectors, stages__sql__recycle={"odds": "0.5"}) == []
    slow = {"share": "50%", "stages": {"sql": {"recycle": {"odds": "0.4"}}}}
    found = said(sectors={**sectors, "slow": slow}, stages__sql__recycle={"odds": "0.5"})
    assert [text.split(":")[0] for text in found] == ["sectors.slow.stages.sql.recycle"]


@pytest.mark.parametrize(
    ("rules", "odd"),
    [
        ({"stages.sql.takes": "400 days"}, ["stages.sql.takes"]),
        ({"stages.sql.takes": "400 days", "run_off": "1 quarter"}, []),
        ({"stages.sql.takes": "365 days"}, []),
        ({"stages.sql.takes": "exponential(mean=400 days)"}, []),
        ({"stages.sql.takes": "uniform(low=370 days, high=400 days)"}, ["stages.sql.takes"]),
        ({"stages.mql.takes": "200 days", "stages.sql.takes": "200 days"}, ["horizon"]),
        ({"stages.mql.takes": "200 days", "stages.sql.response": "200 days"}, ["horizon"]),
        (
            {
                "stages.mql.takes": "200 days",
                "stages.sql.takes": "200 days",
                "sources.hand": {"enters": "sql", "leads": 3},
            },
            [],
        ),
    ],
)
def test_a_run_that_ends_before_anybody_can_advance_or_be_won(rules: dict[str, object], odd: list[str]) -> None:
    found = said(**{path.replace(".", "__"): value for path, value in rules.items()})
    assert [text.split(":")[0] for text in found] == odd
    assert all("nobody" in text and "`horizon` or `run_off`" in text for text in found)


SHIPPED = [*presets(), *(str(path) for path in sorted((Path(__file__).parents[2] / "configs").glob("*.yaml")))]


@pytest.mark.parametrize("name", SHIPPED, ids=lambda name: Path(name).stem)
def test_what_is_shipped_raises_none(name: str) -> None:
    assert doubts(sf.load(name)) == ()


@pytest.mark.parametrize(
    ("start", "horizon", "told"),
    [
        ("2028-01-01", "1 year", "ends 1 day short of the end of 2028-12, as a year has 365 days here"),
        ("2027-01-01", "30 days", "ends 1 day short of the end of 2027-01; `horizon: 31 days`"),
    ],
)
def test_why_a_horizon_misses_the_calendar(start: str, horizon: str, told: str) -> None:
    odd = sf.loads(
        f"start: {start}\nhorizon: {horizon}\nprocess: [sql, customer]\n"
        "sources: {inbound: {enters: sql, leads: 40}}\nstages: {sql: {conversion: 25%}}\n"
    )
    assert [doubt.message.startswith(told) for doubt in doubts(odd)] == [True], doubts(odd)


@pytest.mark.parametrize(
    ("programme", "rules", "told"),
    [
        ("touches: 0, opens: 25%", "conversion: 40%, takes: 9 days,", "programme.touches: sends nothing"),
        ("touches: 8, opens: 25%, clicks: 9%, points: 10, threshold: 80", "", ""),
        (
            "touches: 8, opens: 25%, clicks: 9%, points: 10, threshold: 81",
            "",
            "programme.threshold: is out of reach: all of the 8 touches, opened and clicked, add 80 points",
        ),
        ("touches: 8, opens: 25%, threshold: 1", "", "programme.threshold: is out of reach"),
        ("touches: 8, opens: 25%", "conversion: 40%,", "programme: sends nothing, as visits take no time here"),
        ("touches: 8, opens: 25%", "conversion: 40%, takes: 9 days,", ""),
        ("touches: 8, opens: 25%, points: 7", "conversion: 40%, takes: 9 days,", "programme.points: does nothing"),
        ("touches: 50, opens: 25%, clicks: 9%, threshold: 37", "", "programme: lets nobody advance, as the run ends"),
        (
            "touches: 8, opens: 25%, cost_per_touch: 0.0149",
            "conversion: 40%, takes: 9 days,",
            "counts as",
        ),
    ],
)
def test_programmes_that_send_nothing_or_nothing_that_counts(programme: str, rules: str, told: str) -> None:
    text = (
        "horizon: 1 year\nprocess: [lead, customer]\nsources: {web: {enters: lead, leads: 40}}\n"
        f"stages: {{lead: {{{rules} programme: {{every: 10 days, {programme}}}}}}}\n"
    )
    found = [str(doubt) for doubt in doubts(sf.loads(text))]
    assert len(found) == bool(told), found
    assert all(told in line and "stages.lead.programme" in line for line in found)


def test_customers_who_would_buy_further_after_the_end() -> None:
    rule = {"rate": "30% per year", "value": 900, "delay": "1 year"}
    odd = doubts(sf.loads(FUNNEL).change({"expansion": rule}))
    assert [doubt.path for doubt in odd] == ["expansion.delay"]
    assert not doubts(sf.loads(FUNNEL).change({"expansion": rule | {"delay": "300 days"}}))


def test_more_further_sales_than_can_be_followed_are_refused() -> None:
    with pytest.raises(ScenarioError, match=r"expansion\.rate: is about 730 further sales .* at most 100 fit"):
        resolve(sf.loads(FUNNEL).change({"expansion": {"rate": "200% per day", "value": 900}}))
