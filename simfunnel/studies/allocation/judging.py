"""What is known of the best allocation: how flat it is, what a further unit of money brings, and what binds?"""

from __future__ import annotations

from dataclasses import dataclass
from math import nan

import numpy as np
import numpy.typing as npt

from simfunnel.studies.allocation.goal import Gain
from simfunnel.studies.allocation.looks import MORE, Looks
from simfunnel.studies.allocation.region import Region

Array = npt.NDArray[np.float64]

#: How far from the best a part is moved to see what that loses, as shares of the total.
AWAY = (0.05, 0.15, 0.3)
_TIGHT = 2e-3  # of the total: a rule with less room binds


@dataclass(frozen=True)
class Flat:
    """How far one part may go, the others giving or taking in proportion, before more than the tolerance is lost.

    Attributes
    ----------
    least, most : float
        Amounts; where even the furthest that was looked at loses less, that. Missing (NaN) where it stands still.
    error : float
        Monte Carlo error of the losses looked at, the largest.
    """

    least: float
    most: float
    error: float


def flatness(looks: Looks, region: Region, best: Array, tolerance: float) -> list[Flat]:
    """How flat the optimum is along each part that does not come in whole units."""
    inner = region.with_heads(best)
    found = []
    for at in range(len(best)):
        ways = _way(inner, best, at, -1.0), _way(inner, best, at, 1.0)
        if all(way is None for way in ways):
            found.append(Flat(nan, nan, nan))
            continue
        (down, error_down), (up, error_up) = (_side(looks, inner, best, way, tolerance) for way in ways)
        if max(down, up) < looks.moves.grain / 2:  # what it cannot do for the rules is said of them
            found.append(Flat(nan, nan, nan))
            continue
        found.append(Flat(float(best[at]) - down, float(best[at]) + up, max(error_down, error_up)))
    return found


def _side(looks: Looks, region: Region, best: Array, way: Array | None, tolerance: float) -> tuple[float, float]:
    """How far one may go this way, and the error of the losses looked at."""
    if way is None:
        return 0.0, 0.0
    top = looks.coarse(best)
    total, far = region.moves.total, region.reach(best, way)
    before, loss_before, error = 0.0, 0.0, 0.0
    for share in AWAY:
        length = min(share * total, far)
        if length <= before:
            break
        gain = looks.gain(top, looks.coarse(best + length * way))
        loss, error = -gain.value, max(error, gain.mcse)
        if loss > tolerance:
            part = (tolerance - loss_before) / (loss - loss_before) if loss > loss_before else 1.0
            return before + min(max(part, 0.0), 1.0) * (length - before), error
        before, loss_before = length, max(loss, 0.0)
    return before, error


def _way(region: Region, best: Array, at: int, sign: float) -> Array | None:
    """One unit more or less of a part, and so much less or more of the others that have room for it, in proportion."""
    free = region.most - region.least > 1e-9 * region.moves.total
    others = free & (np.arange(len(best)) != at)
    if sign < 0:
        others &= _has_room(region, best)
    if not free[at] or not others.any():
        return None
    away = np.where(others, np.maximum(best - region.least, 0.0), 0.0)
    if away.sum() <= 0:
        away = others.astype(np.float64)
    way = -away / away.sum()
    way[at] = 1.0
    kept = region.basis @ (region.basis.T @ way)
    return sign * kept / kept[at] if abs(kept[at]) > 1e-9 else None


def _has_room(region: Region, best: Array) -> npt.NDArray[np.bool_]:
    """Which parts no limit of their own keeps from having more, shape (n_parts,)."""
    rows, limits = region.inequalities
    tight = (np.count_nonzero(rows, axis=1) == 1) & (limits - rows @ best <= _TIGHT * region.moves.total)
    found: npt.NDArray[np.bool_] = ~((rows > 0) & tight[:, None]).any(axis=0)
    return found


@dataclass(frozen=True)
class Marginal:
    """What more of one part would bring, the others as they are and the total so much higher: per unit of amount."""

    value: float
    mcse: float
    extra: float


def marginals(looks: Looks, best: Array) -> list[Marginal]:
    """What a twentieth of the total more would bring at each part, or one head; unknown where none can be written."""
    moves = looks.moves
    if not moves.can_grow:
        return [Marginal(nan, nan, nan)] * len(best)
    top = looks.fine(best).figures[: looks.n_fine]
    found = []
    for at, part in enumerate(moves.parts):
        extra = part.price if part.is_whole else MORE * moves.total
        if best[at] + extra > part.most:
            found.append(Marginal(nan, nan, extra))
            continue
        more = best.copy()
        more[at] += extra
        figures = looks.beside(moves.settings(more), looks.n_fine)
        gain: Gain = looks.goal.gain(top, figures, looks.level)
        found.append(Marginal(gain.value / extra, gain.mcse / extra, extra))
    return found


@dataclass(frozen=True)
class Binding:
    """A rule, or what the language demands, without room at the best allocation.

    Attributes
    ----------
    text : str
    part : int or None
        Where it is about one part only.
    is_least : bool
        Whether it keeps that part from having less.
    """

    text: str
    part: int | None = None
    is_least: bool = True


def bindings(region: Region, best: Array) -> list[Binding]:
    """What leaves no room at these amounts; equalities always do."""
    tight = _TIGHT * region.moves.total
    found = []
    for rule in dict.fromkeys(region.rules):
        touched = np.flatnonzero(rule.row)
        half_a_head = float(region.moves.prices[touched].min()) / 2 if region.moves.whole[touched].all() else tight
        if rule.slack(best) <= min(tight, half_a_head):
            only = int(touched[0]) if len(touched) == 1 else None
            found.append(Binding(rule.text, only, only is not None and rule.row[only] < 0))
    named = {(each.part, each.is_least) for each in found}
    for at, part in enumerate(region.moves.parts):
        if best[at] <= region.least[at] + tight and (at, True) not in named:
            least = part.units(region.least[at])
            nothing = "gets nothing" if best[at] == 0 else "gets next to nothing"
            found.append(Binding(f"{part.name} {f'has no fewer than {least:g}' if least else nothing}", at))
    return found
