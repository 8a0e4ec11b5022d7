"""What does a sweep lose that is killed with all its processes, at any time? At most what its workers were just at."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs POSIX processes")
@pytest.mark.parametrize(("hands", "rounds"), [("threads", 60), ("processes", 20)])
def test_killed_at_any_time_a_sweep_goes_on(tmp_path: Path, hands: str, rounds: int) -> None:
    done = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("killed.py")), str(tmp_path), str(rounds), hands],
        capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = re.fullmatch(rf"{rounds} killed, ([0-9]+) of them with several at work\n", done.stdout)
    assert told is not None
    assert int(told[1]) >= rounds // 5  # else the test would look at nothing
