"""Which pictures tell what a run found?

Every chart takes a result and returns Axes. It is made in two steps: points, the figures of the picture as plain
arrays, which tests and programs read, then ink.
"""

from simfunnel.charts.allocation import allocation
from simfunnel.charts.backward_plan import backward_plan
from simfunnel.charts.comparison import comparison
from simfunnel.charts.convergence import convergence
from simfunnel.charts.distribution import distribution
from simfunnel.charts.dots import dots
from simfunnel.charts.exceedance import exceedance
from simfunnel.charts.fan import fan
from simfunnel.charts.frontier import frontier
from simfunnel.charts.funnel import funnel
from simfunnel.charts.heat_map import heat_map
from simfunnel.charts.information import information
from simfunnel.charts.lines import lines
from simfunnel.charts.price import price
from simfunnel.charts.process import process
from simfunnel.charts.saving import save
from simfunnel.charts.sizing import sizing
from simfunnel.charts.small_multiples import small_multiples
from simfunnel.charts.sobol import sobol
from simfunnel.charts.tornado import tornado
from simfunnel.charts.waterfall import waterfall

__all__ = [
    "allocation", "backward_plan", "comparison", "convergence", "distribution", "dots", "exceedance", "fan", "frontier",
    "funnel", "heat_map", "information", "lines", "price", "process", "save", "sizing", "small_multiples", "sobol",
    "tornado", "waterfall",
]  # fmt: skip
