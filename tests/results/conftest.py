"""A small run of the toy funnel that the tests of results share."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # for `import toy`, whatever pytest's import mode

import toy

from simfunnel.results import Result

KEEP = ("revenue[sector=retail]", "deals[source=fair]")


@pytest.fixture(scope="session")
def run() -> Result:
    """200 futures of the toy, with parts kept."""
    return Result(toy.futures(n_sims=200, seed=1, keep=KEEP), toy.terms(n_sims=200, seed=1))


@pytest.fixture(scope="session")
def bare() -> Result:
    """40 futures of a toy without plan, costs or cold leads, whose labels are as hostile as labels get."""
    funnel = toy.Toy(
        name='<script>alert("x")</script> Ba$$in\x1b[31m',
        stages=("=1+1", "a]b,c=d", "線索 " + "x" * 40),
        sources=("<b>", "../up", "only"),
        sectors=("all",),
        currency="EUR",
        plan_customers=None,
        plan_revenue=None,
        plan_budget=None,
        with_costs=False,
        neglect=0.0,
        late=0.0,
    )
    return Result(toy.futures(funnel, n_sims=40, seed=2), toy.terms(funnel, n_sims=40, seed=2))
