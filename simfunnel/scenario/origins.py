"""Where did a value of a scenario come from?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel

from simfunnel.scenario.fields import plans
from simfunnel.scenario.schema import Cold, Exits, Scenario
from simfunnel.scenario.tree import KeyPath, Node, nearest

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["origin"]

DEFAULT = "default"
# What a sector may write for itself, and where it stands for all.
COMMON = ("deal_value", "attrition", "expansion", "stages")


def origin(scenario: Scenario, tree: Node | None, path: str) -> str:
    """The place of the value that holds at a key path, in words."""
    keys = tuple(path.split("."))
    _check(Scenario, keys, path)
    if tree is None:
        return DEFAULT
    for candidate in _candidates(keys):
        node = _find(tree, candidate)
        if node is not None:
            return node.place.origin
    return DEFAULT


def _candidates(keys: KeyPath) -> Iterable[KeyPath]:
    """The path itself, then where the value comes from when nothing stands there."""
    yield keys
    if keys[0] == "sectors" and len(keys) > 2 and keys[2] in COMMON:
        yield from _candidates(keys[2:])
    if "cold" in keys:
        # One map of shares stands for both causes.
        at = keys.index("cold") + 1
        if keys[at : at + 1] in (("neglected",), ("late",)):
            yield from _candidates((*keys[:at], *keys[at + 1 :]))


def _find(tree: Node, keys: KeyPath) -> Node | None:
    node: Node | None = tree
    for key in keys:
        node = node.items.get(key) if node is not None else None
    return None if node is None or node.value is None else node


def _check(cls: type[BaseModel], keys: KeyPath, path: str) -> None:
    """Refuse a key path that no scenario has."""
    if not keys:
        return
    known = plans(Exits) | plans(Cold) if cls is Cold else plans(cls)
    plan = known.get(keys[0])
    if plan is None:
        close = nearest(keys[0], known)
        hint = f"did you mean '{close}'?" if close else f"known are {', '.join(known)}"
        raise KeyError(f"no key path '{path}': '{keys[0]}' is unknown; {hint}")
    rest = keys[2:] if plan.named else keys[1:]
    if plan.model is not None:
        _check(plan.model, rest, path)
    elif rest:
        raise KeyError(f"no key path '{path}': nothing stands below '{keys[0]}'")
