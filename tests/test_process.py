"""Is the lead process drawn as the scenario says it, with the run's own flows, and safe with any name?"""

from __future__ import annotations

import re

import pytest
from matplotlib.figure import Figure

import simfunnel as sf
from simfunnel.explanation.mermaid import mermaid
from simfunnel.explanation.process import ADVANCES, ENDED, ENTERS, RECYCLED, RETURNS, process

YEAR = """
name: Any year
horizon: 1 year
process: [mql, sql, customer]
sources:
  web: {enters: mql, leads: 40}
  pipeline: {enters: sql, leads: 10, arrive: at start}
sectors: {food: {share: 60%}, pharma: {share: rest, stages: {sql: {conversion: 10%}}}}
stages:
  mql: {owner: marketing, conversion: 50%, rejected: {recycle: 30%, dropped: rest}, recycle: {after: 2 months}}
  sql:
    owner: sales
    sla: within a day
    conversion: 25%
    neglect: 12.5%
    shelf_life: 30 days
    cold: {competitor: 40%, recycle: 20%, dropped: rest}
    rejected: {no_decision: 100%}
    recycle: {to: mql}
    returns: {share: 20%, after: 1 year}
"""
ARROW = re.compile(r'    (\w+) (?:-- "[^"]*" -->|-\. "[^"]*" \.->|-->) (\w+)')
NODE = re.compile(r'    (\w+)(?:\(\["[^"]*"\]\)|\["[^"]*"\])')


def test_every_rule_is_a_move() -> None:
    drawn = process(sf.loads(YEAR))
    assert [(box.name, box.owner, box.sla) for box in drawn.boxes] == [
        ("mql", "marketing", ""), ("sql", "sales", "within a day"), ("customer", "", ""),
    ]  # fmt: skip
    assert drawn.ends == ("no decision", "competitor", "dropped")
    assert {(move.kind, move.start, move.end, move.rule) for move in drawn.moves} == {
        (ENTERS, "web", "mql", ""),
        (ENTERS, "pipeline", "sql", ""),
        (ADVANCES, "mql", "sql", "50 %"),
        (ENDED, "mql", "dropped", "70 % of rejected"),
        (RECYCLED, "mql", "mql", "30 % of rejected, after 2 months"),
        (ADVANCES, "sql", "customer", "10 to 25 %"),
        (ENDED, "sql", "no decision", "100 % of rejected"),
        (ENDED, "sql", "competitor", "40 % of cold"),
        (ENDED, "sql", "dropped", "40 % of cold"),
        (RECYCLED, "sql", "mql", "20 % of cold"),
        (RETURNS, "competitor", "sql", "20 % of those from sql, after 1 year"),
    }


def test_who_works_a_stage_stands_in_its_box() -> None:
    staffed = {
        "teams": {"desk": {"people": 1}, "field": {"people": {"2027-01-04": 2, "2027-06-01": 4}}},
        "stages.mql.team": "desk",
        "stages.sql.team": "desk",
        "sectors.pharma.stages.sql.team": "field",
    }
    year = sf.loads(YEAR).change(staffed)
    assert [box.team for box in process(year).boxes] == [
        "desk, 1 person",
        "desk, 1 person and field, 2 to 4 people",
        "",
    ]
    assert 'stage0["mql<br>marketing<br>desk, 1 person"]' in mermaid(year)


def test_causes_of_going_cold_with_other_exits_are_told_apart() -> None:
    apart = {
        "stages.sql.cold": {"neglected": {"competitor": "rest"}, "late": {"recycle": "100%"}},
        "stages.sql.response": "1 day",
    }
    rules = {
        (move.kind, move.end): move.rule for move in process(sf.loads(YEAR).change(apart)).moves if move.start == "sql"
    }
    assert rules[ENDED, "competitor"] == "100 % of neglected"
    assert rules[RECYCLED, "mql"] == "100 % of late"


