"""How does a table or a text become a file that is whole, and in which no label is taken for a formula?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def neutral(frame: pd.DataFrame) -> pd.DataFrame:
    """A table whose texts no spreadsheet takes for a formula: those that begin like one get a quote before them.

    >>> import pandas as pd
    >>> neutral(pd.DataFrame({"name": ["=1+1", "plain"], "mean": [-1.5, 2.0]}))["name"].tolist()
    ["'=1+1", 'plain']
    """
    safe = frame.map(_unread)
    return safe.rename(columns=_unread)


@contextmanager
def beside(path: Path) -> Iterator[Path]:
    """A place beside a file, which takes the file's place when all has been written there, and goes when not."""
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.unlink(missing_ok=True)  # of a process of the same number that was killed, as in a container that starts anew
    try:
        yield part
        with part.open("r+b") as file:
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def whole(path: Path, text: str | Iterable[str]) -> None:
    """Write a text beside its place and rename it: whoever reads meets the old file or the new one, never a half."""
    with beside(path) as part, part.open("x", encoding="utf-8", newline="") as file:
        for piece in [text] if isinstance(text, str) else text:
            file.write(piece)


def _unread(cell: object) -> object:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
