"""What happens at each stage, in every sector where it differs?"""

from __future__ import annotations

from dataclasses import dataclass

from simfunnel.explanation import nurture
from simfunnel.explanation.scores import quality_text, search_text, threshold_text
from simfunnel.explanation.words import Line, lasting, mean, origins, paragraph, said, share
from simfunnel.resolved import Resolved
from simfunnel.resolved.effects import BaseRate
from simfunnel.resolved.nurture import decides, prospects, threshold_decides
from simfunnel.resolved.scores import found_share, share_above, weight_of
from simfunnel.resolved.stages import in_time
from simfunnel.results.text import listed
from simfunnel.scenario import Exits, Number, Recycle, Returns, Scenario, Stage

_EXITS = {
    "no_decision": "decide for nobody",
    "competitor": "go to a competitor",
    "dropped": "are dropped",
    "recycle": "are recycled",
}


@dataclass(frozen=True)
class Rates:
    """What a stage's rules come to, all of them means: shares of 0 to 1.

    Attributes
    ----------
    of_worked, of_entered : float
        Conversion of the leads that are worked, and of all that enter.
    neglected : float
    late : float
        Of those not neglected.
    """

    of_worked: float
    of_entered: float
    neglected: float
    late: float


class Rules:
    """The stages of a scenario by sector, with what their rules come to."""

    def __init__(self, resolved: Resolved) -> None:
        self.scenario = resolved.scenario
        self.sectors = resolved.plan.sectors
        self.teams = {stage.name: stage.team.tolist() for stage in resolved.plan.stages}
        self._late: dict[tuple[Number | None, ...], float] = {}

    def rule(self, stage: str, sector: str) -> Stage:
        """The rules of a stage in a sector."""
        return self.scenario.stage(stage, sector)

    def rates(self, stage: str, sector: str) -> Rates:
        """What the rules of a stage come to in a sector."""
        rule = self.rule(stage, sector)
        neglected, late = mean(rule.neglect or 0.0), self._late_share(rule)
        worked = (1.0 - neglected) * (1.0 - late)
        if rule.conversion_of_entered is not None:
            entered = mean(rule.conversion_of_entered)
            return Rates(entered / worked if worked else 0.0, entered, neglected, late)
        of_worked = mean(self._conversion(rule)) * found_share(rule.enrichment)
        if rule.programme is not None and decides(rule):
            of_worked = prospects(rule.programme, self.scenario.score).qualified * found_share(rule.enrichment)
        return Rates(of_worked, of_worked * worked, neglected, late)

    def base_rate(self, stage: str, sector: str) -> BaseRate:
        """The conversion of a stage's worked leads in a sector, as an effect on the odds finds it."""
        rule, rates = self.rule(stage, sector), self.rates(stage, sector)
        drift: Number = 0.0 if rule.drift is None else rule.drift.sd
        weight = weight_of(self.scenario, rule)
        if rule.conversion_of_entered is not None:
            return BaseRate(rule.conversion_of_entered, (1.0 - rates.neglected) * (1.0 - rates.late), drift, weight)
        return BaseRate(self._conversion(rule), 1.0, drift, weight)

    def _conversion(self, rule: Stage) -> Number:
        if rule.threshold is not None and self.scenario.score is not None:
            return share_above(self.scenario.score, rule.threshold)
        return 1.0 if rule.conversion is None else rule.conversion

    def _late_share(self, rule: Stage) -> float:
        clocks = (rule.response, rule.shelf_life, rule.patient, rule.give_up)
        if clocks not in self._late:
            self._late[clocks] = 1.0 - in_time(rule)
        return self._late[clocks]


def stage_text(rules: Rules) -> list[str]:
    """A paragraph a stage."""
    return [line for stage in rules.scenario.process for line in _stage(rules, stage)]


def _stage(rules: Rules, stage: str) -> list[str]:
    base = rules.rule(stage, rules.sectors[0])
    heading = stage if base.owner is None else f"{stage}, owned by {base.owner}"
    said_of_it = [base.definition, base.metric and f"Metric: {base.metric}", base.sla and f"SLA: {base.sla}"]
    intro = " ".join(f"{text[:1].upper()}{text[1:].rstrip('.')}." for text in said_of_it if text)
    by_sector = {sector: _topics(rules, stage, sector) for sector in rules.sectors}
    lines: list[Line] = []
    for topic in next(iter(by_sector.values())):
        lines += _lines(rules.scenario, stage, topic, {name: texts[topic] for name, texts in by_sector.items()})
    return paragraph(heading, lines, intro)


def _lines(scenario: Scenario, stage: str, topic: str, texts: dict[str, str]) -> list[Line]:
    """One line where all sectors agree, else one for each group of sectors that do."""
    groups: dict[str, list[str]] = {}
    for sector, text in texts.items():
        groups.setdefault(text, []).append(sector)
    found = []
    for text, sectors in groups.items():
        if not text:
            continue
        prefix = "" if len(groups) == 1 else f"In {listed(sectors)}: "
        stem = f"sectors.{sectors[0]}.stages" if scenario.sectors else "stages"
        levers = scenario.levers(stage, sectors[0] if scenario.sectors else None)
        where = origins(scenario, [levers.get(key, f"{stem}.{stage}.{key}") for key in _KEYS[topic]])
        found.append(Line(f"{prefix}{text if prefix else text[:1].upper() + text[1:]}.", where))
    return found


