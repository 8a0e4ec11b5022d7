"""Do the compiled loops give the very bits of the plain ones, one by one and in whole runs?"""

from __future__ import annotations

import gc
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import simfunnel as sf
from simfunnel import luck
from simfunnel.compiled import Compiled, compiling
from simfunnel.distributions import closed, table, tabled
from simfunnel.engine import first_come, histories, joining, kernel, loops, staffing

pytest.importorskip("numba", reason="numba is not installed (the extra `speed`)")

CONFIGS = sorted((Path(__file__).parents[2] / "configs").glob("*.yaml"))
SIZES = (0, 1, 7, 20_000)
REPS, PERIODS, LEADS, DAYS = 40, 5, 50_000, 300

Arguments = tuple[Any, ...]
Maker = Callable[[np.random.Generator, int], Arguments]


def leads(chance: np.random.Generator, n: int) -> np.ndarray:
    return np.sort(chance.choice(LEADS, n, replace=False))


def bounds(chance: np.random.Generator, n: int, of: int = REPS) -> np.ndarray:
    return np.concatenate([[0], np.sort(chance.integers(0, n + 1, of - 1)), [n]])


def keys(chance: np.random.Generator, n: int) -> np.ndarray:
    return chance.integers(0, 2**64, n, np.uint64)


def sides(chance: np.random.Generator, n: int) -> tuple[np.ndarray, int]:
    mask = chance.random(n) < 0.4
    return mask, np.count_nonzero(mask)


def three(c: np.random.Generator, n: int) -> Arguments:
    """Three arrays, and room for as much."""
    return leads(c, n), times(c, n), times(c, n), np.zeros(n, int), np.zeros(n), np.zeros(n)


def reps(chance: np.random.Generator) -> np.ndarray:
    return np.sort(chance.integers(0, REPS, LEADS, np.int32))


def counters(of: int = REPS) -> np.ndarray:
    return np.zeros(of, np.int64)


def times(chance: np.random.Generator, n: int) -> np.ndarray:
    return chance.random(n) * DAYS


def period_of_day(chance: np.random.Generator) -> np.ndarray:
    return np.sort(chance.integers(0, PERIODS, DAYS + 1))


def shares(chance: np.random.Generator, n: int) -> np.ndarray:
    ends = [2.0**-53, 1.0 - 2.0**-53, 0.5, 1e-9]
    return np.concatenate([ends, luck.uniforms(keys(chance, n), np.uint64(3))])[:n] if n > 4 else np.full(n, 0.3)


def table_of(made: table.Table, scale: float) -> Maker:
    return lambda c, n: (shares(c, n), made._cubics, made._shift, made._first, scale, np.empty(n))


def past(c: np.random.Generator) -> np.ndarray:
    return c.integers(0, 9, (LEADS, 3, 3), np.uint8)


