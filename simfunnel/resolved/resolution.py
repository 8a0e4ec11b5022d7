"""What does the whole scenario mean: one plan for the engine, the figures it is held against, and a digest of it
all?"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from functools import cache, cached_property

import numpy as np
from pydantic import BaseModel

from simfunnel.distributions import Distribution
from simfunnel.engine.plan import Floats, Knob, Plan
from simfunnel.errors import Problem, ScenarioError
from simfunnel.resolved.calendar import periods
from simfunnel.resolved.correlation import together
from simfunnel.resolved.expansion import dearest_customer, expansion_plan, expansion_problems, most
from simfunnel.resolved.inputs import CENTS, Inputs, deal_values, mean_of
from simfunnel.resolved.promises import promise_plans
from simfunnel.resolved.scores import score_plan
from simfunnel.resolved.sources import expected_leads, expected_spend, source_plan
from simfunnel.resolved.stages import Stages
from simfunnel.resolved.teams import costs_too_much, team_plans
from simfunnel.scenario import schema
from simfunnel.scenario.correlations import moving

_MOST_DISPERSED = 1_000.0  # variance over mean of weekly counts; published ones are 3 to 70
_SHORTEST_DRIFT = 1.0 / 24.0
_SAID_ONLY = ("name", "description", "currency", "owner", "definition", "metric", "sla", "correlate")
_EXACT_CENTS = 2.0**50  # float64 sums of whole cents are exact to 2**53, those of a block of them in int64


@dataclass(frozen=True, eq=False)
class Resolved:
    """A scenario with every default explicit.

    Attributes
    ----------
    plan
        What the engine reads.
    periods
        Labels of the reporting periods.
    customers, revenue, budget
        The spreadsheet's figures, derived where the scenario lets them be; None where it does not.
    derived
        Sentences that say what was derived and from what.
    uncertain
        Each input that is rolled once per replication: its key path and distribution, in the order of `plan.inputs`.
        Where sectors read one roll through distributions of their own, each is named with the sectors that read it.
    leads
        Expected leads per replication.
    margin
        Its mean.
    promise_periods
        Labels of the periods in which each SLA is counted.
    """

    scenario: schema.Scenario
    plan: Plan
    periods: tuple[str, ...]
    customers: float | None
    revenue: float | None
    budget: float | None
    derived: tuple[str, ...]
    uncertain: tuple[tuple[str, Distribution], ...]
    leads: float
    margin: float
    promise_periods: tuple[tuple[str, ...], ...] = ()

    @cached_property
    def digest(self) -> str:
        """Of everything that can change a number."""
        return _digest(self.scenario)

    @cached_property
    def written(self) -> str:
        """The scenario as a file."""
        return self.scenario.to_yaml()


@dataclass(frozen=True)
class Hazard:
    """The function that turns a chance to leave within ``per`` days into a hazard per day: -log(1 - x) / per."""

    per: float

    def __call__(self, chance: Floats) -> Floats:
        return -np.log1p(-chance) / self.per


def resolve(scenario: schema.Scenario) -> Resolved:
    """Make every default of a scenario explicit.

    Raises
    ------
    ScenarioError
        Rules that contradict each other once they are worked out (a conversion of entered leads above the share
        worked in time, a lift above 100 %, money that outgrows exact cents); all of them at once.

    Examples
    --------
    >>> from simfunnel.scenario import loads
    >>> base = loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... plan: {customers: 10}
    ... deal_value: 100k
    ... sources: {inbound: {enters: sql, leads: 40, cost_per_lead: 500}}
    ... stages: {sql: {conversion: 25%}}
    ... ''')
    >>> resolve(base).revenue, resolve(base).budget
    (1000000.0, 20000.0)
    """
    if not isinstance(scenario, schema.Scenario):
        raise TypeError(f"a scenario is needed, as from load() or loads(), not {type(scenario).__name__}")
    sectors = tuple(scenario.sectors) or ("all",)
    inputs, problems = Inputs(sectors), list[Problem]()
    stages = Stages(scenario, sectors, inputs, problems)
    of_day, labels = periods(scenario.start, scenario.horizon, scenario.horizon + scenario.run_off, scenario.period)
    stage_plans = stages.plans()
    source_plans = tuple(source_plan(scenario, name, stages, inputs) for name in scenario.sources)
    teams = team_plans(scenario, inputs)
    promises, promise_periods = promise_plans(scenario, stage_plans, teams, problems)
    plan = Plan(
        stages=stage_plans,
        sectors=sectors,
        sources=source_plans,
        teams=teams,
        score=score_plan(scenario, inputs),
        deal_value=inputs.clock(("scenario", "deal_value"), deal_values(scenario), factor=CENTS),
        expansion=expansion_plan(scenario, inputs),
        attrition=_attrition(scenario, inputs),
        margin=inputs.knob(("scenario", "margin"), [scenario.margin]),
        fixed_costs=_fixed_costs(scenario, inputs),
        inputs=tuple(inputs.inputs),
        horizon=scenario.horizon,
        end=scenario.horizon + scenario.run_off,
        period_of_day=of_day,
        n_periods=len(labels),
        promises=promises,
    )
    plan = replace(plan, together=together(scenario, inputs, stages, problems))
    leads = sum(expected_leads(scenario, source) for source in scenario.sources.values())
    problems += _money_problems(scenario, leads) + _size_problems(scenario) + expansion_problems(scenario)
    if problems:
        raise ScenarioError(
            tuple(Problem(each.path, each.message, written_at(scenario, each.path)) for each in problems)
        )
    customers, revenue, budget, derived = plan_figures(scenario)
    return Resolved(
        scenario,
        plan,
        labels,
        customers,
        revenue,
        budget,
        derived,
        inputs.uncertain(),
        leads,
        mean_of(scenario.margin),
        promise_periods,
    )


def written_at(scenario: schema.Scenario, path: str) -> str:
    """File and line of the value at a path, where it has one."""
    try:
        place = scenario.origin(path)
    except KeyError:
        return ""
    return place if ":" in place else ""


def plan_figures(scenario: schema.Scenario) -> tuple[float | None, float | None, float | None, tuple[str, ...]]:
    """Customers, revenue and budget of the plan, and what was derived: revenue from customers where all sectors share
    one mean deal value, the budget from the sources' expected spend.
    """
    written, derived = scenario.plan, []
    revenue, budget = written.revenue, written.budget
    means = {round(mean_of(value), 6) for value in deal_values(scenario)}
    if revenue is None and written.customers is not None and len(means) == 1:
        mean = means.pop()
        if mean > 0:
            revenue = written.customers * mean
            derived.append(
                f"plan revenue = {written.customers:g} customers x {scenario.currency}{mean:,.0f} mean deal value"
            )
    if budget is None and (written.customers is not None or written.revenue is not None):
        spend = sum(expected_spend(scenario, source) for source in scenario.sources.values())
        if spend > 0:
            budget = spend
            derived.append("plan budget = the sources' expected spend")
    return written.customers, revenue, budget, tuple(derived)


def _attrition(scenario: schema.Scenario, inputs: Inputs) -> Knob | None:
    """Hazards per day: leaving with probability x within a period is a hazard of -log(1 - x) / period."""
    rates = [scenario.attrition]
    if scenario.sectors:
        rates = [sector.attrition or scenario.attrition for sector in scenario.sectors.values()]
    if not any(rates):
        return None
    names, plain, drawn = ("scenario", "attrition"), np.zeros(len(rates)), []
    for k, rate in enumerate(rates):
        if rate is None:
            continue
        per = 365.0 if rate.per is None else rate.per
        if isinstance(rate.amount, Distribution):
            own = (*names, inputs.sectors[k]) if rate.amount.independent else names
            drawn.append((k, inputs.index(own, rate.amount, Hazard(per), sector=k if len(rates) > 1 else None)))
        else:
            plain[k] = Hazard(per)(np.array(rate.amount))
    return Knob(plain, tuple(drawn))


def _fixed_costs(scenario: schema.Scenario, inputs: Inputs) -> tuple[Knob, ...]:
    return tuple(
        inputs.money(("cost", name), [rate.amount], 1.0 if rate.per is None else scenario.horizon / rate.per)
        for name, rate in scenario.costs.items()
    ) + tuple(
        inputs.money(("sla", name, "cost"), [rate.amount], 1.0 if rate.per is None else scenario.horizon / rate.per)
        for name, sla in scenario.slas.items()
        if sla.active and sla.lever is not None and (rate := sla.lever.cost) is not None
    )


def _size_problems(scenario: schema.Scenario) -> list[Problem]:
    """What no machine could walk through in a lifetime."""
    found = []
    for name, source in scenario.sources.items():
        many = source.leads or source.visits
        if many is not None and many.dispersion is not None and mean_of(many.dispersion) > _MOST_DISPERSED:
            said = f"a variance of {mean_of(many.dispersion):g} times the mean is too much; {_MOST_DISPERSED:g} fits"
            found.append(Problem(f"sources.{name}.{'leads' if source.leads else 'visits'}", said))
    for name, stage in scenario.stages.items():
        if stage.drift is not None and stage.drift.every < _SHORTEST_DRIFT:
            found.append(
                Problem(f"stages.{name}.drift.every", "a drift may change once an hour at most; write '1 week'")
            )
    return found


def _money_problems(scenario: schema.Scenario, leads: float) -> list[Problem]:
    dearest = max(most(value) for value in deal_values(scenario)) + dearest_customer(scenario)
    spends = {name: expected_spend(scenario, source) for name, source in scenario.sources.items()}
    if (spend := sum(spends.values())) * CENTS > _EXACT_CENTS:
        largest = scenario.sources[max(spends, key=lambda name: spends[name])]
        said = f"a spend of {spend:.3g} outgrows exact cents; at most {_EXACT_CENTS / CENTS:.3g} fits"
        return [Problem("sources" if largest.share is None else "budget", said)]
    for name, team in scenario.teams.items():
        if costs_too_much(scenario, team, _EXACT_CENTS / CENTS):
            said = f"comes to more than exact cents can hold; at most {_EXACT_CENTS / CENTS:.3g} in all fits"
            return [Problem(f"teams.{name}.cost", said)]
    if dearest * CENTS * max(leads, 1.0) < _EXACT_CENTS:
        return []
    limit = _EXACT_CENTS / CENTS / max(leads, 1.0)
    said = f"deals of up to {dearest:.3g} from {leads:,.0f} leads outgrow exact cents"
    return [Problem("deal_value", f"{said}; at most {limit:.3g} a deal fits")]


def _digest(scenario: schema.Scenario) -> str:
    """A digest of everything that can change a number: values, not names, texts or the order of keys."""
    pairs = moving(scenario.correlate)
    said = _canonical(scenario) + (repr(pairs) if pairs else "")
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def _canonical(value: object) -> str:
    if value is None:
        return "None"
    if isinstance(value, BaseModel):
        return "{" + ",".join([f"{name}:{_canonical(getattr(value, name))}" for name in _moves(type(value))]) + "}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{key}:{_canonical(value[key])}" for key in sorted(value)) + "}"
    return repr(value)


@cache
def _moves(cls: type[BaseModel]) -> tuple[str, ...]:
    """The fields of a level that can change a number, in order."""
    return tuple(sorted(name for name in cls.model_fields if name not in _SAID_ONLY))
