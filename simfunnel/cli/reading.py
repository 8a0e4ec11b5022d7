"""What is said about files before anything is run: `check`, `explain`, `presets`, `schema`?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import YOURS, ArgumentError, guarded

Files = Annotated[list[str], typer.Argument(metavar="FILES...", help="Scenario or sweep files.", show_default=False)]
Preset = Annotated[str | None, typer.Argument(metavar="[NAME]", help="The preset to print.", show_default=False)]
SchemaFile = Annotated[Path | None, typer.Option("--out", metavar="FILE", help="Write it here.", show_default=False)]
Reference = Annotated[bool, typer.Option("--reference", help="Every key and distribution in Markdown, for people.")]
OfSweeps = Annotated[bool, typer.Option("--sweep", help="That of sweep files.")]
Mermaid = Annotated[bool, typer.Option("--mermaid", help="The lead process as a flow chart in Mermaid's text.")]
Uncertain = Annotated[bool, typer.Option("--uncertain/--no-uncertain", help="List each uncertain input.")]


@guarded
def check(files: Files) -> None:
    """Say every fault of scenario or sweep files at once, and what looks odd: file:line: key: what is wrong."""
    from simfunnel.errors import ScenarioError
    from simfunnel.resolved import doubts, resolve
    from simfunnel.scenario.loading import is_sweep_file

    faulty = 0
    for file in files:
        try:
            if is_sweep_file(file):
                _check_sweep(file)
                continue
            scenario = options.scenario(file)
            resolve(scenario)
        except ScenarioError as error:
            faulty += 1
            terminal.exact(str(error))
            continue
        found = doubts(scenario)
        for doubt in found:
            terminal.exact(f"warning: {doubt}")
        terminal.exact(f"{file}: ok{', but see the warnings' if found else ''}")
    if faulty:
        raise typer.Exit(YOURS)


def _check_sweep(file: str) -> None:
    from simfunnel.studies.sweep import define, refuse_impossible
    from simfunnel.studies.sweep.cautions import cautions
    from simfunnel.studies.sweep.outline import outline

    sweep = define(file)
    tried = refuse_impossible(sweep)
    found = cautions(sweep)
    for line in [*outline(sweep), *filter(None, tried.words(sweep).split("\n"))]:
        terminal.exact(line)
    for caution in found:
        terminal.exact(f"warning: {caution}")
    terminal.exact(f"{file}: ok{', but see the warnings' if found else ''}")


@guarded
def explain(
    config: options.Config, set_: options.Set = None, uncertain: Uncertain = True, mermaid: Mermaid = False
) -> None:
    """Say a scenario back in sentences: rules, what was derived, what is uncertain, what looks wrong."""
    from simfunnel.explanation import explain as explained
    from simfunnel.explanation.mermaid import mermaid as drawn

    if mermaid:
        terminal.raw(drawn(options.scenario(config, set_)))
        return
    scenario = options.scenario(config, set_)
    for caution in options.beware(config, set_, scenario):
        terminal.complain(caution)
    text = explained(scenario, uncertain=uncertain)
    for number, line in enumerate(text.split("\n")):
        terminal.say(line, style="bold" if number == 0 or line.isupper() else "")


@guarded
def presets(name: Preset = None) -> None:
    """List the presets, or print one with its sources, ready to be a file of your own."""
    from simfunnel.scenario import presets as known
    from simfunnel.scenario.extending import preset_text
    from simfunnel.scenario.tree import nearest

    about = known()
    if name is None:
        for each, text in about.items():
            terminal.say(each, style="bold")
            terminal.say(f"  {text}")
        terminal.say("\nRun one by its name, print it with `simfunnel presets NAME`, or build on it: `extends: NAME`.")
        return
    if name not in about:
        close = nearest(name, about)
        hint = f"did you mean '{close}'?" if close else f"the presets are {', '.join(about)}"
        raise ArgumentError(f"there is no preset '{name}'; {hint}")
    terminal.raw(preset_text(name))


def _sweep_schema() -> dict[str, Any]:
    from simfunnel.studies.sweep.editor import sweep_schema

    return sweep_schema()


@guarded
def schema(out: SchemaFile = None, reference: Reference = False, sweep: OfSweeps = False) -> None:
    """Print the JSON Schema of scenario files, from which editors complete and check."""
    from simfunnel.scenario import json_schema
    from simfunnel.scenario import reference as described
    from simfunnel.writing import whole

    if sweep and reference:
        raise ArgumentError("--reference is about scenarios; docs/sweeps.md describes sweep files")
    text = (
        described()
        if reference
        else json.dumps(_sweep_schema() if sweep else json_schema(), indent=2, ensure_ascii=False) + "\n"
    )
    if out is None:
        terminal.raw(text)
        return
    whole(out, text)
    terminal.complain(f"Wrote {out}")
