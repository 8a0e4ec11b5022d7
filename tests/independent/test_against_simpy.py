"""Does the package find the same funnels as a simulator that shares no line with it?

Six scenarios between them use every rule of independent leads. Each is run by the package and, other luck and other
code, by SimPy; means, P10, P50 and P90 of the measures must agree, and those of the ideal twin. Equal laws fail in
less than one run in a million of this whole file: half of that is for the six means of deals, where a bias of 1 %
must be caught four times in five (a run too short for it fails), half is shared by all other comparisons.
"""

from __future__ import annotations

import numpy as np
import pytest

import simfunnel

from .agreement import CHECKS_PER_MEASURE, compare, least_bias
from .scenarios import SCENARIOS, Scenario
from .simulator import simulate

FALSE_ALARMS = 1e-6
MEASURES = ("deals", "revenue", "cost", "roi", "cohort_deals")
TWIN_MEASURES = ("deals", "revenue")
ALARM = FALSE_ALARMS / 2 / len(SCENARIOS)
OTHER_ALARM = FALSE_ALARMS / 2 / (len(SCENARIOS) * (len(MEASURES) + len(TWIN_MEASURES)) * CHECKS_PER_MEASURE)
PACKAGE_SIMS = 300_000
TWIN_SIMS = 3_000


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_package_and_simulator_agree(scenario: Scenario) -> None:
    ours = simfunnel.simulate(simfunnel.loads(scenario.text), n_sims=PACKAGE_SIMS, seed=7).to_frame()
    rng = np.random.default_rng(2027)
    actual = simulate(scenario.world, scenario.n_sims, rng, keep=MEASURES)
    twin = simulate(scenario.world, TWIN_SIMS, rng, ideal=True, keep=TWIN_MEASURES)

    columns = {name: ours[name].to_numpy(float) for name in (*MEASURES, *(f"twin_{name}" for name in TWIN_MEASURES))}
    theirs = {**actual, **{f"twin_{name}": values for name, values in twin.items()}}
    checks = [check for name, column in columns.items() for check in compare(name, column, theirs[name])]
    differences = [str(check) for check in checks if check.p_value < (ALARM if check is checks[0] else OTHER_ALARM)]
    assert not differences, "\n".join(differences)

    bias = least_bias(columns["deals"], actual["deals"], alarm=ALARM)
    assert bias <= 0.01, f"too few futures: the smallest bias that would have been seen is {bias:.2%}"
