"""Where does the article lie, and how is the command line run in a process of its own?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from typer.testing import Result

ROOT = Path(__file__).parents[2]
ARTICLE = str(ROOT / "configs" / "cold_leads.yaml")
SLA = str(ROOT / "configs" / "cold_leads_sla.yaml")

Command = Callable[..., Result]


def shell(*words: str, code: str | None = None, **variables: str) -> subprocess.CompletedProcess[str]:
    """The command line in a process of its own."""
    command = ["-c", code] if code is not None else ["-m", "simfunnel", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **variables}
    return subprocess.run(
        [sys.executable, *command], capture_output=True, text=True, encoding="utf-8", env=environment, check=False
    )
