"""Are distributions written, refused and read from files in words that people understand?"""

from __future__ import annotations

import math
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from simfunnel.distributions import FAMILIES, UNIT_DAYS, build, read_empirical, value_text

HOUR = UNIT_DAYS["hours"]
A_MONTH = build("uniform", {"low": 20.0, "high": 40.0})
COLUMN: dict[str, Any] = {"file": "wait.csv", "column": "hours", "unit": "hours", "values": (1.0, 2.0)}
WRITTEN: tuple[tuple[str, Any, str, str], ...] = (
    ("lognormal", {"p90": 2.0, "median": 5 * HOUR}, "duration", "lognormal(median=5 hours, p90=2 days)"),
    ("lognormal", {"cv": 0.9, "mean": 100_000.0}, "money", "lognormal(mean=100_000, cv=0.9)"),
    ("beta", {"mean": 0.25, "n": 40.0}, "share", "beta(mean=25%, n=40)"),
    ("beta", {"mean": 0.125, "n": 40.0}, "number", "beta(mean=12.5%, n=40)"),
    ("normal", {"mean": 1.5, "sd": 1.0, "low": 0.0}, "number", "normal(mean=1.5, sd=1, low=0)"),
    ("points", {"48%": HOUR, "69%": 1.0, "100%": 30.0}, "duration", "points(48%=1 hour, 69%=1 day, 100%=30 days)"),
    ("choice", [("", 1.0), ("", 14.0)], "duration", "choice(1 day, 2 weeks)"),
    ("choice", {"0.3": 1.0, "0.7": 2.0}, "number", "choice(30%=1, 70%=2)"),
    ("gamma", {"mean": A_MONTH, "cv": 0.6}, "duration", "gamma(mean=uniform(low=20 days, high=40 days), cv=0.6)"),
    ("empirical", COLUMN, "duration", "empirical(file=wait.csv, column=hours, unit=hours)"),
)


class TestRefused:
    @pytest.mark.parametrize(
        ("family", "params", "words"),
        [
            ("lognorm", {"median": 1.0}, r"no distribution 'lognorm' \(did you mean lognormal\?\); write fixed, "),
            ("lognormal", {"median": 1.0, "p80": 2.0}, r"no parameter 'p80' \(did you mean p90\?\); write logn"),
            ("lognormal", {"mean": 1.0, "p90": 2.0}, r"cannot be made from mean and p90; .* or lognormal\(mean=, cv="),
            ("lognormal", {}, "cannot be made from nothing"),
            ("lognormal", {"median": 3.0, "p90": 2.0}, "p90 must be above the median"),
            ("lognormal", {"mean": 3.0, "cv": 0.0}, "cv must be above 0"),
            ("lognormal", {"median": 1.0, "sigma": 1e4}, "too large for a number"),
            ("exponential", {"mean": -1.0}, "mean must be above 0"),
            ("exponential", {"mean": math.nan}, "mean must be a finite number"),
            ("exponential", {"mean": math.inf}, "mean must be a finite number"),
            ("exponential", {"mean": True}, "mean must be a finite number"),
            ("exponential", {"mean": "2"}, "mean must be a finite number"),
            ("exponential", {"mean": 10**400}, "mean must be a finite number"),
            ("exponential", [("mean", 1.0), ("mean", 2.0)], "mean is given twice"),
            ("exponential", [("", 1.0)], r"takes named parameters; write exponential\(mean=\) or"),
            ("weibull", {"shape": 0.0, "mean": 1.0}, "shape must be above 0"),
            ("gamma", {"mean": 1.0, "cv": 50.0}, "cv must lie between 0.001 and 10"),
            ("beta", {"mean": 1.0, "n": 4.0}, "mean must lie strictly between 0 and 1"),
            ("beta", {"mean": 0.5, "sd": 0.5}, "sd must be under 0.5 "),
            ("beta", {"mean": 0.5, "n": 1e9}, "must lie between 0.01 and a million"),
            ("uniform", {"low": 2.0, "high": 2.0}, "low must be under high"),
            ("triangular", {"low": 2.0, "mode": 1.0, "high": 3.0}, "mode must lie between low and high"),
            ("pert", {"low": 2.0, "mode": 4.0, "high": 3.0}, "mode must lie between low and high"),
            ("normal", {"mean": 1.0, "sd": 0.0}, "sd must be above 0"),
            ("normal", {"mean": 0.0, "sd": 1.0, "low": 3.0, "high": 2.0}, "low must be under high"),
            ("normal", {"mean": 0.0, "sd": 1.0, "low": 12.0}, "hardly anything of this normal"),
            ("normal", {"mean": 0.0, "sd": 1.0, "high": -12.0}, "hardly anything of this normal"),
            ("points", {}, r"points is empty; write points\(48%=1 hour"),
            ("points", {"48%": 1.0, "40%": 2.0, "100%": 3.0}, "cumulative shares must increase"),
            ("points", {"48%": 2.0, "69%": 1.0, "100%": 3.0}, "values must increase"),
            ("points", {"48%": 1.0, "69%": 2.0}, "last share must be 100%"),
            ("points", {"48%": 0.0, "100%": 2.0}, "every value must be above 0"),
            ("points", {"half": 1.0, "100%": 2.0}, "'half' is not a share"),
            ("points", {"148%": 1.0}, "148% does not lie between 0 % and 100 %"),
            ("points", [("", 1.0), ("100%", 2.0)], "every entry needs its share"),
            ("choice", {"70%": 1.0, "38%": 2.0}, "shares sum to 108 %; they must sum to 100 %"),
            ("choice", {"0%": 1.0, "100%": 2.0}, "every share must be above 0 %"),
            ("choice", [("70%", 1.0), ("", 2.0)], "every entry needs its share"),
            ("mixture", {"100%": 3.0}, r"every part must be a distribution; write fixed\(3.0\)"),
            ("empirical", {"values": ()}, "there are no values"),
            ("empirical", {"values": (1.0, math.nan)}, "values must be a finite number"),
        ],
    )
    def test_says_what_is_wrong_and_what_is_allowed(self, family: str, params: Any, words: str) -> None:
        with pytest.raises(ValueError, match=words):
            build(family, params)

    def test_independent_parts(self) -> None:
        part = build("fixed", {"value": 1.0}, independent=True)
        with pytest.raises(ValueError, match="independent belongs to the whole"):
            build("mixture", {"100%": part})

    def test_shares_outside_are_no_shares(self) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            build("fixed", {"value": 1.0}).quantile([0.5, 1.5])

    def test_every_family_says_how_it_is_written(self) -> None:
        for name, family in FAMILIES.items():
            assert family.usage().startswith(f"{name}(")
            for names in family.param_sets:
                assert set(names) <= set(family.param_kinds)


