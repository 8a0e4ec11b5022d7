"""What may a scenario say? Every key, its type once read, and how it is written."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, get_args

from pydantic import BaseModel, ConfigDict, Field, InstanceOf, PrivateAttr

from simfunnel.distributions import Distribution
from simfunnel.scenario.written import (
    Written,
    choice,
    count,
    duration,
    money,
    names,
    number,
    rate,
    share,
    text,
    truth,
)

if TYPE_CHECKING:
    from simfunnel.scenario.tree import Node

__all__ = [
    "Arrive",
    "Cold",
    "Drift",
    "Enrichment",
    "Exits",
    "Expansion",
    "Leads",
    "Lever",
    "Number",
    "Plan",
    "Programme",
    "Rate",
    "Reason",
    "Recycle",
    "Returns",
    "Scenario",
    "Score",
    "Sector",
    "Sla",
    "Source",
    "Stage",
    "Team",
]

Number: TypeAlias = float | InstanceOf[Distribution]
NumberOrRest: TypeAlias = Number | Literal["rest"]

DEFAULT_PROCESS = ("lead", "mql", "sal", "sql", "opportunity", "customer")
MAX_LEADS = 1e7  # expected leads per replication: what a run can hold in memory and in patience
MAX_PEOPLE = 10_000.0  # in one team: a queue is walked person by person
MAX_VISITS = 1e12  # visits are thinned, never simulated one by one
DECIDING = frozenset({"conversion", "conversion_of_entered", "threshold"})  # who advances; a stage has one of them
LONGEST_RUN_DAYS = 50 * 365.0

Duration: TypeAlias = Annotated[Number | None, duration()]
Share: TypeAlias = Annotated[Number | None, share()]
Money: TypeAlias = Annotated[Number | None, money()]
DealValue: TypeAlias = Annotated[Number | None, money(chance=True)]
Odds: TypeAlias = Annotated[Number | None, number(low_open=True, high=1e6)]
Lift: TypeAlias = Annotated[float | None, Written("share", low=-1.0, high=10.0, low_open=True)]
ExitShare: TypeAlias = Annotated[NumberOrRest | None, share(rest=True)]
Discipline: TypeAlias = Literal[
    "first come", "newest first", "highest score first", "earliest expiry first", "value per hour"
]
Promised: TypeAlias = Annotated[float | None, share(low_open=True, uncertain=False)]
StageName: TypeAlias = Annotated[str | None, Written("name")]
Weight: TypeAlias = Annotated[Number | None, number(high=3.0)]
Points: TypeAlias = Annotated[float | None, number(low=-1e6, high=1e6, uncertain=False)]
Words: TypeAlias = Annotated[str | None, text(length=2_000)]


class _Model(BaseModel):
    """Frozen, closed and strict: read values only, in base units (days, shares of one, currency units)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, populate_by_name=True)


class Rate(_Model):
    """So much per period; `per` is the period in days, None where the amount is once for all."""

    amount: Number
    per: float | None = None


class Leads(_Model):
    """How many leads (or visits) come: `amount` per `per` days, or over the whole horizon where `per` is None.

    `dispersion` is the variance over the mean of weekly counts, for the kind `overdispersed` only.
    """

    kind: Literal["fixed", "poisson", "overdispersed"]
    amount: Number
    per: float | None = None
    dispersion: Number | None = None


class Exits(_Model):
    """Where leads go that do not advance: shares that sum to 100 %, one of which may be `rest`."""

    no_decision: Annotated[ExitShare, Field(description="Share that decides for nobody.")] = None
    competitor: Annotated[ExitShare, Field(description="Share that goes to a competitor.")] = None
    dropped: Annotated[ExitShare, Field(description="Share that is dropped.")] = None
    recycle: Annotated[ExitShare, Field(description="Share that is recycled, as the stage's recycle rule says.")] = None


class Cold(_Model):
    """Where cold leads go, by the cause of their going cold. In a file one map of shares stands for both."""

    neglected: Annotated[Exits, Field(description="Where leads go that nobody would ever have worked.")]
    late: Annotated[Exits, Field(description="Where leads go that were reached too late.")]


