"""Does a lift of 20 % lift the mean conversion by 20 %, whatever is unknown about it and however it drifts?"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import optimize, special

import simfunnel as sf
from simfunnel.distributions import build
from simfunnel.errors import ScenarioError
from simfunnel.explanation.pilot import pilot
from simfunnel.resolved import resolve
from simfunnel.resolved.effects import BaseRate

FUNNEL = """
horizon: 1 year
process: [mql, sql, customer]
sources:
  web: {{enters: mql, leads: 100, lift: {lift}}}
  other: {{enters: mql, leads: 100}}
stages:
  mql: {{conversion: 100%, recycle: {{lift: -50%}}}}
  sql:
    {conversion}
    shelf_life: 1 day
    neglect: 20%
    rejected: {{recycle: 50%, dropped: rest}}
    recycle: {{after: 10 days, lift: {lift}}}
    drift: {{sd: {sd}}}
"""


def mean_of_rates(rates: list[float], weights: list[float], sd: float, factor: float) -> float:
    """The mean conversion under a factor on the odds: Gauss-Hermite over the drift, a root for each intercept."""
    shocks, of_shock = special.roots_hermitenorm(60)
    of_shock = of_shock / math.sqrt(2.0 * math.pi)
    total = 0.0
    for rate, weight in zip(rates, weights, strict=True):

        def drifting(a: float, by: float = 0.0) -> float:
            return float(special.expit(a + by + sd * shocks) @ of_shock)

        intercept = optimize.brentq(lambda a, rate=rate: drifting(a) - rate, -60.0, 60.0, xtol=1e-13)
        total += weight * drifting(intercept, math.log(factor))
    return total


def beta_nodes(mean: float, n: float) -> tuple[list[float], list[float]]:
    """Gauss-Jacobi on the density of a beta."""
    a, b = mean * n, (1.0 - mean) * n
    x, w = special.roots_jacobi(40, b - 1.0, a - 1.0)
    return ((x + 1.0) / 2.0).tolist(), (w / w.sum()).tolist()


UNCERTAIN = {
    "known": ("conversion: 25%", ([0.25], [1.0])),
    "uncertain": ("conversion: beta(mean=25%, n=12)", beta_nodes(0.25, 12)),
    # 80 % are worked in time
    "of entered": ("conversion_of_entered: 20%", ([0.25], [1.0])),
    "two rates": ("conversion: choice(25%=10%, 75%=30%)", ([0.1, 0.3], [0.25, 0.75])),
}


@pytest.mark.parametrize("what", UNCERTAIN)
@pytest.mark.parametrize("sd", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("lift", [0.2, -0.3])
def test_a_lift_is_a_lift_of_the_mean(what: str, sd: float, lift: float) -> None:
    conversion, (rates, weights) = UNCERTAIN[what]
    plan = resolve(sf.loads(FUNNEL.format(lift=f"{lift:.0%}", conversion=conversion, sd=sd))).plan
    odds = plan.sources[0].odds
    assert odds is not None
    factor = float(odds[1].values[0])
    before, after = (mean_of_rates(rates, weights, sd, each) for each in (1.0, factor))
    assert after / before == pytest.approx(1.0 + lift, abs=2e-6)
    assert plan.stages[1].recycle_odds.values[0] == factor
    assert plan.stages[0].recycle_odds.values[0] == 1.0  # a conversion of 100 % is not moved


def test_the_lift_shows_in_the_futures() -> None:
    base = sf.loads(FUNNEL.format(lift="20%", conversion="conversion: beta(mean=25%, n=8)", sd=1.0))
    run = sf.simulate(base.change({"stages.sql.rejected": {"dropped": "100%"}}), n_sims=4_000, seed=1, progress=False)
    table = run.stages(by=("stage", "source")).set_index(["stage", "source"])["conversion"]
    # 320,000 leads a source share each future's rate and drift; at the mean rate it would be 13 %
    assert table["sql", "web"] / table["sql", "other"] - 1.0 == pytest.approx(0.2, abs=0.01)


def test_what_no_factor_can_do_is_said() -> None:
    text = FUNNEL.format(lift="200%", conversion="conversion: 40%", sd=0.5)
    with pytest.raises(
        ScenarioError, match=r"lift of 200% takes the conversion of sql from 40\.0% to 120\.0%"
    ) as found:
        resolve(sf.loads(text))
    assert "at most 150% fits" in str(found.value)
    text = FUNNEL.format(lift="-80%", conversion="conversion: choice(50%=100%, 50%=20%)", sd=0)
    with pytest.raises(ScenarioError, match="no less than -17% fits"):
        resolve(sf.loads(text))


@pytest.mark.parametrize(
    "rate",
    [
        BaseRate(0.25),
        BaseRate(0.001, drift_sd=5.0),
        BaseRate(build("beta", {"mean": 0.5, "n": 2}), 0.9, build("uniform", {"low": 0.1, "high": 2.0})),
        BaseRate(build("empirical", {"values": np.linspace(0.1, 0.4, 1_000)}), drift_sd=0.5),
    ],
)
def test_a_factor_undoes_itself(rate: BaseRate) -> None:
    for lift in (-0.6, -0.2, 0.0, 0.05, 0.5):
        factor = rate.factor(lift)
        assert factor is not None
        assert rate.under(factor) == pytest.approx(rate.mean * (1.0 + lift), rel=1e-9)
    assert rate.under(build("choice", {"50%": 0.5, "0.5": 2.0})) == pytest.approx(
        (rate.under(0.5) + rate.under(2.0)) / 2.0
    )


def test_certain_rates_are_not_moved() -> None:
    for rate in (0.0, 1.0, build("choice", {"30%": 0.0, "70%": 1.0})):
        assert BaseRate(rate).factor(0.2) == 1.0
        assert BaseRate(rate, drift_sd=1.0).under(3.0) == pytest.approx(BaseRate(rate).mean, rel=1e-14)


def test_explain_moves_the_mean_as_the_engine_does() -> None:
    text = FUNNEL.format(lift="20%", conversion="conversion: 25%", sd=2.0)
    text = text.replace("lift: 20%}\n    drift", "odds: 0.5}\n    drift")
    becomes = mean_of_rates([0.25], [1.0], 2.0, 0.5)
    assert f"(25 % of the worked become {becomes * 100:.3g} %)" in sf.explain(sf.loads(text))
    assert becomes > 0.16  # 14.3 % without drift
    others = text.replace("other: {enters", "other: {odds: 0.5, enters")
    assert f"times those of others, at every stage (sql 25 % to {becomes * 100:.3g} %)." in sf.explain(sf.loads(others))


def test_the_first_look_counts_drift_in() -> None:
    text = FUNNEL.format(lift="20%", conversion="conversion: 25%", sd=3.0).replace("lift: -50%", "odds: 0.1")
    base = sf.loads(text.replace("web: {", "web: {odds: 0.05, ").replace(", lift: 20%}\n  other", "}\n  other"))
    deals = float(sf.simulate(base, n_sims=2_000, seed=3, progress=False).array("deals").mean())
    assert pilot(resolve(base)).deals == pytest.approx(deals, rel=0.05)


def test_leaving_within_a_year_is_averaged_over_what_is_unknown() -> None:
    scenario = sf.loads(FUNNEL.format(lift="1%", conversion="conversion: 25%", sd=0)).change(
        {"attrition": "uniform(low=0%, high=20%) per month"}
    )
    exact = 1.0 - (1.0 - 0.8**13) / 13.0 / 0.2
    assert f"which is {exact * 100:.3g} % in a year" in sf.explain(scenario)
