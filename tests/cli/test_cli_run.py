"""Does `simfunnel run` print what Python says, and write what was asked for?"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import ARTICLE, Command

import simfunnel as sf
from simfunnel.cli.artefacts import PICTURES

MARKET = """
name: "[bold]=1+1[/bold] :smile: Ba$$in 漏斗"
horizon: 1 year
process: ["=sql", customer]
deal_value: 100k
plan: {customers: 10}
sources: {"=cmd": {enters: "=sql", leads: 40, cost_per_lead: 10}}
stages: {"=sql": {conversion: 25%, neglect: 12.5%, response: exponential(mean=2 days), shelf_life: 30 days}}
sectors: {"@retail": {share: 30%}, industrial: {share: rest}}
"""


def test_the_sentence_comes_first_and_then_the_table(simfunnel: Command) -> None:
    said = simfunnel("run", ARTICLE, "--sims", 300, "--seed", 7)
    run = sf.simulate(sf.load(ARTICLE), n_sims=300, seed=7)
    assert said.exit_code == 0, said.output
    assert said.stdout.startswith(repr(run))
    assert "Derived: plan budget = the sources' expected spend." in said.stdout


def test_a_seed_of_zero_is_a_seed(simfunnel: Command) -> None:
    assert simfunnel("run", ARTICLE, "--sims", 50, "--seed", 0).stdout == simfunnel("run", ARTICLE, "--sims", 50).stdout
    assert simfunnel("run", ARTICLE, "--sims", 50, "--seed", 1).stdout != simfunnel("run", ARTICLE, "--sims", 50).stdout


def test_json_is_all_that_is_on_standard_output_and_the_same_as_in_python(simfunnel: Command, tmp_path: Path) -> None:
    said = simfunnel(
        "run", ARTICLE, "--sims", 300, "--seed", 7, "--json", "--chance", "deals >= 9", "--save", tmp_path / "r.npz"
    )
    found = json.loads(said.stdout)
    run = sf.simulate(sf.load(ARTICLE), n_sims=300, seed=7)
    chance = run.chance("deals >= 9")
    assert found["chances"].pop("deals >= 9") == {"value": chance.value, "low": chance.low, "high": chance.high}
    assert found == run.to_json()


def test_workers_change_no_digit(simfunnel: Command) -> None:
    one, four = (simfunnel("run", "industrial", "--sims", 60, "--json", "--workers", n).stdout for n in (1, 4))
    assert one == four


def test_set_changes_values_by_path(simfunnel: Command) -> None:
    changes = ("--set", "stages.sql.neglect=0", "--set", "stages.sql.response=exponential(mean=1 hour)")
    said = simfunnel("run", ARTICLE, "--sims", 50, "--json", *changes)
    assert "exponential(mean=1 hour)" in json.loads(said.stdout)["provenance"]["scenario"]


def test_chances_of_parts_keep_the_part_by_themselves(simfunnel: Command) -> None:
    said = simfunnel(
        "run", ARTICLE, "--sims", 100, "--chance", "deals[source=inbound] >= 0", "--keep", "worked[stage=sql]"
    )
    assert said.exit_code == 0, said.output
    assert "Chance of deals[source=inbound] >= 0: 100.0 % (95 % CI " in said.stdout


@pytest.mark.parametrize(
    ("words", "estimate"),
    [
        (("--precision", "5%", "--of", "deals >= 10"), "deals >= 10 is "),
        (("--precision", "0.2"), "the mean of deals is "),
        (("--precision", "100k", "--of", "revenue"), "the mean of revenue is $"),
    ],
)
def test_a_precision_is_reached_at_the_first_look(simfunnel: Command, words: tuple[str, ...], estimate: str) -> None:
    said = simfunnel("run", ARTICLE, *words, "--json")
    assert said.exit_code == 0, said.output
    assert json.loads(said.stdout)["n_sims"] == 2_000
    assert said.stderr.startswith(f"Precision reached: {estimate}")


def test_a_precision_out_of_reach_is_said(simfunnel: Command) -> None:
    said = simfunnel("run", ARTICLE, "--precision", "0.001", "--sims", 2_000)
    assert (said.exit_code, said.stderr[:22]) == (0, "Precision not reached:")


def test_a_claim_is_said_as_it_was_typed(simfunnel: Command) -> None:
    asked = ("--chance", " deals>=10 ", "--chance", "roi >= 12.5%", "--chance", "revenue>=1M")
    said = simfunnel("run", ARTICLE, "--sims", 50, *asked).stdout
    for claim in ("deals>=10", "roi >= 12.5%", "revenue>=1M"):
        assert f"\nChance of {claim}: " in said
    assert {"deals>=10", "roi >= 12.5%", "revenue>=1M"} <= set(
        json.loads(simfunnel("run", ARTICLE, "--sims", 50, "--json", *asked).stdout)["chances"]
    )


def test_a_kept_part_is_said_in_words(simfunnel: Command) -> None:
    said = simfunnel("run", ARTICLE, "--sims", 50, "--keep", "worked[stage=sql]").stdout
    assert "\nvisits worked in time (stage sql): mean " in said


def test_causes_are_listed_where_there_are_several(simfunnel: Command) -> None:
    said = simfunnel("run", "industrial", "--sims", 100)
    assert "\nsql, neglected " in said.stdout
    assert "What the cold leads cost" not in simfunnel("run", ARTICLE, "--sims", 100).stdout


PROMISED = """
horizon: 1 year
process: [lead, sql, customer]
score: {weight: 0.5, correlation: 70%}
sources: {web: {enters: lead, leads: 60}}
teams: {sales: {people: 1, hours: 9:00 to 17:00}}
stages:
  lead: {programme: {every: 5 days, touches: 4, opens: 50%, clicks: 50%, threshold: 60}}
  sql: {conversion: 25%, team: sales, service: 1 hour, reasons: {too small: {share: 100%}}}
