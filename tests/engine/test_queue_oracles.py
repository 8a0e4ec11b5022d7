"""Do queues keep the laws of Erlang A, of Little, and of work that cannot be stored?

Customers come at random, are served for an exponential time by one of some people, first come first served, and leave
after an exponential time of waiting. From long runs whose beginning and end are not counted: the share that leaves, the
share that waits, the mean queue. Each mean has its error from independent runs, after what is explained by how many
came and how much work they brought, whose means are known.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from alarms import Z, strong_enough
from funnels import resolved
from numpy.typing import NDArray

from simfunnel.engine.block import Block
from simfunnel.engine.futures import live
from simfunnel.engine.waves import Wave

Values = NDArray[np.float64]
N_REPS = 100  # of a block


@dataclass(frozen=True)
class ErlangA:
    """Arrivals a day, services a day and person, the rate at which those who wait leave, and people."""

    arrivals: float
    service: float
    patience: float
    people: int

    def exactly(self) -> dict[str, float]:
        """By the stationary law of a birth and death process."""
        weight, weights = 1.0, [1.0]
        for n in range(1, 3_000):
            weight *= self.arrivals / (self.service * min(n, self.people) + self.patience * max(n - self.people, 0))
            weights.append(weight)
        law = np.array(weights) / sum(weights)
        queue = float(law @ np.maximum(np.arange(law.size) - self.people, 0))
        leaves = self.patience * queue / self.arrivals
        return {
            "leaves": leaves,
            "waits": float(law[self.people :].sum()),
            "queue": queue,
            "busy": self.arrivals * (1.0 - leaves) / self.service / self.people,
        }


TABLE = {  # of the model's page: leaves, waits, queue
    ErlangA(10, 1, 0.5, 10): (0.10391, 0.61966, 2.07826),
    ErlangA(8, 1, 0.1, 10): (0.01421, 0.37560, 1.13678),
    ErlangA(12, 1, 0.25, 10): (0.18108, 0.92560, 8.69196),
    ErlangA(3, 1, 1, 2): (0.41631, 0.80085, 1.24894),
}
HEAVY, LIGHT = ErlangA(20, 1, 0.5, 8), ErlangA(4, 1, 1, 6)


@pytest.mark.parametrize(("case", "found"), TABLE.items())
def test_the_table_is_right(case: ErlangA, found: tuple[float, ...]) -> None:
    exact = case.exactly()
    assert tuple(round(exact[name], 5) for name in ("leaves", "waits", "queue")) == found


@dataclass(frozen=True)
class Window:
    """What is counted: from the day on which the opening run is over until the last of it are surely served or gone."""

    first: float
    last: float
    end: float


def seen(case: ErlangA, window: Window, seed: int, first: int) -> dict[str, Values]:
    """Of each replication of a block: what `ErlangA.exactly` says, how many came, and the work that they brought."""
    plan = resolved(f"""
      horizon: {window.end} days
      process: [sql, customer]
      deal_value: 1
      sources: {{s: {{enters: sql, leads: poisson({case.arrivals} per day)}}}}
      stages:
        sql:
          conversion: 100%
          team: sales
          service: exponential(mean={1 / case.service} days)
          shelf_life: exponential(mean={1 / case.patience} days)
      teams: {{sales: {{people: {case.people}}}}}
    """).plan
    leads, _, actual, _, _ = live(Block(plan, seed, first, N_REPS))
    queues = actual.queues
    assert queues is not None
    looked = queues.look(0, Wave(leads.everyone, leads.arrival), None)
    service = looked.service
    left = np.where(looked.is_cold, looked.join + looked.lasts, looked.begin)
    left[looked.waits_still] = window.end
    inside = (looked.join >= window.first) & (looked.join < window.last)

    def total(of: Values, where: Any = True) -> Values:
        return np.bincount(leads.rep, weights=np.where(where, of, 0.0), minlength=N_REPS)

    def area(begin: Values, end: Values) -> Values:
        return np.maximum(np.minimum(end, window.last) - np.maximum(begin, window.first), 0.0)

    length, came, one = window.last - window.first, total(inside * 1.0), np.ones(leads.size)
    served = ~looked.is_cold & ~looked.waits_still
    begin = np.where(served, looked.begin, window.end)
    return {
        "leaves": total(one, inside & looked.is_cold) / came,
        "waits": total(one, inside & (left > looked.join)) / came,
        "queue": total(area(looked.join, left)) / length,
        "busy": total(area(begin, begin + service)) / length / case.people,
        "came": came / length,
        "work": total(service, inside) / length,
        "waited": total(left - looked.join, inside) / length,
    }


def runs(case: ErlangA, window: Window, n: int) -> dict[str, Values]:
    parts = [seen(case, window, seed=4, first=N_REPS * k) for k in range(n)]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def holds(found: dict[str, Values], case: ErlangA, name: str, bias: float) -> None:
    """A mean is what it must be, within an error in which the bias could not hide."""
    exact, values = case.exactly()[name], found[name]
    known = np.stack([found["came"] - case.arrivals, found["work"] - case.arrivals / case.service], axis=1)
    design = np.concatenate([np.ones((values.size, 1)), known], axis=1)
    fitted, *_ = np.linalg.lstsq(design, values, rcond=None)
    error = float((values - design @ fitted).std(ddof=3)) / math.sqrt(values.size)
    print(
        f"{case} {name}: {fitted[0]:.5f}, must be {exact:.5f} +- {Z * error:.5f}; sees {(Z + 2.33) * error / exact:.2%}"
    )
    strong_enough(error, exact, bias)
    assert abs(fitted[0] - exact) <= Z * error, f"{name}: {fitted[0]:.6g}, must be {exact:.6g} +- {Z * error:.2g}"


CASES = [
    (ErlangA(10, 1, 0.5, 10), 9, 0.01),
    (ErlangA(8, 1, 0.1, 10), 8, 0.05),
    (ErlangA(12, 1, 0.25, 10), 8, 0.01),
    (ErlangA(3, 1, 1, 2), 8, 0.01),
    (HEAVY, 2, 0.01),
    (LIGHT, 8, 0.05),
]


@pytest.mark.slow
@pytest.mark.parametrize(("case", "n_blocks", "bias"), CASES, ids=lambda each: str(each))
def test_erlang_a(case: ErlangA, n_blocks: int, bias: float) -> None:
    """Each of 24 means fails by chance with 1e-6 (z = 4.9)."""
    settles = 3.0 / min(case.service, case.patience) + 10.0
    found = runs(case, Window(settles, settles + 900.0, 2 * settles + 900.0), n_blocks)
    for name in ("leaves", "waits", "queue", "busy"):
        holds(found, case, name, bias)
    little = (found["queue"] - found["waited"]).mean() / found["queue"].mean()
    assert abs(little) < 2e-3, "Little: the mean queue is arrivals times the mean wait"
    balance = case.patience * found["queue"].mean() / (found["leaves"] * found["came"]).mean() - 1.0
    assert abs(balance) < 5e-3, "whoever waits leaves at the rate of impatience"
