"""Which sweep does a file, or a call from Python, ask for?"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

from simfunnel.claims import Selector, nearest
from simfunnel.errors import ClaimError, Problem, ScenarioError
from simfunnel.resolved import Resolved, resolve
from simfunnel.results.text import listed
from simfunnel.scenario import Scenario, loads
from simfunnel.scenario.extending import check_version, origin_of
from simfunnel.scenario.files import parse
from simfunnel.scenario.loading import is_sweep
from simfunnel.scenario.text import quoted
from simfunnel.scenario.tree import Faults, Node, Place, from_python
from simfunnel.simulation import keeps
from simfunnel.studies.sweep.axes import Axis, axes, try_alone
from simfunnel.studies.sweep.bases import bases, with_settings
from simfunnel.studies.sweep.definition import Parameter, Precision, Sweep, part_of, read_measure
from simfunnel.studies.sweep.designs import GRID, rolls
from simfunnel.studies.sweep.reading import KEYS, Terms, read_terms, refuse_unknown
from simfunnel.studies.sweep.spots import NO_FORM, SCENARIO, Spot
from simfunnel.studies.sweep.values import Spread, Value

MEASURES = ("deals", "revenue", "roi")
_MOST_NAMED = 3
_OF_SCENARIOS = {"sources", "stages", "process", "extends", "horizon"}
Row = tuple[Value, ...]
Draws = dict[tuple[str, str], list[Value]]  # by scenario and path


def define(
    source: str | Path | Sweep | Scenario | Sequence[Scenario] | Mapping[str, Scenario],
    vary: Mapping[str, object] | None = None,
    *,
    zip: Sequence[Mapping[str, object]] | Mapping[str, object] | None = None,
    design: str | None = None,
    points: int | None = None,
    measures: Sequence[str] | None = None,
    n_sims: int | None = None,
    precision: Precision | Mapping[str, object] | None = None,
    seed: int | None = None,
    set: Mapping[str, object] | None = None,
    impossible: str | None = None,
    name: str | None = None,
) -> Sweep:
    """What is swept, checked: everything that its numbers depend on.

    Parameters
    ----------
    source
        Path of a sweep file; or a scenario (or several, which are compared at every point) of which ``vary`` says what
        varies; or a sweep, of which other arguments replace the number of futures, the seed, the measures or the name.
    vary
        Key path to a list of values, written as in a scenario file, or to a text such as
        ``"linspace(from=0%, to=30%, points=7)"`` or ``"beta(mean=25%, n=40)"``.
    zip, design, points, measures, n_sims, precision, seed, set, impossible, name
        As the keys of a sweep file (docs/sweeps.md); they replace those of the file (of ``set``, path by path).

    Raises
    ------
    ScenarioError
        Every fault found, each with its file and line.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%, shelf_life: 30 days}}")
    >>> found = define(base, {"stages.sql.neglect": ["0%", "20%"], "sources.inbound.leads": [40, 50, 60]})
    >>> found.n_points, found.words(4)
    (6, 'stages.sql.neglect 20 %, sources.inbound.leads 50')
    """
    given = {
        "vary": vary, "zip": zip, "design": design, "points": points, "measures": _listed(measures), "n_sims": n_sims,
        "precision": _map(precision), "seed": seed, "set": set, "impossible": impossible, "name": name,
    }  # fmt: skip
    given = {key: value for key, value in given.items() if value is not None}
    faults = Faults()
    own = _from_arguments(given, faults)
    if isinstance(source, Sweep):
        return _again(source, own, faults)
    if isinstance(source, str | Path):
        return _from_file(source, own, faults)
    return _resolved(own, _scenarios(source), faults, "")


def _listed(value: Sequence[str] | None) -> Sequence[str] | None:
    return [value] if isinstance(value, str) else value


def _map(precision: Precision | Mapping[str, object] | None) -> object:
    if not isinstance(precision, Precision):
        return precision
    return {"of": precision.of, "within": repr(precision.within), "most": precision.most}


def _scenarios(source: object) -> dict[str, Scenario]:
    """Scenarios that were handed over, by name."""
    if isinstance(source, Scenario):
        return {source.name: source}
    found: dict[str, Any] = dict(source) if isinstance(source, Mapping) else {}
    if isinstance(source, Sequence):
        found = {getattr(each, "name", ""): each for each in source}
    if not found or not all(isinstance(each, Scenario) for each in found.values()):
        raise TypeError(f"a sweep starts from a file, a scenario or several, not {type(source).__name__}")
    if isinstance(source, Sequence) and len(found) < len(source):
        raise ValueError("two of the scenarios have one name; hand them over as {name: scenario}")
    return found


def _from_arguments(given: Mapping[str, object], faults: Faults) -> Node:
    """Arguments as if they had been written in a file."""
    place = Place("file", "sweep()")
    return Node({key: from_python(_plain(value), (key,), place, faults) for key, value in given.items()}, place)


def _plain(value: object) -> Any:
    """Arrays and columns as lists."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value


