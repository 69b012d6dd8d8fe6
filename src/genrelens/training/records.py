"""Further files of a run: loss curves and their picture, out-of-fold predictions."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelens.atomic_files import atomic_file
from genrelens.training.cross_validation import CrossValidation
from genrelens.training.data import TrainingData

CURVE_DIGITS = 5


def curves_of(found: CrossValidation) -> dict[str, dict[str, dict[str, list[float]]]]:
    """Loss curves by member and split: `train_loss`, and where they are known `valid_loss` and
    `valid_accuracy`.
    """
    curves: dict[str, dict[str, dict[str, list[float]]]] = {}
    for member in found.members:
        of_member = {}
        for split, result in zip(found.splits, found.results[member], strict=True):
            if result.curve:
                keys = ("train_loss", "valid_loss", "valid_accuracy")
                columns = {key: [getattr(point, key) for point in result.curve] for key in keys}
                of_member[split.name] = {
                    key: [round(float(value), CURVE_DIGITS) for value in values]
                    for key, values in columns.items()
                    if None not in values
                }
        if of_member:
            curves[member] = of_member
    return curves


def plot_curves(curves: Mapping[str, Mapping[str, Mapping[str, Sequence[float]]]], path: Path) -> bool:
    """Draws the losses of every member, a thin line a split.

    Args:
        curves: as `curves_of` gives them.
        path: a `.png` or `.svg`.

    Returns:
        False where matplotlib is not installed or there is nothing to draw.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        return False
    if not curves:
        return False
    columns = min(4, len(curves))
    rows = -(-len(curves) // columns)
    figure = Figure(figsize=(3.2 * columns, 2.4 * rows), layout="constrained")
    FigureCanvasAgg(figure)
    for number, (member, splits) in enumerate(curves.items()):
        axes = figure.add_subplot(rows, columns, number + 1)
        for curve in splits.values():
            for key, colour in (("train_loss", "#4477aa"), ("valid_loss", "#ee6677")):
                if key in curve:
                    axes.plot(np.arange(1, len(curve[key]) + 1), curve[key], color=colour, lw=0.8, alpha=0.8)
        axes.set_title(member, fontsize=9)
        axes.set_ylim(bottom=0)
        axes.tick_params(labelsize=7)
        axes.spines[["top", "right"]].set_visible(False)
        if number % columns == 0:
            axes.set_ylabel("loss", fontsize=8)
        if number + columns >= len(curves):
            axes.set_xlabel("epoch", fontsize=8)
    has_valid = any("valid_loss" in curve for splits in curves.values() for curve in splits.values())
    figure.suptitle("blue: training" + (", red: validation part" if has_valid else ""), fontsize=9)
    with atomic_file(path) as partial:
        figure.savefig(partial, dpi=120, format=path.suffix[1:] or "png")
    return True


def write_out_of_fold(
    path: Path, data: TrainingData, tracks: NDArray[np.integer], scores: NDArray[np.float64]
) -> None:
    """Writes the ensemble's scores of each track, by models that had not seen its artist in training, as CSV.

    Args:
        path: the file.
        data: the tracks.
        tracks: (n,) indices of those that were tested.
        scores: (n, genres) uncalibrated.

    Raises:
        OutputError: the file cannot be written.
    """
    with (
        atomic_file(path, "check the disk") as partial,
        partial.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream,
    ):
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(["track", "collection", "genre", *data.genres])
        for track, row in zip(tracks, scores, strict=True):
            collection = data.collections[track] if data.collections else ""
            numbers = [f"{value:.6f}" for value in row]
            rows.writerow([data.track_ids[track], collection, data.genres[data.labels[track]], *numbers])
