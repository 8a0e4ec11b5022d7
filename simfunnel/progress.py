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
def reporter(
    progress: bool | Progress, total: int, of: str = "futures", before: int = 0
) -> Iterator[Callable[[int], None]]:
    """A function that is told how many replications are done.

    Parameters
    ----------
    progress
        A function of (done, total), or whether to show a bar where somebody can see it.
    total
        Replications asked for.
    of
        What is counted, where it is no replications.
    before
        How many had been done before.
    """
    if not isinstance(progress, bool):
        yield lambda done: progress(done, total)
        return
    in_notebook = _in_notebook()
    if not progress or not (sys.stderr.isatty() or in_notebook):
        yield lambda done: None
        return
    bar = (_NotebookLine if in_notebook else _Bar)(total, of, before)
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


def pace(done: int, total: int, before: int, seconds: float) -> str:
    """How fast it goes, and how long it will take yet.

    >>> pace(60, 200, 20, 10.0), pace(21, 2_000, 20, 5.0), pace(200, 200, 20, 9.0), pace(20, 200, 20, 3.0)
    ('4.0 a second, 35 s left', '0.2 a second, about 2 h 45 min left', '20 a second', '')
    """
    if done <= before or seconds <= 0:
        return ""
    rate = (done - before) / seconds
    digits = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}" if rate >= 1 else f"{rate:.2g}"
    left = f", {lasting((total - done) / rate)} left" if done < total else ""
    return f"{digits} a second{left}"


def lasting(seconds: float) -> str:
    """A time to wait, as people say it.

    >>> [lasting(each) for each in (0.2, 48, 300, 9_000)]
    ['1 s', '48 s', 'about 5 min', 'about 2 h 30 min']
    """
    if seconds < 100:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {minutes} min"
    return f"about {minutes // 60:,} h" + (f" {minutes % 60} min" if minutes % 60 else "")


class _Bar:
    def __init__(self, total: int, of: str = "futures", before: int = 0) -> None:
        self._total, self._of, self._before, self._begun = total, of, before, time.monotonic()
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

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
        last = TimeRemainingColumn() if self._of == "futures" else TextColumn("{task.fields[pace]}")
        bar = Bar(*columns, last, console=Console(stderr=True), transient=True)
        bar.start()
        what = "simulating" if self._of == "futures" else self._of
        task = bar.add_task(what, total=self._total, pace="")
        self._stop = bar.stop
        self._show = lambda done: bar.update(task, completed=done, pace=self._pace(done))

    def _pace(self, done: int) -> str:
        return pace(done, self._total, self._before, time.monotonic() - self._begun)


class _NotebookLine(_Bar):
    """The same as one line of text that replaces itself: widgets would be stored with the notebook."""

    def _open(self) -> None:
        display = import_module("IPython.display").display  # there wherever a kernel is
        handle = display({"text/plain": "simulating"}, raw=True, display_id=True)
        self._stop = lambda: handle.update({"text/plain": ""}, raw=True)
        self._show = lambda done: handle.update({"text/plain": self._line(done)}, raw=True)

    def _line(self, done: int) -> str:
        pace = "" if self._of == "futures" else self._pace(done)
        return f"simulating: {done:,} of {self._total:,} {self._of}" + (f", {pace}" if pace else "")
