"""With what chance does this lead advance from this stage, given its sector, its source, its quality, its past and the
week's drift?"""

from __future__ import annotations

import numpy as np

from simfunnel import luck
from simfunnel.engine.block import Block, Leads
from simfunnel.engine.loops import Chance, spread
from simfunnel.engine.plan import Drift, Floats, Ints, StagePlan, where
from simfunnel.engine.scores import limits, reach

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
        self._logits: list[Floats | None] = [None] * len(stages)
        self._intercepts: list[Floats | None] = [None] * len(stages)
        self._shocks: list[Floats | None] = [None] * len(stages)
        for index, stage in enumerate(stages):
            sd = self._spread(stage)
            if sd is not None:
                self._intercepts[index] = intercept(self.base[index], sd)
            if stage.drift is not None:
                self._shocks[index] = _shocks(block, stage.name, stage.drift)
        self._sources = self._source_effects()

    def of(
        self, stage: int, leads: Leads, lead: Ints, entered: Floats, effects: Floats | None, *, in_order: bool
    ) -> Chance:
        """The chance that each lead advances; ``effects`` are log-odds that the lead itself carries (None: it never
        came back), ``in_order`` says that the leads are sorted.
        """
        p = self._by_luck(stage, leads, lead, entered, effects, in_order=in_order)
        limit = limits(self.block.plan.stages[stage], leads, lead)
        return p if limit is None else np.where(np.isnan(limit), spread(p), reach(leads, lead, limit))

    def _by_luck(
        self, stage: int, leads: Leads, lead: Ints, entered: Floats, effects: Floats | None, *, in_order: bool
    ) -> Chance:
        if self._intercepts[stage] is not None:
            x = self.log_odds(stage, leads, lead) + self._drift(stage, leads, lead, entered)
            return expit(x if effects is None else x + effects)
        if self._sources is not None:
            own = self._sources[stage].ravel().take(leads.code.take(lead))
            effects = own if effects is None else own + effects
        if effects is None:
            fixed, look_up = self._fixed[stage], leads.steps if in_order else leads.look_up
            return look_up(self.base[stage], lead) if fixed is None else fixed
        logits = self._logits[stage]
        if logits is None:
            logits = self._logits[stage] = logit(self.base[stage])
        p = leads.look_up(self.base[stage], lead)
        moved = where(effects)
        p[moved] = expit(leads.look_up(logits, lead.take(moved)) + effects.take(moved))
        return p

    def log_odds(self, stage: int, leads: Leads, lead: Ints) -> Floats:
        """Each lead's log-odds from its stage, sector, source and quality, without drift and what it carries itself.

        Minus and plus infinity where nothing can move the chance: at 0 and 1, and where a threshold decides.
        """
        plan, at = self.block.plan.stages[stage], self._intercepts[stage]
        x = leads.look_up(logit(self.base[stage]) if at is None else at, lead)
        if leads.quality is not None and not plan.quality_weight.is_zero:
            x = x + leads.at(plan.quality_weight, lead) * leads.quality.take(lead)
        if self._sources is not None:
            x = x + self._sources[stage].ravel().take(leads.code.take(lead))
        limit = limits(plan, leads, lead)
        if limit is None:
            return x
        return np.where(np.isnan(limit), x, np.where(reach(leads, lead, limit), np.inf, -np.inf))

    def drift_sd(self, stage: int, leads: Leads, lead: Ints) -> Floats | float:
        """The standard deviation of the drift that each lead meets; 0 where there is none."""
        drift = self.block.plan.stages[stage].drift
        return 0.0 if drift is None else leads.at(drift.sd, lead)

    def shocks(self, stage: int) -> Floats | None:
        """Standard normal shocks by replication and period, shape (n_reps, n_periods); None where nothing drifts."""
        return self._shocks[stage]

    def _drift(self, stage: int, leads: Leads, lead: Ints, entered: Floats) -> Floats | float:
        """The shock to the log-odds of all who entered in the same period."""
        drift, shocks = self.block.plan.stages[stage].drift, self._shocks[stage]
        if drift is None or shocks is None:
            return 0.0
        period = np.floor(entered / drift.every).astype(np.int64)
        return self.drift_sd(stage, leads, lead) * shocks.ravel().take(leads.rep_of(lead) * shocks.shape[1] + period)

    def _spread(self, stage: StagePlan) -> Floats | None:
        """The sd of the log-odds over drift and the quality of fresh leads, by replication and sector; None for 0."""
        weight, drift = stage.quality_weight, stage.drift
        if weight.is_zero:
            return None if drift is None else self.block.knob(drift.sd)
        return np.hypot(self.block.knob(weight), 0.0 if drift is None else self.block.knob(drift.sd))

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
