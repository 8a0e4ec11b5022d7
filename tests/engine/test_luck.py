"""Is every roll a pure function of its key, and do rolls look random along every order in which the engine makes them?

The large battery is in `benchmarks/luck`; this is what must hold every day. False-alarm rate of each check 1e-6; a bias
of one percent, half of the cells up and half down, or a correlation of one percent would be noticed with a chance of
99 %.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from alarms import law_is, mean_is, uncorrelated
from hypothesis import given, settings
from hypothesis import strategies as st

from simfunnel import luck
from simfunnel.engine.block import decision, decisions

Rolls = np.ndarray[Any, Any]
N = 1 << 21
ROOT = 1 << 10  # pairs of orders: replications x leads
CELLS = 64
COMMON: dict[str, Any] = {"deadline": None, "derandomize": True, "max_examples": 100}
PARTS = st.one_of(st.integers(0, 2**64 - 1), st.text("abé", max_size=5))


def undone(x: int) -> int:
    """The number that the mixer turns into x."""
    mask = 2**64 - 1
    x ^= x >> 31 ^ x >> 62
    x = x * pow(0x94D049BB133111EB, -1, 2**64) & mask
    x ^= x >> 27 ^ x >> 54
    x = x * pow(0xBF58476D1CE4E5B9, -1, 2**64) & mask
    return x ^ x >> 30 ^ x >> 60


# what a roll is


def test_rolls_lie_strictly_between_0_and_1() -> None:
    """At both ends of what the hash can make, and at keys that make them."""
    lowest, highest = undone(0), undone(2**64 - 1)
    other = luck.fold("sql", "response", 3)
    keys = np.array([lowest ^ int(other), highest ^ int(other)], np.uint64)
    assert luck.uniforms(keys, other).tolist() == [2.0**-53, 1.0 - 2.0**-53]
    some = luck.uniforms(luck.fold_many(luck.fold(1), np.arange(N)), other)
    assert 0.0 < some.min() < 1e-5
    assert 1.0 - 1e-5 < some.max() < 1.0


def test_the_mixer_is_that_of_splitmix64() -> None:
    """The first outputs of the published generator seeded with 0: its state grows by the constant that `fold` starts
    with."""
    assert int(luck.fold(0)) == 0xE220A8397B1DCDAF
    gamma = 0x9E3779B97F4A7C15
    for n, published in ((2, 0x6E789E6AA1B965F4), (3, 0x06C45D188009454F), (4, 0xF88BB8A8724C81EC)):
        assert int(luck.fold(gamma ^ (n * gamma % 2**64))) == published


PINNED_FOLDS: dict[tuple[str | int, ...], int] = {
    (): 0x9E3779B97F4A7C15,
    (7, "chance", 0): 0x9488F00DD5C821EF,
    ("sql", "response", 0): 0x23B037334D3ADE35,
    ("sql", "conversion", 3): 0xD2D95FB542EC5FC6,
    ("", "number of leads", 0): 0xEFF32A1F3B3178C3,
    ("Zürich",): 0x7E3B3BCFEDD97ED0,
    (2**70,): 0x6AF32F212FFCEFBF,
}
PINNED_ROLLS: dict[tuple[str, int], list[float]] = {
    ("response", 0): [0.9104801515293043, 0.9768967849613274, 0.5065639600394719],
    ("conversion", 0): [0.23529459051544566, 0.3454357693694786, 0.49495340392161513],
    ("conversion", 1): [0.5036931372471528, 0.6387873922368307, 0.727175095422551],
}


def test_pinned_rolls() -> None:
    """Whoever changes these changes every result that was ever stored."""
    assert [int(luck.fold(*parts)) for parts in PINNED_FOLDS] == list(PINNED_FOLDS.values())
    leads = luck.fold_many(luck.fold(7, "chance", 0, 4711, int(luck.fold("inbound"))), np.arange(3))
    for (name, count), values in PINNED_ROLLS.items():
        assert luck.uniforms(leads, decision("sql", name, count)).tolist() == values


@settings(**COMMON)
@given(one=PARTS, other=PARTS, third=PARTS)
def test_the_order_of_components_matters(one: str | int, other: str | int, third: str | int) -> None:
    if one != other:
        assert luck.fold(one, other) != luck.fold(other, one)
        assert luck.fold(one, other, third) != luck.fold(other, one, third)
        assert luck.fold(one, third) != luck.fold(other, third)
    assert luck.fold(one, other) != luck.fold(one)
    assert luck.fold(one, other) != luck.fold(one, other, third)


def test_names_are_told_apart_from_counts_and_from_their_pieces() -> None:
    assert luck.fold("1") != luck.fold(1)
    assert luck.fold("ab", "c") != luck.fold("a", "bc") != luck.fold("abc")
    assert luck.fold("") != luck.fold()
    assert len({int(luck.fold(seed)) for seed in (0, 1, 2**64 - 1, 2**64, 2**64 + 1, 10**40)}) == 6


@settings(**COMMON)
@given(first=PARTS, counts=st.lists(st.integers(0, 2**63 - 1), min_size=1, max_size=9))
def test_many_are_folded_as_one_is(first: str | int, counts: list[int]) -> None:
    key, given_counts = luck.fold(first), np.array(counts)
    assert luck.fold_many(key, given_counts).tolist() == [int(luck.fold(first, count)) for count in counts]
    assert given_counts.tolist() == counts
    keys = np.array([luck.fold(count) for count in counts], np.uint64)
    expected = [int(luck.fold(count, count)) for count in counts]
    assert luck.fold_many(keys, given_counts).tolist() == expected


def test_no_two_keys_are_the_same() -> None:
    """Of a million; two of so many random ones would meet with chance 3e-8."""
    thousand = np.arange(1_000)
    replications = luck.fold_many(luck.fold(7, "chance", 0), thousand)
    sources = [luck.fold_many(replications, np.full(1_000, luck.fold(f"source {k}"))) for k in range(4)]
    leads = np.concatenate([luck.fold_many(np.repeat(keys, 250), np.tile(thousand[:250], 1_000)) for keys in sources])
    names = [luck.fold(f"stage {k}", name, n) for k in range(50) for name in ("response", "exit") for n in range(256)]
    every = np.concatenate([leads, *sources, replications, np.array(names, np.uint64)])
    assert np.unique(every).size == every.size


# what a roll does not depend on


@settings(**COMMON)
@given(
    size=st.sampled_from([1, 7, luck.CHUNK - 1, luck.CHUNK, luck.CHUNK + 1, 2 * luck.CHUNK + 5]),
    cuts=st.lists(st.integers(0, 2 * luck.CHUNK), max_size=4),
    each_its_own=st.booleans(),
    number=st.integers(0, 2**60),
)
def test_rolls_do_not_depend_on_what_is_rolled_beside_them(
    size: int, cuts: list[int], each_its_own: bool, number: int
) -> None:
    keys = luck.fold_many(luck.fold(number), np.arange(size))
    before = keys.copy()
    own = decisions("sql", "response").take(np.arange(size) % 200)
    key: Any = own if each_its_own else decision("sql", "response", 3)
    whole = luck.uniforms(keys, key)
    bounds = [0, *sorted(min(cut, size) for cut in cuts), size]
    pieces = [luck.uniforms(keys[a:b], key[a:b] if each_its_own else key) for a, b in pairwise(bounds)]
    assert (np.concatenate(pieces) == whole).all()
    which = np.arange(size) * 7919 % size
    picked = luck.uniforms(keys, key.take(which) if each_its_own else key, which)
    assert (picked == whole[which]).all()
    half = size // 2
    assert (luck.fold_many(keys, own)[:half] == luck.fold_many(keys[:half], own[:half])).all()
    assert (keys == before).all()
    assert luck.uniforms(keys[:0], decision("sql", "response", 3)).size == 0


# do they look random?


def inbound(seed: int = 7, first: int = 0, source: str = "inbound", stream: int = 0, n_reps: int = ROOT) -> luck.Keys:
    """The keys of N leads, by replication and number, as the engine folds them."""
    numbers = np.arange(first, first + n_reps)
    replications = luck.fold_many(luck.fold(seed, "chance", stream), numbers)
    keys = luck.fold_many(replications, np.full(n_reps, luck.fold(source)))
    return luck.fold_many(np.repeat(keys, N // n_reps), np.tile(np.arange(N // n_reps), n_reps))


def first_attempts(keys: luck.Keys) -> Rolls:
    return luck.uniforms(keys, decision("sql", "conversion"))


def along_names() -> Rolls:
    """One lead, many stages."""
    names = np.array([luck.fold(f"stage {k}", "conversion", 0) for k in range(N // 256)], np.uint64)
    return luck.uniforms(np.repeat(inbound()[:256], names.size), np.tile(names, 256))


def along_seeds() -> Rolls:
    keys = np.array([luck.fold(seed, "chance", 0) for seed in range(N // 64)], np.uint64)
    return first_attempts(luck.fold_many(np.repeat(keys, 64), np.tile(np.arange(64), keys.size)))


def along_counts() -> Rolls:
    """Many leads, 128 attempts each, one lead after the other."""
    keys = inbound()[: N // 128]
    return luck.uniforms(np.repeat(keys, 128), np.tile(decisions("sql", "conversion")[:128], keys.size))


ORDERS: dict[str, Any] = {
    "leads": lambda: first_attempts(inbound(n_reps=1)),
    "replications": lambda: luck.uniforms(
        luck.fold_many(luck.fold(7, "chance", 0), np.arange(N)), decision("", "number of leads")
    ),
    "replications and leads": lambda: first_attempts(inbound()),
    "leads and replications": lambda: first_attempts(inbound()).reshape(ROOT, -1).T.ravel(),
    "counts": along_counts,
    "stages": along_names,
    "seeds": along_seeds,
    "weeks": lambda: luck.uniforms(
        np.repeat(inbound()[: N // 64], 64),
        np.tile(np.array([luck.fold("sql", "drift", k) for k in range(64)], np.uint64), N // 64),
    ),
}
TWO: dict[str, Any] = {  # which two rolls must have nothing in common?
    "two decisions": lambda: [luck.uniforms(inbound(), decision("sql", name)) for name in ("neglect", "conversion")],
    "two stages": lambda: [luck.uniforms(inbound(), decision(name, "conversion")) for name in ("mql", "sql")],
    "two counts": lambda: [luck.uniforms(inbound(), decision("sql", "conversion", n)) for n in (0, 1)],
    "two far counts": lambda: [luck.uniforms(inbound(), decision("sql", "conversion", n)) for n in (0, 128)],
    "two replications": lambda: [first_attempts(inbound(first=k)) for k in (0, ROOT)],
    "two leads": lambda: [first_attempts(inbound()), first_attempts(np.roll(inbound(), 1))],
    "two sources": lambda: [first_attempts(inbound(source=name)) for name in ("inbound", "outbound")],
    "two seeds": lambda: [first_attempts(inbound(seed=seed)) for seed in (7, 8)],
    "two streams": lambda: [first_attempts(inbound(stream=k)) for k in (0, 1)],
    "chance and ignorance": lambda: [
        luck.uniforms(luck.fold_many(luck.fold(7, *where), np.arange(N)), luck.fold("ignorance", "stage", "sql"))
        for where in (("chance", 0), ("ignorance",))
    ],
}


def evenly(cells: Rolls, size: int = CELLS) -> None:
    """All cells are met equally often."""
    even = np.full(size, 1.0 / size)
    law_is(np.bincount(cells, minlength=size), even, even * (1 + 0.01 * (-1.0) ** np.arange(size)))


@pytest.mark.parametrize("order", ORDERS)
def test_rolls_are_evenly_spread_in_order(order: str) -> None:
    u = ORDERS[order]()
    assert u.size == N
    evenly((u * CELLS).astype(int))
    evenly((u * 2.0**52).astype(int) % CELLS)  # the last bits that a roll has, 47 to 52
    eighths = (u * 8).astype(int)
    for lag in (1, 2, 7):  # neighbours
        evenly(8 * eighths[:-lag] + eighths[lag:])
        uncorrelated(u[:-lag], u[lag:])
    above = (u >= 0.5).astype(int)  # six in a row, above and below the median
    evenly(sum(above[k : N - 5 + k] << k for k in range(6)))


@pytest.mark.parametrize("pair", TWO)
def test_two_rolls_have_nothing_in_common(pair: str) -> None:
    one, other = TWO[pair]()
    evenly(8 * (one * 8).astype(int) + (other * 8).astype(int))
    uncorrelated(one, other)
    uncorrelated(np.abs(one - 0.5), np.abs(other - 0.5))
    evenly(((one + other) % 1.0 * CELLS).astype(int))
    evenly(((one - other) % 1.0 * CELLS).astype(int))


def test_few_futures_are_as_spread_as_random_ones() -> None:
    """Means over the leads of a replication have the variance that independence gives them."""
    n_reps = N // 32
    means = first_attempts(inbound(n_reps=n_reps)).reshape(n_reps, -1).mean(axis=1)
    mean_is((means - 0.5) ** 2 * 12 * 32, 1.0, bias=0.05)
