"""How fast is simfunnel, against what one would write instead?

    python benchmarks/run.py            # some minutes; writes benchmarks/results.md
    python benchmarks/run.py --quick    # under a minute; prints only

Everything is measured in one run on one core, in turns, simfunnel both as it is installed without more and with its
loops compiled (the extra `speed`), so that whatever else the machine does falls on all alike. What
counts is the best of several rounds in CPU seconds, and only as a ratio: seconds are those of the machine.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TypeVar

import agreement
import baseline_numpy
import baseline_simpy
import capacity
import numpy as np
import peak_memory
import raw_draws
import sizing
import sweeping
from peak_memory import REFERENCE_YEAR

import simfunnel as sf
from simfunnel.compiled import compiling

HERE = Path(__file__).parent
REFERENCE_SIMS = 10_000
PLAIN, COMPILED, NUMPY, SIMPY, RAW = "simfunnel", "simfunnel, compiled", "NumPy loop", "SimPy", "raw draws"
MODES = {PLAIN: "never", COMPILED: "always"} if find_spec("numba") else {PLAIN: "never"}

T = TypeVar("T")


@dataclass(frozen=True)
class Effort:
    """How much is run; every time is then stated for 10,000 replications."""

    sims: int  # replications a round of simfunnel and of the NumPy loop
    simpy_sims: int  # replications a round of SimPy
    rounds: int
    leads: int  # leads in each row of the linearity table
    memory_sims: tuple[int, ...]
    shared_sims: int  # replications of the run that processes share


FULL = Effort(10_000, 500, 15, 4_000_000, (10_000, 100_000, 1_000_000), 200_000)
QUICK = Effort(2_000, 50, 3, 400_000, (10_000, 100_000), 80_000)


@dataclass
class Race:
    """CPU seconds for 10,000 replications by program, one entry a round, and what the programs found."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    samples: dict[str, list[agreement.Sample]] = field(default_factory=dict)
    rolls_per_sim: float = 0.0

    def best(self, program: str) -> float:
        """Return the best round's seconds."""
        return min(self.seconds[program])


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print, and after a full run write `results.md`; 1 if the programs disagree."""
    parser = argparse.ArgumentParser(description="How fast is simfunnel, against what one would write instead?")
    parser.add_argument("--quick", action="store_true", help="fewer rounds and replications; results.md is left alone")
    is_quick = parser.parse_args(arguments).quick
    effort = QUICK if is_quick else FULL
    with one_core():
        race = run_race(effort)
        linearity = measure_linearity(effort)
    differences = agreement.differences({name: agreement.merged(samples) for name, samples in race.samples.items()})
    queues, queues_agree = capacity.section(min(effort.rounds, 4), effort.sims, effort.simpy_sims)
    sizes, sizes_are_good = sizing.section(*((1, sizing.CASES[:1]) if is_quick else (2, sizing.CASES)))
    sweeps, sweeps_are_good = sweeping.section(is_quick=is_quick)
    sections = [
        describe_setting(effort),
        describe_race(race, effort),
        describe_agreement(differences),
        describe_linearity(linearity),
        queues,
        sizes,
        describe_workers(measure_workers(effort), effort),
        sweeps,
        describe_memory({n: measure_memory(n) for n in effort.memory_sims}),
    ]
    text = "".join(sections)
    print(text)
    if not is_quick:
        (HERE / "results.md").write_text(text, encoding="utf-8")
    agree = queues_agree and all(difference.agrees for difference in differences)
    return 0 if agree and sizes_are_good and sweeps_are_good else 1


@contextmanager
def one_core() -> Iterator[None]:
    """Keep this process on one core, where the system can."""
    if not hasattr(os, "sched_setaffinity"):
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {max(before)})
    yield
    os.sched_setaffinity(0, before)


def timed(task: Callable[[], T], clock: Callable[[], float] = time.process_time) -> tuple[float, T]:
    """Run a task; return its seconds on the clock and what it returned."""
    start = clock()
    result = task()
    return clock() - start, result


def run_race(effort: Effort) -> Race:
    """Let all programs run in turns, each round with a seed of its own."""
    base = sf.load(REFERENCE_YEAR)
    race = Race()
    for seed in range(effort.rounds):
        print(f"round {seed + 1} of {effort.rounds}", file=sys.stderr)
        for name, mode in MODES.items():
            with compiling(mode):
                seconds, run = timed(partial(sf.simulate, base, n_sims=effort.sims, seed=seed, workers=1))
            # one sample: compiled and plain find the very same
            enter(race, name, seconds, effort.sims, agreement.sample_of_result(run) if name == PLAIN else None)
        race.rolls_per_sim = run.rolls / effort.sims
        seconds, _ = timed(partial(raw_draws.draw, run.rolls, seed=seed))
        enter(race, RAW, seconds, effort.sims, None)
        for name, simulate, n_sims in (
            (NUMPY, baseline_numpy.simulate, effort.sims),
            (SIMPY, baseline_simpy.simulate, effort.simpy_sims),
        ):
            seconds, years = timed(partial(simulate, n_sims, seed=seed))
            enter(race, name, seconds, n_sims, agreement.sample_of_years(years))
    return race


def enter(race: Race, program: str, seconds: float, n_sims: int, sample: agreement.Sample | None) -> None:
    """Enter one program's round."""
    race.seconds.setdefault(program, []).append(seconds * REFERENCE_SIMS / n_sims)
    if sample is not None:
        race.samples.setdefault(program, []).append(sample)


