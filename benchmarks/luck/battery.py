"""Are the keyed random numbers as good as independent ones, in every order in which the engine uses them?

    python benchmarks/luck/battery.py own         # our own tests, two seeds: minutes; writes own.csv
    python benchmarks/luck/battery.py dieharder   # the system package of this name: an hour; writes dieharder.csv
    python benchmarks/luck/battery.py controls    # does it notice weakened mixing? prints a table
    python benchmarks/luck/battery.py summary     # verdicts and tables from the two files

The package must be importable (installed, or PYTHONPATH set to the project's root). What was found is in report.md.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import controls
import dieharder
import judging
import key_tests
import numpy as np
from judging import Outcome
from orders import ORDERS, WIDTH, check_against_engine, whole
from sequence_tests import TESTS
from sequence_tests import Sequence as Numbers

HERE = Path(__file__).parent
OWN, DIEHARDER = HERE / "own.csv", HERE / "dieharder.csv"
SEEDS = (7, 2_027_010_407)  # chosen before anything was run
SIZE = 1 << 22
BITS_OF = (  # all 52 bits of most orders; besides, the 32 highest alone where the main rolls are
    *((order, "used") for order in ORDERS if order not in ("endless counts", "drift")),
    ("years", "high"),
    ("replications", "high"),
)


def own(seed: int, size: int) -> Iterator[Outcome]:
    """Our own tests of the orders and of the keys."""
    for name, order in ORDERS.items():
        u = order.take(size, seed=seed)
        numbers = Numbers(u, whole(u))
        assert np.array_equal((numbers.k + 0.5) / 2.0**WIDTH, u)  # nothing is rounded on the way
        for test, function in TESTS.items():
            yield Outcome(seed, name, test, function(numbers))
    for subject, test, p in key_tests.all_tests(seed, size):
        yield Outcome(seed, subject, test, p)


def run_own(size: int) -> None:
    """Both seeds; each is the other's confirmation."""
    check_against_engine(SEEDS[0])
    outcomes = [outcome for seed in SEEDS for outcome in own(seed, size)]
    judging.write(OWN, outcomes)
    print(judging.summary(outcomes))


def run_dieharder() -> None:
    """The first seed; a good and a bad generator to compare; what is suspicious once more with the second seed.

    What is in the file already is not run again.
    """
    outcomes = judging.read(DIEHARDER) if DIEHARDER.exists() else []
    for order, bits in BITS_OF:
        _add(outcomes, dieharder.examine(order, bits=bits, seed=SEEDS[0]))
    _add(outcomes, dieharder.examine_reference(SEEDS[0]))
    _add(outcomes, dieharder.examine("years", bits="used", seed=SEEDS[0], weakened="numbers unmixed"))
    doubtful = {each.subject for each in _first_and_second(outcomes)[0] if each.p < judging.SUSPICIOUS}
    for order, bits in BITS_OF:
        if dieharder.subject_of(order, bits) in doubtful:
            _add(outcomes, dieharder.examine(order, bits=bits, seed=SEEDS[1]))
    print(judging.summary(*_first_and_second(outcomes)))


def _add(outcomes: list[Outcome], examination: dieharder.Examination) -> None:
    if any((each.subject, each.seed) == (examination.subject, examination.seed) for each in outcomes):
        return
    started = time.monotonic()
    outcomes += examination.outcomes()
    judging.write(DIEHARDER, outcomes)
    print(f"{examination.subject}, seed {examination.seed}: {time.monotonic() - started:.0f} s", flush=True)


def run_controls(size: int) -> None:
    """Weakened mixers through our own tests, one seed: how many fail, and where."""
    print("| mixing | fail | of | in |\n| --- | ---: | ---: | --- |")
    for name in (None, *controls.WEAKENED):
        with controls.weakened(name):
            found = list(own(SEEDS[0], size))
        failed = judging.judge(found, []).failed
        subjects = ", ".join(dict.fromkeys(each.subject for each in failed)) or "none"
        print(f"| {name or 'as it is'} | {len(failed)} | {len(found)} | {subjects} |", flush=True)


def _first_and_second(outcomes: Sequence[Outcome]) -> tuple[list[Outcome], list[Outcome]]:
    """Of dieharder's outcomes those to judge, and those of the second seed."""
    ours = [each for each in outcomes if ": " not in each.subject]  # neither the reference nor the control
    return [each for each in ours if each.seed == SEEDS[0]], [each for each in ours if each.seed != SEEDS[0]]


def run_summary() -> None:
    """The verdicts and tables of report.md."""
    mine, theirs = judging.read(OWN), judging.read(DIEHARDER)
    first, second = _first_and_second(theirs)
    print("## Our own tests\n", judging.summary(mine), judging.table(mine), sep="\n")
    print("\n## dieharder\n", judging.summary(first, second), judging.table(theirs), sep="\n")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("own", "dieharder", "controls", "summary"))
    parser.add_argument("--size", type=int, help=f"numbers a sequence (default {SIZE:,})")
    given = parser.parse_args()
    run: dict[str, Callable[[], None]] = {
        "own": lambda: run_own(given.size or SIZE),
        "dieharder": run_dieharder,
        "controls": lambda: run_controls(given.size or SIZE),
        "summary": run_summary,
    }
    run[given.what]()


if __name__ == "__main__":
    main()
