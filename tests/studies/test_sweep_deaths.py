"""What if somebody dies over a sweep: is he replaced, his part done again, and a point that kills named?"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from errno import EAGAIN
from multiprocessing import active_children
from pathlib import Path

import pytest

import simfunnel as sf
from simfunnel import workers
from simfunnel.errors import SimfunnelError
from simfunnel.studies.sweep import jobs
from simfunnel.studies.sweep.hands import Hands
from studies.sweeps import swept, table

DIED = "its process died, perhaps for want of memory"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_CELLS", 900)  # of 300 replications, of one point or two
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)


class Mortal(Executor):
    """Does its work in order, and dies, with all that is begun, of a job that is said to kill."""

    _max_workers = 2

    def __init__(self, kills: Callable[[set[int]], bool], error: Exception | None = None) -> None:
        self._kills, self._error = kills, error
        self.is_dead = False

    def submit(self, fn: Callable[..., object], /, *args: object, **named: object) -> Future[object]:  # type: ignore[override]
        if self.is_dead:
            raise BrokenProcessPool("is dead")
        done: Future[object] = Future()
        if fn is jobs.warm_up:
            done.set_result(None)
            return done
        entries = args[0].entries  # type: ignore[attr-defined]
        if not self._kills({point for point, _, _ in entries}):
            done.set_result(fn(*args, **named))
        elif self._error is not None:
            done.set_exception(self._error)
        else:
            self.is_dead = True
            done.set_exception(BrokenProcessPool("has died"))
        return done


@pytest.mark.parametrize("killers", [set(), *(pytest.param({n}, marks=pytest.mark.slow) for n in (0, 3, 5)), {2, 3}])
def test_the_point_that_kills_is_found_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, killers: set[int]
) -> None:
    monkeypatch.setattr(jobs, "_PROBE", 1)
    monkeypatch.setattr(workers, "processes", lambda n: Mortal(lambda points: bool(points & killers)))
    good = swept()
    found = swept(workers=2, out=tmp_path / "kept")
    assert found.failures == dict.fromkeys(sorted(killers), DIED)
    for point in {*range(6)} - killers:
        assert (found.store.values(point, "roi") == good.store.values(point, "roi")).all()
    assert bool(found.account.notes) == bool(killers)


def test_who_dies_once_is_replaced_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deaths = iter([False, True, False, False, True])
    monkeypatch.setattr(workers, "processes", lambda n: Mortal(lambda points: next(deaths, False)))
    found = swept(workers=2, out=tmp_path / "kept", n_sims=2_000)
    assert found.account.notes == ("processes died 2 times and were replaced; no number depends on it",)
    assert table(found, tmp_path) == table(swept(n_sims=2_000), tmp_path)


def test_where_all_die_it_is_given_up_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "processes", lambda n: Mortal(lambda points: True))
    with pytest.raises(SimfunnelError, match="workers fail whatever they do; the last said: BrokenProcessPool"):
        swept(workers=2, out=tmp_path / "kept")
    assert table(swept(out=tmp_path / "kept"), tmp_path) == table(swept(), tmp_path)


@pytest.mark.parametrize("some", [False, True])
def test_where_no_process_can_be_started_this_one_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, some: bool
) -> None:
    def none(*args: object) -> Executor:
        raise BlockingIOError(EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(Mortal, "submit", none)
    monkeypatch.setattr(workers, "processes", (lambda n: Mortal(bool)) if some else none)
    found = swept(workers=2)
    assert f"no other processes could be started ([Errno {EAGAIN}] Resource" in found.account.notes[0]
    assert table(found, tmp_path) == table(swept(), tmp_path)


def test_an_executor_that_was_given_and_breaks_is_said(tmp_path: Path) -> None:
    deaths = iter([False, False, True])
    with pytest.raises(SimfunnelError, match=r"the executor takes no more work .*what has been stored is kept"):
        swept(executor=Mortal(lambda points: next(deaths)), out=tmp_path / "kept")
    again = swept(out=tmp_path / "kept")
    assert again.account.reused + again.account.extended > 0
    assert table(again, tmp_path) == table(swept(), tmp_path)


def test_an_executor_that_is_shut_is_said() -> None:
    with ThreadPoolExecutor(1) as pool:
        pass
    with pytest.raises(SimfunnelError, match=r"the executor takes no more work .*cannot schedule new futures"):
        swept(executor=pool)


def test_an_executor_that_loses_jobs_of_one_point_goes_on_with_the_others(tmp_path: Path) -> None:
    """As Dask does, where workers die of a task: it says so of that task alone."""
    found = swept(executor=Mortal(lambda points: 2 in points, RuntimeError("attempted it 3 times")))
    assert found.failures == {2: "RuntimeError: attempted it 3 times"}
    assert [found.store.n_sims(point) for point in range(6)] == [300, 300, 0, 300, 300, 300]


class Forgetful(Executor):
    """Lets go of what it was given, at once or without telling those who wait, as one that is shut does."""

    def __init__(self, forgets: Callable[[int], bool], *, is_told: bool) -> None:
        self._forgets, self._is_told, self._n = forgets, is_told, 0

    def submit(self, fn: Callable[..., object], /, *args: object, **named: object) -> Future[object]:  # type: ignore[override]
        future: Future[object] = Future()
        self._n += 1
        if not self._forgets(self._n):
            future.set_result(fn(*args, **named))
            return future
        future.cancel()
        if self._is_told:
            future.set_running_or_notify_cancel()
        return future


@pytest.mark.parametrize("is_told", [True, False])
def test_what_an_executor_cancels_is_done_again(tmp_path: Path, is_told: bool) -> None:
    found = swept(executor=Forgetful(lambda n: n % 3 == 2, is_told=is_told))
    assert table(found, tmp_path) == table(swept(), tmp_path)
    with pytest.raises(SimfunnelError, match=r"workers fail .*CancelledError: the executor has let go of it"):
        swept(executor=Forgetful(lambda n: n > 2, is_told=is_told))


def test_an_executor_that_cannot_be_reached_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(self: Executor, *args: object, **named: object) -> Future[object]:
        raise OSError("network is unreachable")

    monkeypatch.setattr(Forgetful, "submit", unreachable)
    with pytest.raises(SimfunnelError, match=r"the executor takes no more work \(network is unreachable\)"):
        swept(executor=Forgetful(bool, is_told=True))


def test_a_slip_in_the_program_costs_its_point_only(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = sf.Result.array

    def slip(self: sf.Result, measure: str) -> object:
        if self.terms.plan_customers == 10 and "neglect: 40%" in self.terms.scenario_yaml:
            raise ZeroDivisionError("by zero")
        return usual(self, measure)

    monkeypatch.setattr(sf.Result, "array", slip)
    assert swept().failures == dict.fromkeys((4, 5), "ZeroDivisionError: by zero")


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs POSIX signals")
def test_a_worker_that_is_killed_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_CELLS", 3_000)
    begin = Hands.begin

    def wait_for_them(hands: Hands, work: jobs.Work) -> None:
        begin(hands, work)
        if hands._coming is not None:  # or all might be done before they are there
            wait(hands._coming[1])

    def kill(done: int, total: int) -> None:
        if done >= 2 and not killed and active_children():
            killed.append(True)
            os.kill(active_children()[0].pid or 0, signal.SIGKILL)

    monkeypatch.setattr(Hands, "begin", wait_for_them)
    killed: list[bool] = []
    found = swept(n_sims=20_000, workers=2, out=tmp_path / "kept", progress=kill)
    assert killed
    assert found.account.notes == ("a process died and was replaced; no number depends on it",)
    assert table(found, tmp_path) == table(swept(n_sims=20_000), tmp_path)
