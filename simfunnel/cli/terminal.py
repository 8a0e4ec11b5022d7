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
    console = _console()
    for line in printable(text).split("\n"):
        pieces = _wrapped(line, min(console.width, READABLE)) if console.is_terminal else [line]
        for piece in pieces:
            _put(console, piece, style)


def exact(text: str) -> None:
    """Print on standard output without wrapping: commands to copy, places such as file:line."""
    _put(_console(), printable(text))


def complain(text: str) -> None:
    """Print on standard error, without wrapping."""
    _put(_console(stderr=True), printable(text))


def raw(text: str) -> None:
    """Print a text for programs on standard output, as it is."""
    sys.stdout.write(text if text.endswith("\n") else f"{text}\n")


def show(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table, its first column to the left; on a terminal that is too narrow, a paragraph a row instead."""
    from rich.cells import cell_len

    console = _console()
    table = [tuple(printable(cell) for cell in row) for row in (heads, *rows)]
    widths = [max(cell_len(row[i]) for row in table) for i in range(len(heads))]
    if console.is_terminal and sum(widths) + 2 * (len(widths) - 1) > console.width:
        for name, *cells in table[1:]:
            say(name, style="bold")
            say("  " + ", ".join(f"{head} {cell}" for head, cell in zip(table[0][1:], cells, strict=True)))
        return
    for number, row in enumerate(table):
        # Chinese characters are two cells wide, so the padding is counted in cells
        spaces = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [row[0] + spaces[0], *(space + cell for cell, space in zip(row[1:], spaces[1:], strict=True))]
        _put(console, "  ".join(cells).rstrip(), "" if number else "bold")


def printable(text: str) -> str:
    """Text that moves no cursor: control characters become spaces.

    >>> printable("a\\x1b[31mb\\nc")
    'a [31mb\\nc'
    """
    return "".join(character if character.isprintable() or character == "\n" else " " for character in text)


def _put(console: Console, text: str, style: str = "") -> None:
    console.print(text, style=style or None, markup=False, highlight=False, emoji=False, soft_wrap=True)


def _wrapped(line: str, width: int) -> list[str]:
    """A line in pieces; those after the first stand under its first word, also in a list."""
    body = line.lstrip()
    indent = len(line) - len(body) + (2 if body.startswith("- ") else 0)
    hanging = " " * min(indent, width // 2)
    return wrap(line, width, subsequent_indent=hanging, break_on_hyphens=False) or [""]


def _console(*, stderr: bool = False) -> Console:
    # made anew each time: whoever runs a command inside Python may have put other streams in place
    from rich.console import Console

    return Console(stderr=stderr)
