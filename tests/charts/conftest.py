"""Runs that the tests of charts share."""

from __future__ import annotations

import pytest
from years import compared, simulated

from simfunnel.results import Result
from simfunnel.studies.comparison import Comparison


@pytest.fixture(scope="session")
def run() -> Result:
    """An ordinary year."""
    return simulated("ordinary")


@pytest.fixture(scope="session")
def article() -> Result:
    """The year whose figures can be checked by hand."""
    return simulated("article")


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    """Three variants of the ordinary year."""
    return compared()
