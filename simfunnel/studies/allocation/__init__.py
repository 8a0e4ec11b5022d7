"""How is a budget best split over sources, people and sectors?"""

from simfunnel.studies.allocation.record import Allocation
from simfunnel.studies.allocation.study import allocate

__all__ = ["Allocation", "allocate"]
