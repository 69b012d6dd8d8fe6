"""What players do with a chord sheet: walk, comp, strum, pump octaves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from studio.notation import Chord, Note, voicings

Sheet = Sequence[tuple[str, float]]  # chord symbols with their lengths in beats


def timeline(sheet: Sheet) -> list[tuple[str, float, float]]:
    """(symbol, start, beats) of every chord."""
    out, beat = [], 0.0
    for symbol, beats in sheet:
        out.append((symbol, beat, beats))
        beat += beats
    return out


def walking_bass(sheet: Sheet, rng: np.random.Generator, low: int = 28, high: int = 50) -> list[Note]:
    """A note a beat: the root on the change, chord tones between, the next root approached by a half step."""
    notes: list[Note] = []
    chords = timeline(sheet)
    at = Chord.of(chords[0][0]).bass(low + 5)
    for i, (symbol, start, beats) in enumerate(chords):
        chord = Chord.of(symbol)
        following = Chord.of(chords[(i + 1) % len(chords)][0])
        tones = [p for p in range(low, high) if p % 12 in chord.tones or p % 12 == chord.root]
        roots = [p for p in range(low, high) if p % 12 == chord.root]
        for b in range(int(beats)):
            if b == 0:
                pitch = min(roots, key=lambda p: abs(p - at) + 0.01 * p)
            elif b == int(beats) - 1:
                goals = [p for p in range(low, high) if p % 12 == following.root]
                goal = min(goals, key=lambda p: abs(p - at))
                pitch = goal + int(rng.choice([-1, 1, 1, -2])) if goal > low + 1 else goal + 1
            else:
                near = [p for p in tones if p != at and abs(p - at) <= 7] or tones
                pitch = int(rng.choice(near))
            notes.append(Note(start + b, 1.0, pitch, 0.8 if b % 2 else 0.72))
            at = pitch
    return notes


def comping(
    sheet: Sheet, hits: Sequence[tuple[float, float, float]], low: int = 52, high: int = 74
) -> list[Note]:
    """Voice-led chords at (beat, length, accent) `hits`, whichever chord is in force there."""
    chords = timeline(sheet)
    voiced = voicings([c[0] for c in chords], low, high)
    notes = []
    for beat, length, accent in hits:
        for (_, start, beats), voicing in zip(chords, voiced, strict=True):
            if start - 0.26 <= beat < start + beats - 0.26:
                notes.extend(Note(beat, length, p, accent) for p in voicing)
    return notes


def repeated(
    hits: Sequence[tuple[float, float, float]], period: float, times: int
) -> list[tuple[float, float, float]]:
    return [(beat + period * i, length, accent) for i in range(times) for beat, length, accent in hits]


def strum(
    pitches: Sequence[int],
    beat: float,
    beats: float,
    accent: float,
    *,
    up: bool = False,
    spread: float = 0.03,
):
    """A chord across the strings, low to high or back, `spread` beats from first to last."""
    order = sorted(pitches, reverse=up)
    return [
        Note(beat + spread * i / len(order), beats, p, accent * (1 - 0.04 * i)) for i, p in enumerate(order)
    ]


def octave_bass(sheet: Sheet, low: int = 31, per_beat: int = 2) -> list[Note]:
    """Root and its octave in turn: the engine of disco."""
    notes = []
    for symbol, start, beats in timeline(sheet):
        root = Chord.of(symbol).bass(low)
        notes += [
            Note(start + i / per_beat, 0.85 / per_beat, root + 12 * (i % 2), 0.85 if i % 2 else 0.75)
            for i in range(int(beats * per_beat))
        ]
    return notes
