"""Which colour has each value of a map, and what do the colours say?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Colormap, LinearSegmentedColormap, Normalize
from matplotlib.ticker import MaxNLocator

from simfunnel.charts import words
from simfunnel.charts.style import BLUE, FAINT, INK, SMALL, TEXT, VERMILLION, plain_ticks
from simfunnel.charts.swept import called
from simfunnel.claims import Claim
from simfunnel.studies.sweep import SweepResult, wording

if TYPE_CHECKING:
    from simfunnel.charts.heat_map import HeatMapPoints

Array = npt.NDArray[Any]
_PALE, _DARK = "#F4F8FB", "#00324F"


def shades(found: SweepResult, *maps: HeatMapPoints) -> tuple[Colormap, Normalize]:
    """The colours of one or several maps: pale to dark, chances from 0 to 100 %.

    A measure that is surely above 0 at some points and surely below at others has two colours that part there.
    """
    asked = found.asked(maps[0].measure)
    even = LinearSegmentedColormap.from_list("even", [_PALE, BLUE, _DARK])
    if isinstance(asked, Claim):
        return even, Normalize(0, 1)
    low, high = ends(*(each.values for each in maps))
    if any((each.high < 0).any() for each in maps) and any((each.low > 0).any() for each in maps):
        good, bad = (BLUE, VERMILLION) if asked.better != "less" else (VERMILLION, BLUE)
        most = max(-low, high)
        return LinearSegmentedColormap.from_list("parting", [bad, "#F7F7F7", good]), Normalize(-most, most)
    if low == high:
        low, high = low - (abs(low) or 1.0), high + (abs(high) or 1.0)
    return even, Normalize(low, high)


def ends(*arrays: Array) -> tuple[float, float]:
    """Least and greatest of what is known; 0 and 1 where nothing is."""
    known = np.concatenate([each[np.isfinite(each)] for each in arrays])
    return (float(known.min()), float(known.max())) if known.size else (0.0, 1.0)


def bar(ax: Axes | list[Axes], found: SweepResult, measure: str, colours: Colormap, norm: Normalize) -> None:
    """What the colours say, beside the axes."""
    one = ax[0] if isinstance(ax, list) else ax
    side = one.figure.colorbar(ScalarMappable(norm, colours), ax=ax, fraction=0.05, pad=0.02, aspect=28)
    side.outline.set_visible(False)
    write = words.tick(wording.unit_of(measure), found.currency)
    low, high = norm.vmin or 0.0, norm.vmax or 0.0
    ticks = [each for each in MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high) if low <= each <= high]
    side.set_ticks(ticks, labels=[write(float(each)) for each in ticks])
    side.ax.tick_params(labelsize=SMALL, labelcolor=FAINT, color=FAINT)
    plain_ticks(side.ax.yaxis)
    side.ax.set_ylabel(called(found, measure), fontsize=TEXT, color=FAINT, parse_math=False)


def legible(colour: tuple[float, float, float, float]) -> str:
    """Dark on pale, white on dark (relative luminance as of WCAG 2)."""
    linear = [each / 12.92 if each <= 0.03928 else ((each + 0.055) / 1.055) ** 2.4 for each in colour[:3]]
    return INK if 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] > 0.3 else "white"
