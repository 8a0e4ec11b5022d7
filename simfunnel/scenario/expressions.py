"""What does the text at a key mean: a value, a distribution, a rate, a number of leads?

Distributions are taken apart by brackets and commas and looked up by name. Nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from simfunnel.distributions import FAMILIES, Distribution, build
from simfunnel.scenario.limits import check_distribution, check_value, refuse_shares
from simfunnel.scenario.schema import Leads, Number, Rate
from simfunnel.scenario.text import (
    LITERALS,
    PERIOD_NAMES,
    UNIT_NAMES,
    UNITS,
    quoted,
    read_count,
    read_date,
    read_money,
    read_period,
)
from simfunnel.scenario.tree import Place, nearest
from simfunnel.scenario.written import REST, Written, number

__all__ = ["CALL", "Call", "Column", "Columns", "read", "take_apart"]

Column: TypeAlias = Callable[[str, str, str], tuple[str, tuple[float, ...]]]
Columns: TypeAlias = Callable[[str, str, str, Place], tuple[str, tuple[float, ...]]]

CALL = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)\s*\(")
_TRUTHS = {"yes": True, "true": True, "no": False, "false": False}
MAX_DEPTH = 4
MAX_EXPRESSION = 5_000
MAX_KEPT = 400  # characters of a text whose meaning is kept
WITH_COLUMN = "empirical"  # what such a text means depends on a file
COUNTS = ("poisson", "overdispersed")
DISPERSION = number(low=1.0, low_open=True, high=1e6)


@dataclass(frozen=True, slots=True)
class Call:
    """`name(argument, key=argument) rest`, taken apart but not yet understood."""

    name: str
    arguments: tuple[tuple[str, str], ...]  # key (or '') and text
    rest: str
    text: str


def read(written: Written, value: str | date | Distribution, column: Column) -> Any:
    """The value that stands at a key.

    Parameters
    ----------
    written : Written
        How values are written there.
    value : str, date or Distribution
        What was given; in a file always a text.
    column : callable
        Reads the column of `empirical(file=, column=, data=)`: the file's path in the folder of the scenario, and the
        numbers. Where `data` names a column that the scenario's own text holds, the file need not be there.

    Raises
    ------
    ValueError
        Saying what was given, what is allowed and the nearest thing that works.
    """
    if isinstance(value, Distribution):
        return _ready_made(written, value)
    if isinstance(value, date):
        return _day(written, value)
    if written.kind == "text":
        return _words(written, value)
    if len(value) > MAX_KEPT or WITH_COLUMN in value:
        return _said(written, value, column)
    return _known(written, value)


@lru_cache(maxsize=2048)
def _known(written: Written, value: str) -> Any:
    """What the text means: the same wherever it stands, and all that can come of it is frozen."""
    return _said(written, value, _no_column)


def _no_column(file: str, name: str, packed: str) -> tuple[str, tuple[float, ...]]:
    raise AssertionError(f"the text {WITH_COLUMN!r} alone names a column")


def _said(written: Written, value: str, column: Column) -> Any:
    if len(value) > MAX_EXPRESSION:
        raise ValueError(f"{quoted(value)} is {len(value):_} characters long; at most {MAX_EXPRESSION:_} are allowed")
    text = " ".join(value.split())
    if not text:
        raise ValueError("is empty; write a value, or leave the key out")
    if written.kind in ("date", "name", "choice", "count", "truth"):
        return _single(written, text)
    if written.kind == "rate":
        return _rate(written, text, column)
    if written.kind == "leads":
        return _leads(written, text, column)
    if text == REST and written.rest:
        return REST
    return _amount(written, written.kind, text, column)


def _ready_made(written: Written, value: Distribution) -> Any:
    if written.kind not in LITERALS and written.kind != "leads":
        raise ValueError("a distribution cannot stand here")
    check_distribution(written, value, str(value))
    return Leads(kind="fixed", amount=value) if written.kind == "leads" else value


def _day(written: Written, value: date) -> date:
    if written.kind != "date":
        raise ValueError(f"'{value}' is a date; none is taken here")
    if isinstance(value, datetime):
        raise ValueError(f"'{value}' is a date with a time of day; write the date alone")
    return read_date(value.isoformat())


def _words(written: Written, text: str) -> str:
    if len(text) <= written.length:
        return text
    raise ValueError(f"{quoted(text)} is over {written.length:_} characters long")


def _single(written: Written, text: str) -> Any:
    if written.kind == "date":
        return read_date(text)
    if written.kind == "count":
        count = read_count(text)
        check_value(written, count, text)
        return count
    if written.kind == "truth":
        if text.casefold() not in _TRUTHS:
            raise ValueError(f"{quoted(text)} is neither yes nor no")
        return _TRUTHS[text.casefold()]
    if written.kind == "choice" and text not in written.choices:
        close = nearest(text, written.choices)
        hint = f"; did you mean '{close}'?" if close else ""
        raise ValueError(f"{quoted(text)} is not one of {', '.join(written.choices)}{hint}")
    return text


def _amount(written: Written, kind: str, text: str, column: Column) -> Number:
    """A literal or a distribution, within its range."""
    if CALL.match(text):
        distribution = _distribution(take_apart(text), kind, column)
        check_distribution(written, distribution, text)
        return distribution
    try:
        value = LITERALS[kind](text)
    except ValueError:
        _refuse_bare_family(text)
        raise
    check_value(written, value, text)
    return value


def _refuse_bare_family(text: str) -> None:
    name = re.match(r"[a-z_]+", text)
    if name and name[0] in FAMILIES:
        usage = FAMILIES[name[0]].usage()
        raise ValueError(f"{quoted(text)}: write {name[0]} with its parameters in brackets: {usage}")


def take_apart(text: str) -> Call:
    """Take `name(...) rest` apart at its brackets and commas."""
    start = CALL.match(text)
    assert start is not None
    depth, pieces, begin = 1, [], start.end()
    for at in range(start.end(), len(text)):
        char = text[at]
        depth += (char == "(") - (char == ")")
        if depth > MAX_DEPTH:
            raise ValueError(f"{quoted(text)} has brackets nested more than {MAX_DEPTH} deep")
        if depth == 0 or (char == "," and depth == 1):
            pieces.append(text[begin:at].strip())
            begin = at + 1
        if depth == 0:
            arguments = tuple(_argument(piece) for piece in pieces if piece or len(pieces) > 1)
            return Call(start[1], arguments, text[at + 1 :].strip(), text)
    raise ValueError(f"{quoted(text)} has no closing bracket")


def _argument(piece: str) -> tuple[str, str]:
    """Key and text of an argument; the key ends at the first `=` before any bracket."""
    head, bracket, _ = piece.partition("(")
    key, sign, value = head.partition("=")
    if not sign:
        return "", piece
    return key.strip(), (value + bracket + piece[len(head) + len(bracket) :]).strip()


def _distribution(call: Call, kind: str, column: Column) -> Distribution:
    """The distribution that a call names, its values read in the unit of the rule."""
    family = FAMILIES.get(call.name)
    if family is None:
        raise ValueError(_unknown_family(call))
    if call.rest:
        raise ValueError(f"{quoted(call.text)}: '{call.rest[:40]}' stands after the closing bracket")
    refuse_shares(kind, call.name)
    independent = ("", "independent") in call.arguments
    arguments = [pair for pair in call.arguments if pair != ("", "independent")]
    if call.name == "fixed" and len(arguments) == 1 and not arguments[0][0]:
        arguments = [("value", arguments[0][1])]
    try:
        if call.name == WITH_COLUMN:
            return build(call.name, _empirical(dict(arguments), kind, column), independent=independent)
        pairs = [(key, _parameter(call.name, key, text, kind, column)) for key, text in arguments]
        return build(call.name, pairs, independent=independent)
    except ValueError as error:
        raise ValueError(f"{quoted(call.text)}: {error}") from None


def _unknown_family(call: Call) -> str:
    if call.name in COUNTS:
        return f"{quoted(call.text)}: {call.name} says how many leads come; it stands at `leads` and `visits` only"
    close = nearest(call.name, FAMILIES)
    hint = f"did you mean '{close}'?" if close else f"there are {', '.join(FAMILIES)}"
    return f"{quoted(call.text)}: there is no distribution '{call.name[:40]}'; {hint}"


def _parameter(name: str, key: str, text: str, kind: str, column: Column) -> Any:
    """An argument in its own unit: a value of the rule's kind, a plain number, a share, or a distribution of such."""
    family = FAMILIES[name]
    as_written = family.entry_kind or family.param_kinds.get(key, "text")
    if not text:
        raise ValueError(f"{key}= is empty")
    if as_written == "text":
        return text  # not a parameter of this family: `build` says so
    unit = kind if as_written in ("value", "distribution") else as_written
    if CALL.match(text):
        inner = _distribution(take_apart(text), unit, column)
        if inner.independent:
            raise ValueError("`independent` belongs to the whole, not to a part of it")
        return inner
    if as_written == "distribution":
        raise ValueError(f"every part of a {name} is a distribution; write fixed({text}) for a single value")
    try:
        return LITERALS[unit](text)
    except ValueError as error:
        raise ValueError(f"{key}={error}" if key else str(error)) from None


