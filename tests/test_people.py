"""Do more people win more deals in the scenarios with teams that come with simfunnel?

With shelf lives and recycling one more person can lose a lead in a single future, so this is about means: paired
differences on the same futures. A rise counts when it is `Z` standard errors above 0: were there none, a check would
pass with chance 1e-6 at most. The smallest rise here is 9 errors, so a right engine fails with chance 1e-5 at most, and
not at all with this seed.
"""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import simfunnel as sf

CONFIGS = Path(__file__).parents[1] / "configs"
FUTURES = 1_000
Z = float(stats.norm.isf(1e-6))
pytestmark = pytest.mark.xdist_group("people")  # they share their runs


@cache
def deals(name: str, team: str, people: int) -> np.ndarray:
    scenario = sf.load(CONFIGS / f"{name}.yaml").change({f"teams.{team}.people": people})
    return sf.simulate(scenario, n_sims=FUTURES, seed=5, workers=1, progress=False).array("deals")


def rise(name: str, team: str, fewer: int) -> tuple[float, float]:
    """The mean rise that one more person brings, and its standard error."""
    gain = deals(name, team, fewer + 1) - deals(name, team, fewer)
    return float(gain.mean()), float(gain.std(ddof=1)) / math.sqrt(FUTURES)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["lead_process", "lead_process_score_first"])
@pytest.mark.parametrize("people", [3, 4])
def test_one_more_of_those_who_have_too_much_to_do_wins_deals(name: str, people: int) -> None:
    mean, error = rise(name, "sdrs", people)
    assert mean > Z * error, f"{mean:.3f} +- {error:.3f}"


@pytest.mark.slow
def test_a_fourth_seller_wins_deals_sooner_and_a_fifth_has_nothing_to_do() -> None:
    """Hardly a lead goes cold in the queue of three, so what is won is time: deals before the year ends."""
    mean, error = rise("lead_process", "sales", 3)
    assert mean > Z * error, f"{mean:.3f} +- {error:.3f}"
    fifth, its_error = rise("lead_process", "sales", 4)
    assert -Z * its_error < fifth < mean / 2


def test_the_shipped_variant_is_one_person_more() -> None:
    base, shipped = (sf.load(CONFIGS / f"{name}.yaml") for name in ("lead_process", "lead_process_one_more_rep"))
    runs = [
        sf.simulate(each, n_sims=15, seed=5, workers=1, progress=False)
        for each in (base.change({"teams.sdrs.people": 3}), shipped)
    ]
    assert runs[0].array("deals").tolist() == runs[1].array("deals").tolist()
