"""How does `--table sla` say what was promised, and how far it is kept?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from simfunnel.results import Result

Block = tuple[str, tuple[str, ...], list[tuple[str, ...]], str]  # title, heads, rows, what is said where there are none
Row = dict[Any, Any]
_HEADS = ("", "promised", "attained", "P10 to P90 of a future", "kept in a period", "in every period")


def blocks(result: Result) -> Iterator[Block]:
    """All SLAs, then each by period."""
    rows: list[Row] = [dict(row) for row in result.sla().to_dict("records")]
    yield "SLAs, and how far they are kept", _HEADS, [_row(row) for row in rows], "none is written in `slas`"
    by_period: list[Row] = [dict(row) for row in result.sla("period").to_dict("records")]
    for name in (row["sla"] for row in rows):
        own: list[tuple[str, ...]] = [
            (row["period"], _known(row["attainment"], row["attainment_mcse"]), _chance(row, "kept"))
            for row in by_period
            if row["sla"] == name
        ]
        yield f"SLA {name}, by period", ("", "attained", "kept"), own, ""


def attained(result: Result) -> dict[str, str]:
    """How much of each SLA is met on average, with half of the interval."""
    rows = result.sla().to_dict("records")
    return {f"{row['sla']} ({row['stage']})": _known(row["attainment"], row["attainment_mcse"]) for row in rows}


def _row(row: Row) -> tuple[str, ...]:
    return (
        f"{row['sla']} ({row['stage']})",
        row["promise"],
        _known(row["attainment"], row["attainment_mcse"]),
        _reach(row),
        _chance(row, "kept_in_a_period"),
        _chance(row, "kept_in_every_period"),
    )


def _reach(row: Row) -> str:
    from simfunnel.results.text import percent

    ends = [percent(row[q], _error(row[f"{q}_low"], row[f"{q}_high"])).removesuffix(" %") for q in ("p10", "p90")]
    return f"{ends[0]} to {ends[1]} %"


def _chance(row: Row, name: str) -> str:
    return _known(row[name], _error(row[f"{name}_low"], row[f"{name}_high"]))


def _error(low: float, high: float) -> float:
    """The standard error that an interval stands for."""
    from simfunnel.results.intervals import half_width, z_value

    return half_width(low, high) / z_value()


def _known(value: float, mcse: float) -> str:
    """A share with half of its interval."""
    from simfunnel.results.text import together

    return "-" if value != value else together([value], [mcse], "share").known(value, mcse)
