"""Does `simfunnel sweep` say what it reused, ask before what takes long, and end well however it is stopped?"""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
import typer
from command_line import ROOT, Command

from simfunnel.cli import sweeping
from simfunnel.studies.sweep import jobs, study

SWEEP = """
name: Neglect by leads
scenario: {ARTICLE}
n_sims: 300
measures: ['deals >= 10', roi]
vary:
  stages.sql.neglect: [0%, 12.5%, 40%]
  sources.inbound.leads: [40, 55]
"""


@pytest.fixture(autouse=True)
def no_pictures(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if "picture" not in request.node.name:  # most of a small sweep's time
        monkeypatch.setattr("simfunnel.cli.artefacts.sweep_pictures", lambda found, folder: [])


@pytest.fixture
def file(write: Callable[..., str]) -> str:
    write((ROOT / "configs" / "cold_leads.yaml").read_text(encoding="utf-8"), "article.yaml")
    return write(SWEEP.replace("{ARTICLE}", "article.yaml"), "sweep.yaml")


def test_it_says_the_best_point_and_what_it_reused(simfunnel: Command, file: str, tmp_path: Path) -> None:
    first = simfunnel("sweep", file, "--out", tmp_path / "kept")
    assert first.exit_code == 0
    assert "neglect 0 %, leads 55" in first.stdout.splitlines()[0]
    assert "6 points: 0 reused, 6 computed\n" in first.stderr
    table = (tmp_path / "kept" / "table.csv").read_bytes()
    again = simfunnel("sweep", file, "--out", tmp_path / "kept", "--workers", 1)  # as other commands say
    assert again.stdout == first.stdout
    assert "6 points: 6 reused, 0 computed\n" in again.stderr
    longer = simfunnel("sweep", file, "--out", tmp_path / "kept", "--sims", 400)
    assert "6 points: 0 reused, 6 extended, 0 computed\n" in longer.stderr
    assert (tmp_path / "kept" / "table.csv").read_bytes() != table
    simfunnel("sweep", file, "--out", tmp_path / "kept")
    assert (tmp_path / "kept" / "table.csv").read_bytes() == table


def test_it_draws_a_picture(simfunnel: Command, file: str, tmp_path: Path) -> None:
    simfunnel("sweep", file, "--out", tmp_path / "kept")
    assert (tmp_path / "kept" / "heat_map_deals_at_least_10.png").read_bytes().startswith(b"\x89PNG")


def test_json_is_for_programs(simfunnel: Command, file: str) -> None:
    found = json.loads(simfunnel("sweep", file, "--json").stdout)
    assert isinstance(found, dict)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--seed", 9), "  seed: 0 there, 9 asked for"),
        (("--set", "deal_value=90_000"), "deal_value: 100_000 there, deal_value: 90_000 asked for"),
        (("--jobs", 2, "--dask", "tcp://x:1"), "give one of them"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    simfunnel: Command, file: str, tmp_path: Path, words: tuple[object, ...], said: str
) -> None:
    simfunnel("sweep", file, "--out", tmp_path / "kept", "--sims", 10)
    found = simfunnel("sweep", file, "--out", tmp_path / "kept", "--sims", 10, *words)
    assert found.exit_code == 2
    assert said in found.stderr


@pytest.fixture
def long(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "LONG_SECONDS", 0.0)
    monkeypatch.setattr(jobs, "_CELLS", 300)


def test_what_takes_long_is_asked_for(
    simfunnel: Command, file: str, tmp_path: Path, long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = simfunnel("sweep", file, "--out", tmp_path / "kept")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("6 points will take ")
    assert "give --yes to go on. What has been done is kept in" in refused.stderr
    told = simfunnel("sweep", file, "--out", tmp_path / "kept", "--yes")
    assert told.exit_code == 0
    assert " extended, " in told.stderr
    assert simfunnel("sweep", file, "--out", tmp_path / "kept").exit_code == 0  # nothing is left that takes long


def test_who_says_no_is_told_what_is_kept(
    simfunnel: Command, file: str, tmp_path: Path, long: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sweeping, "_is_answered", lambda: True)
    monkeypatch.setattr("typer.confirm", lambda text, err: False)
    found = simfunnel("sweep", file, "--out", tmp_path / "kept")
    assert found.exit_code == 130
    assert " of 6 points and parts of " in found.stderr

    def stopped(text: str, err: bool) -> bool:  # Ctrl-C or Ctrl-D for an answer
        raise typer.Abort

    monkeypatch.setattr("typer.confirm", stopped)
    again = simfunnel("sweep", file, "--out", tmp_path / "kept")
    assert (again.exit_code, again.stderr.splitlines()[-1].partition(":")[0]) == (130, "interrupted")
    monkeypatch.setattr("typer.confirm", lambda text, err: True)
    assert simfunnel("sweep", file, "--out", tmp_path / "kept").exit_code == 0


def test_many_points_are_asked_for_too() -> None:
    assert sweeping._go_on(study.Expectation(10_000, 599.0), False, None)
    for expected in (study.Expectation(10_001, 1.0), study.Expectation(2, 600.0)):
        assert sweeping._go_on(expected, True, None)
        with pytest.raises(sweeping.ArgumentError, match="give --yes to go on"):
            sweeping._go_on(expected, False, None)


def begun(*words: object, **settings: object) -> subprocess.Popen[str]:
    """The command in processes of its own session."""
    return subprocess.Popen(
        [sys.executable, "-m", "simfunnel", "sweep", *map(str, words)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, **settings,  # type: ignore[call-overload]
    )  # fmt: skip


@pytest.mark.skipif(not hasattr(os, "killpg"), reason="needs POSIX signals")
def test_ctrl_c_says_what_is_kept_and_leaves_no_process(file: str, tmp_path: Path) -> None:
    usual = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)  # a shell ignores it in the background
    parts = tmp_path / "kept" / "parts"
    with begun(file, "--out", tmp_path / "kept", "--sims", 200_000, "--jobs", 2, "--yes", preexec_fn=usual) as process:
        until = time.monotonic() + 60
        while time.monotonic() < until and len([*parts.glob("*.npz")]) < 4:
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert err.startswith("interrupted: ")
    assert " of 6 points and parts of " in err
    assert err.endswith(f" more are kept in {tmp_path / 'kept'}; the same command goes on\n")
    until = time.monotonic() + 10  # multiprocessing's own tracker sees the end a moment later
    while in_session(process.pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not in_session(process.pid)
    assert not [*parts.glob(".*.part")]


def in_session(session: int) -> list[int]:
    """Processes of a session that still live."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[3]) == session and fields[0] != "Z":
            found.append(int(status.parent.name))
    return found


def test_a_full_disk_is_said_with_the_folder(file: str, tmp_path: Path) -> None:
    """No file may be longer than 8 KiB, as if there were no more room."""
    small = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (8 << 10, 8 << 10))
    with begun(file, "--out", tmp_path / "kept", "--sims", 5_000, "--jobs", 1, preexec_fn=small) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert err.startswith(f"{tmp_path / 'kept'}: there is no room left")
    assert "make room, and the same command goes on" in err
    assert not [*(tmp_path / "kept").rglob("*.part")]
