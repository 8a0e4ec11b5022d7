"""With what chance does this lead advance from this stage, given its sector, its source, its past and the week's
drift?"""

from __future__ import annotations

import numpy as np

from simfunnel import luck
from simfunnel.engine.block import Block, Leads
from simfunnel.engine.plan import Drift, Floats, Ints, where

# trapezoids under the normal density: exact to the last digits for a logistic curve with sd up to 5, where Gauss is not
SHOCKS = np.linspace(-9.0, 9.0, 145)
OF_SHOCK = np.exp(-0.5 * SHOCKS**2) / np.exp(-0.5 * SHOCKS**2).sum()


def expit(x: Floats) -> Floats:
    """1 / (1 + exp(-x)), without overflow warnings."""
    with np.errstate(over="ignore"):
        return 1.0 / (1.0 + np.exp(-x))


def logit(p: Floats) -> Floats:
    """log(p / (1 - p)); minus and plus infinity at 0 and 1, which no effect can move."""
    with np.errstate(divide="ignore"):
        return np.log(p) - np.log(1.0 - p)


def intercept(p: Floats, sd: Floats) -> Floats:
    """The log-odds ``a`` for which the mean of expit(a + sd Z), Z standard normal, is ``p``; by Newton.

    Parameters
    ----------
    p, sd
        Any shapes that broadcast.

    Examples
    --------
    >>> a = intercept(np.array([0.25]), np.array([0.5]))
    >>> round(float(a[0]), 4)
    -1.1585
    """
    p, sd = np.broadcast_arrays(p, sd)
    a = logit(p)
    inside = (p > 0) & (p < 1) & (sd > 0)
    target, spread = p[inside], sd[inside]
    x = a[inside] * np.sqrt(1.0 + 0.346 * spread**2)  # the probit approximation is a start from which Newton converges
    for _ in range(30):
        q = expit(x[:, None] + spread[:, None] * SHOCKS)
        step = ((q * OF_SHOCK).sum(axis=1) - target) / (q * (1.0 - q) * OF_SHOCK).sum(axis=1)
        moves = np.abs(step) >= 1e-13  # each by itself: how many are solved together must not show
        if not moves.any():
            break
        x = np.where(moves, x - np.clip(step, -2.0, 2.0), x)
    out = a.copy()
    out[inside] = x
    return out


class Odds:
    """The chances of a block, stage by stage."""

    def __init__(self, block: Block) -> None:
        self.block = block
        stages = block.plan.stages[:-1]
        self.base = [np.clip(block.knob(each.conversion) / each.worked_share, 0.0, 1.0) for each in stages]
        self._fixed = [
            None if each.conversion.drawn or (b != b.flat[0]).any() else float(b.flat[0])
            for each, b in zip(stages, self.base, strict=True)
        ]
        self._intercepts: list[Floats | None] = [None] * len(stages)
        self._shocks: list[Floats | None] = [None] * len(stages)
        for index, stage in enumerate(stages):
            if stage.drift is not None:
                sd = block.full(stage.drift.sd)
                self._intercepts[index] = intercept(np.broadcast_to(self.base[index], sd.shape), sd)
                self._shocks[index] = _shocks(block, stage.name, stage.drift)
        self._sources = self._source_effects()

    def of(
        self, stage: int, leads: Leads, lead: Ints, entered: Floats, effects: Floats | None, *, in_order: bool
    ) -> Floats | float:
        """The chance that each lead advances; ``effects`` are log-odds that the lead itself carries (None: it never
        came back), ``in_order`` says that the leads are sorted.
        """
        if self._sources is not None:
            own = self._sources[stage].ravel().take(leads.code.take(lead))
            effects = own if effects is None else own + effects
        if self._intercepts[stage] is not None:
            return self._drifting(stage, leads, lead, entered, effects)
        fixed = self._fixed[stage]
        p = np.full(lead.size, fixed) if fixed is not None else leads.look_up(self.base[stage], lead, in_order=in_order)
        if effects is None:
            return p if fixed is None else fixed
        moved = where(effects)
        p[moved] = expit(logit(p[moved]) + effects[moved])
        return p

    def _drifting(self, stage: int, leads: Leads, lead: Ints, entered: Floats, effects: Floats | None) -> Floats:
        drift, shocks, at = self.block.plan.stages[stage].drift, self._shocks[stage], self._intercepts[stage]
        assert drift is not None
        assert shocks is not None
        assert at is not None
        cell, rep = leads.cell.take(lead), leads.rep.take(lead)
        period = np.floor(entered / drift.every).astype(np.int64)
        sd = self.block.full(drift.sd).ravel().take(cell)
        x = at.ravel().take(cell) + sd * shocks.ravel().take(rep * shocks.shape[1] + period)
        return expit(x if effects is None else x + effects)

    def log_odds(self, stage: int, leads: Leads, lead: Ints) -> Floats:
        """Each lead's log-odds from its stage, sector and source, without drift and what it carries itself; minus and
        plus infinity at a chance of 0 and 1, which nothing moves.
        """
        at = self._intercepts[stage]
        x = leads.look_up(logit(self.base[stage]) if at is None else at, lead)
        return x if self._sources is None else x + self._sources[stage].ravel().take(leads.code.take(lead))

    def drift_sd(self, stage: int, leads: Leads, lead: Ints) -> Floats | float:
        """The standard deviation of the drift that each lead meets; 0 where there is none."""
        drift = self.block.plan.stages[stage].drift
        return 0.0 if drift is None else leads.at(drift.sd, lead)

    def shocks(self, stage: int) -> Floats | None:
        """Standard normal shocks by replication and period, shape (n_reps, n_periods); None where nothing drifts."""
        return self._shocks[stage]

    def _source_effects(self) -> list[Floats] | None:
        """Log-odds by stage, each of shape (n_sources, n_reps, n_sectors); None where no source has any."""
        sources = self.block.plan.sources
        if all(source.odds is None for source in sources):
            return None
        shape = (self.block.n_reps, self.block.n_sectors)
        return [
            np.stack([np.zeros(shape) if src.odds is None else np.log(self.block.full(src.odds[s])) for src in sources])
            for s in range(len(self.base))
        ]


def _shocks(block: Block, stage: str, drift: Drift) -> Floats:
    """Standard normal shocks by period, first-order autoregressive and stationary; shape (n_reps, n_periods)."""
    from scipy.special import ndtri

    n = int(np.floor(block.plan.end / drift.every)) + 1
    fresh = np.stack([ndtri(block.uniforms(block.keys, luck.fold(stage, "drift", k))) for k in range(n)], axis=1)
    rho = drift.carry_over
    for k in range(1, n if rho else 0):
        fresh[:, k] = rho * fresh[:, k - 1] + np.sqrt(1.0 - rho * rho) * fresh[:, k]
    return fresh
