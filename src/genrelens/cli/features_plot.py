"""Figure 1 of the paper for any recordings: every feature as a picture, two recordings side by side."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.atomic_files import atomic_file
from genrelens.cli.features_files import Extracted
from genrelens.errors import OutputError, shown
from genrelens.features import HOP, SAMPLE_RATE
from genrelens.features.scaling import decibels

_INK, _FAINT = "#1b1f24", "#7a828c"
_MARGIN_INCHES, _COLUMN_INCHES, _ROW_INCHES = 1.65, 5.4, 1.0
_FRAME_S = HOP / SAMPLE_RATE


@dataclass(frozen=True)
class _Row:
    """One feature's pictures.

    `ticks` are places along the width with their labels, `values` turns the array `(frames, width)` into what
    is drawn. With `standardized` every column is shown by how far it lies from its mean, in deviations: the
    first cepstral coefficient is so much larger than the others that it would leave them one colour.
    """

    name: str
    title: str
    colours: str
    height: float
    ticks: Sequence[tuple[float, str]]
    values: Callable[[NDArray[Any]], NDArray[Any]] = lambda rows: rows
    standardized: bool = False
    limits: tuple[float, float] | None = None


def _mel_place(hertz: float) -> float:
    """Where a frequency lies among the 128 mel bands (Slaney's scale up to 11025 Hz)."""

    def mel(frequency: float) -> float:
        return 3 * frequency / 200 if frequency < 1000 else 15 + 27 * np.log(frequency / 1000) / np.log(6.4)

    return float(mel(hertz) / mel(SAMPLE_RATE / 2) * 129 - 1)


_PITCHES = [(0.0, "C"), (4.0, "E"), (7.0, "G"), (11.0, "B")]
_COEFFICIENTS = [(1.0, "1"), (10.0, "10"), (19.0, "19")]
_ROWS = (
    _Row(
        "mel",
        "mel spectrogram",
        "magma",
        1.7,
        [(_mel_place(hertz), label) for hertz, label in [(256, "256"), (1024, "1k"), (4096, "4k")]],
        values=lambda power: decibels(np.asarray(power / max(float(power.max()), 1e-30), np.float32)),
        limits=(-80.0, 0.0),
    ),
    _Row("mfcc", "MFCC", "RdBu_r", 1.0, _COEFFICIENTS, standardized=True, limits=(-2.5, 2.5)),
    _Row("mfcc_delta", "MFCC delta", "RdBu_r", 1.0, _COEFFICIENTS, standardized=True, limits=(-2.5, 2.5)),
    _Row("mfcc_delta2", "MFCC delta²", "RdBu_r", 1.0, _COEFFICIENTS, standardized=True, limits=(-2.5, 2.5)),
    _Row("chroma_stft", "chroma STFT", "viridis", 1.0, _PITCHES, limits=(0.0, 1.0)),
    _Row("chroma_cqt", "chroma CQT", "viridis", 1.0, _PITCHES, limits=(0.0, 1.0)),
    _Row("chroma_cens", "chroma CENS", "viridis", 1.0, _PITCHES),
    _Row(
        "tonnetz",
        "tonnetz",
        "PuOr_r",
        0.9,
        [(0.5, "fifths"), (2.5, "minor"), (4.5, "major")],
        limits=(-0.3, 0.3),
    ),
    _Row(
        "tempogram",
        "tempogram",
        "inferno",
        1.5,
        [(seconds / _FRAME_S, f"{seconds} s") for seconds in (1, 3, 5)],
        values=lambda rows: rows.clip(0.0, 1.0),
        limits=(0.0, 0.8),
    ),
)


def require_matplotlib() -> None:
    """Raises before anything is computed where no picture can be drawn.

    Raises:
        OutputError: matplotlib is not installed.
    """
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise OutputError(
            "a picture needs matplotlib; install it with: pip install 'genrelens[eval]'"
        ) from error


def draw(target: Path, recordings: Sequence[Extracted]) -> None:
    """Draws the features of one recording, or of two side by side on the same colour scales.

    Args:
        target: the picture; its suffix is the format (.png, .pdf, .svg).
        recordings: one or two.

    Raises:
        OutputError: matplotlib is not installed, does not know the format, or cannot write there.
    """
    require_matplotlib()
    from matplotlib.figure import Figure

    heights = [0.7, *(row.height for row in _ROWS)]
    width = _MARGIN_INCHES + _COLUMN_INCHES * len(recordings) + 0.25
    height = _ROW_INCHES * sum(heights) + 1.0
    figure = Figure(figsize=(width, height), facecolor="white")
    grid = figure.subplots(
        len(heights), len(recordings), squeeze=False, gridspec_kw={"height_ratios": heights}
    )
    figure.subplots_adjust(
        left=_MARGIN_INCHES / width,
        right=1 - 0.25 / width,
        top=1 - 0.45 / height,
        bottom=0.55 / height,
        hspace=0.16,
        wspace=0.04,
    )
    for recording, axes in zip(recordings, grid[0], strict=True):
        _draw_wave(axes, recording)
    for row, cells in zip(_ROWS, grid[1:], strict=True):
        _draw_row(row, cells, recordings)
    for axes in grid[-1]:
        axes.tick_params(axis="x", labelbottom=True, length=3)
        axes.set_xlabel("seconds", color=_FAINT, fontsize=9)
    _save(figure, target)


def _draw_wave(axes: Any, recording: Extracted) -> None:
    """The largest and the smallest sample of every 20 ms or so, under the recording's name."""
    block = max(1, recording.samples.size // 1500)
    blocks = recording.samples[: recording.samples.size // block * block].reshape(-1, block)
    seconds = (np.arange(len(blocks)) + 0.5) * block / SAMPLE_RATE
    axes.fill_between(seconds, blocks.min(axis=1), blocks.max(axis=1), color=_INK, linewidth=0)
    axes.set_xlim(0.0, recording.duration_s)
    largest = max(float(np.abs(recording.samples).max()), 1e-6)
    axes.set_ylim(-1.05 * largest, 1.05 * largest)
    axes.set_title(recording.name, color=_INK, fontsize=12, fontweight="bold", loc="left", pad=6)
    axes.set_yticks([])
    axes.tick_params(axis="x", labelbottom=False, length=0)
    for side in axes.spines.values():
        side.set_visible(False)


def _draw_row(row: _Row, cells: Any, recordings: Sequence[Extracted]) -> None:
    pictures = [row.values(recording.arrays[row.name]) for recording in recordings]
    together = np.concatenate(pictures)
    if row.standardized:
        deviation = np.maximum(together.std(axis=0), 1e-9)
        pictures = [(picture - together.mean(axis=0)) / deviation for picture in pictures]
    low, high = row.limits or (0.0, max(float(together.max()), 1e-9))
    for recording, axes, picture in zip(recordings, cells, pictures, strict=True):
        axes.imshow(
            picture.T,
            origin="lower",
            aspect="auto",
            interpolation="nearest",
            cmap=row.colours,
            vmin=low,
            vmax=high,
            extent=(0.0, recording.duration_s, -0.5, picture.shape[1] - 0.5),
        )
        axes.set_yticks([])
        axes.tick_params(axis="both", colors=_FAINT, labelsize=8, labelbottom=False, length=0)
        for side in axes.spines.values():
            side.set_visible(False)
    first = cells[0]
    first.set_yticks([place for place, _ in row.ticks], [label for _, label in row.ticks])
    first.tick_params(axis="y", length=2)
    first.annotate(
        row.title,
        (0.0, 0.5),
        xytext=(-_MARGIN_INCHES * 72 + 8, 0),
        xycoords="axes fraction",
        textcoords="offset points",
        va="center",
        color=_INK,
        fontsize=10,
    )


def _save(figure: Any, target: Path) -> None:
    """A .png gets 256 colours, which makes it a quarter as large."""
    kind = target.suffix.lower().lstrip(".") or "png"
    with atomic_file(target, "choose another --plot") as partial:
        if kind == "png":
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from PIL import Image

            figure.set_dpi(110)
            canvas: Any = FigureCanvasAgg(figure)
            canvas.draw()
            picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
            picture.quantize(256, dither=Image.Dither.NONE).save(partial, format="PNG", optimize=True)
            return
        try:
            figure.savefig(partial, format=kind)
        except ValueError as error:
            raise OutputError(f"{shown(target)} cannot be drawn ({error}); choose another --plot") from error
