"""How do all charts look?

One palette (Okabe and Ito's, told apart by the colour-blind), one size that suits a slide, labels beside what they
name, and text that is never read as a formula. Settings are applied while a chart is drawn and put back: nothing global
is left.
"""

from __future__ import annotations

import re
import unicodedata
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from io import BytesIO
from math import inf
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

BLUE, SKY, GREEN, YELLOW = "#0072B2", "#56B4E9", "#009E73", "#F0E442"
ORANGE, VERMILLION, PURPLE, GREY = "#E69F00", "#D55E00", "#CC79A7", "#A0A0A0"
INK, FAINT, HAIR = "#222222", "#595959", "#DDDDDD"
#: A future that keeps the plan, and one that does not; the same in every chart.
REACHED, MISSED = BLUE, VERMILLION
#: Parts of a whole, in the order in which they are given out; neighbours differ in lightness as well.
PARTS = (BLUE, ORANGE, GREEN, SKY, VERMILLION, PURPLE)

DASHED = (0, (4, 3))
SIZE = (10.0, 5.625)  # inches: a 16:9 slide
TITLE, TEXT, SMALL = 16.0, 11.0, 9.5
LINE = 1.3  # height of a line of text in font sizes
#: Where a sentence is best broken: behind a clause, before a bracket that ends it.
_JOINTS = re.compile(r"(?:(?<=[,;])|(?<=[^0-9]:)) | (?=\([^()]*\)$)")
_BREAKS = re.compile(r"(?<!CI) (?!%|CI )")
_TICKS = 24  # more than any locator here asks for

#: Fonts that draw Chinese, Japanese and Korean where they are installed, and matplotlib's own boxes where none is.
_FONTS = (
    "DejaVu Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans SC", "Noto Sans JP", "Noto Sans KR",
    "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "Droid Sans Fallback", "IPAexGothic", "IPAGothic",
    "Hiragino Sans", "PingFang SC", "Microsoft YaHei", "Yu Gothic", "MS Gothic", "Malgun Gothic", "Arial Unicode MS",
    "Last Resort High-Efficiency",
)  # fmt: skip


@cache
def settings() -> Any:
    """The matplotlib settings of every chart."""
    installed = set(font_manager.fontManager.get_font_names())
    return {
        "font.family": [*(name for name in _FONTS if name in installed), "sans-serif"],  # the last is for SVG readers
        "font.size": TEXT,
        "text.parse_math": False,
        "text.usetex": False,
        "text.hinting": "none",  # hinted letters are of another width at another resolution, and labels would collide
        "text.color": INK,
        "axes.unicode_minus": True,
        "axes.facecolor": "white",
        "axes.edgecolor": FAINT,
        "axes.labelcolor": FAINT,
        "axes.labelsize": TEXT,
        "axes.titlesize": TITLE,
        "axes.titleweight": "normal",  # bold has no boxes for missing characters, and says so on the console
        "axes.titlecolor": INK,
        "axes.linewidth": 0.8,
        "axes.grid": False,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "xtick.color": FAINT,
        "ytick.color": FAINT,
        "xtick.labelsize": TEXT,
        "ytick.labelsize": TEXT,
        "figure.facecolor": "white",
        "savefig.facecolor": "auto",
        "savefig.bbox": None,
        "hatch.linewidth": 0.8,
        "lines.solid_capstyle": "butt",
        "svg.fonttype": "none",  # words stay words: they can be searched, read aloud and drawn with the reader's fonts
        "svg.hashsalt": "simfunnel",
    }


@contextmanager
def in_style() -> Iterator[None]:
    """The settings of every chart, while something is drawn or written."""
    with mpl.rc_context(settings()), warnings.catch_warnings():
        # where no installed font has a character the picture shows a box; that is no reason to alarm a reader
        warnings.filterwarnings("ignore", message="Glyph .* missing from", category=UserWarning)
        yield


class Picture(Axes):
    """Axes of a chart with a figure of its own; a notebook shows the picture, though pyplot knows nothing of it."""

    def _repr_png_(self) -> bytes:
        return _shown(root(self))


class Sheet(Figure):
    """Several pictures on one page; a notebook shows it."""

    def _repr_png_(self) -> bytes:
        return _shown(self)


