"""Does every scenario that can be said read back equal, and is every other text refused in words?"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, get_args

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenario_examples import ARTICLE, LANGUAGE, RARE

from simfunnel.distributions import build
from simfunnel.errors import ScenarioError
from simfunnel.scenario import (
    Arrive,
    Cold,
    Drift,
    Enrichment,
    Exits,
    Leads,
    Rate,
    Recycle,
    Returns,
    Scenario,
    Score,
    Sector,
    Source,
    Stage,
    Team,
    loads,
)
from simfunnel.scenario.rosters import WEEKDAYS
from simfunnel.scenario.schema import Discipline, Yield
from simfunnel.scenario.text import UNITS

SHARES = st.one_of(st.floats(0, 1), st.sampled_from([0.0, 0.125, 0.25, 1.0, build("beta", {"mean": 0.25, "n": 40.0})]))
DAYS = st.one_of(
    st.floats(0, 1e4),
    st.builds(lambda n, unit: n * UNITS[unit], st.integers(0, 40), st.sampled_from(sorted(UNITS))),
    st.floats(0.01, 100).map(lambda mean: build("exponential", {"mean": mean})),
)
MONEY = st.one_of(st.floats(0.005, 1e7), st.integers(0, 10**6).map(float))
COSTS = st.one_of(MONEY, st.floats(1, 1e5).map(lambda low: build("uniform", {"low": low, "high": 2 * low})))
ODDS = st.one_of(st.none(), st.floats(0.1, 10))
WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, exclude_categories=("C", "Z")), max_size=30)
ELASTICITY = build("beta", {"mean": 0.7, "n": 30.0})
NAMES = WORDS.filter(lambda word: word and "." not in word)
START = date(2027, 1, 4)
EXITS = st.sampled_from(
    [
        Exits(dropped=1.0),
        Exits(competitor=0.3, recycle=0.5, dropped="rest"),
        Exits(no_decision="rest"),
        Exits(no_decision=build("beta", {"mean": 0.3, "n": 9.0}), recycle="rest"),
    ]
)


def optional(strategy: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), strategy)


@st.composite
def hours(draw: st.DrawFn) -> tuple[tuple[float, float], ...]:
    """One to three spans of a day, to the minute."""
    edges = sorted(draw(st.lists(st.integers(0, 24 * 60), min_size=2, max_size=6, unique=True)))
    return tuple((opens / 1440, closes / 1440) for opens, closes in zip(edges[::2], edges[1::2], strict=False))


def teams() -> st.SearchStrategy[Team]:
    """Teams of somebody, who works at some time."""
    days = st.dates(START, date(2030, 1, 1))
    growing = st.dictionaries(days, st.integers(1, 9), max_size=3).map(
        lambda more: {START: 2} | dict(sorted(more.items()))
    )
    return st.builds(
        Team,
        people=st.one_of(st.integers(1, 10_000), growing),
        absence=optional(SHARES),
        hours=optional(hours()),
        days=optional(
            st.sets(st.sampled_from(WEEKDAYS), min_size=1).map(
                lambda some: tuple(day for day in WEEKDAYS if day in some)
            )
        ),
        holidays=st.sets(days, max_size=4).map(lambda some: tuple(sorted(some))),
        discipline=st.sampled_from(get_args(Discipline)),
        cost=optional(st.builds(Rate, amount=COSTS, per=st.sampled_from([365.0, 7.0, 14.0]))),
    )


def stages(names: list[str], at: int, teams: list[str]) -> st.SearchStrategy[Stage]:
    """Rules of a stage that is not the last."""
    staffed = (
        st.fixed_dictionaries({"team": st.sampled_from(teams)}, optional={"service": DAYS}) if teams else st.just({})
    )
    earlier, open_stages = st.sampled_from(names[: at + 1]), st.sampled_from(names[:-1])
    rules = st.builds(
        Stage,
        owner=optional(WORDS),
        definition=optional(WORDS),
        conversion=SHARES,
        neglect=optional(SHARES),
        response=optional(DAYS),
        shelf_life=optional(DAYS),
        patient=optional(SHARES),
        score_weight=optional(st.floats(0, 3)),
        enrichment=optional(st.builds(Enrichment, lacks=SHARES, found=SHARES, takes=DAYS, cost=COSTS)),
        takes=optional(DAYS),
        cold=optional(st.builds(Cold, neglected=EXITS, late=EXITS)),
        rejected=optional(EXITS),
        recycle=optional(
            st.builds(Recycle, to=optional(earlier), after=DAYS, odds=ODDS, limit=st.integers(0, 200), cost=COSTS)
        ),
        returns=optional(st.builds(Returns, share=SHARES, after=DAYS, to=optional(open_stages))),
        drift=optional(st.builds(Drift, sd=st.floats(0, 5), carry_over=st.floats(0, 0.99), every=st.floats(0.1, 99))),
        cost_per_entry=optional(COSTS),
    )
    return st.builds(lambda rule, own: rule.model_copy(update=own), rules, st.one_of(st.just({}), staffed))


def sources(names: list[str], sectors: list[str]) -> st.SearchStrategy[Source]:
    """Sources of a fixed number, or of a random number per period."""
    per = st.sampled_from([None, 7.0, 365 / 12, 10.5])
    counts = st.one_of(
        st.integers(0, 10**4).map(lambda n: Leads(kind="fixed", amount=float(n))),
        st.builds(lambda n, per: Leads(kind="poisson", amount=n, per=per), st.floats(0, 100), per),
        st.builds(lambda n, per: Leads(kind="overdispersed", amount=n, per=per, dispersion=3.0), st.floats(0, 99), per),
    )
    few, money = st.floats(0, 100), st.floats(1e3, 1e5)
    curves = st.one_of(
        st.builds(Yield, most=few, half=money, shape=optional(st.floats(0.1, 20))),
        st.builds(Yield, leads=few, at=money, exponent=st.one_of(st.floats(0.01, 1), st.just(ELASTICITY))),
    )
    ways = st.one_of(
        st.fixed_dictionaries({"leads": counts, "cost_per_lead": optional(COSTS), "cost": optional(COSTS)}),
        st.fixed_dictionaries({"budget": COSTS, "yields": curves}),
        st.fixed_dictionaries({"budget": COSTS, "cost_per_lead": money}),
    )
    days = st.integers(0, 360).map(lambda n: START + timedelta(days=n))
    weights = st.dictionaries(st.sampled_from(["mon", "sat", "sun"]), st.floats(0.1, 5), max_size=3)
    mixes = st.sampled_from([{}, {sectors[0]: 1.0}, dict.fromkeys(sectors[:1], "rest")] if sectors else [{}])
    return st.builds(
        lambda way, **rules: Source(**way, **rules),
        ways,
        enters=st.sampled_from(names[:-1]),
        arrive=st.builds(Arrive, start=optional(days), weekdays=weights),
        sectors=mixes,
        odds=ODDS,
    )


@st.composite
def split(draw: st.DrawFn, known: dict[str, Source]) -> tuple[Any, dict[str, Source]]:
    """The budgets of these sources as shares of a whole, or each as it is."""
    spent = [name for name, source in known.items() if source.budget is not None]
    if not spent or draw(st.booleans()):
        return None, known
    shares = dict(zip(spent, ("rest", 0.3, 0.125), strict=False))
    cut = {name: known[name].model_copy(update={"budget": None, "share": share}) for name, share in shares.items()}
    return draw(COSTS), known | cut


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Scenarios of two to four stages, up to two sectors and three sources."""
    names = draw(st.lists(NAMES, min_size=2, max_size=4, unique=True))
    sectors = draw(st.sampled_from([[], draw(st.lists(NAMES, min_size=2, max_size=2, unique=True))]))
    staff = draw(st.dictionaries(NAMES, teams(), max_size=2))
    rules = {name: draw(stages(names, at, [*staff])) for at, name in enumerate(names[:-1])}
    own = {sector: {names[0]: draw(stages(names, 0, [*staff]))} for sector in sectors[:1]}
    rates = st.builds(Rate, amount=MONEY, per=st.sampled_from([None, 365.0, 91.25]))
    budget, known = draw(split(draw(st.dictionaries(NAMES, sources(names, sectors), min_size=1, max_size=3))))
    return Scenario(
        name=draw(WORDS),
        description=draw(WORDS),
        horizon=draw(st.floats(365, 2000)),
        run_off=draw(st.floats(0, 2000)),
        process=tuple(names),
        score=Score(weight=draw(st.floats(0, 3)), correlation=draw(SHARES), mean=draw(st.floats(-9, 99)), sd=12.5),
        deal_value=draw(optional(COSTS)),
        attrition=draw(optional(st.builds(Rate, amount=st.floats(0, 0.99), per=st.just(365.0)))),
        budget=budget,
        sources=known,
        stages=rules,
        teams=staff,
        sectors={
            sector: Sector(share=draw(st.floats(0, 1)) if at else "rest", stages=own.get(sector, {}))
            for at, sector in enumerate(sectors)
        },
        costs=draw(st.dictionaries(NAMES, rates, max_size=2)),
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_every_scenario_reads_back(scenario: Scenario) -> None:
    assert loads(scenario.to_yaml()) == scenario


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios())
def test_a_change_that_changes_nothing_changes_nothing(scenario: Scenario) -> None:
    same = scenario.change({"horizon": f"{scenario.horizon!r} days"}, name=scenario.name)
    assert same == scenario
    assert same.change({}) == scenario


