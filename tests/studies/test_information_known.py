"""Is the value of information that which can be worked out?

False-alarm rate of every statistical check here: 1e-6. Those against a known value say the smallest bias that they
catch with a chance of 99.9 %; too few draws fail.
"""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from scipy import stats

import simfunnel as sf
from simfunnel.scenario.schema import Scenario
from simfunnel.studies.information.estimate import Worth, foresight, often, worth, worths
from simfunnel.studies.information.regression import FOLDS, MOST_ROUNDS, Fits, basis, fits

FALSE_ALARM = 1e-6
Z = float(stats.norm.isf(FALSE_ALARM / 2))
Z_POWER = float(stats.norm.isf(1e-3))


def unit_normal_loss(mean: float, sd: float) -> float:
    """What it is worth to know a normal gain of this mean and sd before taking it or leaving it."""
    off = abs(mean) / sd
    return float(sd * (stats.norm.pdf(off) - off * stats.norm.sf(off)))


def linear(seed: int, n: int, mean: float, sds: tuple[float, ...], noise: float) -> list[Worth]:
    """A gain that is a sum of normal inputs and luck, taken or left: what each input is worth, and all together."""
    rng = np.random.default_rng(seed)
    rolls = rng.random((len(sds), n))
    gain = mean + np.array(sds) @ stats.norm.ppf(rolls) + noise * rng.standard_normal(n)
    gains = (gain if gain.mean() <= 0 else -gain)[:, None]
    alone, together = fits([basis(roll) for roll in rolls], gains)
    found, everything = worths(gains, alone, together)
    assert everything.value <= foresight(gains).value
    return [*found, everything]


@pytest.mark.parametrize(("noise", "smallest_bias"), [(0.5, 0.15), (3.0, 0.4)])
def test_the_estimator_meets_the_unit_normal_loss(noise: float, smallest_bias: float) -> None:
    sds, repeats = (1.0, 0.5, 0.0), 50
    found = np.array([[each.value for each in linear(seed, 2_000, -1.0, sds, noise)] for seed in range(repeats)])
    for column, sd in ((0, 1.0), (3, 1.25**0.5)):
        truth, values = unit_normal_loss(-1.0, sd), found[:, column]
        mcse = values.std(ddof=1) / repeats**0.5
        assert (Z + Z_POWER) * mcse <= smallest_bias * truth, "too few draws"
        assert abs(values.mean() - truth) <= Z * mcse
    assert found[:, 2].mean() < 0.01 * found[:, 0].mean()  # worth nothing: the fit takes no noise for signal
    assert (found >= 0).all()


def test_correlated_inputs_tell_of_each_other_and_count_once_together() -> None:
    """Each alone has the slope of the whole on it; one round of backfitting would find 0.033 for both, not 0.053."""
    r, repeats, found = -0.5, 12, []
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        one, own = rng.standard_normal((2, 4_000))
        other = r * one + (1 - r**2) ** 0.5 * own
        gain = -1.0 + one + 0.5 * other + rng.standard_normal(one.size)
        gains = (gain if gain.mean() <= 0 else -gain)[:, None]
        alone, together = fits([basis(stats.norm.cdf(each)) for each in (one, other)], gains, rounds=MOST_ROUNDS)
        inputs, everything = worths(gains, alone, together)
        found.append([inputs[0].value, everything.value])
    for values, sd in zip(np.array(found).T, (1 + r / 2, (1.25 + r) ** 0.5), strict=True):
        truth, mcse = unit_normal_loss(-1.0, sd), values.std(ddof=1) / repeats**0.5
        assert (Z + Z_POWER) * mcse <= 0.3 * truth, "too few draws"
        assert abs(values.mean() - truth) <= Z * mcse


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "mean", "noise"), [(1_000, -1.0, 2.0), (4_000, -0.5, 5.0), (4_000, 0.3, 0.1), (1_000, -2.5, 1.0)]
)
def test_the_intervals_cover_as_often_as_they_claim(n: int, mean: float, noise: float) -> None:
    """They may cover more often (the error of the choice counts twice), never less."""
    sds, repeats = (1.0, 0.5, 0.0), 400
    truths = [*(unit_normal_loss(mean, sd) if sd else 0.0 for sd in sds), unit_normal_loss(mean, 1.25**0.5)]
    covered = np.zeros(len(truths), np.int64)
    for seed in range(repeats):
        for at, (each, truth) in enumerate(zip(linear(seed, n, mean, sds, noise), truths, strict=True)):
            covered[at] += each.low <= truth <= each.high
    assert (covered >= stats.binom.ppf(FALSE_ALARM, repeats, 0.93)).all(), covered


