"""What is there still to do in a sweep, and how much of it makes one job?"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from simfunnel import compiled
from simfunnel.resolved import resolve
from simfunnel.simulation import simulate, stretch
from simfunnel.studies.sweep.definition import Sweep
from simfunnel.studies.sweep.store import Piece, Pieces

SECONDS = 2.0  # that a job should take: what death may cost, and much beside what handing out and writing do
_SHORTEST = 0.2  # seconds, towards the end, so that all workers end together
_COLD = 4.0  # seconds that the first job takes at most for what is done once
_PROBE = 100  # replications of a point before anything has been measured
_CELLS = 1 << 21  # numbers in a part, so that it is easily written and read

Entry = tuple[int, int, int]  # a point, and its replications from ... to


@dataclass(frozen=True)
class Job:
    """Replications of one or several points, simulated together and written as one part.

    Attributes
    ----------
    entries : tuple of (int, int, int)
        Point, and replications from ... to. With a precision they are the most, and one run decides.
    deaths : int
        How many processes have died of it, or in its company.
    """

    entries: tuple[Entry, ...]
    deaths: int = 0

    @property
    def weight(self) -> int:
        """Replications."""
        return sum(stop - start for _, start, stop in self.entries)

    def singly(self) -> list[Job]:
        """A job for each of its entries."""
        return [Job((entry,), 1) for entry in self.entries]


@dataclass(frozen=True, eq=False)
class Done:
    """What a job has brought, and in how many seconds."""

    pieces: tuple[Piece, ...]
    seconds: float


@dataclass(frozen=True, eq=False)
class Orders:
    """What somebody must be told who does a job: an object, as Dask looks for tasks of its own in tuples.

    Attributes
    ----------
    sweep : Sweep
        Without its other points.
    columns : tuple of str
        What to keep.
    points : tuple of int
        Which of all points those of this sweep are.
    entries : tuple of (int, int, int)
        As of the `Job`.
    """

    sweep: Sweep
    columns: tuple[str, ...]
    points: tuple[int, ...]
    entries: tuple[Entry, ...]


def do(orders: Orders, attempt: int = 0) -> Done:
    """Do a job, in whichever process.

    Parameters
    ----------
    attempt
        Says nothing, but that an executor should not take a job done again for one that it has done.
    """
    begun = time.perf_counter()
    pieces = []
    for point, start, stop in orders.entries:
        try:
            pieces.append(_piece(orders, (point, start, stop)))
        except Exception as error:  # whatever it is, it is this point's: the others are worth having
            pieces.append(Piece(point, start, stop, {}, reason(error)))
    return Done(tuple(pieces), time.perf_counter() - begun)


def warm_up(orders: Orders) -> None:
    """Have a process of our own do what it does once, with one replication that nobody wants: import and compile."""
    compiled.begin_at(compiled.PAYS_FROM)
    do(orders)


def _piece(orders: Orders, entry: Entry) -> Piece:
    (point, start, stop), sweep, columns = entry, orders.sweep, orders.columns
    resolved = resolve(sweep.scenario(orders.points.index(point)))
    if sweep.precision is None:
        run = stretch(resolved, start, stop, seed=sweep.seed, keep=columns)
    else:
        run = simulate(
            resolved, n_sims=stop, seed=sweep.seed, keep=columns, workers=1, progress=False,
            precision=sweep.precision.within, of=sweep.precision.of,
        )  # fmt: skip
    found = {column: run.array(column) for column in columns}
    return Piece(point, start, start + run.n_sims, found)


def reason(error: BaseException) -> str:
    """Why a point has failed: our own words where they are such, else the kind of error too."""
    if isinstance(error, ValueError) or type(error).__module__.startswith("simfunnel."):
        return str(error)
    if isinstance(error, MemoryError):
        return "there was not enough memory for it"
    return f"{type(error).__name__}: {error}"


class Work:
    """What a store lacks of a sweep, cut into jobs of about `SECONDS`.

    Points with a precision take one run each; the others may be cut at any replication.
    """

    def __init__(self, sweep: Sweep, columns: Sequence[str], store: Pieces) -> None:
        self.sweep, self.columns, self._store = sweep, tuple(columns), store
        self._left: deque[Entry] = deque()
        self._again: deque[Job] = deque()
        self._out: list[Job] = []
        self._weight_done = self._seconds = 0.0
        self._n_counted = 0
        for point in range(sweep.n_points):
            self._left.extend((point, start, stop) for start, stop in self._missing(point))
        self.points = tuple(dict.fromkeys(point for point, _, _ in self._left))
        self._weight_left = sum(map(self._weight, self._left))  # what is handed out too

    def _missing(self, point: int) -> list[tuple[int, int]]:
        if self.sweep.precision is not None:
            return [] if self._store.n_sims(point) else [(0, self.sweep.precision.most)]
        return self._store.missing(point, self.sweep.n_sims)

    @property
    def is_left(self) -> bool:
        """Whether there is anything to hand out."""
        self._drop_failed()
        return bool(self._left or self._again)

    @property
    def n_points(self) -> float:
        """Points that are not done yet, parts of points as such."""
        return self._weight_left / self._share

    @property
    def is_measured(self) -> bool:
        """Whether it is known how fast jobs are done."""
        return self._n_counted > 1 or self._seconds > _COLD

    @property
    def seconds(self) -> float:
        """What is left takes one worker so long, as far as is known."""
        return self.n_points * self._a_point

    @property
    def _a_point(self) -> float:
        return self._seconds / self._weight_done * self._share if self._weight_done else float("inf")

    @property
    def _share(self) -> int:
        return 1 if self.sweep.precision is not None else self.sweep.n_sims

    def next(self, workers: int, seconds: float = SECONDS) -> Job:
        """The next job, of about so many seconds, where so many are at work."""
        job = self._next(workers, seconds)
        self._out.append(job)
        return job

    def is_back(self, job: Job) -> None:
        """A job that was handed out is, whatever has come of it."""
        self._out.remove(job)

    def _next(self, workers: int, seconds: float) -> Job:
        self._drop_failed()
        if self._again:
            return self._again.popleft()
        if not self._weight_done:
            return self._probe()
        a_weight = self._seconds / self._weight_done
        seconds = max(min(seconds, a_weight * self._weight_left / workers / 2), _SHORTEST)
        return Job(self._cut(max(1, int(seconds / a_weight))))

    def again(self, job: Job) -> None:
        """A job is to be done once more, before others."""
        self._again.append(job)

    def give_up(self, job: Job) -> None:
        """A job is not done again."""
        self._weight_left -= sum(map(self._weight, job.entries))

    def count(self, job: Job, done: Done) -> None:
        """A job is done, in so much time."""
        self.give_up(job)
        # the first has waited for what is imported and compiled once
        before = 0.0 if self._n_counted == 1 else 0.5
        self._seconds = before * self._seconds + done.seconds
        self._weight_done = before * self._weight_done + sum(map(self._weight, job.entries))
        self._n_counted += 1

    @property
    def sample(self) -> Orders:
        """What `warm_up` must be told."""
        one = replace(self.sweep, texts=self.sweep.texts[:1], numbers=self.sweep.numbers[:1], precision=None)
        return Orders(one, self.columns, (0,), ((0, 0, 1),))

    def orders(self, job: Job) -> Orders:
        """What `do` must be told."""
        points = tuple(dict.fromkeys(point for point, _, _ in job.entries))
        texts = tuple(self.sweep.texts[point] for point in points)
        numbers = tuple(self.sweep.numbers[point] for point in points)
        sweep = replace(self.sweep, texts=texts, numbers=numbers)
        return Orders(sweep, self.columns, points, job.entries)

    def _weight(self, entry: Entry) -> int:
        return 1 if self.sweep.precision is not None else entry[2] - entry[1]

    def _probe(self) -> Job:
        """A little of the first point, of one in the middle and of the last: they may take unlike times."""
        places = dict.fromkeys((0, len(self._left) // 2, len(self._left) - 1))
        if self.sweep.precision is not None or len(self._left) == 1:
            return Job(self._cut(_PROBE if self.sweep.precision is None else 1))
        entries = []
        for place in places:
            point, start, stop = self._left[place]
            middle = min(stop, start + _PROBE)
            entries.append((point, start, middle))
            self._left[place] = (point, middle, stop)
        self._left = deque(entry for entry in self._left if entry[1] < entry[2])
        return Job(tuple(entries))

    def _cut(self, weight: int) -> tuple[Entry, ...]:
        """So much off the front."""
        if self.sweep.precision is None:
            weight = min(weight, max(1, _CELLS // len(self.columns)))
        entries: list[Entry] = []
        while self._left and weight > 0:
            point, start, stop = self._left.popleft()
            if self._store.failure(point) is not None:
                self._weight_left -= self._weight((point, start, stop))
                continue
            cut = stop if self.sweep.precision is not None else min(stop, start + weight)
            entries.append((point, start, cut))
            weight -= self._weight(entries[-1])
            if cut < stop:
                self._left.appendleft((point, cut, stop))
        return tuple(entries)

    def _drop_failed(self) -> None:
        """What is left of a point that has failed is not done."""
        while self._left and self._store.failure(self._left[0][0]) is not None:
            self._weight_left -= self._weight(self._left.popleft())
