"""Which options do several commands share, and how is what people type read?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from simfunnel.cli.faults import ArgumentError
from simfunnel.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from simfunnel.claims import Claim, Selector
    from simfunnel.scenario import Scenario

MOST = 10_000_000

Config = Annotated[str, typer.Argument(metavar="CONFIG", help="A scenario file, or the name of a preset.")]
Sims = Annotated[
    int | None,
    typer.Option(
        "--sims",
        min=1,
        max=MOST,
        metavar="N",
        help="Futures to simulate (default 10,000).",
        show_default=False,
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, metavar="S", help="The same seed brings the same futures.")]
Workers = Annotated[
    int | None,
    typer.Option(
        "--workers",
        min=1,
        metavar="N",
        help="Processes that share a long run (default one a core); no number depends on it.",
        show_default=False,
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Put a value in place of the file's: stages.sql.neglect=2%. Repeatable.",
        show_default=False,
    ),
]
Keep = Annotated[
    list[str] | None,
    typer.Option(
        "--keep",
        metavar="MEASURE",
        help=r"Keep a part of each future: revenue\[sector=retail]. Repeatable.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for programs, and nothing else, on standard output.")]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="DIR", help="Write the charts and tables into this folder.", show_default=False),
]


def scenario(config: str, set_: Iterable[str] | None = None) -> Scenario:
    """The scenario of a file or preset with what `--set` changes.

    Raises
    ------
    ArgumentError, ScenarioError
        When it cannot be read; for a folder, and for a decimal comma in a value, with what helps.
    """
    from simfunnel.claims import comma_hint
    from simfunnel.scenario import load

    changes = settings(set_)
    try:
        return load(config, set=changes)
    except ScenarioError as error:
        if Path(config).is_dir():
            raise ScenarioError([Problem("", _folder(Path(config)), config)]) from None
        hints = {("--set", path): f"; {comma_hint(value)}" for path, value in changes.items() if comma_hint(value)}
        raise ScenarioError(
            replace(each, message=each.message + hints.get((each.where, each.path), "")) for each in error.problems
        ) from None


def _folder(folder: Path) -> str:
    files = sorted(folder.glob("*.yaml")) + sorted(folder.glob("*.yml"))
    return "is a folder; name scenario files" + (f" in it, such as {files[0]}" if files else "")


def settings(texts: Iterable[str] | None) -> dict[str, str]:
    """What `--set` says: key path to text.

    Raises
    ------
    ArgumentError
        When one is not PATH=VALUE, or a path is set twice.
    """
    found: dict[str, str] = {}
    for text in texts or ():
        path, equals, value = text.partition("=")
        path = path.strip()
        if not equals or not path:
            raise ArgumentError(f"--set: '{text}' sets nothing; write PATH=VALUE, such as --set stages.sql.neglect=2%")
        if path in found:
            raise ArgumentError(f"--set: '{path}' is set twice, to '{found[path]}' and to '{value}'")
        found[path] = value
    return found


def share_between(option: str, text: str) -> float:
    """A share above 0 and below 1: `90%` or `0.9`.

    Raises
    ------
    ArgumentError
        When it is none.
    """
    from simfunnel.scenario.text import read_share

    try:
        value = read_share(text.strip())
    except ValueError as error:
        raise ArgumentError(f"{option}: {error}") from None
    if not 0 < value < 1:
        raise ArgumentError(f"{option}: '{text}' does not lie between 0 and 1; write one such as 90% or 0.9")
    return value


def precision(text: str | None) -> float | None:
    """A half-width: 0.5, 1%, 10k.

    Raises
    ------
    ArgumentError
        When it is not a number above 0.
    """
    if text is None:
        return None
    from simfunnel.scenario.text import read_money, read_share

    try:
        value = read_share(text.strip()) if "%" in text else read_money(text.strip())
    except ValueError:
        value = 0.0
    if not value > 0:
        raise ArgumentError(f"--precision: '{text}' is not a number above 0; write 0.5, 1% or 10k")
    return value


def check_precision(text: str | None, target: Claim | Selector) -> None:
    """Refuse a percentage where what is asked for is no share.

    Raises
    ------
    ArgumentError
        When the precision of money or a count is written in percent.
    """
    if text is None or "%" not in text or not hasattr(target, "unit") or target.unit == "share":
        return
    said = f"--precision: '{text}' is no half-width of {target} ({target.unit})"
    raise ArgumentError(f"{said}; write one such as 0.5 or 10k")


def kept(asked: Iterable[str], parts: Iterable[Selector]) -> list[str]:
    """What a run must keep: what was asked for, and the parts that claims speak of."""
    needed = [str(part) for part in parts if part.where and not _always_known(part)]
    return list(dict.fromkeys([*asked, *needed]))


def _always_known(part: Selector) -> bool:
    keys = [key for key, _ in part.where]
    return keys in (["period"], ["sla"]) or (part.name == "entered" and keys == ["stage"])


def claims(texts: Iterable[str] | None) -> list[Claim]:
    """Claims as read.

    Raises
    ------
    ClaimError
        At the first that cannot be.
    """
    from simfunnel.claims import parse_claim

    return [parse_claim(text) for text in texts or ()]


def target(text: str) -> Claim | Selector:
    """What a precision is asked of: a measure, or else a claim.

    Raises
    ------
    ClaimError
        When it is neither.
    """
    from simfunnel.claims import parse_claim, parse_selector

    return parse_claim(text) if any(sign in text.rpartition("]")[2] for sign in "<>=!") else parse_selector(text)


def part(target: Claim | Selector) -> Selector:
    """What a claim or measure speaks of."""
    from simfunnel.claims import Selector

    return target if isinstance(target, Selector) else target.selector


def processes(workers: int | None) -> int:
    """As many as are asked for, or one a core."""
    from simfunnel.workers import cores

    return workers or cores()


def beware(config: str, set_: Iterable[str] | None, changed: Scenario) -> list[str]:
    """Why what `--set` changes may do less than it looks: a conversion of entered leads that is resolved anew."""
    from simfunnel.studies.comparison.contrasts import resolved_anew

    if not set_:
        return []
    return [f"Beware: {found.sentence}." for found in resolved_anew("", scenario(config), changed)]
