"""In which orders does the engine make its random numbers?

Every order is an endless supply of uniforms, made by `simfunnel.luck` from keys that are folded as the engine folds
them; `check_against_engine` holds the folding against the engine's own arrays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import simfunnel as sf
from simfunnel import luck
from simfunnel.engine.arrivals import arrive
from simfunnel.engine.block import Block, decision
from simfunnel.engine.futures import simulate_block
from simfunnel.luck import Floats, Keys
from simfunnel.resolved import resolve

REFERENCE_YEAR = Path(__file__).parents[1] / "reference_year.yaml"
WIDTH = 52  # bits of a uniform
SOURCE = "marketing"
LEADS_A_YEAR = 500
WEEKS, LEADS_A_WEEK = 52, 20
COUNTS = 256  # rolls of one kind for one lead
A_BATCH = 1 << 16  # numbers made at a time, roughly
ROLLS = (  # every roll that a stage can make, by the names that the engine gives them
    "neglect",
    "response",
    "shelf_life",
    "patient",
    "give_up",
    "conversion",
    "takes",
    "rejected_takes",
    "cold exit",
    "cold return",
    "cold return after",
    "cold recycle after",
    "rejected exit",
    "rejected return",
    "rejected return after",
    "rejected recycle after",
)
ONE_LEADS = (  # the decisions of one lead in the interleaved order
    ("", "arrival"),
    ("", "sector"),
    ("mql", "conversion"),
    ("mql", "takes"),
    ("sql", "neglect"),
    ("sql", "response"),
    ("sql", "shelf_life"),
    ("sql", "conversion"),
    ("sql", "takes"),
    ("", "deal value"),
)


@dataclass(frozen=True)
class Order:
    """What follows what, in words, and the numbers in that order: batches without end."""

    meaning: str
    batches: Callable[[int], Iterator[Floats]]

    def take(self, size: int, *, seed: int) -> Floats:
        """The first ``size`` uniforms of this seed."""
        out, filled = np.empty(size), 0
        for batch in self.batches(seed):
            part = batch[: size - filled]
            out[filled : filled + part.size] = part
            filled += part.size
            if filled == size:
                break
        return out


def whole(uniforms: Floats) -> Keys:
    """The 52 bits k of each uniform (k + 1/2) / 2**52."""
    return (uniforms * 2.0**WIDTH).astype(np.uint64)  # exact: k + 1/2 has 53 bits, and the half is cut off


def span(first: int, size: int) -> Keys:
    """The whole numbers from ``first`` on."""
    return np.arange(first, first + size, dtype=np.uint64)


@dataclass(frozen=True)
class Components:
    """What leads are keyed by, one lead an entry; arrays of one size."""

    seed: Keys
    stream: Keys
    replication: Keys
    source: Keys  # the key of its name
    number: Keys

    def keys(self) -> Keys:
        """The keys of these leads: the chain of `Block` and `arrive`, with any component varying."""
        key = luck.fold_many(luck.fold(), self.seed)
        key = luck.fold_many(key, np.full(key.size, word("chance")))
        for part in (self.stream, self.replication, self.source, self.number):
            key = luck.fold_many(key, part)
        return key


def components(size: int, **given: int | Keys) -> Components:
    """Components of which those not given are the same for all: 0, or the reference year's source."""
    parts = {"seed": 0, "stream": 0, "replication": 0, "source": luck.fold(SOURCE), "number": 0} | given
    return Components(**{name: np.full(size, part, np.uint64) for name, part in parts.items()})


def word(name: str) -> np.uint64:
    """The 64 bits as which a name enters."""
    return np.uint64(luck._word(name))


def source_keys(seed: int, reps: Keys, *, stream: int = 0, source: str = SOURCE) -> Keys:
    """One key a replication, from which the leads of a source are numbered."""
    keys = luck.fold_many(luck.fold(seed, "chance", stream), reps)
    return luck.fold_many(keys, np.full(keys.size, luck.fold(source)))


