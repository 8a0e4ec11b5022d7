"""Does `simfunnel allocate` answer in a sentence, in JSON and in files, and say what is wrong?"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import ARTICLE, ROOT, Command

import simfunnel as sf

MEDIA = str(ROOT / "configs" / "media_budget.yaml")
QUICK = ("--sims", "200", "--workers", "1")


TWO = """
name: Two channels
horizon: 1 year
process: [sql, customer]
plan: {customers: 40}
deal_value: 10_000
sources:
  fair: {enters: sql, budget: 60k, cost_per_lead: 900}
  web search: {enters: sql, budget: 40k, cost_per_lead: 400}
stages: {sql: {conversion: 25%}}
"""


def test_a_budget_is_split_anew(simfunnel: Command, tmp_path: Path) -> None:
    config = tmp_path / "two.yaml"
    config.write_text(TWO, encoding="utf-8")
    said = simfunnel("allocate", config, *QUICK)
    assert said.exit_code == 0
    first, *rest = said.stdout.splitlines()
    assert first.startswith(
        "Two channels: moving $60,000 from fair to web search raises the chance of deals >= 40 from "
    )
    assert first.endswith("in 200 futures that no search has seen).")
    heads, *parts = [line.split() for line in rest if line.strip()][:3]
    assert heads[:2] == ["before", "after"]
    assert [cells[0] for cells in parts] == ["fair", "web"]
    (lines,) = (line for line in rest if line.startswith("--set "))
    assert lines == "--set sources.fair.budget=0 --set 'sources.web search.budget=100_000'"
    assert rest[-1].endswith("the same 200 futures at every split, seed 0.")


def test_the_answer_loads_as_a_scenario(simfunnel: Command, tmp_path: Path) -> None:
    said = simfunnel("allocate", MEDIA, *QUICK, "--json", "--out", tmp_path, "--total", "150k", "--maximise", "profit",
                     "--bound", "sources.social.share: at least 20%",
                     "--subject-to", "sources.search.budget >= 10% of total")  # fmt: skip
    assert said.exit_code == 0
    assert f"Wrote allocation.csv, allocated.yaml, allocation.png into {tmp_path}" in said.stderr
    found = json.loads(said.stdout)
    assert found["maximise"] == "profit"
    assert found["total"] == 150_000
    assert found["after"]["sources.social.share"] >= 0.2
    assert found["after"]["sources.search.share"] >= 0.1
    scenario = sf.load(str(tmp_path / "allocated.yaml"))
    assert scenario == sf.load(MEDIA, set=found["settings"]).change({}, name=scenario.name)
    assert (tmp_path / "allocation.png").read_bytes().startswith(b"\x89PNG")
    rows = list(csv.DictReader((tmp_path / "allocation.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["part"] for row in rows] == ["search", "social", "webinars", "review sites"]


def test_a_start_that_is_not_the_present_split_is_written(simfunnel: Command) -> None:
    """Where the rules leave one split only, nothing moves from it, and it is what one would run."""
    shares = [f"sources.{name}.share: 25% to 25%" for name in ("search", "social", "webinars")]
    bounds = [word for share in shares for word in ("--bound", share)]
    said = simfunnel("allocate", MEDIA, "--sims", "20", "--workers", "1", "--maximise", "profit", *bounds)
    assert said.exit_code == 0
    assert "the rules leave one split only" in said.stdout
    assert "--set 'sources.review sites.share=25.0%'" in said.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--maximise", "dels >= 10"), "'dels' is not a measure; did you mean 'deals'?"),
        (("--maximise", "cost"), "less of it is better"),
        (("--over", "sources.serch.share", "--over", "sources.social.share"), "there is no source 'serch'"),
        (("--bound", "sources.social.share 20%"), "--bound: 'sources.social.share 20%' is no bound; write PATH: LOW"),
        (("--bound", "sources.social.share: 20%"), "'20%' is no range; write one such as '20k to 80k'"),
        (("--bound", "a: 1 to 2", "--bound", "a: 1 to 3"), "--bound: 'a' is bounded twice"),
        (("--subject-to", "sources.social.share < 20%"), "'<' is no comparison of amounts; write <="),
        (
            ("--bound", "sources.social.share: at least 60%", "--subject-to", "sources.search.budget >= 60k"),
            "sources.search.budget >= 60k; and the total of $120,000: contradict each other",
        ),
        (("--total", "much"), "--total: 'much' is not an amount of money"),
        (("--total", "0"), "--total: '0' is nothing to share out"),
        (("--total", "9k", "--over", "sources.search.sectors"), "there are not two sectors to share between"),
    ],
)
def test_mistakes_are_named(simfunnel: Command, words: tuple[str, ...], said: str) -> None:
    given = simfunnel("allocate", MEDIA, *QUICK, *words)
    assert given.exit_code == 2
    assert said in given.stderr
    assert given.stdout == ""


def test_a_scenario_without_budgets(simfunnel: Command) -> None:
    given = simfunnel("allocate", ARTICLE, *QUICK)
    assert given.exit_code == 2
    assert "no source has one; write two or more" in given.stderr
