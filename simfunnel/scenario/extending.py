"""What does a file say together with the preset or file that it extends?"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from simfunnel.errors import Problem, ScenarioError
from simfunnel.scenario.files import parse, read_text
from simfunnel.scenario.merging import merge
from simfunnel.scenario.text import quoted, read_count
from simfunnel.scenario.tree import Faults, Node, Place, nearest

__all__ = ["Origin", "check_version", "gather", "inside", "origin_of", "preset_names", "preset_text", "presets"]

SCHEMA_VERSION = 1
MAX_CHAIN = 10
SUFFIXES = (".yaml", ".yml")


@dataclass(frozen=True)
class Origin:
    """A text and what it may refer to: files within `root`, relative to `folder`; without a root, presets only."""

    text: str
    place: Place
    root: Path | None = None
    folder: Path | None = None


@cache
def preset_names() -> tuple[str, ...]:
    """Names of the presets that come with simfunnel, in alphabetical order."""
    folder = resources.files("simfunnel.scenario") / "presets"
    return tuple(sorted(entry.name.removesuffix(".yaml") for entry in folder.iterdir() if entry.name.endswith(".yaml")))


def preset_text(name: str) -> str:
    """The file of a preset."""
    return (resources.files("simfunnel.scenario") / "presets" / f"{name}.yaml").read_text(encoding="utf-8")


def presets() -> dict[str, str]:
    """The presets that come with simfunnel: name, and what each is about.

    Examples
    --------
    >>> "industrial" in presets()
    True
    """
    found: dict[str, str] = {}
    for name in preset_names():
        tree = parse(preset_text(name), Place("preset", name), Faults())
        about = tree.items.get("description")
        found[name] = " ".join(str(about.value).split()) if about is not None else ""
    return found


def origin_of(source: str | Path) -> Origin:
    """The text behind a path or the name of a preset.

    Raises
    ------
    ScenarioError
        It is neither, or cannot be read.
    """
    path = Path(source)
    if isinstance(source, str) and source in preset_names() and not path.is_file():
        return Origin(preset_text(source), Place("preset", source))
    place = Place("file", path.name)
    if path.suffix == ".npz" and _is_there(path):
        message = "is a stored result, not a scenario; `sf.Result.load` reads it, `simfunnel replay` runs it again"
        raise ScenarioError([Problem("", message, str(place))])
    if not _is_there(path):
        _refuse_missing(source, path, place)
    root = path.absolute().parent
    return Origin(read_text(path, place), place, root, root)


def _refuse_missing(source: str | Path, path: Path, place: Place) -> None:
    """Say that there is no such file or preset, and what is near."""
    beside = _beside(path)
    if isinstance(source, str) and path.suffix not in SUFFIXES:
        close = beside or nearest(source, preset_names())
        hint = f"did you mean '{close}'?" if close else f"the presets are {', '.join(preset_names())}"
        raise ScenarioError([Problem("", f"there is no file and no preset {quoted(source)}; {hint}")])
    hint = f"; did you mean '{beside}'?" if beside else ""
    raise ScenarioError([Problem("", f"there is no such file{hint}", str(place))])


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:  # a closed folder, a name too long: whoever opens it is told which
        return True


def _beside(path: Path) -> str | None:
    """The scenario file in the same folder that has the same name, or else a near one; as it would be typed."""
    try:
        names = sorted(each.name for each in path.parent.iterdir() if each.suffix in SUFFIXES)
    except (OSError, ValueError):
        return None
    stem = path.name.removesuffix(path.suffix) if path.suffix in SUFFIXES else path.name
    same = next((name for name in names if name in (f"{stem}.yaml", f"{stem}.yml")), None)
    close = same or (nearest(path.name, names, cutoff=0.8) if path.suffix in SUFFIXES else None)
    return str(path.with_name(close)) if close else None


def gather(origin: Origin, faults: Faults, chain: tuple[Origin, ...] = ()) -> Node:
    """The tree of a file, laid over the trees of all that it extends."""
    tree = parse(origin.text, origin.place, faults)
    check_version(tree, faults)
    own = Node({key: node for key, node in tree.items.items() if key not in ("schema", "extends")}, tree.place)
    reference = tree.items.get("extends")
    if reference is None or reference.value is None:
        return own
    base = _base(reference, origin, faults, (*chain, origin))
    if base is None:
        faults.is_incomplete = True
        return own
    return merge(base, own)


def check_version(tree: Node, faults: Faults) -> None:
    """Book a version of the language that is not the one that is read here."""
    node = tree.items.get("schema")
    if node is None or node.value is None:
        return
    try:
        version = read_count(str(node.value)) if isinstance(node.value, str) else 0
    except ValueError:
        version = 0
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        message = f"is {version}, and this version of simfunnel reads schema {SCHEMA_VERSION}: update simfunnel"
    else:
        message = f"is the version of the file's language; write {SCHEMA_VERSION}, or leave it out"
    faults.add(("schema",), message, node.place)


def _base(reference: Node, origin: Origin, faults: Faults, chain: tuple[Origin, ...]) -> Node | None:
    """The tree that a file extends, None where there is none to be had."""
    path = ("extends",)
    if not isinstance(reference.value, str):
        faults.add(path, "takes one name of a preset or one relative path", reference.place)
        return None
    try:
        base = _find(reference.value, origin)
        _check_cycle(base, chain)
        return gather(base, faults, chain)
    except ScenarioError as error:
        # What is wrong with the base stands at the base's own lines.
        for problem in error.problems:
            faults.add(path, str(problem), reference.place)
    except ValueError as error:
        faults.add(path, str(error), reference.place)
    return None


def _find(name: str, origin: Origin) -> Origin:
    if not name.endswith(SUFFIXES):
        if name in preset_names():
            return Origin(preset_text(name), Place("preset", name))
        close = nearest(name, preset_names())
        hint = f"did you mean '{close}'?" if close else f"the presets are {', '.join(preset_names())}"
        raise ValueError(f"there is no preset {quoted(name)}; {hint} (a file is named with its .yaml)")
    if origin.root is None or origin.folder is None:
        raise ValueError(f"{quoted(name)} is a file, but this scenario is not in a folder; extend a preset")
    target = inside(origin.root, origin.folder, name)
    place = Place("file", target.relative_to(origin.root.resolve()).as_posix())
    return Origin(read_text(target, place), place, origin.root, target.parent)


def _check_cycle(base: Origin, chain: tuple[Origin, ...]) -> None:
    labels = [str(origin.place) for origin in (*chain, base)]
    if any(origin.place == base.place for origin in chain):
        raise ValueError(f"goes round in a circle: {' > '.join(labels)}")
    if len(chain) > MAX_CHAIN:
        raise ValueError(f"is a chain of more than {MAX_CHAIN} files: {' > '.join(labels)}")


def inside(root: Path, folder: Path, name: str) -> Path:
    """The file that a relative path names, which must lie within the folder of the scenario.

    Raises
    ------
    ValueError
        The path is absolute, or leads out of the folder, be it by a link.
    """
    if name.startswith(("/", "\\", "~")) or ":" in name or "\\" in name:
        raise ValueError(f"{quoted(name)} is not a relative path such as base.yaml or parts/base.yaml")
    try:
        target = (folder / name).resolve()
        escapes = not target.is_relative_to(root.resolve())
    except (OSError, RuntimeError):
        raise ValueError(f"{quoted(name)} cannot be followed") from None
    if escapes:
        raise ValueError(f"{quoted(name)} leads out of the folder of the scenario; keep the files it needs within it")
    return target
