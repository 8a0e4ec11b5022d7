"""Which change to a random funnel must help, and which must not matter? Pairs of scenarios for the laws."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from funnels import YIELDS, Rules, scenarios, split
from hypothesis import strategies as st

Pair = tuple[Any, Any]  # worse and better; None: the rule is not given

LONGER: tuple[Pair, ...] = (
    ("0 days", "1 day"),
    ("2 days", "9 days"),
    ("0 days", "exponential(mean=6 days)"),
    ("exponential(mean=6 days)", "exponential(mean=15 days)"),
    ("lognormal(median=3 days, p90=20 days)", "lognormal(median=6 days, p90=40 days)"),
    ("weibull(shape=0.6, mean=5 days)", "weibull(shape=0.6, mean=12 days)"),
    ("exponential(mean=uniform(low=2 days, high=30 days))", "exponential(mean=uniform(low=4 days, high=60 days))"),
    ("choice(0 days, 12 days)", "choice(2 days, 12 days)"),
    ("points(48%=1 hour, 69%=1 day, 100%=30 days)", "points(48%=5 hours, 69%=4 days, 100%=30 days)"),
)
MORE_OFTEN: tuple[Pair, ...] = (
    ("0%", "20%"),
    ("20%", "50%"),
    ("50%", "100%"),
    ("85%", "100%"),
    ("beta(mean=20%, n=20)", "beta(mean=40%, n=20)"),
    ("uniform(low=10%, high=50%)", "uniform(low=10%, high=90%)"),
    ("beta(mean=40%, n=20)", "100%"),
)
BETTER: dict[str, tuple[Pair, ...]] = {
    "conversion": MORE_OFTEN,
    "patient": MORE_OFTEN,
    "neglect": tuple((more, fewer) for fewer, more in MORE_OFTEN),
    "shelf_life": (*LONGER, ("9 days", None), ("exponential(mean=6 days)", None)),
    "give_up": (*LONGER, ("9 days", None)),
    "response": (*((longer, shorter) for shorter, longer in LONGER), ("2 days", None)),
    "takes": (
        *((longer, shorter) for shorter, longer in LONGER[3:]),
        ("60 days", "9 days"),
        ("exponential(mean=90 days)", "exponential(mean=40 days)"),
        ("uniform(low=30 days, high=120 days)", None),
    ),
}
NEEDED: dict[str, Rules] = {  # rules without which a lever moves nothing
    "patient": {"response": "exponential(mean=6 days)", "shelf_life": "2 days"},
    "shelf_life": {"response": "exponential(mean=6 days)"},
    "give_up": {"response": "exponential(mean=6 days)"},
    "response": {"shelf_life": "9 days"},
}
UNWRITTEN = {"shelf_life": "99 years", "give_up": "99 years", "response": "0 days", "takes": "0 days"}
MORE_LEADS: tuple[tuple[Rules, Rules], ...] = (
    ({"leads": "5"}, {"leads": "20"}),
    ({"leads": "uniform(low=2, high=25)"}, {"leads": "uniform(low=2, high=50)"}),
    ({"leads": "poisson(15)"}, {"leads": "poisson(18)"}),
    ({"leads": "poisson(uniform(low=3, high=25))"}, {"leads": "poisson(uniform(low=6, high=26))"}),
    ({"leads": "overdispersed(20, dispersion=3)"}, {"leads": "overdispersed(27, dispersion=3)"}),
    ({"visits": "1000", "capture": "1%"}, {"visits": "1000", "capture": "2%"}),
    ({"visits": "1000", "capture": "beta(mean=1%, n=300)"}, {"visits": "1500", "capture": "beta(mean=1%, n=300)"}),
    ({"visits": "poisson(900)", "capture": "1%"}, {"visits": "poisson(1200)", "capture": "2%"}),
    (
        {"visits": "overdispersed(900, dispersion=20)", "capture": "1%"},
        {"visits": "overdispersed(1200, dispersion=20)", "capture": "1%"},
    ),
    ({"budget": "400", "cost_per_lead": "40"}, {"budget": "900", "cost_per_lead": "40"}),
    (
        {"budget": "uniform(low=100, high=900)", "cost_per_lead": "40"},
        {"budget": "uniform(low=100, high=900)", "cost_per_lead": "30"},
    ),
    *(({"budget": "300", "yield": curve}, {"budget": "900", "yield": curve}) for curve in YIELDS),
    (
        {"budget": "500", "yield": {"most": "20", "half": "400"}},
        {"budget": "500", "yield": {"most": "20", "half": "99"}},
    ),
)
MORE_BUDGET: tuple[Pair, ...] = (
    ("400", "900"),
    ("0", "600"),
    ("uniform(low=200, high=1000)", "uniform(low=200, high=2500)"),
    ("uniform(low=200, high=1000)", "1500"),
)
HIGHER_ODDS: tuple[Pair, ...] = (
    ("0.5", "1"),
    ("0.5", None),
    ("1", "1.7"),
    (None, "1.7"),
    ("lognormal(median=0.8, sigma=0.4)", "lognormal(median=1.1, sigma=0.4)"),
)


def copied(rules: Rules) -> Rules:
    """A copy, to its depths."""
    out: Rules = json.loads(json.dumps(rules))
    return out


def stages_of(rules: Rules) -> Iterator[Rules]:
    """Every set of rules of a stage that can be left: the common ones, then those of sectors."""
    for name, stage in rules["stages"].items():
        if name != rules["process"][-1]:
            yield stage
    for sector in rules.get("sectors", {}).values():
        yield from sector.get("stages", {}).values()


def calm(text: str) -> Rules:
    """The scenario in which nobody comes back, drifts or has chances that depend on other rules, and some are won."""
    rules: Rules = json.loads(text)
    for stage in stages_of(rules):
        for key in ("recycle", "returns", "cold", "rejected", "reasons", "drift"):
            stage.pop(key, None)
        if stage.pop("threshold", None) is not None:
            stage["conversion"] = "60%"
        if "conversion_of_entered" in stage:
            stage["conversion"] = stage.pop("conversion_of_entered")
        if stage.get("conversion") in ("0%", "1%", "0.5%"):
            stage["conversion"] = "60%"
    for source in rules["sources"].values():
        source.pop("lift", None)
        if source.get("leads") in ("0", "1"):
            source["leads"] = "20"
    return rules


def _with(rules: Rules, key: str, value: Any) -> None:
    rules.pop(key, None)
    if value is not None:
        rules[key] = value


def _undivided(rules: Rules) -> None:
    """Give every source that lived on a share of the budget leads of its own."""
    rules.pop("budget", None)
    for source in rules["sources"].values():
        if source.pop("share", None) is not None:
            source.pop("yield", None)
            source["leads"] = "20"


@st.composite
def levers(draw: st.DrawFn, kind: str) -> tuple[Rules, Rules]:
    """A calm scenario, and the same with more of one thing that helps."""
    worse = calm(draw(scenarios(drift=False)))
    if kind in ("leads", "budget"):
        _undivided(worse)
    if kind == "budget":
        worse |= draw(split(worse["sources"]))
        better = copied(worse)
        worse["budget"], better["budget"] = draw(st.sampled_from(MORE_BUDGET))
        return worse, better
    better = copied(worse)
    if kind in ("leads", "odds"):
        name = draw(st.sampled_from(list(worse["sources"])))
        pair = draw(st.sampled_from(MORE_LEADS if kind == "leads" else HIGHER_ODDS))
        for rules, value in zip((worse, better), pair, strict=True):
            source = rules["sources"][name]
            if kind == "odds":
                _with(source, "odds", value)
                continue
            for key in ("leads", "visits", "capture", "budget", "cost_per_lead", "cost", "yield"):
                source.pop(key, None)
            source |= value
        return worse, better
    at = draw(st.integers(0, sum(1 for _ in stages_of(worse)) - 1))
    pair = draw(st.sampled_from(BETTER[kind]))
    if at >= len(worse["process"]) - 1 and pair[1] is None:  # what a sector leaves out is what the common rules say
        pair = pair[0], UNWRITTEN[kind]
    for rules, value in zip((worse, better), pair, strict=True):
        stage = list(stages_of(rules))[at]
        for other, usual in NEEDED.get(kind, {}).items():
            stage.setdefault(other, usual)
        _with(stage, kind, value)
    return worse, better


def recycled_instead(text: str) -> Rules:
    """The same scenario where whoever would be dropped is recycled."""
    rules: Rules = json.loads(text)
    for name in rules["process"][:-1]:  # what a sector does not say is what the common rules say
        stage = rules["stages"][name]
        stage.setdefault("cold", {"dropped": "100%"})
        if "reasons" not in stage:
            stage.setdefault("rejected", {"dropped": "100%"})
    for stage in stages_of(rules):
        for reason in stage.get("reasons", {}).values():
            if reason.get("exit", "dropped") == "dropped":
                reason["exit"] = "recycle"
        for key in ("cold", "rejected"):
            for exits in _by_cause(stage.get(key, {})):
                if "dropped" in exits:
                    exits.pop("dropped")
                    exits["recycle"] = "rest"
    return rules


def _by_cause(exits: Rules) -> tuple[Rules, ...]:
    return (exits["neglected"], exits["late"]) if "neglected" in exits else (exits,)


def without_further_sales(text: str) -> Rules:
    """The same funnel, whose customers buy once."""
    rules: Rules = json.loads(text)
    for part in (rules, *rules.get("sectors", {}).values()):
        part.pop("expansion", None)
    return rules


def only_worked_at_once(text: str) -> tuple[Rules, Rules]:
    """A scenario in which nobody is late, some are neglected and nothing comes back cold; and that without neglect."""
    neglecting: Rules = json.loads(text)
    neglecting.pop("slas", None)  # the lever of one may bring a neglect or a response of its own
    for stage in stages_of(neglecting):
        stage.pop("response", None)
        for key in ("shelf_life", "give_up"):
            if key in stage:
                stage[key] = "exponential(mean=6 days)"
        if "conversion_of_entered" in stage:
            stage["conversion"] = stage.pop("conversion_of_entered")
    working = copied(neglecting)
    for stage in stages_of(working):
        stage.pop("neglect", None)
    return neglecting, working
