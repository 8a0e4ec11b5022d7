"""Which files does a run leave behind: charts, tables for a spreadsheet, the result itself?"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from simfunnel.cli import terminal
from simfunnel.cli.faults import ArgumentError
from simfunnel.writing import neutral, whole

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from simfunnel.results import Result
    from simfunnel.studies.allocation import Allocation
    from simfunnel.studies.comparison import Comparison
    from simfunnel.studies.information import ValueOfInformation
    from simfunnel.studies.sensitivity import Sensitivity
    from simfunnel.studies.sizing import BackwardPlan, Frontier, Sizing
    from simfunnel.studies.sweep import SweepResult

#: Charts of one run, in the order of a report.
PICTURES = ("distribution", "dots", "exceedance", "waterfall", "funnel", "fan", "process", "convergence")
_MEASURES = 3  # pictures where nothing is claimed


def prepare(out: Path | None, save: Path | None = None) -> None:
    """Make the folder, and see that files can be written, before anything long is begun.

    Raises
    ------
    ArgumentError
        When a result would have no place.
    OSError
        When the folder cannot be made.
    """
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
    if save is None:
        return
    if save.is_dir() or save.suffix != ".npz":
        raise ArgumentError(f"--save: '{save}' is not a name of a file that ends with .npz")
    if not save.parent.is_dir():
        raise ArgumentError(f"--save: there is no folder '{save.parent}'")


def write(result: Result, out: Path | None, save: Path | None = None) -> None:
    """Write what was asked for, and say what was written."""
    if save is not None:
        result.save(save)
        terminal.complain(f"Stored {save}")
    if out is not None:
        names = [*tables(result, out), *pictures(result, out)]
        terminal.complain(f"Wrote {', '.join(names)} into {out}")


def hand_over(
    found: Any, out: Path | None, write: Callable[[Any, Path], None], show: Callable[[Any], None], as_json: bool
) -> None:
    """Write what a study found, then print it: a reader who stops reading must not cost the files."""
    if out is not None:
        write(found, out)
    if as_json:
        terminal.raw(json.dumps(found.to_json(), indent=2))
    else:
        show(found)


def write_comparison(found: Comparison, out: Path) -> None:
    """Write the table and the chart of a comparison."""
    from simfunnel import charts

    frame = found.summary()
    whole(out / "comparison.csv", neutral(frame).to_csv(index=False, lineterminator="\n"))
    charts.save(charts.comparison(found), out / "comparison.png")
    charts.save(charts.comparison(found, "profit"), out / "comparison_profit.png")
    terminal.complain(f"Wrote comparison.csv, comparison.png, comparison_profit.png into {out}")


def write_sizing(found: Sizing, out: Path) -> None:
    """Write the curve, the prices and the charts of a sizing."""
    from simfunnel import charts

    for name, frame in (("sizing.csv", found.curve()), ("prices.csv", found.prices())):
        frame.insert(0, "lever", found.lever)
        whole(out / name, neutral(frame).to_csv(index=False, lineterminator="\n"))
    charts.save(charts.sizing(found), out / "sizing.png")
    charts.save(charts.price(found), out / "price.png")
    terminal.complain(f"Wrote sizing.csv, prices.csv, sizing.png, price.png into {out}")


def write_frontier(found: Frontier, out: Path) -> None:
    """Write the corners and the chart of a frontier."""
    from simfunnel import charts

    frame = found.to_frame()
    frame.insert(0, "lever", found.lever)
    frame.insert(1, "beside", found.by)
    whole(out / "frontier.csv", neutral(frame).to_csv(index=False, lineterminator="\n"))
    charts.save(charts.frontier(found), out / "frontier.png")
    terminal.complain(f"Wrote frontier.csv, frontier.png into {out}")


def write_plan(found: BackwardPlan, out: Path) -> None:
    """Write the table of a plan made backwards, tidy, with the curve and prices behind it, and their charts."""
    from simfunnel import charts

    for name, frame in (("plan.csv", found.to_frame()), ("curve.csv", found.curve()), ("prices.csv", found.prices())):
        frame.insert(0, "scenario", found.name)
        whole(out / name, neutral(frame).to_csv(index=False, lineterminator="\n"))
    charts.save(charts.backward_plan(found), out / "plan.png")
    charts.save(charts.price(found), out / "price.png")
    terminal.complain(f"Wrote plan.csv, curve.csv, prices.csv, plan.png, price.png into {out}")


def write_information(found: ValueOfInformation, out: Path) -> None:
    """Write the table and the chart of a study of information."""
    from simfunnel import charts

    whole(out / "information.csv", neutral(found.to_frame()).to_csv(index=False, lineterminator="\n"))
    charts.save(charts.information(found), out / "information.png")
    terminal.complain(f"Wrote information.csv, information.png into {out}")


def write_sensitivity(found: Sensitivity, out: Path) -> None:
    """Write the tables and the charts of a study of sensitivity, of what was asked for."""
    from simfunnel import charts

    names = []
    for name, part in (("tornado", found.tornado), ("sobol", found.sobol), ("given_data", found.given_data)):
        if part is None:
            continue
        whole(out / f"{name}.csv", neutral(part.to_frame()).to_csv(index=False, lineterminator="\n"))
        of_part = replace(found, sobol=None) if name == "given_data" else found
        ax = charts.tornado(found) if name == "tornado" else charts.sobol(of_part)
        charts.save(ax, out / f"{name}.png")
        names += [f"{name}.csv", f"{name}.png"]
    terminal.complain(f"Wrote {', '.join(names)} into {out}")


def write_allocation(found: Allocation, out: Path) -> None:
    """Write the split, its chart and the scenario with it."""
    from simfunnel import charts

    whole(out / "allocation.csv", neutral(found.to_frame()).to_csv(index=False, lineterminator="\n"))
    whole(out / "allocated.yaml", found.scenario.to_yaml())
    charts.save(charts.allocation(found), out / "allocation.png")
    terminal.complain(f"Wrote allocation.csv, allocated.yaml, allocation.png into {out}")


def write_sweep(found: SweepResult, out: Path) -> None:
    """Write the table of a sweep, and a picture of each claim, or of the first measures, as its parameters allow."""
    found.to_csv(out / "table.csv")
    names = ["table.csv", *(each.name for each in sweep_pictures(found, out))]
    terminal.complain(f"Wrote {', '.join(names)} into {out}")


def sweep_pictures(found: SweepResult, folder: Path) -> list[Path]:
    """A heat map where two parameters vary, lines where one does, small pictures where a third does as well."""
    from simfunnel import charts
    from simfunnel.claims import Claim
    from simfunnel.studies.sweep.slices import varying

    sweep = found.sweep
    claims = [name for name, each in zip(sweep.measures, sweep.claims, strict=True) if isinstance(each, Claim)]
    shown = claims or list(sweep.measures[:_MEASURES])
    kind, draw = ("heat_map", charts.heat_map) if len(varying(sweep)) > 1 else ("lines", charts.lines)
    written = []
    for name, part in zip(shown, file_names(shown), strict=True):
        chart: Axes | Figure
        try:
            chart = draw(found, name)
        except ValueError:  # more parameters than two
            try:
                chart = charts.small_multiples(found, name)
            except ValueError as error:
                terminal.complain(f"No picture of {name}: {error}")
                continue
        written.append(charts.save(chart, folder / f"{kind}_{part}.png"))
    return written


def file_names(measures: Sequence[str]) -> list[str]:
    """Measures as names of files, no two the same.

    >>> file_names(["deals >= 10", "deals <= 10", "revenue[sector=retail]"])
    ['deals_at_least_10', 'deals_at_most_10', 'revenue_sector_retail']
    """
    found: list[str] = []
    for text in measures:
        for sign, said in (
            (">=", " at least "),
            ("<=", " at most "),
            ("==", " is "),
            (">", " above "),
            ("<", " below "),
        ):
            text = text.replace(sign, said)
        name = "_".join(re.findall(r"[A-Za-z0-9.]+", text))[:60] or "measure"
        same = sum(each == name or each.startswith(f"{name}~") for each in found)
        found.append(f"{name}~{same + 1}" if same else name)
    return found


def pictures(result: Result, folder: Path) -> list[str]:
    """Draw every chart of a run as PNG; the names of the files."""
    from simfunnel import charts

    names = []
    for name in PICTURES:
        ax = getattr(charts, name)(result)
        names.append(charts.save(ax, folder / f"{name}.png").name)
    return names


def tables(result: Result, folder: Path) -> list[str]:
    """Write the tables of a run for a spreadsheet; the names of the files."""
    frames = {
        "summary.csv": result.summary().reset_index(),
        "stages.csv": result.stages(by=("stage", "sector")),
        "sources.csv": result.sources(),
        "ledger.csv": result.ledger(),
        "timeline.csv": result.timeline(),
        "metrics.csv": result.metrics().reset_index(),
    }
    only_some_have = {
        "teams.csv": result.teams(),
        "sla.csv": result.sla(),
        "sla_periods.csv": result.sla(by="period"),
        "programmes.csv": result.programmes(by=("stage", "source")),
        "scores.csv": result.score_profile(),
        "reasons.csv": result.reasons(),
    }
    frames |= {name: frame for name, frame in only_some_have.items() if not frame.empty}
    for name, frame in frames.items():
        frame.insert(0, "scenario", result.name)
        whole(folder / name, neutral(frame).to_csv(index=False, lineterminator="\n"))
    return list(frames)
