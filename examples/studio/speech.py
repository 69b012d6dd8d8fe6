"""A voice that speaks in time: espeak-ng says each line, at the speed that fills its place in the bar."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import soundfile

from studio.desk import Desk
from studio.sampler import require
from studio.signals import RATE, Signal


def spoken(words: str, seconds: float, voice: str = "en-us+m3", pitch: int = 30) -> Signal:
    """The words in about so many seconds, mono; silence before and after them is cut."""
    speed = 220.0
    for _ in range(3):
        said = said_at(words, round(speed), voice, pitch)
        ratio = len(said) / RATE / seconds
        if abs(ratio - 1) < 0.03:
            break
        speed = float(np.clip(speed * ratio, 90, 440))
    return said


def said_at(words: str, words_per_minute: int, voice: str, pitch: int) -> Signal:
    require("espeak-ng")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "line.wav"
        command = ["espeak-ng", "-v", voice, "-s", str(words_per_minute), "-p", str(pitch), "-a", "180"]
        subprocess.run([*command, "-w", str(path), words], check=True, capture_output=True)
        samples, rate = soundfile.read(path, dtype="float64")
    loud = np.flatnonzero(np.abs(samples) > 0.01 * np.abs(samples).max())
    samples = samples[loud[0] : loud[-1] + 1]
    where = np.arange(int(len(samples) * RATE / rate)) * rate / RATE
    return np.interp(where, np.arange(len(samples)), samples)


def rap(
    desk: Desk,
    lines: Sequence[tuple[float, float, str]],
    *,
    voice: str = "en-us+m3",
    pitch: int = 30,
    spread_ms: float = 8.0,
) -> Signal:
    """Lines as (beat, beats, words) on one track, mono."""
    track = desk.track()
    for beat, beats, words in lines:
        if desk.beat.at(beat) < desk.seconds:
            said = spoken(words, desk.beat.length(beats), voice, pitch)
            desk.drop(track, desk.beat.at(beat) + desk.late(spread_ms), said)
    return track
