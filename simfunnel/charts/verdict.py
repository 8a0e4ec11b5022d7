"""Who beats whom, by how much, and how sure is that?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from simfunnel.charts import words
from simfunnel.charts.style import label
from simfunnel.claims import parse_selector
from simfunnel.results.pairs import Pairs
from simfunnel.results.text import figure, plain, signed
from simfunnel.studies.comparison.contrasts import Contrast

_MOST_NOTES = 2
_NAME = 48  # columns of a scenario's name in a sentence


def verdict(measure: str, variants: Mapping[str, Pairs], baseline: str, contrasts: Sequence[Contrast] = ()) -> str:
    """The sentence above a comparison: of the best variant against the baseline, of those that can be compared."""
    fatal = [each for each in contrasts if each.is_fatal(measure)]
    spoilt, what, base = {each.variant for each in fatal}, words.axis(measure), f"“{label(baseline, _NAME)}”"
    if len(spoilt) == len(variants) > 1:
        return f"{what} of no variant can be compared with {base}"
    if len(spoilt) == len(variants):
        name, why = label(fatal[0].variant, _NAME), "; ".join(each.short for each in fatal)
        return f"{what} of “{name}” cannot be compared with {base}: {why}"
    return _best(measure, {name: found for name, found in variants.items() if name not in spoilt}, baseline)


def bewares(contrasts: Sequence[Contrast], *, is_one: bool) -> str:
    """What to beware of, in few words; empty where there is nothing."""
    texts = [each.short if is_one else f"“{label(each.variant, 20)}”: {each.short}" for each in contrasts]
    if not texts:
        return ""
    more = f"; and {len(texts) - _MOST_NOTES} more" if len(texts) > _MOST_NOTES else ""
    return f"Beware: {'; '.join(texts[:_MOST_NOTES])}{more}"


def _best(measure: str, variants: Mapping[str, Pairs], baseline: str) -> str:
    # one that is surely better before one that may only look better
    best = max(variants, key=lambda name: (_is_better(variants[name], measure), _worth(variants[name], measure)))
    found, name, base = variants[best], f"“{label(best, _NAME)}”", f"“{label(baseline, _NAME)}”"
    if found.n == 0:
        return words.missing(measure)
    lead = f"Best of {len(variants)} variants: " if len(variants) > 1 else ""
    every = f"in every one of {words.counted_futures(found.n)}"
    if found.n == 1:
        return f"{lead}{name} has {_more(found, measure)} than {base} in one future, which says little of others"
    if found.mcse == 0 and found.difference == 0:
        return f"{lead}{name} and {base} have the same {words.said(measure)} {every}"
    if found.mcse == 0:
        return f"{lead}{name} has exactly {_more(found, measure)} than {base} {every}"
    if found.low <= 0 <= found.high:
        return f"{lead}{name} and {base} do not surely differ on average: {_unsure(found, measure)}"
    on_average = f"on average ({_interval(found)})"
    if not direction(measure):
        return f"{lead}{name} has {_more(found, measure)} than {base} {on_average}"
    by = f"by {_by(found, measure)} {on_average}"
    if found.difference * direction(measure) > 0:
        return f"{lead}{name} beats {base} {by}, and in {found.share('better')} of futures"
    everyone = "both" if len(variants) == 2 else f"all {len(variants)}"
    whom = f"{everyone} variants, the best of them, {name}," if len(variants) > 1 else name
    return f"{base} beats {whom} {by}, and in {found.share('worse')} of futures"


def _is_better(found: Pairs, measure: str) -> bool:
    """Whether the whole interval is on the good side."""
    end = found.low if direction(measure) > 0 else -found.high
    return bool(direction(measure)) and end > 0


def direction(measure: str) -> int:
    """1 where more is better, -1 where less is, else 0."""
    return {"more": 1, "less": -1}.get(parse_selector(measure).better, 0)


def _worth(found: Pairs, measure: str) -> float:
    """How much better a variant is; how different, where no direction is better."""
    if found.n == 0:
        return -np.inf
    return found.difference * direction(measure) or abs(found.difference)


def _unsure(found: Pairs, measure: str) -> str:
    low, high = (_signed(end, found).removesuffix(" points") for end in (found.low, found.high))
    mean = f"{_signed(found.difference, found)} {words.said(measure)} (95 % CI {low} to {high})"
    return f"{mean}; better in {found.share('better')}, worse in {found.share('worse')}" if direction(measure) else mean


def _interval(found: Pairs) -> str:
    """Of the size of a difference whose sign is sure."""
    low, high = (_size(end, found).removesuffix(" points") for end in sorted((found.low, found.high), key=abs))
    return f"95 % CI {low} to {high}"


def _by(found: Pairs, measure: str) -> str:
    """`1.06 deals`, `$30,000 less cost`, `2.9 points of ROI`."""
    if direction(measure) < 0:
        return f"{_size(found.difference, found)} {_less(measure)} {words.said(measure)}"
    shown = _size(found.difference, found)
    return words.number_of(shown, measure) if words.is_count(measure) else f"{shown} of {words.said(measure)}"


def _more(found: Pairs, measure: str) -> str:
    """`1.06 more deals`, `$30,000 less cost`."""
    kind = "more" if found.difference >= 0 else _less(measure)
    return f"{_size(found.difference, found)} {kind} {words.said(measure)}"


def _less(measure: str) -> str:
    return "fewer" if words.is_count(measure) else "less"


def _size(value: float, found: Pairs) -> str:
    """A difference without its sign."""
    if found.unit == "share":
        return f"{plain(abs(value) * 100, found.mcse * 100)} points"
    return figure(abs(value), found.unit, found.mcse, found.currency)


def _signed(value: float, found: Pairs) -> str:
    return signed(value, found.unit, found.mcse, found.currency)
