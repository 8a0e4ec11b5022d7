"""Does `simfunnel sensitivity` answer in a sentence, in JSON and in files, and say what is wrong?"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import ARTICLE, Command

UNKNOWN = ("--set", "stages.sql.conversion=beta(mean=25%, n=40)")
QUICK = ("--sims", "500", "--workers", "1")


def test_what_drives_the_article(simfunnel: Command) -> None:
    said = simfunnel("sensitivity", ARTICLE, *UNKNOWN, "--range", "stages.sql.neglect=2%:20%", *QUICK)
    assert said.exit_code == 0
    first, *rest = said.stdout.splitlines()
    assert first.startswith("Leads going cold: the widest swing of deals is that of conversion of stage sql, from 5.")
    assert any(line.startswith("neglect of stage sql") and line.endswith("stages.sql.neglect") for line in rest)
    assert any(line.startswith("Uncertain inputs are held at their P10 and P90 and ranges go") for line in rest)
    assert rest[-1].endswith("shared out by what varies within like values of each, 500 futures, seed 0.")
    assert said.stderr == "5 runs of 500 futures each, the same futures in all.\n"


def test_for_programs_and_as_files(simfunnel: Command, tmp_path: Path) -> None:
    methods = [word for each in ("tornado", "sobol", "given data") for word in ("--method", each)]
    words = (*UNKNOWN, "--measure", "deals >= 10", "--between", "5%:95%", *methods, *QUICK, "--json", "--out", tmp_path)
    said = simfunnel("sensitivity", ARTICLE, *words)
    assert said.exit_code == 0
    found = json.loads(said.stdout)
    assert found["tornado"]["between"] == [0.05, 0.95]
    assert found["sobol"]["luck"]["words"] == "luck (chance)"
    assert found["given_data"]["luck"] is None
    assert "6 runs of 500 futures each" in said.stderr
    for name in ("tornado", "sobol", "given_data"):
        assert (tmp_path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
        rows = list(csv.DictReader((tmp_path / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        assert rows[0]["path"] == "stages.sql.conversion"
    assert (tmp_path / "sobol.png").read_bytes() != (tmp_path / "given_data.png").read_bytes()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "nothing is uncertain in Leads going cold: every number is known"),
        (("--method", "sobol", "--range", "stages.sql.neglect=2%:20%"), "ranges are for a tornado"),
        (("--range", "stages.sql.neglect=2%:200%"), "range: stages.sql.neglect: 200 % is out of reach; it may be 0 %"),
        (("--range", "stages.sql.neglekt=2%:20%"), "there is no key 'neglekt'; did you mean 'neglect'?"),
        (("--range", "stages.sql.neglect=much:20%"), "range: stages.sql.neglect: 'much' cannot be read: "),
        (("--range", "stages.sql.neglect"), "--range: 'stages.sql.neglect' is no range; write PATH=LOW:HIGH"),
        (
            (*UNKNOWN, "--method", "magic"),
            "no method 'magic'; write one or more of 'tornado', 'given data' and",
        ),
        ((*UNKNOWN, "--measure", "dealz"), "did you mean 'deals'?"),
        ((*UNKNOWN, "--between", "90%:10%"), "--between: '90%:10%' begins with the higher"),
        ((*UNKNOWN, "--between", "10%"), "--between: '10%' names no two quantiles"),
        ((*UNKNOWN, "--sims", "90"), "n_sims is 90; shares of a variance from given data need at least 100"),
        ((*UNKNOWN, "--sims", "100", "--method", "sobol"), "n_sims is 100; Sobol' indices need 500 to 100,000"),
    ],
)
def test_mistakes_are_named_before_anything_runs(simfunnel: Command, words: tuple[str, ...], said: str) -> None:
    given = simfunnel("sensitivity", ARTICLE, *words)
    assert given.exit_code == 2
    assert said in given.stderr
    assert "runs of" not in given.stderr
    assert given.stdout == ""


def test_a_figure_that_some_futures_lack_is_refused(simfunnel: Command) -> None:
    free = ("--set", "sources.inbound.cost_per_lead=0")
    given = simfunnel("sensitivity", ARTICLE, *UNKNOWN, *free, "--measure", "roi", *QUICK)
    assert given.exit_code == 2
    assert "ROI is missing in all 500 futures (there is no cost that a return could be on)" in given.stderr
