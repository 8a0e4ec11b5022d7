"""What is an uncertain number: named parameters, quantiles, its own mean and sd?"""

from simfunnel.distributions.building import build
from simfunnel.distributions.distribution import Distribution, Prepared
from simfunnel.distributions.families import FAMILIES, Family
from simfunnel.distributions.files import read_empirical
from simfunnel.distributions.text import UNIT_DAYS, value_text

__all__ = ["FAMILIES", "UNIT_DAYS", "Distribution", "Family", "Prepared", "build", "read_empirical", "value_text"]
