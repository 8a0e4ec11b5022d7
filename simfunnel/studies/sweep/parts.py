"""How do a sweep's futures lie on a disk, so that none is lost whatever happens, and none read that is not whole?

A part is one ``.npz`` without pickles: pieces of points, end to end in one array a column, and a header in JSON. It is
written beside its place and renamed, and its name ends with a digest of its bytes: a file that is cut short, or of
which a bit has changed, is seen to be torn.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

from simfunnel.errors import StoreError
from simfunnel.studies.sweep.store import Array, Piece, Pieces
from simfunnel.writing import beside

FORMAT, VERSION = "simfunnel-sweep-part", 1
NAME = re.compile(r"[0-9]{6,}-[0-9]+\.[0-9a-f]{16}\.npz")  # first point, its first replication, digest
_HEADER = "about"
_LONGEST, _NPY = 1 << 26, 1 << 10  # bytes of a header of ours, and of one of NumPy's, at most


class Parts(Pieces):
    """A store in a folder.

    Parameters
    ----------
    folder
        Where the parts are; parts of another sweep among them are left alone.
    digest
        Of the sweep that they must be of.
    most
        As for `Pieces`.

    Attributes
    ----------
    torn : tuple of Path
        Parts that cannot be read.
    """

    def __init__(self, folder: Path, digest: str, most: int | None = None) -> None:
        super().__init__(most)
        self.folder, self.digest = folder, digest
        self._failed: list[Path] = []
        self.torn = tuple(path for path in _named(folder) if not self._open(path))

    def take(self, pieces: Sequence[Piece]) -> None:
        """Write what a worker brings as one part, and what failed as another.

        Raises
        ------
        OSError
            It cannot be written; nothing is left of it.
        """
        for some in ([each for each in pieces if each.why is None], [each for each in pieces if each.why is not None]):
            if some:
                self._write(some)

    def forgive(self) -> None:
        """Forget what has failed, on the disk too, so that it is tried again."""
        super().forgive()
        for path in self._failed:
            path.unlink(missing_ok=True)
        self._failed.clear()

    def discard_torn(self) -> None:
        """Delete the parts that cannot be read."""
        for path in self.torn:
            path.unlink(missing_ok=True)

    def _write(self, pieces: Sequence[Piece]) -> None:
        columns = list(pieces[0].columns)
        about = {
            "format": FORMAT,
            "version": VERSION,
            "sweep": self.digest,
            "columns": columns,
            "pieces": [(piece.point, piece.start, piece.stop) for piece in pieces if piece.why is None],
            "failures": [(piece.point, piece.why) for piece in pieces if piece.why is not None],
        }
        # columns are named by number: a label may hold any character, a name in an archive may not
        joined = (np.concatenate([each.columns[name] for each in pieces]) for name in columns)
        arrays = {f"column_{i}": column for i, column in enumerate(joined)}
        header = np.frombuffer(json.dumps(about, ensure_ascii=True).encode(), np.uint8)
        raw = BytesIO()
        np.savez_compressed(raw, allow_pickle=False, **{_HEADER: header}, **arrays)
        path = self.folder / f"{pieces[0].point:06d}-{pieces[0].start}.{_digest(raw.getvalue())}.npz"
        try:
            with beside(path) as part:
                part.write_bytes(raw.getvalue())
        except FileNotFoundError as error:
            raise StoreError(f"{self.folder}: is not there any more; who has taken it away?") from error
        self._enter(path, about)

    def _open(self, path: Path) -> bool:
        """Enter what a part has; whether it is whole."""
        raw = path.read_bytes()  # a disk that cannot be read says so; what was read wrong is torn
        if _digest(raw) != path.name.split(".")[1]:
            return False
        try:
            about = _about(raw)
        except Exception:  # made by somebody else, as no digest of ours stands over what cannot be read
            return False
        if about["format"] != FORMAT or about["version"] != VERSION:
            given = about["version"]
            raise StoreError(
                f"{path}: is of format {given!r}, this simfunnel reads {VERSION}; use the one that wrote it"
            )
        if about["sweep"] == self.digest:
            self._enter(path, about)
        return True

    def _enter(self, path: Path, about: dict[str, Any]) -> None:
        begins = 0
        for point, start, stop in about["pieces"]:
            self.note(point, start, stop, (path, begins, about["columns"]))
            begins += stop - start
        for point, why in about["failures"]:
            self.fail(point, why)
        if about["failures"]:
            self._failed.append(path)

    def _read(self, place: tuple[Any, int], column: str, start: int, stop: int) -> Array:
        (path, begins, columns), first = place
        at = begins - first
        return _column(path, tuple(columns), column)[at + start : at + stop]


def _about(raw: bytes) -> dict[str, Any]:
    """The header of a part; any error where it is none, or has not what it says.

    Sizes are looked up before anything is unpacked: a few bytes may claim to be all memory.
    """
    with ZipFile(BytesIO(raw)) as archive, np.load(BytesIO(raw), allow_pickle=False) as stored:
        sizes = {each.filename: each.file_size for each in archive.infolist()}
        if sizes[f"{_HEADER}.npy"] > _LONGEST:
            raise ValueError("its header is too long")
        about: dict[str, Any] = json.loads(stored[_HEADER].tobytes())
    if (about["format"], about["version"]) == (FORMAT, VERSION):
        length = sum(_length(*piece) for piece in about["pieces"])
        columns = [sizes[f"column_{i}.npy"] - length * np.float64().nbytes for i in range(len(about["columns"]))]
        if not all(0 < over < _NPY for over in columns):
            raise ValueError("its columns are not as long as its pieces")
        if not all(isinstance(point, int) and isinstance(why, str) for point, why in about["failures"]):
            raise ValueError("its failures are none")
    return about


def _length(point: int, start: int, stop: int) -> int:
    if not (all(isinstance(each, int) for each in (point, start, stop)) and 0 <= start < stop):
        raise ValueError("a piece is none")
    return stop - start


@lru_cache(maxsize=64)  # neighbours lie in one part, and a table asks for one after the other
def _column(path: Path, columns: tuple[str, ...], name: str) -> Array:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as stored:
            found: Array = stored[f"column_{columns.index(name)}"]
            if found.dtype != np.float64 or found.ndim != 1:
                raise ValueError("it holds no numbers")
    except Exception as cause:  # it was whole when the folder was opened
        raise StoreError(f"{path}: cannot be read any more; open the folder again") from cause
    return found


def _named(folder: Path) -> Iterator[Path]:
    """Files that are called like parts, in the order of their names."""
    return (path for path in sorted(folder.glob("*.npz")) if NAME.fullmatch(path.name) and path.is_file())


def _digest(raw: bytes) -> str:
    return blake2b(raw, digest_size=8).hexdigest()
