"""Do durations, shares, money, numbers and dates mean what they say, and do they read back as written?"""

from __future__ import annotations

import contextlib
import math
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simfunnel.distributions import value_text
from simfunnel.scenario import text

FINITE = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("30 days", 30.0),
        ("1 day", 1.0),
        ("1 year", 365.0),
        ("3 months", 91.25),
        ("1 quarter", 91.25),
        ("2 weeks", 14.0),
        ("6 hours", 0.25),
        ("1 minute", 1 / 1440),
        ("36 seconds", 36 / 86400),
        ("1.5 days", 1.5),
        ("90days", 90.0),
        ("1_000 days", 1000.0),
        ("1e3 days", 1000.0),
        ("0 days", 0.0),
        ("-2 days", -2.0),
    ],
)
def test_durations_are_in_days(written: str, days: float) -> None:
    assert text.read_duration(written) == pytest.approx(days, rel=1e-15)


@pytest.mark.parametrize(("written", "share"), [("25%", 0.25), ("0.25", 0.25), ("2.1 %", 0.021), ("0%", 0), ("1", 1)])
def test_shares_are_of_one(written: str, share: float) -> None:
    assert text.read_share(written) == share


@pytest.mark.parametrize(
    ("written", "money"),
    [("100_000", 1e5), ("250k", 2.5e5), ("1M", 1e6), ("1.1M", 1.1e6), ("0.1k", 100), ("1e6", 1e6), ("2.5 k", 2500)],
)
def test_money_takes_thousands_and_millions(written: str, money: float) -> None:
    assert text.read_money(written) == money


@pytest.mark.parametrize(
    ("written", "number"),
    [("40", 40), ("1e6", 1e6), ("1_000.5", 1000.5), (".5", 0.5), ("5.", 5), ("-0.2", -0.2), ("012", 12)],
)
def test_numbers(written: str, number: float) -> None:
    assert text.read_number(written) == number


@pytest.mark.parametrize(
    "written", ["1__0", "_1", "1_", "0x10", "1e", "--1", "1 2", "٣", "", "1e1000", "1,5", "nan", "1j", "1:30"]
)
def test_what_is_no_number(written: str) -> None:
    for read in (text.read_number, text.read_share, text.read_money, text.read_duration, text.read_count):
        with pytest.raises(ValueError, match=r".+"):
            read(written)


@pytest.mark.parametrize(
    ("written", "advice"),
    [
        ("30 dys", "write '30 days'"),
        ("1 yaer", "write '1 year'"),
        ("1 Year", "write '1 year'"),
        ("4h", "write '4 hours'"),
        ("30", "write '30 days'"),
        ("1,000 days", "write 1_000 days"),
    ],
)
def test_a_wrong_duration_is_put_right(written: str, advice: str) -> None:
    with pytest.raises(ValueError, match=advice):
        text.read_duration(written)


def test_dates_are_of_the_calendar() -> None:
    assert text.read_date("2028-02-29") == date(2028, 2, 29)
    for wrong in ("2027-02-29", "27-01-04", "2027-1-4", "2027-01-04T10:00", "1800-01-01"):
        with pytest.raises(ValueError, match=wrong):
            text.read_date(wrong)


def test_periods() -> None:
    assert text.read_period("month") == 365 / 12
    assert text.read_period("2 weeks") == 14
    with pytest.raises(ValueError, match="write 'per month'"):
        text.read_period("mnth")


@given(st.floats(-1e9, 1e9))
def test_durations_read_back(days: float) -> None:
    assert text.read_duration(value_text(days, "duration")) == days


@given(st.integers(0, 10**6), st.sampled_from(sorted(text.UNITS)))
def test_durations_in_whole_units_read_back(count: int, unit: str) -> None:
    days = text.read_duration(f"{count} {unit}s")
    assert text.read_duration(value_text(days, "duration")) == days


@given(FINITE)
def test_shares_read_back(share: float) -> None:
    assert text.read_share(value_text(share, "share")) == share


@given(FINITE)
def test_money_reads_back(amount: float) -> None:
    assert text.read_money(value_text(amount, "money")) == amount


@given(FINITE)
def test_numbers_read_back(value: float) -> None:
    assert text.read_number(value_text(value, "number")) == value


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(written: str) -> None:
    for read in text.LITERALS.values():
        with contextlib.suppress(ValueError):
            assert math.isfinite(read(written))
