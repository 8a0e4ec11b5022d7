"""Are shares of variance and swings those that can be worked out?

False-alarm rate of every statistical check here: 1e-6, by Student's quantile for the resamples that an error rests on.
"""

from __future__ import annotations

from functools import cache
from math import pi

import numpy as np
import pandas as pd
import pytest
from made_sweeps import LEADS, NEGLECT, ORDER, Futures, Row, made
from scipy import stats
from scipy.stats import qmc

import simfunnel as sf
from simfunnel.charts.sobol import sobol_points
from simfunnel.resolved import resolve
from simfunnel.scenario import Scenario
from simfunnel.studies.sensitivity import Known, Tornado, given_data
from simfunnel.studies.sensitivity.samples import shares
from simfunnel.studies.sensitivity.sobol import indices

FALSE_ALARM = 1e-6
T = float(stats.t.isf(FALSE_ALARM / 2, 99))
SEED = 20270104
BOTH = ("sobol", "given data")


def funnel(**changes: str) -> Scenario:
    return sf.loads(
        """
        horizon: 1 year
        process: [sql, customer]
        deal_value: 1_000
        sources: {inbound: {enters: sql, leads: 40}}
        stages: {sql: {conversion: 'uniform(low=10%, high=50%)'}}
        """,
        set={path.replace("__", "."): text for path, text in changes.items()},
    )


def assert_known(found: Known | None, truth: float, smallest: float) -> None:
    """An estimate is that which was worked out, and would have been told from one that is off by the smallest bias."""
    assert found is not None
    assert T * found.mcse <= smallest, "too few draws"
    assert abs(found.value - truth) <= T * found.mcse


def ishigami(x: np.ndarray, a: float = 7.0, b: float = 0.1) -> np.ndarray:
    return np.asarray(np.sin(x[:, 0]) + a * np.sin(x[:, 1]) ** 2 + b * x[:, 2] ** 4 * np.sin(x[:, 0]))


def ishigami_truth(a: float = 7.0, b: float = 0.1) -> tuple[list[float], list[float]]:
    """T. Ishigami and T. Homma (1990), "An importance quantification technique in uncertainty analysis for computer
    models", ISUMA 1990."""
    first = 0.5 * (1 + b * pi**4 / 5) ** 2
    second, both = a**2 / 8, b**2 * pi**8 * (1 / 18 - 1 / 50)
    total = first + second + both
    return [first / total, second / total, 0.0], [(first + both) / total, second / total, both / total]


def test_the_function_of_ishigami() -> None:
    rng = np.random.default_rng(SEED)
    first, second = rng.uniform(-pi, pi, (2, 20_000, 3))

    def rows(again: frozenset[int]) -> np.ndarray:
        return ishigami(np.where([k in again for k in range(3)], second, first))

    found = indices(rows, 3)
    alone, total = ishigami_truth()
    for k in range(3):
        assert_known(found.alone[k], alone[k], 0.09)
        assert_known(found.total[k], total[k], 0.06)
    assert_known(found.interplay, 1 - sum(alone), 0.12)


@pytest.mark.slow
def test_intervals_by_sobol_hold_what_is_true() -> None:
    """Of intervals for 95 % at least 92 % do, as a bootstrap's are too narrow where rows are few."""
    samples, (alone, total) = 400, ishigami_truth()
    held = np.zeros(7)
    for seed in range(samples):
        first, second = np.random.default_rng(seed).uniform(-pi, pi, (2, 2_000, 3))

        def rows(again: frozenset[int], first: np.ndarray = first, second: np.ndarray = second) -> np.ndarray:
            return ishigami(np.where([k in again for k in range(3)], second, first))

        found = indices(rows, 3)
        known = (*found.alone, *found.total, found.interplay)
        held += [
            one.low <= truth <= one.high for one, truth in zip(known, [*alone, *total, 1 - sum(alone)], strict=True)
        ]
    assert (held >= stats.binom.ppf(FALSE_ALARM, samples, 0.92)).all()


def test_intervals_by_sobol_of_what_is_rare() -> None:
    """True in 5 rows of 500, which hardly ever meet: of intervals for 95 % at least 60 % hold, where a bootstrap alone
    has 25 to 50 % that do."""
    at, samples = (np.arange(4_000) + 0.5) / 4_000, 100
    chance = np.clip(2 * at - 1.8, 0, 1)
    mean = chance.mean()
    luck = np.searchsorted(np.sort(chance), at, side="right")
    alone = np.array([chance.var(), (1 - luck / len(at)).var()]) / (mean - mean**2)
    held = np.zeros(2)
    for seed in range(samples):
        first, second = np.random.default_rng(seed).random((2, 500, 2))

        def rows(again: frozenset[int], first: np.ndarray = first, second: np.ndarray = second) -> np.ndarray:
            x = np.where([k in again for k in range(2)], second, first)
            return (x[:, 1] < np.clip(2 * x[:, 0] - 1.8, 0, 1)).astype(float)

        found = indices(rows, 2)
        held += [one.low <= truth <= one.high for one, truth in zip(found.alone, alone, strict=True)]
    assert (held >= stats.binom.ppf(FALSE_ALARM, samples, 0.6)).all()


