"""Is a sweep the same whoever computes it, in parts of whatever size?"""

from __future__ import annotations

from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest

import simfunnel as sf
from simfunnel import workers
from simfunnel.studies.sweep import jobs, study
from studies.sweeps import MEASURES, YEAR, swept, table


def test_every_point_is_the_run_that_it_would_be_alone() -> None:
    found = swept()
    for point in range(found.sweep.n_points):
        alone = sf.simulate(found.sweep.scenario(point), n_sims=300, seed=7, keep=MEASURES[2:], progress=False)
        for column in found.sweep.columns:
            assert (found.store.values(point, column) == alone.array(column)).all()


@pytest.mark.parametrize(("probe", "cells"), [(1, 9), (7, 100), (300, 1 << 20)])
def test_parts_may_have_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, probe: int, cells: int) -> None:
    whole = table(swept(n_sims=25), tmp_path)
    monkeypatch.setattr(jobs, "_PROBE", probe)
    monkeypatch.setattr(jobs, "_CELLS", cells)
    assert table(swept(n_sims=25, out=tmp_path / "kept"), tmp_path) == whole
    assert table(sf.SweepResult.load(tmp_path / "kept"), tmp_path) == whole


@pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.slow), 2, pytest.param(4, marks=pytest.mark.slow)])
def test_threads_bring_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    monkeypatch.setattr(jobs, "_PROBE", 20)
    with ThreadPoolExecutor(n) as pool:
        assert table(swept(executor=pool, out=tmp_path / "kept"), tmp_path) == table(swept(), tmp_path)


def test_another_process_brings_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_CELLS", 300)  # parts of 100 replications
    with workers.processes(1) as pool:  # several are slow to come
        assert table(swept(executor=pool, out=tmp_path / "kept"), tmp_path) == table(swept(), tmp_path)


def test_processes_start_where_much_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)
    monkeypatch.setattr(jobs, "_CELLS", 300)
    started: list[int] = []
    monkeypatch.setattr(workers, "processes", counted(started))
    swept(workers=2)
    assert started == [2]


@pytest.mark.slow
@pytest.mark.parametrize("n", [1, 2, 4])
def test_any_number_of_processes_brings_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n: int) -> None:
    """Long enough that all have something to do once they have come."""
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)
    monkeypatch.setattr(jobs, "_CELLS", 6_000)
    found = swept(n_sims=60_000, workers=n, out=tmp_path / "kept")
    assert table(found, tmp_path) == table(swept(n_sims=60_000), tmp_path)


def counted(started: list[int]) -> object:
    def processes(n: int) -> Executor:
        started.append(n)
        return Slow()

    return processes


def test_a_short_sweep_stays_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []
    monkeypatch.setattr(workers, "processes", counted(started))
    swept(workers=4)
    assert started == []


def test_progress_is_told_in_points_and_ends_with_all() -> None:
    told: list[tuple[int, int]] = []
    swept(progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (6, 6)


def test_a_point_that_fails_is_kept_with_its_reason_and_the_others_go_on(tmp_path: Path) -> None:
    base = YEAR.change({"stages.sql.conversion": None, "stages.sql.conversion_of_entered": "70%",
                        "stages.sql.neglect": "0%"})  # fmt: skip
    vary = {"stages.sql.conversion_of_entered": ["70%", "90%"], "stages.sql.neglect": ["0%", "20%"]}
    for out in (None, tmp_path / "kept"):
        found = sf.sweep(base, vary, n_sims=50, progress=False, out=out, impossible="leave out")
        assert "conversion_of_entered" in str(found.store.failure(3))
        assert [found.store.n_sims(point) for point in range(4)] == [50, 50, 50, 0]
        assert str(found.account) == "4 points: 0 reused, 4 computed, 1 failed"
    assert found.failures == sf.SweepResult.load(tmp_path / "kept").failures


class Slow(Executor):
    """Processes that never come."""

    def submit(self, fn: object, /, *args: object, **named: object) -> Future[object]:  # type: ignore[override]
        assert fn is jobs.warm_up
        return Future()


def test_until_processes_have_come_this_one_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_CELLS", 300)
    monkeypatch.setattr(workers, "PAYS_FROM", 0.0)
    monkeypatch.setattr(workers, "processes", lambda n: Slow())
    assert table(swept(workers=2), tmp_path) == table(swept(), tmp_path)


def test_what_memory_cannot_hold_is_refused_and_a_folder_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "machine_memory", lambda: 2 << 30)
    with pytest.raises(ValueError, match=r"6 points x 10,000,000 futures would take .* GiB of memory.*--out DIR"):
        swept(n_sims=10_000_000, measures=["deals", "revenue", "roi"])
