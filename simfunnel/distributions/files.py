"""Which numbers does a column of a CSV file hold?"""

from __future__ import annotations

import csv
import math
from pathlib import Path


def read_empirical(path: str | Path, column: str) -> tuple[float, ...]:
    """The numbers of one column, in the order of the file; empty cells are left out.

    Parameters
    ----------
    path : str or Path
        A CSV file with a header line.
    column : str
        The name of the column in the header.

    Raises
    ------
    ValueError
        Naming the file, the line and the column.
    """
    name = Path(path).name
    try:
        with open(path, newline="", encoding="utf-8-sig") as file:
            lines = file.readlines()
    except OSError as error:
        raise ValueError(f"{name}: cannot be read ({error.strerror or error})") from None
    except UnicodeDecodeError:
        raise ValueError(f"{name}: is not a text file in UTF-8") from None
    cells = _cells(lines, name, column)
    values = tuple(_number(cell, f"{name}:{line}: column {column!r}") for line, cell in cells if cell)
    if not values:
        raise ValueError(f"{name}: column {column!r} holds no number")
    return values


def _cells(lines: list[str], name: str, column: str) -> list[tuple[int, str]]:
    """Line number and text of each cell of the column."""
    rows = csv.reader(lines, strict=True)
    try:
        header = [cell.strip() for cell in next(rows, [])]
        if header.count(column) != 1:
            found = "is there twice" if column in header else f"is not among {', '.join(header[:20]) or 'no columns'}"
            raise ValueError(f"{name}:1: column {column!r} {found}")
        place = header.index(column)
        return [(rows.line_num, row[place].strip() if place < len(row) else "") for row in rows]
    except csv.Error as error:
        raise ValueError(f"{name}:{rows.line_num}: is not CSV ({error})") from None


def _number(cell: str, where: str) -> float:
    try:
        value = float(cell)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise ValueError(f"{where}: {cell!r:.40} is not a finite number")
    return value
