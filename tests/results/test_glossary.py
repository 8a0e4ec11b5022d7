"""Is the glossary of measures current, does it name every one, and is every claim in it read?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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
    parts = glossary().partition("## Parts")[2].partition("## Claims")[0]
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", parts, flags=re.M))
    assert list(rows) == list(SELECTABLE)
    for name, keys in SELECTABLE.items():
        words, by, meaning = rows[name].split(" | ")
        assert by == ", ".join(keys)
        assert words == WORDS[name]
        assert meaning
        for key in keys:
            assert parse_selector(f"{name}[{key}=x]")


@pytest.mark.parametrize("claim", CLAIMS)
def test_every_claim_in_it_is_read(claim: str) -> None:
    assert str(parse_claim(claim)) == claim
    assert f"| `{claim}` | " in glossary()
