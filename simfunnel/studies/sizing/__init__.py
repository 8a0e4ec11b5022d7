"""How much of a lever does a target need, so that it is reached with a stated chance?"""

from simfunnel.studies.sizing.backward import plan
from simfunnel.studies.sizing.backward_record import BackwardPlan
from simfunnel.studies.sizing.frontier_record import Frontier
from simfunnel.studies.sizing.record import Sizing
from simfunnel.studies.sizing.study import size
from simfunnel.studies.sizing.two_levers import frontier

__all__ = ["BackwardPlan", "Frontier", "Sizing", "frontier", "plan", "size"]
