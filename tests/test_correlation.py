"""Do inputs move together as they are told to, and does nothing else move?

False-alarm rate of each statistical check: 1e-6.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import asin, pi, sqrt

import numpy as np
import pytest
from scipy import stats
from scipy.optimize import minimize

import simfunnel as sf
from simfunnel.distributions import copula
from simfunnel.engine.block import Block
from simfunnel.errors import ScenarioError
from simfunnel.resolved import resolve
from simfunnel.resolved.sources import expected_leads, expected_spend
from simfunnel.resolved.unknowns import unknowns
from simfunnel.scenario.schema import Scenario

FALSE_ALARM = 1e-6
Z = float(stats.norm.isf(FALSE_ALARM / 2))
N = 50_000
FUNNEL = """
horizon: 90 days
process: [mql, sql, customer]
deal_value: 1_000
sources:
  web: {enters: mql, leads: 'poisson(uniform(low=20, high=40))', cost_per_lead: 'lognormal(median=100, p90=200)'}
  fair: {enters: mql, budget: 'uniform(low=1k, high=9k)', cost_per_lead: 'uniform(low=100, high=300)'}
  ads: {enters: mql, budget: 'uniform(low=1k, high=9k)', yield: {most: 'uniform(low=20, high=60)', half: 'pert(low=2k, mode=4k, high=9k)'}}
  blog: {enters: mql, visits: 'poisson(uniform(low=50, high=90))', capture: 'beta(mean=50%, n=9)', cost_per_lead: 'uniform(low=1, high=9)'}
stages:
  mql: {conversion: 'beta(mean=40%, n=40)'}
  sql:
    conversion: beta(mean=25%, n=40)
    neglect: choice(50%=10%, 50%=20%)
    takes: gamma(mean=uniform(low=5 days, high=15 days), cv=0.6)
"""  # noqa: E501
THREE = {
    ("stages.mql.conversion", "stages.sql.conversion"): 0.6,
    ("stages.mql.conversion", "stages.sql.takes.mean"): -0.5,
    ("stages.sql.conversion", "stages.sql.takes.mean"): -0.7,
}


def together(pairs: dict[tuple[str, str], float] | Sequence[tuple[str, str, float]] = THREE) -> Scenario:
    """The funnel with these pairs."""
    listed = [(*pair, rank) for pair, rank in pairs.items()] if isinstance(pairs, dict) else list(pairs)
    return sf.loads(FUNNEL).change({"correlate": listed})


def rolls(scenario: Scenario, n: int = N, seed: int = 5) -> dict[str, np.ndarray]:
    return {each.rule: each.roll for each in unknowns(resolve(scenario), seed, n)}


def test_ranks_are_correlated_as_written_and_all_others_are_not() -> None:
    found = rolls(together())
    names = sorted(found)
    ranks = np.argsort(np.argsort([found[name] for name in names], axis=1), axis=1)
    correlation = np.corrcoef(ranks)
    for i, j in combinations(range(len(names)), 2):
        wanted = THREE.get((names[i], names[j]), 0.0)
        # Fisher's z of Spearman's coefficient, variance 1.06 / (n - 3) (Fieller, Hartley and Pearson 1957)
        off = np.arctanh(correlation[i, j]) - np.arctanh(wanted)
        assert abs(off) <= Z * sqrt(1.06 / (N - 3)) * 1.2, (names[i], names[j])


def test_each_keeps_its_distribution() -> None:
    found = rolls(together())
    for pair in THREE:
        for name in pair:
            assert stats.kstest(found[name], "uniform").pvalue > FALSE_ALARM
            assert 0.0 < found[name].min() <= found[name].max() < 1.0


def test_the_spread_of_a_sum_is_the_closed_form() -> None:
    """Of two uniform inputs with rank correlation x the correlation is x itself; their sum's variance follows."""
    pair = ("sources.fair.budget", "sources.web.leads")
    found = rolls(together({pair: 0.6}))
    total = found[pair[0]] + found[pair[1]]
    exact = (2 + 2 * 0.6) / 12
    mcse = np.std((total - 1.0) ** 2) / sqrt(N)
    assert abs(np.mean((total - 1.0) ** 2) - exact) <= Z * mcse
    assert 2 * Z * mcse < 0.1 * exact


def test_only_the_group_moves_and_its_first_by_name_stays() -> None:
    plain, moved = rolls(sf.loads(FUNNEL), 500), rolls(together(), 500)
    changed = {name for name in plain if not np.array_equal(plain[name], moved[name])}
    assert changed == {"stages.sql.conversion", "stages.sql.takes.mean"}


def test_the_order_of_pairs_and_paths_does_not_matter() -> None:
    listed = [(*pair, rank) for pair, rank in THREE.items()]
    turned = [(other, one, rank) for one, other, rank in reversed(listed)]
    one, other = together(listed), together(turned)
    assert one == other
    assert resolve(one).digest == resolve(other).digest
    runs = [sf.simulate(each, n_sims=50, seed=7, progress=False).to_frame() for each in (one, other)]
    assert runs[0].equals(runs[1])


