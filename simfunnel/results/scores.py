"""What scores do the leads have that are opened in each period?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from simfunnel.engine.score_profile import EDGES, N_FIELDS
from simfunnel.results.futures import Futures, Tallies, Terms
from simfunnel.results.intervals import mcse_of_sums, ratio_mcse

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]

_QUANTILES = {"p10": 0.1, "p50": 0.5, "p90": 0.9}
_UNIT = 1000.0  # thousandths of a standard deviation
COLUMNS = ("leads", "mean", "sd", *_QUANTILES)


def score_profile(futures: Futures, terms: Terms) -> pd.DataFrame:
    """One row a period; see `simfunnel.results.Result.score_profile`."""
    import pandas as pd

    from simfunnel.scenario import loads

    tallies = futures.tallies
    columns = ["period", *(f"{name}{end}" for name in COLUMNS for end in ("", "_mcse"))]
    if not tallies.scores.shape[1]:
        return pd.DataFrame(columns=columns)
    score = loads(terms.scenario_yaml).score
    assert score is not None
    frame: dict[str, Any] = {"period": list(tallies.periods)}
    n, total, square = tallies.n_sims, *(tallies.scores[k * N_FIELDS : (k + 1) * N_FIELDS] for k in (0, 1))
    frame["leads"], frame["leads_mcse"] = total[0] / n, mcse_of_sums(total[0], square[0], n)
    mean, sd, errors = _moments(tallies)
    frame["mean"], frame["mean_mcse"] = score.mean + score.sd * mean, score.sd * errors[0]
    frame["sd"], frame["sd_mcse"] = score.sd * sd, score.sd * errors[1]
    for name, q in _QUANTILES.items():
        at, error = _quantile(tallies, q)
        frame[name], frame[f"{name}_mcse"] = score.mean + score.sd * at, score.sd * error
    return pd.DataFrame(frame, columns=columns)


def _moments(tallies: Tallies) -> tuple[Array, Array, tuple[Array, Array]]:
    """Mean and standard deviation of standard scores, and their errors, by the delta method."""
    total, square, product = (tallies.scores[k * N_FIELDS : k * N_FIELDS + 3] for k in range(3))
    n, s, q = total
    with np.errstate(invalid="ignore", divide="ignore"):
        mean, second = s / n, q / n
        sd = np.sqrt(np.maximum(second - mean * mean, 0.0))
        error = ratio_mcse(s, n, square[1], square[0], product[1], tallies.n_sims)
        # the variance is (q - 2 mean s + mean^2 n) / n to the first order: the error of that ratio of sums
        both = tallies.scores[-1]
        part = q - 2.0 * mean * s
        part_square = square[2] - 4.0 * mean * both + 4.0 * mean * mean * square[1]
        part_product = product[2] - 2.0 * mean * product[1]
        of_variance = ratio_mcse(part, n, part_square, square[0], part_product, tallies.n_sims)
        of_sd = of_variance / (2.0 * sd)
    return mean / _UNIT, sd / _UNIT, (error / _UNIT, of_sd / _UNIT)


def _quantile(tallies: Tallies, q: float) -> tuple[Array, Array]:
    """The standard score that a share ``q`` does not exceed, straight lines between the edges, and its error."""
    total, square, product = (tallies.scores[k * N_FIELDS : (k + 1) * N_FIELDS] for k in range(3))
    below, leads = total[3:], total[0]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = below / leads
        error = ratio_mcse(below, leads + 0 * below, square[3:], square[0] + 0 * below, product[3:], tallies.n_sims)
    at, wrong = np.full(leads.size, np.nan), np.full(leads.size, np.nan)
    for k in np.flatnonzero(leads > 0):
        i = int(np.clip(np.searchsorted(share[:, k], q), 1, EDGES.size - 1))
        low, high = share[i - 1, k], share[i, k]
        density = (high - low) / (EDGES[i] - EDGES[i - 1])
        if density > 0:
            at[k] = EDGES[i - 1] + (q - low) / density
            wrong[k] = max(error[i - 1, k], error[i, k]) / density
    return at, wrong
