"""What must a reader know before believing a comparison: are these the same leads, held against the same plan?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from simfunnel.claims import number, parse_selector
from simfunnel.resolved.anew import taken_back
from simfunnel.results import Terms
from simfunnel.results.text import plain
from simfunnel.scenario.schema import Scenario, Source

#: Figures that count up to the horizon, whatever the run-off; `twin_deals` and the like with them.
_TO_THE_HORIZON = ("deals", "revenue", "cost", "profit", "roi", "arrived")
_PREFIXES = ("twin_", "gap_", "plan_", "lost_", "recovered_")


@dataclass(frozen=True)
class Contrast:
    """One thing that makes a variant less comparable with the baseline than it looks.

    Attributes
    ----------
    variant, sentence : str
    short : str
        The sentence in a few words, for a picture.
    spoils : str
        Of which measures the differences mean nothing: ``all``, ``money``, ``run-off`` (those that count up to its
        end) or ``none``.
    """

    variant: str
    sentence: str
    short: str
    spoils: Literal["all", "money", "run-off", "none"] = "none"

    def is_fatal(self, measure: str) -> bool:
        """Whether differences of this measure mean nothing.

        >>> Contrast("EU", "money is in EUR here, $ in the baseline", "EUR, not $", "money").is_fatal("revenue")
        True
        """
        selector = parse_selector(measure)
        if self.spoils == "run-off":
            return selector.name not in _TO_THE_HORIZON and not selector.name.startswith(_PREFIXES)
        return self.spoils == "all" or self.spoils == selector.unit


def contrasts(
    name: str, baseline: tuple[Scenario, Terms], variant: tuple[Scenario, Terms]
) -> Iterator[Contrast]:  # fmt: skip
    """What makes the variant of this name less comparable than it looks; nothing for a plain change of rules."""
    (before, terms), (after, new_terms) = baseline, variant
    yield from _names(name, before, after)
    yield from _sources(name, before, after)
    yield from resolved_anew(name, before, after)
    yield from _money_and_time(name, before, after)
    yield from _plans(name, terms, new_terms)


def _names(variant: str, before: Scenario, after: Scenario) -> Iterator[Contrast]:
    for what, old_names, new_names, why in (
        ("stage", before.process, after.process, "luck goes by names, so one that was renamed is rolled anew"),
        ("source", before.sources, after.sources, "luck goes by names, so one that was renamed brings other leads"),
        ("sector", before.sectors, after.sectors, "leads fall to sectors by share, so some change sectors"),
    ):
        gone = [name for name in old_names if name not in new_names]
        added = [name for name in new_names if name not in old_names]
        where = [f"{_listed(gone)} only in the baseline"] if gone else []
        where += [f"{_listed(added)} only here"] if added else []
        if where:
            yield Contrast(variant, f"{what} {' and '.join(where)}: {why}", f"other {what}s, so in part other luck")


def _sources(variant: str, before: Scenario, after: Scenario) -> Iterator[Contrast]:
    for name, source in before.sources.items():
        if name in after.sources and _is_weekly(source) != _is_weekly(after.sources[name]):
            yield Contrast(
                variant,
                f"source '{name}' is overdispersed in one scenario only: numbered by week, its leads are others there",
                f"other leads from '{name}'",
            )


def _money_and_time(variant: str, before: Scenario, after: Scenario) -> Iterator[Contrast]:
    if before.currency != after.currency:
        old_money, new_money = before.currency, after.currency
        sentence = f"money is in {new_money} here, {old_money} in the baseline: its differences mean nothing"
        yield Contrast(variant, sentence, f"money in {new_money}, not {old_money}", "money")
    if before.start != after.start:
        sentence = f"it starts on {after.start}, the baseline on {before.start}"
        yield Contrast(variant, sentence, f"starts {after.start}, not {before.start}")
    if before.horizon != after.horizon:
        yield Contrast(variant, *_times("horizon", before.horizon, after.horizon), "all")
    if before.run_off != after.run_off:
        yield Contrast(variant, *_times("run-off", before.run_off, after.run_off), "run-off")


def _times(what: str, before: float, after: float) -> tuple[str, str]:
    old, new = plain(before), plain(after)
    sentence = f"its {what} is {new} days, the baseline's {old}: they cover different times"
    return sentence, f"{what} of {new} days, not {old}"


def resolved_anew(variant: str, before: Scenario, after: Scenario) -> Iterator[Contrast]:
    """Where a conversion of *entered* leads takes back what a change of response or neglect gives."""
    for name, changed in taken_back(before, after):
        yield Contrast(
            variant,
            f"stage '{name}' states its conversion_of_entered, which {' and '.join(changed)} is part of: "
            "the conversion of worked leads is resolved anew, so part or all of the change cancels out",
            f"conversion_of_entered of '{name}' cancels {' and '.join(changed)}, in part or whole",
        )


def _plans(variant: str, before: Terms, after: Terms) -> Iterator[Contrast]:
    changed = []
    for what in ("customers", "revenue", "budget"):
        old, new = getattr(before, f"plan_{what}"), getattr(after, f"plan_{what}")
        if old != new:
            changed.append(f"{what} {_figure(new)} here, {_figure(old)} in the baseline")
    if changed:
        sentence = f"the plans differ ({'; '.join(changed)}): each scenario's shortfall is held against its own plan"
        yield Contrast(variant, sentence, "another plan")


def _is_weekly(source: Source) -> bool:
    volume = source.leads if source.leads is not None else source.visits
    return volume is not None and volume.kind == "overdispersed"


def _listed(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)


def _figure(value: float | None) -> str:
    return "missing" if value is None else number(value)
