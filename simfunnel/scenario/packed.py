"""How do columns of numbers stand within a scenario's own text, so that it needs no file beside it?

They are a map at its end, a line a column, `data: {3f9a...: letters and digits}`, named by what is in them. A million
numbers are more than a YAML parser should walk through letter by letter, so these lines are taken off before it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from simfunnel.distributions import pack, unpack
from simfunnel.scenario.tree import Faults, Node

__all__ = ["DATA", "FILE_KEYS", "stored", "with_columns", "without_columns", "without_data"]

DATA = "data"
# Keys of a file that say how to read it and are gone once it is read.
FILE_KEYS = ("schema", "extends", DATA)
LINE = re.compile(r" +([0-9a-f]{1,64}): ([A-Za-z0-9+/]+=*)\r?")


def with_columns(columns: Iterable[tuple[float, ...]]) -> str:
    """The lines that hold these columns, each once; nothing where there are none."""
    packed = dict(pack(column) for column in columns)
    return "".join([f"{DATA}:\n", *(f"  {name}: {text}\n" for name, text in packed.items())]) if packed else ""


def without_columns(text: str) -> tuple[str, dict[str, str]]:
    """A scenario's text without the columns at its end, and the columns by name, still packed.

    Whatever does not look exactly as `with_columns` writes it is left where it is.

    Examples
    --------
    >>> without_columns("name: x\\ndata:\\n  3f9a: eJw=\\n")
    ('name: x\\n', {'3f9a': 'eJw='})
    """
    head, key, tail = text.rpartition(f"\n{DATA}:")
    lines = tail.strip("\r\n").split("\n") if key and tail.lstrip("\r")[:1] == "\n" else [""]
    found = [LINE.fullmatch(line) for line in lines]
    columns = {match[1]: match[2] for match in found if match is not None}
    return (f"{head}\n", columns) if len(columns) == len(found) else (text, {})


def without_data(tree: Node, faults: Faults) -> tuple[Node, Node | None]:
    """What a scenario says, and the columns that came with it."""
    data = tree.items.get(DATA)
    if data is None or data.value is None:
        return tree, None
    if not isinstance(data.value, dict):
        faults.add((DATA,), "takes a map of columns, as `to_yaml` writes it", data.place)
    return Node({key: node for key, node in tree.items.items() if key != DATA}, tree.place), data


def stored(data: Node | None, name: str) -> tuple[float, ...]:
    """The numbers of a column that came with a scenario.

    Raises
    ------
    ValueError
        It did not, or is damaged.
    """
    node = None if data is None else data.items.get(name)
    if node is None or not isinstance(node.value, str):
        raise ValueError(f"there is no column {name[:40]} under `{DATA}` at the end of the scenario")
    return unpack(name, node.value)
