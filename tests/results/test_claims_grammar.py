"""Is a claim read as it was meant, and is what cannot be meant refused with the right words?"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from simfunnel.claims import Claim, Selector, parse_claim, parse_selector
from simfunnel.errors import ClaimError
from simfunnel.measures import COUNTS, MEASURES, SELECTABLE, WORDS


@pytest.mark.parametrize(
    ("text", "name", "op", "value"),
    [
        ("deals >= 10", "deals", ">=", 10.0),
        ("deals>=10", "deals", ">=", 10.0),
        ("  revenue < 1M ", "revenue", "<", 1e6),
        ("revenue <= 250k", "revenue", "<=", 250_000.0),
        ("revenue <= 0.29k", "revenue", "<=", 290.0),
        ("roi > 20%", "roi", ">", 0.2),
        ("roi > -20 %", "roi", ">", -0.2),
        ("roi >= 0.30000000000000004", "roi", ">=", 0.30000000000000004),
        ("cost == 1_000", "cost", "==", 1000.0),
        ("cost < 1e-05", "cost", "<", 1e-5),
        ("cost < .5", "cost", "<", 0.5),
    ],
)
def test_claims_are_read(text: str, name: str, op: str, value: float) -> None:
    claim = parse_claim(text)
    assert (claim.selector.name, claim.op, claim.value) == (name, op, value)
    assert str(claim) == text.strip()
    assert parse_claim(str(claim)) == claim


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("dels >= 10", "did you mean 'deals'"),
        ("plan_shortfal >= 10", "did you mean 'plan_shortfall'"),
        ("deals", "write NAME OP VALUE"),
        ("", "write NAME OP VALUE"),
        ("deals = 10", "'=' does not compare; write one of >= <= == > <"),
        ("deals => 10", "does not compare"),
        ("deals != 10", "does not compare"),
        ("deals >= ten", "'ten' is not a number"),
        ("deals >= ", "is not a number"),
        ("deals >= 1,000", "is not a number; write it as 10, 1_000"),
        ("roi >= 12,5%", "'12,5%' is not a number; a decimal takes a point: 12.5%"),
        ("roi >= 0,125", "a decimal takes a point: 0.125"),
        ("deals >= 1__0", "is not a number"),
        ("deals >= nan", "is not a number"),
        ("deals >= inf", "is not a number"),
        ("deals >= 1e999", "too large"),
        ("deals >= " + "9" * 990, "too large"),
        ("deals >= " + "9" * 4000, "is not a claim"),
        ("deals >= 20%", "is in deals; a percentage is compared with shares only"),
        ("deals >= __import__('os')", "is not a number"),
        ("deals[stage=sql] > 1", "has no part by 'stage'; known: source, sector, period"),
        ("worked[stge=sql] > 1", "did you mean 'stage'"),
        ("roi[sector=retail] > 1", "known for the whole only"),
        ("entered > 1", "needs a stage; write entered[stage=NAME]"),
        ("worked[sector=a, sector=b] > 1", "'sector' is given twice"),
        ("worked[] > 1", "does not name a part"),
        ("worked[sector] > 1", "does not name a part"),
        ("worked[sector=] > 1", "does not name a part"),
        ("worked[sector=a,] > 1", "does not name a part"),
        ("worked[sector=a=b] > 1", "does not name a part"),
    ],
)
def test_what_is_no_claim_is_refused(text: str, words: str) -> None:
    with pytest.raises(ClaimError) as refused:
        parse_claim(text)
    assert words in str(refused.value)
    assert len(str(refused.value)) < 1_500


def test_claims_are_text() -> None:
    with pytest.raises(ClaimError, match="is not a measure"):
        parse_selector(3)  # type: ignore[arg-type]


def test_canonical_selectors_do_not_depend_on_how_they_were_written() -> None:
    assert str(parse_selector('worked[ stage = "sql" ,sector=two words ]')) == "worked[sector=two words, stage=sql]"


@given(st.lists(st.text(max_size=12), min_size=3, max_size=3))
def test_any_label_survives_being_written_and_read(labels: list[str]) -> None:
    selector = Selector("worked", tuple(zip(("sector", "source", "stage"), labels, strict=True)))
    assert parse_selector(str(selector)) == selector


@given(st.floats(allow_nan=False, allow_infinity=False), st.sampled_from([">=", "<=", ">", "<", "=="]))
def test_any_number_survives_being_written_and_read(value: float, op: str) -> None:
    claim = Claim(Selector("roi"), op, value)
    assert parse_claim(str(claim)) == claim


def test_claims_compare_and_missing_values_make_none_true() -> None:
    values = np.array([9.0, 10.0, 11.0, np.nan])
    truths = {"deals >= 10": [0, 1, 1, 0], "deals <= 10": [1, 1, 0, 0], "deals > 10": [0, 0, 1, 0]}
    truths |= {"deals < 10": [1, 0, 0, 0], "deals == 10": [0, 1, 0, 0]}
    for text, expected in truths.items():
        assert parse_claim(text).holds(values).tolist() == [bool(x) for x in expected]


def test_measures_are_described() -> None:
    from simfunnel.results.futures import BASE_COUNTS, BASE_MONEY, VISIT_MEASURES

    for name, measure in MEASURES.items():
        assert measure.name == name
        assert measure.unit in (*COUNTS, "money", "share")
        assert measure.better in ("more", "less", "neither")
        assert measure.meaning
        assert not measure.meaning.endswith(".")
        assert set(measure.needs) <= {*BASE_COUNTS, *BASE_MONEY}
    assert {need for measure in MEASURES.values() for need in measure.needs} == {*BASE_COUNTS, *BASE_MONEY}
    assert set(VISIT_MEASURES[:-1]) <= set(SELECTABLE)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ROI >= 100%", "'ROI' is not a measure; did you mean 'roi'?"),
        ("Revenue >= 1M", "did you mean 'revenue'?"),
        ("deals gone cold >= 3", "did you mean 'gap_deals' (deals gone cold)?"),
        ("Deals Gone Cold>=3", "did you mean 'gap_deals' (deals gone cold)?"),
        ("cold >= 3", "did you mean 'gap_deals' (deals gone cold) or 'gap_revenue' (revenue gone cold) or"),
        ("ideal-twin deals > 3", "did you mean 'twin_deals'"),
        ("deals short of plan[sector=a] > 3", "did you mean 'plan_shortfall_deals'"),
        ("deals gone colt > 3", "did you mean 'gap_deals'"),
        ("visits[stage=sql] > 3", "did you mean 'entered' (visits)?"),
        ("twin deals > 3", "did you mean 'twin_deals'"),
        ("customers >= 10", "'customers' is not a measure; did you mean 'deals'?"),
        ("Budget <= 200k", "did you mean 'cost'?"),
        ("xyzzy > 3", "'xyzzy' is not a measure; known: deals, revenue"),
        ("what is it >= 3", "write NAME OP VALUE"),
        ("revenue>=€400k", "'€400k' is not a number; it has a currency sign; write 400k"),
        ("revenue >= 400k €", "it has a currency sign; write 400k"),
        ("revenue >= $1_000", "it has a currency sign; write 1_000"),
        ("revenue >= 1.2m", "write 1.2M (k for thousands, M for millions)"),
    ],
)
def test_who_writes_what_people_read_is_told_the_name(text: str, words: str) -> None:
    with pytest.raises(ClaimError) as refused:
        parse_claim(text)
    assert words in str(refused.value)


def test_a_measure_in_words_is_answered_with_its_name() -> None:
    with pytest.raises(ClaimError, match=r"is not a measure; did you mean 'gap_roi' \(ROI gone cold\)"):
        parse_selector("ROI gone cold")


def test_every_word_that_people_read_leads_to_its_name() -> None:
    for name, words in WORDS.items():
        if words != name:
            with pytest.raises(ClaimError, match=f"did you mean '{name}'"):
                parse_claim(f"{words} >= 3")
