"""What does `simfunnel compare` print?"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated

import typer

from simfunnel.cli import options, promises, tables, terminal
from simfunnel.cli.faults import ArgumentError, guarded

if TYPE_CHECKING:
    from simfunnel.studies.comparison import Comparison

_HEADS = ("", "baseline", "variant", "difference", "95 % CI", "better", "equal", "worse")

Configs = Annotated[
    list[str],
    typer.Argument(
        metavar="BASE [VARIANT...]", help="Scenario files or presets; the first is the baseline.", show_default=False
    ),
]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Compare BASE also with itself so changed: stages.sql.neglect=2%. Repeatable.",
        show_default=False,
    ),
]


@guarded
def compare(
    configs: Configs,
    sims: options.Sims = None,
    seed: options.Seed = 0,
    set_: Set = None,
    keep: options.Keep = None,
    workers: options.Workers = None,
    as_json: options.Json = False,
    out: options.Out = None,
) -> None:
    """Compare scenarios in the very same futures: what is the change worth, and how sure is that?"""
    from simfunnel.cli import artefacts
    from simfunnel.studies.comparison import compare as pair

    changes = options.settings(set_)
    if len(configs) < 2 and not changes:
        raise ArgumentError("compare needs a variant: name a second file, or change the first with --set PATH=VALUE")
    scenarios = [options.scenario(config) for config in configs]
    if changes:
        said = ", ".join(f"{path} = {value.strip()}" for path, value in changes.items())
        changed = options.scenario(configs[0], set_)
        scenarios.append(changed.change({}, name=f"{changed.name}, with {said}"[:200]))
    artefacts.prepare(out)
    found = pair(
        *scenarios,
        n_sims=10_000 if sims is None else sims,
        seed=seed,
        workers=options.processes(workers),
        keep=tuple(keep or ()),
    )
    if out is not None:  # before anything is printed: a reader who stops reading must not cost the files
        artefacts.write_comparison(found, out)
    if as_json:
        terminal.raw(json.dumps(found.to_json(), indent=2))
    else:
        show(found)


def _lost(found: Comparison) -> list[tuple[str, ...]]:
    """What each stage and cause takes from each scenario, in deals net of what is won all the same, and in all."""
    heads = {"net_deals": ("net deals", "deals")}
    books = [{row[0]: row[1] for row in tables.causes(run, heads)} for run in found.runs]
    names = [name for name in dict.fromkeys(name for book in books for name in book) if name != "all"]
    return [(name, *(book.get(name, "0") for book in books)) for name in [*names, "all"]]


def _kept(found: Comparison) -> list[tuple[str, ...]]:
    """How far each scenario keeps the SLAs."""
    books = [promises.attained(run) for run in found.runs]
    return [(name, *(book.get(name, "-") for book in books)) for name in dict.fromkeys(k for b in books for k in b)]


def _waits(found: Comparison) -> list[tuple[str, ...]]:
    """What share of the leads each team loses while they wait, in each scenario."""
    heads = {"gone_share": tables.TEAMS["gone_share"]}
    books = [{row[0]: row[1] for row in tables.of_teams(run, heads)} for run in found.runs]
    return [(name, *(book.get(name, "-") for book in books)) for name in dict.fromkeys(k for b in books for k in b)]


def show(found: Comparison) -> None:
    """Print a comparison: a sentence a variant first, what to beware of, then the tables."""
    from simfunnel.studies.comparison.wording import cautions, notes, rows, sentence

    variants = found.names[1:]
    for variant in variants:
        terminal.say(sentence(found, variant), style="bold")
    for caution in cautions(found):
        terminal.say(caution)
    for variant in variants:
        terminal.say(f"\n{variant}" if len(variants) > 1 else "")
        terminal.show(_HEADS, rows(found, variant))
    heads = ("", "baseline", *(("variant",) if len(variants) == 1 else variants))
    lost = _lost(found)
    for title, each in (
        # the last is their total, and of a single cause the tables above say it all
        ("Deals that leads going cold cost, by cause", lost if len(lost) > 2 else []),
        ("Leads that a team loses while they wait", _waits(found)),
        ("SLAs attained", _kept(found)),
    ):
        if each:
            terminal.say(f"\n{title} (mean ± half of its 95 % confidence interval):")
            terminal.show(heads, each, fold=True)
    terminal.say("")
    for note in notes(found):
        terminal.say(note, style="dim" if note.startswith("Baseline") else "")
