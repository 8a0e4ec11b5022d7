"""Which figures does a run report, and how is one named in a claim? The glossary, made from the table of measures."""

from __future__ import annotations

from collections.abc import Iterator

from simfunnel.measures import MEASURES, SELECTABLE, WORDS, Measure
from simfunnel.results.metrics import DEFINITIONS

__all__ = ["glossary"]

_UNITS = {
    "deals": "deals",
    "leads": "leads",
    "visits": "visits",
    "touches": "touches",
    "sales": "sales",
    "money": "units of `currency`",
    "share": "share: 0.2 or 20%",
    "days": "days",
}
#: What the part of a figure is, where the whole has no measure of its own or counts something else.
_PARTS = {
    "deals": "deals won up to the horizon",
    "revenue": "revenue of these deals",
    "cost": "what the source costs",
    "entered": "visits that began at the stage, repeated ones included",
    "reopened": "visits of leads that were recycled to the stage or returned to it",
    "worked": "visits that somebody worked in time",
    "enriched": "visits at which a fact that the lead lacks was looked for",
    "advanced": "visits that went on to the next stage",
    "rejected": "visits that were worked and did not advance",
    "cold_neglected": "visits that went cold because nobody would ever work them",
    "cold_late": "visits that went cold before somebody worked them",
    "cold_queue": "visits that went cold while they waited for a free person",
    "no_decision": "visits that ended without a decision",
    "competitor": "visits that ended at a competitor",
    "dropped": "visits that ended with the lead dropped",
    "recycled": "visits that ended with the lead sent back",
    "left": "visits that ended as the contact left the company",
    "open": "visits not yet ended at the end of the run-off",
    "attainment": "share of what an SLA promised that was met in the future, missing where nothing was due",
}
#: Claims that are read, and what they say.
CLAIMS = {
    "deals >= 10": "ten deals or more are won",
    "roi < 0": "the year loses money",
    "plan_shortfall <= 100k": "at most 100,000 of the planned revenue are missing",
    "gap_roi >= 20%": "going cold takes 20 percentage points of ROI or more",
    "revenue[sector=retail] >= 1M": "the sector retail brings a million",
    "deals[period=2027-06] >= 2": "in June two deals or more are won",
    "cold_late[stage=sql] < 5": "fewer than five visits to sql are reached too late",
    'deals[source="fair, spring"] > 0': "a name with a comma stands in quotes",
    "attainment[sla=first call] >= 90%": "the SLA first call is kept over the whole year",
}
_HEAD = """\
# Measures

Made from the table of measures by `simfunnel.glossary.glossary()`. Programs, claims and files use the name; people \
read the words. Unless the meaning says otherwise, deals, revenue, costs and what is read off them count up to the \
horizon; leads and visits up to the end of the run-off.

- *horizon*: how long leads arrive; *run-off*: how long they live on after it (`run_off`, 0 where it is left out).
- *ideal twin*: the same leads with the same luck where nobody is left to go cold. A *gap* is twin minus actual.
- *touched*: a lead that was once neglected or not reached in time. What touched leads bring to the twin is *lost*, \
what they bring all the same is *recovered*, and the gap is lost minus recovered.
- The *cause* of a lost deal, at the stage where it befell the lead: *neglected*, nobody would ever have worked the \
lead; *late*, it went cold before somebody turned to it; *queue*, it went cold while it waited for a free person, \
nights and days off included; *waiting*, it waited for a person and was worked in time, but without the wait the deal \
would have been won by the horizon.
- *touch* of a nurture programme (a mail, say): another thing. `touches` counts these; they make no lead *touched*.
- *plan difference*: plan minus actual, below 0 where the plan is beaten; *plan shortfall*: the same, or 0 there.
- *cohort*: what this period's leads bring in the end, up to the end of the run-off.
- A *visit* is one stay of a lead at a stage; a recycled lead visits it again.
"""
_CLAIMS = """\
## Claims

A claim is `NAME OP VALUE`: a name of this page, one of `>=` `<=` `>` `<` `==`, and a value such as 10, 1_000, 250k, \
1M or 20% (of shares only), without a sign of currency. It is true or false of each future; `--chance` and \
`Result.chance` say in what share of the futures it is true. A figure that is missing (ROI without cost) makes none \
true.
"""
_SELECTORS = """\
## Parts

`NAME[key=value, ...]` names a part: of a stage, a source, a sector, an SLA, or a period as its table calls it \
(2027-06, 2027-Q2); a period stands alone. `--keep NAME[...]`, or `keep=` in Python, makes a run keep it future by \
future; a claim in `--chance` does so by itself. Deals are counted, revenue and cost are money, attainment \
is a share, and all the others count visits; a name that is not among the figures of a run above exists by its parts \
only.
"""

