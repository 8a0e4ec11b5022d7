"""What stands at a key path of a scenario, and what is meant where nothing does?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import BaseModel

from simfunnel.distributions import Distribution
from simfunnel.errors import Problem, ScenarioError
from simfunnel.scenario.fields import FieldPlan, plans
from simfunnel.scenario.schema import Cold, Leads, Rate, Scenario
from simfunnel.scenario.tree import nearest

EXAMPLE = "name one such as sources.inbound.leads or stages.sql.shelf_life"


def walk(scenario: Scenario, keys: list[str], path: str) -> tuple[FieldPlan | None, Any, list[str]]:
    """The plan and the value of the field at a key path, and the keys after a distribution; no plan and no value where
    a sector leaves a level to that of all.

    Raises
    ------
    ScenarioError
        There is no such path; with the nearest that there is.
    """
    value: Any = scenario
    plan: FieldPlan | None = None
    at = 0
    if keys[0] not in plans(Scenario) and (found := _in_full(scenario, path)):
        raise fault(path, f"is not a whole key path; did you mean {' or '.join(found)}?")
    while at < len(keys):
        if value is None and keys[0] == "sectors":
            return None, None, []
        if isinstance(value, Cold) and keys[at] not in plans(Cold):
            value = value.neglected  # one map of shares stands for both causes
        if isinstance(value.amount if isinstance(value, Leads | Rate) else value, Distribution):
            return plan, value, keys[at:]
        if not isinstance(value, BaseModel) or isinstance(value, Leads | Rate):
            raise fault(path, f"nothing stands below '{'.'.join(keys[:at])}'; {EXAMPLE}")
        plan = _known(plans(type(value)), keys[at], path, "key")
        value, at = getattr(value, plan.name), at + 1
        if plan.named and at < len(keys):
            if at > 2 and keys[at] not in (value or {}) and keys[at] in (getattr(scenario, plan.name, None) or {}):
                return None, None, []
            value, at = _known(value or {}, keys[at], path, plan.key.removesuffix("s")), at + 1
    return plan, value, []


def _in_full(scenario: Scenario, path: str) -> list[str]:
    """The first key paths with a value that end as is written: `sources.inbound.leads` for `leads`."""
    levels: dict[str, Iterable[str]] = {"sources": scenario.sources, "stages": scenario.stages}
    levels["teams"] = scenario.teams or {}
    found = []
    for start in (level for key, names in levels.items() for level in (key, *(f"{key}.{name}" for name in names))):
        try:
            plan, value, _ = walk(scenario, f"{start}.{path}".split("."), path)
        except ScenarioError:
            continue
        if plan is not None and value is not None:
            found.append(f"{start}.{path}")
    return found[:3]


def _known(known: dict[str, Any], key: str, path: str, what: str) -> Any:
    if key in known:
        return known[key]
    raise fault(path, f"there is no {what} '{key}'{_hint(key, known)}")


def _hint(key: str, known: Iterable[str]) -> str:
    close = nearest(key, known)
    return f"; did you mean '{close}'?" if close else f"; there are: {', '.join(known) or 'none'}"


def fault(path: str, message: str) -> ScenarioError:
    """What is wrong with a path that somebody wants to move."""
    return ScenarioError([Problem(path, message, "lever")])
