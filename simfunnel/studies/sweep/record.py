"""What came of a sweep: a tidy table of its points, and which of them is best."""

from __future__ import annotations

from dataclasses import dataclass

from simfunnel.studies.sweep.definition import Sweep
from simfunnel.studies.sweep.store import Store


@dataclass(frozen=True, eq=False)
class SweepResult:
    """What came of a sweep.

    Attributes
    ----------
    sweep : Sweep
    store : Store
        The futures of every point.
    """

    sweep: Sweep
    store: Store
