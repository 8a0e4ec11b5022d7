"""Is the command quick to start, and is its output whole in pipes, narrow terminals and poor encodings?"""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import ARTICLE, ROOT, Command, shell

from simfunnel.cli import terminal

HEAVY = ("scipy.stats", "pandas", "matplotlib")


def test_help_loads_nothing_heavy() -> None:
    code = f"""
import sys
sys.argv = ["simfunnel", "--help"]
from simfunnel.cli import main
try:
    main()
finally:
    print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""
    said = shell(code=code)
    assert said.returncode == 0
    assert "Usage: simfunnel" in said.stdout
    assert said.stderr == "\n"


def test_check_loads_nothing_heavy() -> None:
    said = shell(
        code=f"""
import sys
sys.argv = ["simfunnel", "check", {ARTICLE!r}]
from simfunnel.cli import main
try:
    main()
finally:
    print(*(name for name in {HEAVY!r} if name in sys.modules), file=sys.stderr)
"""
    )
    assert (said.stdout, said.stderr) == (f"{ARTICLE}: ok\n", "\n")


def test_a_pipe_gets_no_colours_and_no_wrapping() -> None:
    said = shell("run", ARTICLE, "--sims", "50", COLUMNS="30")
    assert "\x1b" not in said.stdout + said.stderr
    assert said.stdout.split("\n")[0].endswith("50 futures, seed 0).")
    assert said.stderr == ""


@pytest.mark.slow
@pytest.mark.parametrize("form", [(), ("--json",)])
def test_a_reader_who_stops_reading_does_not_cost_the_files(form: tuple[str, ...], tmp_path: Path) -> None:
    words = ["compare", ARTICLE, "--set", "stages.sql.neglect=2%", "--sims", "50", "--out", str(tmp_path), *form]
    command, environment = [sys.executable, "-m", "simfunnel", *words], {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment | {"PYTHONUNBUFFERED": "1"}
    ) as process:
        assert process.stdout is not None
        process.stdout.close()
        process.wait()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "comparison.csv",
        "comparison.png",
        "comparison_profit.png",
    ]


def test_an_encoding_without_the_characters_breaks_nothing(write) -> None:
    file = write(
        "name: 漏斗\nhorizon: 1 year\nprocess: [sql, customer]\nsources: {a: {enters: sql, leads: 4}}\n"
        "stages: {sql: {conversion: 25%}}\n"
    )
    said = shell("run", file, "--sims", "20", PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(r"\u6f0f\u6597: the median future")


@pytest.mark.parametrize("width", [30, 100])
def test_a_terminal_of_any_width_shows_everything(width: int) -> None:
    words = ["compare", ARTICLE, "--set", "stages.sql.neglect=2%", "--sims", "50"]
    shown = _in_terminal(words, width)
    text = re.sub(r"\x1b\[[0-9;]*m", "", shown).replace("\r", "")
    assert max(len(line) for line in text.split("\n")) <= width
    joined = " ".join(text.split())
    assert "with stages.sql.neglect = 2%: " in joined
    assert "deals short of plan" in joined
    assert "…" not in text


def test_the_markup_of_a_terminal_is_only_ours() -> None:
    assert terminal.printable("[bold]\x1b]0;title\x07\x1b[2J\u202e\tx") == "[bold] ]0;title  [2J  x"


def test_version(simfunnel: Command) -> None:
    said = simfunnel("--version")
    assert said.exit_code == 0
    assert said.stdout.startswith("simfunnel ")


def test_without_a_command_the_help_is_shown(simfunnel: Command) -> None:
    said = simfunnel()
    assert "compare" in said.output


def test_every_command_has_its_help(simfunnel: Command) -> None:
    for command in ("run", "compare", "check", "explain", "schema", "presets", "demo", "replay"):
        said = simfunnel(command, "--help")
        assert (said.exit_code, f"Usage: simfunnel {command}" in said.output) == (0, True), said.output
    assert "revenue[sector=retail]" in " ".join(simfunnel("run", "--help").output.split())


def _in_terminal(words: list[str], width: int) -> str:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": str(width), "TERM": "xterm-256color"}
    process = subprocess.Popen(
        [sys.executable, "-m", "simfunnel", *words], stdout=theirs, stderr=theirs, stdin=theirs, env=environment
    )
    os.close(theirs)
    pieces = []
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        pieces.append(piece)
    os.close(ours)
    assert process.wait() == 0
    return b"".join(pieces).decode()