class Reason(_Model):
    """Why a worked lead is rejected: of how many this is said, and where these go."""

    share: Annotated[
        float | Literal["rest"], share(rest=True, uncertain=False), Field(description="Share of the rejected leads.")
    ]
    exit: Annotated[
        Literal["no_decision", "competitor", "dropped", "recycle"],
        choice("no_decision", "competitor", "dropped", "recycle"),
        Field(description="Where these go."),
    ] = "dropped"


class Recycle(_Model):
    """How recycled leads come back."""

    to: Annotated[StageName, Field(description="Stage they re-enter: this one (the default) or an earlier one.")] = None
    after: Annotated[Number, duration(), Field(description="Rest before they re-enter.")] = 0.0
    odds: Annotated[Odds, Field(description="Factor on their odds at every later attempt, per recycle.")] = None
    lift: Annotated[Lift, Field(description="The same as a relative change of the conversion: -20%.")] = None
    limit: Annotated[int, count(high=200), Field(description="Recycles a lead may have had before it is dropped.")] = 10
    cost: Annotated[Number, money(), Field(description="Cost of each re-activation.")] = 0.0


class Returns(_Model):
    """Which of those gone to a competitor come back, as recycled leads."""

    share: Annotated[Number, share(), Field(description="Share of those gone to a competitor that returns.")]
    after: Annotated[Number, duration(), Field(description="How long they stay with the competitor.")]
    to: Annotated[StageName, Field(description="Stage they return to (default: this one).")] = None


class Drift(_Model):
    """How the conversion of a stage wanders from period to period, for all leads that enter in it."""

    sd: Annotated[Number, number(high=5.0), Field(description="Standard deviation of the log-odds.")]
    carry_over: Annotated[
        float,
        share(high_open=True, uncertain=False),
        Field(description="Share of the shock kept into the next period."),
    ] = 0.0
    every: Annotated[
        float, duration(low_open=True, uncertain=False), Field(description="Length of the period (default 1 week).")
    ] = 7.0


class Programme(_Model):
    """A nurture programme: touches at a cadence, which are opened, clicked and counted."""

    every: Annotated[float, duration(low_open=True, uncertain=False), Field(description="Time between two touches.")]
    touches: Annotated[int, count(high=400), Field(description="Most touches that a lead gets in one visit.")]
    first: Annotated[
        float | None,
        duration(uncertain=False),
        Field(description="Time until the first touch, from when the lead is worked (default: as `every`)."),
    ] = None
    opens: Annotated[Number, share(), Field(description="Chance that a touch is opened.")]
    clicks: Annotated[Number, share(), Field(description="Chance that an opened touch is clicked.")] = 0.0
    points: Annotated[float, number(high=1e6, uncertain=False), Field(description="Points that a click adds.")] = 1.0
    points_per_open: Annotated[
        float, number(high=1e6, uncertain=False), Field(description="Points that an opened touch adds.")
    ] = 0.0
    threshold: Annotated[
        float | None,
        number(low_open=True, high=1e9, uncertain=False),
        Field(description="Points at which the lead advances, in place of the stage's conversion."),
    ] = None
    unsubscribes: Annotated[Number, share(), Field(description="Chance that a touch loses the lead.")] = 0.0
    cost_per_touch: Annotated[Number, money(), Field(description="Cost of each touch.")] = 0.0
    odds: Annotated[Odds, Field(description="Factor on the lead's odds at every later attempt, per click.")] = None


class Expansion(_Model):
    """What customers buy further, after the deal that won them."""

    rate: Annotated[
        Rate, rate("share", high=1e4), Field(description="Mean number of further sales per customer: 30% per year.")
    ]
    delay: Annotated[Number, duration(), Field(description="Time from the deal until they begin.")] = 0.0
    value: Annotated[Number, money(chance=True), Field(description="Worth of a further sale.")]


class Score(_Model):
    """How good leads are, and how much of it their visible score shows."""

    weight: Annotated[
        Number, number(high=3.0), Field(description="Log-odds per standard deviation of quality, at every stage.")
    ] = 0.0
    correlation: Annotated[Number, share(), Field(description="Of the visible score with quality.")]
    mean: Annotated[
        float, number(low=-1e6, high=1e6, uncertain=False), Field(description="Mean score of new leads.")
    ] = 50.0
    sd: Annotated[
        float,
        number(high=1e6, low_open=True, uncertain=False),
        Field(description="Standard deviation of the scores of new leads."),
    ] = 15.0


