"""Which leads does the variant win that the baseline loses, and the other way round?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.engine.block import Block
from simfunnel.engine.futures import live
from simfunnel.engine.plan import Places
from simfunnel.resolved import Resolved
from simfunnel.simulation import block_size

Ints = npt.NDArray[np.int64]
Keys = npt.NDArray[np.uint64]

#: Replications that are walked again, lead by lead, and how many leads these may have together.
SAMPLE, LEADS = 500, 1 << 20
_FEWEST = 20


@dataclass(frozen=True, eq=False)
class Fates:
    """Leads of each replication that win before the horizon in one scenario only; int64 arrays, shape (n_sims,).

    Attributes
    ----------
    gained, lost
        Won by the variant only, by the baseline only.
    gained_new, lost_gone
        Those of them that do not even arrive in the other scenario.
    """

    gained: Ints
    gained_new: Ints
    lost: Ints
    lost_gone: Ints


@dataclass(frozen=True, eq=False)
class _Lives:
    """The leads of a block by their keys, and those that won, with their replications in the block."""

    everyone: Keys
    winners: Keys
    rep: Places


def sample_size(scenarios: tuple[Resolved, ...], n_sims: int) -> int:
    """How many of the first replications are walked lead by lead where nobody says."""
    most = max(each.leads for each in scenarios)
    return min(n_sims, SAMPLE, max(_FEWEST, int(LEADS / max(most, 1.0))))


def fates(baseline: Resolved, variant: Resolved, *, seed: int, n_sims: int) -> Fates:
    """Walk the first replications of both scenarios and match their leads.

    The key of a lead is a hash of seed, replication, source name and lead number: the same lead has the same key in
    both scenarios, and two different ones share a key about once in 10**19 pairs.
    """
    size = min(block_size(baseline), block_size(variant))
    parts: list[tuple[Ints, Ints, Ints, Ints]] = []
    for first in range(0, n_sims, size):
        n_reps = min(size, n_sims - first)
        ours, theirs = (_lives(each, seed, first, n_reps) for each in (variant, baseline))
        parts.append((*_only(ours, theirs, n_reps), *_only(theirs, ours, n_reps)))
    return Fates(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _lives(scenario: Resolved, seed: int, first: int, n_reps: int) -> _Lives:
    leads, _, actual, _, _ = live(Block(scenario.plan, seed, first, n_reps))
    winners = [wave.lead[wave.time <= scenario.plan.horizon] for wave in actual.won]
    lead = np.concatenate([np.zeros(0, np.int64), *winners])
    return _Lives(leads.key, leads.key.take(lead), leads.rep.take(lead))


def _only(ours: _Lives, theirs: _Lives, n_reps: int) -> tuple[Ints, Ints]:
    """Leads that win only here, and those of them that only arrive here, by replication."""
    here = ~np.isin(ours.winners, theirs.winners)
    new = here & ~np.isin(ours.winners, theirs.everyone)
    return _count(ours.rep[here], n_reps), _count(ours.rep[new], n_reps)


def _count(rep: npt.NDArray[Any], n_reps: int) -> Ints:
    return np.bincount(rep, minlength=n_reps).astype(np.int64)
