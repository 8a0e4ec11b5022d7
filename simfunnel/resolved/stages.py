"""What are the rules of each stage in each sector, with every default explicit?"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from simfunnel.distributions import Distribution, nodes
from simfunnel.engine.plan import Clock, Drift, Floats, Ints, Knob, Reasons, StagePlan
from simfunnel.errors import Problem
from simfunnel.resolved import scores
from simfunnel.resolved.effects import BaseRate
from simfunnel.resolved.inputs import Inputs, Number, deal_values, mean_of
from simfunnel.resolved.nurture import programme_plan, threshold_decides
from simfunnel.resolved.teams import team_of, value_per_hour
from simfunnel.scenario import schema

_EXITS = ("no_decision", "competitor", "dropped", "recycle")
_NO_RECYCLE, _NO_RETURNS = schema.Recycle(), schema.Returns(share=0.0, after=0.0)
_MOST_CUT = 0.01  # of a mean that may be lost where a draw is above what can be
_NODES = 1 << 13  # midpoints for the chance of being worked in time: an error below 1e-4


class Stages:
    """Resolves the stages of a scenario one by one; faults that only show here are collected in ``problems``."""

    def __init__(
        self, scenario: schema.Scenario, sectors: tuple[str, ...], inputs: Inputs, problems: list[Problem]
    ) -> None:
        self.scenario, self.sectors, self.inputs, self.problems = scenario, sectors, inputs, problems
        self.names = scenario.process
        self.rules = {name: [scenario.stage(name, sector) for sector in sectors] for name in self.names}
        self.worked_share = {name: self._worked_share(name) for name in self.names[:-1]}
        self.base_rate = {name: self._base_rate(name) for name in self.names[:-1]}
        self.value_per_hour = self._value_per_hour()
        self.lifted: set[str] = set()  # stages of whose mean conversion a lift is
        self._factors: dict[tuple[BaseRate, float], float | None] = {}

    def plans(self) -> tuple[StagePlan, ...]:
        """All stages in order; the last, won, keeps only the cost of its entries."""
        return tuple(self._plan(name) for name in self.names)

    def _plan(self, name: str) -> StagePlan:
        rules, key = self.rules[name], ("stage", name)
        recycles = [rule.recycle or _NO_RECYCLE for rule in rules]
        returns = [rule.returns or _NO_RETURNS for rule in rules]
        conversions = [_first(rule.conversion, rule.conversion_of_entered, 1.0) for rule in rules]
        takes = [_first(rule.takes, 0.0) for rule in rules]
        return StagePlan(
            name=name,
            conversion=self.inputs.knob((*key, "conversion"), conversions),
            worked_share=self.worked_share.get(name, np.ones(len(rules))),
            threshold=scores.thresholds(rules),
            quality_weight=scores.weights(self.scenario, name, rules, self.inputs),
            enrichment=scores.enrichment(name, rules, self.inputs),
            neglect=self._knob(name, "neglect"),
            response=self._response(name),
            shelf_life=self._endless(name, "shelf_life"),
            patient=self._knob(name, "patient"),
            give_up=self._endless(name, "give_up"),
            takes=self._clock(name, "takes"),
            rejected_takes=self._rejected_takes(name, takes),
            cold=(
                self.inputs.exits((*key, "cold"), [None if r.cold is None else r.cold.neglected for r in rules]),
                self.inputs.exits((*key, "cold"), [None if r.cold is None else r.cold.late for r in rules]),
            ),
            rejected=self.inputs.exits((*key, "rejected"), [rule.rejected for rule in rules]),
            recycle_to=self._indices(name, [each.to for each in recycles]),
            recycle_after=self._of((*key, "recycle.after"), [each.after for each in recycles]),
            recycle_odds=self._recycle_odds(name, recycles),
            recycle_limit=np.array([each.limit for each in recycles], np.int64),
            recycle_cost=self.inputs.money((*key, "recycle.cost"), [each.cost for each in recycles]),
            return_share=self.inputs.knob((*key, "returns.share"), [each.share for each in returns]),
            return_after=self._of((*key, "returns.after"), [each.after for each in returns]),
            return_to=self._indices(name, [each.to for each in returns]),
            drift=self._drift(name),
            programme=programme_plan(name, [rule.programme for rule in rules], self.inputs),
            cost_per_entry=self.inputs.money((*key, "cost_per_entry"), [_first(r.cost_per_entry, 0.0) for r in rules]),
            cost_per_work=self.inputs.money((*key, "cost_per_work"), [_first(r.cost_per_work, 0.0) for r in rules]),
            team=team_of(self.scenario, rules),
            service=self._clock(name, "service"),
            reasons=_reasons(rules),
            value_per_hour=self.value_per_hour[:, self.names.index(name)],
        )

    def lift_factor(self, name: str, sector: int, lift: float, path: str) -> float:
        """The odds factor that changes the base rate of a stage, its mean over ignorance, drift and quality, by
        ``lift``; 1 where a threshold decides, which no odds move."""
        if threshold_decides(self.rules[name][sector]):
            return 1.0
        if lift:
            self.lifted.add(name)
        rate = self.base_rate[name][sector]
        if (rate, lift) not in self._factors:
            self._factors[rate, lift] = rate.factor(lift)
        factor = self._factors[rate, lift]
        if factor is None:
            p, (low, high) = rate.mean, rate.reach
            said = f"a lift of {lift:.0%} takes the conversion of {name} from {p:.1%} to {p * (1.0 + lift):.1%}"
            fits = f"at most {high / p - 1.0:.0%}" if lift > 0.0 else f"no less than {low / p - 1.0:.0%}"
            self.problems.append(Problem(path, f"{said}; {fits} fits"))
        return 1.0 if factor is None else factor

    def _knob(self, name: str, rule: str) -> Knob:
        return self.inputs.knob(("stage", name, rule), [_first(getattr(each, rule), 0.0) for each in self.rules[name]])

    def _rejected_takes(self, name: str, takes: list[Number]) -> Clock | None:
        """A clock; where none is written it is that of advancing, with the same unknowns and a roll of its own."""
        rules, key = self.rules[name], ("stage", name)
        values = [_first(rule.rejected_takes, each) for rule, each in zip(rules, takes, strict=True)]
        if all(not isinstance(value, Distribution) and value == 0.0 for value in values):
            return None
        unknown = [(*key, "takes" if rule.rejected_takes is None else "rejected_takes") for rule in rules]
        return self.inputs.clock((*key, "rejected_takes"), values, unknown=unknown)

    def _response(self, name: str) -> Clock | None:
        """A clock; None where leads are worked the moment they enter, and none is cold by then."""
        values = [_first(rule.response, 0.0) for rule in self.rules[name]]
        if any(_may_be_zero(each) for rule in self.rules[name] for each in (rule.shelf_life, rule.give_up)):
            return self.inputs.clock(("stage", name, "response"), values)
        return self._of(("stage", name, "response"), values)

    def _clock(self, name: str, rule: str) -> Clock | None:
        return self._of(("stage", name, rule), [_first(getattr(each, rule), 0.0) for each in self.rules[name]])

    def _endless(self, name: str, rule: str) -> Clock | None:
        values = [getattr(each, rule) for each in self.rules[name]]
        if all(value is None for value in values):
            return None
        return self.inputs.clock(("stage", name, rule), [np.inf if value is None else value for value in values])

    def _of(self, names: tuple[str, ...], values: list[Number]) -> Clock | None:
        """A clock, or None where it takes no time at all."""
        return (
            None
            if all(not isinstance(v, Distribution) and v == 0.0 for v in values)
            else self.inputs.clock(names, values)
        )

    def _indices(self, name: str, targets: list[str | None]) -> Ints:
        return np.array([self.names.index(name if target is None else target) for target in targets], np.int64)

    def _recycle_odds(self, name: str, recycles: list[schema.Recycle]) -> Knob:
        factors: list[Number] = []
        for k, each in enumerate(recycles):
            if each.lift is None:
                factors.append(_first(each.odds, 1.0))
                continue
            target, path = name if each.to is None else each.to, self._path(name, k, "recycle")
            if each.lift and threshold_decides(self.rules[target][k]):
                said = f"is of a conversion, and at {target} a threshold says who advances, which no odds move"
                fix = "write `odds`, which count at the stages after it, or leave it out"
                self.problems.append(Problem(f"{path}.lift", f"{said}; {fix}"))
            factors.append(self.lift_factor(target, k, each.lift, f"{path}.lift"))
        return self.inputs.knob(("stage", name, "recycle.odds"), factors)

    def _path(self, name: str, sector: int, key: str) -> str:
        """Where a rule of a stage that a sector reads is written."""
        own = self.scenario.sectors.get(self.sectors[sector])
        is_own = own is not None and name in own.stages and getattr(own.stages[name], key) is not None
        return f"{f'sectors.{self.sectors[sector]}.' if is_own else ''}stages.{name}.{key}"

    def _drift(self, name: str) -> Drift | None:
        drifts = [rule.drift for rule in self.rules[name]]
        given = [drift for drift in drifts if drift is not None]
        if not given:
            return None
        if any((drift.carry_over, drift.every) != (given[0].carry_over, given[0].every) for drift in given):
            said = (
                "sectors may have their own sd, but share one carry_over and one period of drift: the shock is common"
            )
            self.problems.append(Problem(f"stages.{name}.drift", said))
        sd = self.inputs.knob(("stage", name, "drift.sd"), [0.0 if drift is None else drift.sd for drift in drifts])
        return None if sd.is_zero else Drift(sd, given[0].carry_over, given[0].every)

    def _worked_share(self, name: str) -> Floats:
        """By sector: 1, or where the conversion is of entered leads the chance of being worked in time."""
        shares = np.ones(len(self.sectors))
        for k, rule in enumerate(self.rules[name]):
            if rule.conversion_of_entered is None:
                continue
            shares[k] = (1.0 - mean_of(_first(rule.neglect, 0.0))) * in_time(rule)
            stated, beyond = mean_of(rule.conversion_of_entered), _beyond(rule.conversion_of_entered, shares[k])
            if beyond > _MOST_CUT * stated:
                said = f"{stated:.1%} of the entered leads cannot advance where only {shares[k]:.1%} are worked in time"
                if stated <= shares[k]:
                    said = f"too uncertain: it often lies above the {shares[k]:.1%} that are worked in time"
                where = f" (sector {self.sectors[k]})" if len(self.sectors) > 1 else ""
                self.problems.append(Problem(f"stages.{name}.conversion_of_entered", said + where))
                shares[k] = 1.0
        return shares

    def _value_per_hour(self) -> Floats:
        """Shape (K, stages): what an hour of work is worth on average."""
        by_sector = zip(*(self.rules[name] for name in self.names), strict=True)
        values = deal_values(self.scenario)
        return np.array(
            [
                value_per_hour(list(rules), value, self.scenario.score)
                for rules, value in zip(by_sector, values, strict=True)
            ]
        )

    def _base_rate(self, name: str) -> list[BaseRate]:
        """By sector: the conversion of worked leads that no effect has moved."""
        return [
            BaseRate(
                self._rate(rule),
                float(share),
                0.0 if rule.drift is None else rule.drift.sd,
                scores.weight_of(self.scenario, rule),
            )
            for rule, share in zip(self.rules[name], self.worked_share[name], strict=True)
        ]

    def _rate(self, rule: schema.Stage) -> Number:
        """The conversion as written; where a threshold decides, the share of new leads that reach it."""
        if rule.threshold is not None and self.scenario.score is not None:
            return scores.share_above(self.scenario.score, rule.threshold)
        return _first(rule.conversion, rule.conversion_of_entered, 1.0)


def _reasons(rules: list[schema.Stage]) -> Reasons | None:
    """Why leads are rejected, by sector, on the unit interval of their exit."""
    names = sorted({name for rule in rules for name in rule.reasons or ()})
    if not names:
        return None
    edges, which = np.zeros((len(rules), len(names))), np.tile(np.arange(len(names)), (len(rules), 1))
    for k, rule in enumerate(rules):
        reasons = rule.reasons or {}
        rest = 1.0 - sum(each.share for each in reasons.values() if isinstance(each.share, float))
        shares = {name: max(rest, 0.0) if each.share == "rest" else each.share for name, each in reasons.items()}
        which[k] = sorted(which[k], key=lambda at: _EXITS.index(reasons[names[at]].exit) if names[at] in reasons else 9)
        edges[k] = np.cumsum([shares.get(names[at], 0.0) for at in which[k].tolist()])
        edges[k, edges[k] > 1.0 - 1e-12] = 1.0  # rounding leaves nobody without a reason
    return Reasons(tuple(names), edges, which)


def in_time(rule: schema.Stage) -> float:
    """The chance that a lead which is not neglected is worked before its shelf life and give-up end: P(W < E).

    Integrates P(shelf life > w) P(give up > w) over the response w, the shelf life being infinite for the patient.
    """
    if rule.shelf_life is None and rule.give_up is None:
        return 1.0
    response, patient = _first(rule.response, 0.0), mean_of(_first(rule.patient, 0.0))
    shelf_life, give_up = _first(rule.shelf_life, np.inf), _first(rule.give_up, np.inf)
    if not isinstance(response, Distribution):
        return in_time_after(rule, np.array([response]))
    if isinstance(shelf_life, Distribution) or isinstance(give_up, Distribution):
        return in_time_after(rule, midpoints(response))
    before = response.below(np.array([min(shelf_life, give_up), give_up]))
    return float((1.0 - patient) * before[0] + patient * before[1])


def in_time_after(rule: schema.Stage, wait: Floats) -> float:
    """The same where these waits, all of the same weight, stand for the response."""
    patient = mean_of(_first(rule.patient, 0.0))
    lasts = patient + (1.0 - patient) * _longer(_first(rule.shelf_life, np.inf), wait)
    return float((lasts * _longer(_first(rule.give_up, np.inf), wait)).mean())


def midpoints(value: Distribution) -> Floats:
    """Values of the same weight that stand for the whole distribution."""
    return nodes(value)[0] if value.inputs else _spread_out(value)


@lru_cache(maxsize=64)
def _spread_out(value: Distribution) -> Floats:
    found = value.quantile((np.arange(_NODES) + 0.5) / _NODES)
    found.flags.writeable = False
    return found


def _longer(value: Number, than: Floats) -> Floats:
    """P(value > than)."""
    if isinstance(value, Distribution):
        return 1.0 - np.asarray(value.cdf(than))
    return (value > than).astype(np.float64)


def _beyond(value: Number, limit: float) -> float:
    """By how much a number exceeds a limit on average."""
    return _above(value, limit) if isinstance(value, Distribution) else max(0.0, value - limit)


@lru_cache(maxsize=256)
def _above(value: Distribution, limit: float) -> float:
    return float(np.maximum(_spread_out(value) - limit, 0.0).mean())


def _may_be_zero(value: Number | None) -> bool:
    if isinstance(value, Distribution):
        return float(value.cdf(np.zeros(1))[0]) > 0.0
    return value == 0.0


def _first(*values: Number | None) -> Number:
    """The first that was given."""
    return next(value for value in values if value is not None)
