"""Does `explain` say what a scenario means, and warn where it should?"""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import ARTICLE, ROOT, Command
from scipy import stats

import simfunnel as sf
from simfunnel.explanation.pilot import pilot
from simfunnel.explanation.unknowns import unknowns
from simfunnel.resolved import resolve

CONFIGS = sorted(str(path) for path in (ROOT / "configs").glob("*.yaml"))
FUNNEL = """
name: Funnel
horizon: 1 year
process: [mql, sql, customer]
plan: {customers: 20}
deal_value: 10_000
sources: {web: {enters: mql, leads: poisson(10 per week), cost_per_lead: 50}}
stages:
  mql: {conversion: 50%}
  sql: {conversion: 40%}
"""
LATE = {"stages__sql__response": "3 days", "stages__sql__shelf_life": "1 day"}


def said(**changes: object) -> list[str]:
    """The lines of the funnel's explanation, with these keys changed (dots are written as two underscores)."""
    base = sf.loads(FUNNEL, name="f.yaml")
    return sf.explain(base.change({path.replace("__", "."): value for path, value in changes.items()})).split("\n")


def section(lines: list[str], heading: str) -> list[str]:
    """What stands under a heading."""
    begin = lines.index(heading) + 1
    ends = [at for at, line in enumerate(lines) if at > begin and not line]
    return lines[begin : ends[0] if ends else None]


def test_the_article_is_said_back_in_full() -> None:
    text = sf.explain(sf.load(ARTICLE))
    for sentence in (
        "- The plan: 10 customers, $1M of revenue and a budget of $250,000, so a return on cost of 300 %. [cold_leads.",
        "- Derived: plan budget = the sources' expected spend.",
        "  - Exactly 40 leads. [cold_leads.yaml:",
        "  - Costs $6,250 a lead: $250,000 expected. [cold_leads.yaml:",
        "  - 25 % of the worked advance, so 21.9 % of all that enter. [cold_leads.yaml:",
        "  - 12.5 % are neglected: nobody will ever work them. [cold_leads.yaml:",
        "Every number is known.",
    ):
        assert f"\n{sentence}" in text
    assert section(text.split("\n"), "WARNINGS") == ["None."]
    assert "write `conversion_of_entered: 25%`" in text


def test_both_conversions_follow_from_the_chance_of_being_worked_in_time() -> None:
    # response exponential with mean 42 h against a shelf life of 24 h: late with exp(-24 / 42), that is 56.5 %
    clocks = {"stages__sql__response": "exponential(mean=42 hours)", "stages__sql__shelf_life": "24 hours"}
    lines = said(**clocks, stages__sql__neglect="10%", stages__sql__conversion="50%")
    worked = 0.9 * (1 - 0.5647)
    assert any(f"50 % of the worked advance, so {100 * 0.5 * worked:.1f} % of all that enter" in line for line in lines)
    assert any("Of those not neglected, 56.5 % are reached too late" in line for line in lines)
    lines = said(
        **clocks, stages__sql__neglect="10%", stages__sql__conversion=None, stages__sql__conversion_of_entered="10%"
    )
    assert any(f"10 % of all that enter advance, so {100 * 0.1 / worked:.1f} % of the worked" in line for line in lines)


def test_sectors_are_named_only_where_they_differ() -> None:
    rules = {"share": "30%", "deal_value": "4_000", "stages": {"sql": {"neglect": "20%", "shelf_life": "4 hours"}}}
    lines = said(sectors={"industrial": {"share": "rest"}, "retail": rules}, plan__revenue="1M")
    text = "\n".join(lines)
    assert "- In retail: 20 % are neglected: nobody will ever work them. [set by change()]" in text
    assert "- In industrial: a lead keeps" not in text
    assert (
        "- In industrial: 40 % advance, of the worked and of all that enter: all are worked in time. [f.yaml:" in text
    )
    assert "- A deal in retail is worth $4,000. [set by change()]" in text
    assert "- Mix: 70 % industrial and 30 % retail (the sectors' shares)." in text
    assert "  - 50 % advance, of the worked and of all that enter: all are worked in time. [f.yaml:9]" in text


