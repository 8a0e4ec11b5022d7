"""How is a result kept in a file, and read back the same to the last bit?

One ``.npz``: arrays as they are, everything else as JSON. No pickles, so a file from elsewhere is data and never code.
"""

from __future__ import annotations

import json
import os
import zipfile
import zlib
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from simfunnel.errors import StoreError
from simfunnel.results.futures import Futures, Tallies, Terms, faults
from simfunnel.writing import beside

Array = npt.NDArray[Any]

FORMAT = "simfunnel-result"
VERSION = 1
_HEADER = "about"
_LABELS = ("stages", "sources", "sectors", "periods", "teams", "slas", "sla_periods")
_SUMS = tuple(field.name for field in fields(Tallies) if field.name not in ("n_sims", *_LABELS))
_UNREADABLE = (
    OSError, EOFError, ValueError, KeyError, TypeError, AttributeError, MemoryError, OverflowError, RecursionError,
    NotImplementedError, zipfile.BadZipFile, zlib.error,
)  # fmt: skip


def save(futures: Futures, terms: Terms, path: str | os.PathLike[str]) -> Path:
    """Write beside the target, then rename: whoever reads the path meets the old file or the new one, never a half."""
    target = Path(path)
    arrays = {f"base_{i}": column for i, column in enumerate(futures.base.values())}
    arrays |= {f"kept_{i}": column for i, column in enumerate(futures.kept.values())}
    arrays |= {"timeline_deals": futures.timeline_deals, "timeline_revenue": futures.timeline_revenue}
    arrays |= {f"tallies_{name}": getattr(futures.tallies, name) for name in _SUMS}
    about = {
        "format": FORMAT,
        "version": VERSION,
        "base": list(futures.base),
        "kept": list(futures.kept),
        "labels": {name: getattr(futures.tallies, name) for name in _LABELS},
        "terms": asdict(terms),
    }
    header = np.frombuffer(json.dumps(about, ensure_ascii=True).encode(), dtype=np.uint8)
    with beside(target) as part, part.open("xb") as file:
        # columns are named by number: a label may hold any character, a name in an archive may not
        np.savez_compressed(file, allow_pickle=False, **{_HEADER: header}, **arrays)
    return target


def load(path: str | os.PathLike[str]) -> tuple[Futures, Terms]:
    """Read what `save` wrote.

    Raises
    ------
    FileNotFoundError
        When there is no such file.
    StoreError
        When it is damaged, cut short, not ours, or of a later version.
    """
    source = Path(path)
    if not source.exists():
        raise FileNotFoundError(f"{source}: there is no such file")
    try:
        # opened here, so that it is closed whatever NumPy makes of it
        with source.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            if not isinstance(stored, np.lib.npyio.NpzFile) or _HEADER not in stored:
                raise StoreError(f"{source}: is not a result that simfunnel stored")
            about = json.loads(stored[_HEADER].tobytes())
            _check_format(source, about)
            futures, terms = _read(stored, about)
        wrong = faults(futures, terms)
    except _UNREADABLE as cause:
        raise StoreError(f"{source}: cannot be read as a result; it is damaged, or another program wrote it") from cause
    if wrong:
        raise StoreError(f"{source}: is damaged: {wrong[0]}")
    return futures, terms


def _check_format(source: Path, about: Any) -> None:
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise StoreError(f"{source}: is not a result that simfunnel stored")
    if about.get("version") != VERSION:
        given = about.get("version")
        raise StoreError(f"{source}: is of format {given!r}, this simfunnel reads {VERSION}; use the one that wrote it")


def _read(stored: np.lib.npyio.NpzFile, about: dict[str, Any]) -> tuple[Futures, Terms]:
    raw = about["terms"]
    terms = Terms(**raw | {"derived": tuple(raw["derived"])})
    labels: dict[str, Any] = {name: tuple(str(label) for label in about["labels"][name]) for name in _LABELS}
    sums: dict[str, Any] = {name: stored[f"tallies_{name}"] for name in _SUMS}
    futures = Futures(
        base={name: stored[f"base_{i}"] for i, name in enumerate(about["base"])},
        timeline_deals=stored["timeline_deals"],
        timeline_revenue=stored["timeline_revenue"],
        kept={name: stored[f"kept_{i}"] for i, name in enumerate(about["kept"])},
        tallies=Tallies(n_sims=terms.n_sims, **labels, **sums),
    )
    return futures, terms


def same(one: tuple[Futures, Terms], other: tuple[Futures, Terms]) -> bool:
    """Whether two results are the same to the last bit: labels, columns in their order, types and values."""
    (a, a_terms), (b, b_terms) = one, other
    if a_terms != b_terms or any(getattr(a.tallies, name) != getattr(b.tallies, name) for name in _LABELS):
        return False
    if list(a.base) != list(b.base) or list(a.kept) != list(b.kept):
        return False
    pairs = [(a.timeline_deals, b.timeline_deals), (a.timeline_revenue, b.timeline_revenue)]
    pairs += [(a.base[name], b.base[name]) for name in a.base] + [(a.kept[name], b.kept[name]) for name in a.kept]
    pairs += [(getattr(a.tallies, name), getattr(b.tallies, name)) for name in _SUMS]
    return all(x.dtype == y.dtype and np.array_equal(x, y) for x, y in pairs)
