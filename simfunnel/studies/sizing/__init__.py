"""How much of a lever does a target need, so that it is reached with a stated chance?"""

from simfunnel.studies.sizing.backward import plan
from simfunnel.studies.sizing.backward_record import BackwardPlan
from simfunnel.studies.sizing.record import Sizing
from simfunnel.studies.sizing.study import size

__all__ = ["BackwardPlan", "Sizing", "plan", "size"]