class TestText:
    @pytest.mark.parametrize(("family", "params", "kind", "text"), WRITTEN)
    def test_reads_as_people_write(self, family: str, params: Any, kind: str, text: str) -> None:
        assert build(family, params).describe(kind) == text

    def test_parts_and_independence(self) -> None:
        parts = {"70%": build("fixed", {"value": 30.0}), "30%": build("exponential", {"mean": 365.0})}
        paths = build("mixture", parts)
        assert paths.describe("duration") == "mixture(70%=fixed(30 days), 30%=exponential(mean=1 year))"
        assert build("fixed", {"value": 1.0}, independent=True).describe("duration") == "fixed(1 day, independent)"
        own = build("exponential", {"mean": 1.0}, independent=True)
        assert own.describe("money") == "exponential(mean=1, independent)"

    @given(some.floats(1e-9, 1e6) | some.integers(1, 4000).map(lambda n: n / 1440))
    def test_durations_read_back_to_the_last_bit(self, days: float) -> None:
        amount, unit = value_text(days, "duration").split()
        assert float(amount) * UNIT_DAYS[unit if unit.endswith("s") else f"{unit}s"] == days

    @given(some.floats(0.0, 1.0) | some.integers(0, 1000).map(lambda n: n / 1000))
    def test_shares_read_back_to_the_last_bit(self, share: float) -> None:
        text = value_text(share, "share")
        assert float(Decimal(text[:-1]) / 100 if text.endswith("%") else Decimal(text)) == share

    def test_str_is_in_base_units(self) -> None:
        assert str(build("exponential", {"mean": 1.5})) == "exponential(mean=1.5)"

    def test_unknown_kind(self) -> None:
        with pytest.raises(ValueError, match="write duration, share, money or number"):
            build("fixed", {"value": 1.0}).describe("hours")


class TestFiles:
    def test_reads_a_column(self, tmp_path: Path) -> None:
        path = tmp_path / "audit.csv"
        path.write_text('name, hours \n"a, b",1.5\nc,\nd, 2e1\n', encoding="utf-8-sig")
        assert read_empirical(path, "hours") == (1.5, 20.0)

    @pytest.mark.parametrize(
        ("content", "words"),
        [
            (b"name,hours\na,1\nb,soon\n", r"audit.csv:3: column 'hours': 'soon' is not a finite number"),
            (b"name,hours\na,nan\n", r"audit.csv:2: column 'hours': 'nan' is not a finite number"),
            (b"name,days\na,1\n", r"audit.csv:1: column 'hours' is not among name, days"),
            (b"hours,hours\n1,1\n", r"audit.csv:1: column 'hours' is there twice"),
            (b"hours\n\n", r"audit.csv: column 'hours' holds no number"),
            (b"", r"audit.csv:1: column 'hours' is not among no columns"),
            (b"hours\n\xff\xfe\n", r"audit.csv: is not a text file in UTF-8"),
            (b'hours\n"1\n', r"audit.csv:2: is not CSV"),
        ],
    )
    def test_names_file_line_and_column(self, tmp_path: Path, content: bytes, words: str) -> None:
        path = tmp_path / "audit.csv"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=words):
            read_empirical(path, "hours")

    def test_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ValueError, match=r"none\.csv: cannot be read"):
            read_empirical(tmp_path / "none.csv", "hours")
