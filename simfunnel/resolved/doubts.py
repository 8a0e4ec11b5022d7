"""Which rules of a scenario do nothing, or not quite what their author will have meant?

They are no faults: the scenario can be run as it stands. `check` says them beside its faults, `explain` among its
warnings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from simfunnel.distributions import Distribution, value_text
from simfunnel.errors import Problem
from simfunnel.resolved.calendar import label
from simfunnel.resolved.inputs import CENTS, Number, exit_share
from simfunnel.resolved.nurture import fewest_days, most_points, threshold_decides
from simfunnel.resolved.recycle_doubts import recycle_doubts
from simfunnel.resolved.resolution import written_at
from simfunnel.resolved.score_doubts import score_doubts
from simfunnel.resolved.scores import share_above
from simfunnel.resolved.sla_doubts import sla_doubts
from simfunnel.resolved.sources import expected_leads
from simfunnel.resolved.stages import in_time
from simfunnel.resolved.team_doubts import team_doubts
from simfunnel.resolved.yield_doubts import yield_doubts
from simfunnel.scenario import Scenario, Score, Stage

_NEAR = 3.0  # days from the end of a calendar month or quarter: nobody means to stop there
_ROUNDED_OFF = 0.01  # of a price, by counting it in whole cents
_NONE = 1e-9  # a share that is what a `rest` leaves of shares that sum to 100 %
_NOBODY = 1e-4  # one lead in ten thousand
_MONTH = 365.0 / 12.0
_MONTHS_IN = {"month": 1, "quarter": 3}


def doubts(scenario: Scenario) -> tuple[Problem, ...]:
    """What should be looked at, in words: key path, what is odd and the nearest fix, file and line.

    Examples
    --------
    >>> from simfunnel.scenario import loads
    >>> odd = loads('''
    ... start: 2027-01-01
    ... horizon: 1 quarter
    ... period: quarter
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {conversion: 25%}}
    ... ''', name="q1.yaml")
    >>> print(doubts(odd)[0])  # doctest: +ELLIPSIS
    q1.yaml:3: horizon: ends 1.25 days into 2027-Q2, ... `horizon: 90 days` ends with 2027-Q1
    """
    found = [*_horizon(scenario), *_sources(scenario), *_stages(scenario), *_cents(scenario)]
    found += [*_never_used(scenario), *_programmes(scenario), *_expansion(scenario), *_too_slow(scenario)]
    found += [*team_doubts(scenario), *score_doubts(scenario), *sla_doubts(scenario), *recycle_doubts(scenario)]
    found += yield_doubts(scenario)
    return tuple(Problem(path, message, written_at(scenario, path)) for path, message in found)


def _horizon(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """A horizon that misses the end of a calendar period by a day or two."""
    step = _MONTHS_IN.get(scenario.period)
    if step is None or scenario.start.day != 1:
        return
    last = scenario.start + timedelta(days=round(scenario.horizon))
    ends = (_next(last - timedelta(days=40 * step), step), _next(last - timedelta(days=5), step))
    for end in dict.fromkeys(ends):
        days = (end - scenario.start).days
        beyond = scenario.horizon - days
        if not 0.0 < abs(beyond) < _NEAR or days <= 0:
            continue
        before, after = label(end - timedelta(days=1), scenario.period), label(end, scenario.period)
        off = f"{abs(beyond):.3g} {'day' if abs(beyond) == 1 else 'days'}"
        where = f"{off} short of the end of {before}"
        if beyond > 0:
            where = f"{off} into {after}, which is reported as a period of its own"
        is_of_months = abs(scenario.horizon / _MONTH - round(scenario.horizon / _MONTH)) < 1e-9
        why = ", as a year has 365 days here and a month a twelfth of that" if is_of_months else ""
        yield "horizon", f"ends {where}{why}; `horizon: {days} days` ends with {before}"


def _next(day: date, step: int) -> date:
    """The first day of the next calendar month or quarter."""
    months = day.year * 12 + (day.month - 1) // step * step + step
    return date(months // 12, months % 12 + 1, 1)


def _sources(scenario: Scenario) -> Iterator[tuple[str, str]]:
    for name, source in scenario.sources.items():
        if expected_leads(scenario, source) <= 0.0:
            key = next(key for key in ("leads", "visits", "budget", "share") if getattr(source, key) is not None)
            more = "write how many there are" if key in ("leads", "visits") else "let it spend more"
            yield f"sources.{name}.{key}", f"brings no leads; {more}, or leave the source out"
        for key in ("odds", "lift"):
            if getattr(source, key) not in (None, 0.0) and _no_odds_count(scenario, source.enters):
                said = "moves nothing, as thresholds say at every stage which of its leads advance"
                yield f"sources.{name}.{key}", f"{said}; leave it out, or write a `conversion` at one of them"


def _no_odds_count(scenario: Scenario, enters: str) -> bool:
    """Whether a threshold decides at every stage that leads pass."""
    passed, sectors = _passed(scenario, enters), scenario.sectors or [None]
    return all(threshold_decides(scenario.stage(name, sector)) for name in passed for sector in sectors)


def _stages(scenario: Scenario) -> Iterator[tuple[str, str]]:
    late = "ends before anybody can be worked, so every lead goes cold; write a longer one, or a shorter response"
    for name in scenario.process[:-1]:
        for path in _where(scenario, name, _gives_up_too_late):
            yield f"{path}.give_up", "never acts, as no shelf life is longer; write a shorter one, or leave it out"
        for path in _where(scenario, name, lambda rule: rule.patient not in (None, 0.0) and rule.shelf_life is None):
            yield f"{path}.patient", "does nothing, as leads keep for ever here; write a `shelf_life`, or leave it out"
        for path in _where(scenario, name, lambda rule: _lasts_too_short(rule) == "give_up"):
            yield f"{path}.give_up", late
        for path in _where(scenario, name, lambda rule: _lasts_too_short(rule) == "shelf_life"):
            yield f"{path}.shelf_life", late


def _where(scenario: Scenario, name: str, is_odd: Callable[[Stage], bool]) -> list[str]:
    """Key paths of a stage whose rules are odd: the common one where they are so in every sector."""
    sectors: list[str | None] = [*scenario.sectors] or [None]
    odd = [sector for sector in sectors if is_odd(scenario.stage(name, sector))]
    if len(odd) == len(sectors):
        return [f"stages.{name}"]
    return [f"sectors.{sector}.stages.{name}" for sector in odd]


def _lasts_too_short(rule: Stage) -> str | None:
    """The rule by which every lead goes cold, however soon it is worked."""
    if in_time(rule) > 0.0:
        return None
    return "shelf_life" if in_time(rule.model_copy(update={"shelf_life": None})) > 0.0 else "give_up"


def _never_used(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Rules about leads that no exit sends there; a return uses the rule of recycling too."""
    for name in scenario.process[:-1]:
        for path, rules in _written(scenario, name, "returns").items():
            if not any(_sends(rule, "competitor") for rule in rules):
                said = "brings nobody back, as no cold or rejected lead goes to a competitor here"
                yield path, f"{said}; write such as `rejected: {{competitor: 30%, dropped: rest}}`, or leave it out"
        for path, rules in _written(scenario, name, "recycle").items():
            if not any(_sends(rule, "recycle") or (rule.returns and _sends(rule, "competitor")) for rule in rules):
                said = "recycles nobody, as no share of the cold or rejected leads is recycled here"
                yield path, f"{said}; write such as `rejected: {{recycle: 20%, dropped: rest}}`, or leave it out"