def _shown(figure: Figure) -> bytes:
    """A picture for a notebook, with 128 colours: a third of the bytes that it has to hold."""
    from PIL import Image

    file, small = BytesIO(), BytesIO()
    with in_style():
        figure.savefig(file, format="png", dpi=90, metadata={"Software": None})
    Image.open(file).convert("RGB").quantize(128, dither=Image.Dither.NONE).save(small, format="png", optimize=True)
    return small.getvalue()


@contextmanager
def inked(ax: Axes | None) -> Iterator[Axes]:
    """Axes to draw on, given or new, with the settings of every chart in force."""
    with in_style():
        if ax is None:
            figure = Figure(figsize=SIZE)
            figure.set_layout_engine("constrained", w_pad=0.14, h_pad=0.1)
            ax = figure.add_subplot(axes_class=Picture)
        yield ax


def label(text: str, most: int = 28) -> str:
    """Any text as a short label: no control characters, the middle left out where it is longer than `most` columns.

    >>> label("Machine tools, Northern Europe and Iceland", 24)
    'Machine tools,…d Iceland'
    """
    text = " ".join("".join(character if character.isprintable() else " " for character in text).split())
    if _columns(text) <= most:
        return text
    head, tail = text, ""
    while _columns(head) > most - 1 - most * 2 // 5:
        head = head[:-1]
    for character in reversed(text):
        if _columns(character + tail) > most * 2 // 5:
            break
        tail = character + tail
    return f"{head.rstrip()}…{tail.lstrip()}"


def in_lines(text: str, columns: int, most: int) -> str:
    """Any text as a label of so many lines at most, each of about so many columns; lines between them are left out.

    >>> print(in_lines("Machine tools, Northern Europe and Iceland, from the first of July on", 16, 3))
    Machine tools,
    Northern Europe …
    of July on
    """
    lines: list[str] = []
    for word in label(text, len(text)).split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and _columns(longer) <= columns:
            lines[-1] = longer
        else:
            lines.append(label(word, columns))
    if len(lines) <= most:
        return "\n".join(lines)
    if most == 1:
        return label(text, columns)
    return "\n".join([*lines[: most - 2], f"{lines[most - 2]} …", lines[-1]])


def frame(
    ax: Axes, *, title: str, subtitle: str, footer: str, xlabel: str, ylabel: str = "",
    gutter: float = 0.0, headroom: float = 0.0,
) -> None:  # fmt: skip
    """Write what stands around a chart.

    Parameters
    ----------
    title : str
        A sentence with its figures; wrapped to the width there is.
    subtitle, footer : str
        What is drawn; how many futures it rests on.
    gutter : float
        Points left of the axes that row labels take: the title starts where they do.
    headroom : float
        Points above the axes that are taken already.
    """
    bare(ax)
    # axes of someone else were made under other settings, so their texts are told ours
    ax.set_xlabel(xlabel, labelpad=6, fontsize=TEXT, color=FAINT, parse_math=False)
    ax.set_ylabel(ylabel, labelpad=6, fontsize=TEXT, color=FAINT, parse_math=False)
    room = settle(ax)[0] + gutter
    size = TITLE if room > 450 else TITLE - 3
    above = wrap(ax, subtitle, room, TEXT)
    lift = headroom + 7.0
    ax.annotate(
        above, (0, 1), (-gutter, lift), xycoords="axes fraction", textcoords="offset points",
        ha="left", va="bottom", color=FAINT, fontsize=TEXT, linespacing=LINE,
    )  # fmt: skip
    lift += (above.count("\n") + 1) * TEXT * LINE + 5.0
    heading = ax.set_title(
        wrap(ax, title, room, size), loc="left", pad=lift, linespacing=1.2, fontsize=size, fontweight="normal",
        color=INK, parse_math=False,
    )  # fmt: skip
    heading.set_transform(heading.get_transform() + ScaledTranslation(-gutter / 72, 0, ax.figure.dpi_scale_trans))
    ax.annotate(
        footer, (1, 0), (0, -5), xycoords=("axes fraction", ax.xaxis.label), textcoords="offset points",
        ha="right", va="top", color=FAINT, fontsize=SMALL,
    )  # fmt: skip


