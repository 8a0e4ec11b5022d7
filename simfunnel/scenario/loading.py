"""How does a file, a text or a change become a checked scenario?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from simfunnel.distributions import read_empirical
from simfunnel.errors import Problem, ScenarioError
from simfunnel.scenario.checks import check
from simfunnel.scenario.emitting import to_yaml
from simfunnel.scenario.extending import Origin, gather, inside, origin_of
from simfunnel.scenario.files import parse
from simfunnel.scenario.overrides import with_changes, with_nodes, with_settings
from simfunnel.scenario.packed import stored, without_data
from simfunnel.scenario.reading import Levels, read_scenario
from simfunnel.scenario.schema import Scenario
from simfunnel.scenario.text import quoted
from simfunnel.scenario.tree import Faults, Node, Place

__all__ = ["changed", "changed_at", "checked", "is_sweep", "is_sweep_file", "load", "loads"]

MAX_COLUMN_BYTES = 16 * 1024 * 1024
MAX_CHANGED_NAME = 200


def load(source: str | Path, *, set: Mapping[str, str] | None = None) -> Scenario:
    """The scenario of a file or preset, checked.

    Parameters
    ----------
    source : str or Path
        Path of a YAML file, or the name of a preset (see `presets`).
    set : mapping of str to str, optional
        Values that replace those of the file, by dotted key path, written as in a file.

    Returns
    -------
    Scenario
        Durations in days, shares of one, money in currency units.

    Raises
    ------
    ScenarioError
        Every fault found, each with file and line, key path, what was given, what is allowed.

    Examples
    --------
    >>> load("industrial", set={"stages.sql.neglect": "2%"}).stages["sql"].neglect
    0.02
    """
    origin = origin_of(source)
    name = origin.place.file.removesuffix(".yaml").removesuffix(".yml")
    return _from_origin(origin, set or {}, name)


def loads(
    text: str,
    *,
    set: Mapping[str, str] | None = None,
    name: str = "scenario",
    folder: str | Path | None = None,
) -> Scenario:
    """The scenario that a text holds, checked as a file would be.

    Parameters
    ----------
    text : str
        What the file would say.
    set : mapping of str to str, optional
        Values that replace those of the text, by dotted key path.
    name : str
        What stands for the file's name in messages, and for the scenario's name where the text has none.
    folder : str or Path, optional
        Where the files lie that the text refers to; without it, it can extend presets only.

    Raises
    ------
    ScenarioError
        Every fault found.

    Examples
    --------
    >>> loads("horizon: 1 yaer\\nsources: {}\\nstages: {}", name="q3")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    simfunnel.errors.ScenarioError: q3:1: horizon: '1 yaer' is not a duration; write '1 year' (minutes, ...
    ...
    """
    root = None if folder is None else Path(folder).absolute()
    return _from_origin(Origin(text, Place("file", name), root, root), set or {}, name)


def changed(scenario: Scenario, overrides: Mapping[str, object], *, name: str | None) -> Scenario:
    """A checked copy of a scenario with other values at some key paths."""
    faults = Faults()
    tree = scenario._tree or parse(to_yaml(scenario), Place("file", "scenario"), faults)
    tree = with_changes(tree, overrides, faults)
    if name is not None:
        tree = with_changes(tree, {"name": name}, faults)
    elif "name" not in overrides:
        tree = with_changes(tree, {"name": _changed_name(scenario.name, overrides)}, faults)
    return checked(tree, scenario._root, faults, scenario._levels)


def changed_at(scenario: Scenario, values: Mapping[str, Node]) -> Scenario:
    """A checked copy with pieces of another text at some key paths; faults name where in that text they stand."""
    faults = Faults()
    tree = scenario._tree or parse(to_yaml(scenario), Place("file", "scenario"), faults)
    return checked(with_nodes(tree, values, faults), scenario._root, faults, scenario._levels)


def _changed_name(name: str, overrides: Mapping[str, object]) -> str:
    """The name of a variant: what it was, and what was changed."""
    if not overrides:
        return name
    said = ", ".join(f"{path} = {_said(value)}" for path, value in overrides.items())
    if len(overrides) > 2 or len(name) + len(said) > MAX_CHANGED_NAME - 10:
        said = f"{len(overrides)} changes"
    return f"{name}, with {said}"[:MAX_CHANGED_NAME]


def _said(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # an integer of more than 4,300 digits
        return "..."


def _from_origin(origin: Origin, settings: Mapping[str, str], name: str) -> Scenario:
    faults = Faults()
    tree = gather(origin, faults)
    if is_sweep(tree):
        message = "is a sweep, not a scenario; `simfunnel sweep` runs it, in Python sf.sweep"
        raise ScenarioError([Problem("", message, str(origin.place))])
    tree = with_settings(tree, settings, faults)
    if tree.items.get("name") is None:
        # Its place is not that of a text: nobody wrote it.
        tree = Node({"name": Node(name, Place("default")), **tree.items}, tree.place)
    return checked(tree, origin.root, faults)


def is_sweep(tree: Node) -> bool:
    """Whether a file says what varies in a scenario that stands elsewhere."""
    keys = tree.items.keys()
    return bool(keys & {"vary", "zip", "scenario"}) and not keys & {"sources", "stages"}


def is_sweep_file(source: str | Path) -> bool:
    """Whether a path leads to a sweep file, so far as one can tell without checking it."""
    try:
        origin = origin_of(source)
        return is_sweep(parse(origin.text, origin.place, Faults()))
    except ScenarioError:
        return False


def checked(tree: Node, root: Path | None, faults: Faults, known: Levels | None = None) -> Scenario:
    """The scenario of a tree, checked; ``root`` is the folder that its files lie in, ``known`` are levels of a tree of
    which parts may be the very same."""
    said, data = without_data(tree, faults)

    def column(file: str, name: str, packed: str, place: Place) -> tuple[str, tuple[float, ...]]:
        return (file, stored(data, packed)) if packed else _column(root, file, name, place)

    scenario, levels = read_scenario(said, faults, column, known)
    check(scenario, said, faults)
    faults.raise_if_any()
    scenario._tree, scenario._root, scenario._levels = tree, root, levels
    return scenario


def _column(root: Path | None, file: str, column: str, place: Place) -> tuple[str, tuple[float, ...]]:
    """The numbers of a column, from a file within the folder of the scenario, relative to the file that names it.

    Its path from that folder comes with them: it says where they came from wherever the scenario is written down.
    """
    if root is None or place.source == "preset":
        raise ValueError(f"{quoted(file)} is a file, but this scenario is not in a folder")
    folder = (root / place.file).parent if place.source == "file" else root
    path = inside(root, folder, file)
    try:
        if not path.is_file():
            raise ValueError(f"{quoted(file)}: there is no such file")
        if path.stat().st_size > MAX_COLUMN_BYTES:
            limit = f"{MAX_COLUMN_BYTES >> 20} MB"
            raise ValueError(f"{quoted(file)} is larger than {limit}; keep only the column that is needed")
    except OSError as error:
        raise ValueError(f"{quoted(file)} cannot be read: {error.strerror or error}") from None
    return path.relative_to(root.resolve()).as_posix(), read_empirical(path, column)
