"""Which changes does a conversion of entered leads take back, because it is resolved anew?"""

from __future__ import annotations

from collections.abc import Iterator

from simfunnel.scenario.schema import Scenario

REACHING = ("neglect", "response", "shelf_life", "patient", "give_up")  # rules that decide who is worked in time


def taken_back(before: Scenario, after: Scenario) -> Iterator[tuple[str, list[str]]]:
    """Stages that state a conversion of entered leads in both, and the rules that differ there and are part of it."""
    for name in before.process[:-1]:
        if name not in after.process[:-1]:
            continue
        sectors: list[str | None] = [None, *(key for key in before.sectors if key in after.sectors)]
        for sector in sectors:
            old, new = before.stage(name, sector), after.stage(name, sector)
            of_entered = None not in (old.conversion_of_entered, new.conversion_of_entered)
            changed = [rule for rule in REACHING if getattr(old, rule) != getattr(new, rule)]
            if of_entered and changed:
                yield name, changed
                break
