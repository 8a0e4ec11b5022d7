"""What moves: budgets of sources, heads of teams, or shares of sectors, and what is a unit of each worth?

Everything is counted in one *amount* that adds up to the total: money where budgets and people move, shares of one
where sectors do. A person is worth the pay of the whole horizon, so that one head more is paid by so much less budget.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import floor, inf, log10
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.distributions import Distribution
from simfunnel.errors import Problem, ScenarioError
from simfunnel.levers import find
from simfunnel.resolved.inputs import mean_of
from simfunnel.resolved.teams import person_days
from simfunnel.results.text import money, plain
from simfunnel.scenario import Scenario
from simfunnel.scenario.budgets import share_of
from simfunnel.scenario.tree import nearest

Array = npt.NDArray[np.float64]

WHERE = "over"
_GRAINS = 1_000  # a look is taken at multiples of a thousandth of the total, made round


@dataclass(frozen=True)
class Part:
    """One number that moves.

    Attributes
    ----------
    path : str
        Where it stands, in the scenario.
    name : str
        What people call it: the source, the team, the sector.
    price : float
        Amount that a unit of it is worth: 1 for money and shares, the pay of a person for a head.
    present : float
        Amount at present.
    least, most : float
        What the language allows, as amounts.
    is_whole : bool
        Whether only whole units make sense.
    is_shared : bool
        Whether what is written is its share of the scenario's budget.
    names : mapping of str to float
        How constraints may call it, and the amount that a unit under that name is worth.
    """

    path: str
    name: str
    price: float
    present: float
    least: float
    most: float
    is_whole: bool
    is_shared: bool
    names: Mapping[str, float]

    def units(self, amount: float) -> float:
        """How many: money, heads, shares."""
        return round(amount / self.price) if self.is_whole else amount / self.price


@dataclass(frozen=True)
class Moves:
    """All that moves, and what it adds up to.

    Attributes
    ----------
    parts : tuple of Part
    total : float
    is_money : bool
        Whether amounts are money; shares of one otherwise.
    """

    scenario: Scenario
    parts: tuple[Part, ...]
    total: float
    is_money: bool
    simplex: str = ""

    @property
    def whole(self) -> npt.NDArray[np.bool_]:
        """Which parts come in whole units, shape (n_parts,)."""
        return np.array([part.is_whole for part in self.parts])

    @property
    def prices(self) -> Array:
        """Amount that a unit of each part is worth, shape (n_parts,)."""
        return np.array([part.price for part in self.parts])

    @property
    def present(self) -> Array:
        """Amounts at present, in proportion where the total is another, shape (n_parts,)."""
        now = np.array([part.present for part in self.parts])
        free = ~self.whole
        rest, asked = float(now[free].sum()), self.total - float(now[~free].sum())
        if free.any() and asked >= 0:
            now[free] = now[free] * (asked / rest) if rest > 0 else asked / free.sum()
        return now

    @property
    def grain(self) -> float:
        """A round amount, or a round share of the total, finer than any difference that matters."""
        part = self.total / _GRAINS
        return part if all(each.is_shared for each in self.parts) else _round_figure(part)

    def heads(self, amounts: Array) -> tuple[int, ...]:
        """How many people there are in each team that moves."""
        return tuple(round(amount) for amount in (amounts[self.whole] / self.prices[self.whole]).tolist())

    @property
    def cent(self) -> float:
        """The least amount that is written: a cent, where money is and not only shares of it."""
        return 0.01 if self.is_money and any(not (part.is_whole or part.is_shared) for part in self.parts) else 0.0

    def rounded(self, amounts: Array, grain: float) -> Array:
        """The same to a grain; whole units stay, and the largest of the others takes what is left of their sum, so that
        they and the pay, each in whole cents as the engine books them, add up to the total."""
        free = np.flatnonzero(~self.whole)
        found: Array = np.where(self.whole, np.rint(amounts / self.prices) * self.prices, amounts)
        if len(free):
            left = float(amounts.sum() - found[self.whole].sum())
            if self.is_money:
                left = round(float(amounts.sum()), 2) - float(np.round(found[self.whole], 2).sum())
            found[free] = np.rint(amounts[free] / grain) * grain
            found[free[np.argmax(found[free])]] += left - found[free].sum()
        places = [2 if self.cent and not (part.is_whole or part.is_shared) else 9 for part in self.parts]
        return np.array([round(each, at) for each, at in zip(found.tolist(), places, strict=True)])

    @property
    def can_grow(self) -> bool:
        """Whether more than the total can be written: shares of sectors, or of a budget that stands, cannot."""
        return self.is_money and (self.owns_budget or not any(part.is_shared for part in self.parts))

    @property
    def owns_budget(self) -> bool:
        """Whether all shares of a scenario's certain budget move, so that the budget may be another."""
        shared = {name for name, source in self.scenario.sources.items() if source.share is not None}
        moving = {part.name for part in self.parts if part.is_shared}
        return bool(shared) and shared == moving and isinstance(self.scenario.budget, int | float)

    def values(self, amounts: Array) -> dict[str, float]:
        """Path to what stands there for these amounts: money, heads, shares of one."""
        budget = self._budget(amounts)
        return {
            part.path: amount / budget if part.is_shared else part.units(amount)
            for part, amount in zip(self.parts, amounts.tolist(), strict=True)
        }

    def settings(self, amounts: Array) -> dict[str, str]:
        """What one writes at each path for these amounts; with shares of a budget that changes, the budget too."""
        values, found = self.values(amounts), {}
        shares = {part.path: values[part.path] for part in self.parts if part.is_shared or not self.is_money}
        budget = self._budget(amounts)
        if self.owns_budget and abs(budget - mean_of(self.scenario.budget or 0.0)) > 1e-9 * self.total:
            found["budget"] = find(self.scenario, "budget").in_file(_tidy(budget))
        plain = {path: find(self.scenario, path).in_file(_tidy(value)) for path, value in values.items()
                 if path not in shares}  # fmt: skip
        return found | plain | self._written(shares)

    def _budget(self, amounts: Array) -> float:
        """The scenario's budget where shares of it move; it is theirs where all of them do."""
        if not self.owns_budget:
            return mean_of(self.scenario.budget or 1.0)
        return float(sum(amount for part, amount in zip(self.parts, amounts.tolist(), strict=True) if part.is_shared))

    def _written(self, shares: dict[str, float]) -> dict[str, str]:
        """Shares that add up to the last digit: where nobody who stands still takes the rest, the largest does."""
        taken = any(source.share == "rest" and f"sources.{name}.share" not in shares
                    for name, source in self.scenario.sources.items())  # fmt: skip
        largest = max(shares, key=lambda path: shares[path], default="")
        is_free = not (self.is_money and taken)
        return {path: "rest" if path == largest and is_free else f"{_tidy(share * 100)!r}%"
                for path, share in shares.items()}  # fmt: skip

    def moved(self, amounts: Array, name: str | None = None) -> Scenario:
        """The scenario with these amounts, everything else as it is."""
        return self.scenario.change(self.settings(amounts), name=name or self.scenario.name)

    def words(self, amount: float) -> str:
        """An amount as people read it, no finer than a tenth of the grain: `$40,000`, `12.5 %`."""
        if not self.is_money:
            return f"{plain(round(amount * 100, 1))} %"
        places = 1 - floor(log10(self.grain) + 1e-9)
        return money(
            round(amount, places if abs(amount) > 10 * self.grain else max(places, 2)), currency=self.scenario.currency
        )

    def units_words(self, at: int, amount: float) -> str:
        """What stands in the file, as people read it: `$40,000`, `3 people`, `12.5 %`."""
        part = self.parts[at]
        if not part.is_whole:
            return self.words(amount)
        heads = int(part.units(amount))
        return f"{heads:,} {'person' if heads == 1 else 'people'}"