def _empirical(given: dict[str, str], kind: str, column: Column) -> dict[str, Any]:
    """The parameters of `empirical`, its column read and turned into the unit of the rule."""
    file, name, unit, data = (given.get(key, "") for key in ("file", "column", "unit", "data"))
    if data and not set(given) - {"file", "column", "unit", "data"}:
        # the numbers are in the unit of the rule already; the rest says where they came from
        said = {key: text for key, text in given.items() if key != "data"}
        return {**said, "values": column(file, name, data)[1]}
    if not file or not name or set(given) - {"file", "column", "unit"}:
        raise ValueError("write empirical(file=times.csv, column=hours, unit=hours)")
    path, values = column(file, name, "")
    if kind == "duration" and unit.removesuffix("s") not in UNITS:
        raise ValueError(f"say the unit of the column, such as unit=days ({UNIT_NAMES}), not '{unit[:40]}'")
    if kind == "share" and unit not in ("", "%"):
        raise ValueError("a column of shares has no unit, or unit=%")
    if kind in ("money", "number") and unit:
        raise ValueError(f"a column of {kind} has no unit; leave unit out")
    factor = UNITS[unit.removesuffix("s")] if kind == "duration" else 0.01 if unit == "%" else 1.0
    found: dict[str, Any] = {"file": path, "column": name, "values": tuple(value * factor for value in values)}
    return {**found, "unit": unit} if unit else found