def test_how_often_another_is_best_is_known_as_far_as_the_curve_is() -> None:
    """Of a gain N(-0.25, 1) beside noise; the interval of 1,000 exact futures would cover in half of all cases."""
    truth, repeats, covered = float(stats.norm.cdf(-0.25)), 60, 0
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        roll = rng.random(1_000)
        gain = stats.norm.ppf(roll) - 0.25 + 3 * rng.standard_normal(1_000)
        found = often(fits([basis(roll)], gain[:, None])[1], 1)
        assert found.low <= found.share <= found.high
        covered += found.low <= truth <= found.high
    assert covered >= stats.binom.ppf(FALSE_ALARM, repeats, 0.93)


def test_noise_in_the_fit_cancels_to_the_second_order() -> None:
    """The greatest fitted gain alone would be too great by g s²/2 = 0.0225 of 0.25, what is then brought too little."""
    rng, n, s = np.random.default_rng(20270104), 200_000, 0.3
    gain = rng.uniform(-1, 1, n)
    fitted = (gain + s * rng.standard_normal((2, n)))[:, :, None]
    found = worth((gain + rng.standard_normal(n))[:, None], Fits(*fitted, np.full((FOLDS, 2), 0.5)))
    mcse = 0.6 / n**0.5  # of the mean of half the fitted gain (sd 0.36) and half of what is brought (sd 0.83), at most
    assert (Z + Z_POWER) * mcse <= 0.0225 / 2, "too few draws"
    assert abs(found.value - 0.25) <= Z * mcse
    assert found.low <= 0.25 <= found.high


def test_six_factors_that_multiply_as_in_a_funnel() -> None:
    """A lognormal product, worth more than 0.7 or not; products of two effects alone would find a tenth too much."""
    repeats, n, factors, price = 4, 10_000, 6, 0.7
    sd = float(np.log(1.25) ** 0.5)  # of the logarithm: a coefficient of variation of 0.5
    d1 = (-np.log(price) + factors * sd**2 / 2) / (factors**0.5 * sd)
    truth = price * stats.norm.cdf(factors**0.5 * sd - d1) - stats.norm.cdf(-d1)  # Black and Scholes, a put
    found = []
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        rolls = rng.random((factors, n))
        product = np.exp(sd * stats.norm.ppf(rolls) - sd**2 / 2).prod(axis=0)
        gains = (price - product + 0.3 * rng.standard_normal(n))[:, None]
        found.append(worths(gains, *fits([basis(roll) for roll in rolls], gains))[1])
    values = np.array([each.value for each in found])
    assert abs(values.mean() - truth) <= 0.06 * truth  # four standard errors: one estimate has an sd of 3 %
    assert all(each.low <= truth <= each.high for each in found)


def test_where_options_are_worth_the_same_noise_is_worth_nothing() -> None:
    """The case in which the greatest fitted gain misleads most: every wiggle of the fit looks like a reason."""
    repeats, n = 60, 1_000
    for seed in range(repeats):
        rng = np.random.default_rng(seed)
        gains = rng.standard_normal((n, 1))
        gains *= -np.sign(gains.mean())
        [alone], _ = fits([basis(rng.random(n))], gains)
        found = worth(gains, alone)
        assert found.low == 0.0
        assert found.value <= 3 * n**-0.5


def test_what_no_future_showed_may_still_turn_the_choice() -> None:
    """The gain is positive in one of 741 futures: half of all runs of 500 show none, and would be sure of nothing."""
    truth, repeats = unit_normal_loss(-3.0, 1.0), 100
    found = [linear(seed, 500, -3.0, (1.0,), 0.1)[0] for seed in range(repeats)]
    assert sum(each.value == 0.0 for each in found) > 20
    assert sum(each.low <= truth <= each.high for each in found) >= stats.binom.ppf(FALSE_ALARM, repeats, 0.93)


def test_nothing_is_worth_more_than_what_contains_it() -> None:
    gains = np.tile([[1.0], [-1.0]], (300, 1))
    dear, cheap = (Fits(fitted, fitted, np.full((FOLDS, 2), 0.5)) for fitted in (np.full((600, 1), 1.5), gains))
    [found], everything = worths(gains, [dear], cheap)
    assert (everything.value, everything.high) == (0.5, foresight(gains).high)
    assert found == everything