def test_every_rule_is_said() -> None:
    text = "\n".join(
        said(
            attrition="2% per month",
            margin="40%",
            run_off="90 days",
            costs={"tool": "1k per month"},
            stages__sql={
                "conversion": "20%",
                "neglect": "10%",
                "shelf_life": "30 days",
                "patient": "5%",
                "give_up": "90 days",
                "takes": "gamma(mean=60 days, cv=0.6)",
                "rejected_takes": "5 days",
                "cold": {"neglected": {"competitor": "30%", "recycle": "rest"}, "late": {"dropped": "100%"}},
                "rejected": {"no_decision": "55%", "competitor": "rest"},
                "recycle": {"to": "mql", "after": "30 days", "odds": 0.5, "limit": 2, "cost": 40},
                "returns": {"share": "20%", "after": "2 years", "to": "mql"},
                "drift": {"sd": 0.2, "carry_over": "50%"},
                "cost_per_entry": 3,
                "cost_per_work": 120,
                "owner": "sales",
                "definition": "wants to talk",
                "metric": "wins",
                "sla": "a day",
            },
        )
    )
    for sentence in (
        "Contacts leave their company, and are lost, at a rate of 2 % a month, which is 21.5 % in a year.",
        "Of revenue, 40 % is kept.",
        "Those there then are followed for 90 days more, which only the cohort measures count.",
        "Fixed cost tool: $1,000 a month, $12,000 over the horizon.",
        "sql, owned by sales\n",
        "Wants to talk. Metric: wins. SLA: a day.",
        "Shelf life 30 days, but 5 % are patient and keep for ever; unworked leads are given up after 90 days.",
        "each lead's own: gamma(mean=60 days, cv=0.6); being rejected takes 5 days.",
        "Of the neglected, 30 % go to a competitor and 70 % are recycled; of the late, all are dropped.",
        "Of the rejected, 55 % decide for nobody and 45 % go to a competitor.",
        "Recycled leads go back to mql after 30 days, each time with 0.5 times the odds from then on "
        "(50 % of the worked become 33.3 %); a lead may be recycled 2 times, then it is dropped; each time costs $40.",
        "Of those gone to a competitor, 20 % return to mql after 2 years.",
        "a shock to the log-odds every 7 days, standard deviation 0.2, 50 % of which carries over.",
        "Costs $3 an entry and $120 a lead worked.",
    ):
        assert sentence in text


@pytest.mark.parametrize(
    ("source", "sentences"),
    [
        ({"leads": "40"}, ["Exactly 40 leads.", "Costs nothing.", "Arrives over the whole horizon, evenly."]),
        ({"leads": "30 per month", "cost": 600}, ["30 leads a month: 360 expected.", "about $1.67 a lead."]),
        ({"leads": "overdispersed(7 per week, dispersion=3)"}, ["varying 3 times as much as Poisson", ": 365 exp"]),
        ({"leads": "pert(low=300, mode=500, high=900)"}, ["533 leads on average (uncertain: pert(low=300, "]),
        ({"visits": "1000 per month", "capture": "2%"}, ["Of 1,000 visits a month, 2 % become leads: 240 expected."]),
        ({"budget": "10k", "cost_per_lead": 50}, ["$10,000 buys leads at $50: Poisson around 200."]),
        (
            {"budget": "30k", "yield": {"most": 400, "half": "30k"}},
            [
                "$30,000 brings leads, at most 400, half of that for $30,000: Poisson around 200.",
                "A lead costs $150 on average; the next $1,000 bring 3.3 more, at $305 each.",  # 400 x 31 / 61 - 200
                "Costs exactly the budget, however many come.",
            ],
        ),
        (
            {"budget": "2k", "yield": {"leads": 50, "at": "1k", "exponent": "uniform(low=0.4, high=0.6)"}},
            [
                "$2,000 brings leads, 50 for $1,000, with an elasticity of 0.5 on average (uncertain: uniform(",
                "A lead costs $28.30 on average; the next $100 bring 1.8 more, at $56.90 each.",  # 50 x 2.1^x
            ],
        ),
        (
            {"budget": "300M", "yield": {"most": 40_000, "half": 30}},
            ["A lead costs $7,500 on average; the next $1,000 bring fewer than 0.001 more."],
        ),
        ({"leads": 9, "arrive": "at start"}, ["On hand at the start."]),
        ({"leads": 9, "odds": 0.7}, ["odds of advancing are 0.7 times those of others"]),
        ({"leads": 9, "lift": "-20%"}, ["Of its leads, 20 % fewer advance at each stage than of others"]),
        (
            {"leads": 9, "arrive": {"from": "2027-05-10", "weekdays": {"sat": 0}, "growth": "20% per year"}},
            ["Arrives from 2027-05-10 to 2028-01-03, weekdays weighted sat 0 (others 1) and growing by 20 % a year."],
        ),
    ],
)  # fmt: skip
def test_every_kind_of_source_is_said(source: dict[str, object], sentences: list[str]) -> None:
    text = "\n".join(said(sources={"web": None, "other": {"enters": "mql", **source}}))
    for sentence in sentences:
        assert sentence in text