def find_moves(scenario: Scenario, over: str | Iterable[str] | None, total: float | None) -> Moves:
    """What the caller names, or what a plan moves as a rule.

    Raises
    ------
    ScenarioError
        With every fault of what is named.
    """
    if over is None:
        over = [f"sources.{name}.share" for name, source in scenario.sources.items() if source.share is not None]
        if len(over) < 2:
            over = [f"sources.{name}.budget" for name, source in scenario.sources.items() if source.budget is not None]
        if len(over) < 2:
            raise _fault("", _too_few(scenario, over))
    paths = [over] if isinstance(over, str) else [*over]
    if not all(isinstance(path, str) for path in paths):
        raise TypeError(f"over names paths such as 'sources.fair.budget', not {paths!r}")
    if len(paths) == 1 and (paths[0] == "sectors" or _is_mix(paths[0])):
        return _sector_moves(scenario, paths[0], total)
    twice = {path for path in paths if paths.count(path) > 1}
    if twice:
        raise ScenarioError([Problem(path, "is named twice", WHERE) for path in sorted(twice)])
    if any(_is_mix(path) or path == "sectors" for path in paths):
        raise _fault(
            "", "a mix of sectors adds up to 1, and moves alone; ask for it, and for money, one after the other"
        )
    if not paths:
        raise _fault("", "names nothing; name at least two paths, or leave it out")
    if len(paths) < 2:
        raise _fault(paths[0], "moves alone, and something else must pay for it; name at least two paths")
    return _money_moves(scenario, paths, total)


def _money_moves(scenario: Scenario, paths: Sequence[str], total: float | None) -> Moves:
    faults: list[Problem] = []
    parts = []
    for path in paths:
        try:
            parts.append(_money_part(scenario, path))
        except ScenarioError as error:
            faults += [Problem(each.path, each.message, WHERE) for each in error.problems]
    if faults:
        raise ScenarioError(faults)
    found = sum(part.present for part in parts) if total is None else total
    if not found > 0:
        raise _fault("", "what moves adds up to nothing at present; say what is to be spent with total")
    moves = Moves(scenario, tuple(parts), float(found), is_money=True)
    shared = [part for part in parts if part.is_shared]
    if shared and not moves.owns_budget and (total is not None or len(shared) < len(parts)):
        is_known = isinstance(scenario.budget, int | float)
        reason = "some of its shares do not move" if is_known else "it is uncertain"
        raise _fault("budget", f"would have to change, and {reason}; move its shares alone, and leave out total")
    if len(shared) < len(parts):
        return moves
    budget = moves.total if moves.owns_budget else mean_of(scenario.budget or 0.0)
    return replace(moves, parts=tuple(replace(part, names={**part.names, part.path: budget}) for part in parts))