def measure_linearity(effort: Effort) -> dict[int, float]:
    """Time one replication with 100 to 100,000 leads; CPU seconds by leads per replication, best of three."""
    base = sf.load(REFERENCE_YEAR)
    best: dict[int, float] = {}
    for seed in range(3):
        for leads in (100, 1_000, 10_000, 100_000):
            variant = base.change({"sources.marketing.leads": f"poisson({leads})"})
            n_sims = effort.leads // leads
            with compiling(list(MODES.values())[-1]):
                seconds, _ = timed(partial(sf.simulate, variant, n_sims=n_sims, seed=seed, workers=1))
            best[leads] = min(best.get(leads, np.inf), seconds / n_sims)
    return best


def measure_workers(effort: Effort) -> dict[int, float]:
    """Time a run long enough to be shared on one and on two processes, starting them included; wall-clock seconds,
    best of two."""
    base = sf.load(REFERENCE_YEAR)
    best: dict[int, float] = {}
    for seed in range(2):
        for workers in (1, 2):
            run = partial(sf.simulate, base, n_sims=effort.shared_sims, seed=seed, workers=workers)
            seconds, _ = timed(run, clock=time.perf_counter)
            best[workers] = min(best.get(workers, np.inf), seconds)
    return best


def measure_memory(n_sims: int) -> list[int]:
    """Return the peak memory in bytes of a process after loading, after the run, after its summary."""
    command = [sys.executable, str(HERE / "peak_memory.py"), str(n_sims)]
    peaks: list[int] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return peaks


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table, its first column to the left, the others to the right."""
    rule = [":--", *["--:"] * (len(head) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, rule, *rows)) + "\n"


def describe_setting(effort: Effort) -> str:
    """Say what was measured and how."""
    names = ("numpy", "scipy", "simpy", *(("numba",) if COMPILED in MODES else ()))
    versions = ", ".join(f"{name} {version(name)}" for name in names)
    return (
        "# How fast is simfunnel?\n\n"
        f"Made by `python benchmarks/run.py`: Python {platform.python_version()}, {versions}, {os.cpu_count()} cores.\n"
        "Measured is `reference_year.yaml`: 500 MQLs a year, twin and ledger included. All programs ran in turns on\n"
        f"one core, {effort.rounds} rounds; times are CPU seconds for 10,000 replications, the best round. SimPy is\n"
        f"extrapolated from {effort.simpy_sims} replications a round. Only the ratios carry over to another machine.\n"
    )


def describe_race(race: Race, effort: Effort) -> str:
    """Write the ratios, with the spread over the rounds."""
    rows = [[name, f"{race.best(name):.2f} s", "", "", ""] for name in MODES]
    for program, reach in ((SIMPY, "at least 90"), (NUMPY, "at least 7")):
        rows.append([program, f"{race.best(program):.2f} s", "", "", ""])
        rows += [[f"... over {mine}", "", *ratio(race, program, mine), reach] for mine in MODES]
    rows.append([RAW, f"{race.best(RAW):.3f} s", "", "", ""])
    rows += [[f"... under {mine}", "", *ratio(race, mine, RAW), "at most 5"] for mine in MODES]
    firsts = [f"{race.seconds[name][0] * effort.sims / REFERENCE_SIMS:.2f} s ({name})" for name in MODES]
    return (
        "\n## Ratios\n\n"
        + table(["program", "10,000 replications", "ratio", "over the rounds", "aim"], rows)
        + "\nThe ratio is the program's best time over simfunnel's; for the raw draws it is simfunnel's over theirs.\n"
        f"simfunnel made {race.rolls_per_sim:,.0f} rolls a replication; the raw draws are as many. The first of its\n"
        f"runs, {effort.sims:,} replications with all preparation, took {', '.join(firsts)}. A process compiles of\n"
        "its own accord once it has worked for a second or two; what numba has compiled is stored for the next.\n"
    )


def ratio(race: Race, over: str, under: str) -> tuple[str, str]:
    """Return the ratio of the best times, and its range over the rounds."""
    each = [a / b for a, b in zip(race.seconds[over], race.seconds[under], strict=True)]
    return f"**{race.best(over) / race.best(under):.1f}**", f"{min(each):.1f} to {max(each):.1f}"


def describe_agreement(differences: Sequence[agreement.Difference]) -> str:
    """Write how far the programs' means are apart."""
    rows = [
        [
            f"{found.programs[0]}, {found.programs[1]}: {found.measure}",
            f"{found.share:+.2%}",
            f"{found.standard_error:.2%}",
            f"{agreement.LIMIT * found.standard_error:.1%}",
            "yes" if found.agrees else "**no**",
        ]
        for found in differences
    ]
    return "\n## The same year?\n\nMeans over all rounds; luck differs from program to program.\n\n" + table(
        ["means of", "difference", "standard error", "noticed from", "agree"], rows
    )


