"""Does every component of a key make luck of its own? Bits flipped, neighbours compared, keys counted.

The tests of `sequence_tests` look at one row of numbers; these look at how numbers hang together whose keys differ in
one component.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

import numpy as np
import p_values
from numpy.typing import NDArray
from orders import (
    COUNTS,
    LEADS_A_WEEK,
    LEADS_A_YEAR,
    ROLLS,
    WEEKS,
    WIDTH,
    Components,
    components,
    lead_keys,
    source_keys,
    span,
    whole,
)
from scipy import stats
from sequence_tests import association

from simfunnel import luck
from simfunnel.engine.block import decision
from simfunnel.luck import Floats, Keys

PValues = Iterator[tuple[str, float]]
_STAGES = ("mql", "sal", "sql", "opportunity")
_COLUMNS = 64
_ANY_BITS = 16  # rows of which every bit meets every bit


def signs(k: Keys) -> NDArray[np.float32]:
    """+1 for each bit set, -1 for each not; shape (52, *k.shape)."""
    return np.stack([2.0 * ((k >> np.uint64(bit)) & np.uint64(1)).astype(np.float32) - 1.0 for bit in range(WIDTH)])


def greatest_normal(z: Floats) -> float:
    """The p-value of the greatest of independent standard normal deviates, in absolute value."""
    return p_values.smallest_of(float(2.0 * stats.norm.sf(np.abs(z).max())), z.size)


def weights(k: Keys) -> float:
    """How many of the 52 bits are set: binomial."""
    shares = stats.binom.pmf(np.arange(WIDTH + 1), WIDTH, 0.5)
    counts = np.bincount(np.bitwise_count(k).ravel(), minlength=WIDTH + 1)
    inner = np.flatnonzero(shares * k.size >= 10)
    low, high = inner[0], inner[-1]

    def merged(values: NDArray[np.generic]) -> NDArray[np.float64]:
        return np.concatenate([[values[: low + 1].sum()], values[low + 1 : high], [values[high:].sum()]])

    return p_values.cells(merged(counts).astype(np.int64), merged(shares))


def random_bits(k: Keys) -> PValues:
    """Whether words of shape (n_kinds, n) are of independent fair bits: each bit, the weight, pairs of bits."""
    each = signs(k)
    z = each.sum(axis=2, dtype=np.float64) / np.sqrt(k.shape[1])
    yield "every bit", p_values.chi_square(float((z**2).sum()), z.size)
    yield "worst bit", greatest_normal(z)
    yield "weights", weights(k)
    flat = each.reshape(WIDTH, -1)
    pairs = (flat @ flat.T)[np.triu_indices(WIDTH, 1)].astype(np.float64) / np.sqrt(flat.shape[1])
    yield "pairs of bits", p_values.chi_square(float((pairs**2).sum()), pairs.size)


# -- avalanche ---------------------------------------------------------------------------------------------------------


def _ordinary(seed: int, size: int) -> Components:
    """Leads as runs have them: a few seeds, the first thousands of replications, hundreds of leads."""
    n = span(0, size)
    rep, number = n // np.uint64(LEADS_A_YEAR), n % np.uint64(LEADS_A_YEAR)
    return components(size, seed=np.uint64(seed) + n % np.uint64(16), replication=rep, number=number)


def _without(values: Keys, bit: int) -> Keys:
    """The same whole numbers with a zero put in at this bit, so that flipping it leads to none of the others."""
    below = np.uint64((1 << bit) - 1)
    return (values & below) | ((values & ~below) << np.uint64(1))


def _flips(base: Components, part: str, n_bits: int) -> Keys:
    """Outputs before and after each bit of a component is flipped, as exclusive or; shape (n_bits, n)."""
    key, out = decision("sql", "response"), []
    for bit in range(n_bits):
        values = _without(getattr(base, part), bit)
        before, after = (
            luck.uniforms(replace(base, **{part: each}).keys(), key) for each in (values, values ^ np.uint64(1 << bit))
        )
        out.append(whole(before) ^ whole(after))
    return np.stack(out)


def _count_flips(seed: int, size: int) -> Keys:
    keys = _ordinary(seed, size).keys()
    before = whole(luck.uniforms(keys, decision("sql", "response", 0)))
    counts = [1 << bit for bit in range((COUNTS - 1).bit_length())]
    return np.stack([whole(luck.uniforms(keys, decision("sql", "response", count))) ^ before for count in counts])


def _name_flips(seed: int, size: int) -> Keys:
    """Names that differ by one letter: of stage, of decision, of source."""
    base = _ordinary(seed, size)
    keys = base.keys()
    before = whole(luck.uniforms(keys, decision("sql", "response")))
    others = [decision(stage, "response") for stage in ("sqm", "rql", "sq", "sql ", "SQL")]
    others += [decision("sql", name) for name in ("respons", "responsf", "Response")]
    after = [whole(luck.uniforms(keys, other)) for other in others]
    for source in ("marketinh", "marketin", "Marketing"):
        moved = replace(base, source=np.full(size, luck.fold(source))).keys()
        after.append(whole(luck.uniforms(moved, decision("sql", "response"))))
    return np.stack(after) ^ before


def _week_flips(seed: int, size: int) -> Keys:
    """The week's number and the place in the week, for sources numbered by week."""
    n = span(0, size)
    source = source_keys(seed, n // np.uint64(1024))
    week, place = n % np.uint64(WEEKS), (n // np.uint64(WEEKS)) % np.uint64(LEADS_A_WEEK)

    def made(week: Keys, place: Keys) -> Keys:
        return whole(luck.uniforms(luck.fold_many(luck.fold_many(source, week), place), decision("", "arrival")))

    out = []
    for bit in range(6):
        flip = np.uint64(1 << bit)
        weeks, places = _without(week, bit), _without(place, bit)
        out += [made(weeks, place) ^ made(weeks ^ flip, place), made(week, places) ^ made(week, places ^ flip)]
    return np.stack(out)


def _ignorance_flips(seed: int, size: int) -> Keys:
    state, key = luck.fold(seed, "ignorance"), luck.fold("ignorance", "stage", "sql", "conversion")
    out = []
    for bit in range(32):
        reps = _without(span(0, size), bit)
        before, after = (luck.uniforms(luck.fold_many(state, r), key) for r in (reps, reps ^ np.uint64(1 << bit)))
        out.append(whole(before) ^ whole(after))
    return np.stack(out)


AVALANCHE: Mapping[str, Callable[[int, int], Keys]] = {
    "seed": lambda seed, size: _flips(_ordinary(seed, size), "seed", 64),
    "stream": lambda seed, size: _flips(_ordinary(seed, size), "stream", 8),
    "replication": lambda seed, size: _flips(_ordinary(seed, size), "replication", 32),
    "lead number": lambda seed, size: _flips(_ordinary(seed, size), "number", 32),
    "count": _count_flips,
    "names": _name_flips,
    "week and place": _week_flips,
    "ignorance": _ignorance_flips,
}


# -- neighbours --------------------------------------------------------------------------------------------------------


def _table(each: Callable[[int], Keys], key: np.uint64) -> Floats:
    return np.stack([luck.uniforms(each(column), key) for column in range(_COLUMNS)])


def _years(seed: int, size: int, *, stream: int = 0, source: str = "marketing") -> Keys:
    reps = span(0, -(-size // LEADS_A_YEAR))
    return lead_keys(seed, reps, span(0, LEADS_A_YEAR), stream=stream, source=source)[:size]


def _neighbour_decisions(seed: int, size: int) -> Floats:
    names = [(stage, roll) for stage in _STAGES for roll in ROLLS][:_COLUMNS]
    keys = _years(seed, size)
    return np.stack([luck.uniforms(keys, decision(*name)) for name in names])


def _neighbour_counts(seed: int, size: int) -> Floats:
    keys = _years(seed, size)
    return np.stack([luck.uniforms(keys, decision("sql", "response", count)) for count in range(_COLUMNS)])


def _neighbour_rules(seed: int, size: int) -> Floats:
    keys = luck.fold_many(luck.fold(seed, "ignorance"), span(0, size))
    rules = [luck.fold("ignorance", "stage", f"stage {number}", "conversion") for number in range(_COLUMNS)]
    return np.stack([luck.uniforms(keys, rule) for rule in rules])


RESPONSE = ("sql", "response")
NEIGHBOURS: Mapping[str, Callable[[int, int], Floats]] = {
    "decisions": _neighbour_decisions,
    "counts": _neighbour_counts,
    "leads": lambda seed, size: _table(lambda c: lead_keys(seed, span(0, size), span(c, 1)), decision(*RESPONSE)),
    "replications": lambda seed, size: _table(
        lambda c: lead_keys(seed, span(c, 1), span(0, size)), decision(*RESPONSE)
    ),
    "seeds": lambda seed, size: _table(lambda c: _years(seed + c, size), decision(*RESPONSE)),
    "streams": lambda seed, size: _table(lambda c: _years(seed, size, stream=c), decision(*RESPONSE)),
    "sources": lambda seed, size: _table(lambda c: _years(seed, size, source=f"source {c}"), decision(*RESPONSE)),
    "uncertain rules": _neighbour_rules,
}


def neighbours(u: Floats) -> PValues:
    """Whether the rows of u, shape (n_columns, n), are independent of each other, pair by pair."""
    n_rows, n = u.shape
    above = np.triu_indices(n_rows, 1)
    centred = (u - 0.5) * np.sqrt(12.0)
    z = (centred @ centred.T)[above] / np.sqrt(n)
    yield "correlation, all pairs", p_values.chi_square(float((z**2).sum()), z.size)
    yield "correlation, worst pair", greatest_normal(z)
    level = (u * 8).astype(np.int64)
    found = [association(level[a], level[b], 8) for a, b in zip(*above, strict=True)]
    yield "8 x 8 cells, all pairs", p_values.chi_square(sum(s for s, _ in found), sum(df for _, df in found))
    k = whole(u)
    by_bit = []
    for bit in range(WIDTH):
        sign = 2.0 * ((k >> np.uint64(bit)) & np.uint64(1)).astype(np.float32) - 1.0
        by_bit.append((sign @ sign.T)[above].astype(np.float64) / np.sqrt(n))
    bits = np.stack(by_bit)
    yield "bit by bit, all pairs", p_values.chi_square(float((bits**2).sum()), bits.size)
    yield "bit by bit, worst pair", greatest_normal(bits)
    yield from _any_bits(k[:_ANY_BITS])


def _any_bits(k: Keys) -> PValues:
    """Every bit of a row against every bit of every other row."""
    n_rows, n = k.shape
    gram = np.zeros((WIDTH * n_rows, WIDTH * n_rows), np.float32)  # sums of signs: exact up to 2**24
    for first in range(0, n, 1 << 13):
        part = signs(k[:, first : first + (1 << 13)]).transpose(1, 0, 2).reshape(WIDTH * n_rows, -1)
        gram += part @ part.T
    row = np.repeat(np.arange(n_rows), WIDTH)
    z = gram[row[:, None] < row[None, :]].astype(np.float64) / np.sqrt(n)
    yield "any bits, all pairs", p_values.chi_square(float((z**2).sum()), z.size)
    yield "any bits, worst pair", greatest_normal(z)


def squares(seed: int, size: int) -> PValues:
    """Two leads by two decisions: four words whose exclusive or is zero before the last mixing. Are the four numbers
    made of them independent?"""
    names = np.array([decision(stage, roll) for stage in _STAGES for roll in ROLLS])
    first, second = np.triu_indices(names.size, 1)
    pick = np.arange(size) % first.size
    leads = lead_keys(seed, span(0, -(-size // (LEADS_A_YEAR // 2))), span(0, LEADS_A_YEAR))
    a, b = leads[0 : 2 * size : 2], leads[1 : 2 * size : 2]
    corners = [luck.uniforms(lead, names[d[pick]]) for lead in (a, b) for d in (first, second)]
    k = [whole(u) for u in corners]
    yield from random_bits((k[0] ^ k[1] ^ k[2] ^ k[3])[None, :])
    contrast = (corners[0] - corners[1] - corners[2] + corners[3]) * np.sqrt(3.0)
    yield "contrast", p_values.normal(float(contrast.sum()) / np.sqrt(size))
    cell = sum((u * 16).astype(np.int64) << (4 * place) for place, u in enumerate(corners))
    yield "16^4 cells", p_values.cells(np.bincount(np.asarray(cell), minlength=1 << 16))


# -- collisions --------------------------------------------------------------------------------------------------------


def collisions(keys: Keys) -> PValues:
    """Whether no two of these keys are equal, and as many as by chance in some 40 of their 64 bits."""
    pairs = keys.size * (keys.size - 1) / 2
    for name, shift in (("highest 40 bits", 24), ("middle 40 bits", 12), ("lowest 40 bits", 0)):
        part = (keys >> np.uint64(shift)) & np.uint64((1 << 40) - 1)
        part.sort()
        yield name, p_values.poisson(int(np.count_nonzero(part[1:] == part[:-1])), pairs / 2.0**40)
    ordered = np.sort(keys)
    equal = int(np.count_nonzero(ordered[1:] == ordered[:-1]))
    yield "all 64 bits", float(stats.poisson.sf(equal - 1, pairs / 2.0**64))  # one-sided: 1 where none are equal


def key_sets(seed: int, size: int) -> Iterator[tuple[str, Keys]]:
    """Keys of leads over seeds, streams, sources and replications; and words before the last mixing, leads by
    decisions."""
    sources = ("marketing", "inbound", "referral", "events", "outbound")
    reps = span(0, max(1, size // (len(sources) * 4 * LEADS_A_YEAR)))
    yield (
        "keys of leads",
        np.concatenate(
            [
                lead_keys(seed + s, reps, span(0, LEADS_A_YEAR), stream=stream, source=source)
                for s in (0, 1)
                for stream in (0, 1)
                for source in sources
            ]
        ),
    )
    names = np.array([decision(stage, roll, count) for stage in _STAGES[:2] for roll in ROLLS[:5] for count in (0, 1)])
    leads = lead_keys(seed, span(0, max(1, size // (names.size * LEADS_A_YEAR))), span(0, LEADS_A_YEAR))
    yield "words of rolls", (leads[:, None] ^ names[None, :]).ravel()


def all_tests(seed: int, size: int) -> Iterator[tuple[str, str, float]]:
    """Every test of the keys: its subject, its name, its p-value. ``size`` is that of the sequences elsewhere."""
    for part, flips in AVALANCHE.items():
        yield from ((f"avalanche: {part}", *found) for found in random_bits(flips(seed, size >> 8)))
    for part, table in NEIGHBOURS.items():
        yield from ((f"neighbours: {part}", *found) for found in neighbours(table(seed, size >> 6)))
    yield from (("squares of leads and decisions", *found) for found in squares(seed, size >> 2))
    for what, keys in key_sets(seed, round(size * 2.4)):
        yield from ((f"collisions: {what}", *found) for found in collisions(keys))
