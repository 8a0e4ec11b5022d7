"""Does the table of teams count what three leads and one person do, by hand?"""

from __future__ import annotations

import pytest

import simfunnel as sf

THREE = """
horizon: 100 days
process: [sql, customer]
deal_value: 1
sources: {list: {enters: sql, leads: 3, arrive: at start}}
stages: {sql: {conversion: 100%, team: sales, service: 10 days}}
teams: {sales: {people: 1}}
"""


def row(changes: dict[str, object]) -> dict[str, float]:
    run = sf.simulate(sf.loads(THREE).change(changes), n_sims=4, seed=1, workers=1, progress=False)
    found = run.teams().iloc[0].to_dict()
    assert found.pop("team") == "sales"
    assert all(error == 0.0 for name, error in found.items() if name.endswith("_mcse"))  # every future is the same
    return {name: value for name, value in found.items() if not name.endswith("_mcse")}


@pytest.mark.parametrize("run_off", ["0 days", "300 days"])
def test_they_are_served_one_after_the_other(run_off: str) -> None:
    """They wait 0, 10 and 20 days; a run-off, in which nobody comes, changes nothing."""
    assert row({"run_off": run_off}) == pytest.approx(
        {
            "joined": 3, "served": 3, "gone": 0, "waited_share": 2 / 3, "gone_share": 0, "utilisation": 0.3,
            "mean_wait_days": 10, "mean_queue": 0.3,
        }
    )  # fmt: skip


def test_one_of_them_does_not_wait_so_long() -> None:
    assert row({"stages.sql.shelf_life": "15 days"}) == pytest.approx(
        {
            "joined": 3, "served": 2, "gone": 1, "waited_share": 2 / 3, "gone_share": 1 / 3, "utilisation": 0.2,
            "mean_wait_days": 5, "mean_queue": 0.25,
        }
    )  # fmt: skip


def test_what_lies_after_the_horizon_is_no_work_of_this_period() -> None:
    """With 40 days of work each the third begins on day 80, and 20 of its days lie before the horizon."""
    assert row({"stages.sql.service": "40 days"})["utilisation"] == pytest.approx(1.0)
