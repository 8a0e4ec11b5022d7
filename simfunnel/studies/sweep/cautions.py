"""What in a sweep may do less than it looks?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from simfunnel.resolved.anew import taken_back
from simfunnel.scenario import Scenario
from simfunnel.studies.sweep.definition import Sweep
from simfunnel.studies.sweep.spots import SCENARIO, changes_of


def cautions(sweep: Sweep) -> list[str]:
    """Parameters that change no number, and those whose effect a conversion of entered leads takes back.

    Examples
    --------
    >>> import simfunnel as sf
    >>> from simfunnel.studies.sweep.defining import define
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion_of_entered: 25%}}")
    >>> print(*cautions(define(base, {"stages.sql.neglect": ["0%", "20%"]})))  # doctest: +ELLIPSIS
    stages.sql.neglect: stage 'sql' states its conversion_of_entered, which neglect is part of: ...
    """
    return list(dict.fromkeys(_of_each(sweep)))


def _of_each(sweep: Sweep) -> Iterator[str]:
    of_scenarios = any(each.path == SCENARIO for each in sweep.parameters)
    for name, base in sweep.scenarios.items():
        rows = [row for row in sweep.texts if not of_scenarios or row[0] == name]
        where = f" in {name}" if of_scenarios else ""
        for at, parameter in enumerate(sweep.parameters):
            texts = list(dict.fromkeys(row[at] for row in rows))
            if parameter.path == SCENARIO or len(texts) < 2:
                continue
            try:
                yield from _of_one(base, parameter.path, [texts[0], texts[-1]], where)
            except ValueError:
                continue  # the points say why


def _is_overridden(one: Scenario, other: Scenario, path: str) -> bool:
    """Whether all sectors have values of their own in place of the one that varies."""
    key, *rest = path.split(".")
    if not one.sectors or key not in ("stages", "deal_value"):
        return False
    if key == "deal_value":
        return all(sector.deal_value is not None for sector in one.sectors.values())
    return all(one.stage(rest[0], sector) == other.stage(rest[0], sector) for sector in one.sectors)


def _of_one(base: Scenario, path: str, texts: Sequence[str], where: str) -> Iterator[str]:
    one, other = (base.change(changes_of(base, {path: text}), name=base.name) for text in texts)
    if _is_overridden(one, other, path):
        yield f"{path}: no number depends on it{where}, as every sector says it for itself: name the sector's"
    for stage, changed in taken_back(one, other):
        yield (
            f"{path}: stage '{stage}' states its conversion_of_entered, which {' and '.join(changed)} is part of: "
            f"the conversion of worked leads is resolved anew{where}, so part or all of the effect cancels out; to see "
            "all of it, `set` the conversion of worked leads in its place"
        )
