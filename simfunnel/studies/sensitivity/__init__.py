"""What drives the risk: which inputs, and how much of it is luck?"""

from simfunnel.studies.sensitivity.record import Indices, Known, Sensitivity, Share, Swing, Tornado
from simfunnel.studies.sensitivity.samples import given_data
from simfunnel.studies.sensitivity.study import runs_needed, sensitivity

__all__ = ["Indices", "Known", "Sensitivity", "Share", "Swing", "Tornado", "given_data", "runs_needed", "sensitivity"]
