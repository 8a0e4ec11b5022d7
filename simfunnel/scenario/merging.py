"""What happens to a value when another file, `--set` or `change` says something else at its key?"""

from __future__ import annotations

from simfunnel.scenario.tree import Faults, KeyPath, Node, dotted, nearest

__all__ = ["merge", "put"]

# Maps of shares or weights that only make sense together: the newer replaces the older as a whole.
REPLACED = frozenset(
    {
        ("stages", "*", "cold"),
        ("stages", "*", "rejected"),
        ("sources", "*", "sectors"),
        ("sources", "*", "arrive", "weekdays"),
        ("sources", "*", "arrive", "months"),
        ("teams", "*", "people"),
    }
)
# Two ways to say the same thing: whoever writes one of them takes the other back.
EITHER_OR: dict[KeyPath, tuple[tuple[frozenset[str], ...], ...]] = {
    ("stages", "*"): ((frozenset({"conversion"}), frozenset({"conversion_of_entered"})),),
    ("stages", "*", "recycle"): ((frozenset({"odds"}), frozenset({"lift"})),),
    ("sources", "*", "yield"): ((frozenset({"most", "half", "shape"}), frozenset({"leads", "at", "exponent"})),),
    ("sources", "*"): (
        (frozenset({"leads"}), frozenset({"visits", "capture"}), frozenset({"budget"}), frozenset({"share"})),
        (frozenset({"leads", "visits", "capture"}), frozenset({"yield"})),
        (frozenset({"cost_per_lead"}), frozenset({"yield"})),
        (frozenset({"odds"}), frozenset({"lift"})),
    ),
}
NAMED = ("sources", "stages", "teams", "sectors", "costs")


def merge(base: Node, newer: Node, path: KeyPath = ()) -> Node:
    """The older node with all that the newer one says in its place: maps key by key, everything else as a whole."""
    if not isinstance(base.value, dict) or not isinstance(newer.value, dict) or _pattern(path) in REPLACED:
        return newer
    items = {key: node for key, node in base.value.items() if key not in _taken_back(newer, path)}
    for key, node in newer.value.items():
        items[key] = merge(items[key], node, (*path, key)) if key in items else node
    return Node(items, newer.place)


def put(tree: Node, path: KeyPath, value: Node, faults: Faults) -> Node:
    """The tree with a value merged in at a key path; maps on the way there are made where they are missing."""
    return _put(tree, path, value, faults, ())


def _put(node: Node, path: KeyPath, value: Node, faults: Faults, done: KeyPath) -> Node:
    if not path:
        return merge(node, value, done)
    key, here = path[0], (*done, path[0])
    if not isinstance(node.value, dict):
        faults.add((*done, *path), f"cannot be set: {dotted(done)} is a single value, not a map", value.place)
        return node
    known = node.value.get(key)
    if known is None and len(path) > 1 and len(done) == 1 and done[0] in ("sources", "teams", "sectors"):
        _refuse_unknown(key, path, node, faults, done, value)
        return node
    if len(path) > 1:
        below = known if known is not None and known.value is not None else Node({}, value.place)
        return Node({**node.value, key: _put(below, path[1:], value, faults, here)}, node.place)
    gone = _taken_back(Node({key: value}, value.place), done)
    items = {other: entry for other, entry in node.value.items() if other not in gone}
    return Node({**items, key: value if known is None else merge(known, value, here)}, node.place)


def _refuse_unknown(key: str, path: KeyPath, node: Node, faults: Faults, done: KeyPath, value: Node) -> None:
    close = nearest(key, node.items)
    hint = f"did you mean '{close}'?" if close else f"there are: {', '.join(node.items) or 'none'}"
    faults.add((*done, *path), f"there is no {done[0].removesuffix('s')} '{key}'; {hint}", value.place)


def _taken_back(newer: Node, path: KeyPath) -> frozenset[str]:
    """Keys of the older map that contradict what the newer one says."""
    gone: set[str] = set()
    for ways in EITHER_OR.get(_pattern(path), ()):
        given = [way for way in ways if any(key in newer.items and newer.items[key].value is not None for key in way)]
        if len(given) == 1:
            gone.update(*(way for way in ways if way is not given[0]))
    return frozenset(gone)


def _pattern(path: KeyPath) -> KeyPath:
    """A key path with `*` for the names that people choose, the rules of a sector's stage as those of a stage."""
    if path[:1] == ("sectors",) and path[2:3] == ("stages",):
        path = path[2:]
    return (*path[:1], "*", *path[2:]) if len(path) > 1 and path[0] in NAMED else path
