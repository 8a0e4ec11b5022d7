"""Does `simfunnel plan` answer in a sentence, a table, JSON and files, and say what is wrong?"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import ARTICLE, Command

QUICK = ("--sims", "300", "--workers", "1", "--chance", "90%")


def test_the_article(simfunnel: Command) -> None:
    said = simfunnel("plan", ARTICLE, *QUICK)
    assert said.exit_code == 0
    first, _, heads, *rest = said.stdout.splitlines()
    assert first.startswith("Leads going cold: the spreadsheet's 40 SQLs keep the plan (deals >= 10) in 3")
    assert heads.split() == ["spreadsheet", "as", "it", "is", "90", "%"]
    rows = {line.split()[0]: line.split()[1:] for line in rest if line}
    assert rows["budget"][:2] == ["$250,000", "$250,000"]
    assert rows["SQLs"][:2] == ["40", "40"]
    assert 55 <= int(rows["SQLs"][2]) <= 71
    assert "Numbers are means of 300 fresh futures at each volume" in rest[-1]


def test_for_programs_with_what_is_changed_first(simfunnel: Command) -> None:
    said = simfunnel("plan", ARTICLE, *QUICK, "--set", "plan.customers=12", "--source", "inbound", "--json")
    found = json.loads(said.stdout)
    assert found["target"] == "deals >= 12"
    assert found["columns"][0]["volume"] == 48.0


def test_files(simfunnel: Command, tmp_path: Path) -> None:
    said = simfunnel("plan", ARTICLE, *QUICK, "--out", tmp_path)
    assert said.exit_code == 0
    for name in ("plan.png", "price.png"):
        assert (tmp_path / name).read_bytes().startswith(b"\x89PNG")
    for name, head in (("plan.csv", "mcse"), ("curve.csv", "chance"), ("prices.csv", "cost_per_point")):
        assert name in said.stderr
        rows = list(csv.DictReader((tmp_path / name).read_text(encoding="utf-8").splitlines()))
        assert rows[0]["scenario"] == "Leads going cold"
        assert head in rows[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--source", "inbond"), "there is no source 'inbond'; did you mean 'inbound'?"),
        (("--target", "deals"), "is not a claim"),
        (
            ("--target", "deals <= 3"),
            "a plan is made backwards from what should be reached, and 'deals <= 3' is no",
        ),
        (("--chance", "95"), "--chance: '95' does not lie between 0 and 1; write one such as 90% or 0.9"),
        (("--set", "plan.customers=null", "--set", "plan.revenue=null"), "says neither customers nor revenue to plan"),
    ],
)
def test_what_is_wrong_is_said(simfunnel: Command, words: tuple[str, ...], said: str) -> None:
    given = simfunnel("plan", ARTICLE, *QUICK, *words)
    assert given.exit_code == 2
    assert said in given.stderr
