"""Which rolls move together, and which means would be wrong if they did?"""

from __future__ import annotations

from collections.abc import Iterator

from simfunnel.distributions import copula
from simfunnel.engine.plan import Together
from simfunnel.errors import Problem
from simfunnel.resolved.inputs import Inputs
from simfunnel.resolved.naming import key_path
from simfunnel.resolved.stages import Stages
from simfunnel.scenario import schema
from simfunnel.scenario.correlations import groups, moving
from simfunnel.scenario.text import quoted
from simfunnel.scenario.tree import nearest

Names = tuple[str, ...]

_MOST_SHOWN, _CLOSE = 8, 0.75
_IN_TIME = {"conversion", "neglect", "response", "shelf_life", "patient", "give_up"}
_OF_LIFTS = {"conversion", "drift.sd", "score_weight", "score.weight"}


def together(
    scenario: schema.Scenario, inputs: Inputs, stages: Stages, problems: list[Problem]
) -> tuple[Together, ...]:
    """Groups of rolls that move together; what cannot be is booked in ``problems``."""
    if not scenario.correlate:
        return ()
    rolls = {key_path(each.names[1:], inputs.sectors): each.names for each in inputs.inputs}
    unknown = dict.fromkeys(path for pair in scenario.correlate for path in pair[:2] if path not in rolls)
    problems += [Problem("correlate", _unknown(path, list(rolls))) for path in unknown]
    if unknown:
        return ()
    pairs = moving(scenario.correlate)
    for one, other, _ in pairs:
        for why in _wrong_means(scenario, stages, inputs, rolls[one][1:], rolls[other][1:]):
            problems.append(Problem("correlate", f"{quoted(one)} and {quoted(other)} {why}"))
    found = []
    for names in groups(pairs):
        ranks = {(one, other): rank for one, other, rank in pairs if one in names}
        found.append(Together(tuple(rolls[path] for path in names), copula.factor(copula.matrix(names, ranks))))
    return tuple(found)


def _unknown(path: str, known: list[str]) -> str:
    """That nothing is rolled under this path, and what was probably meant."""
    said = f"{quoted(path)} is not an uncertain input, rolled once per future"
    shared = path.partition("[")[0]
    if shared.startswith("sectors."):
        shared = shared.split(".", 2)[-1]
    if shared in known:
        return f"{said}; sectors read one roll unless they say `independent`: write '{shared}'"
    below = next((each for each in known if each.startswith(f"{path}.")), None)
    close = below or nearest(path, known, cutoff=_CLOSE)
    if close is not None:
        return f"{said}; did you mean '{close}'?"
    some = ", ".join(sorted(known)[:_MOST_SHOWN]) or "none"
    return f"{said}; there {'is' if len(known) == 1 else 'are'} {some}{' and more' * (len(known) > _MOST_SHOWN)}"


def _wrong_means(scenario: schema.Scenario, stages: Stages, inputs: Inputs, one: Names, other: Names) -> Iterator[str]:
    """Why two inputs may not move together: a rule is resolved by a mean over both as if they were independent."""
    if any({one, other} <= set(each) for each in inputs.parameters):
        yield "are parameters of one distribution, whose mean is over both as if they were independent; leave one out"
    for name in stages.names[:-1]:
        rules = {_rule(names, name) for names in (one, other)}
        if rules <= _IN_TIME and any(rule.conversion_of_entered is not None for rule in stages.rules[name]):
            said = f"both enter the share of the leads of {name} that its `conversion_of_entered` is worked out by"
            yield f"{said}, as if they were independent; write `conversion` (of worked leads), or leave the pair out"
        if rules <= _OF_LIFTS and name in stages.lifted:
            said = f"both enter the mean conversion of {name} that a `lift` is of"
            yield f"{said}, as if they were independent; write `odds` in its place, or leave the pair out"


def _rule(names: Names, stage: str) -> str:
    """Which rule of a stage an input belongs to; empty where it belongs elsewhere."""
    if names[:2] == ("stage", stage):
        return names[2]
    return names[1] if names[0] == "scenario" else ""
