"""Is every bad sweep file refused within a second, with the words that its first line says?"""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from simfunnel.errors import ScenarioError
from simfunnel.studies.sweep import define

HERE = Path(__file__).parent
FILES = sorted(HERE.glob("*.yaml"))


def expected(path: Path) -> list[str]:
    """The phrases on the first line, each of which one of the faults must contain."""
    first = path.read_bytes().split(b"\n", 1)[0].decode()
    assert first.startswith("# expect: "), f"{path.name} does not say what its author must be told"
    return [phrase.strip() for phrase in first.removeprefix("# expect: ").split(" | ")]


def test_there_are_enough_of_them() -> None:
    assert len(FILES) >= 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_refused_with_the_right_words_and_place(path: Path) -> None:
    phrases = expected(path)
    started = time.process_time()
    with pytest.raises(ScenarioError) as caught:
        define(path)
    assert time.process_time() - started < 1.0
    said = [str(problem) for problem in caught.value.problems]
    for phrase in phrases:
        assert any(phrase in line for line in said), f"nothing says {phrase!r} in:\n{caught.value}"
    for line in said:
        assert any(phrase in line for phrase in phrases), f"nobody expects:\n{line}"
        assert len(line) < 1_500
        assert line.startswith(path.name), "it does not say in which file it stands"