class Enrichment(_Model):
    """What happens to leads that would advance but lack one fact: it is looked for first."""

    lacks: Annotated[Number, share(), Field(description="Share of leads that lack one fact.")]
    found: Annotated[Number, share(), Field(description="Share of searches that find it; the others are rejected.")] = (
        1.0
    )
    takes: Annotated[Number, duration(), Field(description="How long a search takes.")] = 0.0
    cost: Annotated[Number, money(), Field(description="Cost of each search.")] = 0.0


class Stage(_Model):
    """The rules of one stage; in a sector, the rules that differ there. None is "not given"."""

    owner: Annotated[Words, Field(description="Who owns the stage.")] = None
    definition: Annotated[Words, Field(description="What a lead in this stage is.")] = None
    metric: Annotated[Words, Field(description="What the owner is measured on.")] = None
    sla: Annotated[Words, Field(description="What was promised about this stage, in words.")] = None
    conversion: Annotated[Share, Field(description="Share of worked leads that advances.")] = None
    conversion_of_entered: Annotated[
        Share, Field(description="Share of all leads entered that advances, the never worked and late ones included.")
    ] = None
    threshold: Annotated[
        Points, Field(description="Score from which on a worked lead advances, in place of a conversion.")
    ] = None
    score_weight: Annotated[Weight, Field(description="The weight of quality at this stage.")] = None
    enrichment: Annotated[Enrichment | None, Field(description="What happens to leads that lack one fact.")] = None
    neglect: Annotated[Share, Field(description="Share of leads that nobody will ever work (default 0).")] = None
    response: Annotated[Duration, Field(description="Time until a lead is worked (default 0).")] = None
    shelf_life: Annotated[Duration, Field(description="How long a lead stays what it is (default: for ever).")] = None
    patient: Annotated[Share, Field(description="Share of leads whose shelf life is infinite (default 0).")] = None
    give_up: Annotated[Duration, Field(description="Age at which an unworked lead is treated as cold.")] = None
    team: Annotated[
        str | None, Written("name"), Field(description="Team that works the leads; they queue for its people.")
    ] = None
    service: Annotated[
        Duration, Field(description="Working time of a person of the team that a lead takes (default 0).")
    ] = None
    takes: Annotated[Duration, Field(description="Time from the work to the advance (default 0).")] = None
    rejected_takes: Annotated[
        Duration, Field(description="Time from the work to the rejection (default: as `takes`).")
    ] = None
    cold: Annotated[Cold | None, Field(description="Where cold leads go (default: dropped).")] = None
    rejected: Annotated[Exits | None, Field(description="Where rejected leads go (default: dropped).")] = None
    reasons: Annotated[
        dict[str, Reason] | None, Field(description="Why leads are rejected, and where they go for it.")
    ] = None
    recycle: Annotated[Recycle | None, Field(description="How recycled leads come back.")] = None
    returns: Annotated[Returns | None, Field(description="Which leads come back from a competitor.")] = None
    drift: Annotated[Drift | None, Field(description="How the conversion wanders from week to week.")] = None
    programme: Annotated[
        Programme | None, Field(description="Nurture programme that leads get from when they are worked.")
    ] = None
    cost_per_entry: Annotated[Money, Field(description="Cost of each entry into the stage.")] = None
    cost_per_work: Annotated[Money, Field(description="Cost of working a lead.")] = None

    def overridden_by(self, other: Stage) -> Stage:
        """These rules with those of `other` in their place wherever `other` gives one, each rule as a whole.

        Examples
        --------
        >>> Stage(conversion=0.4, neglect=0.1).overridden_by(Stage(conversion_of_entered=0.2)).conversion is None
        True
        """
        given = {name: value for name, value in _fields(other).items() if value is not None}
        if not DECIDING.isdisjoint(given):
            given = dict.fromkeys(DECIDING) | given
        if not {"rejected", "reasons"}.isdisjoint(given):
            given = {"rejected": None, "reasons": None} | given
        return self.model_copy(update=given)


class Sector(_Model):
    """A market segment: its share of the leads and the rules that differ in it."""

    share: Annotated[ExitShare, Field(description="Share of the leads of each source.")] = None
    deal_value: Annotated[DealValue, Field(description="Worth of a deal in this sector.")] = None
    attrition: Annotated[
        Rate | None,
        rate("share", high=1.0, high_open=True),
        Field(description="Chance that the contact leaves the company, per period: 2.1% per month."),
    ] = None
    expansion: Annotated[Expansion | None, Field(description="Further sales to customers of this sector.")] = None
    stages: Annotated[dict[str, Stage], Field(description="Rules of stages that differ in this sector.")] = {}


