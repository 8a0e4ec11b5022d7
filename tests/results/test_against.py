"""What does one run have more of than another that met the same futures?"""

import numpy as np
import pytest

import simfunnel as sf

BASE = sf.loads(
    "horizon: 1 year\nprocess: [sql, customer]\ndeal_value: 100\nsources: {inbound: {enters: sql, leads: 40}}\n"
    "stages: {sql: {conversion: 25%, neglect: 20%}}"
)
SLA = BASE.change({"stages.sql.neglect": "0%"})


def test_it_is_what_the_comparison_says() -> None:
    today, sla = (sf.simulate(each, n_sims=300, seed=3) for each in (BASE, SLA))
    found, compared = sla.against(today, "revenue", level=0.9), sf.compare(BASE, SLA, n_sims=300, seed=3)
    assert found == compared.pairs("revenue", level=0.9)
    assert found.difference == np.mean(sla.array("revenue") - today.array("revenue")) > 0
    assert today.against(today, "deals").equal == 1.0


@pytest.mark.parametrize(
    ("other", "given", "said"),
    [
        (BASE, {"n_sims": 200, "seed": 3}, "did not meet the same futures: n_sims is 300 and 200"),
        (BASE, {"n_sims": 300, "seed": 4}, "did not meet the same futures: seed is 3 and 4"),
        (BASE, {"n_sims": 300, "seed": 3, "stream": 1}, "did not meet the same futures: luck_stream is 0 and 1"),
        (BASE.change({"currency": "EUR"}), {"n_sims": 300, "seed": 3}, "different currencies"),
    ],
)
def test_runs_that_cannot_be_compared_are_refused(other: sf.Scenario, given: dict[str, int], said: str) -> None:
    run = sf.simulate(SLA, n_sims=300, seed=3)
    with pytest.raises(ValueError, match=said):
        run.against(sf.simulate(other, **given), "deals")  # type: ignore[arg-type]
