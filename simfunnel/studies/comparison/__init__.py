"""Is the variant better than the baseline, by how much, and how sure is that?"""

from simfunnel.studies.comparison.study import Comparison, compare

__all__ = ["Comparison", "compare"]
