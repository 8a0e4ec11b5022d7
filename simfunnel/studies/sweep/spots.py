"""What stands at a key path that varies, what may stand there, and how is a number written there?"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from pydantic import BaseModel

from simfunnel.distributions import UNIT_DAYS, value_text
from simfunnel.errors import Problem, ScenarioError
from simfunnel.levers import Lever, find, together
from simfunnel.levers import Parameter as Inner
from simfunnel.scenario import Leads, Rate, Scenario
from simfunnel.scenario.expressions import read
from simfunnel.scenario.fields import FieldPlan, plans
from simfunnel.scenario.files import parse
from simfunnel.scenario.rosters import read_roster
from simfunnel.scenario.schema import Cold, Exits
from simfunnel.scenario.text import LITERALS, UNITS, quoted
from simfunnel.scenario.tree import Faults, Node, Place, nearest
from simfunnel.scenario.written import Written

SCENARIO = "scenario"  # the parameter that says which of several scenarios a point is of
_NUMBERS = {"share": "share", "money": "money", "duration": "duration", "number": "number", "count": "number"}
_NUMBERS |= {"people": "number", "leads": "number"}
_PERIODS = {days: name for name, days in UNITS.items()}
NO_FORM = ("", None, None)
T = TypeVar("T")
Form = tuple[str, float | None, object]  # what stands around a number: poisson, per so many days, a dispersion


@dataclass(frozen=True)
class Spot:
    """A key path of a scenario at which values vary.

    Attributes
    ----------
    path : str
    kind : str
        How single numbers are written there: ``share``, ``money``, ``duration``, ``number``; ``words`` where none are.
    unit : str
        As of `simfunnel.levers.Lever`.
    is_whole : bool
    low, high : float
        What the language allows, in base units.
    form : tuple of str, float, object
        What stands around the number in the scenario: ``poisson``, the days of ``per month``, a dispersion.
    is_shared : bool
        Whether it is one of several parameters of a distribution that vary, and makes sense with the others only.
    """

    path: str
    kind: str
    unit: str
    is_whole: bool
    low: float
    high: float
    form: Form
    _written: Written | None
    _lever: Lever | None
    is_shared: bool = False

    @property
    def is_inner(self) -> bool:
        """Whether it is a parameter of a distribution, so that only numbers stand there."""
        return isinstance(self._lever, Inner)

    @property
    def rule(self) -> str:
        """The key path at which a scenario is changed."""
        return self.path if self._lever is None else self._lever.rule

    def text(self, written: str) -> str:
        """What is put at the path for a value as somebody wrote it: a bare number goes where the number was.

        Raises
        ------
        ValueError
            It cannot stand there.
        """
        if self._lever is None or not self._lever.has_form or (number := self._bare(written)) is None:
            return written
        if self.is_inner:
            if not self.is_shared:
                self._check_inner(written, number)
            return written
        return self._lever.in_file(number)

    def _bare(self, written: str) -> float | None:
        """The number that a text is, without anything around it."""
        kind = "money" if self.kind == "number" and self._is_leads else self.kind
        try:
            return LITERALS[kind](written)
        except ValueError:
            if self.is_inner:
                raise
            return None

    @property
    def _is_leads(self) -> bool:
        return self._written is not None and self._written.kind == "leads"

    def _check_inner(self, written: str, number: float) -> None:
        """Refuse what the distribution cannot have as a parameter."""
        assert isinstance(self._lever, Inner)
        try:
            self._lever.in_file(number)
        except ValueError as error:
            present = self._lever.in_file(self._lever.present)
            raise ValueError(f"{quoted(written)} cannot stand in {present}: {error}") from None

    def number(self, text: str) -> tuple[float, Form]:
        """The single number in a text that stands at the path, in base units, and what is around it; NaN for none.

        Raises
        ------
        ValueError
            The text cannot stand there, with what is allowed.
        """
        if self.is_inner:
            return LITERALS[self.kind](text), NO_FORM
        if self._written is None or text.startswith(("{", "[")) or text == "null" or "empirical" in text:
            return math.nan, NO_FORM
        if self._written.kind == "people":
            return float(read_roster(self._written, text)), NO_FORM
        if self._written.kind not in (*_NUMBERS, "rate"):
            if self._written.kind in ("choice", "count", "truth", "date"):
                read(self._written, text, _no_column)
            return math.nan, NO_FORM
        value = read(self._written, text, _no_column)
        form = _form(value)
        amount = value.amount if isinstance(value, Leads | Rate) else value
        return (float(amount), form) if isinstance(amount, int | float) else (math.nan, NO_FORM)

    def amounts(self) -> Written:
        """How the number alone is written, where a distribution says which values it takes."""
        assert self.kind != "words"
        kind = self.kind if self.kind in ("share", "money", "duration") else "number"
        low, high = self.low, self.high
        if self.is_inner or self._written is None:  # how far a parameter may go is seen at each point
            low, high = 0.0, 1.0 if kind == "share" else math.inf
        elif self._written.kind != "people":
            low, high = self._written.low, self._written.high  # whether an end itself may be, too
        return Written(kind, low=low, high=high, uncertain=True, chance=True)  # type: ignore[arg-type]

    def write(self, value: float, resolution: float = 0.0) -> str:
        """A number as one writes it alone, rounded to a half percent of ``resolution`` or finer.

        It is rounded in the unit that people would choose: 22.3 hours, not 0.92917 days.
        """
        if self.is_whole:
            return str(round(value))
        return literal(self.kind, value, resolution)

    def scaled(self, numbers: tuple[float, ...], form: Form) -> tuple[float, str]:
        """What one unit is worth in which these numbers are read, and what is read behind them."""
        scale, suffix = 1.0, ""
        if self.kind == "share":
            scale, suffix = 0.01, " %"
        if self.kind == "duration":
            unit = _unit_of(max((abs(each) for each in numbers if math.isfinite(each)), default=1.0))
            scale, suffix = UNIT_DAYS[unit], f" {unit}"
        per = form[1]
        return scale, suffix if per is None else f"{suffix} per {_PERIODS.get(per) or value_text(per, 'duration')}"


def spot(scenario: Scenario, path: str) -> Spot:
    """What stands at a key path.

    Raises
    ------
    ValueError
        There is no such path, with the nearest.
    """
    keys = tuple(path.strip().split("."))
    if not all(keys):
        raise ValueError(f"{quoted(path)} is not a key path; write one such as stages.sql.neglect")
    try:
        plan, below = _field(scenario, keys)
    except ValueError:
        if not (meant := _meant(scenario, path)):
            raise
        raise ValueError(f"there is no such key; did you mean '{meant}'?") from None
    lever = _lever(scenario, path, needed=bool(below))
    written = None if plan is None else plan.written
    if written is not None and written.kind == "text":
        raise ValueError("is a text for people; no number depends on it")
    if isinstance(lever, Inner):
        kind = {"days": "duration", "share": "share", "money": "money"}.get(lever.unit, "number")
        return Spot(path, kind, lever.unit, False, lever.least, lever.most, NO_FORM, written, lever)
    if plan is None or written is None:
        return Spot(path, "words", "words", False, -math.inf, math.inf, NO_FORM, None, None)
    kind = _NUMBERS.get(written.of if written.kind == "rate" else written.kind, "words")
    unit = {"duration": "days", "leads": plan.name, "number": "", "count": "", "words": "words"}
    named = "people" if written.kind == "people" else "leads" if written.kind == "leads" else kind
    found = Spot(
        path, kind, unit.get(named, named), written.kind in ("people", "count"), written.low, written.high, NO_FORM,
        written, lever if lever is not None and lever.path == ".".join(keys) else None,
    )  # fmt: skip
    if lever is None:
        return found
    form = _form(lever._form)
    return replace(found, is_whole=lever.is_whole, low=lever.least, high=lever.most, form=form)


def _lever(scenario: Scenario, path: str, *, needed: bool) -> Lever | None:
    try:
        return find(scenario, path)
    except ScenarioError as error:
        if needed:
            raise ValueError(error.problems[0].message) from None
        return None


def _form(value: object) -> Form:
    """What stands around a number."""
    if isinstance(value, Leads):
        return ("" if value.kind == "fixed" else value.kind), value.per, value.dispersion
    return ("", value.per, None) if isinstance(value, Rate) else NO_FORM


def _field(scenario: Scenario, keys: tuple[str, ...]) -> tuple[FieldPlan | None, tuple[str, ...]]:
    """The field at a key path (None for a whole level, such as `stages.sql.cold`), and the keys below it."""
    cls: type[BaseModel] = Scenario
    value: object = scenario
    at = 0
    while at < len(keys):
        known = plans(Cold) | plans(Exits) if cls is Cold else plans(cls)
        plan = _known(known, keys[at], keys, "key")
        value, at = getattr(value, plan.name, None), at + 1
        if plan.named and at < len(keys):
            value = _named(scenario, plan, value, keys, at)
            at += 1
        elif plan.named:
            return None, ()
        if plan.model is None:
            return plan, keys[at:]
        cls = plan.model
    return None, ()


def _meant(scenario: Scenario, path: str) -> str:
    """The key path that was written with slashes or spaces, or without its first key; empty where there is none."""
    dotted = re.sub(r"\s*[./]\s*", ".", path.strip())
    for start in ("", "stages.", "sources.", "sectors.", "teams."):
        try:
            _field(scenario, tuple(f"{start}{dotted}".split(".")))
        except ValueError:
            continue
        return f"{start}{dotted}"
    return ""


def _named(scenario: Scenario, plan: FieldPlan, value: object, keys: tuple[str, ...], at: int) -> object:
    """What stands under a name that people chose, which must be there already."""
    names: dict[str, object] = dict(value) if isinstance(value, Mapping) else {}
    if plan.key == "stages":
        names = dict.fromkeys(scenario.process) | names
    if plan.key == "sectors":
        names = dict.fromkeys(scenario.sectors) | names
    names = dict.fromkeys(plan.names) | names
    return _known(names, keys[at], keys, plan.key.removesuffix("s"))


def _known(known: Mapping[str, T], key: str, keys: tuple[str, ...], what: str) -> T:
    if key in known:
        return known[key]
    close = nearest(key, known)
    hint = f"did you mean '{close}'?" if close else f"there are: {', '.join(known) or 'none'}"
    raise ValueError(f"there is no {what} '{key}' in {'.'.join(keys)}; {hint}")


def _no_column(file: str, name: str, packed: str) -> tuple[str, tuple[float, ...]]:
    raise ValueError("a column of numbers cannot vary")


def literal(kind: str, value: float, resolution: float = 0.0) -> str:
    """A number as one writes it alone.

    >>> literal("duration", 0.9291), literal("share", 1 / 3, 0.1), literal("duration", 2.0661, 1.2)
    ('0.9291 days', '33.3%', '2.07 days')
    >>> literal("duration", 1 / 24, 1 / 24)
    '1 hour'
    """
    if kind == "share":
        return f"{_rounded(value * 100, resolution * 100)}%"
    if kind != "duration":
        return _rounded(value, resolution)
    if not resolution:
        return value_text(value, "duration")
    unit = "hours" if value == UNIT_DAYS["hours"] else _unit_of(abs(value))
    text = _rounded(value / UNIT_DAYS[unit], resolution / UNIT_DAYS[unit])
    return f"{text} {unit.removesuffix('s') if text == '1' else unit}"


def _unit_of(days: float) -> str:
    return "days" if days >= 2.0 or days == 0.0 else "hours" if days >= 2.0 / 24.0 else "minutes"


def _rounded(value: float, resolution: float) -> str:
    """Decimal text: the shortest of the very number, or rounded to three digits of the resolution."""
    shown = value
    if resolution > 0 and value:
        shown = round(value, 2 - math.floor(math.log10(min(resolution, abs(value)))))
    return value_text(float(f"{shown:.15g}"), "number")


def changes_of(scenario: Scenario, texts: Mapping[str, str]) -> dict[str, object]:
    """What `Scenario.change` takes to put these texts in their places, those inside of distributions too.

    Raises
    ------
    ScenarioError
        No distribution has these parameters together.
    """
    changes: dict[str, object] = {}
    inner: dict[str, dict[Inner, float]] = {}
    for path, text in texts.items():
        lever = _inner(scenario, path)
        if lever is None:
            changes[path] = given(text)
            continue
        inner.setdefault(lever.rule, {})[lever] = lever.read(text)
    for rule, values in inner.items():
        try:
            changes[rule] = together(values)
        except ValueError as error:
            raise ScenarioError([Problem(rule, str(error), "change()")]) from None
    return changes


def _inner(scenario: Scenario, path: str) -> Inner | None:
    """The parameter of a distribution that a path names, None where it names a whole value."""
    if not _field(scenario, tuple(path.split(".")))[1]:
        return None
    lever = find(scenario, path)
    return lever if isinstance(lever, Inner) else None


def given(text: str) -> object:
    """A text as `Scenario.change` takes it: what looks like a map or a list is one, and `null` is nothing."""
    if text == "null":
        return None
    if not text.startswith(("{", "[")):
        return text
    faults = Faults()
    node = parse(f"value: {text}", Place("file", "value"), faults).items["value"]
    faults.raise_if_any()
    return _plain(node)


def _plain(node: Node) -> object:
    if isinstance(node.value, dict):
        return {key: _plain(each) for key, each in node.value.items()}
    return [_plain(each) for each in node.value] if isinstance(node.value, tuple) else node.value
