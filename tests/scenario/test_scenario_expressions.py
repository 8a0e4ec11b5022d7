"""Are distributions, rates and numbers of leads read as they are written, whoever wrote them?"""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from simfunnel.distributions import Distribution, build
from simfunnel.scenario.emitting import leads_text, rate_text
from simfunnel.scenario.expressions import read
from simfunnel.scenario.schema import Leads, Rate
from simfunnel.scenario.text import UNITS
from simfunnel.scenario.written import Written, choice, duration, money, number, rate, share

MONTH = 365 / 12
LEADS = Written("leads", high=1e7, uncertain=True)


def no_files(file: str, column: str) -> tuple[str, tuple[float, ...]]:
    raise ValueError(f"no file {file}, column {column}")


def value(written: Written, text: str) -> object:
    return read(written, text, no_files)


def refused_with_words_or_read(written: Written, text: str) -> None:
    try:
        value(written, text)
    except ValueError as error:
        said = str(error)
    else:
        said = "read"
    assert said


@pytest.mark.parametrize(
    ("written", "text", "expected"),
    [
        (duration(), "lognormal(median=6 hours, p90=2 days)", build("lognormal", {"median": 0.25, "p90": 2.0})),
        (duration(), "gamma( mean = 60 days , cv = 0.6 )", build("gamma", {"mean": 60.0, "cv": 0.6})),
        (duration(), "gamma(cv=0.6, mean=60 days)", build("gamma", {"mean": 60.0, "cv": 0.6})),
        (duration(), "fixed(30 days)", build("fixed", {"value": 30.0})),
        (duration(), "weibull(shape=0.5, scale=1 day, independent)", None),
        (duration(), "choice(1 day, 2 days)", build("choice", [("", 1.0), ("", 2.0)])),
        (money(), "choice(70%=4k, 30%=100_000)", build("choice", [("70%", 4e3), ("30%", 1e5)])),
        (share(), "beta(mean=25%, n=40)", build("beta", {"mean": 0.25, "n": 40.0})),
        (share(), "beta(mean=0.25, sd=5%)", build("beta", {"mean": 0.25, "sd": 0.05})),
        (share(), "uniform(low=10%, high=0.3)", build("uniform", {"low": 0.1, "high": 0.3})),
        (number(), "normal(mean=1, sd=0.1, low=0.5)", build("normal", {"mean": 1.0, "sd": 0.1, "low": 0.5})),
    ],
)
def test_a_distribution_is_read_in_the_unit_of_its_rule(written: Written, text: str, expected: Distribution) -> None:
    if expected is None:
        expected = build("weibull", {"shape": 0.5, "scale": 1.0}, independent=True)
    assert value(written, text) == expected


def test_points_and_mixtures_take_shares_for_names() -> None:
    audit = value(duration(), "points(48%=1 hour, 69%=1 day, 100%=30 days)")
    assert audit == build("points", {"48%": 1 / 24, "69%": 1.0, "100%": 30.0})
    mixed = value(duration(), "mixture(70%=fixed(30 days), 30%=exponential(mean=1 year))")
    parts = {"70%": build("fixed", {"value": 30.0}), "30%": build("exponential", {"mean": 365.0})}
    assert mixed == build("mixture", parts)


def test_a_parameter_of_chance_may_be_ignorance() -> None:
    inner = build("uniform", {"low": 1.0, "high": 3.0})
    read_as = value(duration(), "exponential(mean=uniform(low=1 day, high=3 days))")
    assert read_as == build("exponential", {"mean": inner})


def test_several_lines_are_one() -> None:
    assert value(duration(), "gamma(mean=60 days,\n   cv=0.6)") == value(duration(), "gamma(mean=60 days, cv=0.6)")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40", Leads(kind="fixed", amount=40.0)),
        ("1e3", Leads(kind="fixed", amount=1000.0)),
        ("2k", Leads(kind="fixed", amount=2000.0)),
        ("30 per month", Leads(kind="fixed", amount=30.0, per=MONTH)),
        ("2.5 per week", Leads(kind="fixed", amount=2.5, per=7.0)),
        ("30 per 2 weeks", Leads(kind="fixed", amount=30.0, per=14.0)),
        ("poisson(500)", Leads(kind="poisson", amount=500.0)),
        ("poisson(30 per month)", Leads(kind="poisson", amount=30.0, per=MONTH)),
        ("overdispersed(30 per week, dispersion=3)", Leads(kind="overdispersed", amount=30.0, per=7.0, dispersion=3.0)),
    ],
)
def test_numbers_of_leads(text: str, expected: Leads) -> None:
    assert value(LEADS, text) == expected


def test_the_number_of_leads_may_be_uncertain() -> None:
    pert = build("pert", {"low": 300.0, "mode": 500.0, "high": 900.0})
    assert value(LEADS, "pert(low=300, mode=500, high=900)") == Leads(kind="fixed", amount=pert)
    assert value(LEADS, "pert(low=300, mode=500, high=900) per year") == Leads(kind="fixed", amount=pert, per=365.0)
    assert value(LEADS, "poisson(pert(low=300, mode=500, high=900) per year)") == Leads(
        kind="poisson", amount=pert, per=365.0
    )
    spread = build("uniform", {"low": 2.0, "high": 5.0})
    assert value(LEADS, "overdispersed(30, dispersion=uniform(low=2, high=5))") == Leads(
        kind="overdispersed", amount=30.0, dispersion=spread
    )


