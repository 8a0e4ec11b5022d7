"""Is the work shared where that saves time, and nowhere else, and is what goes wrong said in words?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

import simfunnel as sf
from simfunnel import workers
from simfunnel.errors import SimfunnelError

ROOT = Path(__file__).parents[1]
YEAR = sf.load(ROOT / "configs" / "cold_leads.yaml")


@pytest.fixture
def many_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("simfunnel.simulation.LEADS_A_BLOCK", 2_000)  # 50 replications of 40 leads


@pytest.fixture
def pools(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many processes would have been started, each time; threads do their work."""
    started: list[int] = []

    def pool(n: int) -> Executor:
        started.append(n)
        return ThreadPoolExecutor(n)

    monkeypatch.setattr(workers, "_processes", pool)
    return started


def run(n_sims: int = 600, **settings: object) -> sf.Result:
    return sf.simulate(YEAR, n_sims=n_sims, seed=3, progress=False, **settings)  # type: ignore[arg-type]


def test_a_short_run_stays_in_this_process(many_blocks: None, pools: list[int]) -> None:
    run(workers=8)
    assert pools == []


def test_a_long_run_is_shared_from_its_second_block_on(
    many_blocks: None, pools: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = run(workers=1)
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)
    assert run(workers=3) == alone
    assert pools == [3]
    assert run(workers=1) == alone
    assert pools == [3]


def test_looks_share_one_pool(many_blocks: None, pools: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)
    shared = run(16_000, workers=2, precision=0.02)  # looks at 2,000, 4,000 ...
    assert shared.n_sims >= 8_000
    assert pools == [2]
    assert shared == run(16_000, workers=1, precision=0.02)


class Counting(Executor):
    """Does its work at once, and remembers how much was handed out before any of it was fetched."""

    def __init__(self) -> None:
        self.ahead = self.most_ahead = 0

    def submit(self, call: Callable[..., object], /, *args: object, **named: object) -> Future[object]:  # type: ignore[override]
        self.ahead += 1
        self.most_ahead = max(self.most_ahead, self.ahead)
        done: Future[object] = Future()
        done.set_result(call(*args, **named))
        fetch = done.result

        def result(timeout: float | None = None) -> object:
            self.ahead -= 1
            return fetch(timeout)

        done.result = result  # type: ignore[method-assign]
        return done


def test_an_executor_does_all_the_work_and_holds_few_blocks(many_blocks: None, pools: list[int]) -> None:
    executor = Counting()
    assert run(workers=2, executor=executor) == run(workers=1)
    assert executor.most_ahead == 4
    assert executor.ahead == 0
    assert pools == []


def test_real_processes_bring_the_same(many_blocks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)
    assert run(workers=2) == run(workers=1)


def test_a_worker_that_dies_is_told_in_words(many_blocks: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)
    monkeypatch.setattr(workers, "_begin", die)
    with pytest.raises(SimfunnelError, match="a worker process has died"):
        run(workers=2)


def die() -> None:
    os._exit(1)


@pytest.mark.parametrize(
    ("file", "spec", "expected"), [("script.py", None, 1), (None, None, "cores"), ("cli.py", object(), "cores")]
)
def test_only_a_script_is_spared_by_default(
    file: str | None, spec: object, expected: int | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    main = type(sys)("__main__")
    main.__spec__ = spec  # type: ignore[assignment]
    if file is not None:
        main.__file__ = file
    monkeypatch.setitem(sys.modules, "__main__", main)
    assert workers.usual_number() == (workers.cores() if expected == "cores" else expected)


def test_an_unguarded_script_runs_once(tmp_path: Path) -> None:
    script = tmp_path / "study.py"
    script.write_text(
        "import simfunnel as sf\nimport simfunnel.simulation, simfunnel.workers\n"
        "simfunnel.simulation.LEADS_A_BLOCK, simfunnel.workers.PAYS_FROM = 2_000, 0.0\n"
        f"print(sf.simulate(sf.load({str(ROOT / 'configs' / 'cold_leads.yaml')!r}), n_sims=600, seed=3).n_sims)\n"
    )
    found = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "600\n", "")