def test_one_unknown_and_luck() -> None:
    n, low, high = 40, 0.1, 0.5
    mean, spread = (low + high) / 2, (high - low) ** 2 / 12
    chance, ignorance = n * (mean - mean**2 - spread), n**2 * spread
    variance = chance + ignorance
    # a lead with the roll u is won where the conversion is above it: of luck alone counts the share of those
    luck = n * (low + (high - low) / 3 - mean**2)
    found = sf.sensitivity(
        funnel(), method=["sobol", "given data"], n_sims=20_000, seed=SEED, workers=1, progress=False
    )
    assert found.sobol is not None
    assert found.given_data is not None
    assert found.sobol.luck is not None
    [conversion] = found.sobol.inputs
    assert_known(conversion.alone, ignorance / variance, 0.06)
    assert_known(conversion.total, 1 - luck / variance, 0.06)
    assert_known(found.sobol.luck.alone, luck / variance, 0.06)
    assert_known(found.sobol.luck.total, chance / variance, 0.03)
    assert found.sobol.sd == pytest.approx(variance**0.5, rel=0.03)
    assert_known(found.given_data.inputs[0].alone, ignorance / variance, 0.03)
    assert_known(found.given_data.rest, chance / variance, 0.03)


def test_leads_times_conversion_and_luck() -> None:
    low, high, width = 0.1, 0.5, 0.4
    number = np.arange(10, 31)  # a uniform number is rounded: the ends have half of the room
    weight = np.full(21, 1 / 20)
    weight[[0, -1]] /= 2
    mean_n = float(weight @ number)
    var_n = float(weight @ (number - mean_n) ** 2)
    mean_p, var_p = (low + high) / 2, width**2 / 12
    coin = mean_p - mean_p**2 - var_p
    apart = float(weight @ np.abs(np.subtract.outer(number, number)) @ weight)
    chance = mean_n * coin
    variance = chance + (var_n + mean_n**2) * (var_p + mean_p**2) - (mean_n * mean_p) ** 2
    alone = {
        "sources.inbound.leads": mean_p**2 * var_n,
        "stages.sql.conversion": mean_n**2 * var_p,
        "": (low + width / 3 - mean_p**2) * float(sum((weight @ (number > k)) ** 2 for k in range(30))),
    }
    total = {
        "sources.inbound.leads": (apart * coin + 2 * var_n * (var_p + mean_p**2)) / 2,
        "stages.sql.conversion": (mean_n * (width / 3 - width**2 / 6) + (var_n + mean_n**2) * width**2 / 6) / 2,
        "": chance,
    }
    base = funnel(sources__inbound__leads="uniform(low=10, high=30)")
    found = sf.sensitivity(base, method=BOTH, n_sims=20_000, seed=SEED, workers=1, progress=False)
    assert found.sobol is not None
    assert found.given_data is not None
    for one in found.sobol.shares:
        assert_known(one.alone, alone[one.path] / variance, 0.06)
        assert_known(one.total, total[one.path] / variance, 0.06)
    assert_known(found.sobol.rest, 1 - sum(alone.values()) / variance, 0.09)
    for one in found.given_data.inputs:
        assert_known(one.alone, alone[one.path] / variance, 0.03)
    assert_known(found.given_data.rest, 1 - (sum(alone.values()) - alone[""]) / variance, 0.04)


def test_luck_is_what_a_split_of_variance_leaves() -> None:
    base = funnel(**PLACES)
    found = sf.sensitivity(base, "revenue", method="sobol", n_sims=4_000, seed=SEED, workers=1, progress=False)
    split = sf.split_variance(base, "revenue", n_sims=4_000, seed=SEED + 1, workers=1, progress=False)
    assert found.sobol is not None
    assert found.sobol.luck is not None
    luck = found.sobol.luck.total
    assert luck is not None
    error = (luck.mcse**2 + ((split.high - split.low) / 3.92) ** 2) ** 0.5
    assert T * error < 0.2, "too few draws"
    assert abs(luck.value - (1 - split.share)) <= T * error