class Arrive(_Model):
    """When the leads of a source arrive. Weights and growth shape only when, never how many.

    A weekday or month that is not named weighs 1.
    """

    at_start: bool = False
    start: Annotated[
        date | None, Written("date"), Field(alias="from", description="First day of arrivals (default: the start).")
    ] = None
    end: Annotated[
        date | None, Written("date"), Field(alias="to", description="Last day of arrivals (default: the horizon).")
    ] = None
    weekdays: Annotated[
        dict[str, Annotated[float, number(high=1e6, uncertain=False)]], Field(description="Weight of mon ... sun.")
    ] = {}
    months: Annotated[
        dict[str, Annotated[float, number(high=1e6, uncertain=False)]], Field(description="Weight of jan ... dec.")
    ] = {}
    growth: Annotated[
        Rate | None,
        rate("share", low=-0.99, high=10.0, uncertain=False),
        Field(description="Growth of the flow within the window: 20% per year."),
    ] = None


class Source(_Model):
    """Where leads come from: how many, when, into which stage, at what cost and with what odds."""

    enters: Annotated[str, Written("name"), Field(description="Stage at which the leads enter.")]
    leads: Annotated[
        Leads | None,
        Written("leads", high=MAX_LEADS, uncertain=True),
        Field(description="How many: exactly (40, 30 per month), or by chance around a mean (poisson, overdispersed)."),
    ] = None
    visits: Annotated[
        Leads | None,
        Written("leads", high=MAX_VISITS, uncertain=True),
        Field(description="How many visits, of which the share `capture` becomes leads."),
    ] = None
    capture: Annotated[Share, Field(description="Share of visits that become leads.")] = None
    budget: Annotated[Money, Field(description="Money spent; the leads are Poisson around budget / cost_per_lead.")] = (
        None
    )
    cost_per_lead: Annotated[Money, Field(description="Cost of each lead.")] = None
    cost: Annotated[Money, Field(description="Fixed cost of the source.")] = None
    arrive: Annotated[Arrive, Field(description="When the leads arrive: `at start`, or dates and weights.")] = Arrive()
    sectors: Annotated[
        dict[str, Annotated[NumberOrRest, share(rest=True)]],
        Field(description="The source's own mix of sectors, in place of the sectors' shares."),
    ] = {}
    odds: Annotated[Odds, Field(description="Factor on the odds at every stage.")] = None
    lift: Annotated[Lift, Field(description="The same as a relative change of the conversion: 20%.")] = None


class Team(_Model):
    """People of finite capacity who work the leads of one or more stages."""

    people: Annotated[
        int | dict[date, int],
        Written("people", high=MAX_PEOPLE),
        Field(description="How many they are; or from which day on how many."),
    ]
    absence: Annotated[Share, Field(description="Share of the days on which each person is away (default 0%).")] = None
    hours: Annotated[
        tuple[tuple[float, float], ...] | None,
        Written("hours"),
        Field(description="When they work (default: around the clock)."),
    ] = None
    days: Annotated[
        tuple[str, ...] | None, Written("days"), Field(description="On which weekdays they work (default: all).")
    ] = None
    holidays: Annotated[tuple[date, ...], Written("dates"), Field(description="Days on which nobody works.")] = ()
    discipline: Annotated[
        Discipline,
        choice(*get_args(Discipline)),
        Field(description="Who of those waiting is worked next (default: first come)."),
    ] = "first come"
    cost: Annotated[
        Rate | None, rate("money"), Field(description="Cost of each person, there or away, per period.")
    ] = None


class Lever(_Model):
    """What keeping an SLA does to its stage, in place of the stage's own rules, and what it costs."""

    neglect: Annotated[Share, Field(description="Share of leads that nobody will ever work, with the SLA kept.")] = None
    response: Annotated[Duration, Field(description="Time until a lead is worked, with the SLA kept.")] = None
    cost: Annotated[
        Rate | None,
        rate("money", per="optional"),
        Field(description="What it costs to keep it: money once, or money per period."),
    ] = None