_KEYS = {
    "conversion": ("conversion", "conversion_of_entered", "threshold"),
    "quality": ("score_weight",),
    "enrichment": ("enrichment",),
    "neglect": ("neglect",),
    "response": ("team", "response"),
    "service": ("service",),
    "keeping": ("shelf_life", "patient", "give_up"),
    "late": (),
    "programme": ("programme",),
    "takes": ("takes", "rejected_takes"),
    "cold": ("cold",),
    "rejected": ("rejected", "reasons"),
    "recycle": ("recycle",),
    "returns": ("returns",),
    "drift": ("drift",),
    "costs": ("cost_per_entry", "cost_per_work"),
}


def _topics(rules: Rules, stage: str, sector: str) -> dict[str, str]:
    """What is said of each topic in one sector; empty where there is nothing to say."""
    rule, currency = rules.rule(stage, sector), rules.scenario.currency
    if stage == rules.scenario.process[-1]:
        return {"conversion": "won", "costs": _costs(rule, currency)}
    rates = rules.rates(stage, sector)
    can_go_cold = rates.neglected > 0 or rates.late > 0 or (rule.team is not None and _is_mortal(rule))
    return {
        "conversion": _conversion(rules.scenario, rule, rates),
        "quality": quality_text(rules.scenario, rule),
        "enrichment": search_text(rule.enrichment, currency),
        "neglect": _neglect(rule),
        "response": _response(rule, rates),
        "service": "" if rule.team is None else _service(rule),
        "keeping": _keeping(rule, rates),
        "late": _lateness(rule, rates),
        "programme": nurture.programme(rule.programme, rules.scenario.score, currency),
        "takes": _takes(rule),
        "cold": _cold(rule) if can_go_cold else "",
        "rejected": "" if rates.of_worked >= 1.0 else _rejected(rule),
        "recycle": _recycle(rules, stage, sector, rule.recycle) if _recycles(rule) else "",
        "returns": _returns(stage, rule.returns),
        "drift": _drift(rule),
        "costs": _costs(rule, currency),
    }


def _conversion(scenario: Scenario, rule: Stage, rates: Rates) -> str:
    if rule.programme is not None and decides(rule):
        return nurture.qualified(rule.programme, scenario.score)
    if rule.threshold is not None:
        return threshold_text(scenario, rule)
    if rule.team is not None:
        return (
            f"{said(rule.conversion or 0.0, 'share')} of the worked advance; how many are worked, their queue decides"
        )
    if rule.conversion_of_entered is not None:
        entered = said(rule.conversion_of_entered, "share")
        if rates.of_worked == rates.of_entered:
            return f"{entered} of all that enter advance; all are worked in time, so it is the same of the worked"
        return f"{entered} of all that enter advance, so {share(rates.of_worked)} of the worked"
    assert rule.conversion is not None
    if rule.enrichment is not None:
        would = f"{said(rule.conversion, 'share')} of the worked would advance if no fact was missing"
        return f"{would}; as it is, {share(rates.of_entered)} of all that enter do"
    if rates.of_worked == rates.of_entered:
        return f"{said(rule.conversion, 'share')} advance, of the worked and of all that enter: all are worked in time"
    return f"{said(rule.conversion, 'share')} of the worked advance, so {share(rates.of_entered)} of all that enter"


def _neglect(rule: Stage) -> str:
    return f"{said(rule.neglect, 'share')} are neglected: nobody will ever work them" if rule.neglect else ""


def _response(rule: Stage, rates: Rates) -> str:
    whom = "the others are" if rates.neglected else "a lead is"
    if rule.team is not None:
        joins = f"{'the others join' if rates.neglected else 'a lead joins'} the queue of {rule.team}"
        return f"{joins} {f'after {lasting(rule.response)}' if rule.response else 'at once'}"
    return f"{whom} worked {f'after {lasting(rule.response)}' if rule.response else 'at once'}"


def _service(rule: Stage) -> str:
    if not rule.service:
        return f"being worked takes {rule.team} no time"
    return f"being worked takes a person of {rule.team} {lasting(rule.service)}"


def _lateness(rule: Stage, rates: Rates) -> str:
    if rule.team is not None:
        return "who is still waiting then goes cold" if _is_mortal(rule) else "who waits, waits until it is worked"
    if not rule.response:
        return ""
    if not _is_mortal(rule):
        return "as leads keep for ever, none is reached too late"
    whom = "of those not neglected, " if rates.neglected else ""
    return f"{whom}{share(rates.late) if rates.late else 'none'} are reached too late"


