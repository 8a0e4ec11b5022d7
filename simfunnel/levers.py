"""Which number of a scenario is moved, how far may it go, and how is it written?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil, floor, inf, isinf, log10
from typing import Any

from simfunnel.distributions import FAMILIES, UNIT_DAYS, Distribution, build, value_text
from simfunnel.errors import ScenarioError
from simfunnel.results.text import money, plain
from simfunnel.scenario import Scenario
from simfunnel.scenario.emitting import written_text
from simfunnel.scenario.fields import FieldPlan
from simfunnel.scenario.limits import check_distribution
from simfunnel.scenario.origins import COMMON
from simfunnel.scenario.paths import EXAMPLE, fault, walk
from simfunnel.scenario.schema import Leads, Rate
from simfunnel.scenario.text import LITERALS
from simfunnel.scenario.tree import nearest
from simfunnel.scenario.written import REST, Written, number, share

_NUMBERS = ("count", "duration", "leads", "money", "number", "people", "rate", "share")


@dataclass(frozen=True)
class Lever:
    """The one number that moves; what stands around it (`poisson(... per month)`) stays as it is.

    Attributes
    ----------
    path : str
        Key path in the scenario.
    unit : str
        ``share``, ``money``, ``days`` where the value is a duration, else what is counted: ``leads``, ``people``.
    present : float
        In base units: days, shares of one, currency units.
    least, most : float
        What the language allows there.
    scale : float
        What one unit is worth that the present value is written in: 1/24 of ``4 hours``, 0.01 of ``12.5%``.
    is_whole : bool
        Whether only whole numbers make sense.
    suffix : str
        What people read behind the number: `` hours``, `` per month``.
    """

    path: str
    unit: str
    present: float
    least: float
    most: float
    scale: float
    is_whole: bool
    suffix: str
    currency: str
    _written: Written
    _form: Leads | Rate | None

    @property
    def rule(self) -> str:
        """The key path at which `in_file` is written."""
        return self.path

    @property
    def has_form(self) -> bool:
        """Whether more than the number is written at the path, as in `poisson(40)`."""
        return self._form is not None and (
            self._form.per is not None or getattr(self._form, "kind", "fixed") != "fixed"
        )

    def moved(self, scenario: Scenario, value: float) -> Scenario:
        """The scenario with another value of the lever, everything else as it is."""
        return scenario.change({self.rule: self.in_file(value)}, name=scenario.name)

    def in_file(self, value: float) -> str:
        """What one writes at the path: `poisson(63 per month)`."""
        if self.unit == "people" or self._written.kind == "count":
            return str(int(value))
        if self._form is not None:
            return written_text(self._written, self._form.model_copy(update={"amount": float(value)}))
        return written_text(self._written, float(value))

    def read(self, text: str) -> float:
        """A value as people write it: `36 hours`, `12.5%`, `250k`, `40`.

        Raises
        ------
        ValueError
            Saying what is allowed.
        """
        return LITERALS[{"days": "duration", "share": "share", "money": "money"}.get(self.unit, "number")](text)

    def words(self, value: float) -> str:
        """What people read: `63`, `36 hours`, `12.5 %`, `$250,000`, `125 per month`."""
        if self.unit == "money":
            return f"{money(value, currency=self.currency)}{self.suffix}"
        amount = plain(round(value / self.scale, 9))
        is_one = amount == "1" and self.unit == "days"
        return f"{amount}{self.suffix.removesuffix('s') if is_one else self.suffix}"

    def counted(self, value: float) -> str:
        """The same with what it counts: `63 leads`, `125 leads per month`."""
        if self.unit in ("leads", "visits", "people"):
            return f"{plain(value)} {self.unit}{self.suffix}"
        return self.words(value)

    def step(self, span: float) -> float:
        """How finely a value is searched that lies in a range so wide: a round step of about a hundredth of it.

        Whole numbers are searched one by one up to some hundreds.
        """
        parts = 200 if self.is_whole else 100
        step = _round_figure(span / parts / self.scale) * self.scale
        return max(step, 1.0) if self.is_whole else step

    def snapped(self, value: float, step: float, *, up: bool = True) -> float:
        """The next multiple of the step that the language allows."""
        steps = value / step
        at = (ceil(steps - 1e-9) if up else floor(steps + 1e-9)) * step
        return min(max(_clean(at, self.scale), self.least), self.most)


@dataclass(frozen=True)
class Parameter(Lever):
    """A parameter of the distribution that stands at a rule; the path is the rule's, extended by the parameter's name.

    Attributes
    ----------
    names : tuple of str
        Of the parameter: several where a parameter is itself a distribution.
    """

    names: tuple[str, ...]
    _rule: str
    _rule_written: Written
    _distribution: Distribution

    @property
    def rule(self) -> str:
        """The key path at which `in_file` is written."""
        return self._rule

    @property
    def has_form(self) -> bool:
        """There is the distribution around it."""
        return True

    def in_file(self, value: float) -> str:
        """What one writes at the rule: `beta(mean=30%, n=40)`."""
        return together({self: value})

    def allows(self, value: float) -> bool:
        """Whether the distribution may have this value of the parameter."""
        try:
            check_distribution(self._rule_written, _with(self._distribution, {self.names: value}), "")
        except ValueError:
            return False
        return True


def find(scenario: Scenario, path: str) -> Lever:
    """The number that stands at a key path, or the parameter of a distribution: ``stages.sql.conversion.mean``.

    Raises
    ------
    ScenarioError
        There is no such path, or no single number stands there; with the nearest that would do.
    """
    keys = path.strip().split(".") if isinstance(path, str) else [""]
    if not all(keys):
        raise fault(str(path), f"is not a key path; {EXAMPLE}")
    plan, value, names = walk(scenario, keys, path)
    if value is None and keys[0] == "sectors" and keys[2:3] and keys[2] in COMMON:
        plan, value, names = walk(scenario, keys[2:], path)
    written = None if plan is None else plan.written
    if plan is None or written is None or written.kind not in _NUMBERS:
        raise fault(path, f"is no number that could be moved; {EXAMPLE}")
    form = value if isinstance(value, Leads | Rate) else None
    amount = value if form is None else form.amount
    if value is None:
        instead = "write one there first"
        if keys[0] == "sources" and keys[2:] == ["budget"] and scenario.sources[keys[1]].share is not None:
            instead = f"what is spent is a share of the scenario's: move `budget`, or sources.{keys[1]}.share"
        raise fault(path, f"has no value here that could be moved; {instead}")
    if isinstance(amount, dict):
        raise fault(path, "changes with dates, and only a single number can be moved; write one such as 3")
    if keys[0] == "sources" and keys[2:] == ["share"]:
        return _share_lever(scenario, keys, plan, written, value)
    if isinstance(amount, Distribution):
        return _parameter(scenario, keys, names, plan, written, value)
    if isinstance(amount, bool) or not isinstance(amount, int | float):
        raise fault(path, f"is {written_text(written, value)}, and only a single number can be moved; {EXAMPLE}")
    return _lever(scenario, ".".join(keys), plan, written, float(amount), form)


def kind_of(scenario: Scenario, path: str) -> str:
    """How a number at a key path, or a parameter of a distribution there, is read: ``duration`` (days), ``share``,
    ``money`` or ``number``.

    Raises
    ------
    ScenarioError
        There is no such path.
    """
    keys = path.split(".")
    plan, value, names = walk(scenario, keys, path)
    if plan is None:
        plan, value, names = walk(scenario, keys[2:], path)
    written = None if plan is None else plan.written
    kind: str = "number" if written is None else written.of if written.kind == "rate" else written.kind
    inner = value.amount if isinstance(value, Leads | Rate) else value
    for name in names:
        if not isinstance(inner, Distribution):
            break
        read_as = FAMILIES[inner.family].param_kinds.get(name, "number")
        kind, inner = kind if read_as == "value" else read_as, dict(inner.params).get(name)
    return kind if kind in ("duration", "share", "money") else "number"


def uncertain(scenario: Scenario, path: str) -> str | None:
    """The distribution that stands at a key path, as it is written; None where none does, or there is no such path.

    >>> import simfunnel as sf
    >>> uncertain(sf.load("consumer_real_estate"), "stages.enquiry.neglect")
    'beta(mean=30%, sd=10%)'
    """
    try:
        plan, value, names = walk(scenario, path.split("."), path)
    except ScenarioError:
        return None
    amount = value.amount if isinstance(value, Leads | Rate) else value
    if names or plan is None or plan.written is None or not isinstance(amount, Distribution):
        return None
    return written_text(plan.written, value)


def _share_lever(scenario: Scenario, keys: list[str], plan: FieldPlan, written: Written, value: float | str) -> Lever:
    """A share of the budget moves only where another source takes the rest, and no further than that reaches."""
    path = ".".join(keys)
    others = {name: source.share for name, source in scenario.sources.items() if name != keys[1]}
    if isinstance(value, str):
        raise fault(path, "takes the rest of the budget; move the share of another source, and this one gives way")
    if REST not in others.values():
        said = "cannot move alone, as the shares of the budget must sum to 100%"
        raise fault(path, f"{said}; write `share: rest` at the source that is to give way")
    lever = _lever(scenario, path, plan, written, value, None)
    room = 1.0 - sum(share for share in others.values() if isinstance(share, float))
    return replace(lever, most=max(lever.present, _clean(room, lever.scale)))


def _lever(
    scenario: Scenario, path: str, plan: FieldPlan, written: Written, amount: float, form: Leads | Rate | None
) -> Lever:
    kind = written.of if written.kind == "rate" else written.kind
    unit = {"duration": "days", "leads": plan.name, "number": "", "count": ""}.get(kind, kind)
    scale, suffix = 1.0, ""
    if kind == "duration":
        suffix = f" {value_text(amount, 'duration').partition(' ')[2] or 'days'}"
        name = suffix.strip().removesuffix("s")
        scale, suffix = next(days for unit, days in UNIT_DAYS.items() if unit.removesuffix("s") == name), f" {name}s"
    elif kind == "share":
        scale, suffix = 0.01, " %"
    if form is not None and form.per is not None:
        per = written_text(written, Leads(kind="fixed", amount=1.0, per=form.per) if kind == "leads" else form)
        suffix += f" per {per.partition(' per ')[2]}"
    is_counted = kind == "leads" and (form is None or (getattr(form, "kind", "") == "fixed" and form.per is None))
    is_whole = kind in ("people", "count") or is_counted  # a mean or a rate need not be whole
    least = max(written.low, 1.0) if kind == "people" else written.low
    least, most = (_inside(written, each, scale) for each in (least, written.high))
    return Lever(path, unit, amount, least, most, scale, is_whole, suffix, scenario.currency, written, form)


def _inside(written: Written, end: float, scale: float) -> float:
    """An end of the allowed range, moved inside where it is not allowed itself."""
    hair = 1e-3 * scale
    if end == written.low and written.low_open:
        return end + hair
    return end - hair if end == written.high and written.high_open and end < inf else end


def _parameter(
    scenario: Scenario, keys: list[str], names: list[str], plan: FieldPlan, written: Written, value: Any
) -> Parameter:
    """The parameter of a distribution that these names lead to."""
    form = value if isinstance(value, Leads | Rate) else None
    whole = value if form is None else form.amount
    assert isinstance(whole, Distribution)
    path, rule = ".".join(keys), ".".join(keys[: len(keys) - len(names)])
    amount, kind = _value_of(whole, names)
    if amount is None:
        said = (
            f"is {written_text(written, value)}" if not names else f"is no parameter of {written_text(written, value)}"
        )
        others = [f"{rule}.{'.'.join(each)}" for each in _numbers(whole)]
        raise fault(path, f"{said}, and only a single number can be moved; {_instead(path, others, names)}")
    own = {"share": share(low_open=True, high_open=True), "number": number(low_open=True)}.get(kind, written)
    of_rule = form if kind == "value" else None
    lever = replace(_lever(scenario, path, plan, own, amount, of_rule), is_whole=False)
    same = {each.name: getattr(lever, each.name) for each in fields(Lever)}
    found = Parameter(
        **same | {"_form": form}, names=tuple(names), _rule=rule, _rule_written=written, _distribution=whole
    )
    return replace(found, least=_furthest(found, lever.least), most=_furthest(found, lever.most))


def _instead(path: str, others: list[str], names: list[str]) -> str:
    close = nearest(path, others) if names and len(others) > 1 else None
    if close is not None:
        return f"did you mean {close}? Its parameters are {', '.join(others)}"
    return f"name a parameter of it: {', '.join(others)}" if others else f"its parts have no names; {EXAMPLE}"


def _numbers(distribution: Distribution) -> Iterator[tuple[str, ...]]:
    """The names of the parameters that are single numbers, those inside of parameters that are distributions too."""
    if FAMILIES[distribution.family].entry_kind is not None:
        return
    for name, value in distribution.params:
        if isinstance(value, Distribution):
            yield from ((name, *rest) for rest in _numbers(value))
        elif isinstance(value, float):
            yield (name,)


def _value_of(distribution: Distribution, names: Sequence[str]) -> tuple[float | None, str]:
    """A parameter and how it is read (`value` in the unit of the rule, `share`, `number`); None where there is none."""
    if not names or tuple(names) not in _numbers(distribution):
        return None, ""
    value, kind = dict(distribution.params)[names[0]], FAMILIES[distribution.family].param_kinds[names[0]]
    if not isinstance(value, Distribution):
        return value, kind
    inner, inner_kind = _value_of(value, names[1:])
    return inner, kind if inner_kind == "value" else inner_kind


def together(values: Mapping[Parameter, float]) -> str:
    """What one writes at a rule for several parameters of its distribution to have these values at once.

    Raises
    ------
    ValueError
        No distribution has these parameters.
    """
    one = next(iter(values))
    found: Any = _with(one._distribution, {each.names: value for each, value in values.items()})
    if one._form is not None:
        found = one._form.model_copy(update={"amount": found})
    return written_text(one._rule_written, found)


def _with(distribution: Distribution, values: Mapping[tuple[str, ...], float]) -> Distribution:
    """The distribution with other values of some parameters, checked."""
    params = []
    for name, each in distribution.params:
        here = {names[1:]: value for names, value in values.items() if names[0] == name}
        whole = here.get((), each)
        params.append((name, _with(each, here) if here and () not in here else whole))
    return build(distribution.family, params, independent=distribution.independent)


def _furthest(lever: Parameter, end: float) -> float:
    """How far a parameter may go toward an end of its range before the distribution is none."""
    near, far = lever.present, end
    if isinf(end):
        far = next((far for far in (lever.present * 2.0**k for k in range(1, 40)) if not lever.allows(far)), end)
    if isinf(far) or lever.allows(far):
        return end
    for _ in range(70):
        middle = (near + far) / 2
        near, far = (middle, far) if lever.allows(middle) else (near, middle)
    return near


def _round_figure(size: float) -> float:
    """The round number (1, 2 or 5 with zeros) at or below a size.

    >>> _round_figure(0.45), _round_figure(37)
    (0.2, 20.0)
    """
    exponent = floor(log10(size))
    lead = next(each for each in (5, 2, 1) if each <= size / 10.0**exponent * (1 + 1e-9))
    return float(f"{lead}e{exponent}")


def _clean(value: float, scale: float) -> float:
    """A multiple of a step without the dust of floating-point arithmetic."""
    figure = round(value / scale, 9)
    return round(figure / 100, 11) if scale == 0.01 else figure * scale