def test_inputs_that_move_together_are_one_factor() -> None:
    """Two halves of what is one unknown, in effect: their group has the share that both have."""
    text = """
        horizon: 1 year
        process: [mql, sql, customer]
        sources: {inbound: {enters: mql, leads: 60}}
        stages:
          mql: {conversion: 'uniform(low=20%, high=80%)'}
          sql: {conversion: 'uniform(low=20%, high=80%)'}
        correlate: [[stages.mql.conversion, stages.sql.conversion, 0.7]]
        """
    base = sf.loads(text)
    found = sf.sensitivity(base, method="sobol", n_sims=8_000, seed=SEED, workers=1, progress=False)
    split = sf.split_variance(base, n_sims=8_000, seed=SEED, workers=1, progress=False)
    assert found.sobol is not None
    [both] = found.sobol.inputs
    assert both.paths == ("stages.mql.conversion", "stages.sql.conversion")
    assert_known(both.alone, split.share, 0.12)
    assert "Moving together: stages.mql.conversion and stages.sql.conversion. They are one factor here." in repr(found)


PLACES = {
    "stages.sql.conversion": "beta(mean=25%, n=40)",
    "stages.sql.neglect": "uniform(low=0%, high=30%)",
    "sources.inbound.leads": "poisson(pert(low=20, mode=40, high=80))",
    "sources.inbound.cost_per_lead": "uniform(low=100, high=900)",
    "stages.sql.takes": "exponential(mean=uniform(low=50 days, high=300 days))",
    "costs.fair": "triangular(low=1k, mode=2k, high=9k)",
}


@cache
def swings_of_places() -> Tornado:
    found = sf.sensitivity(funnel(**PLACES), "profit", method="tornado", n_sims=300, seed=7, workers=1, progress=False)
    assert found.tornado is not None
    return found.tornado


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("stages.sql.conversion", "{}"),
        ("stages.sql.neglect", "{}"),
        ("sources.inbound.leads", "poisson({})"),
        ("sources.inbound.cost_per_lead", "{}"),
        ("stages.sql.takes.mean", "exponential(mean={} days)"),
        ("costs.fair", "{}"),
    ],
)
def test_the_ends_are_runs_of_the_scenario_at_these_values_bit_for_bit(path: str, form: str) -> None:
    base = funnel(**PLACES)
    unknown = dict(resolve(base).uncertain)[path]
    figures = {}
    found = swings_of_places()
    [swing] = [one for one in found.swings if one.path == path]
    for end, q in ((swing.at_low, 0.1), (swing.at_high, 0.9)):
        value = float(unknown.prepare().quantile(np.array([q]))[0])
        written = form.format(repr(value))
        fixed = base.change({path.removesuffix(".mean"): written})
        run = sf.simulate(fixed, n_sims=300, seed=7, workers=1, progress=False)
        figures[q] = run.array("profit")
        assert end.value == float(figures[q].mean())
    centre = sf.simulate(base, n_sims=300, seed=7, workers=1, progress=False).array("profit")
    assert found.centre.value == float(centre.mean())
    change = figures[0.9] - figures[0.1]
    assert swing.swing.value == pytest.approx(change.mean(), rel=1e-12)
    assert swing.swing.mcse == pytest.approx(change.std(ddof=1) / 300**0.5, rel=1e-9)


def test_sectors_that_read_one_roll_are_held_together() -> None:
    text = """
        horizon: 1 year
        process: [sql, customer]
        sources: {inbound: {enters: sql, leads: 40}}
        stages: {sql: {conversion: 'beta(mean=25%, n=40)'}}
        sectors:
          food: {share: 60%}
          toys: {share: rest, stages: {sql: {conversion: 'uniform(low=10%, high=20%)'}}}
        """
    base = sf.loads(text)
    found = sf.sensitivity(base, method="tornado", n_sims=300, seed=7, workers=1, progress=False)
    assert found.tornado is not None
    [swing] = found.tornado.swings
    assert swing.ends == ("16.6 % or 11 %", "34 % or 19 %")
    assert np.isnan(swing.values).all()
    assert "Two values of one input are those of sectors that differ" in repr(found)
    read = {path: dist.prepare().quantile(np.array([0.9]))[0] for path, dist in resolve(base).uncertain}
    fixed = base.change({
        "stages.sql.conversion": repr(float(read["stages.sql.conversion[sector=food]"])),
        "sectors.toys.stages.sql.conversion": repr(float(read["stages.sql.conversion[sector=toys]"])),
    })  # fmt: skip
    run = sf.simulate(fixed, n_sims=300, seed=7, workers=1, progress=False)
    assert swing.at_high.value == float(run.array("deals").mean())


