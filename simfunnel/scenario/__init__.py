"""What may people write? Scenario files: their language, presets, changes, and every fault said at once."""

from simfunnel.scenario.editor import json_schema
from simfunnel.scenario.extending import presets
from simfunnel.scenario.loading import load, loads
from simfunnel.scenario.reference import reference
from simfunnel.scenario.schema import (
    Arrive,
    Cold,
    Drift,
    Enrichment,
    Exits,
    Expansion,
    Leads,
    Lever,
    Number,
    Plan,
    Programme,
    Rate,
    Recycle,
    Returns,
    Scenario,
    Score,
    Sector,
    Sla,
    Source,
    Stage,
    Team,
)

__all__ = [
    "Arrive",
    "Cold",
    "Drift",
    "Enrichment",
    "Exits",
    "Expansion",
    "Leads",
    "Lever",
    "Number",
    "Plan",
    "Programme",
    "Rate",
    "Recycle",
    "Returns",
    "Scenario",
    "Score",
    "Sector",
    "Sla",
    "Source",
    "Stage",
    "Team",
    "json_schema",
    "load",
    "loads",
    "presets",
    "reference",
]
