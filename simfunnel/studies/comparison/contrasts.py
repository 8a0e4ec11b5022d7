"""What must a reader know before believing a comparison: are these the same leads, held against the same plan?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from simfunnel.claims import number
from simfunnel.results import Terms
from simfunnel.results.text import plain
from simfunnel.scenario.schema import Scenario, Source


def contrasts(baseline: tuple[Scenario, Terms], variant: tuple[Scenario, Terms]) -> Iterator[str]:
    """Sentences about what makes two scenarios less comparable than they look; none for a plain change of rules."""
    (before, terms), (after, new_terms) = baseline, variant
    yield from _names("stage", before.process, after.process, "luck goes by names, so a stage that was renamed is rolled anew")
    yield from _names("source", before.sources, after.sources, "luck goes by names, so a source that was renamed brings other leads")
    yield from _names("sector", before.sectors, after.sectors, "leads fall to sectors by share, so they may change sectors")
    for name in before.sources.keys() & after.sources.keys():
        if _is_weekly(before.sources[name]) != _is_weekly(after.sources[name]):
            yield f"source '{name}' is overdispersed in one scenario only: its leads are numbered by week there, so they are other leads"
    if before.currency != after.currency:
        yield f"money is in {after.currency} here and in {before.currency} in the baseline: its differences mean nothing"
    if before.start != after.start:
        yield f"it starts on {after.start}, the baseline on {before.start}"
    for what, old, new in (
        ("horizon", before.horizon, after.horizon),
        ("run-off", before.run_off, after.run_off),
    ):
        if old != new:
            yield f"its {what} is {plain(new)} days, the baseline's {plain(old)}: they cover different times"
    yield from _plans(terms, new_terms)


def _names(what: str, before: Iterable[str], after: Iterable[str], why: str) -> Iterator[str]:
    old, new = list(before), list(after)
    gone, added = [name for name in old if name not in new], [name for name in new if name not in old]
    where = [f"{_listed(gone)} only in the baseline"] if gone else []
    where += [f"{_listed(added)} only here"] if added else []
    if where:
        yield f"{what} {' and '.join(where)}: {why}"


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
