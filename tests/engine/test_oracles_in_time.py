"""Does the engine hit what can be worked out exactly of time: when leads come, go and drift, week by week?

False-alarm rate of each check 1e-6; a bias of one percent (or as stated) would be noticed with a chance of 99 %.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from alarms import FALSE_ALARM, Values, futures, law_is, mean_is, pmf_of, share_is, strong_enough, uncorrelated
from scipy import integrate, special, stats

import simfunnel as sf
from simfunnel.engine.block import Block
from simfunnel.engine.futures import live
from simfunnel.engine.plan import Plan
from simfunnel.engine.waves import Event
from simfunnel.resolved import resolve

START = date(2027, 1, 4)  # a Monday


# who goes where, when: competing exits

CAUSES = ("advanced", "rejected", "cold_neglected", "cold_late", "left")
HORIZON = 40.0
COMPETING = """
horizon: 40 days
process: [sql, customer]
attrition: 15% per month
sources: {inbound: {enters: sql, leads: 40_000}}
stages:
  sql:
    conversion: 45%
    neglect: 25%
    response: lognormal(median=4 days, sigma=1)
    shelf_life: weibull(shape=1.5, mean=10 days)
    takes: gamma(mean=6 days, cv=0.6)
    rejected_takes: exponential(mean=3 days)
