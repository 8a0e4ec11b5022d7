"""Which funnels can there be? Random scenarios for Hypothesis, of every rule that leads can meet.

Values come from short lists, so that what is found shrinks to something readable and prepared distributions are reused;
what Hypothesis likes best, the first of a list, is not what makes a funnel dull.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from simfunnel.resolved import Resolved, resolve
from simfunnel.scenario import Scenario, loads
from simfunnel.scenario.loading import checked
from simfunnel.scenario.tree import Faults, Place, from_python

Rules = dict[str, Any]
Maps = st.SearchStrategy[Rules]

DURATIONS = (
    "2 days",
    "exponential(mean=6 days)",
    "0 days",
    "9 days",
    "60 days",
    "exponential(mean=40 days)",
    "exponential(mean=uniform(low=2 days, high=30 days))",
    "lognormal(median=3 days, p90=20 days)",
    "lognormal(median=uniform(low=1 day, high=9 days), sigma=uniform(low=0.5, high=2))",
    "weibull(shape=0.6, mean=12 days)",
    "gamma(mean=uniform(low=2 days, high=16 days), cv=0.8)",
    "uniform(low=0 days, high=20 days)",
    "triangular(low=1 day, mode=2 days, high=30 days)",
    "points(48%=1 hour, 69%=1 day, 100%=30 days)",
    "choice(30%=0 days, 70%=5 days)",
    "choice(0 days, 12 days)",
    "mixture(70%=fixed(3 days), 30%=exponential(mean=60 days))",
)
NESTED = "=uniform("  # marks durations with an uncertain parameter
SHARES = ("50%", "20%", "85%", "beta(mean=40%, n=20)", "uniform(low=10%, high=90%)", "0%", "100%")
MONEY = ("7", "0.335", "uniform(low=1, high=20)", "0")
VALUES = (
    "12.345",
    "lognormal(mean=5000, cv=1.5)",
    "1000",
    "0",
    "lognormal(mean=uniform(low=100, high=9000), cv=0.5)",
    "gamma(mean=100, cv=2)",
)
EXIT_SHARES: tuple[Rules, ...] = (
    {"no_decision": "25%", "competitor": "25%", "dropped": "25%", "recycle": "25%"},
    {"recycle": "60%", "dropped": "rest"},
    {"recycle": "100%"},
    {"competitor": "80%", "recycle": "rest"},
    {"recycle": "beta(mean=70%, n=9)", "competitor": "10%", "no_decision": "rest"},
    {"no_decision": "40%", "recycle": "rest"},
    {"competitor": "100%"},
    {"dropped": "100%"},
)
REASONS: tuple[Rules, ...] = (
    {"not ready": {"share": "55%", "exit": "recycle"}, "no budget": {"share": "rest", "exit": "no_decision"}},
    {
        "wrong": {"share": "30%"},
        "early": {"share": "rest", "exit": "recycle"},
        "x": {"share": "20%", "exit": "recycle"},
    },
    {"bought": {"share": "100%", "exit": "competitor"}},
)
ODDS = ("0.5", "1", "1.7", "lognormal(median=0.8, sigma=0.4)")
TAME_ODDS = ("0.5", "1", "uniform(low=0.2, high=1)")
WEIGHTS = ("0.5", "1.5", "uniform(low=0, high=2)", "0")
LEADS = ("20", "poisson(15)", "poisson(uniform(low=3, high=25))", "uniform(low=2, high=25)", "1", "0")
WEEKLY = (
    "overdispersed(20, dispersion=3)",
    "overdispersed(uniform(low=5, high=25), dispersion=uniform(low=1, high=4))",
)
VISITS = ("1000", "poisson(900)", "poisson(uniform(low=300, high=900))", "overdispersed(900, dispersion=20)")
YIELDS: tuple[Rules, ...] = (
    {"most": "30", "half": "400"},
    {"most": "lognormal(median=20, sigma=0.3)", "half": "uniform(low=100, high=900)", "shape": "2"},
    {"most": "40", "half": "700", "shape": "uniform(low=0.5, high=3)"},
    {"leads": "12", "at": "500", "exponent": "0.7"},
    {"leads": "uniform(low=5, high=15)", "at": "500", "exponent": "beta(mean=60%, n=30)"},
)
SPLITS: dict[int, tuple[str, ...]] = {1: ("100%",), 2: ("35%", "rest"), 3: ("20%", "rest", "30%")}
RATES = {  # what cannot be said of leads that are there at the start
    "leads": ("6 per month",),
    "weekly": (
        "overdispersed(1.2 per week, dispersion=3)",
        "overdispersed(uniform(low=0.5, high=2) per week, dispersion=uniform(low=1, high=4))",
    ),
    "visits": ("overdispersed(60 per week, dispersion=20)",),
}
ARRIVALS: tuple[Any, ...] = (
    None,
    "at start",
    {"from": "2027-01-20", "to": "2027-02-17"},
    {"weekdays": {"sat": 0, "sun": 0, "mon": 3}},
    {"from": "2027-01-11", "months": {"jan": 2, "mar": 0}, "growth": "300% per year"},
    {"growth": "-50% per quarter"},
)


@dataclass(frozen=True)
class Back:
    """How leads of a stage may come back: where to, with which effect; ``limit`` is one for all stages and leaves odds
    as they are."""

    recycled_to: list[str]
    returned_to: list[str]
    odds: tuple[str, ...] = ODDS
    limit: int | None = None


def _some(**optional: st.SearchStrategy[Any]) -> Maps:
    return st.fixed_dictionaries({}, optional=optional)


def _part_of(rules: Rules) -> Maps:
    """All of these rules, or all but one."""
    parts = [{name: rules[name] for name in rules if name != without} for without in ("", *rules)]
    return st.sampled_from(parts)


def _exits(shares: tuple[Rules, ...] = EXIT_SHARES) -> Maps:
    return st.sampled_from(shares)


def _effect(odds: tuple[str, ...] = ODDS) -> Maps:
    lifts = ("-30%", "0%", "5%") if odds is ODDS else ("-30%", "0%")
    return st.one_of(
        st.just({}),
        st.sampled_from(odds).map(lambda odds: {"odds": odds}),
        st.sampled_from(lifts).map(lambda lift: {"lift": lift}),
    )


@st.composite
def _stage(draw: st.DrawFn, back: Back, *, drift: bool) -> Rules:
    rules: Rules = draw(
        _some(
            neglect=st.sampled_from(SHARES[:-1]),
            response=st.sampled_from(DURATIONS),
            shelf_life=st.sampled_from(DURATIONS),
            patient=st.sampled_from(SHARES),
            give_up=st.sampled_from(DURATIONS),
            takes=st.sampled_from(DURATIONS),
            rejected_takes=st.sampled_from(DURATIONS),
            rejected=_exits(),
            cost_per_entry=st.sampled_from(MONEY),
            cost_per_work=st.sampled_from(MONEY),
            cold=st.one_of(_exits(), st.fixed_dictionaries({"neglected": _exits(), "late": _exits()})),
            returns=st.fixed_dictionaries(
                {"share": st.sampled_from(SHARES), "after": st.sampled_from(DURATIONS)},
                optional={"to": st.sampled_from(back.returned_to)},
            ),
        )
    )
    if draw(st.booleans()):
        rules["enrichment"] = draw(
            st.fixed_dictionaries(
                {"lacks": st.sampled_from(SHARES)},
                optional={
                    "found": st.sampled_from(SHARES),
                    "takes": st.sampled_from(DURATIONS),
                    "cost": st.sampled_from(MONEY),
                },
            )
        )
    if draw(st.booleans()):
        rules.pop("rejected", None)
        rules["reasons"] = draw(st.sampled_from(REASONS))
    recycle = _some(to=st.sampled_from(back.recycled_to), after=st.sampled_from(DURATIONS), cost=st.sampled_from(MONEY))
    if back.limit is not None:
        rules["recycle"] = draw(recycle) | {"limit": back.limit}
    elif draw(st.booleans()):
        rules["recycle"] = draw(recycle) | draw(_some(limit=st.integers(0, 5))) | draw(_effect(back.odds))
    if drift and draw(st.booleans()):
        sd = draw(st.sampled_from(("0.3", "1.5", "uniform(low=0, high=1)")))
        rules["drift"] = {"sd": sd, "carry_over": "60%", "every": "5 days"}
    return rules


def _programme() -> Maps:
    """A nurture programme, with a threshold or beside the stage's own rules."""
    needed = {
        "every": st.sampled_from(("3 days", "1 day", "11 days")),
        "touches": st.sampled_from((4, 1, 9, 0)),
        "opens": st.sampled_from(SHARES),
    }
    deciding = needed | {"threshold": st.sampled_from((10, 1, 0.3, 55)), "clicks": st.sampled_from(SHARES)}
    return st.sampled_from((deciding, needed)).flatmap(_with_odds_and_ends)


