"""What may the future bring? `simulate` runs a scenario: blocks of replications over workers, gathered in order."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import Executor
from operator import index

from simfunnel.claims import Claim, Selector, parse_claim, parse_selector
from simfunnel.engine.futures import Keep, simulate_block
from simfunnel.engine.one_pass import most_visits, suits
from simfunnel.engine.plan import Plan
from simfunnel.engine.score_profile import N_SUMS
from simfunnel.engine.tally import MEASURES
from simfunnel.errors import ClaimError
from simfunnel.gathering import Gathering
from simfunnel.progress import Progress, reporter
from simfunnel.resolved import Resolved, resolve
from simfunnel.results import Result
from simfunnel.results.intervals import half_width, looks
from simfunnel.scenario import Scenario, loads
from simfunnel.workers import Crew, cores

LEADS_A_BLOCK = 1 << 19  # enough that the calls of NumPy cost little beside the work in them
LEADS_A_BLOCK_WITH_CARDS = 1 << 16  # those of a lead whose queues are lived event by event take a kilobyte and more
VISITS_A_BLOCK = 1 << 21  # that may be made to queues lived in one pass: each takes about 300 bytes
REPLICATIONS_A_BLOCK = 1 << 12
CELLS_A_BLOCK = 1 << 22  # numbers in a block's tables, counts by stage, source and sector above all
MOST_REPLICATIONS = 10_000_000
_BYTES_A_LEAD = 400  # the engine's arrays for one lead, with what the walk holds at its widest
_BYTES_A_REPLICATION = 600  # the columns kept, without the timeline


def simulate(
    scenario: Scenario | Resolved,
    *,
    n_sims: int | None = None,
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    keep: Iterable[str] = (),
    precision: float | None = None,
    of: str = "deals",
    progress: bool | Progress = True,
    stream: int = 0,
) -> Result:
    """Simulate many futures of a scenario, and of its ideal twin.

    Parameters
    ----------
    scenario
        From `load`, `loads` or `Scenario.change`.
    n_sims
        Number of replications, 10,000 by default; with ``precision`` the most that may be used (a million by default).
    seed
        Any whole number from 0 on. The same seed gives the same futures whatever else is chosen here, and replication k
        is the same in every run that is long enough to have it.
    workers
        The most processes that share a run of more than a few seconds; default: one a core.
        ``executor`` takes any `concurrent.futures.Executor` instead.
    keep
        More measures to keep per replication: ``"revenue[sector=retail]"``, ``"cold_neglected[stage=sql]"``.
    precision, of
        Run until the half-width of the 95 % interval of ``of`` is at most ``precision``: a chance where ``of`` is a
        claim (``"deals >= 10"``), a mean where it is a measure. Looked at after 2,000, 4,000, 8,000 ... replications
        only.
    progress
        Show a bar when it takes longer than a second, or call this with replications done and asked for.
    stream
        Another stream has other luck and shares each replication's ignorance.

    Returns
    -------
    Result

    Raises
    ------
    ScenarioError
        The scenario contradicts itself.
    ClaimError
        ``of`` or ``keep`` names no measure.
    ValueError
        An argument is out of range, or the run would not fit into memory.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads("horizon: 1 year\\nprocess: [sql, customer]\\nsources: {inbound: {enters: sql, leads: 40}}\\n"
    ...                 "stages: {sql: {conversion: 25%}}")
    >>> run = sf.simulate(base, n_sims=1_000, seed=7)
    >>> run.to_frame().shape[0]
    1000
    """
    resolved = scenario if isinstance(scenario, Resolved) else resolve(scenario)
    n_sims = None if n_sims is None else whole("n_sims", n_sims)
    seed, stream = whole("seed", seed), whole("stream", stream)
    most = n_sims if n_sims is not None else 10_000 if precision is None else 1_000_000
    workers = cores() if workers is None else whole("workers", workers)
    check_terms(most, seed, workers, precision, stream)
    target = _target(of) if precision is not None else None
    named = [keep] if isinstance(keep, str) else [*keep]
    if target is not None:
        named.append(str(target.selector) if isinstance(target, Claim) else target)
    kept = keeps(named, resolved)
    per_block = block_size(resolved)
    check_memory(resolved, most, workers, per_block)
    gathering = Gathering(resolved, seed, stream, most)
    with Crew(workers, executor) as crew, reporter(progress, most) as report:
        for look in [most] if precision is None else looks(most):
            begins = range(gathering.n_sims, look, per_block)
            jobs = [(resolved.plan, seed, at, min(per_block, look - at), stream, kept) for at in begins]
            for part in crew.parts(simulate_block, jobs):
                gathering.add(part)
                report(gathering.n_sims)
            if precision is not None and _half_width(gathering.result(), target) <= precision:
                break
    return gathering.result()


def replay(run: Result, *, workers: int | None = None) -> Result:
    """Simulate again what a result says it was made from.

    Parameters
    ----------
    run
        Any result, also one read back from a file.
    workers
        As for `simulate`.

    Returns
    -------
    Result
        Equal to ``run`` (``==``, to the last bit) where the libraries' versions are the same.

    Examples
    --------
    >>> import simfunnel as sf
    >>> run = sf.simulate(sf.load("industrial"), n_sims=50, seed=7)
    >>> sf.replay(run) == run
    True
    """
    terms = run.terms
    scenario = loads(terms.scenario_yaml)
    return simulate(
        scenario,
        n_sims=terms.n_sims,
        seed=terms.seed,
        stream=terms.luck_stream,
        keep=tuple(run.futures.kept),
        workers=workers,
    )


def stretch(resolved: Resolved, start: int, stop: int, *, seed: int = 0, keep: Iterable[str] = ()) -> Result:
    """Replications ``start`` to ``stop`` of a run, simulated by this process: a part of what `simulate` gives.

    Examples
    --------
    >>> import simfunnel as sf
    >>> resolved = resolve(sf.load("industrial"))
    >>> part = stretch(resolved, 20, 50, seed=7)
    >>> bool((part.array("deals") == sf.simulate(resolved, n_sims=50, seed=7).array("deals")[20:]).all())
    True
    """
    kept = keeps(keep, resolved)
    per_block = block_size(resolved)
    check_memory(resolved, stop - start, 1, per_block)
    gathering = Gathering(resolved, seed, 0, stop - start)
    jobs = [(resolved.plan, seed, at, min(per_block, stop - at), 0, kept) for at in range(start, stop, per_block)]
    with Crew(1) as crew:
        for part in crew.parts(simulate_block, jobs):
            gathering.add(part)
    return gathering.result()


def block_size(resolved: Resolved) -> int:
    """Replications to a block: about `LEADS_A_BLOCK` leads, and no more than the tables kept of each allow."""
    plan = resolved.plan
    cells = len(plan.stages) * (len(MEASURES) * len(plan.sources) * len(plan.sectors) + 3 * plan.n_periods)
    cells += sum(int(plan.end / stage.drift.every) + 1 for stage in plan.stages if stage.drift is not None)
    cells += sum(8 * promise.n_periods for promise in plan.promises)  # with what summing them takes for a moment
    cells += 2 * N_SUMS * plan.n_periods * (plan.score is not None)
    fits = min(REPLICATIONS_A_BLOCK, _leads_a_block(plan) // max(resolved.leads, 1.0), CELLS_A_BLOCK // cells)
    return int(max(1, fits))


def _leads_a_block(plan: Plan) -> int:
    """How many leads may be simulated at a time, by what must be kept of each."""
    if not plan.teams:
        return LEADS_A_BLOCK
    if not suits(plan):
        return LEADS_A_BLOCK_WITH_CARDS
    return min(LEADS_A_BLOCK, VISITS_A_BLOCK // most_visits(plan))


def check_terms(n_sims: int, seed: int, workers: int, precision: float | None = None, stream: int = 0) -> None:
    """Refuse numbers that no run can have."""
    if not 1 <= n_sims <= MOST_REPLICATIONS:
        raise ValueError(f"n_sims is {n_sims}; it must be between 1 and {MOST_REPLICATIONS:,}")
    if seed < 0 or stream < 0:
        raise ValueError(f"seed and stream must not be negative; given {seed} and {stream}")
    if workers < 1:
        raise ValueError(f"workers is {workers}; at least 1 is needed")
    if precision is not None and not precision > 0:
        raise ValueError(f"precision is {precision}; it must be above 0")


def check_memory(resolved: Resolved, n_sims: int, workers: int, per_block: int) -> None:
    """Refuse what cannot fit into this machine's memory, and say what would."""
    memory = machine_memory()
    if memory is None:
        return
    blocks = workers * per_block * resolved.leads * _BYTES_A_LEAD
    each = _BYTES_A_REPLICATION + 12 * len(resolved.periods) + 16 * len(resolved.plan.promises)
    if blocks + 2 * n_sims * each <= memory:
        return
    fits = int(max(memory - blocks, 0) / 2 / each)
    advice = f"about {fits:,} replications would fit" if fits else "fewer leads or workers would"
    needed, there = (blocks + 2 * n_sims * each) / 2**30, memory / 2**30
    said = f"{n_sims:,} replications of {resolved.leads:,.0f} leads need about {needed:.1f} GiB"
    raise ValueError(f"{said}, this machine has {there:.1f}; {advice}")