def lead_keys(seed: int, reps: Keys, numbers: Keys, *, stream: int = 0, source: str = SOURCE) -> Keys:
    """The keys of the same lead numbers in each replication, replication by replication."""
    keys = source_keys(seed, reps, stream=stream, source=source)
    return luck.fold_many(np.repeat(keys, numbers.size), np.tile(numbers, reps.size))


def _leads(seed: int) -> Iterator[Floats]:
    for first in count(0, A_BATCH):
        yield luck.uniforms(lead_keys(seed, span(0, 1), span(first, A_BATCH)), decision("sql", "response"))


def _years(seed: int) -> Iterator[Floats]:
    reps = A_BATCH // LEADS_A_YEAR
    for first in count(0, reps):
        yield luck.uniforms(lead_keys(seed, span(first, reps), span(0, LEADS_A_YEAR)), decision("sql", "conversion"))


def _replications(seed: int) -> Iterator[Floats]:
    for first in count(0, A_BATCH):
        yield luck.uniforms(lead_keys(seed, span(first, A_BATCH), span(0, 1)), decision("sql", "response"))


def _decisions(seed: int) -> Iterator[Floats]:
    lead = lead_keys(seed, span(0, 1), span(0, 1))
    rolls, stages = np.array([word(name) for name in ROLLS]), A_BATCH // len(ROLLS)
    for first in count(0, stages):
        names = np.array([luck.fold(f"stage {number}") for number in range(first, first + stages)])
        keys = luck.fold_many(np.repeat(names, rolls.size), np.tile(rolls, stages))
        yield luck.uniforms(np.repeat(lead, keys.size), luck.fold_many(keys, np.zeros(keys.size, np.uint64)))


def _counts(seed: int) -> Iterator[Floats]:
    keys = luck.fold_many(luck.fold("sql", "response"), span(0, COUNTS))
    leads = A_BATCH // COUNTS
    for first in count(0, leads):
        lead = lead_keys(seed, span(0, 1), span(first, leads))
        yield luck.uniforms(np.repeat(lead, COUNTS), np.tile(keys, leads))


def _endless_counts(seed: int) -> Iterator[Floats]:
    lead = np.repeat(lead_keys(seed, span(0, 1), span(0, 1)), A_BATCH)
    for first in count(0, A_BATCH):
        yield luck.uniforms(lead, luck.fold_many(luck.fold("sql", "response"), span(first, A_BATCH)))


def _interleaved(seed: int) -> Iterator[Floats]:
    keys = np.array([decision(stage, name) for stage, name in ONE_LEADS])
    reps = A_BATCH // (LEADS_A_YEAR * keys.size)
    for first in count(0, reps):
        lead = lead_keys(seed, span(first, reps), span(0, LEADS_A_YEAR))
        yield luck.uniforms(np.repeat(lead, keys.size), np.tile(keys, lead.size))


def _seeds(seed: int) -> Iterator[Floats]:
    for first in count(seed, A_BATCH):
        yield luck.uniforms(components(A_BATCH, seed=span(first, A_BATCH)).keys(), decision("sql", "response"))


def _streams(seed: int) -> Iterator[Floats]:
    reps = A_BATCH // (2 * LEADS_A_YEAR)
    for first in count(0, reps):
        two = [lead_keys(seed, span(first, reps), span(0, LEADS_A_YEAR), stream=stream) for stream in (0, 1)]
        yield luck.uniforms(np.stack(two, axis=1).ravel(), decision("sql", "response"))


def _weeks(seed: int) -> Iterator[Floats]:
    weeks, within = np.repeat(span(0, WEEKS), LEADS_A_WEEK), np.tile(span(0, LEADS_A_WEEK), WEEKS)
    reps = A_BATCH // weeks.size
    for first in count(0, reps):
        keys = luck.fold_many(np.repeat(source_keys(seed, span(first, reps)), weeks.size), np.tile(weeks, reps))
        yield luck.uniforms(luck.fold_many(keys, np.tile(within, reps)), decision("", "arrival"))


