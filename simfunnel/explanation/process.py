"""Which ways can a lead take: from which source to which stage, on, back and out?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from simfunnel.explanation.words import between, duration, mean, share
from simfunnel.resolved.inputs import exit_share
from simfunnel.resolved.nurture import mean_conversion
from simfunnel.results import Mean, Result
from simfunnel.results.intervals import z_value
from simfunnel.results.promises import promised
from simfunnel.results.text import listed
from simfunnel.scenario import Number, Scenario, Stage, loads
from simfunnel.scenario.team_checks import headcounts

#: How leads leave for good, as they are said.
ENDS = {"no_decision": "no decision", "competitor": "competitor", "dropped": "dropped"}
ENTERS, ADVANCES, RECYCLED, RETURNS, ENDED = "enters", "advances", "recycled", "returns", "ends"


@dataclass(frozen=True)
class Box:
    """A stage: its name, who owns it, what is promised there and which teams work it (empty where nobody says).

    ``visits`` and ``cold`` are the mean numbers of visits per future, and of those that went cold; None without a run.
    """

    name: str
    owner: str = ""
    sla: str = ""
    team: str = ""
    visits: Mean | None = None
    cold: Mean | None = None


@dataclass(frozen=True)
class Move:
    """An arrow: of which kind (`ENTERS` ...), from a source or stage to a stage or end, for which share of the leads
    and after what time (empty: at once).

    ``via`` is the stage from which those went to the competitor who return. ``flow`` is the mean number of leads per
    future that take it; None without a run, or where a run does not count it.
    """

    kind: str
    start: str
    end: str
    share: str
    flow: Mean | None = None
    after: str = ""
    via: str = ""

    @property
    def rule(self) -> str:
        """What is written about it, in words."""
        said = f"{self.share} of those from {self.via}" if self.via else self.share
        return f"{said}, after {self.after}" if self.after else said


@dataclass(frozen=True)
class Process:
    """The lead process of a scenario as a graph.

    Attributes
    ----------
    name : str
    boxes : tuple of Box
        The stages in order; the last is won.
    sources, ends : tuple of str
        Where leads come from, and how they leave.
    moves : tuple of Move
    """

    name: str
    boxes: tuple[Box, ...]
    sources: tuple[str, ...]
    ends: tuple[str, ...]
    moves: tuple[Move, ...]

    def of(self, *kinds: str) -> tuple[Move, ...]:
        """The moves of these kinds."""
        return tuple(move for move in self.moves if move.kind in kinds)


def process(of: Scenario | Result) -> Process:
    """The lead process of a scenario; of a run, with the mean number of leads that take each way.

    Parameters
    ----------
    of
        A scenario, or a run of one.

    Raises
    ------
    TypeError
        ``of`` is neither.

    Examples
    --------
    >>> import simfunnel as sf
    >>> drawn = process(sf.load("industrial"))
    >>> [box.name for box in drawn.boxes][-1]
    'customer'
    >>> {move.end for move in drawn.of("recycled")} <= {box.name for box in drawn.boxes}
    True
    """
    run = of if isinstance(of, Result) else None
    scenario = loads(run.terms.scenario_yaml) if run is not None else of
    if not isinstance(scenario, Scenario):
        raise TypeError(f"a process is drawn of a Scenario or a Result, not of a {type(of).__name__}")
    flows = _Flows(run)
    moves = (*_entering(scenario, flows), *_from_stages(scenario, flows))
    ends = tuple(end for end in ENDS.values() if any(move.end == end for move in moves))
    boxes = tuple(
        Box(
            name,
            rules.owner or "",
            rules.sla or _counted(scenario, name),
            _teams(scenario, name),
            flows.of_stage(name, "entered"),
            flows.gone_cold(name),
        )
        for name in scenario.process
        for rules in [scenario.stages.get(name) or Stage()]
    )
    return Process(scenario.name, boxes, tuple(scenario.sources), ends, moves)


def _teams(scenario: Scenario, stage: str) -> str:
    """The teams that work a stage, with their people: `sales, 3 people`."""
    names = dict.fromkeys(rules.team for rules in _by_sector(scenario, stage) if rules.team is not None)
    return listed([f"{name}, {_staff(scenario, name)}" for name in names])


def _staff(scenario: Scenario, team: str) -> str:
    counts = [number for _, number in headcounts(scenario, scenario.teams[team])]
    many = f"{min(counts)}" if min(counts) == max(counts) else f"{min(counts)} to {max(counts)}"
    return f"{many} {'person' if many == '1' else 'people'}"


def _counted(scenario: Scenario, stage: str) -> str:
    """What the SLAs about a stage promise."""
    return "; ".join(promised(sla)[0] for sla in scenario.slas.values() if sla.stage == stage)


class _Flows:
    """Mean numbers of leads per future, of a run or none."""

    def __init__(self, run: Result | None) -> None:
        self._n = 0 if run is None else run.n_sims
        self._stages = None if run is None else run.stages().set_index("stage")
        self._sources = None if run is None else run.sources().set_index("source")

    def of_stage(self, stage: str, measure: str) -> Mean | None:
        return self._read(self._stages, stage, measure)

    def gone_cold(self, stage: str) -> Mean | None:
        """Visits that went cold from whatever cause; the error is at most the sum of theirs."""
        parts = [self.of_stage(stage, name) for name in ("cold_neglected", "cold_late", "cold_queue")]
        found = [part for part in parts if part is not None]
        value, mcse = (sum(getattr(part, name) for part in found) for name in ("value", "mcse"))
        return self._mean("gone_cold", value, mcse) if found else None

    def of_source(self, source: str) -> Mean | None:
        return self._read(self._sources, source, "leads")

    def _read(self, frame: Any, row: str, column: str) -> Mean | None:
        if frame is None:
            return None
        return self._mean(column, float(frame.at[row, column]), float(frame.at[row, f"{column}_mcse"]))

    def _mean(self, column: str, value: float, mcse: float) -> Mean:
        reach = z_value(0.95) * mcse
        return Mean(column, value, mcse, value - reach, value + reach, self._n)


def _entering(scenario: Scenario, flows: _Flows) -> Iterator[Move]:
    for name, source in scenario.sources.items():
        yield Move(ENTERS, name, source.enters, "", flows.of_source(name))


def _from_stages(scenario: Scenario, flows: _Flows) -> Iterator[Move]:
    for name, following in pairwise(scenario.process):
        rules = _by_sector(scenario, name)
        chance = between((mean_conversion(each, scenario.score) for each in rules), share)
        yield Move(ADVANCES, name, following, chance, flows.of_stage(name, "advanced"))
        for exit_, end in ENDS.items():
            rule = _exit_rule(rules, exit_)
            if rule:
                yield Move(ENDED, name, end, rule, flows.of_stage(name, exit_))
        yield from _back(name, rules, flows)


def _back(name: str, rules: list[Stage], flows: _Flows) -> Iterator[Move]:
    """The ways back: recycled, and returned from a competitor."""
    some = _exit_rule(rules, "recycle")
    targets = list(dict.fromkeys((each.recycle.to if each.recycle else None) or name for each in rules))
    after = _after([each.recycle.after if each.recycle else 0.0 for each in rules])
    flow = flows.of_stage(name, "recycled") if len(targets) == 1 else None
    for target in targets if some else []:
        yield Move(RECYCLED, name, target, some, flow, after)
    back = [each.returns for each in rules if each.returns is not None and mean(each.returns.share) > 0]
    if back and _exit_rule(rules, "competitor"):
        some, after = between((mean(each.share) for each in back), share), _after([each.after for each in back])
        for target in dict.fromkeys(each.to or name for each in back):
            yield Move(RETURNS, ENDS["competitor"], target, some, after=after, via=name)


def _after(values: Sequence[Number]) -> str:
    return between(map(mean, values), duration) if any(map(mean, values)) else ""


def _by_sector(scenario: Scenario, name: str) -> list[Stage]:
    return [scenario.stage(name, sector) for sector in scenario.sectors] or [scenario.stage(name)]


def _exit_rule(rules: list[Stage], name: str) -> str:
    """Which share of the rejected and of those gone cold take an exit; empty where nobody does."""
    decks = {deck: [_exit_of(each, deck, name) for each in rules] for deck in ("rejected", "neglected", "late")}
    happen = {deck: [some for some in shares if some is not None] for deck, shares in decks.items()}
    said = {
        deck: between((some or 0.0 for some in decks[deck]), share) for deck, shares in happen.items() if any(shares)
    }
    cold = [deck for deck in ("neglected", "late") if happen[deck]]
    texts = {said.pop(deck, "") for deck in cold} if len({said.get(deck) for deck in cold}) == 1 else set()
    if any(texts):
        said["cold"] = texts.pop()
    return listed([f"{text} of {deck}" for deck, text in said.items()]) if said else ""


def _exit_of(rules: Stage, deck: str, name: str) -> float | None:
    """The share of the rejected, neglected or late leads of a stage that takes an exit; None where there are none."""
    if deck == "rejected":
        is_any = rules.threshold is not None or mean_conversion(rules, None) < 1.0
        return exit_share(rules.rejected, name) if is_any else None
    if deck == "neglected":
        is_any = rules.neglect is not None and mean(rules.neglect) > 0
        return exit_share(rules.cold.neglected if rules.cold else None, name) if is_any else None
    is_any = (rules.response is not None or rules.team is not None) and _is_mortal(rules)
    return exit_share(rules.cold.late if rules.cold else None, name) if is_any else None


def _is_mortal(rules: Stage) -> bool:
    return rules.shelf_life is not None or rules.give_up is not None