def test_one_budget_is_said_with_its_split() -> None:
    sources = {
        "web": {"leads": None, "share": "25%"},
        "fair": {"enters": "mql", "share": "rest", "yield": {"most": 90, "half": "40k", "shape": 2}},
    }
    text = "\n".join(said(budget="uniform(low=30k, high=50k)", sources=sources))
    for sentence in (
        "A budget of $40,000 on average (uncertain: uniform(low=30_000, high=50_000)) is split: 25 % web and 75 %",
        "25 % of the budget, $10,000 on average, buys leads at $50: Poisson around 200.",
        "75 % of the budget, $30,000 on average, brings leads, at most 90, half of that for $40,000 (shape 2): Poisson",
        "Costs exactly its share of the budget, however many come.",
        ", for $40,000.",
        "budget: mean $40,000, P10 $32,000, P90 $48,000",
    ):
        assert sentence in text


def test_each_uncertain_input_has_its_mean_and_range_and_place() -> None:
    takes = "exponential(mean=uniform(low=50 days, high=70 days))"
    base = sf.loads(FUNNEL).change({"stages.sql.conversion": "beta(mean=40%, n=50)", "stages.sql.takes": takes})
    lines = section(sf.explain(base).split("\n"), "WHAT IS UNCERTAIN")
    place, nested = "[set by change()]", "uniform(low=50 days, high=70 days)"
    low, high = (100 * stats.beta(20, 30).ppf(u) for u in (0.1, 0.9))
    assert lines[:3] == [
        "Rolled once per future, because nobody knows:",
        f"  - stages.sql.conversion: mean 40 %, P10 {low:.3g} %, P90 {high:.3g} %; beta(mean=40%, n=50) {place}",
        f"  - stages.sql.takes.mean: mean 60 days, P10 52 days, P90 68 days; {nested} {place}",
    ]
    assert lines[3] == "Rolled for each lead, because leads differ:"
    assert lines[4].startswith("  - stages.sql.takes: mean 60 days, P10 6.3 days, P90 4.5 months; exponential(")
    assert "WHAT IS UNCERTAIN" not in sf.explain(base, uncertain=False)


def test_the_uncertain_inputs_are_those_that_the_engine_rolls() -> None:
    for name in sf.presets():
        scenario = sf.load(name)
        ours = sorted(str(one.distribution) for one in unknowns(scenario) if not one.is_chance)
        engine = sorted(str(distribution) for _, distribution in resolve(scenario).uncertain)
        assert set(ours) == set(engine), name


def test_an_empty_start_is_warned_of_where_wins_take_long() -> None:
    warning = section(said(stages__sql__takes="gamma(mean=180 days, cv=0.6)"), "WARNINGS")[0]
    assert "and nothing is on hand at the start" in warning
    assert "% of the deals that these leads bring in the end fall within the horizon" in warning
    on_hand = {"web": {"leads": 500}, "pipeline": {"enters": "sql", "leads": 20, "arrive": "at start"}}
    assert "on hand at the start" not in "".join(
        section(said(stages__sql__takes="180 days", sources=on_hand), "WARNINGS")
    )
    assert "on hand at the start" not in "".join(section(said(stages__sql__takes="60 days"), "WARNINGS"))


@pytest.mark.parametrize(
    ("changes", "warning"),
    [
        ({"plan__customers": 500}, "The plan wants 500 customers, and these rules bring 10"),
        ({"plan__customers": 500}, "these advance: mql 50 % and sql 40 %."),
        (LATE, "At sql, 100 % of the leads that somebody would work are reached too late"),
        ({"stages__sql__neglect": "10%"}, "At sql, neglected leads never go cold but stay open for ever"),
        ({"stages__sql__rejected": {"recycle": "100%"}}, "At sql, recycled leads come back at once, as good as fresh"),
        ({"stages__sql__conversion": 0}, "At sql, nobody ever advances"),
        ({"deal_value": 0, "plan__revenue": 0}, "No deal has a value"),
        ({"sources__web__cost_per_lead": 0}, "Nothing costs anything"),
        ({"sources__web__leads": 0}, "- `sources.web.leads` brings no leads"),
        ({"sources__web__enters": "sql"}, "No source enters before sql, so none but recycled leads are at mql."),
    ],
)  # fmt: skip
def test_what_looks_wrong_is_warned_of(changes: dict[str, object], warning: str) -> None:
    assert warning in "\n".join(section(said(**changes), "WARNINGS"))
    assert section(said(), "WARNINGS") == ["None."]


def test_the_pilot_knows_the_mean_of_the_article_and_of_a_thinned_scenario() -> None:
    article = pilot(resolve(sf.load(ARTICLE)))
    assert abs(article.deals - 8.75) < 5 * article.deals_mcse
    assert abs(article.twin_deals - 10) < 5 * article.deals_mcse
    many = pilot(resolve(sf.loads(FUNNEL).change({"sources.web.leads": "1_000_000"})))
    assert abs(many.deals - 200_000) < 5 * many.deals_mcse < 10_000