def _from_file(source: str | Path, own: Node, faults: Faults) -> Sweep:
    origin = origin_of(source)
    tree = parse(origin.text, origin.place, faults)
    if tree.items.keys() & _OF_SCENARIOS and not is_sweep(tree):
        message = "is a scenario, not a sweep; a sweep file names it under `scenario` and says what varies under `vary`"
        if "vary" in own.items:
            message = f"is a scenario; give it as one: sf.sweep(sf.load({str(source)!r}), {{...}})"
        raise ScenarioError([Problem("", message, str(origin.place))])
    items = {**tree.items, **own.items}
    if "set" in own.items and "set" in tree.items:  # path by path: what else the file sets stays
        there = tree.items["set"]
        items["set"] = Node({**there.items, **own.items["set"].items}, there.place)
    if "precision" in own.items:
        items.pop("n_sims", None)
    if "n_sims" in own.items:
        items.pop("precision", None)
    tree = Node(items, tree.place)
    check_version(tree, faults)
    refuse_unknown(tree, KEYS, faults)
    found = bases(tree, origin.folder, faults)
    return _resolved(tree, found, faults, origin.place.file.removesuffix(".yaml").removesuffix(".yml"))


def _again(sweep: Sweep, own: Node, faults: Faults) -> Sweep:
    """A sweep with other terms and the same points."""
    for key in ("vary", "zip", "design", "points", "set", "impossible"):
        if key in own.items:
            faults.add((key,), "cannot be changed of a sweep that is defined; define it anew", own.items[key].place)
    if sweep.precision is None or "n_sims" in own.items or "precision" in own.items:
        terms = read_terms(own, faults)
        changed: dict[str, Any] = {"n_sims": terms.n_sims, "precision": terms.precision}
    else:
        terms, changed = read_terms(own, faults), {}
    if not {"n_sims", "precision"} & own.items.keys():
        changed = {}
    if "seed" in own.items:
        changed["seed"] = terms.seed
    if terms.measures is not None:
        changed["measures"] = terms.measures
    if terms.name is not None:
        changed["name"] = terms.name
    faults.raise_if_any()
    found = replace(sweep, **changed)
    _check_measures(terms, found.scenarios, own, faults)
    faults.raise_if_any()
    return found


def _resolved(tree: Node, scenarios: Mapping[str, Scenario], faults: Faults, file: str) -> Sweep:
    terms = read_terms(tree, faults)
    scenarios = with_settings(scenarios, tree, faults)
    found = axes(tree, scenarios, terms.design, faults)
    try_alone(found, scenarios, faults)
    draws = _draws(found, scenarios, terms, faults)
    _check_measures(terms, scenarios, tree, faults)
    faults.raise_if_any()
    # from here on it rests on no file, whatever becomes of them
    scenarios = {name: loads(each.to_yaml()) for name, each in scenarios.items()}
    sweep = _sweep(terms, found, scenarios, list(_rows(found, scenarios, draws)), file)
    _check_that_all_hold(sweep, found, faults)
    faults.raise_if_any()
    return sweep


def _sweep(
    terms: Terms, found: list[Axis], scenarios: Mapping[str, Scenario], rows: list[tuple[str, Row]], file: str
) -> Sweep:
    assert terms.design is not None
    parameters = tuple(_parameters(found, scenarios, rows))
    several = len(scenarios) > 1
    is_number = [each.is_number for each in parameters][several:]
    numbers = (tuple(v.number if n else math.nan for v, n in zip(row, is_number, strict=True)) for _, row in rows)
    return Sweep(
        name=terms.name or file or _of_all(list(scenarios)),
        scenarios=dict(scenarios),
        parameters=parameters,
        texts=tuple((name,) * several + tuple(value.text for value in row) for name, row in rows),
        numbers=tuple((math.nan,) * several + each for each in numbers),
        measures=terms.measures or MEASURES,
        n_sims=terms.n_sims,
        seed=terms.seed,
        precision=terms.precision,
        design=terms.design,
        leaves_out=terms.leaves_out,
        description=terms.description,
    )


