"""Who is told how far a long run is?"""

import io
import sys

import pytest

import simfunnel.progress as progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_kernel_that_is_only_imported_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ipykernel.kernelapp")  # as a test of notebooks, or any library, may have done
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    with progress.reporter(True, 10) as report:
        report(5)
    assert sys.stderr.getvalue() == ""  # type: ignore[attr-defined]


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", Terminal())
    with progress.reporter(True, 10) as report:
        report(5)
    assert "simulating" in sys.stderr.getvalue()  # type: ignore[attr-defined]


def test_ones_own_function_hears_every_step() -> None:
    heard: list[tuple[int, int]] = []
    with progress.reporter(lambda done, total: heard.append((done, total)), 10) as report:
        report(5)
        report(10)
    assert heard == [(5, 10), (10, 10)]