class Sla(_Model):
    """A promise about one stage, counted in every future. It says `within` and `share`, or `entries`, or `accepted`."""

    stage: Annotated[str, Written("name"), Field(description="Stage that it is about.")]
    within: Annotated[
        float | None,
        duration(low_open=True, uncertain=False),
        Field(description="Time from the entry within which work begins."),
    ] = None
    share: Annotated[Promised, Field(description="Share of the entries for which that is promised.")] = None
    entries: Annotated[
        Leads | None,
        Written("leads", low_open=True, high=MAX_LEADS),
        Field(description="Entries promised in each calendar week, month or quarter: 40 per quarter."),
    ] = None
    accepted: Annotated[Promised, Field(description="Promised share of the decided leads that advances.")] = None
    sectors: Annotated[
        tuple[str, ...] | None, names(fewest=1), Field(description="Sectors that it is about (default: all).")
    ] = None
    time: Annotated[
        Literal["elapsed", "working"],
        choice("elapsed", "working"),
        Field(description="What `within` counts: all hours, or the working hours of the stage's team."),
    ] = "elapsed"
    lever: Annotated[Lever | None, Field(description="What keeping it does to the stage, and what that costs.")] = None
    active: Annotated[bool, truth(), Field(description="Whether the lever is pulled.")] = False


class Plan(_Model):
    """What the spreadsheet promised."""

    customers: Annotated[
        float | None, number(high=MAX_LEADS, uncertain=False), Field(description="Customers planned.")
    ] = None
    revenue: Annotated[float | None, money(uncertain=False), Field(description="Revenue planned.")] = None
    budget: Annotated[float | None, money(uncertain=False), Field(description="Money planned to be spent.")] = None


def _exits_of(reasons: Mapping[str, Reason]) -> Exits:
    """Where leads go that are rejected for these reasons."""
    known = sum(each.share for each in reasons.values() if isinstance(each.share, float))
    shares: dict[str, float] = {}
    for each in reasons.values():
        share = each.share if isinstance(each.share, float) else max(0.0, 1.0 - known)
        shares[each.exit] = shares.get(each.exit, 0.0) + share
    return Exits(**shares)


def _fields(model: BaseModel) -> dict[str, Any]:
    """The values of a model by field name, models inside left as they are."""
    return {name: getattr(model, name) for name in type(model).model_fields}


