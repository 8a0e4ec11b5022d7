"""What does a study of information say, to people and to programs, and what does it refuse?"""

from __future__ import annotations

import json
from functools import cache

import pytest

import simfunnel as sf
from simfunnel.scenario.schema import Scenario

FAIR = """
name: <b>Fair</b>
horizon: 1 year
process: [sql, customer]
deal_value: 1_000
sources: {inbound: {enters: sql, leads: 100, cost: 'uniform(low=20k, high=30k)'}}
sectors: {retail: {share: 60%}, industrial: {share: rest}}
stages: {sql: {conversion: 'beta(mean=25%, n=60)'}}
"""


def fair(**changes: str) -> Scenario:
    return sf.loads(FAIR, set={path.replace("__", "."): text for path, text in changes.items()})


def quick(*scenarios: Scenario, **settings) -> sf.ValueOfInformation:
    return sf.value_of_information(*scenarios, **{"n_sims": 1_000, "seed": 7, "progress": False, **settings})


@cache
def both() -> sf.ValueOfInformation:
    call = fair().change({"costs": {"call": "uniform(low=1k, high=3k)"}, "sources.inbound.leads": 110}, name="Call")
    return quick(fair(), call)


def test_a_row_an_input_the_most_valuable_first() -> None:
    frame = both().to_frame()
    assert list(frame.columns) == ["path", "words", "evppi", "mcse", "low", "high", "share", "changes", "changes_low",
                                   "changes_high", "plans"]  # fmt: skip
    assert set(frame["path"]) == {"sources.inbound.cost", "stages.sql.conversion", "costs.call"}
    assert frame["evppi"].is_monotonic_decreasing
    by_path = frame.set_index("path")
    assert by_path.loc["costs.call", "plans"] == "Call"
    assert by_path.loc["stages.sql.conversion", "plans"] == "<b>Fair</b>, Call"
    assert by_path.loc["costs.call", "words"] == "cost of call"
    assert (frame["share"] <= 1).all()
    assert (frame["changes_low"] <= frame["changes"]).all()
    assert (frame["changes"] <= frame["changes_high"]).all()


def test_for_programs() -> None:
    for found in (both(), quick(fair(sources__inbound__cost="uniform(low=50k, high=60k)"))):
        said = json.loads(json.dumps(found.to_json(), allow_nan=False))
        assert said["all_inputs"]["value"] == found.all_inputs.value
        assert [one["path"] for one in said["inputs"]] == [one.path for one in found.inputs]
        assert said["sentence"] in repr(found)
        assert sum(option["best_share"] for option in said["options"]) == pytest.approx(1.0)
    assert said["inputs"][0]["share"] is None


def test_for_people() -> None:
    said = repr(both())
    first, *rest = said.splitlines()
    assert first.startswith("<b>Fair</b> or Call: as things stand ")
    assert "knowing every uncertain input before deciding would add $" in first
    assert " on average (95 % CI $" in first
    assert ", which is the most that research can be worth; " in first
    assert any(line.startswith("conversion of stage sql ") and line.endswith(" stages.sql.conversion") for line in rest)
    assert "Luck is not counted: " in said
    assert "the best choice would be " in said
    assert said.endswith("Expected value of perfect information in profit, by regression on 1,000 futures, the same "
                         "for all, seed 7.")  # fmt: skip
    page = both()._repr_html_()
    assert "<b>Fair" not in page
    assert "&lt;b&gt;Fair" in page
    alone = repr(quick(fair(stages__sql__conversion="30%")))
    assert "<b>Fair</b>, or not: as things stand doing it is best, with $" in alone
    assert "knowing cost of source inbound before deciding would add $" in alone


def test_a_choice_that_is_not_certain_says_so() -> None:
    said = repr(quick(fair(), fair().change({"stages.sql.conversion": "beta(mean=25%, n=61)"}, name="Other")))
    assert "as things stand Other looks best, with -$" in said
    assert "Which is best now is not certain after 1,000 futures: it leads by +$" in said


def test_parts_of_a_measure_and_any_money() -> None:
    for measure in ("revenue[sector=retail]", "cohort_revenue", "gap_profit"):
        assert quick(fair(), fair().change({"stages.sql.neglect": "20%"}, name="B"), measure=measure).measure == measure


def test_settings_of_the_run_change_nothing_but_the_seed() -> None:
    one, other = (quick(fair(), workers=workers).to_json() for workers in (1, 2))
    assert one == other
    assert quick(fair(), seed=8).to_json() != one
    narrow, wide = (quick(fair(), level=level).all_inputs for level in (0.5, 0.99))
    assert wide.low < narrow.low < narrow.value == wide.value < narrow.high < wide.high