def test_the_pilot_knows_how_long_a_win_takes() -> None:
    slow = sf.loads(FUNNEL).change({"stages.sql.takes": "gamma(mean=180 days, cv=0.6)", "stages.mql.takes": "20 days"})
    found = pilot(resolve(slow)).days_to_win
    assert found == pytest.approx(20 + stats.gamma(1 / 0.36, scale=180 * 0.36).median(), rel=0.05)


@pytest.mark.parametrize("source", [*CONFIGS, *sf.presets()])
def test_every_config_and_preset_is_explained_whole(source: str) -> None:
    scenario = sf.load(source)
    resolve(scenario)
    text = sf.explain(scenario)
    assert not {"nan", "None", "inf", "nan.", "None."} & set(text.replace("WARNINGS\nNone.", "").split())
    assert [line for line in text.split("\n") if line.strip() in ("-", ".", "- .")] == []
    assert scenario.name in text
    assert all(stage in text for stage in scenario.process)


def test_the_command_prints_the_same(simfunnel: Command, tmp_path: Path) -> None:
    assert simfunnel("explain", ARTICLE).stdout == sf.explain(sf.load(ARTICLE)) + "\n"
    changed = simfunnel("explain", ARTICLE, "--set", "stages.sql.neglect=2%", "--no-uncertain").stdout
    assert "2 % are neglected: nobody will ever work them. [set by --set]" in changed
    assert "WHAT IS UNCERTAIN" not in changed


SALES = {
    "people": {"2027-01-04": 2, "2027-07-01": 3},
    "absence": "10%",
    "hours": "9:00 to 17:00",
    "days": "mon to fri",
    "holidays": "2027-12-24",
    "cost": "73_000 per year",
}
TEAM = {
    "teams": {"sales": SALES},
    "stages.sql.team": "sales",
    "stages.sql.service": "2 hours",
    "stages.sql.shelf_life": "3 days",
}


def test_a_team_is_said_back() -> None:
    lines = sf.explain(sf.loads(FUNNEL, name="f.yaml").change(TEAM)).split("\n")
    assert [line.partition(" [")[0] for line in section(lines, "WHO WORKS THEM")] == [
        "sales: works sql",
        "  - 2 people and 3 from 2027-07-01; each is away on 10 % of the days.",
        "  - They work mon to fri, 9:00 to 17:00, 40 of the 168 hours of a week, but not on 2027-12-24; what is said "
        "of response and service is working time; leads come and shelf lives run at any hour.",
        "  - First come: who joined first is worked first.",
        "  - Each costs $73,000 a year, so the team $183,400 over 1 year.",
        "  - By the mean flows, before any queue, the leads are work for about 0.25 people, and 2.3 are there on "
        "average: 11.1 % of their time, and less where leads go cold in the queue.",
    ]
    text = "\n".join(section(lines, "WHAT HAPPENS TO THEM"))
    for sentence in (
        "40 % of the worked advance; how many are worked, their queue decides.",
        "A lead joins the queue of sales at once.",
        "Being worked takes a person of sales 2 hours.",
        "Who is still waiting then goes cold.",
    ):
        assert sentence in text


def test_too_much_work_is_a_warning() -> None:
    lines = sf.explain(sf.loads(FUNNEL).change({**TEAM, "stages.sql.service": "5 days"})).split("\n")
    assert any("`teams.sales.people` the leads are work for about 15 people" in line for line in lines)


def test_programmes_and_further_sales_are_said_with_what_they_come_to() -> None:
    text = """
horizon: 1 year
process: [lead, sql, customer]
expansion: {rate: 30% per year, delay: 90 days, value: 900}
sources: {web: {enters: lead, leads: 40}}
stages:
  lead: {programme: {every: 10 days, touches: 2, opens: 50%, clicks: 50%, threshold: 1, cost_per_touch: 0.35}}
  sql: {conversion: 40%, takes: 30 days, programme: {every: 1 week, touches: 3, opens: 50%, odds: 1.1}}
"""
    said = sf.explain(sf.loads(text))
    for sentence in (
        "Customers bring 0.3 further sales a year on average, from 90 days after the deal on, each worth $900;",
        "Who reaches 1 point by the programme advances: 43.8 % of the worked.",  # 1 - 0.75^2
        "At most 2 touches, the first after 10 days, then one every 10 days; 50 % are opened and 50 % of these "
        "clicked; a click adds 1 point; 1.75 touches a visit on average; a touch costs $0.35.",
        "each click multiplies the odds at every later attempt by 1.1; they stop when the visit ends.",
    ):
        assert sentence in said
