"""Which random number settles this decision of this lead in this future?

Every number is a pure function of names and counts: nothing is ever drawn "next", so nothing that is added, removed,
split or run in parallel can move anybody else's luck (common random numbers). A key is folded from its components one
after the other with the finaliser of SplitMix64 (Steele, Lea & Flood 2014, constants of Stafford's variant 13); names
enter by BLAKE2b.
"""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from simfunnel.compiled import compiled, helper

Keys = NDArray[np.uint64]
Floats = NDArray[np.float64]

_MASK = (1 << 64) - 1
_C1, _C2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB
_NP_C1, _NP_C2 = np.uint64(_C1), np.uint64(_C2)
_S30, _S27, _S31, _S12 = (np.uint64(s) for s in (30, 27, 31, 12))
_ONE = np.uint64(0x3FF0000000000000)  # the bits of 1.0: with 52 random bits below them, a float in [1, 2)
_SHIFT = 1.0 - 2.0**-53
_UNIT = 2.0**-52
CHUNK = 1 << 15  # numbers mixed at a time, so that the dozen passes stay in the nearest cache


def _mix(x: int) -> int:
    x = ((x ^ (x >> 30)) * _C1) & _MASK
    x = ((x ^ (x >> 27)) * _C2) & _MASK
    return x ^ (x >> 31)


def _word(part: str | int) -> int:
    if isinstance(part, str):
        return int.from_bytes(blake2b(part.encode(), digest_size=8).digest(), "little")
    return int(part) & _MASK


def fold(*parts: str | int) -> np.uint64:
    """The key that these components make, in this order.

    Parameters
    ----------
    *parts
        Names (text) and counts (whole numbers). A whole number of more than 64 bits is taken by its text.

    Examples
    --------
    >>> bool(fold(7, "inbound") == fold(7, "inbound")), bool(fold(7, "inbound") == fold("inbound", 7))
    (True, False)
    """
    state = 0x9E3779B97F4A7C15
    for each in parts:
        wide = not isinstance(each, str) and not 0 <= each <= _MASK
        state = _mix(state ^ _word(str(each) if wide else each))
    return np.uint64(state)


def fold_many(key: np.uint64 | Keys, counts: NDArray[np.integer] | Keys) -> Keys:
    """Fold one more count into each key; shape is that of ``key`` and ``counts`` broadcast.

    Examples
    --------
    >>> fold_many(fold(7), np.arange(2))[1] == fold(7, 1)
    np.True_
    """
    x = np.bitwise_xor(key, counts.view(np.uint64) if counts.dtype == np.int64 else counts.astype(np.uint64))
    flat = x.reshape(-1)
    spare = np.empty(min(CHUNK, flat.size), np.uint64)
    for at in range(0, flat.size, CHUNK):
        _mix_in_place(flat[at : at + CHUNK], spare)
    return x


def fold_ranges(keys: Keys, numbers: NDArray[np.int64]) -> Keys:
    """Fold the counts 0, 1, 2 ... into each key, as many as its number says; shape is ``(numbers.sum(),)``.

    Examples
    --------
    >>> fold_ranges(fold_many(fold(7), np.arange(2)), np.array([1, 2]))[2] == fold(7, 1, 1)
    np.True_
    """
    out = np.empty(int(numbers.sum()), np.uint64)
    _fold_ranges(keys, numbers, out)
    return out


def _fold_ranges_plainly(keys: Keys, numbers: NDArray[np.int64], out: Keys) -> None:
    count = np.arange(out.size)
    count -= np.repeat(np.cumsum(numbers) - numbers, numbers)
    out[:] = fold_many(np.repeat(keys, numbers), count)


def _mix_in_place(x: Keys, spare: Keys) -> None:
    t = spare[: x.size]
    np.right_shift(x, _S30, out=t)
    np.bitwise_xor(x, t, out=x)
    np.multiply(x, _NP_C1, out=x)
    np.right_shift(x, _S27, out=t)
    np.bitwise_xor(x, t, out=x)
    np.multiply(x, _NP_C2, out=x)
    np.right_shift(x, _S31, out=t)
    np.bitwise_xor(x, t, out=x)


