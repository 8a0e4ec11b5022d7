"""Is nothing lost of what a folder keeps of a sweep, nothing torn read, and nothing in it touched that is not ours?"""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from errno import ENOSPC
from pathlib import Path
from threading import Barrier, BrokenBarrierError
from typing import IO, Any

import numpy as np
import pytest

import simfunnel as sf
from simfunnel.errors import StoreError
from simfunnel.studies.sweep import folder as folders
from simfunnel.studies.sweep import jobs, manifest, parts
from studies.sweeps import MEASURES, VARY, YEAR, parts_of, swept, table


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_CELLS", 300)  # of 100 replications


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return table(swept(), tmp_path_factory.mktemp("whole"))


def test_what_is_there_is_not_computed_again(tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    assert str(swept(out=tmp_path / "kept").account) == "6 points: 0 reused, 6 computed"
    monkeypatch.setattr(jobs, "_piece", None)  # whoever simulates, fails
    again = swept(out=tmp_path / "kept")
    assert str(again.account) == "6 points: 6 reused, 0 computed"
    assert table(again, tmp_path) == whole


def test_parts_are_npz_without_pickles(tmp_path: Path) -> None:
    swept(out=tmp_path / "kept")
    for part in parts_of(tmp_path / "kept"):
        with np.load(part, allow_pickle=False) as stored:
            about = json.loads(stored["about"].tobytes())
            n = sum(stop - start for _, start, stop in about["pieces"])
            assert {stored[f"column_{i}"].shape for i in range(len(about["columns"]))} == {(n,)}


def slowly(*values: int) -> list[Any]:
    """Further cases, which are not tried every day."""
    return [pytest.param(value, marks=pytest.mark.slow) for value in values]


def damages(part: Path) -> list[Callable[[], object]]:
    """A part cut short at every kind of place, flipped at many, lengthened, emptied."""
    raw = part.read_bytes()
    dice = random.Random(7)
    cuts = {0, 1, 4, 30, len(raw) // 2, len(raw) - 22, len(raw) - 1, *(dice.randrange(len(raw)) for _ in range(5))}
    flips = {0, 8, 30, len(raw) - 1, len(raw) - 10, *(dice.randrange(len(raw)) for _ in range(15))}
    torn = [raw[:cut] for cut in cuts]
    torn += [raw[:at] + bytes([raw[at] ^ 1 << dice.randrange(8)]) + raw[at + 1 :] for at in flips]
    torn += [raw + b"x", bytes(len(raw))]
    return [lambda bad=bad: part.write_bytes(bad) for bad in torn]


def test_a_torn_part_is_seen_wherever_it_is_torn(tmp_path: Path) -> None:
    swept(n_sims=100, out=tmp_path / "kept")
    part = parts_of(tmp_path / "kept")[1]
    good = part.read_bytes()
    for damage in damages(part):
        damage()
        assert sf.SweepResult.load(tmp_path / "kept").store.torn == (part,)
    part.write_bytes(good)
    assert sf.SweepResult.load(tmp_path / "kept").store.torn == ()


@pytest.mark.parametrize("cut", [100, *slowly(0, -1)])
def test_a_torn_part_is_computed_again_and_said(tmp_path: Path, whole: bytes, cut: int) -> None:
    swept(out=tmp_path / "kept")
    part = parts_of(tmp_path / "kept")[3]
    part.write_bytes(part.read_bytes()[:cut])
    assert table(sf.SweepResult.load(tmp_path / "kept"), tmp_path) != whole  # what is there, and no more
    mended = swept(out=tmp_path / "kept")
    assert mended.account.notes == ("1 part was damaged and is computed again",)
    assert mended.account.reused >= 3
    assert table(mended, tmp_path) == whole
    assert swept(out=tmp_path / "kept").account.notes == ()


def test_parts_that_are_gone_are_computed_again(tmp_path: Path, whole: bytes) -> None:
    swept(out=tmp_path / "kept")
    for part in parts_of(tmp_path / "kept")[::2]:
        part.unlink()
    assert table(swept(out=tmp_path / "kept"), tmp_path) == whole


def test_a_part_put_back_beside_what_has_replaced_it_does_no_harm(
    tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    swept(out=tmp_path / "kept")
    part = parts_of(tmp_path / "kept")[2]
    raw = part.read_bytes()
    part.unlink()
    monkeypatch.setattr(jobs, "_CELLS", 150)  # other parts in its place
    swept(out=tmp_path / "kept")
    part.write_bytes(raw)
    assert table(sf.SweepResult.load(tmp_path / "kept"), tmp_path) == whole


@pytest.mark.parametrize("first", [150, 700, *slowly(1, 299)])
def test_more_or_fewer_replications_are_those_of_a_fresh_run(tmp_path: Path, whole: bytes, first: int) -> None:
    swept(n_sims=first, out=tmp_path / "kept")
    before = {path.name for path in parts_of(tmp_path / "kept")}
    then = swept(out=tmp_path / "kept")
    assert table(then, tmp_path) == whole
    assert before <= {path.name for path in parts_of(tmp_path / "kept")}
    assert str(then.account) == f"6 points: {'6 reused' if first > 300 else '0 reused, 6 extended'}, 0 computed"
    assert table(sf.SweepResult.load(tmp_path / "kept"), tmp_path) == whole


def test_a_folder_says_all_of_its_sweep(tmp_path: Path) -> None:
    file = tmp_path / "year.yaml"
    file.write_text(YEAR.to_yaml())
    asked = sf.sweep(sf.load(file), VARY, measures=MEASURES, n_sims=120, seed=7, out=tmp_path / "kept", progress=False)
    file.unlink()
    found = sf.SweepResult.load(tmp_path / "kept")
    assert found.sweep == asked.sweep
    assert table(found, tmp_path) == table(asked, tmp_path)
    again = sf.sweep(found.sweep, out=tmp_path / "kept", progress=False)
    assert str(again.account) == "6 points: 6 reused, 0 computed"


def test_precision_goes_on_too(tmp_path: Path) -> None:
    terms = {"n_sims": None, "precision": {"of": "deals >= 10", "within": "1.6%"}}
    fresh = swept(**terms)
    assert len({fresh.store.n_sims(point) for point in range(6)}) > 1
    assert table(swept(**terms, out=tmp_path / "kept"), tmp_path) == table(fresh, tmp_path)
    parts_of(tmp_path / "kept")[0].unlink()  # a point alone, the first
    again = swept(**terms, out=tmp_path / "kept")
    assert str(again.account) == "6 points: 5 reused, 1 computed"
    assert table(again, tmp_path) == table(fresh, tmp_path)
    with pytest.raises(StoreError, match=r"precision: deals >= 10 within 0\.016, 1,000,000 at most there, none asked"):
        swept(out=tmp_path / "kept")


OTHERS: dict[str, tuple[Callable[[Path], object], str]] = {
    "seed": (lambda out: swept(seed=8, out=out), "  seed: 7 there, 8 asked for"),
    "vary": (
        lambda out: sf.sweep(YEAR, {"stages.sql.neglect": ["0%"]}, seed=7, out=out),
        "  vary: stages.sql.neglect, sources.inbound.leads there, stages.sql.neglect asked for",
    ),
    "points": (
        lambda out: sf.sweep(YEAR, {**VARY, "stages.sql.neglect": ["0%", "1%"]}, seed=7, out=out),
        "  points: 6 there, 4 asked for",
    ),
    "values": (
        lambda out: sf.sweep(YEAR, {**VARY, "stages.sql.neglect": ["0%", "13%", "40%"]}, seed=7, out=out),
        "  point 3: 12.5%, 40 there, 13%, 40 asked for",
    ),
    "scenario": (
        lambda out: sf.sweep(YEAR.change({"deal_value": 90_000}, name="A year"), VARY, seed=7, out=out),
        "  scenario A year: deal_value: 100_000 there, deal_value: 90_000 asked for",
    ),
    "measures": (
        lambda out: swept(measures=["deals", "cost"], out=out),
        "  measures: deals, roi, deals[source=inbound] there, cost asked for",
    ),
    "several": (lambda out: swept(seed=8, measures=["cost"], out=out), "cost asked for\nName another folder"),
}


@pytest.mark.parametrize("field", OTHERS)
def test_another_sweep_is_refused_and_what_differs_is_named(tmp_path: Path, field: str) -> None:
    swept(n_sims=30, out=tmp_path / "kept")
    before = {path: path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file()}
    ask, said = OTHERS[field]
    with pytest.raises(StoreError, match="holds another sweep") as caught:
        ask(tmp_path / "kept")
    assert said in str(caught.value)
    assert {path: path.read_bytes() for path in (tmp_path / "kept").rglob("*") if path.is_file()} == before


def test_other_claims_of_what_is_kept_are_read_anew(tmp_path: Path) -> None:
    swept(out=tmp_path / "kept")
    found = swept(measures=["deals >= 12", "roi"], name="Asked anew", out=tmp_path / "kept")
    assert str(found.account) == "6 points: 6 reused, 0 computed"
    assert table(found, tmp_path) == table(swept(measures=["deals >= 12", "roi"]), tmp_path)
    again = sf.SweepResult.load(tmp_path / "kept").sweep
    assert (again.measures, again.name) == (("deals >= 12", "roi"), "Asked anew")
    longer = swept(n_sims=400, out=tmp_path / "kept")  # all columns go on, also those nobody has asked for meanwhile
    assert table(longer, tmp_path) == table(swept(n_sims=400), tmp_path)


def test_other_versions_go_on_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    swept(n_sims=30, out=tmp_path / "kept")
    monkeypatch.setattr(manifest, "versions", lambda: {"numpy": "9.9"})
    notes = swept(n_sims=40, out=tmp_path / "kept").account.notes
    assert "now 9.9: last digits may differ" in notes[0]
    about = json.loads((tmp_path / "kept" / "manifest.json").read_text())
    assert [each["numpy"] for each in about["versions"]] == [np.__version__, "9.9"]


def test_what_has_failed_is_tried_again(tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = jobs._piece

    def forgetful(orders: jobs.Orders, entry: jobs.Entry) -> object:
        if entry[0] in (1, 4):
            raise MemoryError
        return usual(orders, entry)

    with monkeypatch.context() as while_short:
        while_short.setattr(jobs, "_piece", forgetful)
        found = swept(out=tmp_path / "kept")
        assert found.failures == dict.fromkeys((1, 4), "there was not enough memory for it")
        assert found.failures == sf.SweepResult.load(tmp_path / "kept").failures
    again = swept(out=tmp_path / "kept")
    assert (again.account.failed, again.account.reused) == (0, 4)
    assert table(again, tmp_path) == whole
    assert table(sf.SweepResult.load(tmp_path / "kept"), tmp_path) == whole


def test_a_full_disk_is_said_and_the_sweep_goes_on(
    tmp_path: Path, whole: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual, n = parts.beside, 0

    @contextmanager
    def full(path: Path):  # type: ignore[no-untyped-def]
        nonlocal n
        n += 1
        with usual(path) as part:
            yield part
            if n > 4:
                part.write_bytes(part.read_bytes()[:50])
                raise OSError(ENOSPC, "No space left on device")

    with monkeypatch.context() as while_full:
        while_full.setattr(parts, "beside", full)
        with pytest.raises(StoreError, match=r"there is no room left .*What is whole is kept; make room"):
            swept(out=tmp_path / "kept")
    assert len(parts_of(tmp_path / "kept")) == 4
    assert not [*(tmp_path / "kept").rglob("*.part")]
    again = swept(out=tmp_path / "kept")
    assert again.account.reused + again.account.extended > 0
    assert table(again, tmp_path) == whole


def test_an_interrupt_says_what_is_kept(tmp_path: Path, whole: bytes) -> None:
    def stop(done: int, total: int) -> None:
        if done >= 2:
            raise KeyboardInterrupt

    with pytest.raises(
        KeyboardInterrupt,
        match=r"interrupted: [123] of 6 points and parts of [1-5] more are kept in .*; the same command",
    ):
        swept(out=tmp_path / "kept", progress=stop)
    assert table(swept(out=tmp_path / "kept"), tmp_path) == whole
    with pytest.raises(KeyboardInterrupt, match="interrupted: nothing is kept"):
        swept(progress=stop)


def test_two_processes_do_not_share_a_folder(tmp_path: Path) -> None:
    swept(n_sims=30, out=tmp_path / "kept")
    code = "import fcntl; file = open('.lock', 'r+b'); fcntl.lockf(file, fcntl.LOCK_EX); print(flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path / "kept"
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(StoreError, match=r"another sweep \(process [0-9]+\) is at work in this folder"):
            swept(n_sims=30, out=tmp_path / "kept")
        sf.SweepResult.load(tmp_path / "kept")  # to read is free
        other.kill()
    swept(n_sims=30, out=tmp_path / "kept")


def test_two_sweeps_of_one_process_do_not_share_a_folder(tmp_path: Path) -> None:
    def another(done: int, total: int) -> None:
        with pytest.raises(StoreError, match="is at work in this folder"):
            swept(n_sims=30, out=tmp_path / "kept")

    swept(n_sims=30, out=tmp_path / "kept", progress=another)


def test_two_threads_that_begin_at_once_do_not_share_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual, both = folders._lock, Barrier(2)

    def slow(file: IO[bytes]) -> None:
        with suppress(BrokenBarrierError):  # who comes this far waits for the other
            both.wait(0.3)
        usual(file)

    monkeypatch.setattr(folders, "_lock", slow)
    with ThreadPoolExecutor(2) as pool:
        found = [pool.submit(swept, n_sims=30, out=tmp_path / "kept") for _ in range(2)]
    (error,) = [each.exception() for each in found if each.exception()]
    assert isinstance(error, StoreError)
    assert "is at work in this folder" in str(error)


def test_a_lock_that_leads_elsewhere_is_refused(tmp_path: Path) -> None:
    swept(n_sims=30, out=tmp_path / "kept")
    (tmp_path / "mine").write_text("mine")
    lock = tmp_path / "kept" / ".lock"
    lock.unlink()
    lock.symlink_to(tmp_path / "mine")
    with pytest.raises(StoreError, match=r"\.lock in it is no plain file"):
        swept(n_sims=30, out=tmp_path / "kept")
    assert (tmp_path / "mine").read_text() == "mine"


def test_a_folder_that_is_taken_away_meanwhile_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"parts: is not there any more"):
        swept(out=tmp_path / "kept", progress=lambda done, total: shutil.rmtree(tmp_path / "kept"))


def test_what_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreError, match=r"holds other things \(notes.txt\) and no sweep"):
        swept(out=tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]
    with pytest.raises(StoreError, match="is a file; name a folder"):
        swept(out=tmp_path / "notes.txt")
    swept(n_sims=30, out=tmp_path / "kept")
    for name in ("notes.txt", "parts/notes.npz", "parts/.mine.12.part", "parts/000001-0.0123456789abcdef.npz.bak"):
        (tmp_path / "kept" / name).write_text("mine")
    swept(n_sims=40, out=tmp_path / "kept")
    assert (tmp_path / "kept" / "notes.txt").read_text() == "mine"
    assert len([*(tmp_path / "kept" / "parts").glob("*mine*")]) == 1
    assert (tmp_path / "kept" / "parts" / "notes.npz").read_text() == "mine"


def test_what_killed_processes_leave_is_swept_up(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    folder.mkdir()
    (folder / ".lock").touch()
    (folder / ".manifest.json.123.part").write_text("{")
    swept(n_sims=30, out=folder)
    (folder / "parts" / ".000001-0.0123456789abcdef.npz.99.part").write_bytes(b"PK")
    (folder / ".table.csv.99.part").touch()
    swept(n_sims=30, out=folder)
    assert not [*folder.rglob("*.part")]


def test_a_table_can_be_written_though_one_of_the_same_number_was_killed_over_it(tmp_path: Path) -> None:
    """In a container every start has the same number."""
    (tmp_path / f".table.csv.{os.getpid()}.part").write_text("half")
    assert swept(n_sims=10).to_csv(tmp_path / "table.csv").read_text().count("\n") > 6
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_parts_of_another_sweep_are_not_read(tmp_path: Path, whole: bytes) -> None:
    swept(out=tmp_path / "kept")
    swept(seed=8, out=tmp_path / "other")
    for part in parts_of(tmp_path / "other"):
        part.rename(tmp_path / "kept" / "parts" / part.name)
    assert table(swept(out=tmp_path / "kept"), tmp_path) == whole


def test_a_folder_without_a_sweep_is_said(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"holds no sweep: there is no manifest\.json"):
        sf.SweepResult.load(tmp_path)
