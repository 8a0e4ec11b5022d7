"""Which parts of a scenario are probably not what their author meant?"""

from __future__ import annotations

from collections.abc import Iterator

from simfunnel.explanation.pilot import Pilot
from simfunnel.explanation.promises import broken
from simfunnel.explanation.stages import Rules
from simfunnel.explanation.words import between, share, span
from simfunnel.resolved import Resolved, doubts
from simfunnel.resolved.nurture import decides
from simfunnel.results.text import listed, plain
from simfunnel.scenario import Scenario, Stage

_FAR_BELOW = 0.75  # of the plan
_LATE = 0.5
_OF_HORIZON = 0.25
_SAME = 0.95  # of two rates that nobody would tell apart


def warnings(resolved: Resolved, rules: Rules, first_look: Pilot) -> list[str]:
    """What should be looked at before anybody trusts a result, the weightiest first."""
    scenario = resolved.scenario
    return [
        *_empty_start(scenario, first_look),
        *_out_of_reach(resolved, rules, first_look),
        *(f"`{doubt.path}` {doubt.message}" for doubt in doubts(scenario)),
        *_leads(scenario),
        *(text for stage in scenario.process[:-1] for text in _stage(rules, stage)),
        *broken(rules),
        *_money(resolved),
    ]


def hints(rules: Rules) -> list[str]:
    """What may be meant as it is, and is worth a second look."""
    return [text for stage in rules.scenario.process[:-1] for text in _worked_or_entered(rules, stage)]


def _empty_start(scenario: Scenario, first_look: Pilot) -> Iterator[str]:
    days, on_hand = first_look.days_to_win, any(source.arrive.at_start for source in scenario.sources.values())
    if days is None or on_hand or days <= _OF_HORIZON * scenario.horizon:
        return
    text = f"a win takes {span(days)} in the median, and nothing is on hand at the start"
    if first_look.in_the_end > 0:
        inside = share(first_look.deals / first_look.in_the_end)
        text += f": only {inside} of the deals that these leads bring in the end fall within the horizon"
    cure = (
        "Add what is in the pipeline today as a source with `arrive: at start`, or follow the leads on with `run_off`"
    )
    yield f"{text}. {cure}"


def _out_of_reach(resolved: Resolved, rules: Rules, first_look: Pilot) -> Iterator[str]:
    customers, deals, error = resolved.customers, first_look.deals, first_look.deals_mcse
    if not customers or deals >= _FAR_BELOW * customers:
        return
    text = f"the plan wants {customers:,g} customers, and these rules bring {plain(deals, error)} on average"
    if plain(first_look.twin_deals, error) != plain(deals, error):
        text += f" ({plain(first_look.twin_deals, error)} if no lead went cold)"
    steps = listed([f"{stage} {_over_sectors(rules, stage)}" for stage in resolved.scenario.process[:-1]])
    most = ", at most" if resolved.scenario.teams else ""
    yield f"{text}. Of all that enter a stage, these advance{most}: {steps}"
    if deals > 0:
        yield f"to expect what the plan wants, it would take {customers / deals:.2g} times the leads, all else as it is"


def _over_sectors(rules: Rules, stage: str) -> str:
    return between((rules.rates(stage, sector).of_entered for sector in rules.sectors), share)


def _leads(scenario: Scenario) -> Iterator[str]:
    entered = {source.enters for source in scenario.sources.values()}
    first = min(scenario.process.index(stage) for stage in entered)
    unused = scenario.process[:first]
    if unused:
        yield f"no source enters before {scenario.process[first]}, so none but recycled leads are at {listed(unused)}"


def _stage(rules: Rules, stage: str) -> Iterator[str]:
    """What is odd about one stage; said once for all sectors where it is so."""
    by_text: dict[str, list[str]] = {}
    for sector in rules.sectors:
        for text in _odd(rules, stage, sector):
            by_text.setdefault(text, []).append(sector)
    for text, sectors in by_text.items():
        whose = "" if len(sectors) == len(rules.sectors) else f" in {listed(sectors)}"
        yield f"at {stage}{whose}, {text}"


def _odd(rules: Rules, stage: str, sector: str) -> Iterator[str]:
    rule, rates = rules.rule(stage, sector), rules.rates(stage, sector)
    if rates.of_entered <= 0:
        yield "nobody ever advances, so there are no deals from here"
    if rates.late > _LATE:
        ends = "shelf life" if rule.shelf_life is not None else "give-up"
        late = f"{share(rates.late)} of the leads that somebody would work are reached too late"
        yield f"{late}: the response is long for the {ends}"
    if rates.neglected and rule.shelf_life is None and rule.give_up is None:
        yield "neglected leads never go cold but stay open for ever, as there is neither `shelf_life` nor `give_up`"
    if _comes_back_at_once(rule):
        yield "recycled leads come back at once, as good as fresh: say otherwise with `recycle`, its `after` and `odds`"


def _comes_back_at_once(rule: Stage) -> bool:
    maps = [rule.rejected, *((rule.cold.neglected, rule.cold.late) if rule.cold else ())]
    if all(exits is None or exits.recycle in (None, 0.0) for exits in maps):
        return False
    recycle = rule.recycle
    return recycle is None or not (recycle.after or recycle.odds or recycle.lift or recycle.to)


def _money(resolved: Resolved) -> Iterator[str]:
    scenario = resolved.scenario
    sectors = list(scenario.sectors.values())
    own = [sector.deal_value for sector in sectors] or [None]
    if not any(scenario.deal_value if value is None else value for value in own):
        yield "no deal has a value, so revenue is 0 in every future"
    costs = [*resolved.plan.fixed_costs]
    for source in resolved.plan.sources:
        costs += [source.cost_per_lead, source.cost]
    for stage in resolved.plan.stages:
        costs += [stage.cost_per_entry, stage.cost_per_work, stage.recycle_cost]
        costs += [] if stage.programme is None else [stage.programme.cost]
    costs += [team.cost for team in resolved.plan.teams]
    if all(knob.is_zero for knob in costs):
        yield "nothing costs anything, so the return on cost is missing"


def _worked_or_entered(rules: Rules, stage: str) -> Iterator[str]:
    sectors = [sector for sector in rules.sectors if _may_be_of_entered(rules, stage, sector)]
    if not sectors:
        return
    rates = rules.rates(stage, sectors[0])
    where = f"{stage} in {sectors[0]}" if len(rules.sectors) > 1 else stage
    both = (
        f"{share(rates.of_worked)} is the conversion of worked leads, {share(rates.of_entered)} that of all that enter"
    )
    instead = f"`conversion_of_entered: {rates.of_worked * 100:.3g}%`"
    yield f"at {where}, {both}. Published rates count all that enter: if yours is one of them, write {instead}"


def _may_be_of_entered(rules: Rules, stage: str, sector: str) -> bool:
    """Whether a conversion of worked leads could as well have been meant, and written, as one of all that enter."""
    rates, rule = rules.rates(stage, sector), rules.rule(stage, sector)
    in_time = (1.0 - rates.neglected) * (1.0 - rates.late)
    is_of_worked = rule.conversion is not None and rule.team is None and not decides(rule)
    return is_of_worked and 0 < rates.of_worked <= in_time < _SAME