def queueing(c: np.random.Generator, n: int) -> Arguments:
    """Visits to sort, many of them at the same moments; whoever came before came as the lead that is one lower."""
    time, lasts, visit = c.integers(0, 40, n) * 5.0, c.integers(0, 9, n) * 5.0, np.arange(n)
    before = np.where(c.random(n) < 0.3, visit - 1, -1)
    first = np.where(before >= 0, before, visit)
    join, order = np.where(before >= 0, time[before] + lasts[before], time), np.sort(c.permutation(n)[: n - n // 9])
    return order, counters(REPS + 1), c.integers(0, REPS, n), join, 300.0, visit, first, before, time, lasts


def worked(c: np.random.Generator, n: int) -> Arguments:
    """Visits that teams are to be booked for, some never served and some still waiting."""
    join = times(c, n)
    begin = np.where(c.random(n) < 0.6, join + c.random(n) * 9, c.choice([np.inf, -np.inf], n))
    at_work, gone = np.where(c.random(n) < 0.9, join, np.inf), join + c.random(n) * 30
    return (
        np.zeros((7, REPS), int), reps(c), c.integers(0, LEADS, n), join, begin, at_work, gone,
        c.random(n), c.random(n), 280.0, 290.0,
    )  # fmt: skip


MAKERS: list[tuple[Any, Maker]] = [
    (joining.sort, queueing),
    (staffing._count, worked),
    (luck._uniforms, lambda c, n: (np.empty(n), keys(c, n), keys(c, 1))),
    (luck._uniforms, lambda c, n: (np.empty(n), keys(c, n), keys(c, n))),
    (luck._uniforms_of, lambda c, n: (np.empty(n), keys(c, LEADS), keys(c, 1), leads(c, n))),
    (luck._uniforms_of, lambda c, n: (np.empty(n), keys(c, LEADS), keys(c, n), leads(c, n))),
    (luck._fold_ranges, lambda c, n: (keys(c, REPS), np.diff(bounds(c, n)), np.empty(n, np.uint64))),
    (table._read, table_of(closed._unit_lognormal(0.9), 3.3)),
    (table._read, table_of(closed._unit_weibull(0.7), 1.0)),
    (table._read, table_of(tabled._unit_gamma(0.4), 17.0)),
    (table._read, table_of(tabled._unit_beta(0.2, 30.0), 1.0)),
    (loops._part, lambda c, n: (*sides(c, n), leads(c, n), times(c, n), np.zeros(n, int), np.zeros(n))),
    (loops._part_both, lambda c, n: (*sides(c, n), *three(c, n))),
    (
        loops._part_below,
        lambda c, n: (
            c.random(n),
            c.random(REPS),
            bounds(c, n),
            leads(c, n),
            times(c, n),
            np.zeros(2 * n, int),
            np.zeros(2 * n),
        ),
    ),
    (loops._kept, lambda c, n: (c.random(n) < 0.9, *three(c, n))),
    (loops._bounds, lambda c, n: (counters(), leads(c, n), np.sort(c.integers(0, LEADS + 9, REPS)))),
    (loops._repeat, lambda c, n: (np.empty(n), c.random(REPS), bounds(c, n))),
    (loops.count, lambda c, n: (counters(), reps(c), leads(c, n))),
    (loops.add_up, lambda c, n: (counters(), reps(c), leads(c, n), c.random(n) * 1e9)),
    (loops.stay, lambda c, n: (counters(), reps(c), leads(c, n), times(c, n), times(c, n) + DAYS)),
    (loops.stay_in_order, lambda c, n: (counters(), bounds(c, n), times(c, n), times(c, n) + DAYS)),
    (
        loops.periods,
        lambda c, n: (np.zeros((REPS, PERIODS), int), reps(c), leads(c, n), times(c, n), 280.0, period_of_day(c)),
    ),
    (
        loops.periods_in_order,
        lambda c, n: (np.zeros((REPS, PERIODS), int), bounds(c, n, 3 * REPS), times(c, n), 280.0, period_of_day(c)),
    ),
    (histories._count, lambda c, n: (counters(n), past(c), c.permutation(LEADS)[:n], 1, True, False, True)),
    (histories._bump, lambda c, n: (past(c), c.permutation(LEADS)[:n], 2, 1)),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("loop", "make"), MAKERS, ids=[each.loop.__qualname__ for each, _ in MAKERS])
def test_each_loop_gives_the_same_bits(loop: Compiled[..., Any], make: Maker, size: int) -> None:
    args = make(np.random.default_rng(size), size)
    plain, fast = deepcopy(args), deepcopy(args)
    with compiling("never"):
        given = loop(*plain)
    with compiling("always"):
        found = loop(*fast)
    assert loop.is_compiled
    assert found == given
    for a, b in zip(meant(loop, fast, found), meant(loop, plain, given), strict=True):
        assert a.tobytes() == b.tobytes()


def meant(loop: Compiled[..., Any], args: Arguments, n: int) -> list[np.ndarray]:
    """The arrays as the loop has left them; of those kept only as much as there is."""
    arrays = [np.asarray(each) for each in args]
    return [each[:n] for each in arrays[-3:]] if loop is loops._kept else arrays


def test_no_loop_is_forgotten() -> None:
    tried = {id(each) for each, _ in MAKERS} | {id(kernel.live), id(first_come.serve)}  # queues have tests of their own
    ours = [each for each in gc.get_objects() if type(each) is Compiled and "simfunnel." in each.loop.__module__]
    assert [each.loop.__qualname__ for each in ours if id(each) not in tried] == []


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_whole_runs_are_the_same(path: Path) -> None:
    scenario = sf.load(path)
    n_sims = 8 if scenario.teams else 150  # a plain queue takes its time, and each has thousands of leads
    with compiling("never"):
        plain = sf.simulate(scenario, n_sims=n_sims, seed=11, workers=1, progress=False)
    with compiling("always"):
        fast = sf.simulate(scenario, n_sims=n_sims, seed=11, workers=1, progress=False)
    assert fast == plain
    assert fast.leads(3).equals(plain.leads(3))


def test_what_is_compiled_contracts_nothing() -> None:
    """A product and a sum in one step would round once where NumPy rounds twice."""
    fresh = pytest.importorskip("numba").njit(table._read.loop)  # what is stored cannot be looked into
    fresh(*table_of(closed._unit_lognormal(0.9), 3.3)(np.random.default_rng(1), 100))
    code = "".join(fresh.inspect_asm().values())
    assert "mul" in code
    assert "fmadd" not in code
    assert "fmla" not in code
