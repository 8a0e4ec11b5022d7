"""Is each fault said in words, with the right exit code and without a traceback?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import pytest
from command_line import ARTICLE, ROOT, Command, shell

import simfunnel as sf


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("run", "nope.yaml"), "nope.yaml: there is no such file"),
        (("run", "industrail"), "did you mean 'industrial'?"),
        (("run", ARTICLE, "--chance", "deal >= 10"), "'deal' is not a measure; did you mean 'deals'?"),
        (("run", ARTICLE, "--chance", "deals[source=web] > 1"), "there is no source 'web'"),
        (("run", ARTICLE, "--chance", "deals[period=2030-01] > 1"), "there is no period '2030-01'"),
        (("run", ARTICLE, "--keep", "deals[stage=sql]"), "'deals' has no part by 'stage'"),
        (("run", ARTICLE, "--of", "deals >= 10"), "give --precision too"),
        (("run", ARTICLE, "--precision", "ten"), "'ten' is not a number above 0"),
        (("run", ARTICLE, "--precision", "0"), "'0' is not a number above 0"),
        (("run", ARTICLE, "--precision", "1", "--of", "dealz"), "did you mean 'deals'?"),
        (("run", ARTICLE, "--set", "stages.sql.neglect"), "write PATH=VALUE"),
        (("run", ARTICLE, "--set", "horizon=1 year", "--set", "horizon=2 years"), "'horizon' is set twice"),
        (("run", ARTICLE, "--set", "stages.sql.neglct=2%"), "--set: stages.sql.neglct: is not a key"),
        (("run", ARTICLE, "--set", "stages.sql.neglect=12,5%"), "a decimal takes a point: 12.5%"),
        (("explain", ARTICLE, "--set", "stages.sql.takes=fixed(value=2,5 days)"), "point: fixed(value=2.5 days)"),
        (("run", ARTICLE, "--chance", "roi >= 12,5%"), "a decimal takes a point: 12.5%"),
        (("run", ARTICLE, "--table", "stage"), "there is no table 'stage'; did you mean 'stages'?"),
        (("run", ARTICLE, "--table", "stages", "--json"), "--table is for people, --json for programs"),
        (("run", str(ROOT / "configs")), "is a folder; name scenario files in it, such as "),
        (("run", ARTICLE, "--save", "result.csv"), "ends with .npz"),
        (("run", ARTICLE, "--save", "no/such/folder/r.npz"), "there is no folder"),
        (("run", ARTICLE, "--out", ARTICLE), "File exists"),
        (("run", ARTICLE, "--set", "horizon=50 years", "--set", "period=day", "--sims", "10000000"), "would fit"),
        (("compare", ARTICLE), "compare needs a variant"),
        (("compare", ARTICLE, "nope.yaml"), "nope.yaml: there is no such file"),
        (("explain", "nope.yaml"), "nope.yaml: there is no such file"),
        (("presets", "industrail"), "did you mean 'industrial'?"),
        (("replay", "nope.npz"), "nope.npz: there is no such file"),
        (("replay", ARTICLE), "is a scenario; replay takes a run that was stored with `simfunnel run --save FILE.npz`"),
        (("replay", "industrial"), "industrial: is a scenario; replay takes a run"),
        (("replay", str(ROOT / "README.md")), "cannot be read as a result"),
        (
            ("run", ARTICLE.replace(".yaml", ".yml")),
            f"cold_leads.yml: there is no such file; did you mean '{ARTICLE}'?",
        ),
        (("run", ARTICLE.removesuffix(".yaml")), f"did you mean '{ARTICLE}'?"),
        (("run", ARTICLE, "--chance", "ROI >= 100%"), "did you mean 'roi'?"),
        (("run", ARTICLE, "--chance", "deals gone cold >= 3"), "did you mean 'gap_deals' (deals gone cold)?"),
        (("run", ARTICLE, "--precision", "1", "--of", "deals gone cold"), "did you mean 'gap_deals'"),
        (("run", ARTICLE, "--sims", "0"), "--sims"),
        (("run", ARTICLE, "--workers", "0"), "--workers"),
        (("run", ARTICLE, "--seed", "-1"), "--seed"),
        (("run", ARTICLE, "--smis", "9"), "--smis"),
        (("run",), "CONFIG"),
        (("[bold]",), "[bold]"),
    ],
)
def test_the_users_fault_is_said_in_words_and_exits_with_2(
    simfunnel: Command, words: tuple[str, ...], told: str
) -> None:
    said = simfunnel(*words)
    assert said.exit_code == 2
    assert told in " ".join(said.stderr.replace("│", " ").split())
    assert said.stdout == ""
    assert "Traceback" not in said.stderr


def test_a_scenarios_faults_are_the_same_text_as_in_python(simfunnel: Command, write) -> None:
    file = write("horizon: 1 yaer\nproces: [sql, customer]\nstages: {}\nsources: {}\n")
    with pytest.raises(sf.ScenarioError) as raised:
        sf.load(file)
    for words in (("run", file), ("explain", file), ("compare", file, ARTICLE)):
        said = simfunnel(*words)
        assert (said.exit_code, said.stderr) == (2, f"{raised.value}\n")


def test_our_own_fault_shows_where_it_happened_and_exits_with_1(
    simfunnel: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simfunnel.results.Result.to_json", lambda self: 1 / 0)
    said = simfunnel("run", ARTICLE, "--sims", 10, "--json")
    assert (said.exit_code, said.stdout) == (1, "")
    assert "ZeroDivisionError" in said.stderr
    assert said.stderr.endswith(
        "This is a fault of simfunnel, not of your input. Please report it with the lines above.\n"
    )


def test_a_value_error_from_inside_is_not_blamed_on_the_user(
    simfunnel: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("simfunnel.results.Result.to_json", lambda self: int("x"))
    assert simfunnel("run", ARTICLE, "--sims", 10, "--json").exit_code == 1


def test_running_out_of_memory_says_what_would_help(simfunnel: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def greedy(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("simfunnel.simulation.simulate", greedy)
    said = simfunnel("run", ARTICLE)
    assert (said.exit_code, said.stderr) == (1, "Out of memory: try fewer --sims or --workers 1.\n")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_stops_cleanly(tmp_path: Path) -> None:
    words = ["run", ARTICLE, "--sims", "10000000", "--save", str(tmp_path / "r.npz")]
    with subprocess.Popen(
        [sys.executable, "-m", "simfunnel", *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        start_new_session=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a shell ignores it in the background
    ) as process:
        time.sleep(2.5)
        process.send_signal(signal.SIGINT)
        try:
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, out, err) == (130, "", "Stopped. Nothing was left half-written.\n")
    assert list(tmp_path.iterdir()) == []


def test_a_reader_that_goes_away_is_no_fault() -> None:
    said = shell(
        code=f"""
import subprocess, sys
words = [sys.executable, "-m", "simfunnel", "schema"]
run = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
run.stdout.close()
error = run.stderr.read().decode()
run.wait()
print("Traceback" in error, {str(ROOT)!r} in error)
"""
    )
    assert said.stdout == "False False\n", said.stderr
