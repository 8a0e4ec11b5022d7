"""Which of so many p-values are too small to be chance?

The false-alarm rate is that of the whole set: with good random numbers, ``ALARM`` is the chance that anything in it
fails. Half of it is for p-values that are too small outright; the other half for suspicious ones that a second seed
confirms.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
import p_values
from numpy.typing import NDArray

ALARM = 1e-4
SUSPICIOUS = 1e-3


@dataclass(frozen=True)
class Outcome:
    """One p-value (two-sided, but dieharder's): of which seed, which order or key component, which test."""

    seed: int
    subject: str
    test: str
    p: float

    @property
    def name(self) -> tuple[str, str]:
        return self.subject, self.test


@dataclass(frozen=True)
class Verdict:
    """What became of a set of outcomes."""

    n_tests: int
    outright: float  # a p-value below this fails
    confirmed: float  # that of the second seed, for a suspicious one
    suspicious: tuple[tuple[Outcome, float | None], ...]  # with the second seed's p-value, None if not there
    failed: tuple[Outcome, ...]


def judge(outcomes: Sequence[Outcome], others: Iterable[Outcome]) -> Verdict:
    """Judge all ``outcomes`` together; ``others`` are the same tests on another seed."""
    again: Mapping[tuple[str, str], list[Outcome]] = _by_name(others)
    outright = ALARM / (2 * len(outcomes))
    confirmed = outright / SUSPICIOUS
    suspicious, failed = [], []
    for each in outcomes:
        if each.p >= SUSPICIOUS:
            continue
        other = next((o.p for o in again.get(each.name, []) if o.seed != each.seed), None)
        suspicious.append((each, other))
        if each.p < outright or (other is not None and other < confirmed):
            failed.append(each)
    return Verdict(len(outcomes), outright, confirmed, tuple(suspicious), tuple(failed))


def _by_name(outcomes: Iterable[Outcome]) -> dict[tuple[str, str], list[Outcome]]:
    out: dict[tuple[str, str], list[Outcome]] = {}
    for each in outcomes:
        out.setdefault(each.name, []).append(each)
    return out


def proper(outcomes: Iterable[Outcome]) -> NDArray[np.float64]:
    """The p-values that are uniform if all is well: all but the one-sided ones of counts that should be zero."""
    return np.array([each.p for each in outcomes if each.test != "all 64 bits"])


def summary(outcomes: Sequence[Outcome], others: Sequence[Outcome] = ()) -> str:
    """The verdict in words, with the extremes and the evenness of the p-values."""
    verdict, p = judge(outcomes, others or outcomes), proper(outcomes)
    lines = [
        f"{verdict.n_tests} p-values; fails: below {verdict.outright:.1e}, or below {SUSPICIOUS:g} and then below "
        f"{verdict.confirmed:.1e} with the second seed (false-alarm rate of all together {ALARM:g})",
        f"smallest {p.min():.2g}, largest {p.max():.6f}; in tenths {np.histogram(p, 10, (0, 1))[0].tolist()}; "
        f"uniform (Kolmogorov-Smirnov): p = {p_values.kolmogorov(p):.3f}",
    ]
    for each, other in verdict.suspicious:
        second = "not run" if other is None else f"{other:.3g}"
        lines.append(
            f"suspicious: {each.subject} / {each.test} (seed {each.seed}): {each.p:.3g}; second seed: {second}"
        )
    lines.append("failed: " + ("; ".join(f"{e.subject} / {e.test} ({e.p:.2g})" for e in verdict.failed) or "none"))
    return "\n".join(lines)


def table(outcomes: Sequence[Outcome]) -> str:
    """A Markdown table: by subject, how many p-values, the extremes, and how many lie near 0 and near 1."""
    lines = [
        "| | p-values | smallest | below 0.01 | above 0.99 | largest |",
        "| --- | ---: | ---: | ---: | ---: | ---: |",
    ]
    for subject in dict.fromkeys(each.subject for each in outcomes):
        p = proper(each for each in outcomes if each.subject == subject)
        low, high = np.count_nonzero(p < 0.01), np.count_nonzero(p > 0.99)
        lines.append(f"| {subject} | {p.size} | {p.min():.2g} | {low} | {high} | {p.max():.5f} |")
    return "\n".join(lines)


def write(path: Path, outcomes: Iterable[Outcome]) -> None:
    """Every p-value, one a line."""
    with path.open("w", newline="", encoding="utf-8") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(field.name for field in fields(Outcome))
        rows.writerows((*astuple(each)[:3], f"{each.p:.6g}") for each in outcomes)


def read(path: Path) -> list[Outcome]:
    """What `write` wrote."""
    with path.open(newline="", encoding="utf-8") as file:
        return [Outcome(int(r["seed"]), r["subject"], r["test"], float(r["p"])) for r in csv.DictReader(file)]
