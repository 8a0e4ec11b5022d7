"""Does the JSON Schema for editors let through what loads, and does the committed copy say the same as the code?"""

from __future__ import annotations

import json
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from simfunnel.scenario import json_schema
from simfunnel.scenario.extending import preset_names, preset_text

ROOT = Path(__file__).parents[2]
HOSTILE = ROOT / "tests" / "hostile"
CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def as_an_editor_reads(text: str) -> Any:
    """The plain values of a YAML text, dates as text."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {str(key): plain(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [plain(inner) for inner in value]
        return value.isoformat() if isinstance(value, date) else value

    return plain(YAML(typ="safe", pure=True).load(text))


def test_the_committed_copy_is_current() -> None:
    committed = (resources.files("simfunnel.scenario") / "schema.json").read_text(encoding="utf-8")
    assert committed == json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", (
        "the language changed: `simfunnel schema > simfunnel/scenario/schema.json`"
    )


def test_it_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_configs_pass(path: Path) -> None:
    VALIDATOR.validate(as_an_editor_reads(path.read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", preset_names())
def test_presets_pass(name: str) -> None:
    VALIDATOR.validate(as_an_editor_reads(preset_text(name)))


@pytest.mark.parametrize("name", ["ARTICLE", "LANGUAGE", "RARE"])
def test_examples_pass(name: str) -> None:
    import scenario_examples as examples

    VALIDATOR.validate(as_an_editor_reads(getattr(examples, name)))


@pytest.mark.parametrize(
    "name",
    [
        "unknown_key_top", "unknown_key_stage", "unknown_key_exits", "unknown_key_sector_stage", "unit_misspelt",
        "unit_short", "duration_bare", "rate_bare", "share_of_25", "share_negative", "formula", "process_text",
        "weekday_unknown", "period_unknown", "stage_is_text", "value_is_map", "limit_too_large", "distribution_unknown",
        "schema_of_the_future", "all_missing", "name_with_dot", "leads_negative", "date_american",
    ],
)  # fmt: skip
def test_plain_mistakes_are_marked_in_the_editor(name: str) -> None:
    data = as_an_editor_reads((HOSTILE / f"{name}.yaml").read_text(encoding="utf-8"))
    assert list(VALIDATOR.iter_errors(data))


def test_every_key_says_what_it_is() -> None:
    schema = json_schema()
    levels = [schema, *schema["$defs"].values()]
    silent = [key for level in levels for key, entry in level["properties"].items() if not entry.get("description")]
    assert silent == []
