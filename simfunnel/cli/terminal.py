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


def show(heads: Sequence[str], rows: Iterable[Sequence[str]], *, fold: bool = False) -> None:
    """Print a table, its first column to the left.

    On a terminal (with `fold` also into a pipe) that is too narrow, columns go on below, each time after the first; and
    where not even one has room, a row is a paragraph.
    """
    from rich.cells import cell_len

    console = _console()
    table = [tuple(printable(cell) for cell in row) for row in (heads, *rows)]
    widths = [max(cell_len(row[i]) for row in table) for i in range(len(heads))]
    parts = _parts(widths, console.width if fold or console.is_terminal else sum(widths) + 2 * len(widths))
    if not parts:
        for name, *cells in table[1:]:
            say(name, style="bold")
            say("  " + ", ".join(f"{head} {cell}" for head, cell in zip(table[0][1:], cells, strict=True)))
    for place, part in enumerate(parts):
        if place:
            _put(console, "")
        for number, row in enumerate(table):
            # Chinese characters are two cells wide, so the padding is counted in cells
            spaces = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
            cells = [row[0] + spaces[0], *(spaces[i] + row[i] for i in part)]
            _put(console, "  ".join(cells).rstrip(), "" if number else "bold")


def answer(sentence: str, heads: Sequence[str], rows: Iterable[Sequence[str]], notes: Iterable[str]) -> None:
    """Print what a study found: the answer first, its table, what to know of it; the last note is what it rests on."""
    say(sentence, style="bold")
    say("")
    show(heads, rows)
    say("")
    *said, rests_on = notes
    for note in said:
        say(note)
    say(rests_on, style="dim")


def _parts(widths: Sequence[int], room: int) -> list[list[int]]:
    """Columns, but for the first, that have room beside it, in few parts of like size; none where one has no room."""
    left = room - widths[0]
    columns = range(1, len(widths))
    if any(widths[i] + 2 > left for i in columns):
        return []
    for size in range(len(columns), 0, -1):
        parts = [columns[at : at + size] for at in range(0, len(columns), size)]
        if all(sum(widths[i] + 2 for i in part) <= left for part in parts):
            even = -(-len(columns) // len(parts))
            return [list(columns[at : at + even]) for at in range(0, len(columns), even)]
    return []


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
