"""Which amounts are allowed, where is the middle of them, and which rules contradict each other?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, islice, product
from math import comb, inf, prod

import numpy as np
import numpy.typing as npt
from scipy.linalg import null_space
from scipy.optimize import linprog

from simfunnel.errors import Problem, ScenarioError
from simfunnel.studies.allocation.moves import Moves
from simfunnel.studies.allocation.rules import Rule

Array = npt.NDArray[np.float64]

_HAIR = 1e-7  # of the total: what rounding may break of a rule
_MOST_SETS = 3_000  # of rules that are tried for a smallest contradiction
_MOST_HEADS = 5_000  # numbers of people that are listed


@dataclass(frozen=True)
class Region:
    """All amounts that add up to the total and break no rule; heads may be given, and then stand still.

    Attributes
    ----------
    moves : Moves
    rules : tuple of Rule
    least, most : float64 arrays, shape (n_parts,)
        What the language allows of each; both the same where it stands still.
    """

    moves: Moves
    rules: tuple[Rule, ...]
    least: Array
    most: Array

    @classmethod
    def of(cls, moves: Moves, rules: tuple[Rule, ...]) -> Region:
        """The region of what moves.

        Raises
        ------
        ScenarioError
            Nothing is allowed; with the smallest set of rules that contradict each other.
        """
        least, most = (np.array([getattr(part, name) for part in moves.parts]) for name in ("least", "most"))
        found = cls(moves, rules, least, np.minimum(most, moves.total))
        clash = _contradiction(found)
        if clash is not None:
            said = " and ".join(clash) if len(clash) < 3 else f"{'; '.join(clash[:-1])}; and {clash[-1]}"
            verb = "cannot hold; give it" if len(clash) == 1 else "contradict each other; give one of them"
            raise ScenarioError([Problem("", f"{said}: {verb} more room", "constraints")])
        return found

    def with_heads(self, heads: Array) -> Region:
        """The region where the parts in whole units stand at these amounts, shape (n_parts,)."""
        fixed = self.moves.whole
        return replace(self, least=np.where(fixed, heads, self.least), most=np.where(fixed, heads, self.most))

    @property
    def is_exact(self) -> bool:
        """Whether the amounts must add up to the total; heads alone may leave some of it."""
        return not bool(self.moves.whole.all())

    def holds(self, amounts: Array) -> bool:
        """Whether amounts lie inside, but for rounding."""
        hair = _HAIR * self.moves.total
        inside = (amounts >= self.least - hair).all() and (amounts <= self.most + hair).all()
        left, cent = self.moves.total - amounts.sum(), self.moves.cent
        spent = abs(left) <= hair + cent * len(amounts) if self.is_exact else left >= -hair
        kept = (rule.slack(amounts) >= -(hair + cent) * sum(map(abs, rule.row)) for rule in self.rules)
        return bool(inside and spent and all(kept))

    @cached_property
    def is_empty(self) -> bool:
        return self._cheapest(np.zeros(len(self.moves.parts))) is None

    @property
    def is_single(self) -> bool:
        """Whether there is one point inside only."""
        if (self.moves.whole & (self.most - self.least > _HAIR * self.moves.total)).any():
            heads = [*islice(self.heads(), 2)]
            return len(heads) == 1 and self.with_heads(heads[0]).is_single
        return bool(np.ptp(self.ends, axis=0).max() <= 10 * _HAIR * self.moves.total)

    @cached_property
    def centre(self) -> Array | None:
        """A point with as much room on all sides as there is; None where the region is empty."""
        rows, limits, lines, sides = self._program
        roomy = np.ones(len(rows))
        roomy[: 2 * len(self.least)] = np.tile(self.most - self.least > _HAIR * self.moves.total, 2)
        wider = np.hstack([rows, roomy[:, None]]), np.hstack([lines, np.zeros((len(lines), 1))])
        aim = np.append(np.zeros(len(self.least)), -1.0)
        return self._solved(aim, wider[0], limits, wider[1], sides, [(0.0, 1.0)])

    def nearest(self, amounts: Array) -> Array | None:
        """The point inside that has least to be moved from these amounts; None where there is none."""
        if self.holds(amounts):
            return amounts
        rows, limits, lines, sides = self._program
        parts = len(amounts)
        eye, near = np.eye(parts), amounts / self.moves.total
        apart = np.block([[rows, np.zeros((len(rows), parts))], [eye, -eye], [-eye, -eye]])  # |x - near| <= t
        aim = np.concatenate([np.zeros(parts), np.ones(parts)])
        wider = np.hstack([lines, np.zeros((len(lines), parts))])
        return self._solved(aim, apart, np.concatenate([limits, near, -near]), wider, sides, [(0.0, None)] * parts)

    @cached_property
    def basis(self) -> Array:
        """Directions that keep the total and every equality, orthonormal, shape (n_parts, n_free)."""
        parts = len(self.moves.parts)
        still = np.eye(parts)[self.most - self.least <= _HAIR * self.moves.total]
        equal = [np.array(rule.row) for rule in self.rules if rule.is_equal]
        return np.asarray(null_space(np.vstack([np.ones(parts), *equal, *still])))

    @property
    def inequalities(self) -> tuple[Array, Array]:
        """All that is at most something: rows and limits, those of the language among them."""
        eye = np.eye(len(self.moves.parts))
        rules = [rule for rule in self.rules if not rule.is_equal]
        rows = np.vstack([-eye, eye, *(np.array([rule.row]) for rule in rules)])
        return rows, np.concatenate([-self.least, self.most, [rule.limit for rule in rules]])

    def reach(self, start: Array, step: Array) -> float:
        """How many times a step may be taken from a point inside before something is broken."""
        rows, limits = self.inequalities
        speed, room = rows @ step, np.maximum(limits - rows @ start, 0.0)
        blocking = speed > 1e-12 * max(float(np.abs(step).max()), 1e-300)
        return float((room[blocking] / speed[blocking]).min()) if blocking.any() else inf

    def pulled_in(self, amounts: Array) -> Array:
        """The point itself where it is inside, else where the line to it from the middle leaves the region."""
        assert self.centre is not None
        way = amounts - self.centre
        return self.centre + min(1.0, self.reach(self.centre, way)) * way

    @cached_property
    def ends(self) -> Array:
        """Points inside at which each part in turn has the most that it can, shape (n_ends, n_parts)."""
        furthest = (self._cheapest(-unit) for unit in np.eye(len(self.least)))
        return np.array([each for each in furthest if each is not None]).reshape(-1, len(self.least))

    @property
    def tops(self) -> Array:
        """The most that each part alone may get, shape (n_parts,)."""
        return np.asarray(self.ends.max(axis=0, initial=0.0))

    def start(self) -> Array:
        """The amounts at present where they are allowed, else those inside that have least to be moved."""
        now = self.moves.present
        if self.holds(now):
            return now
        if not self.moves.whole.any():
            found = self.nearest(now)
        else:
            inside = [self.with_heads(heads).nearest(now) for heads in self.heads()]
            found = min((each for each in inside if each is not None), key=lambda each: float(np.abs(each - now).sum()),
                        default=None)  # fmt: skip
        if found is None:
            raise ScenarioError([Problem("", "no whole number of people keeps all of these rules; give them more room",
                                         "constraints")])  # fmt: skip
        return found

    def heads(self) -> Iterator[Array]:
        """Every number of people for which the rest can be shared out, as amounts, shape (n_parts,); 0 elsewhere."""
        whole = np.flatnonzero(self.moves.whole)
        prices = self.moves.prices
        ranges = []
        for at in whole:
            unit = np.zeros(len(prices))
            unit[at] = 1.0
            low, high = (self._cheapest(sign * unit) for sign in (1.0, -1.0))
            if low is None or high is None:
                return
            first, last = np.ceil(low[at] / prices[at] - 1e-6), np.floor(high[at] / prices[at] + 1e-6)
            ranges.append(np.arange(first, last + 1))
        if prod(len(each) for each in ranges) > _MOST_HEADS:
            message = "people may be so many that their numbers cannot be listed; give them narrower bounds, such as "
            raise ScenarioError([Problem("", f"{message}teams.sales.people: 2 to 12", "over")])
        for many in product(*ranges):
            amounts = np.zeros(len(prices))
            amounts[whole] = np.array(many) * prices[whole]
            if not self.with_heads(amounts).is_empty:
                yield amounts

    def _cheapest(self, cost: Array) -> Array | None:
        """The point inside of least cost; None where there is none."""
        return self._solved(cost, *self._program, [])

    @cached_property
    def _program(self) -> tuple[Array, Array, Array, Array]:
        """Rows and limits, then lines and sides of equalities, all in shares of the total."""
        rows, limits = self.inequalities
        equal = [rule for rule in self.rules if rule.is_equal]
        lines = np.array([rule.row for rule in equal]).reshape(len(equal), -1 if equal else len(self.least))
        sides, all_of_it = np.array([rule.limit for rule in equal]), np.ones((1, len(self.least)))
        if self.is_exact:
            lines, sides = np.vstack([all_of_it, lines]), np.append(self.moves.total, sides)
        else:
            rows, limits = np.vstack([rows, all_of_it]), np.append(limits, self.moves.total)
        (rows, limits), (lines, sides) = _evened(rows, limits), _evened(lines, sides)
        return rows, limits / self.moves.total, lines, sides / self.moves.total

    def _solved(
        self, aim: Array, rows: Array, limits: Array, lines: Array, sides: Array, more: list[tuple[float, float | None]]
    ) -> Array | None:
        """A linear program over the parts and whatever further variables it has."""
        parts = len(self.least)
        ends = [(None, None)] * parts + more
        found = linprog(aim, rows, limits, lines if len(lines) else None, sides if len(sides) else None, bounds=ends)
        return np.asarray(found.x[:parts] * self.moves.total) if found.success else None


def _evened(rows: Array, limits: Array) -> tuple[Array, Array]:
    """The same rules with factors of about one, which the tolerance of a solver is made for."""
    largest = np.abs(rows).max(axis=1, initial=0.0)
    largest[largest == 0] = 1.0
    return rows / largest[:, None], limits / largest


def _contradiction(region: Region) -> list[str] | None:
    """The smallest set of rules that no amounts keep, in words; None where some do.

    First an irreducible set, by leaving out every rule without which the rest still clash; then all smaller sets, where
    they can be counted. What the language demands (nothing below 0) always stands, and so does the total.
    """
    if not region.is_empty:
        return None
    kept = list(region.rules)
    for rule in region.rules:
        fewer = [each for each in kept if each is not rule]
        if _clash(region, fewer):
            kept = fewer
    for size in range(len(kept)):
        if comb(len(region.rules), size) > _MOST_SETS:
            break
        smaller = next((some for some in combinations(region.rules, size) if _clash(region, some)), None)
        if smaller is not None:
            kept = list(smaller)
            break
    if not kept:
        return [_too_little(region)]
    total = [f"the total of {region.moves.words(region.moves.total)}"] if _needs_total(region, kept) else []
    return [*(rule.text for rule in kept), *total]


def _too_little(region: Region) -> str:
    """What the language demands costs more than there is."""
    moves = region.moves
    needs = (f"{moves.units_words(at, part.least)} in {part.name} at {moves.words(part.least)}"
             for at, part in enumerate(moves.parts) if part.least > 0)  # fmt: skip
    return f"the total of {moves.words(moves.total)} must pay for {' and '.join(needs)}"


def _clash(region: Region, rules: Sequence[Rule]) -> bool:
    return replace(region, rules=tuple(rules)).is_empty


def _needs_total(region: Region, rules: Sequence[Rule]) -> bool:
    """Whether these rules clash only because of what everything adds up to."""
    if not rules:
        return True
    parts = len(region.moves.parts)
    rows = [np.array(rule.row) for rule in rules if not rule.is_equal]
    lines = [np.array(rule.row) for rule in rules if rule.is_equal]
    found = linprog(
        np.zeros(parts), np.vstack(rows) if rows else None, [r.limit for r in rules if not r.is_equal] or None,
        np.vstack(lines) if lines else None, [r.limit for r in rules if r.is_equal] or None,
        bounds=[(part.least, part.most if np.isfinite(part.most) else None) for part in region.moves.parts],
    )  # fmt: skip
    return bool(found.success)
