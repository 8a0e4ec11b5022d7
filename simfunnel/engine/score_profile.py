"""What scores do the new leads of each period have as they arrive? Counted in fixed bins, summed over replications."""

from __future__ import annotations

import numpy as np

from simfunnel.engine.block import Leads
from simfunnel.engine.plan import Floats, Ints, where
from simfunnel.engine.sums import Exact, exact_products

#: Where bins end, in standard deviations from the mean: 5 points each on the usual scale of 50 and 15.
EDGES: Floats = np.arange(-14.0, 15.0) / 3.0
#: What is counted of each period: leads, the sum of their scores and of its squares (standard scores, in thousandths),
#: and how many lie below each edge.
N_FIELDS = 3 + EDGES.size
#: Rows of the sums: of each field, of its square, of its product with the leads, and of scores times their squares.
N_SUMS = 3 * N_FIELDS + 1
_THOUSANDTHS = 1000.0


def score_sums(leads: Leads) -> Exact:
    """Sums over replications, shape (N_SUMS, n_periods); without a column where leads have no score."""
    plan, n_reps = leads.block.plan, leads.block.n_reps
    if plan.score is None or leads.score is None:
        return np.zeros((N_SUMS, 0), object)
    shown = (leads.score - plan.score.mean) / plan.score.sd
    period = plan.period_of_day.take(leads.arrival.astype(np.intp))
    is_new = np.array([not source.is_on_hand for source in plan.sources])
    inside = where((period >= 0) & is_new[leads.source])
    shown, code = shown.take(inside), (leads.rep * plan.n_periods + period).take(inside)
    each = _fields(shown, code, n_reps * plan.n_periods).reshape(N_FIELDS, n_reps, plan.n_periods)
    each = np.moveaxis(each, 1, 0)
    leads_of = np.broadcast_to(each[:, :1], each.shape)
    return np.concatenate(
        [
            each.sum(axis=0).astype(object),
            exact_products(each, each),
            exact_products(each, leads_of),
            exact_products(each[:, 1:2], each[:, 2:3]),
        ]
    )


def _fields(shown: Floats, code: Ints, size: int) -> Ints:
    """The fields of each replication and period, shape (N_FIELDS, size)."""
    whole = np.rint(shown * _THOUSANDTHS)
    sums = [np.bincount(code, weights=weight, minlength=size) for weight in (np.ones(code.size), whole, whole * whole)]
    n_bins = EDGES.size + 1
    place = np.searchsorted(EDGES, shown, side="right")
    binned = np.bincount(code * n_bins + place, minlength=size * n_bins).reshape(size, n_bins)
    return np.concatenate([np.stack(sums).astype(np.int64), np.cumsum(binned, axis=1)[:, :-1].T])
