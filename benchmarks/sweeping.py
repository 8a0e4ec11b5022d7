"""What does a second core save a sweep, and what does it cost to lose nothing?

    python benchmarks/sweeping.py            # some minutes; prints its section of results.md
    python benchmarks/sweeping.py --quick    # a small sweep, one round

200 points by 2,000 replications of the reference year: alone and on two processes, their start included, in turns with
a loop of plain arithmetic that shares nothing. What that gains from a second process is what this machine has to give
at the moment: two cores of a cloud are often two threads of one, and others may be at work on them. The share of the
two processes' time in which they have a job does not depend on that.
"""

import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

import simfunnel as sf
from simfunnel.studies.sweep.jobs import Work
from simfunnel.studies.sweep.parts import Parts

YEAR = Path(__file__).with_name("reference_year.yaml")
MEASURES = ["deals", "revenue", "roi", "deals >= 50"]
LEAST_GAIN, MOST_SHARE = 1.7, 0.05  # of two whole cores; of the run


@dataclass(frozen=True)
class Round:
    """Seconds on the clock.

    Attributes
    ----------
    alone, two : float
        Of the sweep on one and on two processes.
    stored, resumed : float
        Of one process: what went into storing, and a run that finds everything there.
    worked : float
        Of jobs in both processes together.
    loop_alone, loop_two : float
        Of the loop twice in one process, and once in each of two.
    """

    alone: float
    two: float
    stored: float
    resumed: float
    worked: float
    loop_alone: float
    loop_two: float

    @property
    def gain(self) -> float:
        """How many times as fast two processes are."""
        return self.alone / self.two

    @property
    def busy(self) -> float:
        """Share of the two processes' time, from the first call to the last, in which they had a job."""
        return self.worked / 2 / self.two

    @property
    def ceiling(self) -> float:
        """The same of the loop."""
        return self.loop_alone / self.loop_two

    @property
    def share(self) -> float:
        """What the sweep has of what the machine gives."""
        return self.gain / self.ceiling


def look(n_points: int, n_sims: int, steps: int) -> Round:
    """Measure everything once."""
    shares = [f"{share:.4%}" for share in (0.4 * i / n_points for i in range(n_points))]
    year = sf.load(YEAR)

    def swept(workers: int, out: str | None = None) -> float:
        begun = time.perf_counter()
        sf.sweep(year, {"stages.sql.neglect": shares}, measures=MEASURES, n_sims=n_sims, seed=7, workers=workers,
                 progress=False, out=out)  # fmt: skip
        return time.perf_counter() - begun

    sf.sweep(year, {"stages.sql.neglect": shares[:3]}, n_sims=n_sims, progress=False, workers=1)  # imports, compiles
    with tempfile.TemporaryDirectory() as folder, noted(Parts, "take", spent) as stored:
        alone = swept(1, f"{folder}/sweep")
        seconds = sum(stored)
        resumed = swept(1, f"{folder}/sweep")
    with tempfile.TemporaryDirectory() as folder, noted(Work, "count", lambda _, call: call[-1].seconds) as worked:
        two = swept(2, f"{folder}/sweep")
    return Round(alone, two, seconds, resumed, sum(worked), *loops(steps))


def spent(seconds: float, _) -> float:
    """What a call has taken."""
    return seconds


@contextmanager
def noted(kind: type, name: str, of):
    """What is found of each call of a method meanwhile, of its seconds and its arguments."""
    usual, found = getattr(kind, name), []

    def call(self, *arguments):
        begun = time.perf_counter()
        result = usual(self, *arguments)
        found.append(of(time.perf_counter() - begun, arguments))
        return result

    setattr(kind, name, call)
    try:
        yield found
    finally:
        setattr(kind, name, usual)


def loops(steps: int) -> tuple[float, float]:
    """The loop twice in one process, and once in each of two that have been started."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        list(pool.map(loop, [1_000_000] * 2))
        begun = time.perf_counter()
        pool.submit(loop, 2 * steps).result()
        alone = time.perf_counter() - begun
        begun = time.perf_counter()
        list(pool.map(loop, [steps] * 2))
        return alone, time.perf_counter() - begun


def loop(steps: int) -> int:
    """Whole numbers in registers: nothing is fetched, nothing shared."""
    at = 1
    for _ in range(steps):
        at = (at * 48271) % 2147483647
    return at


def told(rounds: list[Round], size: str) -> str:
    """Write the section."""
    best = max(rounds, key=lambda each: each.gain)
    gains, ceilings = ([getattr(each, name) for each in rounds] for name in ("gain", "ceiling"))
    stored, resumed = (min(getattr(each, name) / each.alone for each in rounds) for name in ("stored", "resumed"))
    lines = [
        "\n## Sweeps\n",
        f"{size} of the reference year, four measures kept, rounds: {len(rounds)}; seconds on the clock, with",
        "the start of the processes.\n",
        "| what | best round | over the rounds | aim |",
        "| :-- | --: | --: | --: |",
        f"| one process | {best.alone:.1f} s |  |  |",
        f"| two processes | {best.two:.1f} s |  |  |",
        f"| ... as fast as one | **{best.gain:.2f} x** | {span(gains)} | at least {LEAST_GAIN} |",
        f"| two loops of plain arithmetic, as fast as one | {best.ceiling:.2f} x | {span(ceilings)} | the machine's |",
        f"| ... of which the sweep has | {best.share:.0%} |  | at least {LEAST_GAIN / 2:.0%} |",
        f"| share of the two processes' time with a job | {best.busy:.0%} |  |  |",
        f"| storing, share of the run | **{stored:.1%}** |  | below {MOST_SHARE:.0%} |",
        f"| resuming with everything there, share of the run | **{resumed:.1%}** |  | below {MOST_SHARE:.0%} |",
    ]
    return "\n".join(lines) + "\n"


def span(values: list[float]) -> str:
    """From the least to the most."""
    return f"{min(values):.2f} to {max(values):.2f}"


def section(*, is_quick: bool) -> tuple[str, bool]:
    """The section of `results.md`, and whether storing and resuming cost little and a second process brings enough."""
    n_points, n_sims, n_rounds = (20, 500, 1) if is_quick else (200, 2_000, 2)
    rounds = [look(n_points, n_sims, 2_000_000 if is_quick else 20_000_000) for _ in range(n_rounds)]
    is_cheap = all(
        min(getattr(each, name) / each.alone for each in rounds) < MOST_SHARE for name in ("stored", "resumed")
    )
    gains = max(rounds, key=lambda each: each.gain).share >= LEAST_GAIN / 2
    # so small a sweep is done before a second process is there
    return told(rounds, f"{n_points} points by {n_sims:,} replications"), is_quick or (is_cheap and gains)


def main() -> int:
    """Print the section; 1 if it is not good."""
    text, is_good = section(is_quick="--quick" in sys.argv)
    print(text)
    return 0 if is_good else 1


if __name__ == "__main__":
    sys.exit(main())
