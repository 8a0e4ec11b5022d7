"""Where is what nobody knows written, and how is it said?"""

from __future__ import annotations

from collections.abc import Sequence

_PLURALS = {"stage": "stages", "source": "sources", "sector": "sectors", "team": "teams", "sla": "slas"}


def key_path(names: Sequence[str], sectors: Sequence[str]) -> str:
    """The key path of the rule whose roll these names key; of a sector's own roll, that of the sector's rule.

    >>> key_path(("stage", "sql", "takes", "mean"), ()), key_path(("cost", "sla programme"), ())
    ('stages.sql.takes.mean', 'costs.sla programme')
    >>> key_path(("stage", "sql", "conversion", "retail"), ("retail", "industrial"))
    'sectors.retail.stages.sql.conversion'
    """
    kind, keys, sector = _parts(names, sectors)
    start = [f"sectors.{sector}"] if sector is not None else []
    if kind == "cost":
        return ".".join(["costs", *keys])
    if kind == "sla":
        keys = [keys[0], "lever", *keys[1:]]
    return ".".join([*start, *([_PLURALS[kind]] if kind in _PLURALS else []), *keys])


def in_words(names: Sequence[str], sectors: Sequence[str]) -> str:
    """The same in words.

    >>> in_words(("stage", "sql", "recycle.odds"), ()), in_words(("scenario", "deal_value", "mean"), ())
    ('odds of recycle of stage sql', 'mean of deal value')
    >>> in_words(("cost", "sla programme"), ()), in_words(("source", "web", "leads", "retail"), ())
    ('cost of sla programme', 'retail of leads of source web')
    >>> in_words(("source", "web", "yield", "most"), ("most",)), key_path(("source", "web", "leads"), ("leads",))
    ("'most' of yield of source web", 'sources.web.leads')
    """
    kind, keys, sector = _parts(names, sectors)
    if kind == "cost":
        return f"cost of {keys[0]}"
    owner = [] if kind == "scenario" else [f"{'SLA' if kind == 'sla' else kind} {keys.pop(0)}"]
    rule = [part.replace("_", " ") for key in keys for part in key.split(".")]
    if rule[0] == "yield":  # whose keys are words of every sentence: `most`, `at`
        rule[1:] = [f"'{part}'" for part in rule[1:]]
    said = " of ".join([*reversed(rule), *owner])
    return said if sector is None else f"{said}, sector {sector}"


def _parts(names: Sequence[str], sectors: Sequence[str]) -> tuple[str, list[str], str | None]:
    """What has the rule, its keys, and the sector whose own roll it is."""
    kind, *keys = names
    first = 1 if kind == "scenario" else 2
    at = next((i for i, key in enumerate(keys) if key in sectors and i >= first), None)
    if kind == "source" and keys[1] != "odds":  # of what a source has, sectors read nothing else
        at = None
    if at is None or kind not in ("stage", "scenario", "source") or "sectors" in keys:
        return kind, keys, None
    return kind, keys[:at] + keys[at + 1 :], keys[at]
