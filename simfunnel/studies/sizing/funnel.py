"""How is the volume of a whole funnel moved: all sources that bring new leads, in one proportion?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from math import inf

from simfunnel.distributions import Distribution
from simfunnel.distributions.scaling import scaled
from simfunnel.errors import Problem, ScenarioError
from simfunnel.levers import Lever, find
from simfunnel.resolved.inputs import mean_of
from simfunnel.resolved.sources import expected_spend
from simfunnel.results.text import listed
from simfunnel.scenario import Scenario
from simfunnel.scenario.emitting import written_text
from simfunnel.scenario.fields import plans
from simfunnel.scenario.schema import Leads, Source
from simfunnel.scenario.tree import nearest
from simfunnel.scenario.written import Written, number

_QUANTITIES = ("leads", "visits", "budget")
_FINEST = 1e-3


@dataclass(frozen=True)
class Part:
    """A figure of a source that moves with the volume."""

    path: str
    value: Leads | float | Distribution
    written: Written

    @property
    def mean(self) -> float:
        return mean_of(self.value.amount if isinstance(self.value, Leads) else self.value)

    def times(self, factor: float) -> str:
        """What one writes at the path for so many times as much."""
        if not isinstance(self.value, Leads):
            value = _times(self.value, factor)
            return written_text(self.written, value if isinstance(value, Distribution) else round(value, 2))
        amount = _times(self.value.amount, factor)
        if self.value.kind == "fixed" and self.value.per is None and not isinstance(amount, Distribution):
            amount = float(round(amount))  # no source brings half a lead
        return written_text(self.written, self.value.model_copy(update={"amount": amount}))


@dataclass(frozen=True)
class Volume(Lever):
    """All sources that bring new leads, in one proportion: their leads, visits, budgets and fixed costs.

    The value is a factor on what is there now; where one number alone moves it is that: the leads of the only source,
    the budget that several share.

    Attributes
    ----------
    sources, kept : tuple of str
        Those that move, and those that stay as they are: leads on hand at the start that cost nothing, and what nobody
        named.
    """

    sources: tuple[str, ...]
    kept: tuple[str, ...]
    parts: tuple[Part, ...]

    @property
    def is_factor(self) -> bool:
        """Whether the value is a factor, not a figure of one source."""
        return self.path == "volume"

    def step(self, span: float) -> float:
        """How finely a volume is searched; a factor no finer than to a thousandth."""
        return max(super().step(span), _FINEST if self.is_factor else 0.0)

    def changes(self, value: float) -> dict[str, str]:
        """What one writes in the file for a value of the volume: key path to text."""
        factor = value / self.present
        texts = {part.path: part.times(factor) for part in self.parts}
        return texts if self.is_factor else texts | {self.path: self.in_file(value)}

    def moved(self, scenario: Scenario, value: float) -> Scenario:
        """The scenario with another volume, everything else as it is."""
        return scenario.change(self.changes(value), name=scenario.name)


def volume(scenario: Scenario, sources: Iterable[str] | None = None) -> Volume:
    """The volume of a funnel as a lever.

    Parameters
    ----------
    sources : iterable of str, optional
        Which move; all that bring new leads unless they are named.

    Raises
    ------
    ScenarioError
        There is no such source, none that brings new leads, or one whose size cannot be multiplied.
    """
    moving = _moving(scenario) if sources is None else _named(scenario, sources)
    parts = tuple({part.path: part for name in moving for part in _parts(scenario, name)}.values())
    sizes = [part for part in parts if part.path.rpartition(".")[2] in _QUANTITIES]
    if not any(part.mean for part in sizes):
        said = "is 0, and no multiple of it is more; write how many there are now"
        raise ScenarioError([Problem(sizes[0].path, said)])
    kept = tuple(name for name in scenario.sources if name not in moving)
    base = _of_one(scenario, sizes[0]) if len(sizes) == 1 else None
    if base is None:
        most = min((part.written.high / part.mean for part in parts if part.mean > 0), default=inf)
        base = Lever("volume", "", 1.0, 0.0, most, 1.0, False, " times", scenario.currency, number(), None)
    same = {field.name: getattr(base, field.name) for field in fields(Lever)}
    return Volume(**same, sources=tuple(moving), kept=kept, parts=parts)


def _of_one(scenario: Scenario, part: Part) -> Lever | None:
    """The one number that says how large the only source is; none where it is uncertain or 0."""
    amount = part.value.amount if isinstance(part.value, Leads) else part.value
    return None if isinstance(amount, Distribution) or not amount else find(scenario, part.path)


def _moving(scenario: Scenario) -> list[str]:
    """Those that share the budget, where there is one; else all but leads on hand."""
    sharing = _sharing(scenario)
    if sharing:
        return sharing
    found = [name for name, source in scenario.sources.items() if not _is_on_hand(scenario, source)]
    if not found:
        said = "bring no new leads: all are on hand at the start and cost nothing; name those whose volume should move"
        raise ScenarioError([Problem("sources", f"{said}, such as {next(iter(scenario.sources))}")])
    return found


def _sharing(scenario: Scenario) -> list[str]:
    return [name for name, source in scenario.sources.items() if source.share is not None]


def _is_on_hand(scenario: Scenario, source: Source) -> bool:
    return source.arrive.at_start and expected_spend(scenario, source) == 0


def _named(scenario: Scenario, sources: Iterable[str]) -> list[str]:
    wanted = [sources] if isinstance(sources, str) else list(dict.fromkeys(sources))
    for name in wanted:
        if name not in scenario.sources:
            close = nearest(name, scenario.sources)
            hint = f"did you mean '{close}'?" if close else f"there are: {', '.join(scenario.sources)}"
            raise ScenarioError([Problem(f"sources.{name}", f"there is no source '{name}'; {hint}")])
    if not wanted:
        raise ScenarioError([Problem("sources", "none is named whose volume should move; name one or more")])
    left_out = [name for name in _sharing(scenario) if name not in wanted]
    for name in _sharing(scenario):
        if name in wanted and left_out:
            said = f"spends a share of the budget, which moves as a whole; name {listed(left_out)} as well, or none"
            raise ScenarioError([Problem(f"sources.{name}", said)])
    return [name for name in scenario.sources if name in wanted]


def _parts(scenario: Scenario, name: str) -> Iterator[Part]:
    source = scenario.sources[name]
    found = [(f"sources.{name}.{key}", getattr(source, key), plans(Source)[key]) for key in (*_QUANTITIES, "cost")]
    if source.share is not None:
        found.append(("budget", scenario.budget, plans(Scenario)["budget"]))
    for path, value, plan in found:
        if value is None:
            continue
        assert plan.written is not None
        part = Part(path, value, plan.written)
        try:
            part.times(2.0)
        except ValueError as error:
            said = f"{error}, so its volume cannot move; name the sources that should, without '{name}'"
            raise ScenarioError([Problem(part.path, said)]) from None
        yield part


def _times(amount: float | Distribution, factor: float) -> float | Distribution:
    if factor == 0:
        return 0.0
    return scaled(amount, factor) if isinstance(amount, Distribution) else amount * factor