def machine_memory() -> int | None:
    """Bytes of memory that this machine has, where it says so."""
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") if hasattr(os, "sysconf") else None


def whole(name: str, value: int) -> int:
    """A whole number, NumPy's too; a fraction, a text or a truth is none."""
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        raise TypeError(f"{name} must be a whole number, not {value!r}")
    return index(value)


def keeps(named: Iterable[str], resolved: Resolved) -> tuple[Keep, ...]:
    """What ``keep=`` names, each once; whole measures and periods are kept anyway."""
    found: dict[str, Keep] = {}
    for text in named:
        selector = parse_selector(text)
        if selector.where and [key for key, _ in selector.where] not in (["period"], ["sla"]):
            found.setdefault(str(selector), _keep(text, selector, resolved))
    return tuple(found.values())


def _keep(text: str, selector: Selector, resolved: Resolved) -> Keep:
    """A part of a measure as indices into the engine's counts."""
    plan, where = resolved.plan, dict(selector.where)
    if "period" in where:
        raise ClaimError(f"{text!r}: deals and revenue by period are kept, but not of a part")
    known = {"stage": plan.stage_names, "source": plan.source_names, "sector": plan.sectors}
    for key, value in where.items():
        if value not in known[key]:
            raise ClaimError(f"{text!r}: there is no {key} {value!r}; there are {', '.join(known[key])}")
    return Keep(str(selector), selector.name, **{key: known[key].index(value) for key, value in where.items()})


def _target(text: str) -> Claim | str:
    """What a precision is asked of: a mean (of a measure) or a chance (of a claim)."""
    try:
        return str(parse_selector(text))
    except ClaimError:
        return parse_claim(text)


def _half_width(result: Result, target: Claim | str | None) -> float:
    assert target is not None
    if isinstance(target, Claim):
        chance = result.chance(target)
        return half_width(chance.low, chance.high)
    mean = result.mean(target)
    # no spread so far is no proof of none: a rare deal may not have been seen yet
    return half_width(mean.low, mean.high) if mean.mcse > 0 else float("inf")
