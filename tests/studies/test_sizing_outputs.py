"""What does a sizing say, to people and to programs, and what does it refuse?"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import simfunnel as sf
from simfunnel import one_run
from simfunnel.scenario.schema import Scenario
from simfunnel.studies.sizing import curve

LEADS = "sources.inbound.leads"


def quick(
    scenario: Scenario, lever: str = LEADS, target: str = "deals >= 10", chance: float = 0.9, **more
) -> sf.Sizing:
    return sf.size(scenario, lever, target, chance, **{"n_sims": 400, "seed": 7, "progress": False, **more})


@pytest.mark.parametrize(
    ("source", "key", "written"),
    [
        ({"leads": "poisson(40)"}, "leads", "poisson({:g})"),
        ({"leads": "4 per month"}, "leads", "{:g} per month"),
        ({"leads": "poisson(4 per month)"}, "leads", "poisson({:g} per month)"),
        ({"leads": "overdispersed(4 per month, dispersion=4)"}, "leads", "overdispersed({:g} per month, dispersion=4)"),
        ({"visits": "400", "capture": "10%"}, "visits", "{:g}"),
        ({"budget": "250_000", "cost_per_lead": "6_250"}, "budget", None),
    ],
)
def test_the_form_stays_and_its_number_moves(
    article: Scenario, source: dict[str, str], key: str, written: str | None
) -> None:
    base = article.change({"sources": {"other": {"enters": "sql", **source}, LEADS.split(".")[1]: {"leads": 0}}})
    found = quick(base, f"sources.other.{key}")
    assert found.value is not None
    assert found.value > found.moved.present
    assert found.written == (written.format(found.value) if written else f"{found.value:_.0f}")
    assert found.moved.is_whole == (source.get(key) == "400")
    steps = found.value / found.moved.step(found.value)
    assert steps == pytest.approx(round(steps))
    again = base.change({f"sources.other.{key}": found.written})
    assert sf.simulate(again, n_sims=400, seed=7, progress=False).chance("deals >= 10") == found.reached


@pytest.mark.parametrize(
    ("lever", "target"),
    [
        (LEADS, "deals >= 10"),
        ("sources.paid.budget", "deals >= 14"),
        ("sources.site.visits", "revenue[source=site] > 250k"),
        ("sources.site.capture", "roi >= 2"),
        ("budget", "deals == 15"),
    ],
)
def test_what_is_read_from_one_run_is_what_runs_say(
    article: Scenario, lever: str, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = article.change(
        {
            "sources.paid": {"enters": "sql", "budget": 20_000, "cost_per_lead": "uniform(low=900, high=3000)"},
            "sources.site": {"enters": "sql", "visits": "overdispersed(400, dispersion=5)", "capture": "2%"},
            "stages.sql.cost_per_work": 90,
            **(
                {"budget": 40_000, "sources.paid.budget": None, "sources.paid.share": "70%"}
                if lever == "budget"
                else {}
            ),
            **({"sources.inbound": {"leads": None, "share": "rest"}} if lever == "budget" else {}),
        },
        name="Several sources",
    )
    read = quick(base, lever, target, 0.4)
    monkeypatch.setattr(curve, "is_readable", lambda scenario, selector: False)
    run = quick(base, lever, target, 0.4)
    assert read.read_from == max(point.value for point in read.points)
    assert run.read_from is None
    assert read.points == run.points
    assert 2 * read.runs < run.runs
    assert (read.value, read.interval, read.confirmed) == (run.value, run.interval, run.confirmed)
    assert f"Read from one run of {read.moved.counted(read.read_from)}, whose first leads are any run of " in repr(read)
    assert read.to_json()["read_from"] == read.read_from


def test_sales_that_memory_cannot_hold_are_not_kept(article: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = quick(article)
    monkeypatch.setattr(one_run, "MOST_SALES", 400 * 45 * 0.25)
    found = quick(article)
    assert found.read_from < 52 < kept.value
    assert found.runs > kept.runs
    for name in ("value", "reached", "interval", "confirmed"):
        assert getattr(found, name) == getattr(kept, name)


def test_a_pilot_chooses_the_run(article: Scenario) -> None:
    found = quick(article, n_sims=4_000)
    assert found.read_from is not None
    assert found.runs == 4  # two pilots, the run itself, the fresh futures
    assert 69 < found.read_from < 80  # 69 leads for the dearest chance, 95 %
    again = sf.simulate(article.change({LEADS: 44}), n_sims=4_000, seed=7, progress=False)
    assert next(point for point in found.points if point.value == 44).chance == again.chance("deals >= 10").value
    sure = quick(article, chance=0.998, n_sims=4_000)  # surer than a pilot can be
    assert sure.value is not None
    assert sure.read_from is not None
    assert sure.read_from < 3 * sure.value
    few = quick(article, target="deals >= 100", chance=0.5, n_sims=4_000)
    assert few.value is not None
    assert abs(few.value - 100 / 0.21875) < 10
    assert few.runs <= 5


def test_what_holds_with_nothing(article: Scenario) -> None:
    """A budget is halved some times, and then nothing is looked at: less than half a cent is no money."""
    base = article.change({"sources.paid": {"enters": "sql", "budget": 20_000, "cost_per_lead": 2_000}})
    found = quick(base, "sources.paid.budget", "deals >= 2", 0.9)
    assert found.value == 0
    assert "has a chance of 90 % or more with sources.paid.budget anywhere from $0 to " in repr(found)


def test_the_answer_is_the_one_of_the_prices(article: Scenario) -> None:
    base = article.change({"sources.paid": {"enters": "sql", "budget": 20_000, "cost_per_lead": 1_700}})
    for wanted in (0.8, 0.9):
        found = quick(base, "sources.paid.budget", "deals >= 20", wanted)
        assert found.value == found.prices().set_index("wanted").loc[wanted, "value"]


def test_people_are_whole(article: Scenario) -> None:
    base = article.change(
        {
            "teams": {"sales": {"people": 2}},
            "stages.sql": {"team": "sales", "service": "fixed(20 days)", "shelf_life": "5 days", "neglect": 0},
            "sources.inbound.leads": 60,
        }
    )
    found = quick(base, "teams.sales.people", n_sims=100, chance=0.8)
    assert found.value is not None
    assert found.value == int(found.value)
    assert found.side == "at least"
    assert all(point.value >= 1 for point in found.points)
    assert found.written == str(int(found.value))


def test_a_sector_moves_its_own_rule_where_it_writes_none(busy: Scenario) -> None:
    found = quick(busy, "sectors.retail.stages.sql.shelf_life", "deals >= 1", 0.9, n_sims=50, low=7, high=28)
    assert found.moved.present == busy.stages["sql"].shelf_life == 14


def test_the_same_whoever_computes_it(article: Scenario) -> None:
    one, two = (quick(article, workers=workers) for workers in (1, 2))
    assert one == two


def test_the_lever_keeps_to_the_range_that_is_given(article: Scenario) -> None:
    found = quick(article, low=50, high=58)
    assert found.value is None
    assert {50.0 <= point.value <= 58.0 for point in found.points} == {True}
    assert quick(article, low=50, high=90).value == quick(article).value
    above = quick(article, low=100, high=200)
    assert above.value == 100
    assert "of 100, and no other was looked at" in repr(above)
    assert {price.is_bound for price in above.costs} == {True}
    assert "100 or less" in repr(above)


def test_a_source_without_leads_is_searched_below_a_bound(article: Scenario) -> None:
    none = article.change({LEADS: 0})
    assert quick(none, high=200).value == quick(article).value


def test_shares_are_those_that_people_write(article: Scenario) -> None:
    found = quick(article, "stages.sql.conversion", n_sims=100)
    assert [point.value for point in found.points] == [round(point.value, 6) for point in found.points]


def test_an_end_beyond_what_was_looked_at_is_none(article: Scenario) -> None:
    found = quick(article, low=61, high=90)
    assert found.value == quick(article).value > 61
    assert found.interval == (None, quick(article).interval[1])
    assert f"(95 % CI up to {found.interval[1]:.0f}; the other end lies outside)" in repr(found)


def test_an_end_that_so_few_futures_cannot_show_is_not_looked_for(article: Scenario) -> None:
    found = quick(article, chance=0.999)
    assert found.interval[0] is not None
    assert found.interval[1] is None
    assert found.points[-1].value < 4 * found.value
    assert f"(95 % CI from {found.interval[0]:.0f} on; the other end takes more futures)" in repr(found)
    assert "99.999 % being wanted" in repr(quick(article, chance=0.99999, n_sims=100))


def test_for_programs(article: Scenario) -> None:
    for found in (quick(article), quick(article, high=45)):
        said = json.loads(json.dumps(found.to_json(), allow_nan=False))
        assert said["value"] == found.value
        assert said["lever"] == LEADS
        assert len(said["curve"]) == len(found.points)
        assert said["sentence"] in repr(found)
    assert said["reached"] is None
    assert said["prices"][-1]["value"] is None


def test_for_people(article: Scenario) -> None:
    named = article.change({}, name="<b>Plan</b>")
    found = quick(named)
    said = repr(found)
    assert said.splitlines()[0].startswith(f"<b>Plan</b>: {LEADS} of {found.value:.0f} (95 % CI ")
    assert " reaches deals >= 10 in " in said
    assert " confirmed in 400 fresh futures: " in said
    assert "the same 400 futures at every value, seed 7" in said
    page = found._repr_html_()
    assert "<b>Plan" not in page
    assert "&lt;b&gt;Plan" in page


def test_progress_is_told(article: Scenario) -> None:
    told: list[tuple[int, int]] = []
    quick(article, progress=lambda done, most: told.append((done, most)))
    assert told[-1][0] == told[-1][1]
    assert told == sorted(told)


@pytest.mark.parametrize(
    ("lever", "said"),
    [
        (
            "sources.inbond.leads",
            r"lever: sources\.inbond\.leads: there is no source 'inbond'; did you mean 'inbound'\?",
        ),
        ("sources.inbound.led", r"there is no key 'led'; did you mean 'leads'\?"),
        ("leads", r"is not a whole key path; did you mean sources\.inbound\.leads\?"),
        ("inbound.leads", r"did you mean sources\.inbound\.leads\?"),
        ("sql.neglect", r"did you mean stages\.sql\.neglect\?"),
        ("shelflife", r"there is no key 'shelflife'"),
        ("sources.inbound", r"is no number that could be moved; name one such as sources\.inbound\.leads"),
        ("sources.inbound.leads.x", r"nothing stands below 'sources\.inbound\.leads'"),
        ("sources.inbound.cost", r"has no value here that could be moved; write one there first"),
        ("stages.sql.owner", r"is no number that could be moved"),
        ("stages.sql.recycle.limit", r"nothing stands below 'stages\.sql\.recycle'"),
        ("sources..leads", r"is not a key path"),
        ("", r"is not a key path"),
    ],
)
def test_what_is_no_lever_is_refused(article: Scenario, lever: str, said: str) -> None:
    with pytest.raises(sf.ScenarioError, match=said):
        quick(article, lever)


def test_a_lever_that_is_no_single_number_is_refused(busy: Scenario, article: Scenario) -> None:
    with pytest.raises(sf.ScenarioError, match=r"is beta\(mean=50%, n=20\), and only a single number can be moved"):
        quick(busy, "stages.mql.conversion")
    team = article.change({"teams": {"sales": {"people": {"2027-01-04": 2, "2027-07-01": 3}}}})
    with pytest.raises(sf.ScenarioError, match=r"changes with dates, and only a single number can be moved"):
        quick(team, "teams.sales.people")
    with pytest.raises(sf.ScenarioError, match=r"is 0, so there is no half or double of it"):
        quick(article.change({"stages.sql.neglect": 0}), "stages.sql.neglect")


def test_other_arguments_that_cannot_be(article: Scenario) -> None:
    for wrong, said in (({"n_sims": 0}, "n_sims is 0"), ({"seed": -1}, "must not be negative"),
                        ({"workers": 0}, "workers is 0")):  # fmt: skip
        with pytest.raises(ValueError, match=said):
            quick(article, **wrong)
    with pytest.raises(TypeError, match="n_sims must be a whole number"):
        quick(article, n_sims=1.5)
    with pytest.raises(sf.ClaimError, match=r"'dels' is not a measure; did you mean 'deals'\?"):
        quick(article, target="dels >= 10")
    with pytest.raises(sf.ClaimError, match=r"there is no source 'x'"):
        quick(article, target="deals[source=x] >= 10")
    for chance in (0, 1, 90, True, "0.9"):
        with pytest.raises(ValueError, match=r"it lies between 0 and 1, such as 0\.9 for 90 %"):
            quick(article, chance=chance)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"low is 50 and high is 40"):
        quick(article, low=50, high=40)
    with pytest.raises(ValueError, match=r"takes whole numbers"):
        quick(article, low=20.5, high=40)
    with pytest.raises(ValueError, match=r"level must lie between 0 and 1"):
        quick(article, level=95)
    with pytest.raises(TypeError, match=r"size takes a scenario, as from load\(\), not str"):
        quick("configs/cold_leads.yaml")  # type: ignore[arg-type]


def test_two_chances_agree_within_the_errors_of_both(article: Scenario) -> None:
    found = quick(article)
    error = found.reached.mcse
    for apart, agrees in ((2.5, True), (3.0, False)):  # 1.96 errors of the difference are 2.77 of either
        other = replace(found.reached, value=found.reached.value - apart * error)
        assert replace(found, confirmed=other).agrees is agrees
    assert "; not confirmed in 400 fresh futures: " in repr(replace(found, confirmed=other))
