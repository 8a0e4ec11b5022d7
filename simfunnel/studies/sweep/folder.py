"""Whose is a folder? It is opened for one sweep and one process at a time, and only what is ours in it is touched."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from errno import EACCES, EAGAIN, EDEADLK
from pathlib import Path
from threading import Lock
from typing import IO

from simfunnel.errors import StoreError
from simfunnel.studies.sweep import manifest, parts
from simfunnel.studies.sweep.definition import Sweep
from simfunnel.studies.sweep.manifest import Manifest
from simfunnel.studies.sweep.parts import Parts

TABLE = "table.csv"
OURS = (manifest.NAME, TABLE)
_LOCK, _PARTS = ".lock", "parts"
_BESIDE = re.compile(r"\.(.+)\.[0-9]+\.part")  # as `simfunnel.writing.beside` names what is not whole yet


@dataclass(frozen=True, eq=False)
class Opened:
    """A folder whose sweep goes on.

    Attributes
    ----------
    manifest : Manifest
    store : Parts
    notes : tuple of str
        What to know of what was found there.
    """

    manifest: Manifest
    store: Parts
    notes: tuple[str, ...]


def load(folder: Path) -> tuple[Sweep, Parts]:
    """The sweep of a folder and its futures as far as they are there; nothing is changed.

    Raises
    ------
    FileNotFoundError, StoreError
        It holds no sweep, or one that cannot be read.
    """
    found = manifest.read(folder)
    return found.sweep, Parts(folder / _PARTS, found.digest, _most(found.sweep))


@contextmanager
def opened(folder: Path, sweep: Sweep) -> Iterator[Opened]:
    """Begin a sweep in a folder, or go on with it, alone.

    Raises
    ------
    StoreError
        Another sweep, other files or another process are in the folder.
    OSError
        It cannot be made or written.
    """
    if folder.exists() and not folder.is_dir():
        raise StoreError(f"{folder}: is a file; name a folder")
    folder.mkdir(parents=True, exist_ok=True)
    if not manifest.is_in(folder):
        _check_free(folder)
    with _alone(folder):
        _sweep_up(folder)
        known = _asked(folder, sweep) if manifest.is_in(folder) else manifest.manifest_of(sweep)
        known.write(folder)
        (folder / _PARTS).mkdir(exist_ok=True)
        store = Parts(folder / _PARTS, known.digest, _most(sweep))
        store.discard_torn()
        store.forgive()
        yield Opened(known, store, _notes(known, store))


def _most(sweep: Sweep) -> int | None:
    """Replications of a point that are read: all where a precision has said how many."""
    return sweep.n_sims if sweep.precision is None else None


def _asked(folder: Path, sweep: Sweep) -> Manifest:
    try:
        return manifest.read(folder).asked(sweep)
    except StoreError as error:
        if str(error).startswith(str(folder)):
            raise
        said = f"{folder}: holds another sweep:\n{error}\nName another folder for this one"
        raise StoreError(f"{said}, or ask for what is there.") from None


def _notes(known: Manifest, store: Parts) -> tuple[str, ...]:
    found = []
    if store.torn:
        parts = "1 part was" if len(store.torn) == 1 else f"{len(store.torn)} parts were"
        found.append(f"{parts} damaged and {'is' if len(store.torn) == 1 else 'are'} computed again")
    if len(known.versions) > 1:
        before, now = known.versions[-2:]
        changed = [f"{name} {before.get(name, 'none')}, now {new}" for name, new in now.items()
                   if before.get(name) != new]  # fmt: skip
        found.append(f"some parts were made by {'; '.join(changed)}: last digits may differ")
    return tuple(found)


def _check_free(folder: Path) -> None:
    """Refuse a folder in which something else lies than what a sweep that was killed at once may leave."""
    for path in folder.iterdir():
        beside = _BESIDE.fullmatch(path.name)
        is_ours = path.name == _LOCK or (beside is not None and beside[1] == manifest.NAME)
        if not is_ours and not (path.name == _PARTS and path.is_dir() and not any(path.iterdir())):
            raise StoreError(f"{folder}: holds other things ({path.name}) and no sweep; name an empty or a new folder")


def _sweep_up(folder: Path) -> None:
    """Delete what processes that were killed have left half-written."""
    for place, is_ours in ((folder, lambda name: name in OURS), (folder / _PARTS, parts.NAME.fullmatch)):
        for path in place.glob(".*.part"):
            beside = _BESIDE.fullmatch(path.name)
            if beside is not None and is_ours(beside[1]):
                path.unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Hold the folder's lock, which its holder's death frees."""
    place, lock = folder.resolve(), folder / _LOCK
    if lock.is_symlink() or (lock.exists() and not lock.is_file()):
        raise StoreError(f"{folder}: {_LOCK} in it is no plain file, and not ours; delete it")
    with _one_looks:
        if place in _held:
            raise _taken(folder, f"{os.getpid()}")
        _held.add(place)
    try:
        with lock.open("a+b") as file:
            try:
                _lock(file)
            except OSError as error:
                # elsewhere the file system has no locks
                if error.errno in (EAGAIN, EACCES, EDEADLK):
                    file.seek(0)
                    raise _taken(folder, file.read(20).decode("ascii", "replace").strip()) from None
            file.truncate(0)
            file.write(f"{os.getpid()}\n".encode())
            file.flush()
            yield
    finally:
        _held.discard(place)


def _taken(folder: Path, holder: str) -> StoreError:
    by = f" (process {holder})" if holder.isdigit() else ""
    return StoreError(f"{folder}: another sweep{by} is at work in this folder; wait for its end")


def _lock(file: IO[bytes]) -> None:
    """Lock a file for this process, and not for those that it may fork, or raise OSError at once."""
    with suppress(ImportError):
        import fcntl

        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt  # Windows

    file.seek(1 << 30)  # beyond what is read
    msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]


_held: set[Path] = set()  # by this process, which the system would let in once more
_one_looks = Lock()  # of its threads
