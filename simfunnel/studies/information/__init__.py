"""What is worth knowing before deciding between plans?"""

from simfunnel.studies.information.record import InputWorth, Option, ValueOfInformation
from simfunnel.studies.information.study import value_of_information

__all__ = ["InputWorth", "Option", "ValueOfInformation", "value_of_information"]
