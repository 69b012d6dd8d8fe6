"""Run records: what was run, on what, with what, how long, and what came out; and a picture of the losses."""

from __future__ import annotations

import csv
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens import __version__
from genrelens.errors import OutputError, shown
from genrelens.training.crossvalidation import CrossValidation
from genrelens.training.data import TrainingData

LIBRARIES = ("numpy", "torch", "onnxruntime", "scikit-learn", "scipy", "soxr", "soundfile", "av", "ducc0")
CURVE_DIGITS = 5


def versions() -> dict[str, str]:
    """Versions of Python, genrelens and the libraries that numbers depend on.

    Example:
        >>> sorted(versions())[:2]
        ['av', 'ducc0']
    """
    found = {"python": platform.python_version(), "genrelens": __version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def source_commit() -> str | None:
    """The commit of the checkout that this code runs from; None where it is installed otherwise.

    Example:
        >>> commit = source_commit()
        >>> commit is None or len(commit.removesuffix("+changes")) == 40
        True
    """
    here = Path(__file__).resolve().parent

    def git(*words: str) -> str | None:
        try:
            done = subprocess.run(
                ["git", "-C", str(here), *words], capture_output=True, text=True, timeout=10, check=False
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout.strip() if done.returncode == 0 else None

    if git("ls-files", "--error-unmatch", Path(__file__).name) is None:
        return None
    commit = git("rev-parse", "HEAD")
    if not commit:
        return None
    return f"{commit}+changes" if git("status", "--porcelain", "--untracked-files=no", "--", "..") else commit


def machine() -> dict[str, Any]:
    """The processor, its cores, and the system.

    Example:
        >>> sorted(machine())
        ['cores', 'gpu', 'processor', 'system']
    """
    import torch

    model = platform.processor()
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
        model = names[0] if names else model
    gpu = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"processor": model, "cores": os.cpu_count(), "gpu": gpu, "system": platform.platform()}


def curves_of(found: CrossValidation) -> dict[str, dict[str, dict[str, list[float]]]]:
    """Loss curves by member and split: `train_loss`, and where they are known `valid_loss` and
    `valid_accuracy`.
    """
    result: dict[str, dict[str, dict[str, list[float]]]] = {}
    for member in found.members:
        of_member = {}
        for split, outcome in zip(found.splits, found.outcomes[member], strict=True):
            if outcome.curve:
                keys = ("train_loss", "valid_loss", "valid_accuracy")
                columns = {key: [getattr(point, key) for point in outcome.curve] for key in keys}
                of_member[split.name] = {
                    key: [round(float(value), CURVE_DIGITS) for value in values]
                    for key, values in columns.items()
                    if None not in values
                }
        if of_member:
            result[member] = of_member
    return result


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
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, dpi=120)
    except OSError as error:
        raise OutputError(f"{shown(path)} cannot be written ({error.strerror}); choose another") from error
    return True


def write_out_of_fold(
    path: Path, data: TrainingData, tracks: NDArray[np.integer], scores: NDArray[np.float64]
) -> None:
    """Writes what the ensemble said of each track by models that had not heard its artist, as CSV.

    Args:
        path: the file.
        data: the tracks.
        tracks: (n,) indices of those that were tested.
        scores: (n, genres) uncalibrated.

    Raises:
        OutputError: the file cannot be written.
    """
    try:
        with path.open("w", newline="", encoding="utf-8", errors="backslashreplace") as stream:
            rows = csv.writer(stream, lineterminator="\n")
            rows.writerow(["track", "collection", "genre", *data.genres])
            for track, row in zip(tracks, scores, strict=True):
                collection = data.collections[track] if data.collections else ""
                numbers = [f"{value:.6f}" for value in row]
                rows.writerow([data.track_ids[track], collection, data.genres[data.labels[track]], *numbers])
    except OSError as error:
        raise OutputError(f"{shown(path)} cannot be written ({error.strerror}); check the disk") from error
