"""Is what leaves the house harmless, complete, and the same when it comes back?"""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest
import toy

from simfunnel.errors import StoreError
from simfunnel.results import Result
from simfunnel.results.store import VERSION


def test_the_sentence_comes_first(run: Result) -> None:
    first, blank, *table = repr(run).splitlines()
    assert blank == ""
    for words in ("the median future brings 7 deals (P10 to P90:", "of futures miss the plan of 6 customers (95 % CI"):
        assert words in first
    assert "leads going cold cost" in first
    assert "(mcse" in first
    assert first.endswith("200 futures, seed 1).")
    assert [line.split()[0] for line in table[1:4]] == ["deals", "revenue", "cost"]


def test_the_sentence_without_plan_or_cold_leads(bare: Result) -> None:
    first = repr(bare).splitlines()[0]
    assert "there is no plan to miss, and no lead goes cold (40 futures, seed 2)." in first
    assert "\x1b" not in repr(bare)
    assert "roi" not in repr(bare)
    assert "plan_shortfall" not in repr(bare)


def test_the_sentence_with_a_plan_of_revenue_only() -> None:
    funnel = toy.Toy(plan_customers=None)
    run = Result(toy.futures(funnel, n_sims=20), toy.terms(funnel, n_sims=20))
    assert "miss the plan of $120,000 revenue" in repr(run)


class Tags(HTMLParser):
    """Which tags a page opens, and what it says."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_escapes_every_label_and_is_no_formula(bare: Result) -> None:
    page = bare._repr_html_()
    reader = Tags()
    reader.feed(page)
    assert reader.tags <= {"div", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"}
    assert '<script>alert("x")</script> Ba$$in' in reader.text
    assert page.startswith('<div class="tex2jax_ignore mathjax_ignore">')


def test_json_is_strict_and_complete(run: Result, bare: Result) -> None:
    for result in (run, bare):
        told = json.loads(json.dumps(result.to_json(), allow_nan=False))
        assert told["n_sims"] == result.n_sims
        assert told["seed"] == result.terms.seed
        assert told["name"] == result.name
        assert told["measures"]["deals"]["mean"] == result.mean("deals").value
        assert told["provenance"]["digest"] == "0" * 16
    told = run.to_json()
    claims = ["deals >= 6", "revenue >= 120000", "roi >= 1.4"]
    assert list(told["chances"]) == [*claims, *(f"twin_{claim}" for claim in claims)]
    for claim, chance in told["chances"].items():
        again = run.chance(claim)
        assert chance == {"value": again.value, "low": again.low, "high": again.high}
    assert told["ledger"][-1]["net_deals"] == run.mean("gap_deals").value
    assert bare.to_json()["chances"] == {}
    assert bare.to_json()["measures"]["roi"]["mean"] is None


def test_a_stored_result_comes_back_to_the_last_bit(run: Result, bare: Result, tmp_path: Path) -> None:
    for result in (run, bare):
        path = tmp_path / "kept run.npz"
        assert result.save(path) == path
        again = Result.load(path)
        assert again == result
        assert hash(again) == hash(result)
        assert repr(again) == repr(result)
        assert again.summary().equals(result.summary())
    assert run != bare
    assert run != "run"
    assert [p.name for p in tmp_path.iterdir()] == ["kept run.npz"]


def test_equal_means_every_bit(run: Result) -> None:
    other = Result(toy.futures(n_sims=200, seed=1, keep=tuple(run.futures.kept)), toy.terms(n_sims=200, seed=1))
    assert other == run
    other.futures.base["revenue"][17] += 1
    assert other != run


def test_saving_twice_writes_the_same_bytes(run: Result, tmp_path: Path) -> None:
    one, two = run.save(tmp_path / "a"), run.save(tmp_path / "b")
    assert one.read_bytes() == two.read_bytes()


def test_a_failed_save_leaves_the_old_file(run: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = run.save(tmp_path / "run.npz")
    before = path.read_bytes()

    def full(*_: object, **__: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(np, "savez_compressed", full)
    with pytest.raises(OSError, match="no space"):
        run.save(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["run.npz"]


def test_no_file_is_not_a_damaged_file(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="there is no such file"):
        Result.load(tmp_path / "none.npz")


def test_damaged_files_are_refused(run: Result, tmp_path: Path) -> None:
    path = run.save(tmp_path / "run.npz")
    whole = path.read_bytes()
    rng = np.random.default_rng(6)
    for cut in (0, 1, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(StoreError, match=r"run\.npz"):
            Result.load(path)
    for at in rng.integers(0, len(whole), 60):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 0x55]) + whole[at + 1 :])
        try:
            again = Result.load(path)
        except StoreError:
            continue
        assert again == run  # a byte that says nothing, such as a time stamp


@pytest.mark.parametrize(
    ("about", "words"),
    [
        (b"{}", "is not a result"),
        (b"[]", "is not a result"),
        (b"{", "damaged"),
        (b"\xff", "damaged"),
        (b"[" * 200_000, "damaged"),
        (json.dumps({"format": "simfunnel-result", "version": VERSION + 1}).encode(), "use the one that wrote it"),
        (json.dumps({"format": "simfunnel-result", "version": VERSION}).encode(), "damaged"),
    ],
)
def test_foreign_headers_are_refused(tmp_path: Path, about: bytes, words: str) -> None:
    path = tmp_path / "other.npz"
    np.savez(path, about=np.frombuffer(about, dtype=np.uint8))
    with pytest.raises(StoreError, match=words):
        Result.load(path)


def test_foreign_files_are_refused_and_never_executed(tmp_path: Path) -> None:
    path, witness = tmp_path / "evil.npz", tmp_path / "witness"

    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str, str]]:
            return open, (str(witness), "w")

    np.savez(path, about=np.array([Evil()], dtype=object), allow_pickle=True)
    with pytest.raises(StoreError):
        Result.load(path)
    np.save(tmp_path / "array.npy", np.arange(3))
    (tmp_path / "text.npz").write_text("hello")
    with zipfile.ZipFile(tmp_path / "zip.npz", "w") as archive:
        archive.writestr("about.npy", "not an array")
    for name in ("array.npy", "text.npz", "zip.npz", "."):
        with pytest.raises(StoreError):
            Result.load(tmp_path / name)
    assert not witness.exists()


def test_importing_results_loads_neither_pandas_nor_scipy() -> None:
    code = "import sys, simfunnel.results; print([m for m in ('pandas', 'scipy', 'matplotlib') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path.cwd())
    assert done.stdout.strip() == "[]"
