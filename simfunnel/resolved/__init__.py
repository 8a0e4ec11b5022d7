"""What does a scenario mean, with every default explicit? In: what people write. Out: the arrays that the engine
reads."""

from simfunnel.resolved.doubts import doubts
from simfunnel.resolved.resolution import Resolved, resolve

__all__ = ["Resolved", "doubts", "resolve"]