_INFORMATION = """\
## What is worth knowing

What `information`, or `sf.value_of_information`, says, in units of `currency`.

- *ignorance*: what nobody knows, rolled once per future; research can remove it. *Chance*: each lead's own luck, \
drift, numbers of arrivals; no research removes it.
- *expected value of perfect information* (EVPI), "all together": what knowing every uncertain input before deciding \
would add on average, as one could then choose the plan that is best for them. No research can be worth more.
- *expected value of partial perfect information* (EVPPI), "worth knowing": the same of one input alone. It is 0 where \
no value that the input may have turns the choice, however uncertain the input is.
- *foresight*: what knowing luck as well would add, which nobody can.
"""
_SENSITIVITY = """\
## What drives the risk

What `sensitivity`, or `sf.sensitivity`, says of the spread of a figure over futures.

- *swing*: what the mean of the figure (or the chance of a claim) moves by while one input goes from its low to its \
high end, all else as uncertain as it is, on the same luck. What the scenario works out once by means \
(`conversion_of_entered`, `lift`, what the plan leaves out) stays as it is; where an input is written as known at that \
value, it is worked out anew.
- *alone* (first-order index): the share of the variance that knowing this input would take away, on average.
- *with interplay* (total index): the share that would be left if all else were known, luck too. Of *luck*: the share \
that would be left if every input were known, which no research removes.
- *no one's alone*: what is left when all shares alone are taken away: interplay, and luck where the method does not \
tell it.
"""
_METRICS = """\
## Metrics

The metrics of the trade by their names: `run --table metrics`, or `Result.metrics()`, each with its error. STAGE and \
SOURCE stand for the names that the scenario gives them: `number_of_mql`, `cost_per_sql`, `revenue_from_search`. The \
pipeline, where leads are lost and the times to close are read off the first futures of the run, lived again and \
followed for three years after the horizon. Times to close are of leads that arrive in the run: of those on hand at \
the start nobody knows the age.
"""


def glossary() -> str:
    """Every measure, its parts and how a claim is written, as Markdown.

    Returns
    -------
    str
        Per measure: the name to type, the words that people read, its unit and what it means.

    Examples
    --------
    >>> "| `gap_roi` | ROI gone cold |" in glossary()
    True
    """
    lines = [_HEAD, "## Figures of a run", "", "| name | words | unit | better | meaning |", "|---|---|---|---|---|"]
    lines += [_row(measure) for measure in MEASURES.values()]
    lines += ["", _SELECTORS, "| name | words | parts by | meaning |", "|---|---|---|---|"]
    lines += _parts()
    lines += ["", _METRICS, "| name | unit | meaning |", "|---|---|---|"]
    lines += [f"| `{name}` | {_UNITS[unit]} | {meaning} |" for name, (_, unit, meaning) in DEFINITIONS.items()]
    lines += ["", _INFORMATION.rstrip(), "", _SENSITIVITY.rstrip()]
    lines += ["", _CLAIMS, "| claim | says |", "|---|---|"]
    lines += [f"| `{claim}` | {said} |" for claim, said in CLAIMS.items()]
    return "\n".join(lines) + "\n"


def _row(measure: Measure) -> str:
    better = "" if measure.better == "neither" else measure.better
    return f"| `{measure.name}` | {WORDS[measure.name]} | {_UNITS[measure.unit]} | {better} | {measure.meaning} |"


def _parts() -> Iterator[str]:
    for name, keys in SELECTABLE.items():
        yield f"| `{name}` | {WORDS[name]} | {', '.join(keys)} | {_PARTS[name]} |"