def _with_odds_and_ends(needed: Rules) -> Maps:
    return st.fixed_dictionaries(
        needed,
        optional={
            "first": st.sampled_from(("0 days", "1 day", "5 days")),
            **({} if "clicks" in needed else {"clicks": st.sampled_from(SHARES)}),
            "points": st.sampled_from((10, 0.1)),
            "points_per_open": st.sampled_from((1, 0.1)),
            "unsubscribes": st.sampled_from(("20%", "3%", "uniform(low=1%, high=60%)")),
            "cost_per_touch": st.sampled_from(MONEY),
            "odds": st.sampled_from(ODDS),
        },
    )


def _expansion() -> Maps:
    """Further sales to customers."""
    rates = ("200% per month", "uniform(low=0.1, high=3) per month", "0 per year")
    return st.fixed_dictionaries(
        {"rate": st.sampled_from(rates), "value": st.sampled_from(VALUES)},
        optional={"delay": st.sampled_from(DURATIONS)},
    )


def _nurtured(rules: Rules, programme: Rules) -> Rules:
    """These rules with a programme, whose threshold takes the place of a conversion."""
    without = ("conversion", "conversion_of_entered", "threshold") if "threshold" in programme else ()
    return {name: rule for name, rule in rules.items() if name not in without} | {"programme": programme}


