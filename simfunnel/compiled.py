"""Which loops does numba compile, and what runs where it cannot or where it would not pay?

Compiled and plain give the same bits: a loop adds, multiplies, compares, shifts and looks up, in the order written, and
calls neither logarithm nor power, in whose last bit NumPy, Python and LLVM differ. So nobody need know which of the two
has run, and this is the one place where it is decided.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import update_wrapper
from importlib import import_module
from math import inf
from time import perf_counter
from typing import Any, Generic, ParamSpec, TypeVar, cast

P = ParamSpec("P")
R = TypeVar("R")

MODES = ("auto", "always", "never")
VARIABLE = "SIMFUNNEL_COMPILED"  # in the environment: one of the modes
# Seconds in plain loops before anything is compiled. To import numba and what it has stored costs most of a second (and
# 100 MiB), which saves less than half of the time after; to compile anew, once, some five.
PAYS_FROM = 1.0

_helpers: list[Callable[..., Any]] = []


class _State:
    """What this process has done so far."""

    def __init__(self, mode: str) -> None:
        self.mode = mode if mode in MODES else "auto"
        self.seconds = 0.0
        self.n_helpers = 0


_state = _State(os.environ.get(VARIABLE, "auto"))


class Compiled(Generic[P, R]):
    """A loop over arrays that numba compiles where it is installed; made by `compiled`."""

    def __init__(self, loop: Callable[P, R], plain: Callable[P, R] | None) -> None:
        update_wrapper(self, loop)
        self.loop, self.plain = loop, plain or loop
        self._fast: Callable[P, R] | None = None

    @property
    def is_compiled(self) -> bool:
        """Whether numba has compiled it in this process."""
        return self._fast is not None and self._fast is not self.plain

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        if _state.mode == "never":
            return self.plain(*args, **kwargs)
        if self._fast is None:
            if _state.mode == "auto" and _state.seconds < PAYS_FROM:
                begun = perf_counter()
                result = self.plain(*args, **kwargs)
                _state.seconds += perf_counter() - begun
                return result
            self._fast = _fast(self.loop, self.plain)
        try:
            return self._fast(*args, **kwargs)
        except Exception:  # numba's own: what it has compiled does not raise
            self._fast = self.plain
            return self.plain(*args, **kwargs)


def compiled(loop: Callable[P, R], *, plain: Callable[P, R] | None = None) -> Compiled[P, R]:
    """A loop over arrays, compiled by numba where the extra ``speed`` is installed and the work pays for it.

    Parameters
    ----------
    loop
        Positional arguments; arrays, numbers and tuples of them in and out. It must not raise.
    plain
        The same in NumPy, to the last bit, for where the loop is not compiled (default: the loop as it stands).

    Examples
    --------
    >>> import numpy as np
    >>> @compiled
    ... def longest_gap(times):
    ...     longest = 0.0
    ...     for at in range(1, times.size):
    ...         longest = max(longest, times[at] - times[at - 1])
    ...     return longest
    >>> float(longest_gap(np.array([0.0, 1.0, 4.0])))
    3.0
    """
    return Compiled(loop, plain)


def helper(function: Callable[P, R]) -> Callable[P, R]:
    """A small function that compiled loops may call; itself it stays plain.

    It belongs into the file of the loops that call it: by that file alone numba sees that what it has stored is old.
    """
    _helpers.append(function)
    return function


def seconds() -> float:
    """How long this process has been in plain loops."""
    return _state.seconds


def begin_at(seconds: float) -> None:
    """Let a process that continues another's work count on from there."""
    _state.seconds = seconds


@contextmanager
def compiling(mode: str) -> Iterator[None]:
    """For tests and measurements: compile ``"always"``, ``"never"``, or when it pays (``"auto"``), in this process."""
    if mode not in MODES:
        raise ValueError(f"mode is {mode!r}; it must be one of {', '.join(MODES)}")
    before, _state.mode = _state.mode, mode
    try:
        yield
    finally:
        _state.mode = before


@contextmanager
def as_it_is() -> Iterator[None]:
    """Compile nothing more meanwhile, in a process that is soon to leave the work to others; what is compiled is used.

    >>> with as_it_is():
    ...     seconds()
    -inf
    """
    before, _state.seconds = _state.seconds, -inf
    try:
        yield
    finally:
        _state.seconds = before


def _fast(loop: Callable[P, R], plain: Callable[P, R]) -> Callable[P, R]:
    """The loop as numba compiles it at its first call, or the plain one where numba is missing, too old or broken."""
    try:
        numba, extending = import_module("numba"), import_module("numba.extending")
        for function in _helpers[_state.n_helpers :]:
            extending.register_jitable(function)
        _state.n_helpers = len(_helpers)
        try:
            fast = numba.njit(cache=True, error_model="numpy")(loop)
        except RuntimeError:  # there is no place to keep it
            fast = numba.njit(error_model="numpy")(loop)
    except Exception:
        return plain
    return cast("Callable[P, R]", fast)