def _money_part(scenario: Scenario, path: str) -> Part:
    keys = path.split(".")
    source = scenario.sources.get(keys[1]) if len(keys) == 3 and keys[0] == "sources" else None
    if source is not None and source.share is not None and keys[2] in ("share", "budget"):
        present = mean_of(scenario.budget or 0.0) * share_of(scenario, source)
        names = {f"sources.{keys[1]}.budget": 1.0}  # by its share too, where nothing but shares moves
        return Part(f"sources.{keys[1]}.share", keys[1], 1.0, present, 0.0, inf, False, True, names)
    if source is not None and keys[2] == "budget" and isinstance(source.budget, Distribution):
        raise _fault(path, "is uncertain, and only a plain amount can be moved; write one such as 100_000")
    lever = find(scenario, path)
    if source is not None and keys[2] == "budget":
        return Part(path, keys[1], 1.0, lever.present, lever.least, lever.most, False, False, {path: 1.0})
    if len(keys) == 3 and keys[::2] == ["teams", "people"]:
        pay = _pay(scenario, keys[1])
        least, most = lever.least * pay, lever.most * pay
        return Part(path, keys[1], pay, lever.present * pay, least, most, True, False, {path: pay})
    raise _fault(path, "is no part of a budget; name budgets of sources (sources.NAME.budget or .share) and people of "
                       "teams (teams.NAME.people), or a mix alone (sources.NAME.sectors)")  # fmt: skip


def _pay(scenario: Scenario, name: str) -> float:
    """What one person of a team costs over the horizon, there or away, on average."""
    team = scenario.teams[name]
    cost = 0.0 if team.cost is None else mean_of(team.cost.amount)
    if team.cost is None or cost <= 0:
        message = (
            f"costs nothing, so more people would be free; write the pay, such as teams.{name}.cost: 60_000 per year"
        )
        raise _fault(f"teams.{name}.people", message)
    assert isinstance(team.people, int)
    days = person_days(scenario, team) / team.people if team.people else scenario.horizon
    return cost * days / (365.0 if team.cost.per is None else team.cost.per)


def _sector_moves(scenario: Scenario, path: str, total: float | None) -> Moves:
    """The mix of one source over the sectors, or that of all sources."""
    if len(scenario.sectors) < 2:
        raise _fault(path, "there are not two sectors to share between")
    if total is not None:
        raise _fault(path, "adds up to 1, and total is money; leave total out")
    keys = path.split(".")
    shares: Mapping[str, Any] = {name: sector.share for name, sector in scenario.sectors.items()}
    if keys[0] == "sources":
        if keys[1] not in scenario.sources:
            close = nearest(keys[1], scenario.sources)
            raise _fault(path, f"there is no source '{keys[1]}'" + (f"; did you mean '{close}'?" if close else ""))
        shares = scenario.sources[keys[1]].sectors or shares
    uncertain = [name for name, share in shares.items() if not isinstance(share, int | float | str | None)]
    if uncertain:
        raise ScenarioError([Problem(f"{path}.{name}", "is uncertain, and only a plain share can be moved", WHERE)
                             for name in uncertain])  # fmt: skip
    known = {name: 0.0 if share is None or share == "rest" else float(share) for name, share in shares.items()}
    left = 1.0 - sum(known.values())
    parts = []
    for name in shares:
        share = left if shares[name] == "rest" else known[name]
        at = f"{path}.{name}" if keys[0] == "sources" else f"sectors.{name}.share"
        parts.append(Part(at, name, 1.0, share, 0.0, 1.0, False, False, {at: 1.0}))
    return Moves(scenario, tuple(parts), 1.0, is_money=False, simplex=path)


def _is_mix(path: str) -> bool:
    keys = path.split(".")
    return len(keys) == 3 and keys[::2] == ["sources", "sectors"]


def _too_few(scenario: Scenario, found: Sequence[str]) -> str:
    there = f"only {found[0]} is one" if found else "no source has one"
    return (
        f"moves the budgets of sources as a rule, and {there}; write two or more (sources.NAME.budget with a "
        f"cost_per_lead), or name what moves, such as sources.{next(iter(scenario.sources))}.sectors"
    )


def _fault(path: str, message: str) -> ScenarioError:
    return ScenarioError([Problem(path, message, WHERE)])


def _tidy(value: float) -> float:
    return float(f"{value:.12g}")


def _round_figure(size: float) -> float:
    """The round number (1, 2 or 5 with zeros) at or below a size.

    >>> _round_figure(250.0), _round_figure(0.001)
    (200.0, 0.001)
    """
    exponent = floor(log10(size) + 1e-9)
    lead = next(each for each in (5, 2, 1) if each <= size / 10.0**exponent * (1 + 1e-9))
    return float(f"{lead}e{exponent}")
