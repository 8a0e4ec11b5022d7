"""Does each SLA promise one thing that can be counted, and does its lever do something that no other does?"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from simfunnel.distributions import value_text
from simfunnel.scenario.checker import Checker
from simfunnel.scenario.schema import Leads, Sla
from simfunnel.scenario.text import UNITS
from simfunnel.scenario.tree import KeyPath

__all__ = ["CALENDAR", "check_slas"]

KINDS = ("within", "entries", "accepted")
#: The calendar periods that a number of entries may be promised for, by their days.
CALENDAR = {UNITS[name]: name for name in ("week", "month", "quarter")}
_OF_ENTRIES = "write a number per calendar period, such as entries: 40 per quarter"
_SUCH = "write `within: 4 hours` and `share: 90%`, or `entries: 40 per quarter`, or `accepted: 80%`"


def check_slas(checker: Checker) -> None:
    """Book every fault of the SLAs."""
    for name, sla in checker.scenario.slas.items():
        path = ("slas", name)
        _check_stage(checker, path, sla)
        _check_kind(checker, path, sla)
        _check_sectors(checker, path, sla)
        _check_lever(checker, path, sla)
    _check_levers(checker)


def _check_stage(checker: Checker, path: KeyPath, sla: Sla) -> None:
    process = checker.scenario.process
    here = (*path, "stage")
    if not checker.known(here, sla.stage, process, "stage of the process") or sla.stage != process[-1]:
        return
    if sla.entries is None or sla.lever is not None:
        said = f"'{sla.stage}' is the last stage, where nobody is worked or decided"
        checker.fault(here, f"{said}; it can have `entries`, or name one of {', '.join(process[:-1])}")


def _check_kind(checker: Checker, path: KeyPath, sla: Sla) -> None:
    """It promises one of three things, and says what belongs to that and nothing else."""
    given = [key for key in KINDS if getattr(sla, key) is not None]
    reads: list[KeyPath] = [(*path, key) for key in (*KINDS, "share")]
    if not given:
        checker.fault(path, f"promises nothing that can be counted; {_SUCH}", reads=reads)
    for key in given[1:]:
        checker.fault((*path, key), f"is a second promise beside `{given[0]}`; write an SLA for each")
    if len(given) != 1:
        return
    if sla.within is not None and sla.share is None:
        checker.fault((*path, "share"), "is missing; write the share of the entries, such as share: 90%", reads=reads)
    if sla.within is None and sla.share is not None:
        checker.fault((*path, "share"), f"belongs to `within`, and here stands `{given[0]}`; leave it out")
    if sla.within is None and sla.time == "working":
        checker.fault((*path, "time"), f"says how `within` is counted, and here stands `{given[0]}`; leave it out")
    if sla.entries is not None:
        _check_entries(checker, (*path, "entries"), sla.entries)


def _check_entries(checker: Checker, path: KeyPath, entries: Leads) -> None:
    if entries.kind != "fixed":
        checker.fault(path, f"is a promise, not a chance; {_OF_ENTRIES}")
    elif entries.per not in CALENDAR:
        per = "says no period" if entries.per is None else f"is per {value_text(entries.per, 'duration')}"
        checker.fault(path, f"{per}; {_OF_ENTRIES} (week, month or quarter)")
    elif entries.amount != round(float(entries.amount)):  # type: ignore[arg-type]
        checker.fault(path, f"is not a whole number of entries; {_OF_ENTRIES}")


def _check_sectors(checker: Checker, path: KeyPath, sla: Sla) -> None:
    here, sectors = (*path, "sectors"), checker.scenario.sectors
    if sla.sectors is None:
        return
    if not sla.sectors:
        checker.fault(here, "names no sector; leave it out where the SLA is about all of them")
    for name in dict.fromkeys(sla.sectors):
        checker.known(here, name, sectors, "sector")


def _check_lever(checker: Checker, path: KeyPath, sla: Sla) -> None:
    if sla.active and sla.lever is None:
        checker.fault((*path, "active"), "pulls a lever that is not written; write `lever: {neglect: 2%}` beside it")
    if sla.lever is not None and sla.lever.neglect is None and sla.lever.response is None:
        reads: list[KeyPath] = [(*path, "lever", key) for key in ("neglect", "response")]
        message = "changes nothing at the stage; write the `neglect` or `response` that keeping the SLA brings"
        checker.fault((*path, "lever"), message, reads=reads)


def _check_levers(checker: Checker) -> None:
    """Two levers that are pulled at once must not both say the same rule."""
    for (one, two), rule in _clashes(checker):
        message = f"says `{rule}` of a stage of which the active SLA '{one}' says it too; make one of them inactive"
        checker.fault(("slas", two, "lever", rule), message)


def _clashes(checker: Checker) -> Iterator[tuple[tuple[str, str], str]]:
    active = {name: sla for name, sla in checker.scenario.slas.items() if sla.active and sla.lever is not None}
    for (one, first), (two, second) in combinations(active.items(), 2):
        apart = first.sectors is not None and second.sectors is not None and not {*first.sectors} & {*second.sectors}
        if first.stage != second.stage or apart:
            continue
        for rule in ("neglect", "response"):
            if getattr(first.lever, rule) is not None and getattr(second.lever, rule) is not None:
                yield (one, two), rule
