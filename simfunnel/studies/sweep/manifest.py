"""What does a folder say of the sweep that it holds, and is it the one that is asked for?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from hashlib import blake2b
from math import isnan, nan
from pathlib import Path
from typing import Any

from simfunnel.errors import StoreError
from simfunnel.gathering import versions
from simfunnel.scenario import loads
from simfunnel.studies.sweep.definition import Parameter, Precision, Sweep
from simfunnel.writing import whole

FORMAT, VERSION = "simfunnel-sweep", 1
NAME = "manifest.json"
_UNREADABLE = (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError)
_SHOWN = 60  # characters of a value in a message


@dataclass(frozen=True)
class Manifest:
    """A sweep, whole, with what its futures were made by.

    Attributes
    ----------
    sweep : Sweep
        As it was asked for last.
    columns : tuple of str
        What is kept of every replication.
    versions : tuple of mapping of str to str
        Of the libraries that have computed parts, in their order.
    """

    sweep: Sweep
    columns: tuple[str, ...]
    versions: tuple[Mapping[str, str], ...]

    @property
    def digest(self) -> str:
        """Of everything that a replication's numbers depend on."""
        written = {name: value for name, value in _written(self.sweep).items() if name in _DECIDING}
        return _digest(written)

    def write(self, folder: Path) -> None:
        """Write it beside its place, then rename."""
        said = {"sweep": _written(self.sweep), "columns": self.columns, "versions": self.versions}
        about = {"format": FORMAT, "version": VERSION, "digest": self.digest, "check": _digest(said), **said}
        whole(folder / NAME, json.dumps(about, indent=1, ensure_ascii=False, allow_nan=False) + "\n")

    def asked(self, sweep: Sweep) -> Manifest:
        """The manifest of the same futures, asked for anew: more or fewer of them, or other measures of what is kept.

        Raises
        ------
        StoreError
            It is another sweep; every field that differs is named.
        """
        wrong = [*_differences(self.sweep, sweep), *_unkept(self.columns, sweep)]
        if wrong:
            raise StoreError("\n".join(f"  {each}" for each in wrong))
        made = self.versions if self.versions[-1] == versions() else (*self.versions, versions())
        return replace(self, sweep=sweep, versions=made)


def manifest_of(sweep: Sweep) -> Manifest:
    """The manifest of a sweep that begins."""
    return Manifest(sweep, sweep.columns, (versions(),))


def is_in(folder: Path) -> bool:
    """Whether a folder has a manifest."""
    return (folder / NAME).is_file()


def read(folder: Path) -> Manifest:
    """The manifest of a folder.

    Raises
    ------
    FileNotFoundError
        There is none.
    StoreError
        It is damaged, not ours, or of a later version.
    """
    path = folder / NAME
    if not is_in(folder):
        raise FileNotFoundError(f"{folder}: holds no sweep: there is no {NAME}")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
        is_ours = about["format"] == FORMAT
        given = about["version"]
    except _UNREADABLE as cause:
        raise StoreError(f"{path}: cannot be read as a sweep's; it is damaged, or another program wrote it") from cause
    if not is_ours:
        raise StoreError(f"{path}: is not a sweep's")
    if given != VERSION:
        raise StoreError(f"{path}: is of format {given!r}, this simfunnel reads {VERSION}; use the one that wrote it")
    try:
        said = {name: about[name] for name in ("sweep", "columns", "versions")}
        is_whole = about["check"] == _digest(said)
        found = Manifest(_read(about["sweep"]), tuple(about["columns"]), tuple(about["versions"]))
    except _UNREADABLE as cause:
        raise StoreError(f"{path}: is damaged: {cause}") from cause
    if not is_whole or found.digest != about.get("digest"):
        raise StoreError(f"{path}: is damaged, or was changed by hand: its digest is another")
    return found


def _digest(said: Mapping[str, Any]) -> str:
    return blake2b(json.dumps(said, sort_keys=True).encode(), digest_size=16).hexdigest()


_DECIDING = ("scenarios", "parameters", "texts", "seed", "precision")


