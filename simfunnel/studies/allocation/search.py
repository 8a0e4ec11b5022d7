"""Which allocation is best, as far as common futures tell?

The goal is a step function of the amounts, and it may have several tops: where returns grow before they diminish, or
where only a gamble reaches the target. So nothing here asks for its slope. Within the free directions (those that keep
the total) COBYQA, which models what it has seen by a quadratic, walks on few of the futures, with steps from 15 %
down to 2 % of the total: from the start, and from the best of a lattice over the whole region (the two best that lie
apart where looks are read off one run). A quadratic fitted to all of these looks smooths their steps; its top, and the
best looks, are then tried on more futures; exchanges between two parts polish the best.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations_with_replacement, permutations, product
from math import comb

import numpy as np
import numpy.typing as npt
from scipy.optimize import LinearConstraint, minimize

from simfunnel.studies.allocation.looks import Look, Looks
from simfunnel.studies.allocation.region import Region

Array = npt.NDArray[np.float64]

WIDEST, FINEST = 0.15, 0.02  # steps of the coarse search, as shares of the total
STEPS = (0.04, 0.02, 0.01)  # of the exchanges that polish
_NEAR = 0.03  # of the total: from so far off a limit is tried
_APART = 0.15  # of the total: two walks begin no nearer to each other
_FEW_HEADS = 24  # numbers of people that are all tried, where nothing else moves


def most_looks(n_free: int) -> int:
    """Coarse looks of one walk: as many as the model needs to begin with, and some rounds."""
    return 8 + 6 * n_free


def most_points(n_parts: int, *, is_cheap: bool) -> int:
    """Points of the lattice: one more of them is hardly felt where looks are read off one run."""
    return 40 if is_cheap else 2 + 2 * n_parts


def budget_of_looks(region: Region) -> tuple[int, int]:
    """Coarse and fine looks that a whole search takes as a rule, with what is asked of its winner."""
    parts, whole = len(region.moves.parts), int(region.moves.whole.sum())
    free = max(parts - whole - 1, 0)
    walks = (2 + 3 * whole) * most_looks(free)
    return walks + most_points(free + 1, is_cheap=False) + 6 * parts, 8 + 3 * parts


@dataclass(frozen=True)
class Search:
    """Looks for the best amounts in a region."""

    looks: Looks
    region: Region

    def best(self, start: Array) -> Array:
        """The best amounts that are found, from a start inside."""
        if not self.region.moves.whole.any():
            self._walks(self.region, start, is_first=True)
            return self._polished(self.region, self._finalists(self.region, start))
        return self._with_heads(start)

    # numbers of people

    def _with_heads(self, start: Array) -> Array:
        """Walk from one number of people to the best of its neighbours, with the rest shared out anew at each."""
        moves, whole = self.region.moves, self.region.moves.whole
        allowed = {moves.heads(amounts): amounts for amounts in self.region.heads()}
        tried: dict[tuple[int, ...], Look] = {}

        def look(heads: tuple[int, ...], near: Array) -> Look:
            if heads not in tried:
                part = self.region.with_heads(allowed[heads])
                inside = part.nearest(_paid(near, allowed[heads], whole))
                assert inside is not None
                self._walks(part, inside, is_first=not tried)
                tried[heads] = self._top(part, 1)[0]
            return tried[heads]

        at = moves.heads(start)
        if whole.all() and len(allowed) <= _FEW_HEADS:
            at = max(allowed, key=lambda heads: self._value(look(heads, start)))
        while True:
            here = look(at, start)
            near = [heads for heads in _neighbours(at) if heads in allowed]
            best = max(near, key=lambda heads: self._value(look(heads, here.amounts)), default=at)
            if best == at or self._value(tried[best]) <= self._value(here):
                break
            at = best
        finalists = sorted(tried.values(), key=self._value, reverse=True)[:4]
        winner = self._finest([look.amounts for look in finalists] + [start])
        part = self.region.with_heads(winner)
        return self._polished(part, self._finalists(part, winner)) if part.basis.shape[1] else winner

    # shares of the rest

    def _walks(self, region: Region, start: Array, *, is_first: bool) -> None:
        """Coarse walks from a start and from afar; only a short one where much is known already."""
        free = region.basis.shape[1]
        if not free:
            self.looks.coarse(start)
            return
        if not is_first:
            self._walk(region, start, WIDEST / 2, 4 + 3 * free)
            return
        self._walk(region, start, WIDEST, most_looks(free))
        from_afar = sorted(map(self.looks.coarse, self._scattered(region, start)), key=self._value, reverse=True)
        begun = [start, self._top(region, 1)[0].amounts]
        most = len(begun) + (2 if self.looks.is_cheap else 1)
        for look in from_afar:
            apart = min(float(np.abs(look.amounts - each).max()) for each in begun)
            if len(begun) < most and apart > _APART * region.moves.total:
                begun.append(look.amounts)
                self._walk(region, look.amounts, WIDEST, most_looks(free))

    def _scattered(self, region: Region, start: Array) -> Iterator[Array]:
        """A lattice between the points at which each part has the most that it can, and an even split."""
        moving = region.most > region.least
        even = region.nearest(np.where(moving, start[moving].sum() / moving.sum(), start))
        if even is not None:
            yield even
        ends = np.unique(np.round(region.ends / region.moves.total, 9), axis=0) * region.moves.total
        most = most_points(len(ends), is_cheap=self.looks.is_cheap)
        steps = max((n for n in range(1, 21) if comb(n + len(ends) - 1, n) <= most), default=1)
        for corners in combinations_with_replacement(ends, steps):
            yield region.pulled_in(np.mean(corners, axis=0))

    def _walk(self, region: Region, start: Array, widest: float, most: int) -> None:
        total, basis = region.moves.total, region.basis

        def loss(at: Array) -> float:
            return -self._value(self.looks.coarse(region.pulled_in(start + total * (basis @ at))))

        minimize(
            loss, np.zeros(basis.shape[1]), method="COBYQA", constraints=_inside(region, start),
            options={"initial_tr_radius": widest, "final_tr_radius": FINEST, "maxfev": most},
        )  # fmt: skip

    def _finalists(self, region: Region, start: Array) -> Array:
        """The best on more futures of the start, the best coarse looks and the tops of fitted quadratics."""
        tops = [top for reach in (0.5, 0.2) if (top := self._summit(region, reach)) is not None]
        return self._finest([start, *(look.amounts for look in self._top(region, 2)), *tops])

    def _summit(self, region: Region, reach: float) -> Array | None:
        """The top of a quadratic fitted to the coarse looks within some share of the total of the best of them."""
        total, basis = region.moves.total, region.basis
        best = self._top(region, 1)[0].amounts
        near = [look for look in self._inside(region) if np.abs(look.amounts - best).max() <= reach * total]
        at = np.array([basis.T @ (look.amounts - best) / total for look in near])
        terms = _terms(at)
        if len(near) < terms.shape[1] + 2:
            return None
        values = np.array([self._value(look) for look in near])
        fitted = np.linalg.lstsq(terms, values, rcond=None)[0]
        box = list(zip(at.min(axis=0), at.max(axis=0), strict=True))
        scale = max(float(np.ptp(values)), 1e-300)
        found = minimize(lambda x: -float((_terms(x[None]) @ fitted)[0]) / scale, np.zeros(basis.shape[1]),
                         method="SLSQP", bounds=box, constraints=_inside(region, best))  # fmt: skip
        return region.pulled_in(best + total * (basis @ found.x)) if np.isfinite(found.x).all() else None

    def _polished(self, region: Region, start: Array) -> Array:
        """Exchanges between two parts, ever smaller, as long as one of them helps on more futures; few are tried.

        Where a limit is near in the end, going all the way is kept unless it is worse.
        """
        best, left = self.looks.fine(start), (4 + 2 * region.basis.shape[1]) * (5 if self.looks.is_cheap else 1)
        for share in STEPS:
            better: Look | None = best
            while better is not None and left > 0:
                best, better = better, None
                for look in self._exchanged(region, best, share):
                    left -= 1
                    if self._value(look, is_fine=True) > self._value(best, is_fine=True):
                        better = look
                    if better is not None or left <= 0:
                        break
            best = better or best
        return self._at_limits(region, best).amounts

    def _exchanged(self, region: Region, best: Look, share: float) -> Iterator[Look]:
        """Looks a step away, the most promising first; steps that would be cut short by half are left out."""
        wanted = share * region.moves.total
        for way in self._ways(region, best.amounts):
            length = min(wanted, region.reach(best.amounts, way))
            if length >= wanted / 2:
                yield self.looks.fine(best.amounts + length * way)

    def _at_limits(self, region: Region, best: Look) -> Look:
        """The same with every part moved to its nearest limit that is less than a step away."""
        rows, limits = region.inequalities
        for row, limit in zip(rows, limits, strict=True):
            way = region.basis @ (region.basis.T @ row)
            room, speed = limit - float(row @ best.amounts), float(row @ way)
            if not 0 < room <= _NEAR * region.moves.total or speed < 1e-9:
                continue
            look = self.looks.fine(region.pulled_in(best.amounts + room / speed * way))
            if self._value(look, is_fine=True) >= self._value(best, is_fine=True):
                best = look
        return best

    def _ways(self, region: Region, at: Array) -> list[Array]:
        """Directions of exchange, those first that the looks nearby speak for."""
        parts = np.flatnonzero(region.most - region.least > 1e-9 * region.moves.total)
        eye = np.eye(len(region.moves.parts))
        ways = [eye[to] - eye[out] for out, to in permutations(parts.tolist(), 2)]
        if any(rule.is_equal for rule in region.rules):
            ways = [sign * column / np.abs(column).max() for column in region.basis.T for sign in (1.0, -1.0)]
        looks = self._inside(region)
        apart = np.array([(look.amounts - at) / region.moves.total for look in looks])
        weights = np.exp(-((np.abs(apart).max(axis=1) / 0.2) ** 2))[:, None]
        values = np.array([self._value(look) for look in looks])[:, None]
        slope = np.linalg.lstsq(weights * np.hstack([np.ones_like(values), apart]), weights * values, rcond=None)[0]
        return sorted(ways, key=lambda way: -float(way @ slope[1:, 0]))

    # what is known so far

    def _value(self, look: Look, *, is_fine: bool = False) -> float:
        return self.looks.value(look, self.looks.n_fine if is_fine else None)

    def _inside(self, region: Region) -> list[Look]:
        return [look for look in self.looks.known() if region.holds(look.amounts)]

    def _top(self, region: Region, n: int) -> list[Look]:
        return sorted(self._inside(region), key=self._value, reverse=True)[:n]

    def _finest(self, amounts: list[Array]) -> Array:
        looks = [self.looks.fine(each) for each in amounts]
        return max(looks, key=lambda look: self._value(look, is_fine=True)).amounts


def _inside(region: Region, origin: Array) -> LinearConstraint:
    """What is allowed, in steps of the total along the free directions from an origin."""
    rows, limits = region.inequalities
    along = rows @ region.basis
    usable = np.isfinite(limits) & (np.abs(along).max(axis=1) > 1e-12)
    room = (limits - rows @ origin) / region.moves.total
    return LinearConstraint(along[usable], -np.inf, room[usable])


def _neighbours(heads: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    """One person more or less in a team, and one who changes teams.

    >>> list(_neighbours((3,)))
    [(2,), (4,)]
    """
    for step in product((-1, 0, 1), repeat=len(heads)):
        if 0 < sum(map(abs, step)) <= 2 and abs(sum(step)) <= 1:
            yield tuple(here + more for here, more in zip(heads, step, strict=True))


def _terms(at: Array) -> Array:
    """Constant, linear and quadratic terms, shape (n, (d + 1)(d + 2) / 2)."""
    pairs = [at[:, i] * at[:, j] for i in range(at.shape[1]) for j in range(i + 1)]
    return np.column_stack([np.ones(len(at)), at, *pairs])


def _paid(near: Array, heads: Array, whole: npt.NDArray[np.bool_]) -> Array:
    """The amounts nearby with other heads: what they cost more or less comes from all others in proportion."""
    found = np.where(whole, heads, near)
    rest, total = near[~whole].sum(), near.sum()
    if (~whole).any() and rest > 0:
        found[~whole] = near[~whole] * max(total - heads[whole].sum(), 0.0) / rest
    return found
