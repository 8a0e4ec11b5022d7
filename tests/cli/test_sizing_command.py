"""Does `simfunnel size` answer in a sentence, in JSON and in files, and say what is wrong?"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import ARTICLE, Command

WANTED = ("--lever", "sources.inbound.leads", "--target", "deals >= 10")
QUICK = ("--sims", "500", "--workers", "1")


def test_the_article_takes_63_leads(simfunnel: Command) -> None:
    said = simfunnel("size", ARTICLE, *WANTED, "--chance", "90%", "--workers", "1")
    assert said.exit_code == 0
    first, *rest = said.stdout.splitlines()
    assert first.startswith("Leads going cold: sources.inbound.leads of 63 (95 % CI 62 to 6")
    assert "reaches deals >= 10 in 90." in first
    assert "confirmed in 10,000 fresh futures: " in first
    table = [line.split() for line in rest]
    assert ["90", "%", "63"] in [cells[:3] for cells in table]
    assert rest[-1].startswith("Now sources.inbound.leads is 40. ")


def test_a_chance_is_written_either_way(simfunnel: Command) -> None:
    one, other = (simfunnel("size", ARTICLE, *WANTED, "--chance", text, *QUICK, "--json") for text in ("90%", "0.9"))
    assert one.stdout == other.stdout
    found = json.loads(one.stdout)
    assert found["wanted"] == 0.9
    assert 55 <= found["value"] <= 71


def test_what_is_changed_first_and_the_range_count(simfunnel: Command) -> None:
    said = simfunnel(
        "size", ARTICLE, "--lever", "stages.sql.neglect", "--target", "deals >= 10", "--chance", "0.45", *QUICK,
        "--low", "0%", "--high", "20%", "--set", "sources.inbound.leads=42", "--json",
    )  # fmt: skip
    found = json.loads(said.stdout)
    assert found["side"] == "at most"
    assert [found["curve"][at]["value"] for at in (0, -1)] == [0.0, 0.2]


def test_files(simfunnel: Command, tmp_path: Path) -> None:
    said = simfunnel("size", ARTICLE, *WANTED, "--chance", "90%", *QUICK, "--out", tmp_path)
    assert said.exit_code == 0
    assert f"Wrote sizing.csv, prices.csv, sizing.png, price.png into {tmp_path}" in said.stderr
    assert (tmp_path / "sizing.png").read_bytes().startswith(b"\x89PNG")
    for name, head in (("sizing.csv", "chance"), ("prices.csv", "cost_per_point")):
        rows = list(csv.DictReader((tmp_path / name).read_text(encoding="utf-8").splitlines()))
        assert rows[0]["lever"] == "sources.inbound.leads"
        assert head in rows[0]


def test_a_second_lever_beside_it(simfunnel: Command, tmp_path: Path) -> None:
    by = ("--by", "stages.sql.neglect", "--by-value", "0%", "--by-value", "25%")
    said = simfunnel("size", ARTICLE, *WANTED, "--chance", "95%", *QUICK, *by, "--out", tmp_path)
    assert said.exit_code == 0
    assert said.stdout.startswith(
        "Leads going cold: deals >= 10 with a chance of 90 % costs least with stages.sql.negl"
    )
    assert f"Wrote frontier.csv, frontier.png into {tmp_path}" in said.stderr
    rows = list(csv.DictReader((tmp_path / "frontier.csv").read_text(encoding="utf-8").splitlines()))
    assert [float(row["wanted"]) for row in rows] == [0.5, 0.8, 0.9, 0.95] * 2
    assert rows[0]["beside"] == "stages.sql.neglect"
    found = json.loads(simfunnel("size", ARTICLE, *WANTED, "--chance", "95%", *QUICK, *by, "--json").stdout)
    assert [corner["value"] for corner in found["corners"]] == [float(row["value"]) for row in rows]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--by-value", "2%"), "--by-value: is a value of a second lever, and there is none; name one with --by"),
        (("--by", "stages.sql.neglect", "--by-value", "2 days"), "--by-value: '2 days' is not a share"),
        (("--lever", "sources.inbond.leads"), "there is no source 'inbond'; did you mean 'inbound'?"),
        (("--target", "dels >= 10"), "'dels' is not a measure; did you mean 'deals'?"),
        (("--target", "ten deals"), "is not a claim"),
        (("--chance", "90"), "--chance: '90' does not lie between 0 and 1; write one such as 90% or 0.9"),
        (("--chance", "most"), "--chance: 'most' is not a share; write one such as 25% or 0.25"),
        (("--low", "few"), "--low: 'few' is not a number"),
        (("--low", "50", "--high", "40"), "low is 50.0 and high is 40.0"),
    ],
)
def test_mistakes_are_named(simfunnel: Command, words: tuple[str, ...], said: str) -> None:
    given = simfunnel("size", ARTICLE, *WANTED, "--chance", "90%", *QUICK, *words)
    assert given.exit_code == 2
    assert said in given.stderr
    assert given.stdout == ""