def says_why(error: ScenarioError) -> bool:
    return bool(error.problems) and all(problem.message for problem in error.problems)


def loads_or_says_why(text: str) -> None:
    refused, scenario = None, None
    try:
        scenario = loads(text)
    except ScenarioError as error:
        refused = error
    assert says_why(refused) if refused else scenario and loads(scenario.to_yaml()) == scenario


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=200), st.text(alphabet="abc:-[]{}&*!|>%'\"#,?\n \t\\", max_size=200)))
def test_any_text_loads_or_is_refused_in_words(text: str) -> None:
    loads_or_says_why(text)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from([ARTICLE, LANGUAGE, RARE]),
    st.integers(0, 1500),
    st.integers(0, 30),
    st.text(alphabet="0123456789.%-_ eknM:{}[](),=\nabcdlrst&*!'\"", max_size=12),
)
def test_a_damaged_file_loads_or_is_refused_in_words(text: str, at: int, cut: int, inserted: str) -> None:
    at %= len(text)
    loads_or_says_why(text[:at] + inserted + text[at + cut :])


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(["horizon", "stages.sql.cold", "stages.sql.takes", "sources.inbound", "sectors", "process"]),
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.dates()),
        lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
        max_leaves=6,
    ),
)
def test_any_change_is_made_or_refused_in_words(path: str, value: object) -> None:
    base, refused = loads(ARTICLE), None
    try:
        base.change({path: value})
    except ScenarioError as error:
        refused = error
    assert refused is None or says_why(refused)
