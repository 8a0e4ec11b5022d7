"""Is the work shared where that saves time, and nowhere else, and is what goes wrong said in words?"""

from __future__ import annotations

import multiprocessing
import os
import platform
import signal
import subprocess
import sys
import time
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

    monkeypatch.setattr(workers, "processes", pool)
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


def test_runs_in_a_row_share_one_staff_once_they_have_taken_long_enough(
    many_blocks: None, pools: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = run(workers=1)
    with workers.shared(3, None) as staff:
        assert run(workers=3, executor=staff) == alone
        assert pools == []
        monkeypatch.setattr(workers, "PAYS_FROM", 0.0)  # what has been worked is long enough now
        assert run(workers=3, executor=staff) == alone
        assert run(workers=3, executor=staff) == alone
    assert pools == [3]
    assert not staff.is_there  # type: ignore[attr-defined]


def test_a_sizing_of_teams_starts_its_processes_once(
    many_blocks: None, pools: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)
    staffed = YEAR.change({"teams": {"sales": {"people": 2}}, "stages.sql": {"team": "sales", "service": "30 hours"}})
    wanted = {"lever": "teams.sales.people", "target": "deals >= 4", "chance": 0.5, "low": 1, "high": 3}
    found = [sf.size(staffed, **wanted, n_sims=200, progress=False, workers=many) for many in (1, 2)]  # type: ignore[arg-type]
    assert pools == [2]
    assert found[0].points == found[1].points


class Counting(Executor):
    """Does its work at once, and remembers how much was handed out before any of it was fetched."""

    def __init__(self) -> None:
        self.ahead = self.most_ahead = 0
        self._max_workers = 5

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
    assert executor.most_ahead == 10
    assert executor.ahead == 0
    assert pools == []


@pytest.mark.slow
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


def test_a_daemonic_process_does_its_work_alone(
    many_blocks: None, pools: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)  # type: ignore[attr-defined]
    assert run(workers=4) == run(workers=1)
    assert pools == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_killed_run_leaves_no_process_behind(tmp_path: Path) -> None:
    script = tmp_path / "study.py"
    script.write_text(
        "import simfunnel as sf, simfunnel.simulation, simfunnel.workers, multiprocessing, time\n"
        "if __name__ == '__main__':\n"
        "    pool = simfunnel.workers.processes(1)\n"
        "    pool.submit(time.sleep, 0).result()\n"
        "    print(multiprocessing.active_children()[0].pid, flush=True)\n"
        "    time.sleep(60)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, script], stdout=subprocess.PIPE, text=True, env=env) as study:
        assert study.stdout is not None
        worker = int(study.stdout.readline())
        study.kill()
    for _ in range(200):
        if not is_alive(worker):
            break
        time.sleep(0.05)
    assert not is_alive(worker)


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    return not status.exists() or status.read_text().rpartition(")")[2].split()[0] != "Z"


def test_an_unguarded_script_runs_once_on_all_cores_and_brings_the_same(tmp_path: Path) -> None:
    script = tmp_path / "study.py"
    script.write_text(
        "import simfunnel as sf\nimport multiprocessing, simfunnel.simulation, simfunnel.workers\n"
        "simfunnel.simulation.LEADS_A_BLOCK, simfunnel.workers.PAYS_FROM = 2_000, 0.0\n"
        "most = 0\ndef look(done, total):\n    global most\n"
        "    most = max(most, len(multiprocessing.active_children()))\n"
        f"leads = sf.load({str(ROOT / 'configs' / 'cold_leads.yaml')!r})\n"
        "run = sf.simulate(leads, n_sims=600, seed=3, workers=2, progress=look)\n"
        "print(most, run.n_sims, run == sf.simulate(leads, n_sims=600, seed=3, workers=1, progress=False))\n"
    )
    found = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    assert (found.returncode, found.stdout, found.stderr) == (0, "2 600 True\n", "")


@pytest.mark.skipif(
    not Path("/sys/kernel/mm/transparent_hugepage").exists() or platform.libc_ver()[0] != "glibc",
    reason="there are no large pages, or another allocator",
)
def test_blocks_live_in_large_pages() -> None:
    """Asked of a process that has done nothing else: of its heap much more than one array is marked for them."""
    code = (
        "import re; from simfunnel.workers import Crew\n"
        "with Crew(1): told = open('/proc/self/smaps').read()\n"
        "areas = re.findall(r'^Size: +(\\d+) kB(?:.*\\n)+?VmFlags: (.*)$', told, re.M)\n"
        "print(sum(int(kilobytes) for kilobytes, flags in areas if 'hg' in flags.split()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) > 50 << 10
