"""What does `python -m simfunnel.cli` do? The same as `simfunnel`."""

from simfunnel.cli import main

main()
