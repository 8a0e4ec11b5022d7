"""How does a chart become a file that is the same, byte for byte, whenever it is written again?"""

from __future__ import annotations

import os
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from simfunnel.charts.style import in_style, root

#: What a file may be, and what matplotlib must leave out of it: dates and its own version.
_METADATA: dict[str, dict[str, str | None]] = {
    "png": {"Software": None},
    "svg": {"Date": None, "Creator": None},
}


def save(chart: Axes | Figure, path: str | os.PathLike[str], *, dpi: int = 150) -> Path:
    """Write a chart to a file, PNG or SVG by its name.

    The file is written beside its place and renamed: an interruption leaves the old file or none.

    Parameters
    ----------
    chart : Axes or Figure
    path : str or path
        Ends with ``.png`` or ``.svg``.
    dpi : int
        Pixels an inch of a PNG.

    Returns
    -------
    Path

    Raises
    ------
    ValueError
        When the name ends otherwise.
    OSError
        When the place cannot be written.

    Examples
    --------
    >>> import simfunnel as sf, tempfile, pathlib
    >>> run = sf.simulate(sf.load("industrial"), n_sims=200, seed=7)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     sf.charts.save(sf.charts.fan(run), pathlib.Path(folder) / "fan.svg").name
    'fan.svg'
    """
    target = Path(path)
    kind = target.suffix.removeprefix(".").lower()
    if kind not in _METADATA:
        raise ValueError(f"{target.name!r}: charts are saved as {' or '.join(f'.{name}' for name in _METADATA)}")
    figure = chart if isinstance(chart, Figure) else root(chart)
    part = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with part.open("xb") as file, in_style():
            figure.savefig(file, format=kind, dpi=dpi, metadata=_METADATA[kind])
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return target
