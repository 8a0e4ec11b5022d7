"""How does a sweep leave the house: as a tidy table, as CSV, Parquet or JSON?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simfunnel.errors import MissingExtra
from simfunnel.results.machine import plain_values
from simfunnel.studies.sweep import wording
from simfunnel.studies.sweep.cells import Cell
from simfunnel.studies.sweep.definition import Sweep
from simfunnel.writing import beside, neutral, whole

if TYPE_CHECKING:
    import pandas as pd

    from simfunnel.studies.sweep.record import SweepResult

_FIGURES = tuple(field.name for field in fields(Cell) if field.name not in ("point", "measure"))


def tidy(sweep: Sweep, cells: Iterable[Cell]) -> pd.DataFrame:
    """A row a point and measure."""
    import pandas as pd

    found = list(cells)
    points = [each.point for each in found]
    columns: dict[str, Any] = {"point": np.array(points, np.int64), **_settings(sweep, points)}
    columns["measure"] = [each.measure for each in found]
    columns |= {name: [getattr(each, name) for each in found] for name in _FIGURES}
    return pd.DataFrame(columns)


def settings(sweep: Sweep) -> pd.DataFrame:
    """A row a point, a column a parameter."""
    import pandas as pd

    points = list(range(sweep.n_points))
    return pd.DataFrame(_settings(sweep, points), index=pd.Index(points, name="point"))


def replications(found: SweepResult) -> Iterator[pd.DataFrame]:
    """A row a replication, a column a measure, a table a point."""
    import pandas as pd

    sweep, store = found.sweep, found.store
    for point in range(sweep.n_points):
        n = store.n_sims(point)
        columns: dict[str, Any] = {"point": np.full(n, point, np.int64)}
        columns |= {name: np.repeat(values, n) for name, values in _settings(sweep, [point]).items()}
        columns["replication"] = np.arange(n)
        columns |= {name: store.values(point, name) if n else np.zeros(0) for name in sweep.columns}
        yield pd.DataFrame(columns)


def to_csv(found: SweepResult, path: Path, *, futures: bool) -> Path:
    """The tidy table, or every replication, for a spreadsheet; no more than one point's futures are held at once."""
    tables = replications(found) if futures else iter([found.to_frame()])
    texts = (
        neutral(table).to_csv(index=False, header=first == 0, lineterminator="\n") for first, table in enumerate(tables)
    )
    whole(path, texts)
    return path


def to_parquet(found: SweepResult, path: Path, *, futures: bool) -> Path:
    """The same as Parquet, where types are kept and no text is a formula.

    Raises
    ------
    MissingExtra
        pyarrow is not installed.
    """
    try:
        import pyarrow as arrow
        from pyarrow import parquet
    except ImportError:
        raise MissingExtra("Parquet needs pyarrow, the extra 'parquet': pip install 'simfunnel[parquet]'") from None
    tables = replications(found) if futures else iter([found.to_frame()])
    first = arrow.Table.from_pandas(next(tables), preserve_index=False)
    with beside(path) as part, parquet.ParquetWriter(part, first.schema) as file:
        file.write_table(first)
        for table in tables:
            file.write_table(arrow.Table.from_pandas(table, schema=first.schema, preserve_index=False))
    return path


def to_json(found: SweepResult) -> dict[str, Any]:
    """Plain values; what is missing or infinite is None."""
    sweep, every = found.sweep, range(found.sweep.n_points)
    parameters = [
        {"path": each.path, "unit": each.unit, "values": list(dict.fromkeys(row[at] for row in sweep.texts))}
        for at, each in enumerate(sweep.parameters)
    ]
    rows = [
        {**dict(zip([each.path for each in sweep.parameters], sweep.texts[cell.point], strict=True)), **asdict(cell)}
        for cell in found.cells
    ]
    said: dict[str, Any] = plain_values(
        {
            "name": sweep.name, "design": sweep.design, "n_points": sweep.n_points, "seed": sweep.seed,
            "measures": list(sweep.measures), "parameters": parameters, "rows": rows,
            "best": {name: asdict(choice) for name, choice in wording.choices(found).items()},
            "moves": {name: list(map(asdict, wording.moved(found, name, every))) for name in sweep.measures},
            "sentence": wording.sentence(found), "cautions": list(found.cautions),
        }
    )  # fmt: skip
    return said


def _settings(sweep: Sweep, points: list[int]) -> dict[str, Any]:
    """A column a parameter: numbers in base units, else words."""
    columns: dict[str, Any] = {}
    for at, each in enumerate(sweep.parameters):
        if each.is_number:
            columns[each.path] = np.array([sweep.numbers[point][at] for point in points], np.float64)
        else:
            columns[each.path] = np.array([sweep.texts[point][at] for point in points], object)
    return columns