"""
GROUPS = 100  # replications, each with an estimate of its own
DAYS = np.array([6.0, 12.0, 20.0, 30.0])


def stays(plan: Plan, replication: int) -> tuple[Values, Values]:
    """How long the visit of each lead was watched, and how it ended (-1: the horizon came first)."""
    events: list[Event] = []
    leads = live(Block(plan, 4, replication, 1), journal=(events, []))[0]
    days, cause = HORIZON - leads.arrival, np.full(leads.size, -1)
    for event in events:
        if event.name in CAUSES:
            days[event.lead] = event.time - leads.arrival[event.lead]
            cause[event.lead] = CAUSES.index(event.name)
    return days, cause


def aalen_johansen(days: Values, cause: Values) -> Values:
    """Cumulative incidence of each cause at `DAYS`, of visits that are cut off at random times; shape (causes, days).

    At each end the chance to have stayed until then, divided by the number still watched, goes to its cause.
    """
    order = np.argsort(days)
    days, cause = days[order], cause[order]
    watched = days.size - np.arange(days.size)
    stayed = np.cumprod(np.where(cause >= 0, 1.0 - 1.0 / watched, 1.0))
    until = np.concatenate([[1.0], stayed[:-1]]) / watched
    before = np.searchsorted(days, DAYS, side="right")
    return np.stack([np.concatenate([[0.0], np.cumsum(until * (cause == k))])[before] for k in range(len(CAUSES))])


def exact_incidence(step: float = 0.005) -> Values:
    """The same by integrating over the clocks on a fine grid; shape (causes, days)."""
    edges = np.arange(0, DAYS[-1] + step, step)
    middle = (edges[1:] + edges[:-1]) / 2
    response, lasts = stats.lognorm(1.0, scale=4.0), stats.weibull_min(1.5, scale=10 / special.gamma(1 + 1 / 1.5))
    advancing, rejecting = stats.gamma(1 / 0.36, scale=6 * 0.36), stats.expon(scale=3)
    hazard = -np.log(1 - 0.15) / (365 / 12)
    worked = np.diff(response.cdf(edges)) * lasts.sf(middle)
    cold = np.diff(lasts.cdf(edges))
    # sums of two bins spread over two bins: on average their times are the upper edge of the sum's bin
    at_sum = edges[1:]
    ends = {
        "advanced": 0.75 * 0.45 * np.convolve(worked, np.diff(advancing.cdf(edges)))[: at_sum.size],
        "rejected": 0.75 * 0.55 * np.convolve(worked, np.diff(rejecting.cdf(edges)))[: at_sum.size],
        "cold_neglected": 0.25 * cold,
        "cold_late": 0.75 * cold * response.sf(middle),
    }
    times = {name: at_sum if name in ("advanced", "rejected") else middle for name in ends}
    found, ended = {}, np.zeros_like(middle)
    for name, density in ends.items():
        until = times[name] + step / 2
        found[name] = np.interp(DAYS, until, np.cumsum(density * np.exp(-hazard * times[name])))
        ended += np.interp(middle, until, np.cumsum(density), left=0.0)
    leaving = hazard * np.exp(-hazard * middle) * (1 - ended) * step
    found["left"] = np.interp(DAYS, edges[1:], np.cumsum(leaving))
    return np.stack([found[name] for name in CAUSES])


def test_competing_exits_have_the_cumulative_incidence_of_aalen_and_johansen() -> None:
    plan = resolve(sf.loads(COMPETING)).plan
    groups = [aalen_johansen(*stays(plan, replication)) for replication in range(GROUPS)]
    found, error = np.mean(groups, axis=0), np.std(groups, axis=0, ddof=1) / np.sqrt(GROUPS)
    exact, reach = exact_incidence(), float(stats.t.isf(FALSE_ALARM / 2, GROUPS - 1))
    assert (np.abs(found - exact) <= reach * error).all(), (found - exact) / error
    assert np.allclose(exact_incidence(step=0.01), exact, rtol=2e-4)
    for k, name in enumerate(CAUSES):
        strong_enough(error[k, -1], exact[k, -1], bias=0.025 if name == "left" else 0.01)
    seen = (stays(plan, 0)[1] == 0).mean()  # a share that ignores that visits are cut off is far from it
    assert seen < 0.9 * exact[0, -1]


@pytest.mark.parametrize(("horizon", "chance"), [("1 month", 0.2), ("3 months", 1 - 0.8**3), ("1 year", 1 - 0.8**12)])
def test_contacts_leave_at_a_constant_rate(horizon: str, chance: float) -> None:
    text = f"""
    {{horizon: {horizon}, process: [sql, customer], attrition: 20% per month,
     sources: {{i: {{enters: sql, leads: 4000, arrive: at start}}}},
     stages: {{sql: {{conversion: 25%, neglect: 100%}}}}}}
    """
    n_sims = int(550_000 * (1 - chance) / chance / 4000) + 1
    (left,) = futures(text, n_sims, "left", seed=6)
    share_is(left.sum(), 4000 * n_sims, chance)


@pytest.mark.parametrize(
    "back", ["rejected: {recycle: 100%}", "rejected: {competitor: 100%}, returns: {share: 100%, after: 1 month}"]
)
def test_contacts_leave_while_their_leads_rest(back: str) -> None:
    text = f"""
    {{horizon: 1 year, process: [sql, customer], attrition: 20% per month,
     sources: {{i: {{enters: sql, leads: 4000, arrive: at start}}}},
     stages: {{sql: {{conversion: 0%, {back}, recycle: {{limit: 1, after: 1 month}}}}}}}}
    """
    reopened, left = futures(text, 40, "reopened", "left", seed=6)
    share_is(reopened.sum(), 40 * 4000, 0.8)
    if "recycle: 100" in back:  # at the limit the others are dropped as they come back
        assert (reopened + left == 4000).all()


# when leads come

PROFILE = """
{{horizon: 1 year, period: day, process: [sql, customer],
 sources: {{inbound: {{enters: sql, leads: 16_000, arrive: {{{profile}}}}}}}, stages: {{sql: {{conversion: 0%}}}}}}
