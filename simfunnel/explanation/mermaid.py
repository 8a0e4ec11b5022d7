"""How does a lead process read as a Mermaid flow chart, which wikis and Markdown viewers draw?"""

from __future__ import annotations

from simfunnel.explanation.process import ADVANCES, ENTERS, RECYCLED, RETURNS, Box, Move, Process, process
from simfunnel.results import Result
from simfunnel.results.text import plain
from simfunnel.scenario import Scenario

_WIDEST = 12.0  # pixels of the arrow that most leads take


def mermaid(of: Scenario | Result) -> str:
    """The lead process as text for Mermaid: stages with owners, promises and teams, sources, ways back and ways out.

    Parameters
    ----------
    of
        A scenario; or a run of one, whose arrows are then as wide as leads are many and say how many there are in the
        mean future.

    Examples
    --------
    >>> import simfunnel as sf
    >>> base = sf.loads('''
    ... horizon: 1 year
    ... process: [sql, customer]
    ... sources: {inbound: {enters: sql, leads: 40}}
    ... stages: {sql: {owner: sales, conversion: 25%}}
    ... ''')
    >>> print(mermaid(base))
    flowchart LR
        source0(["inbound"])
        stage0["sql<br>sales"]
        stage1["customer"]
        end0(["dropped"])
        source0 --> stage0
        stage0 -- "25 %" --> stage1
        stage0 -- "100 % of rejected" --> end0
    <BLANKLINE>
    """
    drawn = process(of)
    names = {box.name: f"stage{k}" for k, box in enumerate(drawn.boxes)}
    starts = {name: f"source{k}" for k, name in enumerate(drawn.sources)}
    ends = {name: f"end{k}" for k, name in enumerate(drawn.ends)}
    lines = [f'{key}(["{_safe(name)}"])' for name, key in starts.items()]
    lines += [f'{names[box.name]}["{_box(box)}"]' for box in drawn.boxes]
    lines += [f'{key}(["{name}"])' for name, key in ends.items()]
    for move in drawn.moves:
        start = (starts if move.kind == ENTERS else ends if move.kind == RETURNS else names)[move.start]
        end = (names if move.kind in (ENTERS, ADVANCES, RECYCLED, RETURNS) else ends)[move.end]
        lines.append(_arrow(start, end, move))
    lines += _widths(drawn)
    return "\n".join(["flowchart LR", *(f"    {line}" for line in lines), ""])


def _box(box: Box) -> str:
    return "<br>".join(_safe(part) for part in (box.name, box.owner, box.sla, box.team) if part)


def _arrow(start: str, end: str, move: Move) -> str:
    is_back = move.kind in (RECYCLED, RETURNS)
    flow = "" if move.flow is None else f"{plain(move.flow.value, move.flow.mcse)} leads"
    said = "; ".join(part for part in (flow, move.rule) if part)
    if is_back:
        return f'{start} -. "{_safe(": ".join(part for part in (move.kind, said) if part))}" .-> {end}'
    return f'{start} -- "{_safe(said)}" --> {end}' if said else f"{start} --> {end}"


def _widths(drawn: Process) -> list[str]:
    most = max((move.flow.value for move in drawn.moves if move.flow is not None), default=0.0)
    if not most:
        return []
    return [
        f"linkStyle {k} stroke-width:{max(1.0, _WIDEST * move.flow.value / most):.1f}px"
        for k, move in enumerate(drawn.moves)
        if move.flow is not None
    ]


def _safe(text: str) -> str:
    """Text that Mermaid shows as it is: no quotes, tags or markup of its own."""
    printable = "".join(c if c.isprintable() else " " for c in text)
    return "".join(c if c.isalnum() or c in " .,;:%()/+-_'" else f"#{ord(c)};" for c in printable)
