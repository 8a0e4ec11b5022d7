"""Do the notebooks still run, and are the committed ones fit to be read as they are?"""

from __future__ import annotations

import builtins
import json
import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
NAMES = (
    "the_price_of_leads_going_cold.ipynb",
    "explore_a_scenario.ipynb",
    "speed_and_people.ipynb",
    "how_much_budget_keeps_the_promise.ipynb",
    "map_the_risk.ipynb",
)
MOST_BYTES = 500_000
#: What only one machine, user or moment has.
LOCAL = re.compile(r"((?<![\w.<:/])/\w[\w.-]*/|[A-Z]:\\\\|iopub|shell\.execute|widget-view)")  # any path from the root


@pytest.fixture(params=NAMES)
def path(request: pytest.FixtureRequest) -> Path:
    return NOTEBOOKS / str(request.param)


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]


def code_cells(notebook: Any) -> list[Any]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: Any, mime: str) -> list[str]:
    """What the cells show of one kind, in order."""
    shown = [output.get("data", {}) for cell in code_cells(notebook) for output in cell.outputs]
    return [data[mime] for data in shown if mime in data]


def wrong(notebook: Any) -> list[str]:
    """Errors and warnings among the outputs."""
    found = [output for cell in code_cells(notebook) for output in cell.outputs]
    errors = [output.ename for output in found if output.output_type == "error"]
    return errors + [output.text for output in found if output.get("name") == "stderr"]


def test_every_notebook_is_tested() -> None:
    assert {path.name for path in NOTEBOOKS.glob("*.ipynb")} == set(NAMES)


def test_a_committed_notebook_was_executed_from_top_to_bottom(path: Path) -> None:
    notebook = read(path)
    nbformat.validate(notebook)
    assert [cell.execution_count for cell in code_cells(notebook)] == [*range(1, len(code_cells(notebook)) + 1)]
    assert not wrong(notebook)
    assert len(outputs(notebook, "image/png")) >= 6
    assert notebook.metadata.kernelspec.name == "python3"


def test_a_committed_notebook_is_light_and_at_home_anywhere(path: Path) -> None:
    assert path.stat().st_size < MOST_BYTES
    notebook = read(path)
    for cell in code_cells(notebook):
        for output in cell.outputs:
            output.get("data", {}).pop("image/png", None)
    assert LOCAL.search(json.dumps(notebook)) is None


def test_no_number_in_the_text_is_typed(path: Path) -> None:
    """Numbers are computed where they stand; only names such as P10 have digits of their own."""
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            assert re.findall(r"\b\d", cell.source) == [], cell.source


@pytest.mark.parametrize("is_installed", [True, False])
def test_sliders_where_ipywidgets_is_installed_and_a_hint_where_not(
    is_installed: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    cell = next(cell.source for cell in code_cells(read(NOTEBOOKS / NAMES[1])) if "ipywidgets" in cell.source)
    played: list[object] = []

    class Widgets:
        @staticmethod
        def FloatSlider(value: float, **settings: object) -> float:  # noqa: N802
            return value

        @staticmethod
        def interact(function: object, **sliders: float) -> None:
            played.append((function, sliders))

    real = builtins.__import__

    def imported(name: str, *args: Any) -> Any:
        if name != "ipywidgets":
            return real(name, *args)
        if not is_installed:
            raise ImportError(name)
        return Widgets

    monkeypatch.setattr(builtins, "__import__", imported)
    exec(compile(cell, "cell", "exec"), {"what_if": print})
    assert ("pip install" in capsys.readouterr().out) is not is_installed
    expected = (print, {"neglect": 12.5, "days_to_answer": 3, "shelf_life": 30})
    assert played == ([expected] if is_installed else [])


@pytest.mark.slow
@pytest.mark.filterwarnings("default")  # the kernel's own machinery warns as its versions please
def test_a_notebook_runs_and_says_what_the_committed_one_says(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nbclient import NotebookClient

    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOKS.parent))  # this simfunnel, installed or not
    monkeypatch.delenv("MPLBACKEND", raising=False)  # pictures belong in the notebook, whatever the tests draw with
    fresh, committed = read(path), read(path)
    for cell in code_cells(fresh):
        cell.outputs, cell.execution_count = [], None
    # cwd is the folder of the notebook; nothing is written there
    client = NotebookClient(fresh, timeout=240, kernel_name="python3", resources={"metadata": {"path": str(NOTEBOOKS)}})
    client.execute()
    assert not wrong(fresh)
    assert len(outputs(fresh, "image/png")) == len(outputs(committed, "image/png"))
    assert outputs(fresh, "text/markdown") == outputs(committed, "text/markdown")
