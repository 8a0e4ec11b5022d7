"""What way do leads take: from which sources, through whose hands, back and out?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.patches import FancyArrowPatch, Rectangle

from simfunnel.charts.style import (
    BLUE,
    DASHED,
    FAINT,
    GREEN,
    GREY,
    INK,
    LINE,
    MISSED,
    SIZE,
    SMALL,
    TEXT,
    blank,
    frame,
    inked,
    label,
    root,
)
from simfunnel.explanation.process import ADVANCES, ENDED, ENDS, ENTERS, RECYCLED, RETURNS, Box, Move, Process
from simfunnel.explanation.process import process as described
from simfunnel.explanation.words import share
from simfunnel.results import Mean, Result
from simfunnel.results.text import plain
from simfunnel.scenario import Scenario

_LEFT, _RIGHT = 0.37, 0.6  # edges of the stages' boxes
_SOURCES, _ENDS = 0.2, 0.68  # where texts beside them end and begin
_HALF = 0.27  # half the height of a box
_FEWEST, _INCHES = 4, 0.72  # rows there is room for, and the height of each where there are many
_MOST_SOURCES = 4  # lines beside a stage
_THICKEST = 14.0  # points of the arrow that most leads take
_BULGE, _NARROW = 0.013, 0.021  # how far left an arc bends for each row that it goes back; beside the texts of rules
_WHITE = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}  # a text that an arc passes under


def process(of: Scenario | Result, *, ax: Axes | None = None) -> Axes:
    """Draw the lead process as a flow chart: stages with owners and promises, sources, ways back and ways out.

    Parameters
    ----------
    of
        A scenario, whose arrows say their rules; or a run of one, whose arrows say how many leads take them in the mean
        future and are as wide as they are many.
    ax : Axes, optional
        Where to draw, best in a figure of ``layout="constrained"``, for texts stand around; default: a new figure.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import simfunnel as sf
    >>> sf.charts.process(sf.load("industrial")).get_title(loc="left")
    'How a lead becomes “customer”'
    """
    drawn, is_own = described(of), ax is None
    n = len(drawn.boxes)
    with inked(ax) as ax:
        if is_own:
            root(ax).set_figheight(max(SIZE[1], 1.3 + _INCHES * n))
        blank(ax)
        ax.set_xlim(0.0, 1.0)
        room = max(_FEWEST - n, 0) / 2  # two stages need not fill the height of six
        ax.set_ylim(n - 0.55 + room, -0.55 - room)
        for row, box in enumerate(drawn.boxes):
            _draw_box(ax, row, box)
            _draw_sources(ax, row, [move for move in drawn.of(ENTERS) if move.end == box.name], drawn)
            _draw_ends(ax, row, [move for move in drawn.of(ENDED) if move.start == box.name], drawn)
            for move in drawn.of(ADVANCES):
                if move.start == box.name:
                    _draw_advance(ax, row, move, drawn)
        _draw_ways_back(ax, drawn)
        _frame(ax, of, drawn)
    return ax


def _frame(ax: Axes, of: Scenario | Result, drawn: Process) -> None:
    last = label(drawn.boxes[-1].name)
    has_run = isinstance(of, Result)
    end = "to the end of the run-off" if isinstance(of, Result) and of.terms.run_off_days else "to the horizon"
    leads = f"visits {end}, mean of the futures; arrows as wide as they are many"
    back = "; dashed: back from a competitor" if drawn.of(RETURNS) else ""
    footer = f"{plain(of.n_sims)} futures, seed {of.terms.seed}" if isinstance(of, Result) else ""
    title = f"How a lead becomes “{last}”"
    frame(
        ax,
        title=title,
        subtitle=f"{label(drawn.name, 44)}; {leads if has_run else 'shares are means'}{back}",
        footer=footer,
        xlabel="",
    )


def _draw_box(ax: Axes, row: int, box: Box) -> None:
    ax.add_patch(
        Rectangle(
            (_LEFT, row - _HALF), _RIGHT - _LEFT, 2 * _HALF, facecolor="white", edgecolor=INK, linewidth=1.2, zorder=3
        )
    )
    is_named = box.team.startswith(f"{box.owner}, ")  # a team that owns its stage is named once
    about = label(": ".join(part for part in ("" if is_named else box.owner, box.team or box.sla) if part), 34)
    middle = (_LEFT + _RIGHT) / 2
    _write(ax, label(box.name, 20), middle, row, 5.5 if about else 0.0, size=TEXT, color=INK, ha="center", zorder=4)
    if about:
        size = SMALL - (2.5 if box.visits is None else 1.5)  # the texts of rules leave the boxes less room
        _write(ax, about, middle, row, -8.0, size=size, color=FAINT, ha="center", zorder=4)


def _draw_sources(ax: Axes, row: int, moves: Sequence[Move], drawn: Process) -> None:
    if not moves:
        return
    named = moves if len(moves) <= _MOST_SOURCES else moves[: _MOST_SOURCES - 1]
    lines = [" ".join(part for part in (label(move.start, 24), _flow(move)) if part) for move in named]
    if len(named) < len(moves):
        lines.append(f"and {len(moves) - len(named)} more sources")
    _write(ax, "\n".join(lines), _SOURCES, row, 0.0, size=SMALL, color=INK, ha="right")
    _draw_arrow(ax, (_SOURCES + 0.01, row), (_LEFT, row), _thickness(moves, drawn), GREEN)


def _draw_ends(ax: Axes, row: int, moves: Sequence[Move], drawn: Process) -> None:
    name = drawn.boxes[row].name
    back = [f" ({move.share} return to {label(move.end, 16)})" for move in drawn.of(RETURNS) if move.via == name]
    returns = {ENDS["competitor"]: "".join(back)}
    lines = [f"{move.end} {_flow(move) or move.rule}{returns.get(move.end, '')}" for move in moves]
    if moves:
        _write(ax, "\n".join(lines), _ENDS, row, 0.0, size=SMALL, color=INK, ha="left")
        _draw_arrow(ax, (_RIGHT, row), (_ENDS - 0.01, row), _thickness(moves, drawn), MISSED)


def _draw_advance(ax: Axes, row: int, move: Move, drawn: Process) -> None:
    middle = (_LEFT + _RIGHT) / 2
    _draw_arrow(ax, (middle, row + _HALF), (middle, row + 1 - _HALF), _thickness([move], drawn), GREY)
    box = drawn.boxes[row]
    if move.flow is None or box.visits is None:
        said = move.rule
    else:
        said = f"{_flow(move)} of {plain(box.visits.value, box.visits.mcse)}"
        said += f" ({share(float(f'{move.flow.value / box.visits.value:.2g}'))})" if box.visits.value else ""
    _write(ax, said, middle + 0.02, row + 0.5, 0.0, size=SMALL, color=INK, ha="left", zorder=4, bbox=_WHITE)
    if box.cold is not None and box.cold.value:
        cold = f"{plain(box.cold.value, box.cold.mcse)} go cold"
        _write(ax, cold, middle - 0.02, row + 0.5, 0.0, size=SMALL, color=MISSED, ha="right")


def _draw_ways_back(ax: Axes, drawn: Process) -> None:
    """Arcs on the left for the recycled, on the right for those who return from a competitor."""
    rows = {box.name: row for row, box in enumerate(drawn.boxes)}
    widest = max((rows[move.start] - rows[move.end] for move in drawn.of(RECYCLED)), default=0)
    has_run = any(move.flow is not None for move in drawn.moves)
    beside = _LEFT - 0.015 - (_BULGE if has_run else _NARROW) * min(widest, 8)  # left of all arcs
    for move in drawn.of(RECYCLED):
        start, end = rows[move.start], rows[move.end]
        if start != end:
            _draw_arc(ax, _LEFT, (start - 0.14, end + 0.14), _thickness([move], drawn), BLUE)
        said = f"{_flow(move) or move.share} back to {label(move.end, 16)}"
        _write(ax, said, beside, start + 0.3, 0.0, size=SMALL - 1, color=BLUE, ha="right")
    for move in drawn.of(RETURNS):
        if move.via != move.end:
            _draw_arc(ax, _RIGHT, (rows[move.via] + 0.18, rows[move.end] + 0.18), 1.0, MISSED, is_dashed=True)


def _draw_arc(
    ax: Axes, x: float, rows: tuple[float, float], thickness: float, color: str, *, is_dashed: bool = False
) -> None:
    bend = f"arc3,rad={-0.35 if x == _LEFT else 0.35}"
    look = (
        {"arrowstyle": "-|>", "mutation_scale": 9, "linewidth": 1.0, "linestyle": DASHED}
        if is_dashed
        else _solid(thickness)
    )
    ax.add_patch(
        FancyArrowPatch(
            (x, rows[0]), (x, rows[1]), connectionstyle=bend, color=color, shrinkA=0, shrinkB=0, zorder=2, **look
        )
    )


def _draw_arrow(ax: Axes, start: tuple[float, float], end: tuple[float, float], thickness: float, color: str) -> None:
    ax.add_patch(FancyArrowPatch(start, end, color=color, shrinkA=0, shrinkB=0, zorder=2, **_solid(thickness)))


def _solid(thickness: float) -> dict[str, Any]:
    """An arrow whose shaft is so many points thick."""
    head = f"head_length={6 + thickness / 2},head_width={6 + 1.4 * thickness},tail_width={thickness}"
    return {"arrowstyle": f"simple,{head}", "mutation_scale": 1, "linewidth": 0}


def _write(
    ax: Axes, text: str, x: float, row: float, up: float, *, size: float, color: str, ha: str, **more: Any
) -> None:
    ax.annotate(
        text, (x, row), (0, up), textcoords="offset points", fontsize=size, color=color, ha=ha, linespacing=LINE,
        parse_math=False, annotation_clip=False, **{"va": "center", **more},
    )  # fmt: skip


def _flow(move: Move) -> str:
    return "" if move.flow is None else f"{plain(move.flow.value, move.flow.mcse)}"


def _thickness(moves: Sequence[Move], drawn: Process) -> float:
    """Points, by the leads that take these ways; the same for all where there is no run."""
    flows = [move.flow.value for move in moves if move.flow is not None]
    if not flows:
        return 1.3
    most = max(_total(drawn, kind, box) for kind in (ENTERS, ADVANCES, ENDED) for box in drawn.boxes)
    return max(1.0, _THICKEST * sum(flows) / most) if most else 1.0


def _total(drawn: Process, kind: str, box: Box) -> float:
    here = [move.flow for move in drawn.of(kind) if (move.end if kind == ENTERS else move.start) == box.name]
    return sum(flow.value for flow in here if isinstance(flow, Mean))