def _fitting(own: Rules, common: Rules) -> Rules:
    """A sector's rules, of which either a threshold or a conversion says who advances, with those that it inherits."""
    if "threshold" in common.get("programme", {}) and "programme" not in own:
        return _nurtured(own, common["programme"])
    if "threshold" in own.get("programme", {}) and "threshold" not in common.get("programme", {}):
        return own | {"programme": {name: rule for name, rule in own["programme"].items() if name != "threshold"}}
    return own


def _resolvable(rules: Rules) -> Rules:
    """Resolving the rate of entered leads averages over nested durations, which takes a second: plain kin will do."""
    if "conversion_of_entered" not in rules:
        return rules
    clocks = ("response", "shelf_life", "give_up")
    return rules | {name: "weibull(shape=0.6, mean=12 days)" for name in clocks if NESTED in str(rules.get(name))}


def _conversion() -> Maps:
    plain = [{"conversion": share} for share in SHARES]
    return st.sampled_from([*plain, *plain, {"conversion_of_entered": "5%"}, {"conversion_of_entered": "1%"}])


def _buys() -> Maps:
    return st.one_of(st.just({"cost_per_lead": "40"}), st.sampled_from(YIELDS).map(lambda curve: {"yield": curve}))


@st.composite
def split(draw: st.DrawFn, sources: Rules) -> Rules:
    """One budget for all these sources, in place of what each would bring."""
    spent: Rules = {}
    for share, (name, source) in zip(SPLITS[len(sources)], sources.items(), strict=True):
        kept = {key: value for key, value in source.items() if key in ("enters", "odds", "lift", "arrive", "sectors")}
        spent[name] = kept | draw(_buys()) | {"share": share}
    return {"budget": draw(st.sampled_from(("uniform(low=300, high=2000)", "1500"))), "sources": spent}


