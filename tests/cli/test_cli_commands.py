"""Do `check`, `schema`, `presets`, `compare` and `demo` say and write what they promise?"""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from command_line import ARTICLE, ROOT, SLA, Command

import simfunnel as sf
from simfunnel.cli.demonstrating import article
from simfunnel.explanation.mermaid import mermaid
from simfunnel.scenario import reference


def test_check_says_ok_and_every_fault_of_every_file(simfunnel: Command, write) -> None:
    bad = write("horizon: 1 yaer\nproces: [sql, customer]\nstages: {}\nsources: {}\n", "bad.yaml")
    said = simfunnel("check", ARTICLE, bad, "nope.yaml", "industrial")
    lines = said.stdout.splitlines()
    assert said.exit_code == 2
    assert lines[0] == f"{ARTICLE}: ok"
    assert lines[1].startswith("bad.yaml:1: horizon: '1 yaer' is not a duration; write '1 year'")
    assert any(line.startswith("bad.yaml:2: proces: ") and "did you mean 'process'?" in line for line in lines)
    assert lines[-2:] == ["nope.yaml: there is no such file", "industrial: ok"]


def test_check_finds_what_only_shows_when_rules_are_worked_out(simfunnel: Command, write) -> None:
    file = write(
        "horizon: 1 year\nprocess: [sql, customer]\nsources: {a: {enters: sql, leads: 4}}\n"
        "stages: {sql: {conversion_of_entered: 60%, neglect: 50%, shelf_life: 1 day}}\n"
    )
    said = simfunnel("check", file)
    assert said.exit_code == 2
    assert "60.0% of the entered leads cannot advance where only 50.0% are worked in time" in said.stdout


def test_check_says_what_a_sweep_will_do_and_what_in_it_does_nothing(simfunnel: Command, write) -> None:
    write("extends: industrial\n", "base.yaml")
    vary = "vary: {stages.sql.neglect: [0%, 10%], sources.web.capture: [1%, 2%, 3%]}\n"
    said = simfunnel("check", write(f"name: Two things\nscenario: base.yaml\n{vary}", "sweep.yaml"), ARTICLE)
    lines = said.stdout.splitlines()
    assert said.exit_code == 0
    assert lines[0] == "Two things: 6 points of a grid x 2,000 futures (seed 0)"
    assert any(line.startswith("  stages.sql.neglect: 0 % to 10 % (2 values), in place of beta(") for line in lines)
    assert "warning: stages.sql.neglect: stage 'sql' states its conversion_of_entered" in said.stdout
    assert lines[-2].endswith("sweep.yaml: ok, but see the warnings")
    bad = write("scenario: base.yaml\nvary: {stages.sql.neglet: [0%, 10%]}\n", "bad.yaml")
    said = simfunnel("check", bad)
    assert said.exit_code == 2
    assert said.stdout.startswith("bad.yaml:2: stages.sql.neglet: there is no key 'neglet'")


def test_a_sweep_is_not_run_as_a_scenario_nor_a_scenario_as_a_sweep(simfunnel: Command, write) -> None:
    write("extends: industrial\n", "base.yaml")
    said = simfunnel("run", write("scenario: base.yaml\nvary: {stages.sql.neglect: [0%, 10%]}\n", "sweep.yaml"))
    assert said.exit_code == 2
    assert "is a sweep, not a scenario; `simfunnel sweep` runs it" in said.stderr
    said = simfunnel("sweep", ARTICLE)
    assert said.exit_code == 2
    assert "is a scenario, not a sweep" in said.stderr


def test_check_of_a_folder_names_a_file_in_it(simfunnel: Command, write) -> None:
    folder = Path(write("name: x\n")).parent
    said = simfunnel("check", folder, ARTICLE)
    assert said.exit_code == 2
    assert said.stdout == (
        f"{folder}: is a folder; name scenario files in it, such as {folder / 'q3.yaml'}\n{ARTICLE}: ok\n"
    )


def test_schema_goes_to_standard_output_or_a_file(simfunnel: Command, tmp_path: Path) -> None:
    assert json.loads(simfunnel("schema").stdout) == sf.json_schema()
    said = simfunnel("schema", "--out", tmp_path / "schema.json")
    assert (said.exit_code, said.stdout) == (0, "")
    assert json.loads((tmp_path / "schema.json").read_text(encoding="utf-8")) == sf.json_schema()


def test_presets_are_listed_with_what_they_are_about(simfunnel: Command) -> None:
    said = simfunnel("presets").stdout
    for name, about in sf.presets().items():
        assert f"{name}\n  {about}\n" in said


