"""Whose fault is an error, and what is the user told?"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import wraps
from types import TracebackType
from typing import ParamSpec, TypeVar

import typer

from simfunnel.cli import terminal
from simfunnel.errors import SimfunnelError

OURS, YOURS, STOPPED = 1, 2, 130

#: Modules whose own ValueError is about an argument; from deeper down it is a bug.
_DOORS = ("simfunnel.simulation", "simfunnel.studies")
_PLACES = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)

P = ParamSpec("P")
R = TypeVar("R")


class ArgumentError(SimfunnelError, ValueError):
    """An argument of a command that cannot be used."""


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """A command that says its errors in words: the text that Python shows, without a traceback, and an exit code."""

    @wraps(command)
    def careful(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt as stop:
            terminal.complain(str(stop) or "Stopped. Nothing was left half-written.")
            raise typer.Exit(STOPPED) from None
        except (typer.Exit, BrokenPipeError):
            raise
        except Exception as error:
            raise typer.Exit(_said(error)) from None

    return careful


def _said(error: Exception) -> int:
    """Tell the user; the exit code."""
    if isinstance(error, SimfunnelError):
        terminal.complain(str(error))
        return YOURS
    if isinstance(error, ValueError) and _raised_in(error.__traceback__).startswith(_DOORS):
        terminal.complain(str(error))
        return YOURS
    if isinstance(error, _PLACES):
        # our own errors name the file in their text, the system's in `filename`
        is_system = error.filename is not None
        terminal.complain(f"{error.filename}: {error.strerror}" if is_system else str(error))
        return YOURS
    if isinstance(error, OSError):
        terminal.complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        return OURS
    if isinstance(error, MemoryError):
        terminal.complain("Out of memory: try fewer --sims or --workers 1.")
        return OURS
    terminal.complain("".join(traceback.format_exception(error)).rstrip())
    terminal.complain("This is a fault of simfunnel, not of your input. Please report it with the lines above.")
    return OURS


def _raised_in(trace: TracebackType | None) -> str:
    """The module that raised."""
    name = ""
    while trace is not None:
        name = str(trace.tb_frame.f_globals.get("__name__", ""))
        trace = trace.tb_next
    return name
