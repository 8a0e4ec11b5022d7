"""Which values does a `--set` or a `change` put in the place of those in the file?"""

from __future__ import annotations

from collections.abc import Mapping

from simfunnel.errors import ScenarioError
from simfunnel.scenario.files import parse
from simfunnel.scenario.merging import put
from simfunnel.scenario.packed import FILE_KEYS
from simfunnel.scenario.text import quoted
from simfunnel.scenario.tree import Faults, KeyPath, Node, Place, from_python, unprintable

__all__ = ["with_changes", "with_nodes", "with_settings"]

MAX_PATH = 1_000


def with_settings(tree: Node, settings: Mapping[str, str], faults: Faults) -> Node:
    """The tree with the texts of `--set a.b.c=value` in their places."""
    place = Place("set")
    for written, text in settings.items():
        path = _key_path(written, place, faults)
        if path is not None:
            tree = put(tree, path, _setting(text, path, place, faults), faults)
    return tree


def with_changes(tree: Node, changes: Mapping[str, object], faults: Faults) -> Node:
    """The tree with the values of `change({...})` in their places."""
    place = Place("change")
    for written, value in changes.items():
        path = _key_path(written, place, faults)
        if path is not None:
            tree = put(tree, path, from_python(value, path, place, faults), faults)
    return tree


def with_nodes(tree: Node, values: Mapping[str, Node], faults: Faults) -> Node:
    """The tree with pieces of another text in their places, which keep saying where they were written."""
    for written, node in values.items():
        path = _key_path(written, node.place, faults)
        if path is not None:
            tree = put(tree, path, node, faults)
    return tree


def _setting(text: str, path: KeyPath, place: Place, faults: Faults) -> Node:
    """A value from the command line: text as it stands, a map or list where it begins like one."""
    text = text.strip()
    if text in ("null", "~"):
        return Node(None, place)
    if not text.startswith(("{", "[")):
        return from_python(text, path, place, faults)
    own = Faults()
    try:
        node = parse(f"value: {text}", place, own).items["value"]
        own.raise_if_any()
    except ScenarioError as error:
        for problem in error.problems:
            inner = tuple(problem.path.split(".")[1:]) if problem.path else ()
            faults.add((*path, *inner), problem.message, place)
        return Node(None, place)
    return node


def _key_path(written: object, place: Place, faults: Faults) -> KeyPath | None:
    """A dotted key path in its parts."""
    if not isinstance(written, str) or len(written) > MAX_PATH or unprintable(written) is not None:
        faults.add((), f"{quoted(repr(written))} is not a key path such as stages.sql.neglect", place)
        return None
    path = tuple(written.strip().split("."))
    if not all(path):
        faults.add((), f"{quoted(written)} is not a key path; write one such as stages.sql.neglect", place)
        return None
    if path[0] in FILE_KEYS:
        faults.add(path, "belongs to a file and cannot be set; write it there", place)
        return None
    return path
