"""Is a sweep cut into jobs that together are all of it, each of about the wanted time?"""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simfunnel.progress import pace
from simfunnel.studies.sweep import define
from simfunnel.studies.sweep.definition import Sweep
from simfunnel.studies.sweep.jobs import SECONDS, Done, Job, Work
from simfunnel.studies.sweep.store import InMemory
from studies.sweeps import MEASURES, VARY, YEAR

SWEEP = define(YEAR, VARY, measures=MEASURES, n_sims=1_000)
N_POINTS = SWEEP.n_points


def drained(work: Work, speed: float, workers: int) -> list[Job]:
    """All jobs, each done at once at so many replications a second."""
    done = []
    while work.is_left:
        job = work.next(workers)
        work.is_back(job)
        work.count(job, Done((), job.weight / speed))
        done.append(job)
    return done


there = st.lists(st.tuples(st.integers(0, N_POINTS - 1), st.integers(0, 999), st.integers(1, 1_000)), max_size=12)


@settings(max_examples=60, deadline=None)
@given(there=there, speed=st.floats(1.0, 1e7), workers=st.integers(1, 64))
def test_jobs_are_all_that_is_missing_and_nothing_twice(
    there: list[tuple[int, int, int]], speed: float, workers: int
) -> None:
    store = InMemory(1_000)
    left = {(point, at) for point in range(N_POINTS) for at in range(1_000)}
    for point, start, n in there:
        store.note(point, start, min(start + n, 1_000), {})
        left -= {(point, at) for at in range(start, min(start + n, 1_000))}
    jobs = drained(Work(SWEEP, SWEEP.columns, store), speed, workers)
    handed = [(point, at) for job in jobs for point, start, stop in job.entries for at in range(start, stop)]
    assert len(handed) == len(set(handed))
    assert set(handed) == left


@pytest.mark.parametrize("speed", [30.0, 1_000.0, 40_000.0])
def test_jobs_take_about_the_wanted_time_and_less_towards_the_end(speed: float) -> None:
    sweep = define(YEAR, VARY, n_sims=int(20 * speed))  # 120 seconds of work
    taken = [job.weight / speed for job in drained(Work(sweep, sweep.columns, InMemory()), speed, 4)]
    assert max(taken[1:-1]) == pytest.approx(SECONDS, rel=0.05)
    assert sum(each > 0.9 * SECONDS for each in taken) > len(taken) / 3
    assert all(each < 0.5 for each in taken[-3:])


def test_a_slow_first_job_does_not_count() -> None:
    work = Work(SWEEP, SWEEP.columns, InMemory())
    for seconds in (0.01, 0.001):  # what is imported takes its time once
        job = work.next(1)
        work.is_back(job)
        assert not work.is_measured
        work.count(job, Done((), seconds * job.weight))
    assert work.is_measured
    assert work.seconds == pytest.approx(0.001 * work.n_points * 1_000)


def test_points_with_a_precision_are_never_cut() -> None:
    sweep: Sweep = define(YEAR, VARY, precision={"of": "deals", "within": 0.5, "most": 5_000})
    jobs = drained(Work(sweep, sweep.columns, InMemory()), 1e4, 2)
    assert sorted(entry for job in jobs for entry in job.entries) == [(point, 0, 5_000) for point in range(N_POINTS)]


def test_what_has_failed_is_not_begun_again() -> None:
    store = InMemory(1_000)
    work = Work(SWEEP, SWEEP.columns, store)
    first = work.next(1)
    work.is_back(first)
    work.count(first, Done((), 1.0))
    for point in range(N_POINTS):
        store.fail(point, "no reason")
    assert not work.is_left
    assert work.n_points == 0


def test_time_left_counts_only_what_this_run_has_done() -> None:
    assert pace(60, 100, 50, 5.0) == "2.0 a second, 20 s left"
    assert pace(50, 100, 50, 5.0) == ""
