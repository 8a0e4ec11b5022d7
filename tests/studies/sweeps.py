"""Sweeps that several test files run, and what is compared of them."""

from __future__ import annotations

from pathlib import Path

import simfunnel as sf

YEAR = sf.loads(
    "name: A year\nhorizon: 1 year\nprocess: [sql, customer]\nplan: {customers: 10}\ndeal_value: 100_000\n"
    "sources: {inbound: {enters: sql, leads: 40, cost_per_lead: 6_250}}\n"
    "stages: {sql: {conversion: 'beta(mean=25%, n=40)', neglect: 12.5%, shelf_life: 30 days}}"
)
VARY = {"stages.sql.neglect": ["0%", "12.5%", "40%"], "sources.inbound.leads": [40, 55]}
MEASURES = ("deals >= 10", "roi", "deals[source=inbound]")


def swept(**settings: object) -> sf.SweepResult:
    """The sweep, small."""
    terms: dict[str, object] = {"measures": MEASURES, "n_sims": 300, "seed": 7, "workers": 1, "progress": False}
    return sf.sweep(YEAR, VARY, **{**terms, **settings})  # type: ignore[arg-type]


def table(found: sf.SweepResult, folder: Path, name: str = "table.csv") -> bytes:
    """The bytes of its table, and of every future behind it."""
    futures = found.to_csv(folder / f"futures-{name}", futures=True).read_bytes()
    return found.to_csv(folder / name).read_bytes() + futures


def parts_of(folder: Path) -> list[Path]:
    """What a folder keeps."""
    return sorted((folder / "parts").glob("*.npz"))