def test_a_printed_preset_is_a_file_of_its_own_with_its_sources(simfunnel: Command, write) -> None:
    said = simfunnel("presets", "industrial")
    assert "#" in said.stdout  # where the numbers are from
    assert sf.load(write(said.stdout)) == sf.load("industrial")


def test_compare_prints_what_python_says(simfunnel: Command) -> None:
    said = simfunnel("compare", ARTICLE, SLA, "--sims", 200, "--seed", 7)
    found = sf.compare(sf.load(ARTICLE), sf.load(SLA), n_sims=200, seed=7)
    assert said.exit_code == 0, said.output
    assert said.stdout == f"{found!r}\n"


@pytest.mark.slow
def test_compare_says_whose_queue_and_which_promise_changes(simfunnel: Command) -> None:
    process = str(ROOT / "configs" / "lead_process.yaml")
    said = simfunnel("compare", process, "--set", "teams.sdrs.people=3", "--sims", 5).stdout
    for words in (
        "; profit ",
        "\nLeads that a team loses while they wait (mean",
        "\nSLAs attained (mean",
        "\nfirst look",
    ):
        assert words in said
    assert said.index("by cause") < said.index("loses while they wait") < said.index("SLAs attained")


def test_compare_says_what_to_beware_of_before_the_table(simfunnel: Command) -> None:
    said = simfunnel("compare", ARTICLE, "--set", "currency=EUR", "--sims", 50)
    headline, caution, empty, *_ = said.stdout.splitlines()
    assert "no difference in deals" in headline
    assert caution.startswith("Beware: ")
    assert empty == ""


def test_compare_takes_a_change_of_the_baseline_as_a_variant(simfunnel: Command) -> None:
    said = simfunnel("compare", ARTICLE, SLA, "--set", "stages.sql.neglect=2%", "--sims", 100, "--json")
    found = json.loads(said.stdout)
    assert list(found["variants"]) == ["With an SLA", "Leads going cold, with stages.sql.neglect = 2%"]
    one, other = (found["variants"][name]["measures"]["deals"]["difference"] for name in found["variants"])
    assert one == other > 0


def test_compare_writes_its_table(simfunnel: Command, tmp_path: Path) -> None:
    said = simfunnel("compare", ARTICLE, SLA, "--sims", 60, "--out", tmp_path)
    assert said.exit_code == 0, said.output
    rows = list(csv.DictReader((tmp_path / "comparison.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0]["variant"] == "With an SLA"
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")


def test_the_demo_is_the_article_and_needs_nothing_but_the_package(simfunnel: Command, tmp_path: Path) -> None:
    assert sf.loads(article()) == sf.load(ARTICLE)
    folder = tmp_path / "my demo"
    said = simfunnel("demo", "--sims", 100, "--out", folder)
    assert said.exit_code == 0, said.output
    assert "Leads going cold: the median future brings" in said.stdout
    assert (folder / "distribution.png").exists()
    command = next(line.strip() for line in said.stdout.splitlines() if "simfunnel explain" in line)
    assert command == f"simfunnel explain '{folder / 'cold_leads.yaml'}'"
    assert simfunnel("explain", folder / "cold_leads.yaml").exit_code == 0


def test_the_demo_leaves_a_config_that_was_changed_alone(
    simfunnel: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simfunnel.cli.artefacts.pictures", lambda result, folder: [])
    (tmp_path / "cold_leads.yaml").write_text("mine", encoding="utf-8")
    assert simfunnel("demo", "--sims", 50, "--out", tmp_path).exit_code == 0
    assert (tmp_path / "cold_leads.yaml").read_text(encoding="utf-8") == "mine"


def test_explain_draws_the_process_for_mermaid(simfunnel: Command) -> None:
    said = simfunnel("explain", "industrial", "--mermaid").stdout
    assert said.startswith("flowchart LR\n    source0([")
    assert said == mermaid(sf.load("industrial"))


def test_check_warns_and_schema_describes(simfunnel: Command, write) -> None:
    file = write(
        "horizon: 1 year\nprocess: [sql, customer]\nsources: {inbound: {enters: sql, leads: 40}}\n"
        "stages: {sql: {conversion: 25%, shelf_life: 1 week, give_up: 1 month, response: 1 day}}\n",
        "odd.yaml",
    )
    said = simfunnel("check", file)
    assert said.exit_code == 0
    assert "warning: odd.yaml:4: stages.sql.give_up: never acts" in said.stdout
    assert said.stdout.endswith("ok, but see the warnings\n")
    assert simfunnel("schema", "--reference").stdout == reference()
