"""What does a sweep file say of its size, its seed, its measures and its precision?"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from simfunnel.claims import Claim
from simfunnel.errors import ClaimError
from simfunnel.scenario.text import quoted, read_count, read_money, read_share
from simfunnel.scenario.tree import Faults, Node, nearest
from simfunnel.simulation import MOST_REPLICATIONS
from simfunnel.studies.sweep.definition import Precision, read_measure
from simfunnel.studies.sweep.designs import DESIGNS, GRID, SOBOL, powers_beside
from simfunnel.studies.sweep.values import MOST_POINTS

#: Keys of a sweep file, and what each says.
KEYS: Mapping[str, str] = {
    "schema": "Version of the file's language; 1.",
    "name": "What the sweep is called.",
    "description": "What it is about.",
    "scenario": "The scenario that is changed: a file relative to this one, or a preset; or several of them.",
    "set": "Values that hold at every point, by key path.",
    "vary": "What varies: a key path, and its values as a list, a range or a distribution.",
    "zip": "Lists of one length that move in step.",
    "design": "grid (default), latin hypercube or sobol.",
    "points": "Number of points of a design that draws them.",
    "measures": "Measures and claims that are kept of each future.",
    "n_sims": "Futures of each point (default 2,000).",
    "precision": "How well each point is to be known, in place of n_sims.",
    "seed": "The same for all points (default 0).",
    "impossible": "What is done where values contradict each other at some points: refuse (default) or leave out.",
}
OF_PRECISION = ("of", "within", "most")
IMPOSSIBLE = ("refuse", "leave out")
N_SIMS = 2_000
MOST_MEASURES = 100
_HINTS = {
    "base": "scenario",
    "scenarios": "scenario",
    "parameters": "vary",
    "params": "vary",
    "grid": "vary",
    "sims": "n_sims",
    "replications": "n_sims",
    "simulations": "n_sims",
    "futures": "n_sims",
    "claims": "measures",
    "target": "measures",
    "keep": "measures",
    "outputs": "measures",
    "samples": "points",
    "extends": "scenario",
}


@dataclass(frozen=True)
class Terms:
    """What a sweep file says besides what varies; None where it is silent."""

    name: str | None
    description: str
    seed: int
    n_sims: int
    precision: Precision | None
    measures: tuple[str, ...] | None
    design: str | None
    points: int | None
    leaves_out: bool


def refuse_unknown(tree: Node, known: Iterable[str], faults: Faults, what: str = "a sweep") -> None:
    """Book keys that are none, with the nearest that is."""
    known = [*known]
    for key, node in tree.items.items():
        if key in known:
            continue
        close = nearest(key, known) or (_HINTS.get(key) if what == "a sweep" else None)
        hint = f"did you mean '{close}'?" if close else f"it has {', '.join(known)}"
        faults.add((key,), f"is not a key of {what}; {hint}", node.place)


def read_terms(tree: Node, faults: Faults) -> Terms:
    """Read all keys but those that need the scenarios."""
    design = _design(tree, faults)
    points = _whole(tree, "points", 1, MOST_POINTS, faults)
    given = tree.items.get("points")
    if given is not None and points is not None and design == GRID:
        message = "belongs to a design that draws its points; a grid has those of its lists (or write `design: sobol`)"
        faults.add(("points",), message, given.place)
    if given is None and design not in (GRID, None):
        faults.add(("points",), f"is missing; a {design} design needs a number of points", tree.items["design"].place)
    if given is not None and design == SOBOL and points is not None and points & (points - 1):
        low, high = powers_beside(points)
        faults.add(
            ("points",), f"{points} is not a power of two, which Sobol' needs; write {low} or {high}", given.place
        )
    precision, n_sims = _precision(tree, faults), _whole(tree, "n_sims", 1, MOST_REPLICATIONS, faults)
    if _has(tree, "precision") and _has(tree, "n_sims"):
        message = "stands beside `precision`, which finds the number of futures itself; keep one"
        faults.add(("n_sims",), message, tree.items["n_sims"].place)
    return Terms(
        name=_text(tree, "name", 200, faults),
        description=_text(tree, "description", 5_000, faults) or "",
        seed=_whole(tree, "seed", 0, 2**63 - 1, faults) or 0,
        n_sims=N_SIMS if n_sims is None else n_sims,
        precision=precision,
        measures=_measures(tree, faults),
        design=design,
        points=points,
        leaves_out=_word(tree, "impossible", IMPOSSIBLE, faults) == "leave out",
    )


def _has(tree: Node, key: str) -> bool:
    node = tree.items.get(key)
    return node is not None and node.value is not None


def _single(tree: Node, key: str, faults: Faults, what: str) -> str | None:
    """The text of a key that takes one value."""
    if not _has(tree, key):
        return None
    node = tree.items[key]
    if isinstance(node.value, str):
        return " ".join(node.value.split())
    faults.add((key,), f"takes {what}, not a {'map' if isinstance(node.value, dict) else 'list'}", node.place)
    return None


def _text(tree: Node, key: str, longest: int, faults: Faults) -> str | None:
    text = _single(tree, key, faults, "a text")
    if text is not None and len(text) > longest:
        faults.add((key,), f"is over {longest:_} characters long", tree.items[key].place)
        return None
    return text


def _whole(tree: Node, key: str, low: int, high: int, faults: Faults) -> int | None:
    text = _single(tree, key, faults, "a whole number")
    if text is None:
        return None
    place = tree.items[key].place
    try:
        value = read_count(text)
    except ValueError as error:
        faults.add((key,), str(error), place)
        return None
    if low <= value <= high:
        return value
    allowed = f"at least {low}" if high > 10**15 else f"from {low:_} to {high:_}"
    faults.add((key,), f"{quoted(text)} is too {'small' if value < low else 'large'}; allowed is {allowed}", place)
    return None


def _word(tree: Node, key: str, known: tuple[str, ...], faults: Faults) -> str | None:
    text = _single(tree, key, faults, " or ".join(known))
    if text is None or text in known:
        return text
    close = nearest(text, known)
    hint = f"; did you mean '{close}'?" if close else ""
    faults.add((key,), f"{quoted(text)} is not one of {', '.join(known)}{hint}", tree.items[key].place)
    return None


def _design(tree: Node, faults: Faults) -> str | None:
    """The design; None where it is at fault."""
    if not _has(tree, "design"):
        return GRID
    text = _single(tree, "design", faults, "grid, latin hypercube or sobol")
    if text is None:
        return None
    if text.casefold() in DESIGNS:
        return DESIGNS[text.casefold()]
    close = nearest(text, DESIGNS)
    hint = f"; did you mean '{close}'?" if close else ""
    message = f"{quoted(text)} is not one of grid, latin hypercube, sobol{hint}"
    faults.add(("design",), message, tree.items["design"].place)
    return None


def _measures(tree: Node, faults: Faults) -> tuple[str, ...] | None:
    if not _has(tree, "measures"):
        return None
    node = tree.items["measures"]
    items = node.value if isinstance(node.value, tuple) else (node,)
    if not items or len(items) > MOST_MEASURES:
        said = "is empty; list measures such as deals, or leave the key out" if not items else "has too many entries"
        faults.add(("measures",), said, node.place)
    found: dict[str, str] = {}
    for each in items:
        if not isinstance(each.value, str):
            message = "takes a list of measures and claims, such as [deals, roi, 'deals >= 10']"
            faults.add(("measures",), message, each.place)
            continue
        try:
            measure = read_measure(each.value)
        except ClaimError as error:
            faults.add(("measures",), str(error), each.place)
            continue
        same = f"{measure.selector} {measure.op} {measure.value}" if isinstance(measure, Claim) else str(measure)
        if same in found:
            faults.add(("measures",), f"{quoted(each.value)} is there twice; keep one", each.place)
        found[same] = str(measure)
    return tuple(found.values())


def _precision(tree: Node, faults: Faults) -> Precision | None:
    if not _has(tree, "precision"):
        return None
    node = tree.items["precision"]
    usage = "{of: deals >= 10, within: 1%}"
    if not isinstance(node.value, dict):
        faults.add(("precision",), f"takes a map such as {usage}", node.place)
        return None
    refuse_unknown(node, OF_PRECISION, faults, "`precision`")
    texts = {key: _single(node, key, faults, "a single value") for key in OF_PRECISION}
    for key in ("of", "within"):
        if key not in node.items:
            faults.add(("precision", key), f"is missing; write {usage}", node.place)
    most = _whole(node, "most", 1, MOST_REPLICATIONS, faults)
    if texts["of"] is None or texts["within"] is None:
        return None
    try:
        of = read_measure(texts["of"])
        unit = "share" if isinstance(of, Claim) else of.unit
        return Precision(str(of), _within(texts["within"], unit, texts["of"]), 1_000_000 if most is None else most)
    except ClaimError as error:
        faults.add(("precision", "of"), str(error), node.items["of"].place)
    except ValueError as error:
        faults.add(("precision", "within"), str(error), node.items["within"].place)
    return None


def _within(text: str, unit: str, of: str) -> float:
    """A half-width above 0."""
    if "%" in text and unit != "share":
        raise ValueError(f"{quoted(text)} is no half-width of {of}, which is in {unit}; write one such as 0.5 or 10k")
    value = read_share(text) if "%" in text else read_money(text)
    if not value > 0:
        raise ValueError(f"{quoted(text)} is not above 0; write one such as {'1%' if unit == 'share' else '0.5'}")
    return value
