"""Which scenarios does a sweep change?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from simfunnel.errors import Problem, ScenarioError
from simfunnel.resolved import resolve
from simfunnel.scenario import Scenario, load
from simfunnel.scenario.extending import SUFFIXES, inside, preset_names
from simfunnel.scenario.loading import changed_at
from simfunnel.scenario.text import quoted
from simfunnel.scenario.tree import Faults, Node, nearest
from simfunnel.studies.sweep.reading import refuse_unknown

MOST_SCENARIOS = 100
_SETTINGS = "takes a map from key paths to values, such as {stages.sql.neglect: 2%}"


def bases(tree: Node, folder: Path | None, faults: Faults) -> dict[str, Scenario]:
    """The scenarios that a sweep file names, by the name that their points have; faults are booked."""
    node = tree.items.get("scenario")
    if node is None or node.value is None:
        if node is None:
            message = "is missing; name a scenario file, relative to this one, or a preset"
            faults.add(("scenario",), message, tree.place)
        return {}
    named: dict[str, Node] = {"": node}
    if isinstance(node.value, dict):
        named = {name.strip(): each for name, each in node.items.items()}
    if isinstance(node.value, tuple):
        named = {f"{at}": each for at, each in enumerate(node.value)}
    if not named or len(named) > MOST_SCENARIOS:
        faults.add(("scenario",), f"lists {len(named)} scenarios; 1 to {MOST_SCENARIOS} are allowed", node.place)
        return {}
    found = {name: _base(each, folder, faults) for name, each in named.items()}
    loaded = {name: each for name, each in found.items() if each is not None}
    if not isinstance(node.value, dict):
        return _by_name(loaded, named, faults)
    return {name: _variant(name, each, named[name], faults) for name, each in loaded.items()}


def _variant(name: str, scenario: Scenario, node: Node, faults: Faults) -> Scenario:
    """A scenario under the name that the sweep file gives it, with the values that it sets for this one."""
    own = node.items.get("set", Node({}, node.place))
    if not isinstance(own.value, dict):
        faults.add(("scenario", name, "set"), _SETTINGS, own.place)
        return scenario
    try:
        return changed_at(scenario, {"name": Node(name, node.place), **own.items})
    except ScenarioError as error:
        for problem in error.problems:
            _book(problem, own, faults, scenario)
    return scenario


def _by_name(loaded: Mapping[str, Scenario], nodes: Mapping[str, Node], faults: Faults) -> dict[str, Scenario]:
    """Scenarios by their own names, or by their files where two have one name."""
    names = [each.name for each in loaded.values()]
    found: dict[str, Scenario] = {}
    for at, scenario in loaded.items():
        file = Path(str(nodes[at].value)).stem
        name = scenario.name if names.count(scenario.name) == 1 else file
        if name in found:
            faults.add(("scenario",), f"{quoted(str(nodes[at].value))} is there twice; keep one", nodes[at].place)
        found[name] = scenario
    return found


def _base(node: Node, folder: Path | None, faults: Faults) -> Scenario | None:
    if isinstance(node.value, dict):
        refuse_unknown(node, ("scenario", "set"), faults, "a scenario of several; each has a file and what it sets")
        if "scenario" not in node.items:
            faults.add(("scenario",), "is missing; write {scenario: base.yaml, set: {...}}", node.place)
            return None
        node = node.items["scenario"]
    if not isinstance(node.value, str):
        faults.add(("scenario",), "takes a file, a preset, a list of them, or a map of names to them", node.place)
        return None
    try:
        return load(_source(node.value.strip(), folder))
    except ScenarioError as error:  # what is wrong with it stands at its own lines
        for problem in error.problems:
            faults.add(("scenario",), str(problem), node.place)
    except ValueError as error:
        faults.add(("scenario",), str(error), node.place)
    return None


def _source(name: str, folder: Path | None) -> str | Path:
    """The preset, or the file: in the folder of the sweep file, in the one above it, or below these.

    Raises
    ------
    ValueError
        It is elsewhere, or nowhere.
    """
    if not name.endswith(SUFFIXES):
        if name in preset_names():
            return name
        close = nearest(name, preset_names())
        hint = f"did you mean '{close}'?" if close else f"the presets are {', '.join(preset_names())}"
        raise ValueError(f"there is no preset {quoted(name)}; {hint} (a file is named with its .yaml)")
    if folder is None:
        raise ValueError(f"{quoted(name)} is a file, but this sweep is not in a folder; name a preset")
    try:
        found = inside(folder.resolve().parent, folder, name)
    except ValueError as error:
        said = str(error).partition(" leads out of")
        if not said[1]:
            raise
        raise ValueError(f"{said[0]} leads out of the folder above that of the sweep file; keep them closer") from None
    if not found.is_file():
        stem = found.stem
        preset = f"; the preset is named without its ending: {stem}" if stem in preset_names() else ""
        raise ValueError(f"there is no file {quoted(name)}{preset or _beside(found)}")
    return found


def _beside(path: Path) -> str:
    try:
        names = sorted(each.name for each in path.parent.iterdir() if each.suffix in SUFFIXES)
    except OSError:
        return ""
    close = nearest(path.name, names)
    return f"; did you mean '{close}'?" if close else ""


def with_settings(scenarios: Mapping[str, Scenario], tree: Node, faults: Faults) -> dict[str, Scenario]:
    """The scenarios with the values under `set` in their places, each known to make sense by itself."""
    node = tree.items.get("set", Node({}, tree.items.get("scenario", tree).place))
    if node.value is not None and not isinstance(node.value, dict):
        faults.add(("set",), _SETTINGS, node.place)
        return {}
    found = {}
    for name, scenario in scenarios.items():
        try:
            found[name] = changed_at(scenario, node.items) if node.items else scenario
            resolve(found[name])
        except ScenarioError as error:
            for problem in error.problems:
                _book(problem, node, faults, scenario)
    return found


def _book(problem: Problem, settings: Node, faults: Faults, scenario: Scenario) -> None:
    """A fault of what is set stands at its line; any other is the scenario's own."""
    for each in settings.items.values():
        if str(each.place) == problem.where:
            faults.add(tuple(problem.path.split(".")), problem.message, each.place)
            return
    key = "set" if settings.items else "scenario"
    faults.add((key,), f"{quoted(scenario.name)} cannot be so: {problem}", settings.place)
