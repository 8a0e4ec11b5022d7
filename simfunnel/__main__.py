"""What does `python -m simfunnel` do? The same as `simfunnel`."""

from simfunnel.cli import main

if __name__ == "__main__":
    main()
