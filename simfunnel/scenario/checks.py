"""Do the values of a scenario, each fine by itself, fit together?"""

from __future__ import annotations

from collections.abc import Mapping

from simfunnel.distributions import value_text
from simfunnel.scenario.checker import Checker, mean_of
from simfunnel.scenario.schema import DECIDING, Exits, Programme, Recycle, Returns, Scenario, Sector, Stage
from simfunnel.scenario.score_checks import check_score, check_searches
from simfunnel.scenario.sla_checks import check_slas
from simfunnel.scenario.source_checks import check_sources
from simfunnel.scenario.team_checks import check_teams
from simfunnel.scenario.tree import Faults, KeyPath, Node

__all__ = ["check"]

MAX_STAGES = 50
OF_LAST_STAGE = ("owner", "definition", "metric", "cost_per_entry")


def check(scenario: Scenario, tree: Node, faults: Faults) -> None:
    """Book every fault that only shows when values are held against each other."""
    if faults.is_incomplete:
        return
    checker = Checker(scenario, tree, faults)
    _check_process(checker)
    if faults.concern(("process",)):
        return
    _check_stages(checker)
    _check_sectors(checker)
    check_sources(checker)
    check_teams(checker)
    check_slas(checker)
    _check_plan(checker)


def _check_process(checker: Checker) -> None:
    process, path = checker.scenario.process, ("process",)
    twice = next((name for at, name in enumerate(process) if name in process[:at]), None)
    if len(process) < 2:
        checker.fault(path, "has fewer than two stages; a lead starts in one and is won in the last")
    elif twice is not None:
        checker.fault(path, f"names '{twice}' twice; every stage has its own name")
    elif len(process) > MAX_STAGES:
        checker.fault(path, f"has {len(process)} stages; at most {MAX_STAGES} are allowed")


def _check_stages(checker: Checker) -> None:
    scenario = checker.scenario
    for name, stage in scenario.stages.items():
        path = ("stages", name)
        if checker.known(path, name, scenario.process, "stage of the process"):
            _check_stage(checker, path, name, stage)
    for name in scenario.process[:-1]:
        _check_conversion(checker, name)
        _check_programme(checker, name)
        check_searches(checker, name)


def _check_conversion(checker: Checker, name: str) -> None:
    """Every stage but the last has a conversion, its own or one in every sector."""
    scenario = checker.scenario
    lacking = [
        sector for sector in (scenario.sectors or [None]) if not _says_who_advances(scenario.stage(name, sector))
    ]
    if not lacking:
        return
    path = ("stages", name, "conversion") if name in scenario.stages else ("stages", name)
    ways = [("stages", name, key) for key in sorted(DECIDING)]
    reads = ways + [("sectors", sector, *way) for sector in scenario.sectors for way in ways]
    where = f" (sector {lacking[0]})" if 0 < len(lacking) < len(scenario.sectors) and lacking[0] else ""
    checker.fault(path, f"is missing{where}; write the share that advances, such as conversion: 25%", reads=reads)


def _says_who_advances(rules: Stage) -> bool:
    if rules.programme is not None and rules.programme.threshold is not None:
        return True
    return any(getattr(rules, key) is not None for key in DECIDING)


def _check_programme(checker: Checker, name: str) -> None:
    """Where a programme's threshold decides who advances, no conversion does."""
    scenario = checker.scenario
    for sector in scenario.sectors or [None]:
        rules = scenario.stage(name, sector)
        if rules.programme is None:
            continue
        if rules.programme.threshold is None:
            _check_beside_teams(checker, name, sector, rules.programme)
            continue
        own = [] if sector is None else [("sectors", sector, "stages", name)]
        for key in sorted(DECIDING):
            if getattr(rules, key) is not None:
                at = [path for path in (*own, ("stages", name)) if _stands(scenario, path, key)]
                said = "says who advances, and so does the programme's `threshold`; write one of them"
                checker.fault((*at[0], key), said, reads=[(*at[0], key), ("stages", name, "programme")])
                return


def _check_beside_teams(checker: Checker, name: str, sector: str | None, programme: Programme) -> None:
    """What touches beside a visit do to a lead is known only when the visit has ended; a queue has to know before."""
    own = () if sector is None or name not in checker.scenario.sectors[sector].stages else ("sectors", sector)
    for key in ("unsubscribes", "odds") if checker.scenario.teams else ():
        if getattr(programme, key) not in (None, 0.0, 1.0):
            said = "cannot stand beside `teams` without a `threshold`: queues would have to know it beforehand"
            checker.fault((*own, "stages", name, "programme", key), f"{said}; write one, or leave this out")
            return


def _stands(scenario: Scenario, path: KeyPath, key: str) -> bool:
    """Whether a rule of a stage is written there."""
    stages = scenario.stages if path[0] == "stages" else scenario.sectors[path[1]].stages
    return path[-1] in stages and getattr(stages[path[-1]], key) is not None