@st.composite
def _source(draw: st.DrawFn, stages: list[str], sectors: list[str]) -> Rules:
    enters, cost = draw(st.sampled_from(stages)), draw(_some(cost=st.sampled_from(MONEY)))
    source: Rules = {"enters": enters} | draw(_effect()) | cost
    arrive = draw(st.sampled_from(ARRIVALS))
    kind = draw(st.sampled_from(("leads", "leads", "weekly", "visits", "budget")))
    rates = () if arrive == "at start" else RATES.get(kind, ())
    if kind == "leads":
        source["leads"] = draw(st.sampled_from(LEADS + rates))
    elif kind == "visits":
        capture = draw(st.sampled_from(("1%", "beta(mean=2%, n=300)")))
        source |= {"visits": draw(st.sampled_from(VISITS + rates)), "capture": capture}
    elif kind == "weekly":
        source["leads"] = draw(st.sampled_from(WEEKLY + rates))
    else:
        source |= draw(_buys()) | {"budget": draw(st.sampled_from(("uniform(low=100, high=900)", "600", "0")))}
        source.pop("cost", None)
    if kind in ("leads", "visits"):
        source |= draw(_some(cost_per_lead=st.sampled_from(MONEY)))
    if arrive is not None:
        source["arrive"] = arrive
    if len(sectors) > 1 and draw(st.booleans()):
        share = draw(st.sampled_from(("30%", "uniform(low=20%, high=60%)")))
        source["sectors"] = {sectors[-1]: share, sectors[0]: "rest"}
    return source


@st.composite
def _sla(draw: st.DrawFn, stages: list[str], sectors: list[str]) -> Rules:
    sla: Rules = draw(
        st.sampled_from(
            (
                {"within": "2 days", "share": "60%"},
                {"within": "20 days", "share": "90%"},
                {"entries": "3 per month"},
                {"entries": "2 per week"},
                {"accepted": "40%"},
            )
        )
    )
    sla = sla | {"stage": draw(st.sampled_from(stages))}
    if sectors and draw(st.booleans()):
        sla["sectors"] = draw(st.sampled_from((sectors[:1], sectors[1:])))
    if draw(st.booleans()):
        sla["lever"] = draw(st.sampled_from(({"neglect": "5%", "cost": "9 per month"}, {"response": "1 day"})))
    return sla