def test_rates() -> None:
    assert value(rate("share", high=1.0), "2.1% per month") == Rate(amount=0.021, per=MONTH)
    assert value(rate("money"), "30_000 per year") == Rate(amount=30_000.0, per=365.0)
    assert value(rate("money", per="optional"), "30k") == Rate(amount=30_000.0)
    beta = build("beta", {"mean": 0.02, "n": 40.0})
    assert value(rate("share", high=1.0), "beta(mean=2%, n=40) per month") == Rate(amount=beta, per=MONTH)


def test_rest_where_it_has_a_meaning() -> None:
    assert value(share(rest=True), "rest") == "rest"
    with pytest.raises(ValueError, match="'rest' is not a share"):
        value(share(), "rest")


def test_a_choice_of_words() -> None:
    assert value(choice("day", "week"), "week") == "week"
    with pytest.raises(ValueError, match="did you mean 'week'"):
        value(choice("day", "week"), "weeks")


@pytest.mark.parametrize(
    "text",
    [
        "exponential", "exponential()", "exponential(mean)", "exponential(mean=1 day", "exponential mean=1 day)",
        "exponential(mean=1 day))", "exponential((mean=1 day))", "exponential(mean==1 day)", "exponential(=1 day)",
        "exponential(mean=1 day,)", "exponential(,mean=1 day)", "1 day + 2 days", "lambda: 1", "exponential(mean=1/2)",
        "exponential(mean=(1 day))", "exponential(mean=days)", "[1 day]", "independent", "fixed(1 day, 2 days)",
        "points(48%=1 hour)", "points(1 hour)", "choice()", "mixture()", "empirical()", "empirical(file=x.csv)",
        "empirical(values=3)", "(1 day)", "fixed(value=poisson(3))", "choice(1 day, 50%=2 days)",
    ],
)  # fmt: skip
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        value(duration(), text)


@given(st.text(alphabet="(),=%abdeilmnopstuy0123456789_. -+", max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    for written in (duration(), share(rest=True), money(), number(), rate("share"), LEADS):
        refused_with_words_or_read(written, text)


@given(st.sampled_from(["fixed", "exponential", "gamma", "points", "mixture", "poisson", "a"]), st.text(max_size=40))
def test_any_arguments_are_read_or_refused(name: str, inner: str) -> None:
    for written in (duration(), LEADS):
        refused_with_words_or_read(written, f"{name}({inner})")


POSITIVE = st.floats(1e-3, 1e5).map(lambda x: float(f"{x:.4g}"))
PERIODS = st.one_of(st.none(), st.sampled_from(sorted(UNITS.values())), st.floats(0.1, 1e4))
KINDS = st.sampled_from(["duration", "money", "number"])


@st.composite
def distributions(draw: st.DrawFn) -> Distribution:
    """Distributions of every way of writing them."""
    a, b = sorted(draw(st.lists(POSITIVE, min_size=2, max_size=2, unique=True)))
    made = {
        "fixed": {"value": a},
        "exponential": {"mean": a},
        "lognormal": {"median": a, "p90": b},
        "weibull": {"shape": 0.5, "mean": a},
        "gamma": {"mean": a, "cv": 0.6},
        "uniform": {"low": a, "high": b},
        "triangular": {"low": a, "mode": a, "high": b},
        "pert": {"low": a, "mode": b, "high": b},
        "points": {"48%": a, "100%": b},
        "choice": [("", a), ("", b)],
        "mixture": {"70%": build("fixed", {"value": a}), "30%": build("exponential", {"mean": b})},
    }
    family = draw(st.sampled_from(sorted(made)))
    return build(family, made[family], independent=draw(st.booleans()))


@given(distributions(), KINDS)
def test_distributions_read_back(distribution: Distribution, kind: str) -> None:
    assume(kind != "money" or distribution.mean() >= 0.005)  # less is refused: money is in whole cents
    written = {"duration": duration(), "money": money(), "number": number()}[kind]
    assert value(written, distribution.describe(kind)) == distribution


@given(st.floats(0, 0.999), PERIODS)
def test_rates_read_back(amount: float, per: float | None) -> None:
    made = Rate(amount=amount, per=per)
    assert value(rate("share", high=1.0, per="optional"), rate_text(made, "share")) == made


@given(
    st.one_of(st.integers(0, 10**6).map(float), distributions().filter(lambda d: not d.independent)),
    PERIODS,
    st.sampled_from(["fixed", "poisson", "overdispersed"]),
)
def test_leads_read_back(amount: float | Distribution, per: float | None, kind: str) -> None:
    made = Leads(kind=kind, amount=amount, per=per, dispersion=3.0 if kind == "overdispersed" else None)
    assert value(LEADS, leads_text(made)) == made


def test_a_distribution_made_in_python_is_checked_too() -> None:
    wide = build("lognormal", {"mean": 0.25, "cv": 0.3})
    assert read(duration(), wide, no_files) == wide
    with pytest.raises(ValueError, match=re.escape("allowed is at least 0%, at most 100%")):
        read(share(), wide, no_files)
    with pytest.raises(ValueError, match="a distribution cannot stand here"):
        read(choice("day"), wide, no_files)
