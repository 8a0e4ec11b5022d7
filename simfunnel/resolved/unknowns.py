"""What did each future draw for what nobody knows?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from simfunnel.distributions import Distribution
from simfunnel.engine.block import unknowns as rolls
from simfunnel.engine.plan import Floats
from simfunnel.resolved.naming import in_words, key_path
from simfunnel.resolved.resolution import Resolved


@dataclass(frozen=True, eq=False)
class Unknown:
    """One uncertain input, as so many replications drew it.

    Attributes
    ----------
    names : tuple of str
        They key its roll: inputs with the same names are one unknown, whatever is read off it, in any scenario.
    path, rule, words : str
        Its key path, with the sectors where only they read it so; that of the unknown; and the unknown in words.
    distribution : Distribution
    roll : float64, shape (n,)
        Uniform numbers, strictly between 0 and 1.
    """

    names: tuple[str, ...]
    path: str
    rule: str
    words: str
    distribution: Distribution
    roll: Floats

    @property
    def values(self) -> Floats:
        """Its values as they are written: days, shares of one, currency units, leads per period; shape (n,)."""
        return self.distribution.prepare().quantile(self.roll)


def unknowns(resolved: Resolved, seed: int, n_sims: int) -> tuple[Unknown, ...]:
    """Every uncertain input of a scenario as the first replications of a seed draw it, in any stream.

    Examples
    --------
    >>> from simfunnel.resolved import resolve
    >>> from simfunnel.scenario import loads
    >>> base = loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {conversion: "uniform(low=20%, high=30%)"}}
    ... ''')
    >>> [one] = unknowns(resolve(base), seed=7, n_sims=3)
    >>> one.path, one.words, one.values.round(2).tolist() == (0.2 + 0.1 * one.roll).round(2).tolist()
    ('stages.sql.conversion', 'conversion of stage sql', True)
    """
    plan, sectors = resolved.plan, resolved.plan.sectors
    found: dict[tuple[str, Distribution], Unknown] = {}
    drawn = rolls(plan, seed, np.arange(n_sims, dtype=np.uint64))
    for each, (path, distribution), roll in zip(plan.inputs, resolved.uncertain, drawn, strict=True):
        names = each.names[1:]
        rule, words = key_path(names, sectors), in_words(names, sectors)
        found.setdefault((path, distribution), Unknown(names, path, rule, words, distribution, roll))
    return tuple(found.values())
