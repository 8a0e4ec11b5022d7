"""Is a comparison easy to read, hard to misread, and closed to what makes no sense?"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import simfunnel as sf
from simfunnel.scenario.schema import Scenario


@pytest.fixture(scope="module")
def found(article: Scenario, sla: Scenario) -> sf.Comparison:
    return sf.compare(article, sla, n_sims=2_000, seed=7, keep=["deals[source=inbound]"])


def test_one_sentence_first(found: sf.Comparison) -> None:
    first, *rest = repr(found).splitlines()
    assert first.startswith("With an SLA: +1.0")
    for words in ("deals on average (95 % CI ", "better in 6", "worse in 0 %, equal in 3", "times the replications."):
        assert words in first
    text = "\n".join(rest)
    for words in (
        "+$30,000",
        "exactly",
        "revenue short of plan",
        "deals >= 10: ",
        "first 500 futures",
        "2,000 futures",
        "seed 7",
    ):
        assert words in text
    assert "Beware" not in text


def test_deals_after_the_horizon_have_a_row_where_leads_live_on(article: Scenario, sla: Scenario) -> None:
    later = "\ndeals by the end of the run-off "
    longer = [each.change({"run_off": "90 days"}) for each in (article, sla)]
    assert later in repr(sf.compare(*longer, n_sims=20))
    assert later not in repr(sf.compare(article, sla, n_sims=20))


def test_one_measure_is_said_in_a_sentence(found: sf.Comparison, article: Scenario, busy: Scenario) -> None:
    pairs = found.pairs("revenue")
    assert str(pairs) == repr(pairs)
    assert str(pairs).startswith(f"+${round(pairs.difference, -3):,.0f} on average (95 % CI +$")
    assert str(pairs).endswith(", 2,000 futures); better in 66 %, equal in 34 %, worse in 0 %")
    assert "worse" not in str(found.pairs("arrived"))
    assert " points on average" in str(found.pairs("roi"))
    alone = sf.compare(busy, busy, n_sims=1)
    assert str(alone.pairs("deals")) == "0 on average (1 future); better in 0 %, equal in 100 %, worse in 0 %"
    bare = article.change({"sources.inbound.cost_per_lead": None, "plan": None})
    assert str(sf.compare(bare, bare, n_sims=2).pairs("roi")) == "missing (no future has this figure)"


def test_words_for_people_and_names_for_programs(found: sf.Comparison) -> None:
    for text in (repr(found), found._repr_html_()):
        assert "revenue gone cold" in text
    assert "gap_revenue" not in repr(found)
    assert 'title="gap_revenue: ' in found._repr_html_()
    assert "gap_revenue" in set(found.summary()["measure"])


def test_summary_is_tidy(found: sf.Comparison) -> None:
    summary = found.summary()
    assert summary["variant"].unique().tolist() == ["With an SLA"]
    assert summary["measure"].is_unique
    assert {"deals", "revenue", "cost", "roi", "gap_deals", "plan_shortfall", "deals[source=inbound]"} <= set(
        summary["measure"]
    )
    row = summary.set_index("measure").loc["plan_shortfall"]
    differences = found.differences("plan_shortfall")
    before, after = (run.array("plan_shortfall") for run in found.runs)
    assert row["n"] == 2_000
    assert row["direction"] == "less"
    assert row["difference"] == pytest.approx(differences.mean())
    assert row["mcse"] == pytest.approx(differences.std(ddof=1) / np.sqrt(2_000))
    assert row["better"] == (differences < 0).mean()
    assert row["pairing_factor"] == pytest.approx((before.var() + after.var()) / differences.var())
    for q in (10, 50, 90):
        assert row[f"p{q}"] == np.quantile(differences, q / 100, method="inverted_cdf")
        assert row[f"p{q}_low"] <= row[f"p{q}"] <= row[f"p{q}_high"]
    narrow = found.summary(level=0.5).set_index("measure").loc["plan_shortfall"]
    assert narrow["high"] - narrow["low"] < row["high"] - row["low"]


def test_figures_do_not_depend_on_workers_or_on_longer_runs(busy: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simfunnel.simulation.LEADS_A_BLOCK", 6_000)
    monkeypatch.setattr("simfunnel.workers.PAYS_FROM", 0.0)  # shared even for a short run
    monkeypatch.setattr("simfunnel.workers.processes", ThreadPoolExecutor)  # threads start at once
    variant = busy.change({"stages.sql.neglect": "5%"})
    one = sf.compare(busy, variant, n_sims=400, seed=1, workers=1)
    two = sf.compare(busy, variant, n_sims=400, seed=1, workers=2)
    with ThreadPoolExecutor(2) as executor:
        longer = sf.compare(busy, variant, n_sims=600, seed=1, executor=executor)
    assert one.runs == two.runs
    assert repr(one) == repr(two)
    assert (longer.differences("roi")[:400] == one.differences("roi")).all()


def test_several_variants_are_told_apart(article: Scenario, sla: Scenario) -> None:
    dear = article.change({"stages.sql.conversion": "30%"}, name="Better closing")
    found = sf.compare(article, sla, dear, sla, n_sims=200, seed=7)
    assert found.names == ("Leads going cold", "With an SLA", "Better closing", "With an SLA (2)")
    assert (found.differences("deals", "With an SLA") == found.differences("deals", "With an SLA (2)")).all()
    assert repr(found).count(" deals on average") == 3
    assert found._repr_html_().count("<table>") == 3
    with pytest.raises(ValueError, match="there are several variants; name one of With an SLA, Better closing"):
        found.differences("deals")
    with pytest.raises(ValueError, match=r"no variant 'Better clsing'; did you mean 'Better closing'\?"):
        found.differences("deals", "Better clsing")
    with pytest.raises(ValueError, match="no variant 'Leads going cold'"):
        found.pairs("deals", "Leads going cold")


def test_programs_get_plain_values(found: sf.Comparison) -> None:
    said = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert (said["n_sims"], said["seed"], said["warnings"]) == (2_000, 7, [])
    variant = said["variants"]["With an SLA"]
    assert variant["measures"]["deals"]["difference"] == found.pairs("deals").difference
    assert variant["measures"]["cost"]["pairing_factor"] is None
    assert variant["leads_changed"]["lost"] == 0
    assert set(said["chances"]) >= {"deals >= 10", "revenue >= 1000000"}
    assert said["provenance"]["With an SLA"]["scenario"].startswith("name: With an SLA")


def test_names_are_harmless(article: Scenario) -> None:
    hostile = article.change({}, name="<script>alert(1)</script> $x$")
    found = sf.compare(article, hostile, n_sims=50)
    assert "<script>" not in found._repr_html_()
    assert "&lt;script&gt;" in found._repr_html_()
    assert "mathjax_ignore" in found._repr_html_()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"process": ["deal", "customer"], "stages": {"sql": None, "deal": {"conversion": "25%"}},
          "sources.inbound.enters": "deal"},
         ["stage 'sql' only in the baseline and 'deal' only here: luck goes by names"]),
        ({"sources.web": {"enters": "sql", "leads": 3}}, ["source 'web' only here"]),
        ({"sectors": {"retail": {"share": "50%"}, "other": {"share": "rest"}}}, ["sector 'retail', 'other' only here"]),
        ({"currency": "EUR"}, ["money is in EUR here, $ in the baseline"]),
        ({"horizon": "180 days"}, ["its horizon is 180 days, the baseline's 365"]),
        ({"run_off": "30 days"}, ["its run-off is 30 days, the baseline's 0"]),
        ({"start": "2027-02-01"}, ["it starts on 2027-02-01, the baseline on 2027-01-04"]),
        ({"plan.customers": 12}, ["the plans differ (customers 12 here, 10 in the baseline)"]),
        ({"sources.inbound.leads": "overdispersed(40, dispersion=2)"}, ["'inbound' is overdispersed in one scenario"]),
        ({"stages.sql.neglect": "2%"}, []),
    ],
)  # fmt: skip
def test_what_makes_scenarios_less_comparable_is_said(
    article: Scenario, change: dict[str, object], words: list[str]
) -> None:
    found = sf.compare(article, article.change(change, name="variant"), n_sims=20)
    assert len(found.warnings) == len(words)
    for warning, expected in zip(found.warnings, words, strict=True):
        assert warning.startswith("variant: ")
        assert expected in warning
        lines = repr(found).splitlines()
        assert lines.index(f"Beware: {warning}") < lines.index(""), "before the table, right after the headline"
        html = found._repr_html_()
        assert html.index("Beware: ") < html.index("<table>")


def test_a_conversion_of_entered_leads_takes_back_what_less_neglect_gives(article: Scenario) -> None:
    entered = article.change({"stages.sql": {"conversion": None, "conversion_of_entered": "20%"}})
    found = sf.compare(entered, entered.change({"stages.sql.neglect": "2%"}, name="SLA"), n_sims=20)
    assert "conversion_of_entered, which neglect is part of" in found.warnings[0]
    assert sf.compare(entered, entered.change({"margin": "50%"}), n_sims=20).warnings == ()


def test_what_makes_no_sense_is_refused(article: Scenario, sla: Scenario, busy: Scenario) -> None:
    with pytest.raises(ValueError, match="at least two scenarios, the baseline first; given 1"):
        sf.compare(article)
    run = sf.simulate(article, n_sims=10)
    with pytest.raises(TypeError, match=r"takes scenarios, as from load\(\), not Result"):
        sf.compare(article, run)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="n_sims is 0"):
        sf.compare(article, sla, n_sims=0)
    with pytest.raises(sf.ClaimError, match=r"Leads going cold: .*there is no sector 'retail'"):
        sf.compare(busy, article, n_sims=10, keep=["revenue[sector=retail]"])
    found = sf.compare(busy, busy, n_sims=10)
    with pytest.raises(ValueError, match="the baseline's plan has no figure; name a claim"):
        found.chance()
    with pytest.raises(sf.ClaimError, match=r"run again with keep="):
        found.differences("revenue[sector=retail]")


def test_progress_counts_all_scenarios(article: Scenario, sla: Scenario) -> None:
    seen: list[tuple[int, int]] = []
    sf.compare(article, sla, n_sims=5_000, seed=1, progress=lambda done, total: seen.append((done, total)))
    assert seen == sorted(seen)
    assert seen[-1] == (10_000, 10_000)


def test_futures_without_the_figure_do_not_count(article: Scenario) -> None:
    few = article.change({"sources.inbound.leads": "poisson(1)"}, name="few")
    found = sf.compare(article, few, n_sims=400, seed=1)
    missing = np.isnan(found.runs[1].array("roi"))  # no lead, no cost
    assert 0.2 < missing.mean() < 0.6
    assert (np.isnan(found.differences("roi")) == missing).all()
    assert found.pairs("roi").n == 400 - missing.sum()
    assert found.chance("roi >= 0").differences[0].n == 400 - missing.sum()
    bare = article.change({"sources.inbound.cost_per_lead": None, "plan": None})
    alone = sf.compare(bare, bare, n_sims=10)
    assert alone.pairs("roi").n == 0
    assert np.isnan(alone.pairs("roi").difference)
    assert "roi" not in repr(alone)
