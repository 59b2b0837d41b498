"""Two charts of an edit, drawn with matplotlib's object interface: loss terms and layer mask."""

from io import BytesIO
from math import ceil

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from emostyle.manipulate.typeset import HAIRLINE, INK, MUTED, PALETTE, PAPER
from emostyle.types import EditResult

_LABELS = {
    "total": ("total", "weighted sum of all terms"),
    "audio": ("sound", "1 − cosine of picture and sound"),
    "text": ("text", "1 − cosine of picture and text"),
    "music": ("music", "1 − cosine of picture and music"),
    "proximity": ("proximity", "masked distance to the start"),
    "identity": ("identity", "1 − cosine of the two faces"),
    "lr": ("learning rate", "ramp up and down"),
}


def _rgb(colour: tuple[int, int, int]) -> tuple[float, float, float]:
    return colour[0] / 255, colour[1] / 255, colour[2] / 255


def layer_labels(layers: int, size: int) -> list[str]:
    """Name and resolution of each style layer, coarse to fine.

    Args:
        layers: number of style layers of a StyleGAN2, `2 log2(size) - 2`.
        size: edge of the generated picture in pixels.

    Returns:
        `["0   4×4", "1   8×8", "2   8×8", ...]`; the last layer colours the finished picture.
    """
    resolutions = [min(size, 4 * 2 ** ((index + 1) // 2)) for index in range(layers)]
    labels = [f"{index}   {edge}×{edge}" for index, edge in enumerate(resolutions)]
    return [*labels[:-1], f"{layers - 1}   to RGB"] if layers > 1 else labels


def curves_figure(result: EditResult, title: str) -> Image.Image:
    """Each loss term per step in its own panel: thin lines per item, a thick one for their median.

    Args:
        result: the edit; terms that are zero throughout are left out.
        title: heading of the chart.

    Returns:
        RGB chart; the thick line is a running mean over nine steps, its last value is written out.
    """
    shown = {
        name: values.detach().float().reshape(len(values), -1).numpy()
        for name, values in result.history.items()
        if len(values) and bool((values != 0).any())
    }
    ordered = [name for name in _LABELS if name in shown]
    ordered += [name for name in shown if name not in _LABELS]
    columns = 2 if len(ordered) == 4 else min(3, max(1, len(ordered)))
    rows = max(1, ceil(len(ordered) / columns))
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(1.2 + 3.9 * columns, 1.0 + 2.6 * rows), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.14, h_pad=0.14, wspace=0.05, hspace=0.08)
        figure.suptitle(title, x=0.012, ha="left", fontsize=14, fontweight="bold")
        note = "value per step; thin: each picture, thick: running mean of their median"
        figure.supxlabel(note, x=0.014, ha="left", fontsize=8.5, color=_rgb(MUTED))
        axes = np.atleast_1d(figure.subplots(rows, columns)).ravel()
        for index, (panel, name) in enumerate(zip(axes, ordered, strict=False)):
            _curve(panel, name, shown[name], PALETTE[index % len(PALETTE)])
        for panel in axes[len(ordered) :]:
            panel.set_axis_off()
        return _rendered(figure)


def _curve(panel: Axes, name: str, values: np.ndarray, colour: str) -> None:
    """One panel: pale lines per item, a full line for the smoothed median."""
    steps = np.arange(1, len(values) + 1)
    label, meaning = _LABELS.get(name, (name, ""))
    middle = np.median(values, axis=1)
    middle = middle if name == "lr" else _running_mean(middle)
    panel.plot(steps, values, color=colour, alpha=0.3, linewidth=0.9)
    panel.plot(steps, middle, color=colour, linewidth=2.0, solid_capstyle="round")
    if name != "lr":
        _end_value(panel, len(values), float(middle[-1]), colour)
    panel.set_title(label, loc="left", fontsize=11.5, fontweight="bold", pad=20)
    panel.text(0, 1.04, meaning, transform=panel.transAxes, fontsize=9, color=_rgb(MUTED))
    panel.set_xlim(0, len(values))
    panel.margins(y=0.12)
    panel.locator_params(axis="y", nbins=4)
    panel.locator_params(axis="x", nbins=5)
    panel.grid(axis="y")


def _end_value(panel: Axes, step: int, value: float, colour: str) -> None:
    """A dot at the end of a line, its value beside it."""
    panel.plot(step, value, "o", color=colour, markersize=4.5, clip_on=False, zorder=5)
    panel.annotate(
        f"{value:.3g}",
        (step, value),
        xytext=(7, 0),
        textcoords="offset points",
        va="center",
        color=colour,
        fontsize=10,
        fontweight="bold",
        annotation_clip=False,
    )


def _running_mean(values: np.ndarray, width: int = 9) -> np.ndarray:
    """Mean over up to `width` neighbours, fewer at the ends, so that no step is shifted."""
    window = np.ones(min(width, len(values)))
    weights = np.convolve(np.ones_like(values), window, mode="same")
    return np.convolve(values, window, mode="same") / weights


def mask_figure(result: EditResult, title: str) -> Image.Image:
    """The learned layer mask g beside how far each layer moved, coarse layers on top.

    Args:
        result: the edit; bars are means over its items, dots the items.
        title: heading of the chart.

    Returns:
        RGB chart; the dashed line is the untrained mask, 1 / L.
    """
    mask, movement = result.mask.float().numpy(), result.movement.float().numpy()
    layers, size = mask.shape[1], result.after.shape[-1]
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=(10.4, 1.7 + 0.33 * layers), layout="constrained")
        figure.get_layout_engine().set(w_pad=0.14, h_pad=0.14, wspace=0.06)
        figure.suptitle(title, x=0.012, ha="left", fontsize=14, fontweight="bold")
        left, right = figure.subplots(1, 2, sharey=True)
        _bars(left, mask, PALETTE[0], "mask g", "share of each layer (softmax); dashed: untrained")
        left.axvline(1 / layers, color=_rgb(INK), linewidth=1, linestyle=(0, (4, 3)), zorder=4)
        _bars(right, movement, PALETTE[1], "movement", "distance of w⁺ from its start (L2)")
        left.set_yticks(range(layers), layer_labels(layers, size))
        left.set_ylim(layers - 0.4, -0.75)
        left.set_ylabel("style layer, coarse to fine", color=_rgb(MUTED))
        return _rendered(figure)


def _bars(panel: Axes, values: np.ndarray, colour: str, label: str, meaning: str) -> None:
    """Horizontal bars of the mean over items (N, L), dots of each item when there are several."""
    rows = np.arange(values.shape[1])
    panel.barh(rows, values.mean(0), height=0.66, color=colour, zorder=2)
    if len(values) > 1:
        for item in values:
            panel.plot(item, rows, ".", color=_rgb(INK), alpha=0.4, markersize=5, zorder=3)
    panel.set_title(label, loc="left", fontsize=11.5, fontweight="bold", pad=20)
    panel.text(0, 1.025, meaning, transform=panel.transAxes, fontsize=9, color=_rgb(MUTED))
    panel.set_xlim(0, max(1e-6, float(values.max())) * 1.08)
    panel.tick_params(axis="y", length=0)
    panel.locator_params(axis="x", nbins=5)
    panel.grid(axis="x")


def _rendered(figure: Figure) -> Image.Image:
    """A figure as an RGB picture at 160 dots per inch."""
    FigureCanvasAgg(figure)
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=160)
    buffer.seek(0)
    return Image.open(buffer).convert("RGB")


_STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "figure.facecolor": _rgb(PAPER),
    "savefig.facecolor": _rgb(PAPER),
    "axes.facecolor": _rgb(PAPER),
    "axes.edgecolor": _rgb(HAIRLINE),
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.axisbelow": True,
    "grid.color": _rgb(HAIRLINE),
    "grid.linewidth": 0.8,
    "text.color": _rgb(INK),
    "xtick.color": _rgb(MUTED),
    "ytick.color": _rgb(MUTED),
    "axes.labelcolor": _rgb(MUTED),
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}
