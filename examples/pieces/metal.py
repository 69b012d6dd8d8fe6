"""An excerpt of a real recording, which its maker lets everybody copy (licence MIT) in a Debian package."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from studio.sampler import require
from studio.signals import RATE, Signal, fade

from pieces.piece import Piece

FOLDER = Path("/usr/share/games/fretsonfire/data/songs/sectoid/War of freedom")
BEGIN_S = 10.0


def excerpt(seconds: float) -> Signal:
    """The band and its lead guitar, which the game keeps in two files, put together again."""
    require(FOLDER)
    first, count = round(BEGIN_S * RATE), round(seconds * RATE)
    mix = np.zeros((2, count))
    for name in ("song.ogg", "guitar.ogg"):
        samples, rate = soundfile.read(FOLDER / name, always_2d=True, start=first, frames=count)
        if rate != RATE:
            raise ValueError(f"{name} has {rate} samples a second, not {RATE}")
        mix += samples.T
    return fade(mix * (0.89 / np.abs(mix).max()), 0.05, 2.0)


PIECES = (
    Piece(
        "War of Freedom",
        "metal",
        40.0,
        "mp3",
        excerpt,
        artist="Sectoid",
        comment="Excerpt. Copyright 2006, 2007 Carlos Viola Iborra. Licence: MIT",
    ),
)
