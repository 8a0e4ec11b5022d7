"""What may a scenario say? Every key, its type once read, and how it is written: a file a subject."""

from simfunnel.scenario.schema.exits import Cold, Exits, Reason, Recycle, Returns
from simfunnel.scenario.schema.programmes import Programme
from simfunnel.scenario.schema.scenario import DEFAULT_PROCESS, Correlation, Plan, Scenario
from simfunnel.scenario.schema.scores import Enrichment, Score
from simfunnel.scenario.schema.sectors import Expansion, Sector
from simfunnel.scenario.schema.slas import Lever, Sla
from simfunnel.scenario.schema.sources import Arrive, Source, Yield
from simfunnel.scenario.schema.stages import DECIDING, Drift, Stage
from simfunnel.scenario.schema.teams import Discipline, Team
from simfunnel.scenario.schema.values import MAX_LEADS, Leads, Number, NumberOrRest, Rate

__all__ = [
    "DECIDING",
    "DEFAULT_PROCESS",
    "MAX_LEADS",
    "Arrive",
    "Cold",
    "Correlation",
    "Discipline",
    "Drift",
    "Enrichment",
    "Exits",
    "Expansion",
    "Leads",
    "Lever",
    "Number",
    "NumberOrRest",
    "Plan",
    "Programme",
    "Rate",
    "Reason",
    "Recycle",
    "Returns",
    "Scenario",
    "Score",
    "Sector",
    "Sla",
    "Source",
    "Stage",
    "Team",
    "Yield",
]