def _written(scenario: Scenario, name: str, key: str) -> dict[str, list[Stage]]:
    """The rules of the sectors that use a key, by the path at which they find it."""
    found: dict[str, list[Stage]] = {}
    for sector in scenario.sectors or [None]:
        rule = scenario.stage(name, sector)
        own = None if sector is None else scenario.sectors[sector].stages.get(name)
        prefix = "" if own is None or getattr(own, key) is None else f"sectors.{sector}."
        if getattr(rule, key) is not None:
            found.setdefault(f"{prefix}stages.{name}.{key}", []).append(rule)
    return found


def _sends(rule: Stage, way: str) -> bool:
    """Whether any cold or rejected lead goes this way."""
    cold = () if rule.cold is None else (rule.cold.neglected, rule.cold.late)
    return any(exit_share(exits, way) > _NONE for exits in (*cold, rule.rejected) if exits is not None)


def _programmes(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Programmes that send nothing, or nothing that counts."""
    for name in scenario.process[:-1]:
        for path, rules in _written(scenario, name, "programme").items():
            rule = rules[0].programme
            assert rule is not None
            most = most_points(rule)
            if rule.touches == 0:
                yield f"{path}.touches", "sends nothing; write how many there are, or leave the programme out"
            elif rule.threshold is not None and _is_out_of_reach(rule.threshold - most, scenario.score):
                said = f"is out of reach: all of the {rule.touches} touches, opened and clicked, add {most:,g} points"
                if scenario.score is not None:
                    said += f" to scores of {scenario.score.mean:g} with a standard deviation of {scenario.score.sd:g}"
                yield f"{path}.threshold", f"{said}; write a lower one, more touches or more points"
            elif rule.threshold is None and all(_is_over_at_once(each) for each in rules):
                said = "sends nothing, as visits take no time here: without a `threshold` it runs beside them"
                yield path, f"{said}; write a `threshold`, or how long advancing `takes`"
            elif rule.threshold is None and (rule.points != 1.0 or rule.points_per_open):
                key = "points" if rule.points != 1.0 else "points_per_open"
                yield f"{path}.{key}", "does nothing without a `threshold`; write one, or leave it out"
            if rule.odds not in (None, 1.0) and _is_last_attempt(scenario, name):
                said = "moves nothing: it counts at later attempts, and after this stage there are none"
                yield f"{path}.odds", f"{said}; nurture at an earlier stage, or leave it out"


def _is_last_attempt(scenario: Scenario, name: str) -> bool:
    """Whether no odds count after a stage: no conversion comes later, and nobody comes back."""
    for sector in scenario.sectors or [None]:
        here, *later = [scenario.stage(each, sector) for each in _passed(scenario, name)]
        if not all(threshold_decides(rule) for rule in later):
            return False
        if any(_sends(rule, "recycle") or (rule.returns and _sends(rule, "competitor")) for rule in (here, *later)):
            return False
    return True


def _is_out_of_reach(lacking: float, score: Score | None) -> bool:
    """Whether so many points are still lacking after all touches to as good as every lead."""
    return lacking > _NONE if score is None else share_above(score, lacking) < _NOBODY


def _is_over_at_once(rule: Stage) -> bool:
    takes = _reach(rule.takes or 0.0)[1]
    return max(takes, 0.0 if rule.rejected_takes is None else _reach(rule.rejected_takes)[1]) == 0.0


def _expansion(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Customers who would buy further after the run's end."""
    end = scenario.horizon + scenario.run_off
    levels = {"": scenario.expansion} | {f"sectors.{name}.": each.expansion for name, each in scenario.sectors.items()}
    for prefix, rule in levels.items():
        if rule is not None and _reach(rule.delay)[0] >= end:
            said = f"lets nobody buy further, as the run ends after {value_text(end, 'duration')}"
            yield f"{prefix}expansion.delay", f"{said}; write a shorter one, or a longer `horizon` or `run_off`"


def _too_slow(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """A run that ends before anybody can advance at a stage, or be won at all."""
    end = scenario.horizon + scenario.run_off
    said, fix = f"the run ends after {value_text(end, 'duration')}", "a longer `horizon` or `run_off`"
    slow = [
        path
        for name in scenario.process[:-1]
        for path in _where(scenario, name, lambda rule: _least(rule, scenario.score) > end)
    ]
    for path in slow:
        key = "takes" if _reach(_rule_at(scenario, path).takes or 0.0)[0] > end else "programme"
        yield f"{path}.{key}", f"lets nobody advance, as {said}; write a shorter one, or {fix}"
    ways = [
        sum(_least(rule, scenario.score) + _reach(rule.response or 0.0)[0] for rule in rules)
        for source in scenario.sources.values()
        for sector in scenario.sectors or [None]
        if (rules := [scenario.stage(each, sector) for each in _passed(scenario, source.enters)])
    ]
    if not slow and min(ways) > end:
        least = value_text(round(min(ways), 2), "duration")
        yield "horizon", f"lets nobody be won, as {said} and all that a lead takes is {least} or more; write {fix}"


def _least(rule: Stage, score: Score | None) -> float:
    """Days that advancing takes at least, with the touches that it needs (none for who has the score already)."""
    touches = 0.0 if rule.programme is None or score is not None else fewest_days(rule.programme)
    return touches + _reach(rule.takes or 0.0)[0]


def _rule_at(scenario: Scenario, path: str) -> Stage:
    """The rules of a stage at a key path that `_where` gave."""
    *sector, _, name = path.split(".")
    return scenario.stage(name, sector[1] if sector else next(iter(scenario.sectors), None))


def _passed(scenario: Scenario, enters: str) -> tuple[str, ...]:
    """The stages that a lead passes until it is won."""
    return scenario.process[scenario.process.index(enters) : -1]


def _gives_up_too_late(rule: Stage) -> bool:
    """Whether every lead has gone cold by itself before anybody gives it up."""
    if rule.give_up is None or rule.shelf_life is None or rule.patient not in (None, 0.0):
        return False
    return _reach(rule.give_up)[0] >= _reach(rule.shelf_life)[1]


def _reach(value: Number) -> tuple[float, float]:
    return value.support() if isinstance(value, Distribution) else (value, value)


def _cents(scenario: Scenario) -> Iterator[tuple[str, str]]:
    """Prices of which whole cents leave something out, or to which they add something."""
    for path, value in _prices(scenario):
        if not isinstance(value, float) or abs(round(value * CENTS) / CENTS - value) <= _ROUNDED_OFF * value:
            continue
        counted = value_text(round(value * CENTS) / CENTS, "money")
        yield path, f"is {value_text(value, 'money')}, and counts as {counted}: money is in whole cents"


def _prices(scenario: Scenario) -> Iterator[tuple[str, Number | None]]:
    for name, source in scenario.sources.items():
        if source.budget is None and source.share is None:  # a budget buys at any price
            yield f"sources.{name}.cost_per_lead", source.cost_per_lead
    levels = {"": scenario.stages} | {f"sectors.{name}.": each.stages for name, each in scenario.sectors.items()}
    for prefix, stages in levels.items():
        for name, stage in stages.items():
            yield f"{prefix}stages.{name}.cost_per_entry", stage.cost_per_entry
            yield f"{prefix}stages.{name}.cost_per_work", stage.cost_per_work
            if stage.recycle is not None:
                yield f"{prefix}stages.{name}.recycle.cost", stage.recycle.cost
            if stage.programme is not None:
                yield f"{prefix}stages.{name}.programme.cost_per_touch", stage.programme.cost_per_touch