def _written(sweep: Sweep) -> dict[str, Any]:
    """A sweep as JSON has it, scenarios as the files that they would be."""
    plain = {field.name: getattr(sweep, field.name) for field in fields(sweep)}
    plain["scenarios"] = {name: each.to_yaml() for name, each in sweep.scenarios.items()}
    plain["parameters"] = [asdict(each) for each in sweep.parameters]
    plain["numbers"] = [[None if isnan(each) else each for each in row] for row in sweep.numbers]
    plain["precision"] = None if sweep.precision is None else asdict(sweep.precision)
    return plain


def _read(plain: Mapping[str, Any]) -> Sweep:
    known = {name: _frozen(value) for name, value in plain.items()}
    known["scenarios"] = {name: loads(text) for name, text in plain["scenarios"].items()}
    known["parameters"] = tuple(Parameter(**each) for each in plain["parameters"])
    known["numbers"] = tuple(tuple(nan if each is None else each for each in row) for row in plain["numbers"])
    known["precision"] = None if plain["precision"] is None else Precision(**plain["precision"])
    return Sweep(**known)


def _frozen(value: Any) -> Any:
    return tuple(_frozen(each) for each in value) if isinstance(value, list) else value


def _differences(there: Sweep, asked: Sweep) -> list[str]:
    """What of two sweeps differs that their futures depend on, in words."""
    found = _scenarios(there, asked)
    paths = [[each.path for each in sweep.parameters] for sweep in (there, asked)]
    if paths[0] != paths[1]:
        found.append(_unlike("vary", ", ".join(paths[0]), ", ".join(paths[1])))
    elif there.n_points != asked.n_points:
        found.append(_unlike("points", f"{there.n_points:,}", f"{asked.n_points:,}"))
    else:
        rows = zip(there.texts, asked.texts, strict=True)
        place = next((i for i, (one, other) in enumerate(rows) if one != other), None)
        if place is not None:
            found.append(_unlike(f"point {place + 1}", _said(there, place), _said(asked, place)))
    for name in ("seed", "precision"):
        one, other = getattr(there, name), getattr(asked, name)
        if one != other:
            found.append(_unlike(name, _precise(one), _precise(other)))
    return found


def _scenarios(there: Sweep, asked: Sweep) -> list[str]:
    """Which scenarios differ, and in which line of them first."""
    if list(there.scenarios) != list(asked.scenarios):
        if len(there.scenarios) == len(asked.scenarios) == 1:
            return [_unlike("scenario", *there.scenarios, *asked.scenarios)]
        return [_unlike("scenarios", ", ".join(there.scenarios), ", ".join(asked.scenarios))]
    found = []
    for name, scenario in there.scenarios.items():
        lines = [each.to_yaml().splitlines() for each in (scenario, asked.scenarios[name])]
        if lines[0] != lines[1]:
            length = max(map(len, lines))
            one, other = (each + [""] * (length - len(each)) for each in lines)
            line = next(i for i in range(length) if one[i] != other[i])
            found.append(_unlike(f"scenario {name}", one[line].strip(), other[line].strip()))
    return found


def _unkept(columns: Sequence[str], asked: Sweep) -> list[str]:
    new = [each for each in asked.columns if each not in columns]
    return [_unlike("measures", ", ".join(columns), ", ".join(new))] if new else []


def _said(sweep: Sweep, point: int) -> str:
    return ", ".join(sweep.texts[point])


def _precise(value: object) -> str:
    if isinstance(value, Precision):
        return f"{value.of} within {value.within:g}, {value.most:,} at most"
    return "none" if value is None else str(value)


def _unlike(field: str, there: str, asked: str) -> str:
    """Both values, shortened, and from where they differ on where they begin alike."""
    if max(len(there), len(asked)) > _SHOWN:
        alike = next((i for i, (a, b) in enumerate(zip(there, asked, strict=False)) if a != b), 0)
        cut = max(0, alike - 20)
        there, asked = (("... " if cut else "") + each[cut:] for each in (there, asked))
    there, asked = (each if len(each) <= _SHOWN else f"{each[:_SHOWN]} ..." for each in (there, asked))
    return f"{field}: {there or 'nothing'} there, {asked or 'nothing'} asked for"
