"""Is the reference current, does it name every key and distribution, and does every example in it load?"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simfunnel.distributions import FAMILIES
from simfunnel.scenario import load, loads, reference
from simfunnel.scenario.examples import AT_KEYS, OF_FAMILIES, PLACES, WHOLE
from simfunnel.scenario.fields import LEVELS, plans
from simfunnel.scenario.text import LITERALS, read_date

COMMITTED = Path(__file__).parents[2] / "docs" / "language.md"
RENEW = "the language changed: write `simfunnel.scenario.reference()` to docs/language.md"
# Rules that the examples of these keys need beside them.
BESIDE = {
    "sources.search.visits": {"sources.search.capture": "2%"},
    "sources.search.capture": {"sources.search.visits": "100"},
    "sources.search.budget": {"sources.search.cost_per_lead": "100"},
    "sources.search.share": {
        "budget": "100k",
        "sources.search.cost_per_lead": "100",
        "sources": "{fair: {enters: sql, share: rest, cost_per_lead: 9}}",
    },
    "sources.search.yield": {"sources.search.budget": "20k"},
    "budget": {"sources.search.share": "100%", "sources.search.cost_per_lead": "100"},
    "stages.sql.rejected.no_decision": {"stages.sql.rejected.dropped": "rest"},
    "stages.sql.rejected.competitor": {"stages.sql.rejected.dropped": "rest"},
    "stages.sql.rejected.recycle": {"stages.sql.rejected.dropped": "rest"},
    "stages.sql.cold.neglected": {"stages.sql.cold.late": "{dropped: 100%}"},
    "stages.sql.cold.late": {"stages.sql.cold.neglected": "{dropped: 100%}"},
    "stages.sql.returns.share": {"stages.sql.returns.after": "1 year"},
    "stages.sql.returns.after": {"stages.sql.returns.share": "1%"},
    "stages.sql.returns.to": {"stages.sql.returns.share": "1%", "stages.sql.returns.after": "1 year"},
    "correlate": {"stages.mql.conversion": "beta(mean=40%, n=9)", "stages.sql.conversion": "beta(mean=25%, n=9)"},
    "stages.sql.threshold": {"stages.sql.conversion": "null", "score.correlation": "70%"},
    "stages.sql.score_weight": {"score.correlation": "70%"},
    "score.weight": {"score.correlation": "70%"},
    "score.mean": {"score.correlation": "70%"},
    "score.sd": {"score.correlation": "70%"},
    "stages.sql.enrichment.found": {"stages.sql.enrichment.lacks": "20%"},
    "stages.sql.enrichment.takes": {"stages.sql.enrichment.lacks": "20%"},
    "stages.sql.enrichment.cost": {"stages.sql.enrichment.lacks": "20%"},
    "stages.sql.drift.carry_over": {"stages.sql.drift.sd": "0.1"},
    "stages.sql.service": {"stages.sql.team": "sales"},
    "stages.sql.drift.every": {"stages.sql.drift.sd": "0.1"},
    "stages.sql.reasons.sql.share": {"stages.sql.reasons.other.share": "rest"},
    "stages.sql.reasons.sql.exit": {"stages.sql.reasons.sql.share": "100%"},
    "slas.call.entries": {"slas.call.within": "null", "slas.call.share": "null"},
    "slas.call.accepted": {"slas.call.within": "null", "slas.call.share": "null"},
    "slas.call.time": {"stages.sql.team": "sales"},
    "slas.call.active": {"slas.call.lever": "{neglect: 2%}"},
    "slas.call.lever.cost": {"slas.call.lever.neglect": "2%"},
}
NEEDED = {  # keys without which a level is none
    "stages.sql.programme": {"every": "10 days", "touches": "8", "opens": "25%", "threshold": "1"},
    "expansion": {"rate": "30% per year", "value": "900"},
}
CURVES = ({"most": "400", "half": "30k"}, {"leads": "120", "at": "20k", "exponent": "0.7"})
FUNNEL = """
horizon: 1 year
process: [mql, sql, customer]
sources: {search: {enters: mql, leads: 40}}
stages: {mql: {conversion: 40%}, sql: {conversion: 25%}}
sectors: {retail: {share: rest}, industrial: {share: 30%}}
teams: {sales: {people: 2}}
slas: {call: {stage: sql, within: 1 day, share: 90%}}
"""


def examples() -> list[tuple[str, str]]:
    """Dotted path and value of every example in the committed tables."""
    found, level = [], None
    for line in COMMITTED.read_text(encoding="utf-8").split("\n"):
        if line.startswith("### "):
            level = {"The scenario": ""}.get(line[4:], line[4:])
        row = re.fullmatch(r"\| `(\w+)` \|.*\| `(.*)` \|", line)
        if row and level in PLACES.values():
            names = {"so": "search", "st": "sql", "se": "industrial", "te": "sales", "sl": "call"}
            name = names.get(level[:2], "")
            found.append((f"{level.replace('NAME', name)}.{row[1]}".lstrip("."), row[2]))
    return found


def test_the_committed_copy_is_current() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == reference(), RENEW


def test_every_key_is_there() -> None:
    assert set(PLACES) == set(LEVELS) == set(AT_KEYS)
    for cls in LEVELS:
        assert list(AT_KEYS[cls]) == list(plans(cls))
    assert len(examples()) == sum(len(plans(cls)) for cls in LEVELS)


@pytest.mark.parametrize(("path", "value"), examples())
def test_every_example_at_a_key_loads(path: str, value: str) -> None:
    level, _, key = path.rpartition(".")
    if level == "sources.search.yield":
        curve = next((each for each in CURVES if key in each), CURVES[0])
        beside = {"sources.search.budget": "20k"} | {f"{level}.{other}": text for other, text in curve.items()}
        assert loads(FUNNEL, set={**beside, path: value}).origin(path) == "set by --set"
        return
    needed = {f"{level}.{other}": text for other, text in NEEDED.get(level, {}).items() if other != key}
    # a programme's threshold stands in place of the conversion
    funnel = FUNNEL.replace("{conversion: 25%}", "{}") if "threshold" in {key, *NEEDED.get(level, {})} else FUNNEL
    scenario = loads(funnel, set={**BESIDE.get(path, {}), **needed, path: value})
    assert scenario.origin(path) == "set by --set"


def test_the_whole_example_loads() -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", COMMITTED.read_text(encoding="utf-8"), flags=re.S)
    assert block == WHOLE
    assert loads(block).sources["pipeline"].arrive.at_start


def test_every_family_is_there_in_all_its_ways() -> None:
    assert set(OF_FAMILIES) == set(FAMILIES)
    for name, family in FAMILIES.items():
        if name == "empirical":
            continue
        ways = [set(re.findall(r"(\w+)=", text)) for _, text in OF_FAMILIES[name]]
        for names in family.param_sets:
            assert name == "fixed" or any(set(names) <= way for way in ways), f"{name} of {names}"


@pytest.mark.parametrize(("kind", "text"), [each for family in OF_FAMILIES.values() for each in family])
def test_every_example_of_a_family_loads(kind: str, text: str, tmp_path: Path) -> None:
    key = {"duration": "stages.sql.takes", "share": "stages.sql.conversion", "money": "deal_value"}[kind]
    assert f"- `{text}` (of " in COMMITTED.read_text(encoding="utf-8")
    (tmp_path / "times.csv").write_text("hours\n1\n5\n")
    (tmp_path / "q3.yaml").write_text(FUNNEL)
    assert loads(load(tmp_path / "q3.yaml", set={key: text}).to_yaml()).origin(key) != "default"


def test_every_way_to_write_a_value_is_read() -> None:
    text = COMMITTED.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (duration|share|money|number|date) \| (.*?) \|", text, flags=re.M)
    assert len(rows) == 5
    for kind, cell in rows:
        for each in re.findall(r"`(.*?)`", cell):
            assert read_date(each) if kind == "date" else LITERALS[kind](each) is not None
    leads = re.findall(r"^\| (?:number of leads|) \| (.*?) \|", text, flags=re.M)
    for each in re.findall(r"`(.*?)`", " ".join(leads)):
        assert loads(FUNNEL, set={"sources.search.leads": each}).sources["search"].leads
    for kind, key in (("hours of day", "hours"), ("weekdays", "days")):
        (cell,) = re.findall(rf"^\| {kind} \| (.*?) \|", text, flags=re.M)
        for each in re.findall(r"`(.*?)`", cell):
            assert loads(FUNNEL, set={f"teams.sales.{key}": each})
    for each in ("beta(mean=25%, n=40, independent)", "choice(10%, 20%, independent)"):
        assert loads(FUNNEL, set={"stages.sql.conversion": each})
    nested = re.findall(r"`(exponential\(mean=pert.*?)`", text)
    assert loads(FUNNEL, set={"stages.sql.takes": nested[0]})
