"""What does a claim such as `revenue[sector=retail] >= 1M` say, and in which futures is it true?

One grammar everywhere, ``NAME[key=value, ...] OP VALUE``: charts, targets, the command line and `Result.chance` read it
with the functions here. Text is parsed, never evaluated.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from difflib import get_close_matches
from math import isfinite
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.errors import ClaimError
from simfunnel.measures import MEASURES, MONEY_PARTS, SELECTABLE, SHARE_PARTS, WORDS

Array = npt.NDArray[Any]

_COMPARE: dict[str, Callable[[Any, Any], Any]] = {
    ">=": operator.ge,
    "<=": operator.le,
    "==": operator.eq,
    ">": operator.gt,
    "<": operator.lt,
}
_SELECTOR = r"\s*([A-Za-z_][A-Za-z0-9_]*)\s*(?:\[((?:[^\]\"]|\"(?:[^\"\\]|\\.)*\")*)\])?\s*"
_PART = re.compile(r"\s*([A-Za-z_]+)\s*=\s*(\"(?:[^\"\\]|\\.)*\"|[^,\"=]+?)\s*(?:,|$)")
_CLAIM = re.compile(_SELECTOR + r"([<>=!]+)(.*)", re.DOTALL)
_VALUE = re.compile(r"([+-]?(?:[0-9]+(?:_[0-9]+)*(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?)\s*([kM%]?)")
_SCALE = {"": Decimal(1), "k": Decimal(1_000), "M": Decimal(1_000_000), "%": Decimal("0.01")}
#: A comma before three digits may be one between thousands, unless they are of a share.
_DECIMAL_COMMA = re.compile(r"(?<![0-9,._])([0-9]+),(?:(?![0-9]{3}(?![0-9]|\s*%))|(?<=\b0,))([0-9]+)(?![0-9,._])")
_PLAIN = re.compile(r"[^,\"=\]\[\\\s](?:[^,\"=\]\[\\]*[^,\"=\]\[\\\s])?")
_LONGEST = 1_000
#: What people may have taken for a claim, with words where a name belongs.
_LOOSE = re.compile(r"([^<>=!\[\]]+?)\s*(?:\[[^\]]*\]\s*)?(?:[<>=!].*)?", re.DOTALL)
_MOST_MEANT = 3
_OTHER_WORDS = {"customers": "deals", "customer": "deals", "wins": "deals", "budget": "cost", "spend": "cost"}


@dataclass(frozen=True)
class Selector:
    """A measure, or the part of one that `where` names.

    `str()` is the canonical text: keys in alphabetical order, values quoted only where they must be.
    """

    name: str
    where: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        if not self.where:
            return self.name
        return f"{self.name}[{', '.join(f'{key}={_quoted(value)}' for key, value in self.where)}]"

    @property
    def unit(self) -> str:
        """Unit as in `simfunnel.measures.Measure.unit`."""
        if self.name in MEASURES:
            return MEASURES[self.name].unit
        if self.name in SHARE_PARTS:
            return "share"
        return "money" if self.name in MONEY_PARTS else "visits"

    @property
    def better(self) -> str:
        """``more``, ``less`` or ``neither``."""
        return MEASURES[self.name].better if self.name in MEASURES else "neither"

    @property
    def to_keep(self) -> tuple[str, ...]:
        """What a run must keep to know it: a part that is not by period."""
        return (str(self),) if self.where and "period" not in dict(self.where) else ()

    @property
    def words(self) -> str:
        """What people read.

        >>> parse_selector("plan_shortfall_deals").words, parse_selector("entered[stage=sql, sector=retail]").words
        ('deals short of plan', 'visits (sector retail, stage sql)')
        """
        parts = ", ".join(f"{key} {value}" for key, value in self.where)
        return f"{WORDS[self.name]} ({parts})" if parts else WORDS[self.name]


@dataclass(frozen=True)
class Claim:
    """Something that is true or false of each future.

    `str()` is the claim as it was written, where somebody wrote it.
    """

    selector: Selector
    op: str
    value: float
    written: str = field(default="", compare=False)

    def __str__(self) -> str:
        return self.written or f"{self.selector} {self.op} {number(self.value)}"

    def holds(self, values: Array) -> Array:
        """Where the claim is true; a missing value (NaN) makes no claim true."""
        return np.asarray(_COMPARE[self.op](values, self.value))


def parse_claim(text: str) -> Claim:
    """Read a claim.

    Parameters
    ----------
    text : str
        ``NAME[key=value, ...] OP VALUE``; OP is one of ``>= <= > < ==``, VALUE is
        a number such as 10, 1_000, 250k, 1M, 20%.

    Raises
    ------
    ClaimError
        When the text is no claim, or names no measure: with the nearest name.

    Examples
    --------
    >>> claim = parse_claim("revenue[sector=retail] >= 1M")
    >>> claim.selector.name, claim.op, claim.value
    ('revenue', '>=', 1000000.0)
    >>> str(claim)
    'revenue[sector=retail] >= 1M'
    """
    found = _CLAIM.fullmatch(text) if isinstance(text, str) and len(text) <= _LONGEST else None
    if found is None:
        hint = _meant_by(text) or "; write NAME OP VALUE, such as 'deals >= 10'"
        raise ClaimError(f"{_shown(text)} is not a claim{hint}")
    name, where, op, value = found.groups()
    if op not in _COMPARE:
        raise ClaimError(f"{_shown(text)}: '{op}' does not compare; write one of {' '.join(_COMPARE)}")
    selector = _selector(text, name, where)
    return Claim(selector, op, _value(value, selector, text), text.strip())


def parse_selector(text: str) -> Selector:
    """Read a measure or a part of one, such as `entered[stage=sql, sector=retail]`.

    Raises
    ------
    ClaimError
        When there is no such measure or part: with the nearest name.

    Examples
    --------
    >>> str(parse_selector("worked[ stage = sql ,sector=retail ]"))
    'worked[sector=retail, stage=sql]'
    """
    found = re.fullmatch(_SELECTOR, text) if isinstance(text, str) and len(text) <= _LONGEST else None
    if found is None:
        hint = _meant_by(text) or "; write NAME or NAME[key=value], such as 'deals'"
        raise ClaimError(f"{_shown(text)} is not a measure{hint}")
    return _selector(text, *found.groups())


def number(value: float) -> str:
    """Shortest text that reads back as this very number."""
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(float(value))


def of_plan(customers: float | None, revenue: float | None) -> str | None:
    """The claim that a plan is kept: its customers, else its revenue; None where it promises neither.

    >>> of_plan(None, 1_500_000), of_plan(10, 1_500_000)
    ('revenue >= 1_500_000', 'deals >= 10')
    """
    if customers is not None:
        return f"deals >= {number(customers)}"
    if revenue is None:
        return None
    return f"revenue >= {f'{int(revenue):_}' if revenue == int(revenue) else number(revenue)}"


def nearest(name: str, known: Iterable[str]) -> str:
    """`; did you mean ...?` with the nearest known name, or what is known where nothing is near."""
    names = list(known)
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else f"; known: {', '.join(names)}"


def comma_hint(text: str) -> str:
    """What to say of a decimal comma; nothing where there is none.

    >>> comma_hint("12,5%"), comma_hint("1,000")
    ('a decimal takes a point: 12.5%', '')
    """
    pointed = _DECIMAL_COMMA.sub(r"\1.\2", text)
    return "" if pointed == text else f"a decimal takes a point: {pointed}"


def meant(said: str) -> str:
    """`; did you mean ...?` with the measures that somebody may mean who writes what people read; else nothing.

    >>> meant("ROI"), meant("deals gone cold")
    ("; did you mean 'roi'?", "; did you mean 'gap_deals' (deals gone cold)?")
    """
    folded = " ".join(said.casefold().replace("_", " ").split())
    names = {name.replace("_", " "): name for name in WORDS}
    words = {text.casefold(): name for name, text in WORDS.items()}
    asked = set(folded.split())
    found = (
        [known[folded] for known in (names, words, _OTHER_WORDS) if folded in known][:1]
        or [name for text, name in words.items() if asked and asked <= set(text.split())][:_MOST_MEANT]
        or [names[each] for each in get_close_matches(folded, names, n=1)]
        or [words[each] for each in get_close_matches(folded, words, n=1, cutoff=0.8)]
    )
    return f"; did you mean {' or '.join(map(_introduced, found))}?" if found else ""


def _introduced(name: str) -> str:
    """A name with its words, where they say more."""
    is_plain = WORDS[name].casefold() == name
    return f"'{name}'" if is_plain else f"'{name}' ({WORDS[name]})"


def _meant_by(text: object) -> str:
    """What is meant where something that looks like a claim does not begin with a name."""
    found = _LOOSE.fullmatch(text.strip()) if isinstance(text, str) and len(text) <= _LONGEST else None
    if found is None or found[1] in WORDS:
        return ""
    return meant(found[1])


def _selector(text: str, name: str, where: str | None) -> Selector:
    if name not in MEASURES and name not in SELECTABLE:
        hint = meant(name) or nearest(name, dict.fromkeys([*MEASURES, *SELECTABLE]))
        raise ClaimError(f"{_shown(text)}: '{name}' is not a measure{hint}")
    if where is None:
        if name not in MEASURES:
            key = SELECTABLE[name][0]
            raise ClaimError(f"{_shown(text)}: '{name}' needs a {key}; write {name}[{key}=NAME]")
        return Selector(name)
    if name not in SELECTABLE:
        parted = ", ".join(SELECTABLE)
        raise ClaimError(f"{_shown(text)}: '{name}' is known for the whole only; parts exist of {parted}")
    parts = _parts(where, text)
    for key in parts:
        if key not in SELECTABLE[name]:
            raise ClaimError(f"{_shown(text)}: '{name}' has no part by '{key}'{nearest(key, SELECTABLE[name])}")
    return Selector(name, tuple(sorted(parts.items())))


def _parts(where: str, text: str) -> dict[str, str]:
    parts: dict[str, str] = {}
    at = 0
    while at < len(where) or not parts:
        found = _PART.match(where, at)
        if found is None or where.rstrip().endswith(","):
            raise ClaimError(f"{_shown(text)}: [{where}] does not name a part; write [key=value, key=value]")
        key, value = found.groups()
        if key in parts:
            raise ClaimError(f"{_shown(text)}: '{key}' is given twice")
        parts[key] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        at = found.end()
    return parts


def _value(value: str, selector: Selector, text: str) -> float:
    found = _VALUE.fullmatch(value.strip())
    if found is None:
        hint = comma_hint(value.strip()) or _money_hint(value.strip()) or "write it as 10, 1_000, 250k, 1M or 20%"
        raise ClaimError(f"{_shown(text)}: '{value.strip()}' is not a number; {hint}")
    mantissa, suffix = found.groups()
    if suffix == "%" and selector.unit != "share":
        unit = selector.unit
        raise ClaimError(f"{_shown(text)}: '{selector.name}' is in {unit}; a percentage is compared with shares only")
    read = float(Decimal(mantissa) * _SCALE[suffix])  # decimal, so that 0.29k is 290 and 20% is the float 0.2
    if not isfinite(read):
        raise ClaimError(f"{_shown(text)}: '{value.strip()}' is too large a number")
    return read


def _money_hint(value: str) -> str:
    """What to say of a currency sign before or after an amount, and of a small m."""
    plain = re.sub(r"^[^\w\s.+-]\s*(?=[0-9.])|(?<=[0-9kM])\s*[^\w\s.%]$", "", value)
    if plain != value:
        return f"it has a currency sign; write {plain}" if _VALUE.fullmatch(plain) else ""
    millions = re.fullmatch(r"([0-9._]+)\s*m", value)
    return f"write {millions[1]}M (k for thousands, M for millions)" if millions else ""


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    return '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'


def _shown(text: object) -> str:
    shown = repr(text)
    return shown if len(shown) <= 80 else f"{shown[:77]}..."