"""
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def weights(weekdays: dict[str, float], months: dict[int, float], growth: float) -> Values:
    """What a profile says of each day of the year, by the calendar."""
    days = [START + timedelta(days=k) for k in range(365)]
    each = [weekdays.get(WEEKDAYS[day.weekday()], 1.0) * months.get(day.month, 1.0) for day in days]
    return np.array(each) * (1 + growth) ** (np.arange(365) / 365)


@pytest.mark.parametrize(
    ("profile", "daily"),
    [
        ("weekdays: {sat: 0, sun: 0.5, mon: 2}", weights({"sat": 0, "sun": 0.5, "mon": 2}, {}, 0)),
        ("months: {jan: 2, aug: 0.5, dec: 1.5}", weights({}, {1: 2, 8: 0.5, 12: 1.5}, 0)),
        ("growth: 60% per year", weights({}, {}, 0.6)),
        ("weekdays: {sun: 0}, months: {feb: 0}, growth: -40% per year", weights({"sun": 0}, {2: 0}, -0.4)),
    ],
)
def test_arrivals_have_the_shares_of_weekdays_months_and_growth(profile: str, daily: Values) -> None:
    n_sims = 500
    run = sf.simulate(sf.loads(PROFILE.format(profile=profile)), n_sims=n_sims, seed=8, workers=1, progress=False)
    number, share = run.futures.tallies.period_total[0, 0], daily / daily.sum()
    assert number.sum() == 16_000 * n_sims
    assert (number[share == 0] == 0).all()
    calendar = [START + timedelta(days=k) for k in range(365)]
    for part in (np.array([day.weekday() for day in calendar]), np.array([day.month for day in calendar])):
        expected, found = np.bincount(part, share), np.bincount(part, number)
        for k in np.flatnonzero(expected > 0.06):
            share_is(found[k], number.sum(), expected[k])
    inside = share > 0
    law_is(number[inside], share[inside], np.roll(share, 1)[inside])  # the bias to be noticed: off by one day


def test_a_campaign_brings_its_leads_evenly_between_its_days() -> None:
    text = PROFILE.format(profile="from: 2027-05-10, to: 2027-05-14")
    leads = live(Block(resolve(sf.loads(text)).plan, 1, 0, 30))[0]
    first = (date(2027, 5, 10) - START).days
    within = (leads.arrival - first) / 5
    assert within.min() > 0
    assert within.max() < 1
    mean_is(within, 0.5, np.sqrt(1 / 12))
    assert stats.kstest(within, "uniform").pvalue > FALSE_ALARM


# how many leads come

WEEKLY = """
{{horizon: 8 weeks, period: week, process: [sql, customer], sources: {{inbound: {{enters: sql, {many}}}}},
 stages: {{sql: {{conversion: 100%}}}}}}
"""


def weekly(many: str, n_sims: int) -> Values:
    """Leads by week, shape (n_sims, 8): all are won as they come."""
    run = sf.simulate(sf.loads(WEEKLY.format(many=many)), n_sims=n_sims, seed=9, workers=1, progress=False)
    return run.futures.timeline_deals


@pytest.mark.parametrize(
    ("many", "mean", "dispersion"),
    [
        ("leads: 'overdispersed(6 per week, dispersion=3)'", 6, 3),
        ("visits: 'overdispersed(500 per week, dispersion=41)', capture: 1%", 5, 1 + 0.01 * 40),
    ],
)
def test_overdispersed_weeks_are_negative_binomial(many: str, mean: float, dispersion: float) -> None:
    counts = weekly(many, 75_000)
    laws = [stats.nbinom(m / (dispersion - 1), 1 / dispersion) for m in (mean, 1.01 * mean)]
    law_is(np.bincount(counts.ravel()), *(pmf_of(law, 150) for law in laws))
    spread = (counts.ravel() - mean) ** 2 / mean
    mean_is(spread, dispersion, bias=0.03)
    uncorrelated(counts[:, :-1].ravel(), counts[:, 1:].ravel(), bias=0.012)


@pytest.mark.parametrize(
    ("many", "law", "biased"),
    [
        ("leads: poisson(9)", stats.poisson(9), stats.poisson(9.09)),
        ("visits: 1000, capture: 1%", stats.binom(1000, 0.01), stats.binom(1000, 0.0101)),
        ("visits: poisson(900), capture: 1%", stats.poisson(9), stats.poisson(9.09)),
        ("budget: 900, cost_per_lead: 100", stats.poisson(9), stats.poisson(9.09)),
        ("budget: 900, yield: {most: 45, half: 1800, shape: 2}", stats.poisson(9), stats.poisson(9.09)),
        ("budget: 900, yield: {leads: 6, at: 400, exponent: 0.5}", stats.poisson(9), stats.poisson(9.09)),
        (
            "budget: 900, yield: {most: 'gamma(mean=18, shape=4)', half: 900}",
            stats.nbinom(4, 4 / (4 + 9)),
            stats.nbinom(4, 4 / (4 + 9 * 1.01)),
        ),
        (
            "leads: 'poisson(gamma(mean=9, shape=4))'",
            stats.nbinom(4, 4 / (4 + 9)),
            stats.nbinom(4, 4 / (4 + 9 * 1.01)),
        ),
    ],
)
def test_numbers_of_leads_have_their_law(many: str, law: object, biased: object) -> None:
    (arrived,) = futures(WEEKLY.format(many=many), 500_000 if "gamma" in many else 130_000, "arrived")
    law_is(np.bincount(arrived.astype(int)), pmf_of(law, 120), pmf_of(biased, 120))


# drift

DRIFT = """
{{horizon: {horizon}, process: [sql, customer], period: quarter, sources: {{{sources}}},
 stages: {{sql: {{conversion: {p}, drift: {{sd: {sd}, carry_over: {carry_over}, every: {every}}}}}}}}}
