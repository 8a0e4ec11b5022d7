"""How far is a long run? A bar on the terminal or in a notebook, once it has taken longer than a second."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module

Progress = Callable[[int, int], None]
PATIENCE = 1.0  # seconds before a bar appears


@contextmanager
def reporter(progress: bool | Progress, total: int) -> Iterator[Callable[[int], None]]:
    """A function that is told how many replications are done.

    Parameters
    ----------
    progress
        A function of (done, total), or whether to show a bar where somebody can see it.
    total
        Replications asked for.
    """
    if not isinstance(progress, bool):
        yield lambda done: progress(done, total)
        return
    in_notebook = _in_notebook()
    if not progress or not (sys.stderr.isatty() or in_notebook):
        yield lambda done: None
        return
    bar = _NotebookLine(total) if in_notebook else _Bar(total)
    try:
        yield bar.update
    finally:
        bar.close()


def after(done_before: int, report: Callable[[int], None]) -> Progress:
    """The progress of one run as part of several."""
    return lambda done, _: report(done_before + done)


def _in_notebook() -> bool:
    """Whether a kernel runs this code: that its package has been imported says nothing."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return getattr(shell, "kernel", None) is not None


class _Bar:
    def __init__(self, total: int) -> None:
        self._total, self._begun = total, time.monotonic()
        self._stop: Callable[[], None] | None = None
        self._show: Callable[[int], None] = lambda done: None

    def update(self, done: int) -> None:
        if self._stop is None and time.monotonic() - self._begun > PATIENCE:
            self._open()
        self._show(done)

    def close(self) -> None:
        if self._stop is not None:
            self._stop()

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bar

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        bar = Bar(*columns, console=Console(stderr=True), transient=True)
        bar.start()
        task = bar.add_task("simulating", total=self._total)
        self._stop = bar.stop
        self._show = lambda done: bar.update(task, completed=done)


class _NotebookLine(_Bar):
    """The same as one line of text that replaces itself: widgets would be stored with the notebook."""

    def _open(self) -> None:
        display = import_module("IPython.display").display  # there wherever a kernel is
        handle = display({"text/plain": "simulating"}, raw=True, display_id=True)
        total = self._total
        self._stop = lambda: handle.update({"text/plain": ""}, raw=True)
        self._show = lambda done: handle.update({"text/plain": f"simulating: {done:,} of {total:,} futures"}, raw=True)
