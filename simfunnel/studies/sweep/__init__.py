"""What becomes of a scenario when several of its numbers vary at once?"""

from simfunnel.studies.sweep.checking import check_points, refuse_impossible
from simfunnel.studies.sweep.defining import define
from simfunnel.studies.sweep.definition import Parameter, Precision, Sweep
from simfunnel.studies.sweep.record import SweepResult
from simfunnel.studies.sweep.study import sweep

__all__ = ["Parameter", "Precision", "Sweep", "SweepResult", "check_points", "define", "refuse_impossible", "sweep"]