def wrap(ax: Axes, text: str, room: float, size: float) -> str:
    """The text in lines no wider than `room` points: in two where its parts allow it, else broken at spaces."""
    if width(ax, text, size) > room:
        for at in sorted((found.start() for found in _JOINTS.finditer(text)), reverse=True):
            halves = text[:at].rstrip(), text[at:].lstrip()
            if all(width(ax, half, size) <= room for half in halves):
                return "\n".join(halves)
    lines: list[str] = []
    for word in _BREAKS.split(text):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and width(ax, longer, size) <= room:
            lines[-1] = longer
        else:
            lines.append(word)
    return "\n".join(lines)


def width(ax: Axes, text: str, size: float = TEXT) -> float:
    """Width of a text in points, as it would be drawn."""
    drawn = ax.text(0, 0, text, fontsize=size)
    try:
        return float(drawn.get_window_extent().width) * 72 / float(ax.figure.dpi)
    finally:
        drawn.remove()


def settle(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes in points, after their own figure has been laid out with what is in it so far."""
    if isinstance(ax, Picture):
        root(ax).draw_without_rendering()
    box, dpi = ax.get_window_extent(), float(ax.figure.dpi)
    return float(box.width) * 72 / dpi, float(box.height) * 72 / dpi


class _Above(MaxNLocator):
    """Round ticks, none below what can be: a bar around 0 needs no tick at -1."""

    def __init__(self, low: float, **settings: Any) -> None:
        super().__init__(**settings)
        self.low = low

    def tick_values(self, vmin: float, vmax: float) -> Any:
        ticks = super().tick_values(vmin, vmax)
        return [tick for tick in np.asarray(ticks).tolist() if tick >= min(self.low, 0.0)]


def root(ax: Axes) -> Figure:
    """The whole figure that the axes are in, also where they are in a part of one."""
    figure = ax.figure.canvas.figure
    assert isinstance(figure, Figure)
    return figure


def scale(
    axis: Axis, write: Callable[[float], str], *, whole: bool = False, most: int = 7, low: float = -inf
) -> None:  # fmt: skip
    """Few round ticks, none below 0 where nothing is, written by `write` and never read as formulas."""
    axis.set_major_locator(_Above(low, nbins=most, integer=whole, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: write(float(value))))
    axis.set_tick_params(labelsize=TEXT, labelcolor=FAINT, color=FAINT)
    plain_ticks(axis)


def plain_ticks(axis: Axis) -> None:
    """Make the ticks now: matplotlib would make them when it draws, and by then read a currency `$` as mathematics."""
    for tick in axis.get_major_ticks(_TICKS):
        tick.label1.set_parse_math(False)
        tick.label2.set_parse_math(False)


def bare(ax: Axes, *, sides: tuple[str, ...] = ("top", "right")) -> None:
    """Take lines away that say nothing."""
    for side in sides:
        ax.spines[side].set_visible(False)


def blank(ax: Axes) -> float:
    """No axes where there is nothing to show, the title says why; takes no points above the axes."""
    ax.set_xticks([])
    ax.set_yticks([])
    bare(ax, sides=("top", "right", "left", "bottom"))
    return 0.0


def rows(ax: Axes, labels: list[str]) -> float:
    """Label rows 0, 1, ... from top to bottom, left of the axes; returns the points that the labels take."""
    for i, text in enumerate(labels):
        ax.annotate(
            text, (0, i), (-8, 0), xycoords=("axes fraction", "data"), textcoords="offset points", ha="right",
            va="center", fontsize=TEXT, color=INK, annotation_clip=False,
        )  # fmt: skip
    ax.set_ylim(len(labels) - 0.45, -0.55)
    ax.set_yticks([])
    bare(ax, sides=("top", "right", "left"))
    return max((width(ax, text) for text in labels), default=0.0) + 8.0


def beside(ax: Axes, texts: Sequence[str]) -> None:
    """Say something of rows 0, 1, ... right of the axes."""
    for i, text in enumerate(texts):
        ax.annotate(
            text, (1, i), (8, 0), xycoords=("axes fraction", "data"), textcoords="offset points", va="center",
            color=INK, annotation_clip=False,
        )  # fmt: skip


def _columns(text: str) -> int:
    """Columns that a text takes: a Chinese character is as wide as two Latin ones."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)
