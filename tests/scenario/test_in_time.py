"""How likely is a lead worked in time, and is that known quickly where parameters are uncertain?"""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, stats

from simfunnel.distributions import Distribution, build, nodes
from simfunnel.resolved.stages import in_time
from simfunnel.scenario import Number, Stage


def uniform(low: float, high: float) -> Distribution:
    return build("uniform", {"low": low, "high": high})


NESTED = build("exponential", {"mean": uniform(0.5, 2.0)})
TWICE = build("lognormal", {"median": uniform(0.5, 2.0), "p90": uniform(4.0, 9.0)})
Z90 = stats.norm.ppf(0.9)


def before(end: float) -> float:
    """P(TWICE < end) by adaptive quadrature over both unknowns."""
    value, _ = integrate.dblquad(
        lambda p90, median: stats.norm.cdf(np.log(end / median) / (np.log(p90 / median) / Z90)), 0.5, 2.0, 4.0, 9.0
    )
    return value / 1.5 / 5.0


def late(shelf_life: float) -> float:
    """P(exponential of mean m > T), m uniform: exp(-T/m) on average."""
    return integrate.quad(lambda mean: np.exp(-shelf_life / mean), 0.5, 2.0)[0] / 1.5


EXACT: dict[str, tuple[Number, Number, float]] = {
    "nested response, fixed shelf life": (NESTED, 3.0, 1.0 - late(3.0)),
    "fixed response, nested shelf life": (1.0, NESTED, late(1.0)),
    "two unknowns, fixed shelf life": (TWICE, 3.0, before(3.0)),
    "nested response, exponential shelf life": (
        NESTED,
        build("exponential", {"mean": 4.0}),
        integrate.quad(lambda mean: 4.0 / (mean + 4.0), 0.5, 2.0)[0] / 1.5,
    ),
    "both nested": (
        NESTED,
        build("exponential", {"mean": uniform(2.0, 6.0)}),
        integrate.dblquad(lambda shelf, mean: shelf / (mean + shelf), 0.5, 2.0, 2.0, 6.0)[0] / 6.0,
    ),
}


@pytest.mark.parametrize("what", EXACT)
def test_in_time_is_right(what: str) -> None:
    response, shelf_life, exact = EXACT[what]
    found = in_time(Stage(response=response, shelf_life=shelf_life, give_up=1_000.0))
    assert found == pytest.approx(exact, abs=1e-4)


def test_the_patient_wait_until_they_are_given_up() -> None:
    rule = Stage(response=build("exponential", {"mean": 1.0}), shelf_life=2.0, patient=0.25, give_up=5.0)
    assert in_time(rule) == pytest.approx(0.75 * (1.0 - np.exp(-2.0)) + 0.25 * (1.0 - np.exp(-5.0)), abs=1e-12)
    assert in_time(Stage(response=2.0, shelf_life=2.0)) == 0.0
    on_time = build("choice", {"50%": 2.0, "0.5": 1.0})
    assert in_time(Stage(response=on_time, shelf_life=2.0)) == 0.5  # at its very end it is too late


@pytest.mark.parametrize("value", [NESTED, TWICE, build("fixed", {"value": uniform(1.0, 3.0)})])
def test_nodes_stand_for_the_whole(value: Distribution) -> None:
    values, weights = nodes(value)
    assert weights.sum() == pytest.approx(1.0)
    for x in (0.3, 1.0, 2.5):
        assert float(weights[values <= x].sum()) == pytest.approx(float(value.cdf(np.array([x]))[0]), abs=2e-4)
