"""What does a scenario say, with everything derived, uncertain or doubtful about it? Said back in sentences."""

from __future__ import annotations

from simfunnel.explanation.cautions import hints, warnings
from simfunnel.explanation.pilot import Pilot, pilot
from simfunnel.explanation.plan import plan_lines
from simfunnel.explanation.promises import promise_text
from simfunnel.explanation.scores import score_text
from simfunnel.explanation.sources import source_text
from simfunnel.explanation.stages import Rules, stage_text
from simfunnel.explanation.teams import team_text
from simfunnel.explanation.unknowns import unknown_text
from simfunnel.explanation.words import bullet, sentence, span
from simfunnel.resolved import Resolved, resolve
from simfunnel.results.text import error, plain
from simfunnel.scenario import Scenario

__all__ = ["explain"]


def explain(scenario: Scenario, *, uncertain: bool = True) -> str:
    """Say a scenario back in sentences: what it says, what was derived, what is uncertain, and what looks wrong.

    Parameters
    ----------
    scenario : Scenario
        From `load`, `loads` or `Scenario.change`.
    uncertain : bool
        Whether to list each uncertain input with its mean, P10 and P90.

    Returns
    -------
    str
        Headings and bullets, a line each; what stands in brackets is where a value was written. Durations and
        amounts carry their units; shares are percentages.

    Raises
    ------
    ScenarioError
        The scenario contradicts itself once it is worked out; all such faults are listed.

    Notes
    -----
    The first look is a pilot of a few hundred futures, the same each time; `simulate` gives the distribution.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {conversion: 25%, neglect: 12.5%, shelf_life: 30 days}}
    ... ''', name="q3.yaml")
    >>> print([line for line in sf.explain(base).splitlines() if "advance" in line][0])
      - 25 % of the worked advance, so 21.9 % of all that enter. [q3.yaml:5]
    """
    resolved = resolve(scenario)
    rules, first_look = Rules(resolved), pilot(resolved)
    parts = {
        "The plan": [bullet(line) for line in plan_lines(resolved)],
        "Where leads come from": source_text(resolved, rules),
        "How good they are": score_text(scenario),
        "What happens to them": stage_text(rules),
        "Who works them": team_text(resolved),
        "What is promised about stages": promise_text(rules),
        "What is uncertain": (unknown_text(scenario) or ["Every number is known."]) if uncertain else [],
        "A first look": [_first_look(resolved, first_look)],
        "Warnings": [f"- {sentence(text)}" for text in warnings(resolved, rules, first_look)] or ["None."],
        "Worth a second look": [f"- {sentence(text)}" for text in hints(rules)],
    }
    head = [scenario.name, *([" ".join(scenario.description.split())] if scenario.description else [])]
    sections = [["", heading.upper(), *lines] for heading, lines in parts.items() if lines]
    return "\n".join([*head, *(line for section in sections for line in section)])


def _first_look(resolved: Resolved, first_look: Pilot) -> str:
    deals, twin = (plain(value, first_look.deals_mcse) for value in (first_look.deals, first_look.twin_deals))
    text = f"{deals} deals on average before the horizon (Monte Carlo error {error(first_look.deals_mcse, 'deals')})"
    if twin != deals:
        text += f", {twin} if no lead went cold"
    if first_look.days_to_win:
        text += f"; a win takes {span(first_look.days_to_win)} in the median"
        text += ", the waiting for a team left out" if resolved.scenario.teams else ""
    return f"{sentence(text)} From {first_look.futures:,} futures; `simfunnel run` tells how they are distributed."