@st.composite
def scenarios(draw: st.DrawFn, *, drift: bool = True, tame: str = "") -> str:
    """The text of a random scenario (JSON, which is YAML).

    ``tame`` keeps to where the twin wins every deal that the actual run wins: leads come back to the ``same stage``
    with odds that are never higher, or to the same or an earlier one with the ``same odds`` and one limit for all.
    """
    stages = [f"s{k}" for k in range(draw(st.sampled_from((2, 1, 3))))]
    sectors: list[str] = draw(st.sampled_from(([], [], ["retail", "industrial"], ["a", "b", "c"])))
    text: Rules = {
        "horizon": draw(st.sampled_from(("90 days", "75.5 days"))),
        "process": [*stages, "won"],
        "deal_value": draw(st.sampled_from(VALUES)),
        "sources": {f"source {k}": draw(_source(stages, sectors)) for k in range(draw(st.sampled_from((2, 1, 3))))},
        "stages": {},
    }
    if draw(st.sampled_from((False, False, False, True))):
        text |= draw(split(text["sources"]))
    text |= draw(
        _some(
            run_off=st.sampled_from(("10 days", "200 days")),
            attrition=st.sampled_from(("20% per month", "uniform(low=1%, high=40%) per month")),
            margin=st.sampled_from(("30%", "beta(mean=40%, n=50)")),
            costs=st.just({"rent": "100 per month", "fee": "uniform(low=1, high=9)"}),
            period=st.sampled_from(("week", "quarter")),
            slas=st.dictionaries(st.sampled_from(("one", "two", "three")), _sla(stages, sectors), max_size=3),
            **({} if tame else {"expansion": _expansion()}),
        )
    )
    searching = draw(st.booleans())
    if draw(st.booleans()):
        text["score"] = {"correlation": draw(st.sampled_from(("60%", "100%", "0%", "beta(mean=70%, n=20)")))}
        text["score"] |= draw(_some(weight=st.sampled_from(WEIGHTS), mean=st.just(48), sd=st.just(20)))
    limit = draw(st.integers(0, 5)) if tame == "same odds" else None

    def rules(at: int, *, drift: bool) -> Rules:
        here, earlier = stages[at : at + 1], stages[: at + 1]
        back = {
            "": Back(earlier, stages),
            "same stage": Back(here, here, TAME_ODDS),
            "same odds": Back(earlier, earlier, limit=limit),
        }[tame]
        busy = {"neglect": "50%", "conversion": "50%", "cold": draw(_exits(EXIT_SHARES[:6]))} if tame else {}
        scored: Rules = {}
        if "score" in text:
            scored = draw(_some(score_weight=st.sampled_from(WEIGHTS)))
            if draw(st.integers(0, 3)) == 0:
                scored |= {"threshold": draw(st.sampled_from((45, 52.5, 20)))}
        every = draw(_stage(back, drift=drift)) | draw(_conversion()) | draw(_part_of(busy)) | scored
        if "threshold" in every:
            every = {name: rule for name, rule in every.items() if not name.startswith("conversion")}
        if searching:  # a search stands beside no programme and no conversion of entered leads
            every = {"conversion": "50%"} | every if "conversion_of_entered" in every else every
            every.pop("conversion_of_entered", None)
            return every
        found = _resolvable({name: rule for name, rule in every.items() if name != "enrichment"})
        if not tame and draw(st.sampled_from((True, False, False))):
            return _nurtured(found, draw(_programme()))
        return found

    for k, name in enumerate(stages):
        text["stages"][name] = rules(k, drift=drift)
    if draw(st.booleans()):
        text["stages"]["won"] = {"cost_per_entry": draw(st.sampled_from(MONEY))}
    if sectors:
        shares = ("uniform(low=10%, high=40%)", "rest", "25%")
        text["sectors"] = {name: {"share": share} for name, share in zip(sectors, shares, strict=False)}
        own, at = draw(st.sampled_from(sectors)), draw(st.integers(0, len(stages) - 1))
        text["sectors"][own]["stages"] = {stages[at]: _fitting(rules(at, drift=False), text["stages"][stages[at]])}
        own_rules = {"deal_value": st.sampled_from(VALUES), "attrition": st.just("50% per month")}
        some = _some(**own_rules, **({} if tame else {"expansion": _expansion()}))
        text["sectors"][own] |= draw(some)
    levers = [sla for sla in text.get("slas", {}).values() if "lever" in sla]
    if levers and draw(st.booleans()):
        levers[0]["active"] = "yes"
    return json.dumps(text)


def loaded(text: str) -> Scenario:
    """The scenario of a text; one of JSON, as above, without the reader of YAML, which takes longer than the engine."""
    if not text.startswith("{"):
        return loads(text)
    faults, place = Faults(), Place("file", "scenario")
    tree = from_python({"name": "scenario"} | json.loads(text), (), place, faults)
    return checked(tree, None, faults)


def resolved(text: str) -> Resolved:
    """The scenario of a text, ready to run."""
    return resolve(loaded(text))