def test_values_of_a_choice_have_means_of_their_own() -> None:
    """Two inputs of two values each, of which only the product counts for something."""
    rng, n = np.random.default_rng(20270104), 40_000
    rolls = rng.random((2, n))
    leads, price = np.where(rolls[0] < 0.3, 10.0, 60.0), np.where(rolls[1] < 0.5, 1.0, 3.0)
    mean = (0.3 * 10 + 0.7 * 60) * 2
    gains = (leads * price - mean - 5.0 + 20 * rng.standard_normal(n))[:, None]
    alone, together = fits(
        [basis(roll, each[:, None]) for roll, each in zip(rolls, (leads, price), strict=True)], gains
    )
    for truth, found in (
        (0.7 * (60 * 2 - mean - 5.0), worth(gains, alone[0])),
        (0.5 * (45 * 3 - mean - 5.0), worth(gains, alone[1])),
        (
            sum(p * q * max(0.0, a * b - mean - 5.0)
                for (p, a), (q, b) in product(((0.3, 10), (0.7, 60)), ((0.5, 1), (0.5, 3)))),
            worth(gains, together),
        ),
    ):  # fmt: skip
        assert (Z + Z_POWER) * found.mcse <= 0.15 * truth, "too few draws"
        assert abs(found.value - truth) <= Z * found.mcse


def fair(cost: str = "24_000", conversion: str = "25%", *, extra: str = "", value: str = "1_000") -> Scenario:
    """A hundred leads that bring 25,000 on average, for a cost that may be unknown."""
    return sf.loads(
        f"""
        name: Fair
        horizon: 1 year
        process: [sql, customer]
        deal_value: {value}
        sources: {{inbound: {{enters: sql, leads: 100, cost: '{cost}'}}}}
        stages: {{sql: {{conversion: '{conversion}'}}}}
        {extra}
        """
    )


def known(*scenarios: Scenario, n_sims: int = 20_000, **settings) -> sf.ValueOfInformation:
    return sf.value_of_information(*scenarios, n_sims=n_sims, workers=1, **{"seed": 20270104, **settings})


def agrees(found: Worth, truth: float, smallest_bias: float) -> bool:
    assert (Z + Z_POWER) * found.mcse <= smallest_bias * truth, "too few draws"
    return abs(found.value - truth) <= Z * found.mcse


def test_to_do_it_or_not_where_only_a_cost_is_unknown() -> None:
    found = known(fair("normal(mean=24_000, sd=3_000, low=0)"))
    [cost] = found.inputs
    assert agrees(cost, unit_normal_loss(1_000, 3_000), 0.25)
    assert cost.value == found.all_inputs.value
    assert found.best == "Fair"
    assert found.foresight.value > found.all_inputs.value  # the luck of closing is worth knowing, and cannot be known
    go, leave = found.options
    assert abs(leave.best_share - stats.norm.cdf(-1 / 3)) < 0.03
    assert go.best_share + leave.best_share == pytest.approx(1.0)
    assert leave.mean == 0.0