def test_a_range_is_the_scenario_changed_so() -> None:
    base, path = funnel(), "stages.sql.neglect"
    found = sf.sensitivity(
        base.change({path: "10%"}), "deals >= 10", method="tornado", ranges={path: ("2%", "20%")}, n_sims=500, seed=7,
        workers=1, progress=False,
    )  # fmt: skip
    assert found.tornado is not None
    [swing] = [one for one in found.tornado.swings if one.path == path]
    runs = [sf.simulate(base.change({path: end}), n_sims=500, seed=7, progress=False) for end in ("2%", "20%")]
    low, high = (run.chance("deals >= 10") for run in runs)
    assert (swing.at_low.value, swing.at_low.low, swing.at_low.high) == (low.value, low.low, low.high)
    assert swing.swing.value == pytest.approx(high.value - low.value, abs=1e-12)


def truths() -> dict[str, tuple[list[float], object]]:
    """First-order indices, and what makes rows that have them."""
    alone, _ = ishigami_truth()
    p, spread = 0.3, 0.16 / 12
    variance = 40 * (p - p * p - spread) + 1600 * spread
    return {
        "nothing and half": ([0.0, 0.5], lambda x, rng: x[:, 1] + (1 / 12) ** 0.5 * rng.standard_normal(len(x))),
        "ishigami": (alone, lambda x, rng: ishigami((2 * x - 1) * pi)),
        "deals": ([1600 * spread / variance], lambda x, rng: rng.binomial(40, 0.1 + 0.4 * x[:, 0]).astype(float)),
    }


def given(x: np.ndarray, y: np.ndarray) -> list[Known]:
    """The share of each column, then what is left."""
    found = shares([((str(k),), str(k), x[:, k]) for k in range(x.shape[1])], y, level=0.95)
    assert found.rest is not None
    return [*(one.alone for one in sorted(found.inputs, key=lambda one: one.words)), found.rest]


@pytest.mark.parametrize("name", truths())
@pytest.mark.parametrize(
    ("n", "samples"),
    [(150, 200), pytest.param(1_000, 200, marks=pytest.mark.slow), pytest.param(4_000, 2_000, marks=pytest.mark.slow)],
)
def test_given_data_without_bias_and_with_intervals_that_hold(name: str, n: int, samples: int) -> None:
    """The mean over so many samples is the truth but for 0.005, of intervals for 95 % at least 93 % hold it, and errors
    are no greater than estimates spread but for a quarter; where there is nothing to be found, for four quarters."""
    truth, make = truths()[name]
    found = []
    for seed in range(samples):
        rng = np.random.default_rng(seed)
        x = rng.random((n, len(truth)))
        found.append(given(x, make(x, rng)))  # type: ignore[operator]
    for k, exact in enumerate([*truth, 1 - sum(truth)]):
        values = np.array([each[k].value for each in found])
        spread = values.std(ddof=1)
        assert abs(values.mean() - exact) <= stats.norm.isf(FALSE_ALARM / 2) * spread / samples**0.5 + 0.005
        held = sum(each[k].low <= exact <= each[k].high for each in found)
        assert held >= stats.binom.ppf(FALSE_ALARM, samples, 0.93)
        chance = 1 / stats.chi2.ppf(FALSE_ALARM, samples - 1) ** 0.5 * (samples - 1) ** 0.5
        assert np.mean([each[k].mcse for each in found]) <= (1.25 if exact else 2.0) * chance * spread


@pytest.mark.parametrize(("design", "is_even"), [(qmc.LatinHypercube, False), (qmc.Sobol, True)])
def test_rows_that_fill_the_space(design: type, is_even: bool) -> None:
    """On a hypercube shares are those of random rows; on a sequence of Sobol' they are off by less than 0.02."""
    alone, _ = ishigami_truth()
    found = []
    for seed in range(60):
        x = (2 * design(3, rng=seed).random(256) - 1) * pi
        found.append(given_data(pd.DataFrame(x), ishigami(x)))
        assert found[-1].is_even == is_even
    for k, exact in enumerate(alone):
        each = [one.alone for table in found for one in table.inputs if one.words == str(k)]
        assert abs(np.mean([one.value for one in each]) - exact) < 0.02
        assert sum(one.low <= exact <= one.high for one in each) >= stats.binom.ppf(FALSE_ALARM, len(each), 0.93)