def test_flows_are_those_of_the_run() -> None:
    run = sf.simulate(sf.loads(YEAR), n_sims=300, seed=3, progress=False)
    drawn, stages = process(run), run.stages().set_index("stage")
    flows = {(move.kind, move.start, move.end): move.flow for move in drawn.moves}
    for stage in ("mql", "sql"):
        out = [flow.value for (kind, start, _), flow in flows.items() if start == stage and kind != RETURNS and flow]
        rest = stages.loc[stage, "left"] + stages.loc[stage, "open"]
        assert sum(out) + rest == pytest.approx(stages.loc[stage, "entered"])  # nobody is lost on the picture
    web = flows[ENTERS, "web", "mql"]
    assert web is not None
    assert (web.value, web.n) == (40.0, 300)
    won = flows[ADVANCES, "sql", "customer"]
    assert won is not None
    assert (won.value, won.mcse) == (stages.loc["sql", "advanced"], stages.loc["sql", "advanced_mcse"])
    assert flows[RETURNS, "competitor", "sql"] is None
    sql = next(box for box in drawn.boxes if box.name == "sql")
    assert sql.visits is not None
    assert sql.cold is not None
    assert sql.visits.value == stages.loc["sql", "entered"]
    assert sql.cold.value == stages.loc["sql", "cold_neglected"] + stages.loc["sql", "cold_late"]


def test_only_scenarios_and_runs_have_a_process() -> None:
    with pytest.raises(TypeError, match="of a Scenario or a Result, not of a str"):
        process("industrial")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ['a "quoted" <b>name</b>', "x]; click s0 href", "end", "#35; `code`", "客户"])
def test_mermaid_keeps_to_its_grammar_whatever_the_names(name: str) -> None:
    import json

    rules = {
        "name": name,
        "horizon": "1 year",
        "process": [name, "customer"],
        "sources": {name: {"enters": name, "leads": 3}},
        "stages": {name: {"owner": name, "conversion": "50%"}},
    }
    lines = mermaid(sf.loads(json.dumps(rules))).splitlines()
    assert lines[0] == "flowchart LR"
    nodes = {found[1] for line in lines[1:] if (found := NODE.fullmatch(line))}
    arrows = [found.groups() for line in lines[1:] if (found := ARROW.fullmatch(line))]
    assert len(nodes) + len(arrows) == len(lines) - 1
    assert {end for arrow in arrows for end in arrow} <= nodes


def test_mermaid_widths_follow_the_flows() -> None:
    run = sf.simulate(sf.loads(YEAR), n_sims=50, seed=3, progress=False)
    text = mermaid(run)
    widths = {int(k): float(px) for k, px in re.findall(r"linkStyle (\d+) stroke-width:([\d.]+)px", text)}
    moves = process(run).moves
    assert set(widths) == {k for k, move in enumerate(moves) if move.flow is not None}
    most = max(widths, key=widths.__getitem__)
    assert moves[most].flow == max((m.flow for m in moves if m.flow is not None), key=lambda flow: flow.value)
    assert widths[most] == 12.0


def test_the_picture_says_what_the_process_says() -> None:
    run = sf.simulate(sf.loads(YEAR), n_sims=50, seed=3, progress=False)
    ax = sf.charts.process(run)
    said = "\n".join(text.get_text() for text in ax.texts)
    for box in process(run).boxes:
        assert box.name in said
    for move in process(run).of(ENTERS):
        assert f"{move.start} {move.flow.value:.0f}" in said if move.flow else False
    assert "20 % return to sql" in said
    assert "back to mql" in said
    assert " go cold" in said
    assert "50 futures, seed 3" in said
    assert len(sf.charts.process(sf.loads(YEAR)).patches) == len(ax.patches)


@pytest.mark.parametrize("n_stages", [2, 13])
def test_any_number_of_stages_fits(n_stages: int) -> None:
    names = [f"stage {k} with a very long name of $x_y$ <b>" for k in range(n_stages)]
    sources = "".join(f"  source {k}: {{enters: '{names[0]}', leads: {10**k}}}\n" for k in range(6))
    stages = "".join(f"  '{name}': {{conversion: 90%}}\n" for name in names[:-1])
    text = f"horizon: 1 year\nprocess: {names}\nsources:\n{sources}stages:\n{stages}"
    ax = sf.charts.process(sf.loads(text))
    figure = ax.figure
    assert isinstance(figure, Figure)
    figure.draw_without_rendering()
    assert figure.get_figheight() == pytest.approx(max(5.625, 1.3 + 0.72 * n_stages))
    assert any("and 3 more sources" in text.get_text() for text in ax.texts)
    given = Figure().subplots()
    assert sf.charts.process(sf.loads(text), ax=given) is given
