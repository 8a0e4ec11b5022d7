"""What does somebody see who has just installed simfunnel?"""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer

from simfunnel.cli import options, terminal
from simfunnel.cli.faults import guarded

CONFIG = "cold_leads.yaml"
_INTRO = (
    "A plan wants 10 customers worth $100,000 each. A quarter of the qualified leads buy, so 40 leads it is. "
    "Then sales leaves one lead in eight to go cold. What is the plan really worth?"
)

Folder = Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to put the pictures.")]


@guarded
def demo(out: Folder = Path("simfunnel-demo"), sims: options.Sims = None, seed: options.Seed = 7) -> None:
    """Run the article "why plans miss" and draw its pictures."""
    from simfunnel.cli import artefacts
    from simfunnel.cli.running import show
    from simfunnel.scenario import loads
    from simfunnel.simulation import simulate
    from simfunnel.writing import whole

    text = article()
    artefacts.prepare(out)
    terminal.say(f"{_INTRO}\n")
    result = simulate(loads(text, name=CONFIG), n_sims=sims, seed=seed)
    show(result)
    config = out / CONFIG
    if not config.exists():  # somebody may have begun to change it
        whole(config, text)
    artefacts.write(result, out)
    _say_what_next(out, config)


def article() -> str:
    """The scenario of the article, as a file."""
    return (resources.files("simfunnel.cli") / CONFIG).read_text(encoding="utf-8")


def _say_what_next(out: Path, config: Path) -> None:
    file = quote(str(config))
    steps = {
        f"Look at the pictures in {out}, {out / 'distribution.png'} first, and read the scenario:": [
            f"simfunnel explain {file}"
        ],
        "What would it be worth to leave fewer leads cold?": [f"simfunnel compare {file} --set stages.sql.neglect=2%"],
        "How many leads make the plan a promise?": [
            f"simfunnel run {file} --set sources.inbound.leads=63 --chance 'deals >= 10'"
        ],
        "Start from your own market:": ["simfunnel presets"],
    }
    terminal.say("\nWhat to do next", style="bold")
    for what, commands in steps.items():
        terminal.say(f"- {what}")
        for command in commands:
            terminal.exact(f"    {command}")