"""
WEEK_1, WEEK_3 = "from: 2027-01-04, to: 2027-01-10", "from: 2027-01-18, to: 2027-01-24"


def chance_of_shock(p: float, sd: float) -> tuple[Values, Values]:
    """Chances to advance over a fine grid of shocks, with their weights; the intercept is such that their mean is p."""
    from scipy.optimize import brentq

    def chance(z: float, a: float) -> float:
        return float(special.expit(a + sd * z))

    def surplus(a: float) -> float:
        return float(integrate.quad(lambda z: chance(z, a) * stats.norm.pdf(z), -9, 9, epsabs=1e-13)[0]) - p

    z = np.linspace(-8, 8, 2001)
    weight = stats.norm.pdf(z)
    return special.expit(brentq(surplus, -20, 20, xtol=1e-13) + sd * z), weight / weight.sum()


@pytest.mark.parametrize(("p", "sd", "every", "n_sims"), [(0.25, 0.8, "1 week", 14_000), (0.1, 1.0, "2 days", 29_000)])
def test_drift_leaves_the_mean_conversion_as_stated(p: float, sd: float, every: str, n_sims: int) -> None:
    many = "i: {enters: sql, leads: 200}"
    text = DRIFT.format(horizon="1 year", sources=many, p=p, sd=sd, carry_over="30%", every=every)
    (deals,) = futures(text, n_sims, "deals", seed=10)
    mean_is(deals / 200, p)


def weeks_with_drift(sd: float, carry_over: str, n_sims: int) -> Values:
    """Deals of ten weeks, each of 12 leads of one source and 8 of another; shape (n_sims, 10)."""
    weeks = [(START + timedelta(weeks=k), START + timedelta(weeks=k, days=6)) for k in range(10)]
    many = ", ".join(
        f"{name}{k}: {{enters: sql, leads: {leads}, arrive: {{from: {first}, to: {last}}}}}"
        for k, (first, last) in enumerate(weeks)
        for name, leads in (("i", 12), ("j", 8))
    )
    text = DRIFT.format(horizon="10 weeks", sources=many, p=0.25, sd=sd, carry_over=carry_over, every="1 week")
    text = text.replace("period: quarter", "period: week")
    run = sf.simulate(sf.loads(text), n_sims=n_sims, seed=11, workers=1, progress=False)
    return run.futures.timeline_deals


def test_leads_of_a_week_share_its_drift() -> None:
    deals = weeks_with_drift(0.8, "0%", 42_000)
    laws = []
    for p in (0.25, 0.2525):
        q, weight = chance_of_shock(p, 0.8)
        laws.append(stats.binom.pmf(np.arange(21)[:, None], 20, q) @ weight)
    law_is(np.bincount(deals.ravel()), laws[0], laws[1])
    assert laws[0] @ (np.arange(21) - 5.0) ** 2 > 2 * stats.binom(20, 0.25).var()  # far from independent leads
    uncorrelated(deals[:, :-1].ravel(), deals[:, 1:].ravel(), bias=0.012)


@pytest.mark.slow
def test_drift_is_carried_over() -> None:
    away = weeks_with_drift(1.5, "60%", 80_000) - 5.0
    q, weight = chance_of_shock(0.25, 1.5)
    z = np.linspace(-8, 8, 2001)
    for lag in (1, 2):
        rho = 0.6**lag
        given = stats.norm.pdf(z[None, :], rho * z[:, None], np.sqrt(1 - rho**2))
        both = float((weight * q) @ (given / given.sum(axis=1, keepdims=True)) @ q)
        mean_is((away[:, :-lag] * away[:, lag:]).mean(axis=1), 400 * (both - 0.25**2), bias=0.05)
