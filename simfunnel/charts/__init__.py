"""Which pictures tell what a run found? Every chart takes a result and returns Axes; its figures are computed apart, as points."""

from simfunnel.charts.distribution import distribution
from simfunnel.charts.dots import dots
from simfunnel.charts.exceedance import exceedance
from simfunnel.charts.saving import save

__all__ = ["distribution", "dots", "exceedance", "save"]