def test_progress_is_told() -> None:
    told: list[tuple[int, int]] = []
    quick(fair(), fair(), progress=lambda done, most: told.append((done, most)))
    assert told[-1] == (2_000, 2_000)
    assert told == sorted(told)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="value_of_information needs a scenario"):
        quick()
    with pytest.raises(TypeError, match="takes scenarios, as from load"):
        quick("configs/cold_leads.yaml")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'deals' is no money \(deals\).*; name one such as profit"):
        quick(fair(), measure="deals")
    with pytest.raises(ValueError, match=r"'roi' is no money \(share\)"):
        quick(fair(), measure="roi")
    with pytest.raises(sf.ClaimError, match="did you mean 'profit'"):
        quick(fair(), measure="proft")
    with pytest.raises(ValueError, match="n_sims is 499; what is worth knowing needs at least 500"):
        quick(fair(), n_sims=499)
    with pytest.raises(ValueError, match="level must lie between 0 and 1"):
        quick(fair(), level=95)
    with pytest.raises(ValueError, match="only 0 of 1,000 futures have revenue short of plan in every plan"):
        quick(fair(), fair(), measure="plan_shortfall")
    with pytest.raises(sf.ClaimError, match=r"<b>Fair</b>: .*there is no sector 'x'"):
        quick(fair(), measure="revenue[sector=x]")


@pytest.mark.parametrize("measure", ["plan_shortfall", "plan_difference", "twin_plan_shortfall"])
def test_what_a_plan_left_undone_would_miss_is_not_0(measure: str) -> None:
    promised = fair(plan__revenue="1M")
    with pytest.raises(
        ValueError, match=f"{measure} is not 0 where <b>Fair</b> is not done, .*name one such as profit"
    ):
        quick(promised, measure=measure)
    assert quick(promised, promised.change({"sources.inbound.leads": 110}, name="B"), measure=measure).best == "B"


def test_no_interval_from_a_figure_to_itself() -> None:
    base = fair(sources__inbound__cost="24_000")
    found = quick(base, base.change({"stages.sql.conversion": "beta(mean=25.5%, n=60)"}, name="B"))
    assert 0 < found.inputs[0].high < 0.5
    assert "for this decision it is worth $0 (95 % CI $0)." in repr(found)


def test_inputs_that_move_together_are_said_and_must_do_so_in_every_plan() -> None:
    text = """
horizon: 1 year
process: [sql, customer]
deal_value: 1_000
sources: {inbound: {enters: sql, leads: 100, cost: "uniform(low=10k, high=50k)"}}
stages: {sql: {conversion: "beta(mean=25%, n=40)"}}
correlate: [[sources.inbound.cost, stages.sql.conversion, 0.9]]
"""
    base = sf.loads(text, name="base")
    found = sf.value_of_information(base, n_sims=1_000, seed=7, progress=False)
    assert found.correlated
    assert "what is learnt of one tells of the others" in repr(found)
    for rank in (0.2, 0):
        other = base.change({"correlate": [["sources.inbound.cost", "stages.sql.conversion", rank]]}, name="other")
        with pytest.raises(ValueError, match=r"stages\.sql\.conversion is correlated otherwise in other than in base"):
            sf.value_of_information(base, other, n_sims=1_000, seed=7, progress=False)
    same = base.change({"stages.sql.neglect": "10%"}, name="other")
    assert sf.value_of_information(base, same, n_sims=1_000, seed=7, progress=False).correlated


def test_nothing_uncertain_is_refused_with_what_would_help() -> None:
    known = fair(stages__sql__conversion="25%", sources__inbound__cost="20k")
    with pytest.raises(ValueError, match=r"nothing is uncertain in <b>Fair</b>.*such as conversion: beta"):
        quick(known)
    assert quick(known.change({}, name="A"), fair()).inputs  # one plan that is uncertain is enough


@pytest.mark.parametrize(
    ("change", "measure", "said"),
    [
        ({"currency": "EUR"}, "profit", r"money is in EUR in B, in \$ in <b>Fair</b>; write both in one currency"),
        ({"horizon": "2 years"}, "profit", "the horizon of B is 730 days, that of <b>Fair</b> 365"),
        (
            {"run_off": "90 days"},
            "cohort_revenue",
            "the run-off of B is 90 days, that of <b>Fair</b> 0, and cohort",
        ),
    ],
)
def test_plans_between_whose_money_there_is_no_choosing(change: dict[str, str], measure: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        quick(fair(), fair().change(change, name="B"), measure=measure)
