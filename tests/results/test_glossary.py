"""Is the glossary of measures current, does it name every one, and is every claim in it read?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import simfunnel as sf
from simfunnel.claims import parse_claim, parse_selector
from simfunnel.glossary import CLAIMS, glossary
from simfunnel.measures import MEASURES, SELECTABLE, WORDS

COMMITTED = Path(__file__).parents[2] / "docs" / "measures.md"
RENEW = "the measures changed: write `simfunnel.glossary.glossary()` to docs/measures.md"


def test_the_committed_copy_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == glossary(), RENEW


def test_every_measure_is_there_with_its_words_unit_and_meaning() -> None:
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", glossary().partition("## Parts")[0], flags=re.M))
    assert list(rows) == list(MEASURES)
    for name, measure in MEASURES.items():
        words, unit, better, meaning = rows[name].split(" | ")
        assert (words, meaning) == (WORDS[name], measure.meaning)
        assert better.strip() in ("more", "less", "")
        assert unit.split(":")[0] in (measure.unit, "units of `currency`")


def test_every_part_is_there_with_the_keys_that_name_it() -> None:
    parts = glossary().partition("## Parts")[2].partition("## Metrics")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", parts, flags=re.M))
    assert list(rows) == list(SELECTABLE)
    for name, keys in SELECTABLE.items():
        words, by, meaning = rows[name].split(" | ")
        assert by == ", ".join(keys)
        assert words == WORDS[name]
        assert meaning
        for key in keys:
            assert parse_selector(f"{name}[{key}=x]")


YEAR = """
horizon: 1 year
process: [sql, customer]
plan: {customers: 10, revenue: 1M}
deal_value: 100k
sources: {"fair, spring": {enters: sql, leads: 4}, search: {enters: sql, leads: 40, cost_per_lead: 5}}
sectors: {retail: {share: 30%}, other: {share: rest}}
stages: {sql: {conversion: 25%, neglect: 10%, response: 1 day, shelf_life: 2 days}}
slas: {first call: {stage: sql, within: 2 days, share: 90%}}
"""


@pytest.fixture(scope="module")
def run() -> sf.Result:
    parts = [str(selector) for claim in CLAIMS if (selector := parse_claim(claim).selector).where]
    return sf.simulate(sf.loads(YEAR), n_sims=20, keep=parts, progress=False)


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_in_it_is_read_and_answered(claim: str, run: sf.Result) -> None:
    assert str(parse_claim(claim)) == claim
    assert run.chance(claim).n == 20
    assert f"| `{claim}` | " in glossary()
