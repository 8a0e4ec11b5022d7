"""Which scenario does a tree of texts stand for, and what in it cannot be read?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from pydantic import BaseModel

from simfunnel.distributions import Distribution
from simfunnel.scenario.correlations import read_correlations
from simfunnel.scenario.expressions import Columns, read
from simfunnel.scenario.fields import LEVELS, FieldPlan, plans
from simfunnel.scenario.rosters import ROSTERS, read_roster
from simfunnel.scenario.schema import Arrive, Cold, Exits, Scenario, Sector, Source, Stage, Team
from simfunnel.scenario.text import quoted
from simfunnel.scenario.tree import Faults, KeyPath, Node, Place, nearest
from simfunnel.scenario.written import Written

__all__ = ["Levels", "read_scenario"]

MISSING = object()
MAX_NAMES = 200
NOT_A_VALUE = object()
# Stand-ins for what is missing or at fault, so that the rest can still be checked; the fault is booked already.
STAND_INS: dict[tuple[type[BaseModel], str], Any] = {
    (Scenario, "horizon"): 365.0,
    (Scenario, "sources"): {},
    (Scenario, "stages"): {},
    (Source, "enters"): "",
}
HINTS = {
    "rate": "say which: `conversion: 25%` in a stage, `leads: 30 per month` in a source, `attrition: 2% per month`",
    "<<": "YAML merge keys are not read; use `extends`",
    "probability": "the share that advances is called `conversion`",
    "channels": "where leads come from, is called `sources`",
    "persons": "how many people a team has, is called `people`",
    "headcount": "how many people a team has, is called `people`",
    "service_time": "the working time that a lead takes, is called `service`",
    "vary": "what varies stands in a sweep file, which names its scenario: docs/sweeps.md",
    "sweep": "what varies stands in a sweep file, which names its scenario: docs/sweeps.md",
    "ttl": "how long a lead stays what it is, is called `shelf_life`",
    "expiry": "how long a lead stays what it is, is called `shelf_life`",
}


class Levels(dict[tuple[type[BaseModel], int], tuple[Node, BaseModel]]):
    """What parts of a tree were read as, by the level and the identity of the node, which holds for as long as it is
    held here; in a copy, also in another process, nodes have others."""

    def __reduce__(self) -> tuple[Any, ...]:
        return _levels, (tuple((cls, node, made) for (cls, _), (node, made) in self.items()),)


def _levels(read: tuple[tuple[type[BaseModel], Node, BaseModel], ...]) -> Levels:
    return Levels({(cls, id(node)): (node, made) for cls, node, made in read})


def read_scenario(tree: Node, faults: Faults, columns: Columns, known: Levels | None = None) -> tuple[Scenario, Levels]:
    """The scenario that a tree stands for; faults are booked, and stand-ins take their places.

    Beside it the levels that were read, for whoever reads a tree of which parts are the very same (``known``).
    """
    reader = _Reader(faults, columns, known or Levels())
    scenario = reader.model(Scenario, tree, ())
    assert isinstance(scenario, Scenario)  # every required key of a scenario has a stand-in
    return scenario, reader.levels


class _Reader:
    def __init__(self, faults: Faults, columns: Columns, known: Levels) -> None:
        self._faults = faults
        self._columns = columns
        self._known = known
        self.levels = Levels()
        self._passing = (
            0  # things read so far that are to be read anew: columns of files, and maps, which can be changed
        )

    def model(self, cls: type[BaseModel], node: Node, path: KeyPath) -> Any:
        """A level of the schema from a map; MISSING where it cannot be had.

        One that has been read before without a fault is the same again, wherever it stands.
        """
        key, before = (cls, id(node)), self._passing
        read, known = self._known.get(key, (None, None))
        made = known if read is node else self._model(cls, node, path)
        if not isinstance(made, BaseModel):
            return made
        self._passing += any(type(value) is dict for value in vars(made).values())
        if self._passing == before:
            self.levels[key] = (node, made)
        return made

    def _model(self, cls: type[BaseModel], node: Node, path: KeyPath) -> Any:
        if cls is Arrive and node.value == "at start":
            return Arrive(at_start=True)
        keys = plans(cls)
        if not isinstance(node.value, dict):
            self._faults.add(path, _needs_map(cls, node, keys), node.place)
            return MISSING
        if cls is Cold and not set(node.value) & set(keys):
            exits = self.model(Exits, node, path)
            return MISSING if exits is MISSING else Cold(neglected=exits, late=exits)
        self._refuse_unknown(cls, node.value, path)
        values = {plan.name: self._key(cls, plan, node, path) for plan in keys.values()}
        known = {name: value for name, value in values.items() if value is not MISSING}
        if any(plan.required and plan.name not in known for plan in keys.values()):
            return MISSING
        return cls(**known)

    def _key(self, cls: type[BaseModel], plan: FieldPlan, node: Node, path: KeyPath) -> Any:
        """The value of one key, its stand-in, or MISSING."""
        entry = node.items.get(plan.key)
        here = (*path, plan.key)
        stand_in = STAND_INS.get((cls, plan.name), MISSING)
        if entry is None or entry.value is None:
            if plan.required and not self._faults.is_incomplete and not self._faults.concern(here):
                about = plan.about[:1].lower() + plan.about[1:].rstrip(".")
                self._faults.add(here, f"is missing; {about}", node.place)
            return stand_in
        value = self._entry(plan, entry, here)
        return stand_in if value is MISSING else value

    def _entry(self, plan: FieldPlan, node: Node, path: KeyPath) -> Any:
        if plan.named:
            return self._named(plan, node, path)
        if plan.model is not None:
            return self.model(plan.model, node, path)
        assert plan.written is not None
        return self._value(plan.written, node, path)

    def _named(self, plan: FieldPlan, node: Node, path: KeyPath) -> Any:
        """A map from names to values or levels."""
        if not isinstance(node.value, dict):
            self._faults.add(path, f"takes a map of names, not {_shown(node)}", node.place)
            return MISSING
        if len(node.value) > MAX_NAMES:
            self._faults.add(path, f"has {len(node.value)} names; at most {MAX_NAMES} are allowed", node.place)
            return MISSING
        found: dict[str, Any] = {}
        for name, entry in node.value.items():
            here = (*path, name)
            if entry.value is None or not self._name(name, plan, here, entry.place):
                continue
            value = self.model(plan.model, entry, here) if plan.model else self._value(plan.written, entry, here)
            if value is not MISSING:
                found[name] = value
        return found

    def _name(self, name: str, plan: FieldPlan, path: KeyPath, place: Place) -> bool:
        if plan.names and name not in plan.names:
            self._faults.add(path, f"is not one of {', '.join(plan.names)}{_did_you_mean(name, plan.names)}", place)
            return False
        trouble = _name_trouble(name)
        if trouble:
            self._faults.add(path, trouble, place)
        return trouble is None

    def _value(self, written: Written | None, node: Node, path: KeyPath) -> Any:
        """A single value (or a list of names) by its grammar."""
        assert written is not None
        if written.kind == "names":
            return self._names(written, node, path)
        if written.kind in ROSTERS:
            return self._roster(written, node, path)
        if written.kind == "correlations":
            pairs = read_correlations(node, path, self._faults)
            return MISSING if pairs is None else pairs
        if not isinstance(node.value, (str, date, Distribution)):
            self._faults.add(path, f"takes a single value, not {_shown(node)}", node.place)
            return MISSING
        try:
            return read(written, node.value, lambda file, name, packed: self._column(file, name, packed, node.place))
        except ValueError as error:
            self._faults.add(path, str(error), node.place)
            return MISSING

    def _column(self, file: str, name: str, packed: str, place: Place) -> tuple[str, tuple[float, ...]]:
        self._passing += 1
        return self._columns(file, name, packed, place)

    def _roster(self, written: Written, node: Node, path: KeyPath) -> Any:
        """Who is there, and when: a single value, a list of such, or a map of such."""
        value = node.value
        pieces = [*value.values()] if isinstance(value, dict) else value if isinstance(value, tuple) else [node]
        odd = next((piece for piece in pieces if not isinstance(piece.value, str | date)), None)
        if odd is not None:
            self._faults.add(path, f"takes single values, not {_shown(odd)}", odd.place)
            return MISSING
        given: Any = [piece.value for piece in pieces] if isinstance(value, tuple) else value
        if isinstance(value, dict):
            given = {name: piece.value for name, piece in value.items()}
        try:
            return read_roster(written, given)
        except ValueError as error:
            self._faults.add(path, str(error), node.place)
            return MISSING

    def _names(self, written: Written, node: Node, path: KeyPath) -> Any:
        if not isinstance(node.value, tuple):
            such = "stages such as [mql, sql, customer]" if written.fewest > 1 else "names such as [retail, industrial]"
            message = f"takes a list of {such}, not {_shown(node)}"
            self._faults.add(path, message, node.place)
            return MISSING
        names = [item.value for item in node.value if isinstance(item.value, str)]
        trouble = next((trouble for name in names if (trouble := _name_trouble(name))), None)
        if len(names) < len(node.value):
            trouble = "takes names only, one for each stage"
        if trouble:
            self._faults.add(path, trouble, node.place)
            return MISSING
        return tuple(names)

    def _refuse_unknown(self, cls: type[BaseModel], given: dict[str, Node], path: KeyPath) -> None:
        keys = plans(cls)
        for key, node in given.items():
            if key in keys:
                continue
            if not self._faults.concern((*path, key)):
                self._faults.add((*path, key), _unknown(cls, key), node.place)
            meant = nearest(key, keys)
            if meant is not None:
                self._faults.doubt((*path, meant))


def _unknown(cls: type[BaseModel], key: str) -> str:
    keys = plans(cls)
    what = f"is not a key of {LEVELS[cls]}"
    if key in HINTS:
        return f"{what}; {HINTS[key]}"
    homes = [
        LEVELS[other] for other in (Stage, Source, Team, Sector, Scenario) if other is not cls and key in plans(other)
    ]
    if homes:
        return f"{what}; it is a key of {homes[0]}"
    return f"{what}{_did_you_mean(key, keys)}" + ("" if nearest(key, keys) else f"; it has {', '.join(keys)}")


def _did_you_mean(word: str, known: Iterable[str]) -> str:
    close = nearest(word, known)
    return f"; did you mean '{close}'?" if close else ""


def _name_trouble(name: str) -> str | None:
    if not name or name != name.strip():
        return "is not a name: it is empty, or begins or ends with a space"
    if len(name) > MAX_NAMES:
        return f"has a name of over {MAX_NAMES} characters"
    if "." in name:
        return "has a name with a dot; dots are for key paths such as stages.sql.neglect"
    if "\n" in name or "\t" in name:
        return "has a name with a line break or a tab"
    return None


def _shown(node: Node) -> str:
    if isinstance(node.value, dict):
        return "a map"
    if node.value is None:
        return "nothing"
    return "a list" if isinstance(node.value, tuple) else quoted(str(node.value))


def _needs_map(cls: type[BaseModel], node: Node, keys: dict[str, FieldPlan]) -> str:
    if cls is Arrive:
        return f"takes `at start` or a map of {', '.join(keys)}, not {_shown(node)}"
    return f"takes a map of {', '.join(keys)}, not {_shown(node)}"