def _ignorance(seed: int) -> Iterator[Floats]:
    knobs = ("conversion", "neglect", "patient", "dropped")
    keys = np.array([luck.fold("ignorance", "stage", stage, knob) for stage in ("mql", "sql", "sal") for knob in knobs])
    reps = A_BATCH // keys.size
    for first in count(0, reps):
        each = luck.fold_many(luck.fold(seed, "ignorance"), span(first, reps))
        yield luck.uniforms(np.repeat(each, keys.size), np.tile(keys, reps))


def _drift(seed: int) -> Iterator[Floats]:
    keys = np.array([luck.fold("sql", "drift", week) for week in range(WEEKS)])
    reps = A_BATCH // WEEKS
    for first in count(0, reps):
        each = luck.fold_many(luck.fold(seed, "chance", 0), span(first, reps))
        yield luck.uniforms(np.repeat(each, WEEKS), np.tile(keys, reps))


def _rolled(seed: int) -> Iterator[Floats]:
    """What the engine itself rolls in the reference year, each roll once: the twin meets the luck of the real lead."""
    plan, reps = resolve(sf.load(REFERENCE_YEAR)).plan, A_BATCH // 128
    for first in count(0, reps):
        words: list[Keys] = []
        values: list[Floats] = []
        with listening(words, values):
            simulate_block(plan, seed, first, reps)
        _, at = np.unique(np.concatenate(words), return_index=True)
        yield np.concatenate(values).take(np.sort(at))


@contextmanager
def listening(words: list[Keys], values: list[Floats]) -> Iterator[None]:
    """Note the word that each roll mixes, and its value, while the engine runs."""
    known = luck.uniforms

    def noted(keys: Keys, decision: np.uint64 | Keys, which: NDArray[np.int64] | None = None) -> Floats:
        out = known(keys, decision, which)
        words.append(np.bitwise_xor(keys if which is None else keys.take(which), decision))
        values.append(out.copy())
        return out

    luck.uniforms = noted  # the engine calls it through the module
    try:
        yield
    finally:
        luck.uniforms = known


ORDERS: Mapping[str, Order] = {
    "leads": Order("lead 0, 1, 2, ... of one replication, one decision", _leads),
    "years": Order(f"{LEADS_A_YEAR} leads of each replication, one decision: the engine's flat arrays", _years),
    "replications": Order("lead 0 of replication 0, 1, 2, ..., one decision", _replications),
    "decisions": Order(f"one lead, stage by stage its {len(ROLLS)} rolls", _decisions),
    "counts": Order(f"lead by lead the counts 0 to {COUNTS - 1} of one decision", _counts),
    "endless counts": Order("one lead, count 0, 1, 2, ... of one decision", _endless_counts),
    "interleaved": Order(f"lead by lead {len(ONE_LEADS)} decisions, {LEADS_A_YEAR} leads a replication", _interleaved),
    "seeds": Order("lead 0 of replication 0 under neighbouring seeds, one decision", _seeds),
    "streams": Order("in turn the same lead in stream 0 and in stream 1, one decision", _streams),
    "weeks": Order(f"leads numbered by week, {WEEKS} weeks of {LEADS_A_WEEK} a replication", _weeks),
    "ignorance": Order("replication by replication twelve uncertain rules", _ignorance),
    "drift": Order(f"replication by replication the {WEEKS} weekly shocks of a stage", _drift),
    "rolled": Order("the reference year as the engine rolls it, wave by wave, each roll once", _rolled),
}


def check_against_engine(seed: int) -> None:
    """Hold the keys and rolls of this file against those of the engine."""
    plan = resolve(sf.load(REFERENCE_YEAR)).plan
    leads, counts = arrive(Block(plan, seed, 3, 5))
    assert counts[0].min() > 0
    number = np.concatenate([span(0, n) for n in counts[0]])
    rep = np.repeat(span(3, 5), counts[0])
    assert np.array_equal(leads.key, components(rep.size, seed=seed, replication=rep, number=number).keys())
    assert np.array_equal(leads.key[: counts[0][0]], lead_keys(seed, span(3, 1), span(0, int(counts[0][0]))))
    fifth = np.full(leads.size, 5)
    roll = leads.roll(leads.everyone, "sql", "response", fifth)
    assert np.array_equal(roll, luck.uniforms(leads.key, luck.fold("sql", "response", 5)))
