"""Does `simfunnel information` answer in a sentence, in JSON and in files, and say what is wrong?"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import ARTICLE, ROOT, Command

MARKETS = str(ROOT / "configs" / "two_markets.yaml")
UNKNOWN = "stages.sql.conversion=beta(mean=25%, n=40)"
QUICK = ("--sims", "500", "--workers", "1")


def test_to_do_the_article_or_not(simfunnel: Command) -> None:
    said = simfunnel("information", ARTICLE, "--set", UNKNOWN, "--set", "sources.inbound.cost_per_lead=20k", *QUICK)
    assert said.exit_code == 0
    first, *rest = said.stdout.splitlines()
    assert first.startswith("Leads going cold, or not: as things stand doing it is best, with $")
    assert "knowing conversion of stage sql before deciding would add $" in first
    assert any(line.startswith("conversion of stage sql") and line.endswith("stages.sql.conversion") for line in rest)
    assert rest[-1].startswith("Expected value of perfect information in profit, ")


def test_for_programs_and_as_files(simfunnel: Command, tmp_path: Path) -> None:
    said = simfunnel("information", ARTICLE, ARTICLE, "--set", UNKNOWN, *QUICK, "--json", "--out", tmp_path)
    assert said.exit_code == 0
    found = json.loads(said.stdout)
    assert found["names"] == ["Leads going cold", "Leads going cold (2)"]
    assert found["all_inputs"]["value"] == 0.0
    assert f"Wrote information.csv, information.png into {tmp_path}" in said.stderr
    assert (tmp_path / "information.png").read_bytes().startswith(b"\x89PNG")
    [row] = csv.DictReader((tmp_path / "information.csv").read_text(encoding="utf-8").splitlines())
    assert (row["path"], row["evppi"]) == ("stages.sql.conversion", "0.0")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((ARTICLE,), "nothing is uncertain in Leads going cold: every number is known"),
        ((MARKETS, "--measure", "deals"), "'deals' is no money (deals)"),
        ((MARKETS, "--measure", "proft"), "did you mean 'profit'?"),
        ((MARKETS, "--sims", "20"), "n_sims is 20; what is worth knowing needs at least 500 replications"),
        ((MARKETS, ARTICLE, "--set", "stages.sql.neglekt=2%"), "did you mean 'neglect'?"),
    ],
)
def test_mistakes_are_named(simfunnel: Command, words: tuple[str, ...], said: str) -> None:
    given = simfunnel("information", *words)
    assert given.exit_code == 2
    assert said in given.stderr
    assert given.stdout == ""
