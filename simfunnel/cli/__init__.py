"""What does `simfunnel` on the command line do? It parses, calls one function of the package, and prints."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from typing import Annotated

import typer

from simfunnel.cli import (
    allocating,
    comparing,
    demonstrating,
    informing,
    planning,
    reading,
    replaying,
    running,
    sensing,
    sizing,
    sweeping,
)

__all__ = ["app", "main"]

app = typer.Typer(
    name="simfunnel",
    help="What is a marketing and sales plan really worth, and what do leads that go cold cost?",
    epilog="Start with `simfunnel demo`. Every command takes --help.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # errors are said in words, see faults.py
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("demo")(demonstrating.demo)
app.command("run")(running.run)
app.command("compare")(comparing.compare)
app.command("plan")(planning.plan)
app.command("size")(sizing.size)
app.command("information")(informing.information)
app.command("sensitivity")(sensing.sensitivity)
app.command("allocate")(allocating.allocate)
app.command("sweep")(sweeping.sweep)
app.command("check")(reading.check)
app.command("explain")(reading.explain)
app.command("presets")(reading.presets)
app.command("schema")(reading.schema)
app.command("replay")(replaying.replay)


def main() -> None:
    """Entry point of the `simfunnel` command.

    Exit codes: 0 done, 1 our fault, 2 the user's input is at fault, 130 stopped by Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name in Chinese must not break a Latin-1 terminal
    app(prog_name="simfunnel")


def _version(wanted: bool) -> None:
    if not wanted:
        return
    from importlib.metadata import PackageNotFoundError, version

    try:
        found = version("simfunnel")
    except PackageNotFoundError:
        found = "(not installed: run from its source)"
    typer.echo(f"simfunnel {found}")
    raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and stop.")
    ] = False,
) -> None:
    """What is a marketing and sales plan really worth, and what do leads that go cold cost?"""