def test_a_whole_grid_is_shared_out_exactly() -> None:
    levels = np.arange(10) / 9
    x = np.stack(np.meshgrid(levels, levels, indexing="ij"), axis=-1).reshape(-1, 2)
    first, second = x[:, 0] ** 2, 0.5 * x[:, 1]
    figures = first + second + first * second
    found = given_data(pd.DataFrame(x, columns=["a", "b"]), figures)
    parts = [figures.reshape(10, 10).mean(axis=axis) for axis in (1, 0)]
    assert [one.alone.value for one in found.inputs] == pytest.approx(
        [each.var() / figures.var() for each in parts], rel=1e-12
    )


def test_an_input_of_few_values_is_a_factor() -> None:
    rng = np.random.default_rng(SEED)
    which = rng.integers(0, 3, 20_000).astype(float)
    figures = np.choose(which.astype(int), [0.0, 5.0, 1.0]) + rng.standard_normal(20_000)
    variance = np.var([0.0, 5.0, 1.0])
    found, _ = given(which[:, None], figures)
    assert_known(found, variance / (variance + 1), 0.03)


def test_what_is_rare_comes_from_the_ends_of_an_input() -> None:
    """A claim that is true in one of 400 futures, or of 250: only where an input is nearly at its greatest."""
    for rare, width in ((0.01, 0.02), (0.02, 0.05)):
        at = 1 - rare + rare * (np.arange(100_000) + 0.5) / 100_000
        chance = (at - (1 - rare)) / width
        mean = rare * chance.mean()
        exact = (rare * np.square(chance).mean() - mean**2) / (mean * (1 - mean))
        found = []
        for seed in range(60):
            rng = np.random.default_rng(seed)
            x = rng.random(10_000)
            y = (rng.random(10_000) < (x - (1 - rare)) / width).astype(float)
            found.append(given(x[:, None], y)[0])
        spread = np.std([one.value for one in found], ddof=1)
        assert abs(np.mean([one.value for one in found]) - exact) <= stats.norm.isf(FALSE_ALARM / 2) * spread / 60**0.5
        assert sum(one.low <= exact <= one.high for one in found) >= stats.binom.ppf(FALSE_ALARM, 60, 0.93)


def drawn(points: int, failed: tuple[int, ...] = ()) -> sf.SweepResult:
    """Deals that have 4 parts of their variance from one input, 1 from another and none from a third."""

    def futures(row: Row, luck: np.random.Generator) -> Futures:
        return {"deals": 10 + 20 * float(row[0]) + float(row[1]) / 10 + luck.normal(0, 1, 50)}

    rolls = qmc.Sobol(3, rng=5).random(points)
    rows = [(float(a), 100 * float(b), "first" if c < 0.5 else "last") for a, b, c in rolls]
    axes = [(NEGLECT, []), (LEADS, []), (ORDER, [])]
    measures = ["deals", "deals >= 25"]
    return made(axes, futures, rows=rows, measures=measures, failed=failed, name="Drawn", design="Sobol'")


def test_the_points_of_a_sweep_share_out_the_variance_of_their_means() -> None:
    found = drawn(256)
    told = sf.sensitivity(found, "deals")
    assert told.given_data == given_data(found.inputs(), found.array("deals"))
    truth = {NEGLECT.path: 0.8, LEADS.path: 0.2, ORDER.path: 0.0}
    for one in told.given_data.inputs:  # type: ignore[union-attr]
        assert one.alone.low <= truth[one.path] <= one.alone.high
        assert one.alone.value == pytest.approx(truth[one.path], abs=0.02)
    said = repr(told)
    assert said.startswith("Drawn: ")
    assert " of the variance of mean deals is that of stages.sql.neglect alone (95 % CI " in said
    assert "interplay and the simulation error that each point's own figure has" in said
    assert said.endswith("by what varies within like values of each, 256 points.")
    assert "the variance of the chance of deals >= 25" in repr(sf.sensitivity(found, "deals >= 25"))
    assert sobol_points(told).labels[-1] == "interplay and error"


def test_points_that_cannot_tell_are_refused() -> None:
    with pytest.raises(ValueError, match=r"missing in 2 of 128 rows: 3, 70"):
        sf.sensitivity(drawn(128, failed=(3, 70)), "deals")
    with pytest.raises(ValueError, match=r"Drawn has 64 points; .* at least 100: .* design='sobol', points=128"):
        sf.sensitivity(drawn(64), "deals")
    with pytest.raises(ValueError, match=r"has not looked at 'roi'; it has deals, deals >= 25"):
        sf.sensitivity(drawn(128), "roi")
    with pytest.raises(ValueError, match="a sweep holds its own points, of which given data alone"):
        sf.sensitivity(drawn(128), "deals", method="sobol")
