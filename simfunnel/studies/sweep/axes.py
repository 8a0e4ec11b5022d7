"""What varies, and which values does it take in each scenario?"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from simfunnel.distributions import Distribution
from simfunnel.errors import Problem, ScenarioError
from simfunnel.resolved import resolve
from simfunnel.scenario import Scenario
from simfunnel.scenario.loading import changed_at
from simfunnel.scenario.text import quoted
from simfunnel.scenario.tree import Faults, Node
from simfunnel.studies.sweep.designs import GRID
from simfunnel.studies.sweep.spots import SCENARIO, Spot, changes_of, spot
from simfunnel.studies.sweep.values import MOST_POINTS, Spread, Value, flow, listed, ranged

ALONE = 200  # values that are tried alone, each some milliseconds
MOST_PARAMETERS = 200
_WRITE = "write a list such as [0%, 10%, 20%], or linspace(from=0%, to=20%, points=5)"


@dataclass(frozen=True)
class Axis:
    """One parameter, or several that move in step.

    Attributes
    ----------
    spots : tuple of mapping of str to Spot
        Of each path, by scenario.
    values : tuple of mapping of str to (list of Value, or Spread)
        The same; all lists are of one length.
    node : Node
        What is written at the first path.
    """

    spots: tuple[Mapping[str, Spot], ...]
    values: tuple[Mapping[str, list[Value] | Spread], ...]
    node: Node

    @property
    def paths(self) -> tuple[str, ...]:
        """The key paths."""
        return tuple(next(iter(each.values())).path for each in self.spots)

    @property
    def is_drawn(self) -> bool:
        """Whether a design draws its values."""
        return any(isinstance(each, Spread) for one in self.values for each in one.values())

    def rows(self, name: str) -> list[tuple[Value, ...]]:
        """The values in a scenario, those that move in step together."""
        found: list[list[Value]] = []
        for one in self.values:
            values = one[name]
            assert isinstance(values, list)
            found.append(values)
        return list(zip(*found, strict=True))

    def __len__(self) -> int:
        values = next(iter(self.values[0].values()))
        return len(values) if isinstance(values, list) else 1


def axes(tree: Node, scenarios: Mapping[str, Scenario], design: str | None, faults: Faults) -> list[Axis]:
    """All that varies; what is wrong with it is booked."""
    groups = list(_groups(tree, faults))
    pairs = [pair for group in groups for pair in group]
    _refuse_twice(pairs, faults)
    _refuse_set(tree, dict(pairs), faults)
    levels = Counter(path.rpartition(".")[0] for path, _ in pairs)
    if not groups and not any(key in tree.items for key in ("vary", "zip")) and len(scenarios) < 2:
        message = f"is missing; say what varies: a key path, and {_WRITE.removeprefix('write ')}"
        faults.add(("vary",), message, tree.place)
    if not groups and design not in (GRID, None):
        faults.add(("design",), "has nothing to draw; say under `vary` what varies", tree.items["design"].place)
    found = [axis for group in groups if (axis := _axis(group, scenarios, design, levels, faults)) is not None]
    if design == GRID:
        _refuse_too_many(found, max(len(scenarios), 1), tree, faults)
    return found


def _groups(tree: Node, faults: Faults) -> Iterator[list[tuple[str, Node]]]:
    """The paths that vary with what is written at them, those of a `zip` together."""
    vary = tree.items.get("vary")
    if vary is not None and vary.value is not None:
        if not isinstance(vary.value, dict):
            faults.add(("vary",), f"takes a map of key paths; at each {_WRITE}", vary.place)
        elif not vary.value:
            faults.add(("vary",), "is empty; name a key path and its values, or leave the key out", vary.place)
        for path, node in vary.items.items():
            yield [(path.strip(), node)]
    zipped = tree.items.get("zip")
    if zipped is None or zipped.value is None:
        return
    for group in zipped.value if isinstance(zipped.value, tuple) else (zipped,):
        if not isinstance(group.value, dict) or len(group.value) < 2:
            usage = "{teams.sales.people: [2, 3], costs.crm: [10k, 12k]}"
            faults.add(("zip",), f"takes maps of two or more key paths that move in step, such as {usage}", group.place)
            continue
        yield [(path.strip(), node) for path, node in group.value.items()]


def _refuse_twice(pairs: list[tuple[str, Node]], faults: Faults) -> None:
    """Two parameters cannot both say what stands at one place."""
    if len(pairs) > MOST_PARAMETERS:
        faults.add(("vary",), f"names {len(pairs)} key paths; at most {MOST_PARAMETERS} are allowed", pairs[0][1].place)
        return
    seen: dict[str, Node] = {}
    for path, node in pairs:
        if path in seen:
            faults.add((path,), f"varies twice (first on line {seen[path].place.line}); keep one", node.place)
        for other in seen:
            within, around = (path, other) if path.startswith(f"{other}.") else (other, path)
            if path != other and within.startswith(f"{around}."):
                faults.add((path,), f"{within} lies within {around}, and both vary; keep one", node.place)
        seen[path] = node


def _refuse_set(tree: Node, pairs: Mapping[str, Node], faults: Faults) -> None:
    """What is set holds at every point, so it cannot vary; but what is around a number (`poisson(...)`) may be set."""
    scenarios = tree.items.get("scenario", tree)
    for owner in (tree, *(scenarios.items.values() if scenarios is not tree else ())):
        settings = owner.items.get("set")
        for path, node in settings.items.items() if settings is not None else ():
            around = next((each for each in pairs if path == each or path.startswith(f"{each}.")), None)
            has_form = isinstance(node.value, Distribution) or (
                isinstance(node.value, str) and ("(" in node.value or " per " in node.value)
            )
            if around is not None and not has_form:
                how = ", and varies as well" if around == path else f", and {around} varies"
                faults.add((path,), f"is set{how}, so that it would hold nowhere; keep one", node.place)


def _axis(
    group: list[tuple[str, Node]],
    scenarios: Mapping[str, Scenario],
    design: str | None,
    levels: Mapping[str, int],
    faults: Faults,
) -> Axis | None:
    spots: list[Mapping[str, Spot]] = []
    values: list[Mapping[str, list[Value] | Spread]] = []
    in_step = len(group) > 1
    for path, node in group:
        here = {name: at for name, each in scenarios.items() if (at := _spot(each, path, node, faults)) is not None}
        if levels[path.rpartition(".")[0]] > 1:  # others of the same distribution vary, if it is one
            here = {name: replace(at, is_shared=True) for name, at in here.items()}
        every = {name: _values(at, node, design, in_step, faults) for name, at in here.items()}
        found = {name: each for name, each in every.items() if each is not None}
        if in_step and any(isinstance(each, Spread) for each in found.values()):
            faults.add((path,), "moves in step with others and cannot be drawn; list its values", node.place)
            return None
        spots.append(here)
        values.append(found)
    if not scenarios or any(len(each) < len(scenarios) for each in values):
        return None
    lengths = {path: len(Axis((spots[at],), (values[at],), group[at][1])) for at, (path, _) in enumerate(group)}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{path} has {n}" for path, n in lengths.items())
        faults.add(("zip",), f"lists that move in step are of one length, and {said} values", group[0][1].place)
        return None
    axis = Axis(tuple(spots), tuple(values), group[0][1])
    rows = [] if axis.is_drawn else axis.rows(next(iter(scenarios)))
    if len({tuple(value.same for value in row) for row in rows}) < len(rows):
        faults.add(("zip",), "has the same values twice in step; keep one of each", group[0][1].place)
        return None
    return axis


def _spot(scenario: Scenario, path: str, node: Node, faults: Faults) -> Spot | None:
    if path == SCENARIO:
        faults.add((path,), "is not varied here; list the scenarios under the key `scenario` itself", node.place)
        return None
    try:
        return spot(scenario, path)
    except ValueError as error:
        faults.add((path,), str(error), node.place)
        return None


def _values(at: Spot, node: Node, design: str | None, in_step: bool, faults: Faults) -> list[Value] | Spread | None:
    """The values of one parameter in one scenario; None where they are at fault."""
    if isinstance(node.value, tuple):
        if design in (GRID, None):
            return _list(at, node, in_step, faults)
        message = f"is a list, and a {design} design draws; write uniform(low=, high=) or choice(...)"
        faults.add((at.path,), message, node.place)
        return None
    if node.value is None and (faults.concern(("vary", at.path)) or faults.concern(("zip", at.path))):
        return None  # what YAML made of it is said already
    if node.value is None or isinstance(node.value, dict):
        what = "nothing" if node.value is None else "a map"
        hint = "" if node.value is None else "; a key path stands on one line: stages.sql.neglect"
        faults.add((at.path,), f"takes values, not {what}; {_WRITE}{hint}", node.place)
        return None
    try:
        found = ranged(at, node)
    except ValueError as error:
        faults.add((at.path,), str(error), node.place)
        return None
    if design == GRID and isinstance(found, Spread):
        fix = f"write quantiles({found.text}, points=5)" if found.distribution else "say how many `points`"
        faults.add((at.path,), f"{quoted(found.text)} has no values for a grid; {fix}, or `design: sobol`", node.place)
        return None
    if design not in (GRID, None) and isinstance(found, list):
        text = flow(node)
        message = f"{quoted(text)} lists values, and a {design} design draws; leave its points out"
        if text.startswith("quantiles"):
            message = f"{quoted(text)} lists values, and a {design} design draws; write the distribution alone"
        faults.add((at.path,), message, node.place)
        return None
    return found


def _list(at: Spot, node: Node, in_step: bool, faults: Faults) -> list[Value] | None:
    """The values of a list, all different unless they move in step with others."""
    items = node.value
    assert isinstance(items, tuple)
    if not items:
        faults.add((at.path,), "is an empty list; name at least one value", node.place)
        return None
    found: list[Value] = []
    first: dict[object, str] = {}
    for each in items:
        try:
            value = listed(at, each)
        except ValueError as error:
            faults.add((at.path,), str(error), each.place)
            continue
        text = flow(each)
        if value.same in first and not in_step:
            said = (
                "is there twice" if first[value.same] == text else f"and {quoted(first[value.same])} are the same value"
            )
            faults.add((at.path,), f"{quoted(text)} {said}; keep one", each.place)
            continue
        first[value.same] = text
        found.append(value)
    return found if len(found) == len(items) else None


def _refuse_too_many(found: list[Axis], scenarios: int, tree: Node, faults: Faults) -> None:
    sizes = [scenarios] * (scenarios > 1) + [len(axis) for axis in found]
    total = math.prod(sizes)
    if total <= MOST_POINTS:
        return
    said = f"{' x '.join(f'{n:,}' for n in sizes)} = {total:,} points; at most {MOST_POINTS:,} are allowed"
    node = tree.items.get("vary") or tree
    faults.add(("vary",), f"{said}; write fewer values, or draw some hundred with `design: sobol`", node.place)


def try_alone(found: list[Axis], scenarios: Mapping[str, Scenario], faults: Faults) -> None:
    """Book the values that a scenario cannot have whatever the others are; of many values those at even distances.

    What depends on the others (shares that must sum to 100 %) is seen when the points are tried.
    """
    most = max(1, ALONE // max(1, len(found) * len(scenarios)))
    for name, scenario in scenarios.items():
        first = [({} if axis.is_drawn else _first(axis, name, scenario)) for axis in found]
        for at, axis in enumerate(found):
            own = axis.spots[0][name]
            if axis.is_drawn or len(axis.spots) > 1 or (own.is_inner and own.is_shared):
                continue
            rows = axis.rows(name)
            others = {path: node for k, nodes in enumerate(first) if k != at for path, node in nodes.items()}
            for row in [*rows[:: -(-len(rows) // most)], rows[-1]]:
                _try(axis, name, row, scenario, others, faults)


def _first(axis: Axis, name: str, scenario: Scenario) -> dict[str, Node]:
    try:
        return _nodes(axis, name, axis.rows(name)[0], scenario)
    except ScenarioError:
        return {}  # it makes sense with others only


def _nodes(axis: Axis, name: str, row: tuple[Value, ...], scenario: Scenario) -> dict[str, Node]:
    """What is put where for some values of an axis, with the places at which they are written."""
    found: dict[str, Node] = {}
    for spots, value in zip(axis.spots, row, strict=True):
        at, place = spots[name], value.node.place
        if at.is_inner:
            changes = changes_of(scenario, {at.path: value.text})
            found |= {path: Node(str(text), place) for path, text in changes.items()}
        else:
            found[at.path] = value.node if flow(value.node) == value.text else Node(value.text, place)
    return found


def _try(
    axis: Axis,
    name: str,
    row: tuple[Value, ...],
    scenario: Scenario,
    others: Mapping[str, Node],
    faults: Faults,
) -> None:
    nodes = _nodes(axis, name, row, scenario)
    problems = _problems(scenario, nodes)
    if not problems or (others and not _problems(scenario, {**others, **nodes})):
        return
    (path,), place = axis.paths, row[0].node.place
    for problem in problems:
        if problem.where == str(place):
            faults.add((path,), problem.message, place)
        elif not others:
            faults.add((path,), f"{quoted(row[0].text)} cannot be: {problem}", place)


def _problems(scenario: Scenario, nodes: Mapping[str, Node]) -> tuple[Problem, ...]:
    try:
        resolve(changed_at(scenario, nodes))
    except ScenarioError as error:
        return error.problems
    return ()