def _check_stage(checker: Checker, path: KeyPath, name: str, stage: Stage) -> None:
    """One stage's rules, as they stand in the common stages or in a sector."""
    process = checker.scenario.process
    given = [key for key in Stage.model_fields if getattr(stage, key) is not None]
    if name == process[-1]:
        for key in given:
            if key not in OF_LAST_STAGE:
                message = f"cannot stand at the last stage, which is won; it has {', '.join(OF_LAST_STAGE)}"
                checker.fault((*path, key), message)
        return
    if "conversion" in given and "conversion_of_entered" in given:
        message = "says again what `conversion` says; write the one of worked leads, or the one of entered leads"
        checker.fault((*path, "conversion_of_entered"), message)
    check_score(checker, path, stage)
    if stage.cold is not None:
        neglected, late = stage.cold.neglected, stage.cold.late
        maps = {"": late} if neglected is late else {"neglected": neglected, "late": late}
        _check_exits(checker, (*path, "cold"), maps)
    if stage.reasons is not None:
        _check_reasons(checker, path, stage)
    if stage.rejected is not None:
        _check_exits(checker, (*path, "rejected"), {"": stage.rejected})
    if stage.recycle is not None:
        _check_recycle(checker, (*path, "recycle"), name, stage.recycle)
    if stage.returns is not None:
        _check_returns(checker, (*path, "returns"), stage.returns)


def _check_exits(checker: Checker, path: KeyPath, maps: Mapping[str, Exits]) -> None:
    for cause, exits in maps.items():
        here = (*path, cause) if cause else path
        shares = {key: share for key in Exits.model_fields if (share := getattr(exits, key)) is not None}
        if shares:
            checker.shares(here, shares)
        else:
            checker.fault(here, "is empty; write shares of no_decision, competitor, dropped, recycle")


def _check_reasons(checker: Checker, path: KeyPath, stage: Stage) -> None:
    assert stage.reasons is not None
    if stage.rejected is not None:
        checker.fault((*path, "reasons"), "says again what `rejected` says; write where the rejected go in one of them")
    if not stage.reasons:
        checker.fault((*path, "reasons"), "is empty; write such as {not ready: {share: 60%, exit: recycle}}")
    else:
        checker.shares((*path, "reasons"), {name: each.share for name, each in stage.reasons.items()}, key=("share",))


def _check_recycle(checker: Checker, path: KeyPath, name: str, recycle: Recycle) -> None:
    process, to = checker.scenario.process, (*path, "to")
    if recycle.odds is not None and recycle.lift is not None:
        checker.fault((*path, "lift"), "says again what `odds` says; write one of them")
    if recycle.to is None or not checker.known(to, recycle.to, process, "stage of the process"):
        return
    if process.index(recycle.to) > process.index(name):
        earlier = ", ".join(process[: process.index(name) + 1])
        checker.fault(to, f"'{recycle.to}' is a later stage; recycled leads go back to {earlier}")


def _check_returns(checker: Checker, path: KeyPath, returns: Returns) -> None:
    process, to = checker.scenario.process, (*path, "to")
    if returns.to is None or not checker.known(to, returns.to, process, "stage of the process"):
        return
    if returns.to == process[-1]:
        checker.fault(to, f"'{returns.to}' is won; leads return to one of {', '.join(process[:-1])}")


def _check_sectors(checker: Checker) -> None:
    scenario = checker.scenario
    for name, sector in scenario.sectors.items():
        for stage_name, stage in sector.stages.items():
            path = ("sectors", name, "stages", stage_name)
            if checker.known(path, stage_name, scenario.process, "stage of the process"):
                _check_stage(checker, path, stage_name, stage)
    _check_sector_shares(checker, scenario.sectors)


def _check_sector_shares(checker: Checker, sectors: Mapping[str, Sector]) -> None:
    """The sectors' shares are needed wherever a source has no mix of its own."""
    given = {name: sector.share for name, sector in sectors.items() if sector.share is not None}
    sources = checker.scenario.sources
    without_mix = [name for name, source in sources.items() if not source.sectors]
    if not sectors or not (given or without_mix):
        return
    mixes: list[KeyPath] = [("sources", name, "sectors") for name in sources]
    for name in sectors:
        path = ("sectors", name, "share")
        if name not in given:
            why = f"source {without_mix[0]} has no mix of its own" if without_mix else "other sectors have one"
            checker.fault(path, f"is missing ({why}); write a share, or `rest`", reads=[path, *mixes])
    if len(given) == len(sectors):
        checker.shares(("sectors",), given, key=("share",))


def _check_plan(checker: Checker) -> None:
    """Planned revenue follows from customers only where all sectors are worth the same."""
    scenario = checker.scenario
    if scenario.plan.customers is None or scenario.plan.revenue is not None or not scenario.sectors:
        return
    values = {
        name: mean_of(sector.deal_value if sector.deal_value is not None else scenario.deal_value or 0.0)
        for name, sector in scenario.sectors.items()
    }
    if max(values.values()) - min(values.values()) <= 1e-6 * max(values.values()):
        return
    said = ", ".join(f"{name} {value_text(round(value, 2), 'money')}" for name, value in list(values.items())[:4])
    reads: list[KeyPath] = [
        ("plan", "revenue"),
        ("deal_value",),
        *(("sectors", name, "deal_value") for name in scenario.sectors),
    ]
    message = f"is missing: the sectors differ in mean deal value ({said}), so customers do not say it; write it"
    checker.fault(("plan", "revenue"), message, reads=reads)
