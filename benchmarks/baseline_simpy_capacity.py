"""How long does the reference year with a team take in SimPy, as a competent user writes it?

What is the same as in the year without one is `baseline_simpy`'s. The people are a resource for which leads queue until
their shelf life ends; the ideal twin meets people without limit.
"""

import random

import baseline_simpy as base
import parameters as p
import simpy
from baseline_simpy import Counts, Lead, Life, Rates

PEOPLE = 3
SERVICE_DAYS = 2.0


def simulate(n_sims: int, *, seed: int) -> list[p.Year]:
    """Simulate `n_sims` replications of the reference year with a team, one after the other."""
    rng = random.Random(seed)
    return [one_year(rng) for _ in range(n_sims)]


def one_year(rng: random.Random) -> p.Year:
    """Simulate one replication: the actual year, its ideal twin, and what waiting and going cold cost."""
    rates, env, counts = base.draw_rates(rng), simpy.Environment(), Counts()
    people = simpy.Resource(env, PEOPLE)

    def lives(lead: Lead) -> tuple[Life, Life]:
        return actual_life(env, rng, rates, counts, people, lead), ideal_life(env, rates, counts, lead)

    return base.year_of(env, rng, rates, counts, lives)


def actual_life(
    env: simpy.Environment, rng: random.Random, rates: Rates, counts: Counts, people: simpy.Resource, lead: Lead
) -> Life:
    """Live one lead's year as it was; who waits and goes cold is `late`, who is served after all has `waited`."""
    yield env.timeout(lead.hand_over)
    visit, recycles = lead.first, 0
    while True:
        if visit.is_neglected:
            lead.cause = lead.cause or "neglected"
            yield env.timeout(visit.shelf_life)
        else:
            request = people.request()
            waits = not request.triggered
            if waits:
                yield request | env.timeout(visit.shelf_life)
            if request.triggered:
                lead.cause = lead.cause or ("waited" if waits else "")
                break
            lead.cause = lead.cause or "late"
            request.cancel()
        again = yield from base.recycle(env, rng, rates, counts, recycles)
        if again is None:
            return
        visit, recycles = again, recycles + 1
    env.process(service(env, rng, people, request))
    if base.closes(rates, counts, lead, recycles):
        yield env.timeout(lead.win_days)
        lead.won_at = env.now
        return
    yield env.timeout(lead.loss_days)
    counts.dropped += 1


def service(env: simpy.Environment, rng: random.Random, people: simpy.Resource, request: simpy.Event) -> Life:
    """Keep a person busy."""
    yield env.timeout(rng.expovariate(1 / SERVICE_DAYS))
    people.release(request)


def ideal_life(env: simpy.Environment, rates: Rates, counts: Counts, lead: Lead) -> Life:
    """Live the same lead's year where nobody is neglected and nobody waits."""
    yield env.timeout(lead.hand_over)
    counts.twin_worked += 1
    if lead.close_luck < rates.close:
        yield env.timeout(lead.win_days)
        lead.twin_won = True
