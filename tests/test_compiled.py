"""Do compiled and plain loops give the same bits, and does a run go on where numba cannot?"""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import numpy as np
import pytest

import simfunnel.compiled as compiling_module
from simfunnel.compiled import Compiled, as_it_is, begin_at, compiled, compiling, helper, seconds

WITHOUT = "numba is not installed (the extra `speed`)"


@helper
def twice(x: float) -> float:
    return x + x


def doubled(x: np.ndarray) -> np.ndarray:
    out = np.empty_like(x)
    for i in range(x.size):
        out[i] = twice(x[i])
    return out


def unreadable(x: Any) -> Any:
    return str(x).encode().hex()  # what numba does not know


def test_numba_compiles_where_it_is_installed() -> None:
    pytest.importorskip("numba", reason=WITHOUT)
    loop: Compiled[[np.ndarray], np.ndarray] = compiled(doubled)
    with compiling("always"):
        assert loop(np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]
    assert loop.is_compiled


def test_never_means_never() -> None:
    loop: Compiled[[np.ndarray], np.ndarray] = compiled(doubled)
    with compiling("never"):
        assert loop(np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]
    assert not loop.is_compiled


def test_only_work_that_pays_is_compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba", reason=WITHOUT)
    loop: Compiled[[np.ndarray], np.ndarray] = compiled(doubled)
    monkeypatch.setattr(compiling_module, "PAYS_FROM", 0.5)
    begin_at(0.0)
    with compiling("auto"):
        loop(np.arange(1.0))
        assert 0.0 < seconds() < 0.5
        assert not loop.is_compiled
        begin_at(0.5)
        loop(np.arange(1.0))
    assert loop.is_compiled
    begin_at(0.0)


@pytest.mark.parametrize("error", [ImportError, AttributeError, SystemError])
def test_a_broken_numba_is_done_without(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def broken(name: str) -> Any:
        raise error(f"{name} needs another NumPy")

    monkeypatch.setattr(compiling_module, "import_module", broken)
    loop: Compiled[[np.ndarray], np.ndarray] = compiled(doubled)
    with compiling("always"):
        assert loop(np.arange(3.0)).tolist() == [0.0, 2.0, 4.0]
    assert not loop.is_compiled


def test_what_numba_cannot_compile_runs_plainly() -> None:
    loop: Compiled[[Any], Any] = compiled(unreadable)
    with compiling("always"):
        assert loop(np.arange(2)) == "5b3020315d"
    assert not loop.is_compiled


def test_an_unknown_mode_is_refused() -> None:
    with pytest.raises(ValueError, match="never"), compiling("sometimes"):
        pass


def test_importing_simfunnel_leaves_numba_alone() -> None:
    code = "import sys, simfunnel, simfunnel.engine.futures, simfunnel.cli; assert 'numba' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_as_it_is_compiles_nothing_more_and_uses_what_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    before = compiled(lambda n: n + 1)
    later = compiled(lambda n: n + 2)  # on a line of its own: numba keeps them by their place
    with compiling("always"):
        assert before(1) == 2
    monkeypatch.setattr(compiling_module, "PAYS_FROM", 0.0)
    with compiling("auto"):
        with as_it_is():
            assert (before(1), later(1)) == (2, 3)
        assert (before.is_compiled, later.is_compiled) == (True, False)
        assert later(1) == 3
        assert later.is_compiled