@pytest.mark.slow
def test_a_preset_agrees_with_lives_lived_many_times() -> None:
    """Nested Monte Carlo: each future's unknowns with twelve lots of luck; what luck is left falls as 1/lots."""
    base, n, lots = sf.load("industrial"), 5_000, 12
    lives = [sf.simulate(base, n_sims=n, seed=99, stream=stream, progress=False) for stream in range(lots)]
    profit = np.stack([life.array("profit") for life in lives], axis=1)
    best = np.maximum(profit.mean(axis=1), 0.0)
    halves = np.maximum(profit.reshape(n, 2, lots // 2).mean(axis=2), 0.0).mean(axis=1)
    truth = float((2 * best - halves).mean()) - max(float(profit.mean()), 0.0)
    found = known(base, n_sims=n, seed=99).all_inputs
    mcse = float(np.hypot(found.mcse, (2 * best - halves).std(ddof=1) / n**0.5))
    assert (Z + Z_POWER) * mcse <= 0.35 * truth, "too few draws"
    assert abs(found.value - truth) <= Z * mcse


def test_two_unknown_costs_add_up_as_variances_do() -> None:
    """Both count where only the second plan has one of them."""
    first = fair("normal(mean=24_000, sd=3_000, low=0)")
    stand = {"costs": {"stand": "normal(mean=10_000, sd=2_000, low=0)"}, "sources.inbound.leads": 138}
    second = first.change(stand, name="With a stand")
    found = known(first, second)
    costs = {one.path: one for one in found.inputs}
    assert costs["costs.stand"].plans == ("With a stand",)
    assert costs["sources.inbound.cost"].plans == ("Fair", "With a stand")
    assert agrees(costs["costs.stand"], unit_normal_loss(-500, 2_000), 0.25)
    assert costs["sources.inbound.cost"].value == 0.0  # both plans pay it
    third = fair("normal(mean=16_000, sd=3_000, low=0)", extra="costs: {stand: 'normal(mean=10k, sd=2k, low=0)'}")
    assert agrees(known(third).all_inputs, unit_normal_loss(-1_000, 13**0.5 * 1_000), 0.25)


def test_sectors_that_read_one_roll_are_one_unknown() -> None:
    """What is unknown about closing is unknown everywhere, so its sds add; of sectors rolled apart the variances do."""
    parts = "sectors: {{a: {{share: 50%}}, b: {{share: rest, stages: {{sql: {{conversion: '{}'}}}}}}}}"
    laws = "normal(mean=25%, sd=2%, low=0, high=1{})"
    together = fair("25_500", laws.format(""), extra=parts.format(laws.format("").replace("2%", "4%")))
    apart = fair("25_500", laws.format(""), extra=parts.format(laws.format(", independent").replace("2%", "4%")))
    found = known(together, n_sims=20_000)
    assert [one.path for one in found.inputs] == ["stages.sql.conversion"]
    assert agrees(found.all_inputs, unit_normal_loss(-500, 100_000 * (0.5 * 0.02 + 0.5 * 0.04)), 0.25)
    found = known(apart, n_sims=20_000)
    assert {one.path for one in found.inputs} == {"stages.sql.conversion", "sectors.b.stages.sql.conversion"}
    assert agrees(found.all_inputs, unit_normal_loss(-500, 100_000 * 0.5 * (0.02**2 + 0.04**2) ** 0.5), 0.3)


def test_a_choice_that_nothing_turns_is_said_to_be_worth_nothing() -> None:
    found = known(fair("uniform(low=40_000, high=50_000)"), n_sims=2_000)
    assert (found.best, found.all_inputs.value, found.inputs[0].changes) == ("not doing it", 0.0, 0.0)
    assert np.isnan(found.share(found.inputs[0]))
    assert "would not change that in any of 2,000 futures: for this decision it is worth $0 (95 % CI $0" in repr(found)
    same = fair("uniform(low=10_000, high=50_000)")
    found = known(same, same, n_sims=2_000)
    assert (found.all_inputs, found.lead) == (Worth(0.0, 0.0, 0.0, 0.0), 0.0)
    said = repr(found)
    assert "as things stand Fair is as good as another, which brings the same in every future, with -$" in said
    assert "Were every input known" not in said


def test_no_input_is_worth_more_than_all_and_the_order_of_plans_does_not_matter() -> None:
    base = fair("uniform(low=22_000, high=27_000)", "beta(mean=25%, n=200)", extra="margin: 'uniform(low=0.9, high=1)'")
    plans = (
        base,
        base.change({"stages.sql.conversion": "beta(mean=30%, n=50)", "costs": {"call": "5_000"}}, name="Call"),
        base.change({"sources.inbound.leads": 70, "sources.inbound.cost": "choice(50%=14k, 50%=18k)"}, name="Less"),
    )
    found = known(*plans, n_sims=3_000)
    everything = found.all_inputs
    assert 0 < everything.value <= found.foresight.value
    for one in found.inputs:
        assert 0 <= one.low <= one.value <= min(one.high, everything.value)
        assert one.high <= everything.high
    for order in ((1, 2, 0), (2, 1, 0)):
        again = known(*(plans[at] for at in order), n_sims=3_000)
        assert again.best == found.best
        assert again.all_inputs.value == pytest.approx(everything.value, rel=1e-9)
        for one, other in zip(again.inputs, found.inputs, strict=True):
            assert (one.path, one.value) == (other.path, pytest.approx(other.value, rel=1e-9))


def test_less_cost_is_better() -> None:
    dear = fair("uniform(low=20_000, high=30_000)")
    cheap = dear.change({"sources.inbound.cost": 24_000}, name="Fixed price")
    found = known(dear, cheap, measure="cost", n_sims=4_000)
    assert found.best == "Fixed price"
    assert agrees(found.all_inputs, 0.4 * 2_000, 0.3)  # below 24,000 in four of ten, by 2,000 on average
