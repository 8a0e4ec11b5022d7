"""Is every bad file refused in under a second, with the words that its first line says its author must be told?"""

from __future__ import annotations

import time
from pathlib import Path

import pytest
import scipy.stats  # noqa: F401 (loading it is no part of a refusal)

from simfunnel.errors import ScenarioError
from simfunnel.scenario import load
from simfunnel.studies.sweep import define

HERE = Path(__file__).parent
SCENARIOS = sorted(HERE.glob("*.yaml"))
SWEEPS = sorted((HERE / "sweeps").glob("*.yaml"))
FILES = [*SCENARIOS, *SWEEPS]


def expected(path: Path) -> list[str]:
    """The phrases on the first line, each of which one of the faults must contain."""
    first = path.read_bytes().split(b"\n", 1)[0].decode()
    assert first.startswith("# expect: "), f"{path.name} does not say what its author must be told"
    return [phrase.strip() for phrase in first.removeprefix("# expect: ").split(" | ")]


def refusal(path: Path) -> ScenarioError:
    """What is said of a file."""
    with pytest.raises(ScenarioError) as caught:
        _ = define(path) if path in SWEEPS else load(path)
    return caught.value


def test_there_are_enough_of_them() -> None:
    assert len(SCENARIOS) >= 60
    assert len(SWEEPS) >= 60


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_refused_with_the_right_words(path: Path) -> None:
    phrases = expected(path)
    started = time.process_time()
    error = refusal(path)
    assert time.process_time() - started < 1.0
    said = [str(problem) for problem in error.problems]
    for phrase in phrases:
        assert any(phrase in line for line in said), f"nothing says {phrase!r} in:\n{error}"
    for line in said:
        assert any(phrase in line for phrase in phrases), f"nobody expects:\n{line}"
        assert len(line) < 1_500


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_fault_says_where_it_stands(path: Path) -> None:
    for problem in refusal(path).problems:
        file = problem.where.partition(":")[0]
        assert (path.parent / file).is_file() or problem.message.startswith("and more")


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_bytes(b"")
    with pytest.raises(ScenarioError, match=r"empty\.yaml: is empty"):
        load(path)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="is not a file"):
        load(tmp_path)


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("name: secret\n")
    inner = tmp_path / "configs"
    inner.mkdir()
    (inner / "base.yaml").symlink_to(tmp_path / "secret.yaml")
    (inner / "mine.yaml").write_text("extends: base.yaml\n")
    with pytest.raises(ScenarioError, match="leads out of the folder"):
        load(inner / "mine.yaml")


def test_a_long_chain_is_refused(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"c{number}.yaml").write_text(f"extends: c{number + 1}.yaml\n")
    with pytest.raises(ScenarioError, match="chain of more than 10 files"):
        load(tmp_path / "c0.yaml")
