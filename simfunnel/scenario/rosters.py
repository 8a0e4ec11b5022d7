"""Who is there, and when: how are headcounts, hours of day, weekdays and holidays written?"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from simfunnel.scenario.text import quoted, read_count, read_date
from simfunnel.scenario.tree import nearest
from simfunnel.scenario.written import Written

__all__ = ["ROSTERS", "WEEKDAYS", "read_roster", "roster_text"]

ROSTERS = ("dates", "days", "hours", "people")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MOST_ENTRIES = 1_000
MINUTES = 24 * 60
TIME = re.compile(r"([0-9]{1,2}):([0-9]{2})", re.ASCII)
LIKE_A_TIME = re.compile(r"([0-9]{1,2})(?:[:.h]([0-9]{2}))? ?(am|pm)?", re.ASCII | re.IGNORECASE)
BETWEEN = re.compile(r" +to +| *(?:-|\u2013|until|till) *", re.IGNORECASE)


def read_roster(written: Written, value: str | date | Sequence[str | date] | Mapping[str, str]) -> Any:
    """The value of a key about who is there: one text, a list of them, or a map from dates.

    Raises
    ------
    ValueError
        Saying what was given, what is allowed and the nearest thing that works.

    Examples
    --------
    >>> read_roster(Written("hours"), "6:00 to 18:00"), read_roster(Written("days"), "fri to mon")
    (((0.25, 0.75),), ('mon', 'fri', 'sat', 'sun'))
    """
    if written.kind == "people":
        return _people(written, value)
    if isinstance(value, Mapping):
        raise ValueError(f"takes one of them or a list, such as {_EXAMPLES[written.kind]}, not a map")
    items = [value] if isinstance(value, str | date) else list(value)
    if not items:
        raise ValueError(f"is an empty list; write {_EXAMPLES[written.kind]}, or leave the key out")
    if len(items) > MOST_ENTRIES:
        raise ValueError(f"has {len(items):_} entries; at most {MOST_ENTRIES:_} are allowed")
    if written.kind == "dates":
        return _dates(items)
    texts = [" ".join(item.split()) if isinstance(item, str) else item.isoformat() for item in items]
    return _hours(texts) if written.kind == "hours" else _days(texts)


_EXAMPLES = {
    "dates": "[2027-12-24, 2027-12-31]",
    "days": "mon to fri",
    "hours": "9:00 to 17:00",
    "people": "3, or {2027-01-04: 3, 2027-07-01: 4}",
}


def _people(written: Written, value: object) -> int | dict[date, int]:
    if isinstance(value, str):
        return _headcount(written, value.strip())
    if not isinstance(value, Mapping):
        what = "a date" if isinstance(value, date) else "a list"
        raise ValueError(f"takes a whole number, or a map from dates to such: {_EXAMPLES['people']}, not {what}")
    if not 0 < len(value) <= MOST_ENTRIES:
        raise ValueError(f"has {len(value)} dates; write 1 to {MOST_ENTRIES:_}, such as {_EXAMPLES['people']}")
    found = {_date_of_change(day): _headcount(written, number) for day, number in value.items()}
    return {day: found[day] for day in sorted(found)}


def _date_of_change(text: str) -> date:
    try:
        return read_date(text)
    except ValueError as error:
        raise ValueError(f"{error}, the day from which on so many are there") from None


def _headcount(written: Written, text: str) -> int:
    if not text:
        raise ValueError("is empty; write how many people there are")
    try:
        number = read_count(text)
    except ValueError:
        if re.fullmatch(r"[0-9]+[.][0-9]+", text):
            whole = max(1, round(float(text)))
            hint = f"people are counted whole; write {whole}, and what part-timers are not there as `absence`"
            raise ValueError(f"{quoted(text)}: {hint}") from None
        raise
    if not 0 <= number <= written.high:
        trouble = "is negative" if number < 0 else "is too many"
        raise ValueError(f"{quoted(text)} {trouble}; allowed is 0 to {written.high:_.0f} people")
    return number


def _dates(items: Sequence[str | date]) -> tuple[date, ...]:
    days = [read_date(item.isoformat() if isinstance(item, date) else item.strip()) for item in items]
    twice = next((day for at, day in enumerate(days) if day in days[:at]), None)
    if twice is not None:
        raise ValueError(f"names {twice} twice; keep one")
    return tuple(sorted(days))


def _hours(texts: Sequence[str]) -> tuple[tuple[float, float], ...]:
    """Windows of a day, in days from midnight, ascending."""
    windows = sorted((_window(text), text) for text in texts)
    for (one, said), (two, said_too) in pairwise(windows):
        if two[0] < one[1]:
            raise ValueError(f"{quoted(said)} and {quoted(said_too)} overlap; write one window for both")
    return tuple((opens / MINUTES, closes / MINUTES) for (opens, closes), _ in windows)


def _window(text: str) -> tuple[int, int]:
    """Opening and closing in minutes from midnight."""
    ends = BETWEEN.split(text)
    times = [TIME.fullmatch(each) for each in ends]
    if "," in text:
        raise ValueError(f"{quoted(text)} are several spans of hours; write them as a list: [{text}]")
    if len(ends) != 2 or not all(times) or " to " not in text:
        raise ValueError(f"{quoted(text)} is not a span of hours; write {_meant(ends)}")
    opens, closes = (_minutes(each, text) for each in ends)
    if closes <= opens:
        fix = f"[{ends[0]} to 24:00, 0:00 to {ends[1]}]" if closes else f"{ends[0]} to 24:00"
        trouble = "ends when it begins" if closes == opens else "ends before it begins"
        fix = "0:00 to 24:00, or leave the key out" if closes == opens else f"{fix} to work past midnight"
        raise ValueError(f"{quoted(text)} {trouble}; write {fix}")
    return opens, closes


def _minutes(text: str, whole: str) -> int:
    hour, minute = (int(part) for part in text.split(":"))
    if minute > 59 or hour * 60 + minute > MINUTES:
        raise ValueError(f"{quoted(whole)}: {text} is not a time of day; they run from 0:00 to 24:00")
    return hour * 60 + minute


def _meant(ends: Sequence[str]) -> str:
    """The span that somebody will have meant, as it is written here."""
    found = [LIKE_A_TIME.fullmatch(each.strip()) for each in ends]
    if len(found) != 2 or any(each is None for each in found):
        return "such as '9:00 to 17:00'"
    said = []
    for each in found:
        assert each is not None
        hour = int(each[1]) % 12 + 12 * (each[3].casefold() == "pm") if each[3] else int(each[1])
        said.append(f"{hour}:{each[2] or '00'}")
    return f"'{' to '.join(said)}'"


def _days(texts: Sequence[str]) -> tuple[str, ...]:
    """Weekdays in the order of the week."""
    found: set[str] = set()
    for text in texts:
        ends = text.split(" to ")
        at = [_weekday(each, text) for each in ends]
        if len(ends) > 2:
            raise ValueError(f"{quoted(text)} is not a span of weekdays; write such as mon to fri")
        span = range(at[0], at[-1] + 1 if at[-1] >= at[0] else at[-1] + 8)
        found |= {WEEKDAYS[day % 7] for day in span}
    return tuple(day for day in WEEKDAYS if day in found)


def _weekday(text: str, whole: str) -> int:
    if text in WEEKDAYS:
        return WEEKDAYS.index(text)
    start = text.casefold()[:3]
    close = start if start in WEEKDAYS else nearest(text, WEEKDAYS)
    if re.fullmatch(r"[a-z]{3,9} ?[-\u2013] ?[a-z]{3,9}", text.casefold()):
        first, last = re.split(r" ?[-\u2013] ?", text.casefold())
        close = f"{first[:3]} to {last[:3]}"
    hint = f"did you mean '{close}'?" if close else "write such as mon to fri, or [mon, wed]"
    where = f"{quoted(whole)}: " if whole != text else ""
    raise ValueError(f"{where}{quoted(text)} is not a weekday (mon, tue, wed, thu, fri, sat, sun); {hint}")


def roster_text(value: Any) -> str:
    """Such a value as one writes it.

    Examples
    --------
    >>> roster_text(((0.375, 0.5), (0.5625, 17.5 / 24))), roster_text(("mon", "tue", "wed", "sat"))
    ('[9:00 to 12:00, 13:30 to 17:30]', '[mon to wed, sat]')
    """
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dict):
        return f"{{{', '.join(f'{day}: {number}' for day, number in value.items())}}}"
    if value and value[0] in WEEKDAYS:
        parts = _spans(value)
    elif value and isinstance(value[0], date):
        parts = [day.isoformat() for day in value]
    else:
        parts = [f"{_clock(opens)} to {_clock(closes)}" for opens, closes in value]
    return parts[0] if len(parts) == 1 else f"[{', '.join(parts)}]"


def _clock(share_of_day: float) -> str:
    hour, minute = divmod(round(share_of_day * MINUTES), 60)
    return f"{hour}:{minute:02d}"


def _spans(days: Sequence[str]) -> list[str]:
    """Weekdays, three or more in a row as a span."""
    runs: list[list[str]] = []
    for day in days:
        is_next = bool(runs) and WEEKDAYS.index(day) == WEEKDAYS.index(runs[-1][-1]) + 1
        runs[-1].append(day) if is_next else runs.append([day])
    return [text for run in runs for text in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else run)]