class Scenario(_Model):
    """A funnel as its owner describes it: durations in days, shares of one, money in currency units.

    Made by `load` and `loads`, which check it; changed by `change`, which makes a checked copy. A value that was not
    given is None (or an empty map); `resolve` fills in what that means.

    Examples
    --------
    >>> from simfunnel.scenario import loads
    >>> base = loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {conversion: 25%, neglect: 12.5%}}
    ... ''')
    >>> base.stages["sql"].neglect
    0.125
    >>> base.change({"stages.sql.neglect": "2%"}).stages["sql"].neglect
    0.02
    """

    name: Annotated[str, text(), Field(description="What the scenario is called.")] = "Scenario"
    description: Annotated[str, text(length=5_000), Field(description="What it is about.")] = ""
    currency: Annotated[str, text(length=8), Field(description="Sign put before money.")] = "$"
    start: Annotated[date, Written("date"), Field(description="First day (default 2027-01-04, a Monday).")] = date(
        2027, 1, 4
    )
    horizon: Annotated[
        float,
        duration(low_open=True, high=LONGEST_RUN_DAYS, uncertain=False),
        Field(description="How long leads arrive."),
    ]
    run_off: Annotated[
        float,
        duration(high=LONGEST_RUN_DAYS, uncertain=False),
        Field(description="How long the leads live on after the horizon (default 0 days)."),
    ] = 0.0
    process: Annotated[
        tuple[str, ...], Written("names"), Field(description="The stages in order; the last is won.")
    ] = DEFAULT_PROCESS
    period: Annotated[
        Literal["day", "week", "month", "quarter"],
        choice("day", "week", "month", "quarter"),
        Field(description="Reporting period (default month)."),
    ] = "month"
    plan: Annotated[Plan, Field(description="What the spreadsheet promised.")] = Plan()
    deal_value: Annotated[DealValue, Field(description="Worth of a deal.")] = None
    expansion: Annotated[Expansion | None, Field(description="Further sales to customers.")] = None
    margin: Annotated[Number, share(), Field(description="Share of revenue that is kept (default 100%).")] = 1.0
    attrition: Annotated[
        Rate | None,
        rate("share", high=1.0, high_open=True),
        Field(description="Chance that the contact leaves the company, per period: 2.1% per month."),
    ] = None
    score: Annotated[Score | None, Field(description="How good leads are, and what their scores say of it.")] = None
    sources: Annotated[dict[str, Source], Field(description="Where leads come from.")]
    stages: Annotated[dict[str, Stage], Field(description="The rules of each stage.")]
    teams: Annotated[dict[str, Team], Field(description="People who work the leads.")] = {}
    sectors: Annotated[
        dict[str, Sector], Field(description="Market segments; without them there is one, named `all`.")
    ] = {}
    slas: Annotated[dict[str, Sla], Field(description="Promises about stages, counted in every future.")] = {}
    costs: Annotated[
        dict[str, Annotated[Rate, rate("money", per="optional")]],
        Field(description="Named fixed costs: money once, or money per period."),
    ] = {}

    # How it was written, and the folder that its files lie in: for `change` and `origin`.
    _tree: Node | None = PrivateAttr(default=None)
    _root: Path | None = PrivateAttr(default=None)

    def __eq__(self, other: object) -> bool:
        # Where a value was written is not part of what it says.
        return _fields(self) == _fields(other) if isinstance(other, Scenario) else NotImplemented

    def __repr__(self) -> str:
        shown = self.name if self.name.isprintable() else ascii(self.name)
        return f"Scenario({shown!r}: {' > '.join(self.process)}; sources {', '.join(self.sources)}; see explain())"

    def stage(self, name: str, sector: str | None = None) -> Stage:
        """The rules of a stage, those of a sector, then of active levers, in their place where there are such.

        Raises
        ------
        KeyError
            The process has no such stage.
        """
        if name not in self.process:
            raise KeyError(f"{name!r} is not a stage; the process is {', '.join(self.process)}")
        base = self.stages.get(name, Stage())
        own = self.sectors[sector].stages.get(name) if sector in self.sectors else None
        rules = base if own is None else base.overridden_by(own)
        for _, lever in self._pulled(name, sector):
            rules = rules.overridden_by(Stage(neglect=lever.neglect, response=lever.response))
        return rules if not rules.reasons else rules.model_copy(update={"rejected": _exits_of(rules.reasons)})

    def levers(self, name: str, sector: str | None = None) -> dict[str, str]:
        """The rules of a stage that an active lever says, with the key path at which it says them."""
        return {
            rule: f"slas.{sla}.lever.{rule}"
            for sla, lever in self._pulled(name, sector)
            for rule in ("neglect", "response")
            if getattr(lever, rule) is not None
        }

    def _pulled(self, name: str, sector: str | None) -> list[tuple[str, Lever]]:
        return [
            (key, sla.lever)
            for key, sla in self.slas.items()
            if sla.active and sla.lever and sla.stage == name and (sla.sectors is None or sector in sla.sectors)
        ]

    def change(self, overrides: Mapping[str, object], name: str | None = None) -> Scenario:
        """A copy with other values at the given key paths, checked as a file would be.

        Parameters
        ----------
        overrides : mapping of str to object
            Dotted key path to the new value, written as in a file (``{"stages.sql.neglect": "2%"}``); a mapping is
            merged into what is there, None takes a value back to its default.
        name : str, optional
            Name of the copy; without it the name says what was changed.

        Raises
        ------
        ScenarioError
            The changed scenario has faults; all are listed.
        """
        from simfunnel.scenario.loading import changed  # loading reads this schema

        return changed(self, overrides, name=name)

    def to_yaml(self) -> str:
        """The scenario as a file that loads to an equal one, bases and overrides merged in."""
        from simfunnel.scenario.emitting import to_yaml  # emitting reads this schema

        return to_yaml(self)

    def origin(self, path: str) -> str:
        """Where the value at a key path came from: ``q3.yaml:9``, ``preset industrial``, ``set by --set``, ``default``.

        A rule that a sector does not write is the stage's, and so is its origin.

        Raises
        ------
        KeyError
            No such key path.
        """
        from simfunnel.scenario.origins import origin  # reads this schema

        return origin(self, self._tree, path)