@pytest.mark.parametrize("pairs", [[], [("stages.mql.conversion", "stages.sql.conversion", 0)]])
def test_none_and_zero_change_nothing(pairs: list[tuple[str, str, float]]) -> None:
    plain, same = sf.loads(FUNNEL), together(pairs)
    assert resolve(plain).digest == resolve(same).digest
    runs = [sf.simulate(each, n_sims=50, seed=7, progress=False) for each in (plain, same)]
    assert runs[0].to_frame().equals(runs[1].to_frame())
    assert runs[0].inputs().equals(runs[1].inputs())


def test_a_zero_within_a_group_is_the_same_as_none() -> None:
    pairs = [("stages.mql.conversion", name, 0.5) for name in ("stages.sql.conversion", "stages.sql.neglect")]
    with_zero = [*pairs, ("stages.sql.conversion", "stages.sql.neglect", 0.0)]
    one, other = (rolls(together(each), 100) for each in (pairs, with_zero))
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_blocks_streams_and_inputs_of_a_run_agree() -> None:
    scenario = together()
    plan, shown = resolve(scenario).plan, sf.simulate(scenario, n_sims=300, seed=7, progress=False).inputs()
    at = [".".join(each.names[1:]) for each in plan.inputs].index("stage.sql.conversion")
    whole = Block(plan, 7, 0, 300).inputs[at]
    parts = [Block(plan, 7, first, n, stream=1).inputs[at] for first, n in ((0, 1), (1, 130), (131, 169))]
    assert np.array_equal(whole, np.concatenate(parts))
    assert shown["stages.sql.conversion"].tolist() == whole.tolist()


def test_a_written_scenario_reads_back_equal() -> None:
    scenario = together({("sources.web.leads", "stages.sql.conversion"): -0.123456789})
    again = sf.loads(scenario.to_yaml())
    assert again == scenario
    assert again.correlate == (("sources.web.leads", "stages.sql.conversion", -0.123456789),)


def sample(scenario: Scenario, n: int = 100_000) -> dict[str, np.ndarray]:
    return {each.path: each.values for each in unknowns(resolve(scenario), 11, n)}


@pytest.mark.parametrize("rank", [0.7, -0.7])
def test_what_a_source_brings_and_costs_takes_account_of_it(rank: float) -> None:
    pairs = [
        ("sources.web.leads", "sources.web.cost_per_lead", rank),
        ("sources.fair.budget", "sources.fair.cost_per_lead", rank),
        ("sources.ads.budget", "sources.ads.yield.half", rank),
        ("sources.ads.yield.most", "sources.ads.yield.half", rank / 2),
        ("sources.blog.visits", "sources.blog.capture", rank),
        ("sources.blog.capture", "sources.blog.cost_per_lead", rank / 2),
    ]
    scenario = together(pairs)
    found = {name.removeprefix("sources."): value for name, value in sample(scenario).items()}
    spend = found["ads.budget"]
    brought = {
        "fair": found["fair.budget"] / found["fair.cost_per_lead"],
        "ads": found["ads.yield.most"] * spend / (found["ads.yield.half"] + spend),
        "blog": found["blog.visits"] * found["blog.capture"],
    }
    paid = {
        "web": found["web.leads"] * found["web.cost_per_lead"],
        "blog": brought["blog"] * found["blog.cost_per_lead"],
    }
    plain = sf.loads(FUNNEL)
    for what, worked_out in ((brought, expected_leads), (paid, expected_spend)):
        for name, values in what.items():
            mcse = values.std() / sqrt(values.size)
            assert abs(values.mean() - worked_out(scenario, scenario.sources[name])) <= Z * mcse, name
            # as if independent it would be noticed
            assert abs(values.mean() - worked_out(plain, plain.sources[name])) > Z * mcse, name


REFUSED = {
    ("stages.sql.takes", "stages.mql.conversion"): "did you mean 'stages.sql.takes.mean'?",
    ("stages.sqll.conversion", "stages.mql.conversion"): "did you mean 'stages.sql.conversion'?",
    (
        "deal_value",
        "stages.mql.conversion",
    ): "'deal_value' is not an uncertain input, rolled once per future; there are",
    ("sectors.retail.stages.sql.conversion", "stages.mql.conversion"): "write 'stages.sql.conversion'",
    ("stages.sql.conversion[sector=retail]", "stages.mql.conversion"): "write 'stages.sql.conversion'",
}


@pytest.mark.parametrize("pair", REFUSED)
def test_what_is_rolled_under_no_such_path_is_refused(pair: tuple[str, str]) -> None:
    with pytest.raises(ScenarioError) as caught:
        resolve(together({pair: 0.5}))
    assert [problem.path for problem in caught.value.problems] == ["correlate"]
    assert REFUSED[pair] in str(caught.value)


