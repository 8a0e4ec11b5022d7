"""Is a folder refused, or what is wrong in it left unread, where somebody has made or changed what lies there?"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest

import simfunnel as sf
from simfunnel.errors import StoreError
from simfunnel.studies.sweep import manifest, parts
from studies.sweeps import parts_of, swept, table


def made_part(folder: Path, about: object, **columns: object) -> Path:
    """A part under a name that has the right digest, whatever is in it."""
    raw = BytesIO()
    np.savez_compressed(raw, about=np.frombuffer(json.dumps(about).encode(), np.uint8), **columns)  # type: ignore[arg-type]
    return named_part(folder, raw.getvalue())


def named_part(folder: Path, raw: bytes) -> Path:
    path = folder / "parts" / f"000000-0.{parts._digest(raw)}.npz"
    path.write_bytes(raw)
    return path


def bomb() -> bytes:
    """A header that claims to be 256 MiB, in 300 KiB."""
    raw = BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("about.npy", "w") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "|u1", "fortran_order": False, "shape": (1 << 28,)})
        for _ in range(1 << 8):
            file.write(bytes(1 << 20))
    return raw.getvalue()


def test_a_part_that_somebody_has_made_is_none(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    whole = table(swept(out=folder), tmp_path)
    digest = manifest.read(folder).digest
    named = ["deals", "roi", "deals[source=inbound]"]
    about = {"format": parts.FORMAT, "version": 1, "sweep": digest, "columns": named, "failures": []}
    right = {f"column_{i}": np.zeros(300) for i in range(3)}
    made = [made_part(folder, each) for each in ({}, [], {**about, "pieces": [["a", "b", "c"]]})]
    made += [made_part(folder, {**about, "pieces": [piece]}, **right) for piece in ([0, -300, 0], [0, 0, 299.5])]
    made += [made_part(folder, {**about, "pieces": [], "failures": [[1, 5]]})]
    wrong = ({"column_0": np.zeros(300)}, {name: values[:9] for name, values in right.items()})
    made += [made_part(folder, {**about, "pieces": [[0, 0, 300]]}, **each) for each in wrong]
    made += [named_part(folder, raw) for raw in (b"no archive", bomb())]
    found = sf.SweepResult.load(folder)
    assert set(found.store.torn) == set(made)  # type: ignore[attr-defined]
    assert table(found, tmp_path) == whole
    (folder / "parts" / "000001-0.0123456789abcdef.npz").mkdir()
    assert table(swept(out=folder), tmp_path) == whole
    assert not any(path.exists() for path in made)


def test_numbers_of_another_kind_are_not_read(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    swept(out=folder)
    about = {"format": parts.FORMAT, "version": 1, "sweep": manifest.read(folder).digest, "failures": []}
    for path in parts_of(folder):
        path.unlink()
    for named, values in ((["deals"], np.zeros(300, np.int64)), (["cost"], np.zeros(300))):
        made = made_part(folder, {**about, "columns": named, "pieces": [[0, 0, 300]]}, column_0=values)
        with pytest.raises(StoreError, match="cannot be read"):
            sf.SweepResult.load(folder).store.values(0, "deals")
        made.unlink()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: "", "cannot be read as a sweep's"),
        (lambda text: "[]", "cannot be read as a sweep's"),
        (lambda text: text[:200], "cannot be read as a sweep's"),
        (lambda text: text.replace('"simfunnel-sweep"', '"other"'), "is not a sweep's"),
        (lambda text: text.replace('"version": 1', '"version": 2'), "is of format 2, this simfunnel reads 1"),
        (lambda text: text.replace('"seed": 7', '"seed": 9'), "was changed by hand"),
        (lambda text: text.replace('"seed": 7', '"sead": 7'), "is damaged"),
        (lambda text: "[" * 100_000, "cannot be read as a sweep's"),
        (lambda text: text.replace('"n_sims": 30', '"n_sims": 1e400'), "was changed by hand"),
        (lambda text: text.replace("12.5%", "10.0%").replace("0.125", "0.100"), "was changed by hand"),
        (lambda text: text.replace("0.125", "0.2"), "was changed by hand"),
        (lambda text: re.sub(r'"versions": \[.*\]', '"versions": []', text, flags=re.DOTALL), "was changed by hand"),
        (lambda text: re.sub(r'"sweep": {.*},\n "col', '"sweep": [], "col', text, flags=re.DOTALL), "is damaged"),
    ],
)
def test_a_manifest_that_is_none_is_refused(kept: Path, change: Callable[[str], str], said: str) -> None:
    path = kept / "manifest.json"
    good = path.read_text()
    path.write_text(change(good))
    for read in (lambda: sf.SweepResult.load(kept), lambda: swept(n_sims=30, out=kept)):
        with pytest.raises(StoreError, match=said):
            read()
    path.write_text(good)


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile") / "kept"
    swept(n_sims=30, out=folder)
    return folder
