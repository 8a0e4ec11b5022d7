"""What is promised about the stages, what do the rules make of it, and what would keeping it cost?"""

from __future__ import annotations

from collections.abc import Iterator

from simfunnel.explanation.stages import Rules
from simfunnel.explanation.words import Line, bullet, duration, each, lasting, origins, said, sentence, share
from simfunnel.resolved.sources import expected_leads
from simfunnel.resolved.stages import in_time
from simfunnel.resolved.workload import sector_share
from simfunnel.results.text import listed
from simfunnel.scenario import Scenario, Sla, Stage

_NEARLY = 1e-9  # so that who is worked just at the deadline is worked in time


def promise_text(rules: Rules) -> list[str]:
    """A bullet an SLA."""
    return [bullet(_line(rules, name, sla)) for name, sla in rules.scenario.slas.items()]


def broken(rules: Rules) -> Iterator[str]:
    """Responses that the rules bring about less often than is promised."""
    for name, sla in rules.scenario.slas.items():
        kept = expected(rules, sla)
        if kept and sla.share is not None and _over_all(rules.scenario, kept) < sla.share:
            shown = _shown(kept)
            promised = f"promises work within {duration(sla.within or 0.0)} for {share(sla.share)}"
            yield f"the SLA {name} {promised}, and by the rules of {sla.stage} it begins by then for {shown}"


def _over_all(scenario: Scenario, kept: dict[str, float]) -> float:
    """The share over the leads of these sectors, in which so many arrive."""
    leads = {
        sector: sum(
            expected_leads(scenario, each) * sector_share(scenario, each, sector) for each in scenario.sources.values()
        )
        for sector in kept
        if sector in scenario.sectors
    }
    whole = sum(leads.values())
    if not whole:
        return max(kept.values())
    return sum(number * kept[sector] for sector, number in leads.items()) / whole


def expected(rules: Rules, sla: Sla) -> dict[str, float]:
    """By sector, of all that enter the share that is worked within the time promised; empty where a queue or working
    hours decide it."""
    if sla.within is None or sla.time == "working":
        return {}
    found = {}
    for k, sector in enumerate(rules.sectors):
        rule = rules.rule(sla.stage, sector)
        if sla.sectors is not None and sector not in sla.sectors:
            continue
        if rules.teams[sla.stage][k] >= 0 or (rule.give_up is not None and not isinstance(rule.give_up, float)):
            return {}
        found[sector] = (1.0 - rules.rates(sla.stage, sector).neglected) * _by_then(rule, sla.within)
    return {"": next(iter(found.values()))} if len(set(found.values())) == 1 else found


def _shown(kept: dict[str, float]) -> str:
    return listed([f"{share(value)}{f' in {where}' if len(kept) > 1 else ''}" for where, value in kept.items()])


def _by_then(rule: Stage, within: float) -> float:
    """Of those not neglected, the share that is worked within a time, before it has gone cold."""
    ends = within * (1.0 + _NEARLY) if rule.give_up is None else min(within * (1.0 + _NEARLY), float(rule.give_up))  # type: ignore[arg-type]
    return in_time(rule.model_copy(update={"give_up": ends}))


def _line(rules: Rules, name: str, sla: Sla) -> Line:
    whom = f" in {listed(sla.sectors)}" if sla.sectors else ""
    text = f"{name}: {_promise(rules, sla, whom)}"
    kept = expected(rules, sla)
    if kept:
        text += f". By the rules as they stand, it is for {_shown(kept)}"
    if sla.lever is not None:
        text += f". {_lever(rules, sla)}"
    return Line(sentence(text), origins(rules.scenario, [f"slas.{name}"]))


def _promise(rules: Rules, sla: Sla, whom: str) -> str:
    if sla.entries is not None:
        from simfunnel.scenario.emitting import leads_text

        return f"{leads_text(sla.entries)} are to enter {sla.stage}{whom}"
    if sla.accepted is not None:
        return f"of the leads decided at {sla.stage}{whom}, {share(sla.accepted)} are to advance"
    clock = f" of working time{_in_their_days(rules, sla)}" if sla.time == "working" else ""
    begins = f"work is to begin within {duration(sla.within or 0.0)}{clock}"
    return f"{begins} for {share(sla.share or 0.0)} of those that enter {sla.stage}{whom}"


def _in_their_days(rules: Rules, sla: Sla) -> str:
    """A working time in days of the team: 2 days are six days of eight hours."""
    sector = sla.sectors[0] if sla.sectors else rules.sectors[0]
    team = rules.rule(sla.stage, sector).team
    hours = None if team is None else rules.scenario.teams[team].hours
    if hours is None:
        return ""
    days = (sla.within or 0.0) / sum(closes - opens for opens, closes in hours)
    return f" ({days:.2g} {'day' if f'{days:.2g}' == '1' else 'days'} of theirs)"


def _lever(rules: Rules, sla: Sla) -> str:
    """What keeping it does; in the place of which rules, where it is not pulled."""
    assert sla.lever is not None
    parts = []
    if sla.lever.neglect is not None:
        parts.append(f"neglect {said(sla.lever.neglect, 'share')}")
    if sla.lever.response is not None:
        parts.append(f"response after {lasting(sla.lever.response)}")
    cost = ""
    if sla.lever.cost is not None:
        cost = f", for {said(sla.lever.cost.amount, 'money', rules.scenario.currency)}"
        cost += "" if sla.lever.cost.per is None else f" {each(sla.lever.cost.per)}"
    if sla.active:
        return f"It is kept, and that is what {sla.stage} has now: {listed(parts)}{cost}"
    return f"Keeping it would bring {listed(parts)}{cost} (`active: yes`); now the stage has its own rules"