WRONG = {
    ("stages.mql.conversion", "stages.mql.neglect"): (
        "stages.mql", "{conversion_of_entered: 'beta(mean=30%, n=40)', neglect: 'uniform(low=5%, high=20%)'}",
        "`conversion_of_entered`",
    ),
    ("stages.mql.conversion", "stages.mql.drift.sd"): (
        "stages.mql", "{drift: {sd: 'uniform(low=0.1, high=0.5)'}}", "a `lift` is of",
    ),
    ("stages.sql.takes.median", "stages.sql.takes.p90"): (
        "stages.sql.takes", "lognormal(median=uniform(low=5 days, high=9 days), p90=uniform(low=9 days, high=30 days))",
        "parameters of one distribution",
    ),
}  # fmt: skip


@pytest.mark.parametrize("pair", WRONG)
def test_pairs_within_a_mean_that_a_rule_is_worked_out_by_are_refused(pair: tuple[str, str]) -> None:
    path, rules, said = WRONG[pair]
    lift = {"sources.web.lift": "10%"} if "lift" in said else {}
    text = FUNNEL.replace("{conversion: 'beta(mean=40%, n=40)'}", "{}") if "entered" in said else FUNNEL
    scenario = sf.loads(text, set={path: rules, **lift})
    for rank in (0.5, 0):
        variant = scenario.change({"correlate": [(*pair, rank)]})
        if not rank:
            resolve(variant)  # 0 is as good as nothing
            continue
        with pytest.raises(ScenarioError, match=said):
            resolve(variant)


def test_sectors_with_rolls_of_their_own_have_paths_of_their_own() -> None:
    text = (
        FUNNEL
        + """
sectors:
  retail: {share: 50%, stages: {sql: {conversion: 'beta(mean=30%, n=40, independent)'}}}
  other: {share: rest}
correlate: [[sectors.retail.stages.sql.conversion, stages.sql.conversion, 0.8]]
"""
    )
    found = rolls(sf.loads(text), 2_000)
    one, other = (found[f"{start}stages.sql.conversion"] for start in ("", "sectors.retail."))
    assert 0.7 < stats.spearmanr(one, other).statistic < 0.9


def test_explain_says_it_back() -> None:
    said = sf.explain(together({("sources.web.leads", "stages.sql.conversion"): -0.25}))
    assert "Moving together, by rank correlation:\n  - sources.web.leads and stages.sql.conversion: -0.25" in said


def correlations(seed: int, n: int) -> np.ndarray:
    """Random numbers between -1 and 1, mostly impossible."""
    found = np.eye(n)
    low = np.tril_indices(n, -1)
    found[low] = np.random.default_rng(seed).uniform(-0.99, 0.99, len(low[0]))
    return np.maximum(found, found.T) + np.minimum(found, found.T)


@pytest.mark.parametrize(("seed", "n"), [(1, 3), (4, 3), (3, 4), (5, 5)])
def test_no_possible_matrix_is_nearer(seed: int, n: int) -> None:
    asked = correlations(seed, n)
    np.fill_diagonal(asked, 1.0)
    assert not copula.is_possible(asked)
    found = copula.nearest_possible(asked, least=1e-9)
    assert np.linalg.eigvalsh(found)[0] >= 0.9e-9
    assert np.allclose(np.diag(found), 1.0, atol=1e-12)
    rng = np.random.default_rng(0)

    def made(x: np.ndarray) -> np.ndarray:
        rows = x.reshape(n, n)
        rows = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return np.asarray(rows @ rows.T)

    best = min(
        minimize(lambda x: float(((made(x) - asked) ** 2).sum()), rng.normal(size=n * n), tol=1e-14).fun
        for _ in range(5)
    )
    assert ((found - asked) ** 2).sum() == pytest.approx(best, rel=1e-5)


def test_the_nearest_can_be_pasted() -> None:
    pairs = {("stages.mql.conversion", name): 0.9 for name in ("stages.sql.conversion", "stages.sql.neglect")}
    with pytest.raises(ScenarioError) as caught:
        together(pairs)
    nearest = str(caught.value).partition("the nearest that fits is ")[2]
    assert resolve(sf.loads(FUNNEL + f"correlate: {nearest}\n")).plan.together


@pytest.mark.parametrize("rank", [-0.95, -0.3, 0.5, 0.9])
def test_spearmans_coefficient_of_the_copula(rank: float) -> None:
    """By the integral of the copula: 12 E[U V] - 3; and E[U V] by the closed form 1/4 + asin(r/2) / (2 pi)."""
    two = [sf.scenario.loads(FUNNEL).sources["fair"].budget] * 2
    mean = copula.joint_mean(lambda x, y: (x - 1_000) / 8_000 * (y - 1_000) / 8_000, two, {(0, 1): rank})
    assert 12 * mean - 3 == pytest.approx(rank, abs=1e-6)
    assert mean == pytest.approx(0.25 + asin(copula.correlation_of(rank) / 2) / (2 * pi), abs=1e-6)
