"""Does a scenario that rests on a column of numbers still mean the same where the file is gone?"""

from __future__ import annotations

import base64
import zlib
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from scenario_examples import ARTICLE

import simfunnel as sf
from simfunnel.distributions import Distribution, build, pack, unpack
from simfunnel.distributions.columns import MAX_VALUES
from simfunnel.errors import ScenarioError
from simfunnel.scenario import Scenario, load, loads

MEASURED = "response: 'empirical(file=times.csv, column=hours, unit=hours)'}"
HOURS = (48.0, 0.1, 12.0, 1 / 3, 12.0, 30.5)


def measured(folder: Path) -> Scenario:
    """The article with a measured response, read from a folder that is then emptied."""
    (folder / "times.csv").write_text("hours\n" + "\n".join(map(repr, HOURS)))
    (folder / "q3.yaml").write_text(ARTICLE.replace("shelf_life: 30 days}", f"shelf_life: 1 day, {MEASURED}"))
    scenario = load(folder / "q3.yaml")
    (folder / "times.csv").unlink()
    return scenario


def test_a_stored_result_needs_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = sf.simulate(measured(tmp_path), n_sims=50, seed=7, progress=False)
    run.save(tmp_path / "run.npz")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    stored = sf.Result.load("../run.npz")
    assert sf.replay(stored) == stored == run
    assert sf.replay(sf.replay(stored)).terms == run.terms
    assert stored.journal(3, ("inbound", 5)).actual[0].what == "enters sql"


def test_the_text_stays_readable_and_reads_back(tmp_path: Path) -> None:
    scenario = measured(tmp_path)
    text = scenario.to_yaml()
    said, _, data = text.partition("\ndata:\n")
    assert "response: empirical(file=times.csv, column=hours, " in said
    assert data.count("\n") == 1
    again = loads(text)
    assert again == scenario
    assert again.to_yaml() == text == loads(text.replace("\n", "\r\n")).to_yaml()
    changed = again.change({"stages.sql.neglect": "2%"})
    assert changed.stages["sql"].response == scenario.stages["sql"].response
    (tmp_path / "stored.yaml").write_text(text)
    (tmp_path / "mine.yaml").write_text("extends: stored.yaml\nname: Mine\n")
    assert load(tmp_path / "mine.yaml").stages == scenario.stages


def test_a_column_given_in_python_travels_too() -> None:
    column = build("empirical", {"values": (0.5, 0.25, 3.0)})
    both = build("mixture", [("40%", column), ("60%", build("empirical", {"values": (7.0,)}))])
    scenario = loads(ARTICLE).change({"stages.sql.takes": both, "stages.sql.response": column})
    assert loads(scenario.to_yaml()) == scenario
    assert scenario.to_yaml().partition("\ndata:\n")[2].count("\n") == 2  # each column once


def test_a_million_numbers_travel_to_the_last_bit() -> None:
    values = np.random.default_rng(1).lognormal(size=1_000_000)
    scenario = loads(ARTICLE).change({"stages.sql.response": build("empirical", {"values": values})})
    response = loads(scenario.to_yaml()).stages["sql"].response
    assert isinstance(response, Distribution)
    assert np.array_equal(np.array(response.columns()[0]), np.sort(values))


@pytest.mark.parametrize("values", [(0.0,), (-1.5, 5e-324, 1.7976931348623157e308), tuple(range(1000))])
def test_a_column_is_packed_and_unpacked(values: tuple[float, ...]) -> None:
    again = unpack(*pack(values))
    assert [*map(repr, again)] == [*map(repr, map(float, values))]


def named(raw: bytes) -> tuple[str, str]:
    return blake2b(raw, digest_size=8).hexdigest(), base64.b64encode(zlib.compress(raw, 9)).decode()


def hostile() -> dict[str, tuple[str, str, str]]:
    """What was tampered with: name, text and what must be said."""
    name, text = pack((1.0, 2.0))
    other = pack((1.0, 3.0))[1]
    nan = named(np.array([np.nan]).view(np.uint8).reshape(-1, 8).T.tobytes())
    return {
        "another column": (name, other, "is damaged"),
        "cut short": (name, text[:-8], "is damaged"),
        "no letters": (name, "!!!!", "is damaged"),
        "not compressed": (name, base64.b64encode(b"12345678").decode(), "is damaged"),
        "nothing": (*named(b""), "is damaged"),
        "half a number": (*named(b"1234"), "is damaged"),
        "not a number": (*nan, "must be a finite number"),
        "bomb": (*named(bytes(8 * (MAX_VALUES + 1))), "more than 2_097_152 numbers"),
    }


@pytest.mark.parametrize("what", hostile())
def test_a_column_that_was_tampered_with_is_refused_in_words(what: str) -> None:
    name, text, message = hostile()[what]
    scenario = ARTICLE.replace("shelf_life: 30 days}", f"shelf_life: 1 day, response: empirical(data={name})}}")
    with pytest.raises(ScenarioError, match=message) as caught:
        loads(f"{scenario}data:\n  {name}: '{text}'\n" if "!" in text else f"{scenario}data:\n  {name}: {text}\n")
    assert [problem.path for problem in caught.value.problems] == ["stages.sql.response"]


def test_what_looks_like_a_column_and_is_none_is_read_as_yaml() -> None:
    with pytest.raises(ScenarioError, match="is larger than 64 kB"):
        loads(ARTICLE + "data:\n  abc: " + "A" * 70_000 + " B\n")
    with pytest.raises(ScenarioError, match=r"data\.abc: is written twice"):
        loads(ARTICLE + "data:\n  abc: AAAA\n  abc: AAAA\n")
    with pytest.raises(ScenarioError, match="takes a map of columns"):
        loads(ARTICLE + "data: AAAA\n")
    with pytest.raises(ScenarioError, match="belongs to a file and cannot be set"):
        loads(ARTICLE).change({"data": {"abc": "AAAA"}})


def test_zero_and_its_negative_are_one_number() -> None:
    assert pack((-0.0, 1.0)) == pack((0.0, 1.0))


def test_nothing_may_follow_a_column() -> None:
    name, text = pack((0.5, 1.25))
    longer = base64.b64encode(base64.b64decode(text) + b"more").decode()
    with pytest.raises(ValueError, match="is damaged"):
        unpack(name, longer)
