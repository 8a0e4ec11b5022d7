"""How do the tests of the command line run a command, and write a scenario?"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

sys.path.insert(0, str(Path(__file__).parent))  # for `import command_line`, whatever pytest's import mode

from command_line import Command

from simfunnel.cli import app


@pytest.fixture
def simfunnel() -> Command:
    """The command line inside this process: `simfunnel("run", ARTICLE)`."""
    runner = CliRunner()
    return lambda *words: runner.invoke(app, [str(word) for word in words])


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., str]:
    """Write a scenario file; its path."""

    def written(text: str, name: str = "q3.yaml") -> str:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return str(path)

    return written
