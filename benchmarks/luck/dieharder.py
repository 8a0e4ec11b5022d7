"""What does dieharder (Brown, Eddelbuettel and Bauer; here version 3.31.1) say to the bits of an order?

One pipe feeds its tests one after the other, so that every test reads numbers that no other has seen.

Only small p-values count here. Its Kolmogorov-Smirnov test compares the i-th of n p-values with i/(n + 1) alone, which
understates the distance, the more the fewer they are: good generators get p-values that lean to 1 (`examine_reference`
shows how much).
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from judging import Outcome

STREAM = Path(__file__).with_name("stream.py")
# Arguments of each test. Left out: 5, 6, 7 ("suspect") and 14 ("do not use") by dieharder's own list; 17 and 201 beyond
# three dimensions for their time. Fewer repetitions (-p) than its usual 100 (or 1,000) where a test would
# take more than about four seconds.
TESTS = (
    "-d 0",
    "-d 1 -p 50",
    "-d 2 -p 15",
    "-d 3 -p 30",
    "-d 4",
    "-d 8",
    "-d 9 -p 50",
    "-d 10",
    "-d 11",
    "-d 12 -p 60",
    "-d 13 -p 20",
    "-d 15",
    "-d 16 -p 30",
    "-d 100",
    "-d 101 -p 25",
    "-d 102 -p 20",
    "-d 200 -n 1 -p 30",
    "-d 200 -n 8 -p 10",
    "-d 200 -n 12 -p 5",
    "-d 201 -n 3 -p 50",
    "-d 202 -n 3",
    "-d 202 -n 5 -p 50",
    "-d 203 -n 0 -p 30",
    "-d 203 -n 1 -p 20",
    "-d 203 -n 15 -p 5",
    "-d 204",
    "-d 205",
    "-d 206",
    "-d 207",
    "-d 208",
    "-d 209",
)


@dataclass(frozen=True)
class Examination:
    """All tests on one source of bits; ``source`` is the command that writes them, None for dieharder's AES."""

    subject: str
    seed: int
    source: tuple[str, ...] | None

    def outcomes(self) -> Iterator[Outcome]:
        """A p-value as soon as it is known."""
        if self.source is None:
            for arguments in TESTS:
                yield from self._run(["-g", "205", "-S", str(self.seed), *arguments.split()], None)
            return
        with subprocess.Popen(self.source, stdout=subprocess.PIPE) as source:
            for arguments in TESTS:
                yield from self._run(["-g", "200", *arguments.split()], source.stdout)
            source.kill()

    def _run(self, arguments: list[str], source: IO[bytes] | None) -> Iterator[Outcome]:
        """The p-values in dieharder's table; a test of several statistics has several lines, some of one name."""
        found = subprocess.run(["dieharder", *arguments], stdin=source, capture_output=True, text=True, check=True)
        rows = [[cell.strip() for cell in line.split("|")] for line in found.stdout.splitlines()]
        rows = [row for row in rows if len(row) == 6 and row[1].isdigit()]
        assert rows, f"{arguments}: no p-value in\n{found.stdout}{found.stderr}"
        seen: dict[str, int] = {}
        for row in rows:
            name = f"{row[0]} {row[1]}"
            seen[name] = seen.get(name, 0) + 1
            test = name if seen[name] == 1 else f"{name} ({seen[name]})"
            yield Outcome(self.seed, self.subject, test, float(row[4]))


def subject_of(order: str, bits: str) -> str:
    """How an order's bits are called among the outcomes."""
    return f"{order}, {bits} bits"


def examine(order: str, *, bits: str, seed: int, weakened: str | None = None) -> Examination:
    """Of an order's bits."""
    command = (sys.executable, str(STREAM), order, "--bits", bits, "--seed", str(seed))
    if weakened is None:
        return Examination(subject_of(order, bits), seed, command)
    return Examination(f"{weakened}: {subject_of(order, bits)}", seed, (*command, "--weakened", weakened))


def examine_reference(seed: int) -> Examination:
    """Of dieharder's own AES generator, which nobody doubts."""
    return Examination("reference: AES", seed, None)
