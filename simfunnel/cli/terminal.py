"""How do words and tables reach a terminal of any width, a pipe or a file, with nothing in them taken for an order?"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

READABLE = 100  # characters a line of prose


def say(text: str, *, style: str = "") -> None:
    """Print prose on standard output: wrapped for a reader, as it is for a pipe."""
    _print(text, style, stderr=False)


def complain(text: str, *, style: str = "") -> None:
    """Print on standard error; never wrapped, so that a place such as file:line stays whole."""
    _console(stderr=True).print(
        printable(text), style=style or None, markup=False, highlight=False, emoji=False, soft_wrap=True
    )


def exact(text: str) -> None:
    """Print on standard output without wrapping: commands to copy, places such as file:line."""
    _console(stderr=False).print(printable(text), markup=False, highlight=False, emoji=False, soft_wrap=True)


def show(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, its first column to the left; where it does not fit, a paragraph a row instead."""
    table = [tuple(printable(cell) for cell in row) for row in (heads, *rows)]
    widths = [max(len(row[i]) for row in table) for i in range(len(heads))]
    console = _console(stderr=False)
    if console.is_terminal and sum(widths) + 2 * (len(widths) - 1) > console.width:
        for name, *cells in table[1:]:
            _print(name, "bold", stderr=False)
            _print(
                "  " + ", ".join(f"{head} {cell}" for head, cell in zip(table[0][1:], cells, strict=True)),
                "",
                stderr=False,
            )
        return
    for number, (name, *cells) in enumerate(table):
        aligned = [cell.rjust(width) for cell, width in zip(cells, widths[1:], strict=True)]
        line = "  ".join([name.ljust(widths[0]), *aligned]).rstrip()
        console.print(
            line, style="bold" if number == 0 else None, markup=False, highlight=False, emoji=False, soft_wrap=True
        )


def raw(text: str) -> None:
    """Print a text for programs on standard output, byte for byte."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def printable(text: str) -> str:
    """Text that moves no cursor: control characters become spaces.

    >>> printable("a\\x1b[31mb\\nc")
    'a [31mb\\nc'
    """
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def _print(text: str, style: str, *, stderr: bool) -> None:
    console = _console(stderr=stderr)
    lines = printable(text).split("\n")
    if console.is_terminal:
        lines = [piece for line in lines for piece in _wrapped(line, min(console.width, READABLE))]
    for line in lines:
        console.print(line, style=style or None, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _wrapped(line: str, width: int) -> list[str]:
    """A line in pieces; those after the first stand under its first word, also in a list."""
    body = line.lstrip()
    indent = len(line) - len(body) + (2 if body.startswith("- ") else 0)
    hanging = " " * min(indent, width // 2)
    return wrap(line, width, subsequent_indent=hanging, break_on_hyphens=False) or [""]


def _console(*, stderr: bool) -> Console:
    # made anew each time: whoever runs a command inside Python may have put other streams in place
    from rich.console import Console

    return Console(stderr=stderr)
