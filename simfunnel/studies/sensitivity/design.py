"""How is something that nobody knows rolled again, or held at a value, while all else stays as it is?

No scenario is written anew: a roll is keyed by the names of its input, and a value is read off it by a sampler. Another
name is another roll, another sampler another reading.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from simfunnel.distributions import Distribution
from simfunnel.engine.plan import Floats, Input, Plan, Sampler
from simfunnel.resolved import Resolved
from simfunnel.resolved.naming import in_words, key_path
from simfunnel.scenario import Scenario

Names = tuple[str, ...]
_AGAIN = "ignorance again"  # no input is named so: their names begin with "ignorance"


@dataclass(frozen=True)
class Unknown:
    """An uncertain input, by the names that key its roll: inputs with the same names are one unknown."""

    names: Names
    path: str
    words: str


@dataclass(frozen=True, eq=False)
class Held:
    """A sampler whose values are all the same: that which the wrapped one has at this share."""

    sampler: Sampler
    at: float

    def quantile(self, u: Floats, inputs: Sequence[Floats | float] = ()) -> Floats:
        return self.sampler.quantile(np.full_like(u, self.at), inputs)


def unknowns(resolved: Resolved) -> tuple[Unknown, ...]:
    """What is unknown in a scenario, each once, in the order in which it is first read."""
    sectors, found = resolved.plan.sectors, []
    for names in dict.fromkeys(each.names for each in resolved.plan.inputs):
        written = _as_written(resolved.scenario, names[1:])
        found.append(Unknown(names, key_path(written, sectors), in_words(written, sectors)))
    return tuple(found)


def _as_written(scenario: Scenario, names: Names) -> Names:
    """A conversion that is stated of all that enter has values, and a key, of its own."""
    if names[0] != "stage" or names[2] != "conversion":
        return names
    rules = [scenario.stage(names[1], sector) for sector in scenario.sectors or (None,)]
    if any(isinstance(rule.conversion, Distribution) for rule in rules):
        return names
    return (*names[:2], "conversion_of_entered", *names[3:])


def factors(resolved: Resolved) -> tuple[tuple[Unknown, ...], ...]:
    """What varies independently: each unknown, those that move together as one."""
    found = {each.names: each for each in unknowns(resolved)}
    groups = [tuple(found.pop(names) for names in group.names) for group in resolved.plan.together]
    whole = [*groups, *((each,) for each in found.values())]
    order = {each.names: at for at, each in enumerate(unknowns(resolved))}
    return tuple(sorted(whole, key=lambda group: min(order[each.names] for each in group)))


def again(resolved: Resolved, names: Collection[Names]) -> Resolved:
    """The scenario where these unknowns are rolled once more and all others as before."""
    plan = resolved.plan

    def other(each: Names) -> Names:
        return (_AGAIN, *each[1:]) if each in names else each

    inputs = tuple(Input(other(each.names), each.sampler) for each in plan.inputs)
    together = tuple(replace(each, names=tuple(other(one) for one in each.names)) for each in plan.together)
    return _with(resolved, replace(plan, inputs=inputs, together=together))


def held(resolved: Resolved, names: Names, at: float) -> Resolved:
    """The scenario where an unknown has its quantile at this share in every future; what moves together with it keeps
    its own roll."""
    plan = resolved.plan
    inputs = tuple(Input(each.names, Held(each.sampler, at)) if each.names == names else each for each in plan.inputs)
    return _with(resolved, replace(plan, inputs=inputs))


def _with(resolved: Resolved, plan: Plan) -> Resolved:
    return replace(resolved, plan=plan)
