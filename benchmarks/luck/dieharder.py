"""What does dieharder (Brown, Eddelbuettel and Bauer; here version 3.31.1) say to the bits of an order?

One pipe feeds its tests one after the other, so that every test reads numbers that no other has seen.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

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
    "-d 13 -p 30",
    "-d 15",
    "-d 16 -p 50",
    "-d 100",
    "-d 101 -p 25",
    "-d 102 -p 20",
    "-d 200 -n 1 -p 30",
    "-d 200 -n 8 -p 20",
    "-d 200 -n 12 -p 5",
    "-d 201 -n 3 -p 100",
    "-d 202 -n 3",
    "-d 202 -n 5",
    "-d 203 -n 0",
    "-d 203 -n 1 -p 50",
    "-d 203 -n 31 -p 4",
    "-d 204",
    "-d 205",
    "-d 206",
    "-d 207",
    "-d 208",
    "-d 209",
)


def examine(order: str, *, bits: str, seed: int, weakened: str | None = None) -> Iterator[Outcome]:
    """Run every test on an order's bits; yields a p-value as soon as it is known."""
    command = [sys.executable, str(STREAM), order, "--bits", bits, "--seed", str(seed)]
    command += ["--weakened", weakened] if weakened else []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as source:
        for arguments in TESTS:
            found = subprocess.run(
                ["dieharder", "-g", "200", *arguments.split()], stdin=source.stdout, capture_output=True, text=True
            )
            yield from _outcomes(found.stdout, subject=f"{order}, {bits} bits", seed=seed)
        source.kill()


def _outcomes(text: str, *, subject: str, seed: int) -> Iterator[Outcome]:
    """The p-values in dieharder's table; a test of several statistics has several lines, some of one name."""
    seen: dict[str, int] = {}
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) != 6 or not cells[1].isdigit():
            continue
        name = f"{cells[0]} {cells[1]}"
        seen[name] = seen.get(name, 0) + 1
        test = name if seen[name] == 1 else f"{name} ({seen[name]})"
        p = float(cells[4])
        yield Outcome(seed, subject, test, min(1.0, 2.0 * min(p, 1.0 - p)))
