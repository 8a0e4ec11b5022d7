"""What is asked of each future: a measure, or whether a claim is true?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.claims import Claim, Selector, parse_claim, parse_selector
from simfunnel.results import Result
from simfunnel.results.text import plain

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Figure:
    """A measure of each future, or a claim: 1 where it is true, else 0."""

    selector: Selector
    claim: Claim | None = None

    @property
    def text(self) -> str:
        """As people write it."""
        return str(self.selector if self.claim is None else self.claim)

    @property
    def words(self) -> str:
        """As people read it: `deals`, `the chance of deals >= 10`."""
        return self.selector.words if self.claim is None else f"the chance of {self.claim}"

    @property
    def unit(self) -> str:
        """Of its mean; a chance is a share."""
        return self.selector.unit if self.claim is None else "share"

    @property
    def keep(self) -> tuple[str, ...]:
        """What a run must keep to know it."""
        return self.selector.to_keep

    def of(self, run: Result) -> Array:
        """Its value in each future; shape (n_sims,).

        Raises
        ------
        ValueError
            Some futures have no such figure: how many, and why.
        """
        values = run.array(str(self.selector))
        missing = int(np.isnan(values).sum())
        if missing:
            many = (
                f"all {plain(len(values))}" if missing == len(values) else f"{plain(missing)} of {plain(len(values))}"
            )
            said = f"{self.selector.words} is missing in {many} futures ({_why(self.selector.name)})"
            raise ValueError(f"{said}, and what varies is asked of all; name a measure that each has, such as profit")
        return values if self.claim is None else self.claim.holds(values).astype(np.float64)


def figure(text: str) -> Figure:
    """Read a measure or a claim.

    Raises
    ------
    ClaimError
        When it is neither.
    """
    if isinstance(text, str) and any(sign in text.rpartition("]")[2] for sign in "<>=!"):
        claim = parse_claim(text)
        return Figure(claim.selector, claim)
    return Figure(parse_selector(text))


def _why(measure: str) -> str:
    """Why a future may have no such figure."""
    if measure == "attainment":
        return "nothing was due under the SLA"
    if "plan_" in measure:
        return "the plan names none, or there is no cost that a return could be on"
    return "there is no cost that a return could be on"
