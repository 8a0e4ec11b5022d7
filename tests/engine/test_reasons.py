"""Does a reason say why leads are rejected, and lead them where it says, and change nothing else?"""

from __future__ import annotations

from alarms import share_is

import simfunnel as sf

FUNNEL = """
horizon: 1 year
process: [lead, sal, customer]
sources: {inbound: {enters: lead, leads: 500}}
stages:
  lead: {conversion: 100%}
  sal:
    conversion: 40%
    rejected: {recycle: 60%, no_decision: 10%, dropped: rest}
    recycle: {to: lead, after: 30 days, limit: 2}
"""
REASONS = {
    "not ready": {"share": "45%", "exit": "recycle"},
    "no budget": {"share": "rest", "exit": "no_decision"},
    "wrong company": {"share": "30%"},
    "new in the job": {"share": "15%", "exit": "recycle"},
}


def test_reasons_are_the_shares_of_their_exits() -> None:
    """A bias of 3 % of a share is caught, with a false alarm of 1e-6 each."""
    base = sf.loads(FUNNEL)
    told = base.change({"stages.sal.rejected": None, "stages.sal.reasons": REASONS})
    plain, with_reasons = (sf.simulate(each, n_sims=2_000, seed=3, progress=False) for each in (base, told))
    assert all((column == with_reasons.futures.base[name]).all() for name, column in plain.futures.base.items())
    frame = with_reasons.reasons().set_index("reason")
    assert dict(frame["exit"]) == {name: each.get("exit", "dropped") for name, each in REASONS.items()}
    rejected = round(with_reasons.stages().set_index("stage").at["sal", "rejected"] * 2_000)
    assert round(frame["rejected"].sum() * 2_000) == rejected
    for name, exact in (("not ready", 0.45), ("no budget", 0.10), ("wrong company", 0.30), ("new in the job", 0.15)):
        share_is(round(frame.at[name, "rejected"] * 2_000), rejected, exact, bias=0.03)


def test_a_sector_may_have_reasons_of_its_own_or_none() -> None:
    text = FUNNEL + "sectors: {a: {share: 50%, stages: {sal: {reasons: {odd: {share: 100%}}}}}, b: {share: rest}}"
    run = sf.simulate(sf.loads(text), n_sims=100, seed=3, progress=False)
    by_sector = run.stages(by=("stage", "sector")).set_index(["stage", "sector"])
    frame = run.reasons()
    assert frame["reason"].tolist() == ["odd"]
    assert round(frame["rejected"][0], 6) == round(by_sector.at[("sal", "a"), "rejected"], 6)
    assert by_sector.at[("sal", "a"), "recycled"] == 0 < by_sector.at[("sal", "b"), "recycled"]
