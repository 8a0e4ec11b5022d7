"""What may be written in a scenario file, key by key and distribution by distribution? The reference, made from the
schema."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import BaseModel

from simfunnel.distributions import FAMILIES, Family
from simfunnel.scenario.correlations import MOST_PAIRS
from simfunnel.scenario.emitting import written_text
from simfunnel.scenario.examples import AT_KEYS, ELSEWHERE, FAMILIES_SAID, LEFT_OUT, OF_FAMILIES, PLACES, WHOLE
from simfunnel.scenario.fields import FieldPlan, plans
from simfunnel.scenario.limits import describe_range
from simfunnel.scenario.written import LARGEST_MONEY, LONGEST_DAYS, Written

__all__ = ["reference"]

_KINDS = {
    "choice": "word",
    "correlations": f"list of up to {MOST_PAIRS} pairs, each `[path, path, number]` with a number between -1 and 1",
    "count": "whole number",
    "date": "date",
    "dates": "list of dates",
    "days": "weekdays",
    "duration": "duration",
    "hours": "hours of day",
    "leads": "number of leads",
    "money": "money",
    "name": "name",
    "names": "list of names",
    "number": "number",
    "people": "whole number, or a map from dates to such",
    "share": "share",
    "text": "words",
    "truth": "yes or no",
}
_RANGED = ("count", "duration", "money", "number", "rate", "share")
# Ranges that go without saying.
_WHOLE = {"duration": (0.0, LONGEST_DAYS), "money": (0.0, LARGEST_MONEY), "share": (0.0, 1.0)}
_VALUES = """\
| written | example | means |
|---|---|---|
| duration | `30 days`, `1.5 hours`, `1 quarter` | seconds, minutes, hours, days, weeks, months, quarters or years, \
always with the unit; a day is 24 hours, a month 365/12 days, a quarter 365/4, a year 365 |
| share | `25%`, `0.25` | from 0% to 100% |
| money | `100_000`, `250k`, `1.5M` | units of `currency`; counted in whole cents |
| number | `0.5`, `1_000`, `1e6` | without a unit |
| rate | `2.1% per month`, `30_000 per year` | per day, week, month, quarter, year, or `per 2 weeks` |
| number of leads | `40`, `30 per month` | exactly so many, or so many per period over the source's window |
| | `poisson(30 per month)`, `poisson(500)` | chance around a mean |
| | `overdispersed(30 per week, dispersion=3)` | weekly counts that vary 3 times as much (variance over mean) |
| date | `2027-01-04` | year-month-day |
| hours of day | `9:00 to 17:00`, `[9:00 to 12:00, 13:00 to 17:30]` | one span or several, up to 24:00 |
| weekdays | `mon to fri`, `[mon, wed to fri]` | one, a span, or a list |
| `rest` | `dropped: rest` | one of several shares takes what the others leave |
"""
_HEAD = """\
# The scenario language

Made from the schema by `simfunnel.scenario.reference()`; every example loads. A scenario is one YAML file:

```yaml
{whole}```

Keys that are not listed here are refused, with the nearest that is. A dotted path such as \
`sectors.retail.stages.sql.shelf_life` names a value for `--set` and `change`. A file may begin with `schema: 1` (the \
version of the language) and `extends: NAME` (a preset, or a file in the same folder), and then says only what differs.

## How values are written

{values}
A distribution that has a comma stands on a line of its own or in quotes: inside braces YAML would end it at the comma.

On a duration or a deal value a distribution is *chance*: each lead rolls its own. On anything else it is *ignorance*: \
what nobody knows, rolled once per future. All sectors read an ignorance at one roll, unless the word `independent` \
stands in the brackets: `beta(mean=25%, n=40, independent)`.