def uniforms(keys: Keys, decision: np.uint64 | Keys, which: NDArray[np.int64] | None = None) -> Floats:
    """Uniform numbers (k + 1/2) / 2**52, k of 52 bits, one for each key and the decision that it settles.

    Parameters
    ----------
    keys
        One key a lead (or a replication), each already folded; shape (n,).
    decision
        The folded key of the decision and its count: one for all, or one for each number made.
    which
        Indices into ``keys`` of those that roll (default: all), shape (m,).

    Returns
    -------
    float64, shape (m,) or (n,), strictly between 0 and 1.

    Examples
    --------
    >>> leads = fold_many(fold(7, "inbound"), np.arange(3))
    >>> bool(np.all(uniforms(leads, fold("sql", "response", 0)) == uniforms(leads, fold("sql", "response", 0))))
    True
    """
    some = decision if isinstance(decision, np.ndarray) else np.array([decision], np.uint64)
    out = np.empty(keys.size if which is None else which.size, np.float64)
    if which is None:
        _uniforms(out, keys, some)
    else:
        _uniforms_of(out, keys, some, which)
    return out


def _plain(out: Floats, keys: Keys, decision: Keys, which: NDArray[np.int64] | None = None) -> None:
    bits = out.view(np.uint64)
    spare = np.empty(min(CHUNK, out.size), np.uint64)
    one_for_all = decision.size == 1
    for at in range(0, out.size, CHUNK):
        x = bits[at : at + CHUNK]
        chosen = keys[at : at + CHUNK]
        if which is not None:  # "raise" would copy; indices come from the engine alone
            chosen = keys.take(which[at : at + CHUNK], out=x, mode="clip")
        np.bitwise_xor(chosen, decision if one_for_all else decision[at : at + CHUNK], out=x)
        _mix_in_place(x, spare)
        np.right_shift(x, _S12, out=x)
        np.bitwise_or(x, _ONE, out=x)
        np.subtract(out[at : at + CHUNK], _SHIFT, out=out[at : at + CHUNK])


@helper
def _mixed(x: np.uint64) -> np.uint64:
    x = (x ^ (x >> _S30)) * _NP_C1
    x = (x ^ (x >> _S27)) * _NP_C2
    return x ^ (x >> _S31)


def _loop(out: Floats, keys: Keys, decision: Keys) -> None:
    step = 0 if decision.size == 1 else 1
    for i in range(out.size):
        k = np.int64(_mixed(keys[i] ^ decision[i * step]) >> _S12)
        out[i] = (np.float64(k) + 0.5) * _UNIT  # exact, as k has 52 bits


def _loop_of(out: Floats, keys: Keys, decision: Keys, which: NDArray[np.int64]) -> None:
    step = 0 if decision.size == 1 else 1
    x = out.view(np.uint64)
    for i in range(out.size):  # by itself, as a loop without look-ups mixes several numbers at a time
        x[i] = keys[np.uint64(which[i])]
    for i in range(out.size):
        k = np.int64(_mixed(x[i] ^ decision[i * step]) >> _S12)
        out[i] = (np.float64(k) + 0.5) * _UNIT


def _fold_ranges_loop(keys: Keys, numbers: NDArray[np.int64], out: Keys) -> None:
    at = 0
    for each in range(keys.size):
        key, folded = keys[each], out[at : at + numbers[each]]
        for count in range(folded.size):
            folded[count] = _mixed(key ^ np.uint64(count))
        at += numbers[each]


_fold_ranges = compiled(_fold_ranges_loop, plain=_fold_ranges_plainly)
_uniforms = compiled(_loop, plain=_plain)
_uniforms_of = compiled(_loop_of, plain=_plain)
