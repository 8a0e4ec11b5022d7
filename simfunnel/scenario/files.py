"""What does a scenario file say, before anybody asks what it means?

YAML 1.2 read from its events: every value stays the text that was written (`NO`, `1e6`, `12:30` are told apart later,
by the key), every key keeps its line, and all that makes YAML dangerous or ambiguous is refused: tags, anchors,
aliases, duplicate keys, further documents, depth, size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from simfunnel.errors import Problem, ScenarioError
from simfunnel.scenario.packed import DATA, without_columns
from simfunnel.scenario.syntax import locate
from simfunnel.scenario.tree import MAX_DEPTH, MAX_TEXT, Faults, KeyPath, Node, Place, unprintable

__all__ = ["parse", "read_text"]

MAX_BYTES = 64 * 1024
MAX_WITH_COLUMNS = 64 * 1024 * 1024
MAX_NODES = 3_000
MAX_NAME = 200
NULLS = frozenset({"~", "null", "Null", "NULL"})
EMPTY = object()


def read_text(path: Path, place: Place) -> str:
    """The text of a scenario file.

    Raises
    ------
    ScenarioError
        There is no such file, it is not a plain file, it is too large, or it is not UTF-8 text.
    """
    try:
        if not path.is_file():
            raise _refusal("is not a file" if path.exists() else "there is no such file", place)
        with path.open("rb") as stream:
            data = stream.read(MAX_WITH_COLUMNS + 1)
    except OSError as error:
        raise _refusal(f"cannot be read: {error.strerror or error}", place) from None
    if len(data) > MAX_WITH_COLUMNS:
        raise _too_large(place)
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _refusal("is not UTF-8 text; save it as UTF-8", place.at(line)) from None


def _too_large(place: Place) -> ScenarioError:
    return _refusal(f"is larger than {MAX_BYTES // 1024} kB; a scenario is a page or two of text", place)


def parse(text: str, place: Place, faults: Faults) -> Node:
    """The map that a YAML text holds, with the place of every value.

    Faults of single keys are booked in `faults`; reading goes on after them.

    Raises
    ------
    ScenarioError
        The text is not YAML, or not a map, or nested too deep: there is nothing to go on with.
    """
    text, columns = without_columns(text)
    if len(text) > MAX_BYTES or len(text.encode("utf-8", "replace")) > MAX_BYTES:
        raise _too_large(place)
    for number, line in enumerate(text.split("\n"), start=1):
        bad = unprintable(line.removesuffix("\r"))
        if bad is not None:
            raise _refusal(f"contains a control character ({bad})", place.at(number))
    root = _Builder(text, place, faults).document()
    if not columns:
        return root
    here = place.at(text.count("\n") + 1)
    return Node(
        {**root.items, DATA: Node({name: Node(each, here) for name, each in columns.items()}, here)}, root.place
    )


def _refusal(message: str, place: Place) -> ScenarioError:
    return ScenarioError([Problem("", message, str(place))])


class _Builder:
    """Builds nodes from the events of one text."""

    def __init__(self, text: str, place: Place, faults: Faults) -> None:
        self._events: Iterator[Any] = YAML(typ="safe", pure=True).parse(text)
        self._text = text
        self._place = place
        self._faults = faults
        self._nodes = 0

    def document(self) -> Node:
        """The one document of the text, which must be a map."""
        self._next()  # start of the stream
        event = self._next()
        if isinstance(event, StreamEndEvent):
            raise _refusal("is empty; a scenario has at least horizon, sources and stages", self._place)
        if event.version is not None or event.tags:
            self._faults.add((), "YAML directives (%YAML, %TAG) are not allowed; leave the line out", self._at(event))
        start = self._next()
        if not isinstance(start, MappingStartEvent):
            what = "a list" if not isinstance(start, (ScalarEvent, AliasEvent)) else "a single value"
            raise _refusal(f"holds {what}; a scenario is a map of keys such as `horizon: 1 year`", self._at(start))
        root = self._value(start, (), self._at(start), 0)
        self._next()  # end of the document
        after = self._next()
        if isinstance(after, DocumentStartEvent):
            self._faults.add((), "holds a second document after '---'; one file is one scenario", self._at(after))
        return root

    def _next(self) -> Any:
        try:
            return next(self._events)
        except MarkedYAMLError as error:
            line, trouble = locate(error, self._text)
            raise _refusal(f"is not YAML: {trouble}", self._place.at(line)) from None
        except ScenarioError:
            raise
        except Exception as error:  # the parser has no closed list of what a hostile text makes it raise
            raise _refusal(f"is not YAML: {type(error).__name__} while reading it", self._place) from None

    def _at(self, event: Any) -> Place:
        return self._place.at(event.start_mark.line + 1)

    def _value(self, event: Any, path: KeyPath, place: Place, depth: int) -> Node:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _refusal(f"holds more than {MAX_NODES:_} values", self._at(event))
        if depth > MAX_DEPTH:
            raise _refusal(f"is nested more than {MAX_DEPTH} levels deep", self._at(event))
        self._check_plain(event, path)
        if isinstance(event, AliasEvent):
            return Node(None, place)
        if isinstance(event, ScalarEvent):
            return Node(self._scalar(event, path), place)
        if isinstance(event, MappingStartEvent):
            return Node(self._map(event, path, depth), place)
        return Node(tuple(self._list(path, depth)), place)

    def _check_plain(self, event: Any, path: KeyPath) -> None:
        """Refuse what would make data more than data."""
        if isinstance(event, AliasEvent):
            self._faults.add(path, f"aliases (*{event.anchor}) are not allowed; write the value out", self._at(event))
            return
        if event.anchor is not None:
            message = f"anchors (&{event.anchor}) are not allowed; write values out, or use `extends`"
            self._faults.add(path, message, self._at(event))
        if event.ctag is not None:
            tag = str(event.ctag).replace("tag:yaml.org,2002:", "!!")
            message = f"tags ({tag[:60]}) are not allowed; a scenario is plain data"
            self._faults.add(path, message, self._at(event))

    def _scalar(self, event: Any, path: KeyPath) -> Any:
        text = event.value
        if event.style is None and text in NULLS:
            return None
        if event.style is None and text == "":
            return EMPTY
        if len(text) > MAX_TEXT:
            message = f"is {len(text):_} characters long; at most {MAX_TEXT:_} are allowed"
            self._faults.add(path, message, self._at(event))
            return None
        bad = unprintable(text)
        if bad is not None:
            self._faults.add(path, f"contains a control character ({bad})", self._at(event))
            return None
        return text

    def _list(self, path: KeyPath, depth: int) -> Iterator[Node]:
        while not isinstance(event := self._next(), SequenceEndEvent):
            node = self._value(event, path, self._at(event), depth + 1)
            if node.value is EMPTY:
                self._faults.add(path, "holds an empty item", node.place)
                continue
            yield node

    def _map(self, start: Any, path: KeyPath, depth: int) -> dict[str, Node]:
        entries: list[tuple[str, Node]] = []
        while not isinstance(event := self._next(), MappingEndEvent):
            place = self._at(event)
            key = self._key(event, path)
            entries.append((key, self._value(self._next(), (*path, key), place, depth + 1)))
        if start.flow_style:
            entries = _mend_commas(entries, path, self._faults)
        return self._unique(entries, path)

    def _key(self, event: Any, path: KeyPath) -> str:
        if not isinstance(event, ScalarEvent):
            raise _refusal("has a map, a list or an alias as a key; keys are plain words", self._at(event))
        self._check_plain(event, path)
        key = str(event.value)
        bad = unprintable(key) or ("a line break or tab" if "\n" in key or "\t" in key else None)
        if bad is not None:
            raise _refusal(f"has a key with a control character ({bad})", self._at(event))
        if len(key) > MAX_NAME:
            raise _refusal(f"has a name of over {MAX_NAME} characters ({key[:30]}...)", self._at(event))
        return key

    def _unique(self, entries: list[tuple[str, Node]], path: KeyPath) -> dict[str, Node]:
        items: dict[str, Node] = {}
        for key, node in entries:
            if key in items:
                line = items[key].place.line
                self._faults.add((*path, key), f"is written twice (first on line {line}); keep one", node.place)
                continue
            if node.value is EMPTY:
                self._faults.add((*path, key), _empty(key), node.place)
                node = Node(None, node.place)
            items[key] = node
        return items


def _empty(key: str) -> str:
    name, colon, value = key.partition(":")
    if colon and value:
        return f"has no value; put a space after the colon: `{name}: {value}`"
    return "has no value; write one, or leave the key out"


def _mend_commas(entries: list[tuple[str, Node]], path: KeyPath, faults: Faults) -> list[tuple[str, Node]]:
    """Say what happened where YAML, inside braces, ended a value at its comma and took the rest for keys."""
    kept: list[tuple[str, Node]] = []
    rest = list(entries)
    while rest:
        key, node = rest.pop(0)
        written, victims = _swallowed(node.value, rest)
        if written is not None:
            message = (
                f"inside braces YAML ends a value at the comma, so only '{node.value}' was read; "
                f'write it on a line of its own or in quotes: {key}: "{written}"'
            )
            if "(" not in written:
                message = f"YAML ends a value at the comma, so only '{node.value}' was read; write {key}: {written}"
            faults.add((*path, key), message, node.place)
            node = Node(None, node.place)
            del rest[:victims]
        kept.append((key, node))
    return kept


def _swallowed(value: Any, following: list[tuple[str, Node]]) -> tuple[str | None, int]:
    """What was meant by a value that lost its tail to the keys after it, and how many keys those are."""
    if not isinstance(value, str):
        return None, 0
    if value.count("(") > value.count(")"):
        pieces = [value]
        for key, node in following:
            if node.value is not EMPTY:
                break
            pieces.append(key)
            joined = ", ".join(pieces)
            if joined.count("(") <= joined.count(")"):
                break
        return (", ".join(pieces), len(pieces) - 1) if len(pieces) > 1 else (None, 0)
    groups = [value] if re.fullmatch(r"[$€£]?\d{1,3}", value) else []
    while groups and len(groups) <= len(following):
        key, node = following[len(groups) - 1]
        if node.value is not EMPTY or not re.fullmatch(r"\d{3}(\.\d+)?[kM%]?", key):
            break
        groups.append(key)
    return ("_".join(groups), len(groups) - 1) if len(groups) > 1 else (None, 0)