Inputs that are rolled once per future may move together: `correlate: [[stages.mql.conversion, stages.sql.conversion, \
0.6]]` gives a pair Spearman's rank correlation, more than -1 and less than 1, by a Gaussian copula (the numbers \
become normal scores with a correlation of 2 sin(pi x / 6)). Each keeps its own distribution. Paths are those of \
`Result.inputs()`: a parameter as `stages.sql.takes.mean`, what sectors read at one roll without the sector. Pairs \
that are not written count as 0, also where both move with a third; numbers that cannot all hold are refused, with \
the nearest that can. Of correlated inputs the first in alphabetical order keeps its roll, and only those of the same \
group move. What a source brings and costs on average takes account of it. Refused are pairs that enter one mean \
which a rule is worked out by: two parameters of one distribution, what `conversion_of_entered` is divided by, the \
base rate of a `lift`. Means that `explain`, `check` and the spreadsheet of `plan` multiply along the stages are as \
if all inputs were independent; simulated figures are not.
"""


def reference() -> str:
    """Every key and every distribution of the scenario language, as Markdown.

    Returns
    -------
    str
        Per key: what it means, how it is written with its range, its default and an example that loads.

    Examples
    --------
    >>> "| `neglect` |" in reference()
    True
    """
    parts = [_HEAD.format(whole=WHOLE, values=_VALUES), "## Keys\n"]
    parts += ["\n".join(_level(cls)) for cls in PLACES]
    parts += [_DISTRIBUTIONS, *("\n".join(_family(family)) for family in FAMILIES.values())]
    return "\n".join(parts)


_DISTRIBUTIONS = """\
## Distributions

Parameters are named, in any order, in the unit of the rule. On a duration or a deal value a parameter may itself be a \
distribution (what nobody knows about the chance): `exponential(mean=pert(low=20 days, mode=30 days, high=60 days))`.
"""


def _level(cls: type[BaseModel]) -> Iterator[str]:
    """A level's keys as a table."""
    about = (cls.__doc__ or "").partition(". ")[0].partition("\n")[0].rstrip(".")
    yield f"### {PLACES[cls] or 'The scenario'}\n"
    if PLACES[cls]:
        yield f"{about}. {ELSEWHERE.get(cls, '')}".rstrip() + "\n"
    yield "| key | meaning | written | left out | example |"
    yield "|---|---|---|---|---|"
    for plan in plans(cls).values():
        cells = (f"`{plan.key}`", _meaning(plan), _how(plan), _left_out(cls, plan), f"`{AT_KEYS[cls][plan.key]}`")
        yield f"| {' | '.join(cells)} |"
    yield ""


def _meaning(plan: FieldPlan) -> str:
    """What the schema says of a key, without the default, which has a column of its own."""
    return re.sub(r" ?\((the )?default[^)]*\)", "", plan.about).replace("|", "/")


def _how(plan: FieldPlan) -> str:
    if plan.written is None:
        assert plan.model is not None  # a plan has a model or a written form
        return f"{'a map of names to ' * plan.named}keys, see `{PLACES[plan.model]}`"
    how = _value(plan.written)
    whose = f"one of {', '.join(plan.names)}" if plan.names else "names"
    return f"a map of {whose} to: {how}" if plan.named else how


def _value(written: Written) -> str:
    """The grammar of a value in words: `share, at least 0%, at most 100%, or a distribution (once per future)`."""
    if written.kind == "rate":
        how = f"{written.of} per period" if written.per == "needed" else f"{written.of}, or {written.of} per period"
    else:
        how = ", ".join(written.choices) or _KINDS[written.kind]
    is_open = written.low_open or written.high_open
    if written.kind in _RANGED and (is_open or (written.low, written.high) != _WHOLE.get(written.kind)):
        how += f", {describe_range(written)}"
    if written.uncertain:
        how += f", or a distribution ({'each lead its own' if written.chance else 'once per future'})"
    return f"{how}, or `rest`" if written.rest else how


def _left_out(cls: type[BaseModel], plan: FieldPlan) -> str:
    if (cls, plan.key) in LEFT_OUT:
        return LEFT_OUT[cls, plan.key]
    if plan.required:
        return "needed"
    if plan.written is None or plan.default is None:
        return ""
    if plan.written.kind == "names":
        return f"`[{', '.join(plan.default)}]`"
    return f"`{written_text(plan.written, plan.default)}`" if plan.default not in ("", {}) else ""


def _family(family: Family) -> Iterator[str]:
    """What a family is for, how it is written, and which of its parameters may be uncertain."""
    yield f"### {family.name}\n\n{FAMILIES_SAID[family.name]}\n"
    for kind, text in OF_FAMILIES[family.name]:
        yield f"- `{text}` (of a {kind})" if kind != "money" else f"- `{text}` (of money)"
    uncertain = dict.fromkeys(name for names in family.uncertain.values() for name in names)
    if uncertain:
        yield f"\nMay be uncertain themselves: {', '.join(f'`{name}`' for name in uncertain)}."
    yield ""
