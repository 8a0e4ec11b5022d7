"""What does a study of information say in one sentence, and in one small table?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from simfunnel.claims import parse_selector
from simfunnel.results.intervals import z_value
from simfunnel.results.text import MATH_OFF, money, percent, plain, printable, signed
from simfunnel.studies.information.estimate import Worth

if TYPE_CHECKING:
    from simfunnel.studies.information.record import InputWorth, Option, ValueOfInformation

_UNIT = 1.0  # of currency: cents are not shown
HEADS = ("uncertain input", "worth knowing", "CI", "of all", "turns the choice in", "key path")


def sentence(found: ValueOfInformation) -> str:
    """What is best now, what knowing everything would add, and which input most of that comes from."""
    top, everything = found.inputs[0], found.all_inputs
    start = f"{_decision(found)}: as things stand {_now(found)}"
    if everything.value == 0:
        often = f"in {'any' if _turned(found) == 0 else 'more than a few'} of {_futures(found.n)}"
        return (
            f"{start}, and knowing every uncertain input would not change that {often}: for this decision it is worth "
            f"{_nothing(found, everything)}."
        )
    known = f"knowing {'every uncertain input' if len(found.inputs) > 1 else top.words} before deciding would add"
    said = f"{start}; {known} {amount(found, everything)} on average ({interval(found, everything)})"
    if len(found.inputs) == 1:
        return f"{said}, which is the most that research into it can be worth."
    if top.value == 0:
        return f"{said}, but no single input is found to be worth anything alone ({interval(found, top)})."
    alone = f"{top.words} alone {amount(found, top)} ({interval(found, top)})"
    return f"{said}, which is the most that research can be worth; {alone}."


def notes(found: ValueOfInformation) -> Iterator[str]:
    """What else must be known: how sure the choice is, how often another is best, what luck adds, what it rests on."""
    if not (_is_tied(found) or _is_clear(found)):
        yield _undecided(found)
    if not _is_tied(found) or _turned(found) > 0:
        yield f"Were every input known, {_best_shares(found)}."
    yield (
        f"Luck is not counted: who foresaw each lead's fate as well would gain {amount(found, found.foresight)} "
        f"({interval(found, found.foresight)}); what lies between is chance, which no research removes."
    )
    if len(found.inputs) > 1:
        yield (
            "What inputs are worth does not add up: knowing one can make another worth less, or more. All together are "
            "judged by the curves of each and products of two or three."
        )
    if found.correlated:
        yield "Some inputs move together: what is learnt of one tells of the others, and its worth counts that."
    missing = f" of {plain(found.n_sims)}, those that have the figure" if found.n < found.n_sims else ""
    yield (
        f"Expected value of perfect information in {parse_selector(found.measure).words}, by regression on "
        f"{_futures(found.n)}{missing}, the same for all, seed {found.seed}."
    )


def rows(found: ValueOfInformation) -> Iterator[tuple[str, ...]]:
    """A row an uncertain input, the most valuable first, and one for all together."""
    for one in found.inputs:
        yield (
            one.words,
            amount(found, one),
            _ends(found, one),
            _share(found, one),
            _often(one, (one.changes, one.changes_low, one.changes_high), found.level),
            one.path,
        )
    if len(found.inputs) > 1:
        everything = found.all_inputs
        best = _best(found)
        often = _often(everything, (_turned(found), 1 - best.best_high, 1 - best.best_low), found.level)
        yield "all together", amount(found, everything), _ends(found, everything), "", often, ""


def heads(found: ValueOfInformation) -> tuple[str, ...]:
    """Of the table, with the level of the intervals."""
    return tuple(f"{plain(found.level * 100)} % CI" if head == "CI" else head for head in HEADS)


def amount(found: ValueOfInformation, worth: Worth) -> str:
    """What is it worth, with the digits that its error supports."""
    return money(worth.value, max(worth.mcse, _UNIT), found.currency)


def interval(found: ValueOfInformation, worth: Worth) -> str:
    """Its confidence interval: `95 % CI $1,000 to $3,000`."""
    return f"{plain(found.level * 100)} % CI {_ends(found, worth)}"


def as_text(found: ValueOfInformation) -> str:
    """Sentence, table and notes for a terminal."""
    table = [heads(found), *rows(found)]
    widths = [max(len(row[i]) for row in table) for i in range(len(HEADS))]
    lines = [sentence(found), ""]
    for name, *cells, path in table:
        aligned = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=False)]
        lines.append("  ".join([name.ljust(widths[0]), *aligned, path]).rstrip())
    return "\n".join(printable(line) for line in (*lines, "", *notes(found)))


def as_html(found: ValueOfInformation) -> str:
    """The same for a notebook; every text is escaped."""
    head = "".join(f"<th>{_html(text)}</th>" for text in heads(found))
    body = "".join(_row(row) for row in rows(found))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    said = "".join(f"<p>{_html(note)}</p>" for note in notes(found))
    return f'<div class="{MATH_OFF}"><p><strong>{_html(sentence(found))}</strong></p>{table}{said}</div>'


def _row(cells: Sequence[str]) -> str:
    return "<tr>" + "".join(f"<td>{_html(cell)}</td>" for cell in cells) + "</tr>"


def _html(text: str) -> str:
    return escape(printable(text))


def _decision(found: ValueOfInformation) -> str:
    if found.is_go:
        return f"{found.names[0]}, or not"
    return " or ".join([", ".join(found.names[:-1]), found.names[-1]])


def _now(found: ValueOfInformation) -> str:
    """Which option is best, as far as that is clear, and what it brings on average."""
    best, go = _best(found), found.options[0]
    is_best = "is best" if _is_clear(found) else "looks best"
    if _is_tied(found):
        is_best = "is as good as another, which brings the same in every future"
    if not found.is_go:
        return f"{best.name} {is_best}, with {_brings(found, best)}"
    if best is go:
        return f"doing it {is_best}, with {_brings(found, go)}"
    return f"{best.name} {is_best}, as doing it brings {_brings(found, go)}"


def _brings(found: ValueOfInformation, option: Option) -> str:
    said = money(option.mean, option.mcse, found.currency)
    return f"{said} of {parse_selector(found.measure).words} on average"


def _is_tied(found: ValueOfInformation) -> bool:
    """Whether the next option brings exactly the same."""
    return found.lead == found.lead_mcse == 0


def _is_clear(found: ValueOfInformation) -> bool:
    return found.lead > z_value(found.level) * found.lead_mcse


def _best(found: ValueOfInformation) -> Option:
    return next(option for option in found.options if option.name == found.best)


def _turned(found: ValueOfInformation) -> float:
    """In what share of the futures another option than now would be best, were every input known."""
    return 1 - _best(found).best_share


def _undecided(found: ValueOfInformation) -> str:
    lead = signed(found.lead, "money", found.lead_mcse, found.currency)
    reach = z_value(found.level) * found.lead_mcse
    ends = (found.lead - reach, found.lead + reach)
    low, high = (signed(end, "money", found.lead_mcse, found.currency) for end in ends)
    return (
        f"Which is best now is not certain after {_futures(found.n)}: it leads by {lead} "
        f"({plain(found.level * 100)} % CI {low} to {high}); more of them would tell."
    )


def _best_shares(found: ValueOfInformation) -> str:
    """How often each option would be best."""
    said = []
    for option in sorted(found.options, key=lambda option: -option.best_share):
        error = (option.best_high - option.best_low) / 2 / z_value(found.level)
        low, high = (percent(end, error).removesuffix(" %") for end in (option.best_low, option.best_high))
        said.append(f"{option.name} in {percent(option.best_share, error)} ({low} to {high} %)")
    return f"the best choice would be {', '.join(said)} of futures ({plain(found.level * 100)} % CI)"


def _nothing(found: ValueOfInformation, worth: Worth) -> str:
    return f"{money(0, currency=found.currency)} ({interval(found, worth)})"


def _ends(found: ValueOfInformation, worth: Worth) -> str:
    error = max(worth.mcse or worth.high / z_value(found.level), _UNIT)
    low, high = (money(end, error, found.currency) for end in (worth.low, worth.high))
    return low if low == high else f"{low} to {high}"


def _share(found: ValueOfInformation, one: InputWorth) -> str:
    everything = found.all_inputs.value
    return percent(found.share(one), one.mcse / everything) if everything > 0 else "-"


def _often(worth: Worth, turns: tuple[float, float, float], level: float) -> str:
    """In what share of the futures the choice turns, given it with its interval; where it may turn by the noise of the
    fit alone, that."""
    share, low, high = turns
    if share > 0 and worth.low == 0:
        return "not clear"
    return percent(share, (high - low) / 2 / z_value(level))


def _futures(n: int) -> str:
    return f"{plain(n)} futures"