slas: {first call: {stage: sql, within: 4 hours, share: 80%}}
"""


@pytest.mark.slow
def test_out_writes_a_table_of_all_that_a_scenario_has(simfunnel: Command, tmp_path: Path, write) -> None:
    folder = tmp_path / "out"
    assert simfunnel("run", write(PROMISED), "--sims", 20, "--out", folder).exit_code == 0
    run = sf.simulate(sf.loads(PROMISED), n_sims=20, progress=False)
    for name, frame in (
        ("sla", run.sla()), ("sla_periods", run.sla(by="period")), ("teams", run.teams()), ("reasons", run.reasons()),
        ("scores", run.score_profile()), ("programmes", run.programmes(by=("stage", "source"))),
        ("metrics", run.metrics().reset_index()),
    ):  # fmt: skip
        rows = list(csv.DictReader((folder / f"{name}.csv").read_text(encoding="utf-8").splitlines()))
        assert len(rows) == len(frame), name
        assert list(rows[0]) == ["scenario", *frame.columns]


def test_out_writes_every_chart_and_tables_without_formulas(simfunnel: Command, tmp_path: Path, write) -> None:
    folder = tmp_path / "a" / "b"
    said = simfunnel("run", write(MARKET), "--sims", 60, "--out", folder)
    assert said.exit_code == 0, said.output
    tables = [f"{name}.csv" for name in ("ledger", "metrics", "sources", "stages", "summary", "timeline")]
    assert sorted(path.name for path in folder.iterdir()) == sorted([*tables, *(f"{name}.png" for name in PICTURES)])
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in folder.glob("*.png"))
    assert all(path.name in said.stderr for path in folder.iterdir())
    rows = [row for name in tables for row in csv.reader((folder / name).read_text(encoding="utf-8").splitlines())]
    labels = {cell for row in rows for cell in row if not _is_number(cell)}
    assert {"'=sql", "'=cmd", "'@retail"} <= labels
    assert not [label for label in labels if label.startswith(("=", "+", "-", "@"))]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def test_a_name_is_printed_letter_by_letter(simfunnel: Command, write) -> None:
    parts = ("--chance", 'deals[source="=cmd"] >= 1', "--keep", 'worked[stage="=sql"]')
    said = simfunnel("run", write(MARKET), "--sims", 60, *parts)
    assert said.stdout.startswith("[bold]=1+1[/bold] :smile: Ba$$in 漏斗: the median future")
    assert "deals[source=" in said.stdout


def test_a_stored_result_is_replayed_to_the_last_bit(simfunnel: Command, tmp_path: Path) -> None:
    file = tmp_path / "r.npz"
    simfunnel("run", "industrial", "--sims", 60, "--seed", 3, "--save", file, "--keep", "deals[source=web]")
    said = simfunnel("replay", file)
    assert (said.exit_code, said.stdout) == (0, "Identical: 60 futures of Industrial B2B, seed 3, to the last bit.\n")


def test_a_replay_that_differs_is_our_fault_and_says_what_changed(
    simfunnel: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "r.npz"
    simfunnel("run", ARTICLE, "--sims", 60, "--save", file)
    other = sf.simulate(sf.load(ARTICLE), n_sims=60, seed=1)
    other.terms.versions["numpy"] = "9.9"
    monkeypatch.setattr("simfunnel.simulation.replay", lambda run, workers: other)
    said = simfunnel("replay", file)
    assert said.exit_code == 1
    assert said.stdout.startswith("Not identical: Leads going cold comes out differently now.\nnumpy: ")


@pytest.mark.parametrize("command", [("run", "industrial", "--sims", 20), ("explain", "industrial")])
def test_a_change_that_a_conversion_of_entered_leads_takes_back_is_told(
    simfunnel: Command, command: tuple[object, ...]
) -> None:
    said = simfunnel(*command, "--set", "stages.sql.neglect=0%").stderr
    assert "Beware: stage 'sql' states its conversion_of_entered, which neglect is part of" in said
    assert "Beware" not in simfunnel(*command, "--set", "stages.sql.cost_per_work=10").stderr
