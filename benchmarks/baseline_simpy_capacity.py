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
    rates = Rates(rng.betavariate(*p.QUALIFY), rng.betavariate(*p.CLOSE), rng.betavariate(*p.NEGLECT))
    env = simpy.Environment()
    counts = Counts()
    env.process(arrivals(env, rng, rates, counts, simpy.Resource(env, PEOPLE)))
    env.run(until=p.HORIZON_DAYS)
    return base.book(counts)


def arrivals(env: simpy.Environment, rng: random.Random, rates: Rates, counts: Counts, people: simpy.Resource) -> Life:
    """Bring in leads as a Poisson process and send those that qualify into both worlds."""
    while True:
        yield env.timeout(rng.expovariate(p.MEAN_LEADS / p.HORIZON_DAYS))
        counts.arrived += 1
        if rng.random() >= rates.qualify:
            counts.dropped += 1
            continue
        lead = Lead(rng, rates)
        counts.leads.append(lead)
        env.process(actual_life(env, rng, rates, counts, people, lead))
        env.process(ideal_life(env, rates, counts, lead))


def actual_life(
    env: simpy.Environment, rng: random.Random, rates: Rates, counts: Counts, people: simpy.Resource, lead: Lead
) -> Life:
    """Live one lead's year as it was; the cause `late` stands for whoever waited, in vain or not."""
    yield env.timeout(lead.hand_over)
    visit, recycles = lead.first, 0
    while True:
        if visit.is_neglected:
            lead.cause = lead.cause or "neglected"
            yield env.timeout(visit.shelf_life)
        else:
            request = people.request()
            if not request.triggered:
                lead.cause = lead.cause or "late"
                yield request | env.timeout(visit.shelf_life)
            if request.triggered:
                break
            request.cancel()
        exit_luck = rng.random()
        if exit_luck < p.TO_COMPETITOR:
            counts.competitor += 1
            return
        if exit_luck < p.TO_COMPETITOR + p.TO_DROPPED or recycles == p.RECYCLE_LIMIT:
            counts.dropped += 1
            return
        yield env.timeout(rng.expovariate(1 / p.RECYCLE_DAYS))
        recycles += 1
        counts.reopened += 1
        if rng.random() >= base.with_odds(rates.qualify, p.RECYCLE_ODDS**recycles):
            counts.dropped += 1
            return
        yield env.timeout(rng.lognormvariate(*p.QUALIFY_DAYS))
        visit = base.draw_visit(rng, rates)
    counts.worked += 1
    env.process(service(env, rng, people, request))
    if lead.close_luck < base.with_odds(rates.close, p.RECYCLE_ODDS**recycles):
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
