"""Does every sweep file that comes with simfunnel run, and is every example of the page on sweeps a sweep?"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from importlib import resources
from pathlib import Path

import jsonschema
import numpy as np
import pytest
from ruamel.yaml import YAML

import simfunnel as sf
from simfunnel.studies.sweep import define, refuse_impossible
from simfunnel.studies.sweep.cautions import cautions
from simfunnel.studies.sweep.editor import sweep_schema
from simfunnel.studies.sweep.reading import KEYS

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "configs" / "sweeps").glob("*.yaml"))
PAGE = (ROOT / "docs" / "sweeps.md").read_text(encoding="utf-8")
MOST_RUN = 6  # points of a file, at even distances
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_sweep_file_runs_from_file_to_table(path: Path) -> None:
    whole = define(path, n_sims=3)
    some = slice(None, None, -(-whole.n_points // MOST_RUN))
    wanted = replace(whole, texts=whole.texts[some], numbers=whole.numbers[some])
    assert refuse_impossible(wanted).is_whole
    assert not cautions(whole)
    found = sf.sweep(wanted, workers=1, progress=False)
    futures = [found.store.values(point, column) for point in range(wanted.n_points) for column in wanted.columns]
    assert all(each.shape == (3,) and np.isfinite(each).all() for each in futures)
    assert np.ptp(np.concatenate(futures[:: len(wanted.columns)])) > 0.0


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_each_sweep_file_says_what_it_asks(path: Path) -> None:
    schema, first = path.read_text(encoding="utf-8").splitlines()[:2]
    assert schema == "# yaml-language-server: $schema=../../simfunnel/studies/sweep/schema.json"
    assert first.startswith("# ")
    assert "?" in first
    wanted = define(path)
    assert wanted.name != path.stem
    assert 10 <= wanted.n_points <= 256


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_is_a_sweep(example: str, tmp_path: Path) -> None:
    (tmp_path / "two_markets.yaml").write_text((ROOT / "configs" / "two_markets.yaml").read_text(encoding="utf-8"))
    (tmp_path / "example.yaml").write_text(example)
    found = define(tmp_path / "example.yaml")
    assert refuse_impossible(found).is_whole
    said = re.findall(r"That are (\d+) x (\d+)", PAGE.partition(example)[2].partition("```yaml")[0])
    assert all(found.n_points == int(one) * int(other) for one, other in said)


def plain(path: Path) -> object:
    """A file as an editor's YAML parser sees it."""
    return YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))


def test_the_schema_for_editors_is_current_and_takes_every_sweep(tmp_path: Path) -> None:
    committed = resources.files("simfunnel.studies.sweep") / "schema.json"
    assert json.loads(committed.read_text(encoding="utf-8")) == sweep_schema(), (
        "the language of sweeps changed: `simfunnel schema --sweep > simfunnel/studies/sweep/schema.json`"
    )
    jsonschema.Draft202012Validator.check_schema(sweep_schema())
    validator = jsonschema.Draft202012Validator(sweep_schema())
    for at, example in enumerate(EXAMPLES):
        (tmp_path / f"{at}.yaml").write_text(example)
    for path in [*FILES, *tmp_path.glob("*.yaml")]:
        assert not [error.message for error in validator.iter_errors(plain(path))]
    hostile = ROOT / "tests" / "hostile" / "sweeps"
    for name in ("unknown_key", "list_empty", "zip_of_one", "design_misspelt", "variant_misspelt", "scenario_missing"):
        assert list(validator.iter_errors(plain(hostile / f"{name}.yaml"))), f"{name}.yaml passes"


def test_every_key_has_its_line() -> None:
    for key in KEYS:
        assert key == "schema" or f"`{key}`" in PAGE, f"docs/sweeps.md does not say what {key} is"
