"""How is a scenario written down, so that it loads to an equal one?"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Any

from pydantic import BaseModel

from simfunnel.distributions import Distribution, describe, value_text
from simfunnel.scenario.fields import FieldPlan, plans
from simfunnel.scenario.packed import with_columns
from simfunnel.scenario.rosters import ROSTERS, roster_text
from simfunnel.scenario.schema import Arrive, Cold, Leads, Number, Rate, Scenario
from simfunnel.scenario.text import UNITS
from simfunnel.scenario.written import Written

__all__ = ["leads_text", "rate_text", "to_yaml", "written_text"]

PLAIN = re.compile(r"[A-Za-z0-9$][A-Za-z0-9 _.%$+=()/-]*")  # safe anywhere
PLAIN_IN_BLOCK = re.compile(r"[A-Za-z0-9$][A-Za-z0-9 _.,;'%$+=()/-]*")  # safe as all that stands after a key
RESERVED = frozenset({"null", "Null", "NULL", "~", "true", "false", "yes", "no", "on", "off"})
_HOLDERS = (Distribution, BaseModel, dict)  # of columns
PERIODS = {days: name for name, days in UNITS.items()}


def to_yaml(scenario: Scenario) -> str:
    """All that a scenario says, defaults left out, as the text of a file; columns of numbers stand at its end."""
    return "\n".join(_lines(scenario, 0)) + "\n" + with_columns(_columns(scenario))


def _columns(value: object) -> list[tuple[float, ...]]:
    """The columns that the distributions of a scenario, or of a part of it, rest on."""
    if isinstance(value, Distribution):
        return [*value.columns()]
    parts = value.values() if isinstance(value, dict) else vars(value).values() if isinstance(value, BaseModel) else ()
    return [each for part in parts if isinstance(part, _HOLDERS) for each in _columns(part)]


def _lines(model: BaseModel, indent: int) -> Iterator[str]:
    for plan in plans(type(model)).values():
        value = getattr(model, plan.name)
        if value is None:
            continue
        always = plan.required or (plan.name == "name" and isinstance(model, Scenario))
        if always or value != plan.default:
            yield from _entry(plan.key, value, plan, indent)


def _entry(key: str, value: Any, plan: FieldPlan, indent: int) -> Iterator[str]:
    head = " " * indent + scalar(key) + ":"
    if isinstance(value, Arrive) and value.at_start:
        yield f"{head} at start"
        return
    if isinstance(value, Cold) and value.neglected == value.late:
        value = value.neglected
    if plan.written is not None and plan.written.kind in ROSTERS:
        yield f"{head} {roster_text(value)}"
        return
    if plan.written is not None and plan.written.kind == "correlations":
        yield from [head, *(f"  - [{scalar(one)}, {scalar(other)}, {rank!r}]" for one, other, rank in value)]
        return
    if isinstance(value, dict):
        inner = [line for name, each in value.items() for line in _entry(name, each, plan, indent + 2)]
        yield from [head, *inner] if inner else [f"{head} {{}}"]
        return
    if isinstance(value, BaseModel) and not isinstance(value, (Leads, Rate)):
        inner = list(_lines(value, indent + 2))
        yield from [head, *inner] if inner else [f"{head} {{}}"]
        return
    assert plan.written is not None
    is_long = isinstance(value, str) or (isinstance(value, _HOLDERS) and _columns(value))
    yield f"{head} {(_value if is_long else _known_value)(plan.written, value)}"


def _value(written: Written, value: Any) -> str:
    if written.kind == "names":
        return f"[{', '.join(scalar(name) for name in value)}]"
    if written.kind == "truth":
        return written_text(written, value)
    return scalar(written_text(written, value), PLAIN_IN_BLOCK)


# Most values of a scenario are those of many others. What may be long, words and columns of numbers, is not kept.
_known_value = lru_cache(maxsize=2048, typed=True)(_value)


def scalar(text: str, plain: re.Pattern[str] = PLAIN) -> str:
    """A text as YAML reads it back: plain where that is safe, else in quotes."""
    if plain.fullmatch(text) and not text.endswith((" ", ":")) and text.casefold() not in RESERVED:
        return text
    return json.dumps(text, ensure_ascii=False)


def written_text(written: Written, value: Any) -> str:
    """A value as one writes it at its key.

    Examples
    --------
    >>> from simfunnel.scenario.written import duration
    >>> written_text(duration(), 30.0)
    '30 days'
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Leads):
        return leads_text(value)
    if isinstance(value, Rate):
        return rate_text(value, written.of)
    if written.kind in ROSTERS:
        return roster_text(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, str):
        return value
    return _number_text(value, written.kind if written.kind in ("duration", "share", "money") else "number")


def rate_text(rate: Rate, of: str) -> str:
    """A rate as one writes it.

    Examples
    --------
    >>> rate_text(Rate(amount=0.021, per=365 / 12), "share")
    '2.1% per month'
    """
    return _number_text(rate.amount, of) + _per_text(rate.per)


def leads_text(leads: Leads) -> str:
    """A number of leads as one writes it.

    Examples
    --------
    >>> leads_text(Leads(kind="poisson", amount=30.0, per=365 / 12))
    'poisson(30 per month)'
    """
    amount = _number_text(leads.amount, "number") + _per_text(leads.per)
    if leads.kind == "fixed":
        return amount
    if leads.dispersion is None:
        return f"{leads.kind}({amount})"
    return f"{leads.kind}({amount}, dispersion={_number_text(leads.dispersion, 'number')})"


def _number_text(value: Number, kind: str) -> str:
    return describe(value, kind, packed=True) if isinstance(value, Distribution) else value_text(value, kind)


def _per_text(per: float | None) -> str:
    if per is None:
        return ""
    return f" per {PERIODS.get(per) or value_text(per, 'duration')}"
