"""What is an uncertain number: named parameters, quantiles, its own mean and sd?"""

from simfunnel.distributions.averaging import nodes
from simfunnel.distributions.building import build
from simfunnel.distributions.columns import pack, unpack
from simfunnel.distributions.distribution import Distribution, Prepared
from simfunnel.distributions.families import FAMILIES, Family
from simfunnel.distributions.files import read_empirical
from simfunnel.distributions.text import UNIT_DAYS, describe, value_text

__all__ = [
    "FAMILIES",
    "UNIT_DAYS",
    "Distribution",
    "Family",
    "Prepared",
    "build",
    "describe",
    "nodes",
    "pack",
    "read_empirical",
    "unpack",
    "value_text",
]
