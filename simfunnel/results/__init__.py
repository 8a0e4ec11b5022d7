"""What came of a run: the futures, their tables, and how well each figure is known."""

from simfunnel.results.estimates import Chance, Mean, Quantile
from simfunnel.results.futures import Futures, Tallies, Terms
from simfunnel.results.result import Result

__all__ = ["Chance", "Futures", "Mean", "Quantile", "Result", "Tallies", "Terms"]
