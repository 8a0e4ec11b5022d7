"""Is a variant, of which only what has changed is read and worked out anew, the one that its whole text says?"""

from __future__ import annotations

import gc
import json
import math
import pickle
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import fields, is_dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from funnels import loaded, scenarios
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from simfunnel.distributions import build
from simfunnel.distributions.distribution import Prepared
from simfunnel.errors import ScenarioError
from simfunnel.resolved import Resolved, resolve
from simfunnel.scenario import Scenario, load, loads

KEPT = [
    each
    for each in gc.get_objects()
    if isinstance(each, type(lru_cache(len)))
    and each.__module__.startswith(("simfunnel.scenario", "simfunnel.resolved"))
    if each.__name__ != "plans"  # of the schema, which no scenario changes
]
TEXTS = ["50 %", "3 dys", "beta(mean=40%, n=20)", "exponential(mean=6 days)", "poisson(15)", "1e999", "-0", ""]


def forget() -> None:
    """Let nothing be known of what was read or resolved before."""
    for each in KEPT:
        each.cache_clear()


def paths(tree: dict[str, Any], above: str = "") -> Iterator[tuple[str, Any]]:
    """Every key path of a scenario with its value, maps before what is in them."""
    for key, value in tree.items():
        yield above + key, value
        if isinstance(value, dict):
            yield from paths(value, f"{above}{key}.")


@st.composite
def changes(draw: st.DrawFn, text: str) -> dict[str, Any]:
    """What another funnel says at one or two of the key paths of this one, or something else."""
    there = {path for path, _ in paths(json.loads(text))} | {""}
    known = [each for each in paths(json.loads(draw(scenarios()))) if each[0].rpartition(".")[0] in there]
    some = draw(st.lists(st.sampled_from(known), min_size=1, max_size=2))
    odd = st.one_of(st.just(None), st.sampled_from(TEXTS))
    return {path: draw(odd) if draw(st.integers(0, 5)) == 0 else value for path, value in some}


def outcome(make: Callable[[], Any]) -> Any:
    """What is made, or the problems for which it is not."""
    try:
        return make()
    except ScenarioError as error:
        return error.problems


def same(one: Any, other: Any) -> bool:
    """Whether two things are the same to the last bit, arrays and the sign of 0 included."""
    if isinstance(one, np.ndarray):
        return (one.dtype, one.shape, one.tobytes()) == (other.dtype, other.shape, other.tobytes())
    if isinstance(one, Prepared):
        return same(one.distribution, other.distribution)
    if is_dataclass(one):
        return type(one) is type(other) and all(
            same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one) if each.name != "scenario"
        )
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float):
        return type(other) is float and np.float64(one).tobytes() == np.float64(other).tobytes()
    return bool(one == other)


def changeable(value: Any) -> Iterator[Any]:
    """Every map and array of a scenario or plan that can be written to."""
    if isinstance(value, np.ndarray) and value.flags.writeable:
        yield value
    if isinstance(value, dict):
        yield value
    inside: Any = ()
    if isinstance(value, BaseModel):
        inside = vars(value).values()
    elif isinstance(value, dict):
        inside = value.values()
    elif isinstance(value, tuple):
        inside = value
    elif is_dataclass(value) and not isinstance(value, Prepared):
        inside = [getattr(value, each.name) for each in fields(value)]
    for each in inside:
        yield from changeable(each)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), st.data())
def test_a_variant_is_what_its_text_says(text: str, data: st.DataObject) -> None:
    base = loaded(text)
    outcome(lambda: resolve(base))
    for move in data.draw(st.lists(changes(text), min_size=1, max_size=3)):
        quick, afresh = outcome(lambda move=move, base=base: base.change(move)), base.model_copy()
        found = outcome(lambda quick=quick: resolve(quick)) if isinstance(quick, Scenario) else None
        written = quick.to_yaml() if isinstance(quick, Scenario) else ""
        forget()
        afresh._levels = None
        slow = outcome(lambda move=move, afresh=afresh: afresh.change(move))
        if not isinstance(quick, Scenario):
            assert quick == slow  # the same problems, in the same words
            continue
        assert quick == slow == loads(written)
        assert written == slow.to_yaml()
        if isinstance(found, Resolved):
            for other in (resolve(slow), resolve(loads(written))):
                assert same(found, other)
                assert found.digest == other.digest
            assert same(found.plan, pickle.loads(pickle.dumps(found.plan)))
        else:
            assert [each.message for each in found] == [each.message for each in outcome(lambda s=slow: resolve(s))]
        base = quick


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), st.data())
def test_variants_share_nothing_that_can_be_written_to(text: str, data: st.DataObject) -> None:
    base, move = loaded(text), data.draw(changes(text))
    variant = outcome(lambda: base.change(move))
    pairs = [(base, variant)] if isinstance(variant, Scenario) else []
    plans = [outcome(lambda each=each: resolve(each)) for each in (base, base, variant) if isinstance(each, Scenario)]
    pairs += [(one.plan, other.plan) for one in plans for other in plans if one is not other
              and isinstance(one, Resolved) and isinstance(other, Resolved)]  # fmt: skip
    for one, other in pairs:
        assert not {id(each) for each in changeable(one)} & {id(each) for each in changeable(other)}


def test_a_change_reads_columns_anew(tmp_path: Path) -> None:
    column, file = tmp_path / "days.csv", tmp_path / "year.yaml"
    column.write_text("days\n1\n3\n")
    file.write_text(
        "horizon: 1 year\nprocess: [sql, customer]\nsources: {web: {enters: sql, leads: 40}}\n"
        "stages: {sql: {conversion: 25%, takes: 'empirical(file=days.csv, column=days, unit=days)'}}\n"
    )
    base = load(file)
    column.write_text("days\n2\n8\n")
    assert base.stages["sql"].takes.mean() == 2.0
    assert base.change({"horizon": "2 years"}).stages["sql"].takes.mean() == 5.0
    column.unlink()
    with pytest.raises(ScenarioError, match="there is no such file"):
        base.change({"horizon": "2 years"})


def test_a_copy_of_a_scenario_changes_as_it_does() -> None:
    base = load("industrial")
    for copy in (deepcopy(base), pickle.loads(pickle.dumps(base))):
        variant = copy.change({"stages.sql.neglect": "2%"})
        assert variant == base.change({"stages.sql.neglect": "2%"})
        assert variant.stages["mql"] is copy.stages["mql"]  # read once


def test_less_than_nothing_is_nothing() -> None:
    base = load("industrial")
    signed, plain = (resolve(base.change({"stages.sql.neglect": text}, name="x")) for text in ("-0%", "0%"))
    assert same(signed, plain)
    assert math.copysign(1.0, build("uniform", {"low": -0.0, "high": 1.0}).params[0][1]) == 1.0
