"""What becomes of a scenario when several of its numbers vary at once?"""

from simfunnel.studies.sweep.definition import Parameter, Precision, Sweep
from simfunnel.studies.sweep.record import SweepResult
from simfunnel.studies.sweep.study import sweep

__all__ = ["Parameter", "Precision", "Sweep", "SweepResult", "sweep"]
