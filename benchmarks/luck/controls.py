"""Would the battery notice if the mixing were worse? Deliberately weakened versions of it.

Each replaces functions of `simfunnel.luck` for a while; what is not named stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from simfunnel import luck
from simfunnel.engine import block
from simfunnel.luck import Keys

Finaliser = Callable[[Keys], Keys]

_C1, _C2, _MASK = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB), (1 << 64) - 1
_GOLDEN = 0x9E3779B97F4A7C15


def _shift(x: Keys, bits: int) -> Keys:
    return x ^ (x >> np.uint64(bits))


def _one_multiplication(x: Keys) -> Keys:
    return _shift(_shift(x, 30) * _C1, 27)


def _no_last_shift(x: Keys) -> Keys:
    return _shift(_shift(x, 30) * _C1, 27) * _C2


def _multiplication_only(x: Keys) -> Keys:
    return x * _C1


def _mixed_by(finaliser: Finaliser) -> Mapping[str, Any]:
    def mix(x: int) -> int:
        return int(finaliser(np.array([x], np.uint64))[0])

    def mix_in_place(x: Keys, spare: Keys) -> None:
        x[:] = finaliser(x)

    return {"_mix": mix, "_mix_in_place": mix_in_place}


def _added() -> Mapping[str, Any]:
    """Components are summed; only the finished sum is mixed (fully)."""

    def fold(*parts: str | int) -> np.uint64:
        return np.uint64((_GOLDEN + sum(luck._word(part) for part in parts)) & _MASK)

    def fold_many(key: np.uint64 | Keys, counts: NDArray[np.integer[Any]] | Keys) -> Keys:
        return np.add(key, counts.astype(np.uint64))

    return {"fold": fold, "fold_many": fold_many}


def _exclusive_or() -> Mapping[str, Any]:
    """Components are combined by exclusive or; only the finished word is mixed (fully)."""

    def fold(*parts: str | int) -> np.uint64:
        word = _GOLDEN
        for part in parts:
            word ^= luck._word(part)
        return np.uint64(word)

    def fold_many(key: np.uint64 | Keys, counts: NDArray[np.integer[Any]] | Keys) -> Keys:
        return np.bitwise_xor(key, counts.astype(np.uint64))

    return {"fold": fold, "fold_many": fold_many}


def _numbers_unmixed() -> Mapping[str, Any]:
    """Counts (replication, lead number) enter without mixing; names and the last step are mixed as they should be."""

    def fold_many(key: np.uint64 | Keys, counts: NDArray[np.integer[Any]] | Keys) -> Keys:
        return np.bitwise_xor(key, counts.astype(np.uint64))

    return {"fold_many": fold_many}


WEAKENED: Mapping[str, Callable[[], Mapping[str, Any]]] = {
    "one multiplication": lambda: _mixed_by(_one_multiplication),
    "no last shift": lambda: _mixed_by(_no_last_shift),
    "multiplication only": lambda: _mixed_by(_multiplication_only),
    "added": _added,
    "exclusive or": _exclusive_or,
    "numbers unmixed": _numbers_unmixed,
}


@contextmanager
def weakened(name: str | None) -> Iterator[None]:
    """Mix in this weaker way within the block; None: as the engine does."""
    changes = {} if name is None else WEAKENED[name]()
    kept = {each: getattr(luck, each) for each in changes}
    _swap(changes)
    try:
        yield
    finally:
        _swap(kept)


def _swap(functions: Mapping[str, Any]) -> None:
    for name, function in functions.items():
        setattr(luck, name, function)
    block.decision.cache_clear()  # keys of names folded in another way
    block.decisions.cache_clear()
