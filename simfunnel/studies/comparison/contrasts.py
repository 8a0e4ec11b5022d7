"""What must a reader know before believing a comparison: are these the same leads, held against the same plan?"""

from __future__ import annotations

from collections.abc import Iterator

from simfunnel.claims import number
from simfunnel.results import Terms
from simfunnel.results.text import plain
from simfunnel.scenario.schema import Scenario, Source

#: Rules that decide whether a lead is worked in time.
_REACHING = ("neglect", "response", "shelf_life", "patient", "give_up")


def contrasts(baseline: tuple[Scenario, Terms], variant: tuple[Scenario, Terms]) -> Iterator[str]:
    """Sentences about what makes two scenarios less comparable than they look; none for a plain change of rules."""
    (before, terms), (after, new_terms) = baseline, variant
    for what, old_names, new_names, why in (
        ("stage", before.process, after.process, "luck goes by names, so one that was renamed is rolled anew"),
        ("source", before.sources, after.sources, "luck goes by names, so one that was renamed brings other leads"),
        ("sector", before.sectors, after.sectors, "leads fall to sectors by share, so some change sectors"),
    ):
        yield from _names(what, list(old_names), list(new_names), why)
    for name, source in before.sources.items():
        if name in after.sources and _is_weekly(source) != _is_weekly(after.sources[name]):
            yield f"source '{name}' is overdispersed in one scenario only: numbered by week, its leads are others there"
    yield from _resolved_anew(before, after)
    if before.currency != after.currency:
        yield f"money is in {after.currency} here, {before.currency} in the baseline: its differences mean nothing"
    if before.start != after.start:
        yield f"it starts on {after.start}, the baseline on {before.start}"
    for what, old, new in (
        ("horizon", before.horizon, after.horizon),
        ("run-off", before.run_off, after.run_off),
    ):
        if old != new:
            yield f"its {what} is {plain(new)} days, the baseline's {plain(old)}: they cover different times"
    yield from _plans(terms, new_terms)


def _names(what: str, old: list[str], new: list[str], why: str) -> Iterator[str]:
    gone, added = [name for name in old if name not in new], [name for name in new if name not in old]
    where = [f"{_listed(gone)} only in the baseline"] if gone else []
    where += [f"{_listed(added)} only here"] if added else []
    if where:
        yield f"{what} {' and '.join(where)}: {why}"


def _resolved_anew(before: Scenario, after: Scenario) -> Iterator[str]:
    """Where a conversion of *entered* leads takes back what a change of response or neglect gives."""
    for name in before.process[:-1]:
        if name not in after.process[:-1]:
            continue
        sectors: list[str | None] = [None, *(key for key in before.sectors if key in after.sectors)]
        for sector in sectors:
            old, new = before.stage(name, sector), after.stage(name, sector)
            of_entered = None not in (old.conversion_of_entered, new.conversion_of_entered)
            changed = [rule for rule in _REACHING if getattr(old, rule) != getattr(new, rule)]
            if of_entered and changed:
                yield (
                    f"stage '{name}' states its conversion_of_entered, which {' and '.join(changed)} is part of: "
                    "the conversion of worked leads is resolved anew, so part or all of the change cancels out"
                )
                break


def _plans(before: Terms, after: Terms) -> Iterator[str]:
    changed = []
    for what in ("customers", "revenue", "budget"):
        old, new = getattr(before, f"plan_{what}"), getattr(after, f"plan_{what}")
        if old != new:
            changed.append(f"{what} {_figure(new)} here, {_figure(old)} in the baseline")
    if changed:
        yield f"the plans differ ({'; '.join(changed)}): each scenario's shortfall is held against its own plan"


def _is_weekly(source: Source) -> bool:
    volume = source.leads if source.leads is not None else source.visits
    return volume is not None and volume.kind == "overdispersed"


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _figure(value: float | None) -> str:
    return "missing" if value is None else number(value)