def describe_linearity(seconds: dict[int, float]) -> str:
    """Write the time a lead by leads per replication."""
    base = seconds[1_000] / 1_000
    rows = [
        [f"{leads:,}", f"{each * 1e3:.3f} ms", f"{each / leads * 1e9:.0f} ns", f"{each / leads / base:.2f}"]
        for leads, each in seconds.items()
    ]
    return f"\n## Time against leads\n\n{list(MODES)[-1]}.\n\n" + table(
        ["leads a replication", "time a replication", "time a lead", "against 1,000 leads"], rows
    )


def describe_workers(seconds: dict[int, float], effort: Effort) -> str:
    """Write what a second process brings."""
    rows = [[str(workers), f"{each:.2f} s", f"{seconds[1] / each:.2f}"] for workers, each in seconds.items()]
    head = ["processes", f"wall clock, {effort.shared_sims:,} replications", "speed-up"]
    return "\n## Workers\n\nBy the clock on the wall: whatever else the machine does shows.\n\n" + table(head, rows)


def describe_memory(peaks: dict[int, list[int]]) -> str:
    """Write the peaks against the number of replications."""
    rows = [[f"{n_sims:,}", *[f"{peak / 2**20:,.0f} MiB" for peak in each]] for n_sims, each in peaks.items()]
    return (
        "\n## Peak memory\n\n"
        + table(["replications", "after loading", "after the run", "after its summary"], rows)
        + f"\nThe reference year with {peak_memory.LEADS} leads, in a process of its own. Aim: below 1,024 MiB.\n"
    )


if __name__ == "__main__":
    sys.exit(main())