def _of_all(scenarios: list[str]) -> str:
    """What a sweep of several scenarios is called that nobody has named."""
    more = len(scenarios) - _MOST_NAMED
    return listed([*scenarios[: _MOST_NAMED - 1], f"{more + 1} more"] if more > 0 else scenarios)


def _draws(found: list[Axis], scenarios: Iterable[str], terms: Terms, faults: Faults) -> Draws:
    """What a design draws of each parameter in each scenario; nothing for a grid."""
    if terms.design == GRID or terms.design is None or terms.points is None or not found:
        return {}
    drawn = rolls(terms.design, terms.points, tuple(axis.paths[0] for axis in found), terms.seed)
    draws: Draws = {}
    for name in scenarios:
        for axis in found:
            path, spread = axis.paths[0], axis.values[0][name]
            assert isinstance(spread, Spread)
            try:
                draws[name, path] = spread.values(drawn[path])
            except ValueError as error:
                faults.add((path,), f"{quoted(spread.text)} draws what cannot be: {error}", spread.node.place)
    return draws


def _rows(found: list[Axis], scenarios: Iterable[str], draws: Draws) -> Iterator[tuple[str, Row]]:
    """Every point: its scenario and its values. The last parameter changes fastest."""
    for name in scenarios:
        if draws:
            yield from ((name, row) for row in zip(*(draws[name, axis.paths[0]] for axis in found), strict=True))
            continue
        for parts in product(*(axis.rows(name) for axis in found)):
            yield name, tuple(value for part in parts for value in part)


def _parameters(
    found: list[Axis], scenarios: Mapping[str, Scenario], rows: list[tuple[str, Row]]
) -> Iterator[Parameter]:
    if len(scenarios) > 1:
        yield Parameter(SCENARIO, "words")
    currency = next(iter(scenarios.values())).currency
    at = 0
    for axis in found:
        for spots in axis.spots:
            spot = next(iter(spots.values()))
            values = [row[at] for _, row in rows]
            at += 1
            forms = {value.form for value in values}
            if any(math.isnan(value.number) for value in values) or len(forms) > 1:
                yield Parameter(spot.path, "words")
                continue
            scale, suffix = spot.scaled(tuple(value.number for value in values), next(iter(forms), NO_FORM))
            yield Parameter(spot.path, spot.unit, scale, suffix, currency if spot.unit == "money" else "")


def _check_measures(terms: Terms, scenarios: Mapping[str, Scenario], tree: Node, faults: Faults) -> None:
    """Book measures of stages, sources and the like that a scenario does not have."""
    node = tree.items.get("measures", tree)
    items = node.value if isinstance(node.value, tuple) else (node,)
    named = [("measures", str(each.value), each.place) for each in items if terms.measures is not None]
    if terms.precision is not None:
        named.append(("precision", terms.precision.of, tree.items.get("precision", tree).place))
    for scenario in scenarios.values():
        resolved = resolve(scenario)
        for key, text, where in named:
            try:
                selector = part_of(read_measure(text))
                keeps([str(selector)], resolved)
                _check_labels(selector, resolved)
            except ClaimError as error:
                faults.add((key,), str(error), where)


def _check_labels(selector: Selector, resolved: Resolved) -> None:
    labels = {"period": resolved.periods, "sla": tuple(resolved.scenario.slas)}
    for key, label in selector.where:
        if key in labels and label not in labels[key]:
            raise ClaimError(f"'{selector}': there is no {key} '{label}'{nearest(label, labels[key])}")


def _check_that_all_hold(sweep: Sweep, found: list[Axis], faults: Faults) -> None:
    """Book parameters of which the one takes the other back, as `leads` does `budget`."""
    paths = [path for axis in found for path in axis.paths]
    try:
        scenario = sweep.scenario(0)
    except ScenarioError:
        return  # said when the points are tried
    here = dict(zip((each.path for each in sweep.parameters), sweep.texts[0], strict=True))
    for axis in found:
        for path, spot in _spots(axis):
            if here[path] == "null" or scenario.origin(spot.rule) == Place("change").origin:
                continue
            level = path.rpartition(".")[0]
            others = [other for other in paths if other != path and other.startswith(f"{level}.")]
            other = " or ".join(others) or "another key"
            message = f"is taken back by {other}, which varies as well: they are ways to say one thing; keep one"
            faults.add((path,), message, axis.node.place)


def _spots(axis: Axis) -> list[tuple[str, Spot]]:
    return [(path, next(iter(spots.values()))) for path, spots in zip(axis.paths, axis.spots, strict=True)]