def _per(text: str) -> tuple[str, float | None]:
    """What stands before `per`, and the days after it (None without)."""
    end = 0
    if CALL.match(text):
        call = take_apart(text)
        end = len(text) - len(call.rest)
    head, word, tail = text[end:].partition("per ")
    if not word:
        return text, None
    return (text[:end] + head).strip(), read_period(tail.strip())


def _rate(written: Written, text: str, column: Column) -> Rate:
    amount, per = _per(text)
    if per is None:
        slash = re.fullmatch(r"(.*\S)\s*(?:/|\ba\b|\beach\b|\bevery\b)\s*([a-z]+)", text)
        if slash and slash[2].removesuffix("s") in UNITS:
            raise ValueError(f"{quoted(text)}: write '{slash[1]} per {slash[2]}'")
        if written.per == "needed":
            _amount(written, written.of, amount, column)
            usual = "year" if written.of == "money" else "month"
            raise ValueError(f"{quoted(text)} is a bare rate; write '{text} per {usual}' ({PERIOD_NAMES})")
    return Rate(amount=_amount(written, written.of, amount, column), per=per)


def _leads(written: Written, text: str, column: Column) -> Leads:
    call = take_apart(text) if CALL.match(text) else None
    if call is not None and call.name in COUNTS:
        return _random_leads(written, call, column)
    slash = re.fullmatch(r"([0-9._kM]+)\s*(?:/|a)\s*([a-z]+)", text)
    if slash and slash[2] in UNITS:
        raise ValueError(f"{quoted(text)}: write '{slash[1]} per {slash[2]}'")
    head, per = _per(text)
    amount = _how_many(written, head, column)
    if per is None and isinstance(amount, float) and amount != int(amount):
        raise ValueError(f"{quoted(text)} is not a whole number of leads; write one, or poisson({head}) for a mean")
    return Leads(kind="fixed", amount=amount, per=per)


def _random_leads(written: Written, call: Call, column: Column) -> Leads:
    usage = "poisson(30 per month)" if call.name == "poisson" else "overdispersed(30 per week, dispersion=3)"
    extra = {key: text for key, text in call.arguments if key}
    means = [text for key, text in call.arguments if not key]
    expected = {"dispersion"} if call.name == "overdispersed" else set()
    if call.rest:
        raise ValueError(f"{quoted(call.text)}: '{call.rest[:40]}' stands after the closing bracket; write {usage}")
    if len(means) != 1 or set(extra) != expected or len(call.arguments) != 1 + len(expected):
        raise ValueError(f"{quoted(call.text)} cannot be read; write {_unnamed(call, expected) or usage}")
    try:
        head, per = _per(means[0])
        amount = _how_many(written, head, column)
        spread = _amount(DISPERSION, "number", extra["dispersion"], column) if expected else None
    except ValueError as error:
        raise ValueError(f"{quoted(call.text)}: {error}") from None
    kind: Literal["poisson", "overdispersed"] = "poisson" if call.name == "poisson" else "overdispersed"
    return Leads(kind=kind, amount=amount, per=per, dispersion=spread)


def _unnamed(call: Call, expected: set[str]) -> str:
    """The same number of leads with its mean as it is written here, without a name; nothing where it is not clear."""
    extra = {key: text for key, text in call.arguments if key and text}
    named = [key for key in extra if key not in expected]
    if len(named) != 1 or set(extra) != {*named, *expected} or len(call.arguments) != len(extra):
        return ""
    return f"{call.name}({', '.join([extra[named[0]], *(f'{key}={extra[key]}' for key in expected)])})"


def _how_many(written: Written, text: str, column: Column) -> Number:
    """A mean or number of leads, a plain number that may be written with k or M."""
    try:
        return _amount(written, "number", text, column)
    except ValueError:
        if text[-1:] not in ("k", "K", "M"):
            raise
        value = read_money(text)
        check_value(written, value, text)
        return value
