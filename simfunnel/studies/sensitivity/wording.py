"""What does a study of sensitivity say, in a few sentences and small tables?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from html import escape
from math import floor, isfinite, log10
from typing import TYPE_CHECKING

from simfunnel.measures import COUNTS
from simfunnel.results.text import MATH_OFF, figure, listed, money, percent, plain, printable, signed

if TYPE_CHECKING:
    from simfunnel.studies.sensitivity.record import Indices, Known, Sensitivity, Share, Swing, Tornado

_UNITS = (("years", 365.0, 2.0), ("months", 365.0 / 12.0, 3.0), ("days", 1.0, 2.0), ("hours", 1 / 24, 2.0),
          ("minutes", 1 / 1440, 1.0))  # fmt: skip
_MOST_NAMED = 4
_MOST_ERROR = (
    0.07  # of a standard deviation: that of 100 normal futures; beyond, intervals of its shares are too narrow
)


def quantity(value: float, kind: str, currency: str = "$") -> str:
    """A value of an input, to three significant digits; durations are in days.

    >>> quantity(0.16682, "share"), quantity(0.25, "duration"), quantity(31_234.5, "money"), quantity(3.0, "number")
    ('16.7 %', '6 hours', '$31,200', '3')
    """
    if not isfinite(value):
        return "never" if kind == "duration" else plain(value)
    if kind == "share":
        return f"{_three(value * 100)} %"
    if kind == "money":
        return money(_rounded(value), currency=currency)
    if kind == "duration" and value:
        unit, days, _ = next((each for each in _UNITS if value / each[1] >= each[2]), ("seconds", 1 / 86_400, 0.0))
        return f"{_three(value / days)} {unit}"
    return f"{_three(value)} days" if kind == "duration" else _three(value)


def sentence(found: Sensitivity) -> str:
    """The answer: of each part that was asked for, its own sentence."""
    said = [_swing_sentence(found, found.tornado)] if found.tornado is not None else []
    if found.indices is not None:
        said.append(_share_sentence(found, found.indices))
    return f"{found.name}: {' '.join(said)}"


def parts(found: Sensitivity) -> Iterator[tuple[str, tuple[str, ...], list[tuple[str, ...]], list[str]]]:
    """Of each part that was asked for its heading, the heads and rows of its table, and what else must be known."""
    if found.tornado is not None:
        rows = [_swing_row(found, one) for one in found.tornado.swings]
        heading = f"What each input moves {found.words} by itself:"
        yield heading, _swing_heads(found), rows, list(_swing_notes(found, found.tornado))
    for shares in (found.sobol, found.given_data):
        if shares is not None:
            heading = f"What the variance of {varying(found)} comes from{_by(shares)}:"
            yield heading, _share_heads(found, shares), _share_rows(shares), list(_share_notes(found, shares))


def as_text(found: Sensitivity) -> str:
    """Sentence, tables and notes for a terminal."""
    lines = [sentence(found)]
    for heading, heads, rows, notes in parts(found):
        table = [heads, *rows]
        widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
        lines += ["", heading]
        for name, *cells, path in table:
            aligned = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=False)]
            lines.append("  ".join([name.ljust(widths[0]), *aligned, path]).rstrip())
        lines += notes
    return "\n".join(printable(line) for line in lines)


def as_html(found: Sensitivity) -> str:
    """The same for a notebook; every text is escaped."""
    said = [f"<p><strong>{_html(sentence(found))}</strong></p>"]
    for heading, heads, rows, notes in parts(found):
        head = "".join(f"<th>{_html(text)}</th>" for text in heads)
        body = "".join(_html_row(row) for row in rows)
        said.append(f"<p>{_html(heading)}</p><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        said += [f"<p>{_html(note)}</p>" for note in notes]
    return f'<div class="{MATH_OFF}">{"".join(said)}</div>'


def varying(found: Sensitivity) -> str:
    """What has the variance: `deals`, `whether deals >= 10`."""
    return f"whether {found.measure}" if found.is_chance else found.words


def written(found: Sensitivity, known: Known) -> str:
    """The figure, with the digits that its error supports."""
    return figure(known.value, found.unit, known.mcse, found.currency)


def moved(found: Sensitivity, known: Known) -> str:
    """A change of the figure: `+1.2`, `-3 points`."""
    return signed(known.value, found.unit, known.mcse, found.currency)


def swing(found: Sensitivity, one: Swing) -> str:
    """What an input moves the figure: `+1.2`; `none seen` where it moved it in no future, which proves nothing."""
    return moved(found, one.swing) if one.span else "none seen"


def interval(found: Sensitivity, known: Known) -> str:
    """The interval of a change: `95 % CI +1.1 to +1.3`."""
    low, high = (signed(end, found.unit, known.mcse, found.currency) for end in (known.low, known.high))
    return f"{plain(found.level * 100)} % CI {low.removesuffix(' points')} to {high}"


def known(found: Sensitivity, change: Known) -> str:
    """A change with its interval, where that has a width: `+1.2, 95 % CI +1.1 to +1.3`."""
    low, high = (moved(found, replace(change, value=end)) for end in (change.low, change.high))
    return moved(found, change) if low == high else f"{moved(found, change)}, {interval(found, change)}"


def share(known: Known) -> str:
    """A share of the variance; an estimate below 0 is one of 0."""
    return percent(max(known.value, 0.0), known.mcse)


def share_interval(level: float, known: Known) -> str:
    """Its interval, within 0 and 1: `95 % CI 1 to 3 %`."""
    return f"{plain(level * 100)} % CI {share_ends(known)}"


def share_ends(known: Known) -> str:
    """The ends of its interval, within 0 and 1."""
    low, high = (percent(min(max(end, 0.0), 1.0), known.mcse) for end in (known.low, known.high))
    return f"{low.removesuffix(' %')} to {high}"


def rests_on(found: Sensitivity, runs: int) -> str:
    """`7 runs of 10,000 futures, seed 7`."""
    if found.seed is None:
        return f"{plain(found.n_sims)} {_samples(found)}"
    many = f"{plain(runs)} runs of " if runs > 1 else ""
    return f"{many}{plain(found.n_sims)} futures{' each' * (runs > 1)}, seed {found.seed}"


def _swing_sentence(found: Sensitivity, part: Tornado) -> str:
    top = part.swings[0]
    if not top.is_clear:
        return f"no input is seen to move {found.words}, which is {_stands(found, part)} as things stand."
    low, high = (_counted(written(found, each), found.unit) for each in (top.at_low, top.at_high))
    return (
        f"the widest swing of {found.words} is that of {top.words}, from {low} at {_end(part, top, 0)} to {high} at "
        f"{_end(part, top, 1)} ({known(found, top.swing)}); as things stand it is {_stands(found, part)}."
    )


def _stands(found: Sensitivity, part: Tornado) -> str:
    return f"{written(found, part.centre)}{'' if found.is_chance else ' on average'}"


def _end(part: Tornado, one: Swing, which: int) -> str:
    if not one.is_uncertain:
        return one.ends[which]
    return f"its P{plain(part.between[which] * 100)} ({one.ends[which]})"


def _swing_heads(found: Sensitivity) -> tuple[str, ...]:
    what = "chance" if found.is_chance else found.words
    return "input", "from", "to", f"{what} there", "and there", "swing", f"{plain(found.level * 100)} % CI", "key path"


def _swing_row(found: Sensitivity, one: Swing) -> tuple[str, ...]:
    at_low, at_high = (written(found, each) for each in (one.at_low, one.at_high))
    ends = interval(found, one.swing).split(" CI ", 1)[1] if one.swing.low < one.swing.high else ""
    return one.words, *one.ends, at_low, at_high, swing(found, one), ends, one.path


def _swing_notes(found: Sensitivity, part: Tornado) -> Iterator[str]:
    unclear = [one.words for one in part.swings if not one.is_clear]
    if unclear and part.swings[0].is_clear:
        yield f"Not told from nothing: {_some(unclear)}."
    if any(one.is_uncertain and " or " in "".join(one.ends) for one in part.swings):
        yield "Two values of one input are those of sectors that differ: one roll holds them all at the same quantile."
    if part.together:
        yield f"Moving together: {_groups(part)}. Here each is held by itself, and the others stay as they are."
    held = [one.path for one in part.swings if one.is_uncertain and one.path.startswith("stages.")]
    if part.by_means and not set(held) <= set(part.by_means):
        yield (
            f"What follows from {_some(part.by_means)} is worked out once, by means: a held input leaves it as it is, "
            "one that is written into the scenario as known does not, and the figure may be another."
        )
    low, high = (plain(each * 100) for each in part.between)
    kinds = []
    if any(one.is_uncertain for one in part.swings):
        kinds.append(f"Uncertain inputs are held at their P{low} and P{high}")
    if not all(one.is_uncertain for one in part.swings):
        kinds.append(f"{'r' if kinds else 'R'}anges go from end to end")
    yield f"{' and '.join(kinds)}, all else as uncertain as it is: {rests_on(found, part.runs)}, the same luck for all."


def _share_sentence(found: Sensitivity, part: Indices) -> str:
    top = part.inputs[0]
    said = f"{share(top.alone)} of the variance of {varying(found)} is that of {top.words} alone"
    said += f" ({share_interval(found.level, top.alone)})"
    if not top.alone.is_clear:
        said = f"no input's share alone of the variance of {varying(found)} is told from 0 %"
    if part.luck is None or part.luck.total is None:
        return f"{said}."
    total = part.luck.total
    return (
        f"{share(total)} of the variance of {varying(found)} is luck, which no research removes "
        f"({share_interval(found.level, total)}); {said}."
    )


def _by(part: Indices) -> str:
    return ", by Sobol' indices" if part.method == "sobol" else ", from given data"


def _share_heads(found: Sensitivity, part: Indices) -> tuple[str, ...]:
    level = f"{plain(found.level * 100)} % CI"
    with_others = ("with interplay", level) if part.method == "sobol" else ()
    return "what varies", "alone", level, *with_others, "key path"


def _share_rows(part: Indices) -> list[tuple[str, ...]]:
    return [_share_row(one) for one in part.shares]


def _share_row(one: Share) -> tuple[str, ...]:
    total = () if one.total is None else (share(one.total), share_ends(one.total))
    return one.words, share(one.alone), share_ends(one.alone), *total, one.path


def _share_notes(found: Sensitivity, part: Indices) -> Iterator[str]:
    unclear = [one.words for one in part.shares if not one.alone.is_clear]
    if unclear:
        their = "whose intervals include" if len(unclear) > 1 else "whose interval includes"
        yield f"Not told from 0 alone: {_some(unclear)}, {their} it."
    if part.rest is not None:
        yield f"No one's alone: {share(part.rest)} ({share_interval(found.level, part.rest)}), {_of_rest(found, part)}."
    if found.is_chance and found.seed is not None and not found.of_points:
        yield (
            "A single future keeps a claim or does not, which is mostly luck: an input may move the chance by much "
            "(`tornado`) and have a small share of this variance."
        )
    if part.together:
        how = (
            "They are one factor here." if part.method == "sobol"
            else "What one tells of the others counts in its share, so shares add up to more than there is."
        )  # fmt: skip
        yield f"Moving together: {_groups(part)}. {how}"
    if part.constant:
        yield f"Never varying, and left out: {_some(part.constant)}."
    if part.is_even:
        yield "Rows lie more evenly than by chance, as on a grid: intervals allow for what that may come to."
    if part.luck is not None:
        yield "An input's share with interplay counts what it does together with luck: all runs meet the same."
    if part.sd_mcse > _MOST_ERROR * part.sd:
        error, more = percent(part.sd_mcse / part.sd, 0.01), _samples(found)
        yield (
            f"What is rare makes much of the variance, whose root has an error of {error}: shares are less sure than "
            f"their intervals say; more {more} help."
        )
    spread = figure(part.sd, found.unit, part.sd_mcse, found.currency)
    how = "by a design of Saltelli's" if part.method == "sobol" else "by what varies within like values of each"
    yield f"Standard deviation of {varying(found)}: {spread}; shared out {how}, {rests_on(found, part.runs)}."


def _samples(found: Sensitivity) -> str:
    """What one figure of those that vary is of."""
    if found.of_points:
        return "points"
    return "rows" if found.seed is None else "futures"


def _of_rest(found: Sensitivity, part: Indices) -> str:
    """What it is that is no one's alone."""
    if part.luck is not None:
        return "interplay, of which several have a part"
    if found.of_points:
        return "interplay and the simulation error that each point's own figure has, which cannot be told apart"
    if found.seed is None:
        return "luck, error and interplay, which one sample cannot tell apart"
    return "luck and interplay, which one sample cannot tell apart (`sobol` can)"


def _groups(part: Tornado | Indices) -> str:
    return "; ".join(listed(group) for group in part.together)


def _some(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return listed([*names[:_MOST_NAMED], f"{more} more"] if more > 0 else list(names))


def _counted(text: str, unit: str) -> str:
    return f"{text} {unit}" if unit in COUNTS else text


def _three(value: float) -> str:
    return f"{_rounded(value):,.10g}"


def _rounded(value: float) -> float:
    """To three significant digits; whole numbers up to five stay whole."""
    if value == 0 or (value == round(value) and abs(value) < 1e5):
        return value
    return round(value, 2 - floor(log10(abs(value))))


def _html_row(cells: Iterable[str]) -> str:
    return "<tr>" + "".join(f"<td>{_html(cell)}</td>" for cell in cells) + "</tr>"


def _html(text: str) -> str:
    return escape(printable(text))
