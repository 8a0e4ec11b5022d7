"""Sweeps that are killed at random times, again and again; each time what is on the disk is looked at.

    python killed.py FOLDER ROUNDS HANDS     # HANDS: threads or processes

Everything is imported once and each sweep is a fork, so that most of its short life is work.
"""

from __future__ import annotations

import os
import random
import signal
import sys
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
os.environ["SIMFUNNEL_COMPILED"] = "never"  # which would take all the time that there is

import simfunnel as sf
from simfunnel import workers
from simfunnel.studies.sweep import hands as hands_of
from simfunnel.studies.sweep import jobs
from studies.sweeps import swept, table

WORKERS = 2
ENDS = {"threads": (400, 700, 1_000), "processes": (8_000, 14_000, 20_000)}  # replications: it may grow and shrink
CELLS = {"threads": 150, "processes": 1_500}  # in a part
LATEST = {"threads": 0.6, "processes": 2.5}  # seconds until it is killed


def sweep(folder: Path, log: Path, hands: str, n_sims: int) -> None:
    """Run a sweep in small parts, and log each as it is begun."""
    give = hands_of.Hands.give

    def logged(self: hands_of.Hands, work: jobs.Work, job: jobs.Job) -> None:
        with log.open("a") as file:
            who = "here" if isinstance(self._pool, hands_of.Here) else "there"
            file.writelines(f"{who} {point} {start} {stop}\n" for point, start, stop in job.entries[:1])
        give(self, work, job)

    hands_of.Hands.give = logged  # type: ignore[method-assign]
    jobs._CELLS, jobs._PROBE, workers.PAYS_FROM, hands_of._UNTIL_THEY_COME = CELLS[hands], 10, 0.0, 0.02
    workers.processes = forks
    pool: Executor | None = ThreadPoolExecutor(WORKERS) if hands == "threads" else None
    swept(n_sims=n_sims, out=folder, workers=WORKERS, executor=pool)


def forks(n: int) -> ProcessPoolExecutor:
    """Processes that are there at once, as they have imported everything."""
    return ProcessPoolExecutor(n, mp_context=get_context("fork"))


def kill(folder: Path, log: Path, hands: str, dice: random.Random) -> None:
    """Let a sweep run for a while, and kill it with all its processes."""
    log.write_text("")
    n_sims = dice.choice(ENDS[hands])
    child = os.fork()
    if child == 0:
        os.setsid()
        sweep(folder, log, hands, n_sims)
        os._exit(0)
    time.sleep(dice.uniform(0.0, LATEST[hands]))
    try:
        os.killpg(child, signal.SIGKILL)
    except ProcessLookupError:  # it has not come to its own session yet, or has ended
        os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def lost(folder: Path, log: Path) -> int:
    """How many parts were begun and are not there; every part that is there is whole."""
    if not (folder / "manifest.json").exists():
        return 0
    store = sf.SweepResult.load(folder).store
    assert store.torn == (), store.torn  # type: ignore[attr-defined]
    begun = [tuple(map(int, line.split()[1:])) for line in log.read_text().splitlines()]
    return sum(any(start < b and a < stop for a, b in store.missing(point, stop)) for point, start, stop in begun)  # type: ignore[attr-defined]


def main() -> None:
    """Kill so many times; after every ten it goes on to its end, and has the bytes of a sweep that nobody stopped."""
    top, rounds, hands = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    dice = random.Random(7)
    whole = table(swept(n_sims=ENDS[hands][-1]), top, "whole.csv")
    shared = 0
    for number in range(rounds):
        folder = top / f"{hands}-{number // 10}"
        kill(folder, top / "log", hands, dice)
        assert lost(folder, top / "log") <= WORKERS, (number, lost(folder, top / "log"))
        shared += "there" in (top / "log").read_text()
        if number % 10 == 9 or number == rounds - 1:
            assert table(swept(n_sims=ENDS[hands][-1], out=folder), top) == whole
            assert not [*folder.rglob("*.part")]
    print(f"{rounds} killed, {shared} of them with several at work")


if __name__ == "__main__":
    main()
