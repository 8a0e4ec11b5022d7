"""What keeps a target out of reach: a team with more work than people, leads that go cold, or the funnel itself?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from simfunnel.claims import Claim, Selector
from simfunnel.measures import MEASURES
from simfunnel.results import Chance, Result
from simfunnel.results.text import percent, plain

_BUSY = 0.95  # of its working time: such a team has no room for more
_LOSES = {  # in the words of a sentence, by cause of the ledger
    "neglected": "because nobody ever works its leads",
    "late": "because its leads are worked too late",
    "queue": "because its leads go cold in a queue",
    "waiting": "because its leads wait too long in a queue",
}
_SHORT = {
    "funnel": "the number of leads, their conversion or the time they take",
    "return": "not that leads go cold, but what they bring beside what they cost",
}


@dataclass(frozen=True)
class Estimate:
    """A mean per future or a share, with its Monte Carlo error."""

    value: float
    mcse: float


@dataclass(frozen=True)
class Binding:
    """What keeps a target out of reach.

    Attributes
    ----------
    kind : str
        ``team``: it has no room for more, or loses what the target needs; ``cold``: the ideal twin, with whom no lead
        goes cold, would reach it; ``funnel``: there are too few leads, or too few of them are won by the end, even
        with the twin; ``return``: deals bring too little for what they cost, even with the twin.
    at : float
        The value of the lever at which this was seen.
    twin : Chance or None
        Of the same target with the ideal twin, which has people without end; None where the twin has no such figure.
    team : str or None
    busy, gone : Estimate or None
        Share of its working time in which the team works, and leads that it loses in its queue, per future.
    stage, cause : str or None
        Where and why most deals are lost to leads that go cold.
    lost : Estimate or None
        Deals lost there, per future.
    """

    kind: str
    at: float
    twin: Chance | None = None
    team: str | None = None
    busy: Estimate | None = None
    gone: Estimate | None = None
    stage: str | None = None
    cause: str | None = None
    lost: Estimate | None = None

    def words(self, value: str) -> str:
        """A part of a sentence; ``value`` is that of the lever in words."""
        if self.kind == "team":
            assert self.busy is not None
            assert self.gone is not None
            busy, gone = percent(min(self.busy.value, 1.0), self.busy.mcse), plain(self.gone.value, self.gone.mcse)
            said = f"what binds is the team '{self.team}': at {value} it works {busy} of its time"
            return f"{said} and loses {gone} leads a future in its queue"
        assert self.twin is not None
        low, high = (percent(end, self.twin.mcse).removesuffix(" %") for end in (self.twin.low, self.twin.high))
        chance = f"{percent(self.twin.value, self.twin.mcse)} ({plain(self.twin.level * 100)} % CI {low} to {high} %)"
        if self.kind in _SHORT:
            start = f"what binds is {_SHORT[self.kind]}: even with the ideal twin at {value}"
            return f"{start}, where none goes cold, the chance is {chance}"
        assert self.lost is not None
        most = f"the most, {plain(self.lost.value, self.lost.mcse)} deals a future, is lost at {self.stage}"
        start = f"what binds are leads that go cold: with the ideal twin at {value} the chance is {chance}"
        return f"{start}; {most} {_LOSES[str(self.cause)]}"

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def binding(run: Result, claim: Claim, wanted: float, at: float, level: float) -> Binding | None:
    """What binds in a run in which the target is not reached with the wanted chance; None where that cannot be told."""
    twin, team = _twin(run, claim, level), _busiest(run, at)
    stage, cause, lost = _worst(run)
    if team is not None and cause in ("queue", "waiting") and (twin is None or twin.value >= wanted):
        return team
    if twin is None:
        return team
    if twin.value >= wanted and lost is not None:
        return Binding("cold", at, twin=twin, stage=stage, cause=cause, lost=lost)
    return Binding("funnel" if claim.selector.name in ("deals", "revenue") else "return", at, twin=twin)


def _twin(run: Result, claim: Claim, level: float) -> Chance | None:
    """The chance of the target with the ideal twin."""
    name = f"twin_{claim.selector.name}"
    if claim.selector.where or name not in MEASURES or claim.op not in (">=", ">"):
        return None
    return run.chance(Claim(Selector(name), claim.op, claim.value), level)


def _busiest(run: Result, at: float) -> Binding | None:
    """The team that loses most leads in its queue, if any has no room for more or loses some."""
    teams = run.teams()
    if teams.empty:
        return None
    row = teams.sort_values(["gone", "utilisation"]).iloc[-1]
    busy, gone = (Estimate(float(row[name]), float(row[f"{name}_mcse"])) for name in ("utilisation", "gone"))
    if busy.value < _BUSY and gone.value <= 2 * gone.mcse:
        return None
    return Binding("team", at, team=str(row["team"]), busy=busy, gone=gone)


def _worst(run: Result) -> tuple[str | None, str | None, Estimate | None]:
    """Where, why and how many deals are lost most to cold leads."""
    ledger = run.ledger().iloc[:-1]
    row = ledger.iloc[int(np.argmax(ledger["net_deals"].to_numpy()))]
    if not row["net_deals"] > 0:
        return None, None, None
    return str(row["stage"]), str(row["cause"]), Estimate(float(row["net_deals"]), float(row["net_deals_mcse"]))