def _is_mortal(rule: Stage) -> bool:
    return rule.shelf_life is not None or rule.give_up is not None


def _keeping(rule: Stage, rates: Rates) -> str:
    if not _is_mortal(rule):
        return "a lead keeps for ever" if rates.neglected or rule.team is not None else ""
    life = "a lead keeps for ever" if rule.shelf_life is None else f"shelf life {lasting(rule.shelf_life)}"
    if rule.patient and rule.shelf_life is not None:
        life += f", but {said(rule.patient, 'share')} are patient and keep for ever"
    if rule.give_up is not None:
        life += f"; unworked leads are given up after {lasting(rule.give_up)}"
    return life


def _takes(rule: Stage) -> str:
    advance = f"advancing takes {lasting(rule.takes)}" if rule.takes else "advancing takes no time"
    if rule.rejected_takes is None:
        return f"{advance}; being rejected takes as long" if rule.takes else ""
    return f"{advance}; being rejected takes {lasting(rule.rejected_takes)}"


def _cold(rule: Stage) -> str:
    if rule.cold is None or rule.cold.neglected == rule.cold.late:
        return f"of the cold leads, {_exits(rule.cold.neglected if rule.cold else None)}"
    late = "the late" if rule.team is None else "those that wait too long"
    return f"of the neglected, {_exits(rule.cold.neglected)}; of {late}, {_exits(rule.cold.late)}"


def _rejected(rule: Stage) -> str:
    if not rule.reasons:
        return f"of the rejected, {_exits(rule.rejected)}"
    left = 1.0 - sum(each.share for each in rule.reasons.values() if isinstance(each.share, float))
    told = [
        f"{share(each.share if isinstance(each.share, float) else left)} for '{name}' ({_EXITS[each.exit]})"
        for name, each in rule.reasons.items()
    ]
    return f"of the rejected, {listed(told)}"


def _exits(exits: Exits | None) -> str:
    if exits is None:
        return "all are dropped (the default)"
    written = {name: value for name in _EXITS if (value := getattr(exits, name)) is not None}
    left = 1.0 - sum(mean(value) for value in written.values() if value != "rest")
    parts = []
    for name, value in written.items():
        amount = share(left) if value == "rest" else said(value, "share")
        parts.append(f"{'all' if amount == '100 %' else amount} {_EXITS[name]}")
    return listed([part for part in parts if not part.startswith("0 % ")])


def _recycles(rule: Stage) -> bool:
    """Whether anybody is recycled from this stage."""
    maps = [rule.rejected, *((rule.cold.neglected, rule.cold.late) if rule.cold else ())]
    return any(exits is not None and exits.recycle not in (None, 0.0) for exits in maps)


def _recycle(rules: Rules, stage: str, sector: str, written: Recycle | None) -> str:
    recycle = written or Recycle()
    target = recycle.to or stage
    when = f"after {lasting(recycle.after)}" if recycle.after else "at once"
    text = f"recycled leads go back to {target} {when}, {_odds(rules, target, sector, recycle)}"
    text += f"; a lead may be recycled {recycle.limit} times, then it is dropped"
    if recycle.cost:
        text += f"; each time costs {said(recycle.cost, 'money', rules.scenario.currency)}"
    return text


def _odds(rules: Rules, target: str, sector: str, recycle: Recycle) -> str:
    base = rules.base_rate(target, sector)
    if recycle.lift is not None:
        often = f"{share(abs(recycle.lift))} {'more' if recycle.lift >= 0 else 'less'} often"
        return f"advancing from there {often}, by a factor on the odds that stays with them"
    if recycle.odds is None or recycle.odds == 1.0:
        return "with the odds of a fresh lead"
    text = f"each time with {said(recycle.odds, 'number')} times the odds from then on"
    if threshold_decides(rules.rule(target, sector)):
        return f"{text}, at the stages after it: at {target} a threshold decides"
    if not 0 < base.mean < 1:
        return text
    return f"{text} ({share(base.mean)} of the worked become {share(base.under(recycle.odds))})"


def _returns(stage: str, returns: Returns | None) -> str:
    if returns is None:
        return ""
    where = returns.to or stage
    some = said(returns.share, "share")
    return f"of those gone to a competitor, {some} return to {where} after {lasting(returns.after)}"


def _drift(rule: Stage) -> str:
    if rule.drift is None:
        return ""
    every, kept = lasting(rule.drift.every), rule.drift.carry_over
    carried = f", {share(kept)} of which carries over" if kept else ""
    swing = said(rule.drift.sd, "number")
    return f"conversion drifts: a shock to the log-odds every {every}, standard deviation {swing}{carried}"


def _costs(rule: Stage, currency: str) -> str:
    parts = []
    if rule.cost_per_entry:
        parts.append(f"{said(rule.cost_per_entry, 'money', currency)} an entry")
    if rule.cost_per_work:
        parts.append(f"{said(rule.cost_per_work, 'money', currency)} a lead worked")
    return f"costs {listed(parts)}" if parts else ""
