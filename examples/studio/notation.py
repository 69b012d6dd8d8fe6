"""Music as text: note names, chord symbols, melodies, the beat; and the rules that make chords move well."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

STEPS = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11}
QUALITIES = {  # intervals above the root; the order is that of importance
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "5": (0, 7),
    "7": (4, 10, 0, 7),
    "9": (4, 10, 2, 7),
    "13": (4, 10, 9, 2),
    "maj7": (4, 11, 0, 7),
    "maj9": (4, 11, 2, 7),
    "6": (4, 9, 0, 7),
    "69": (4, 9, 2, 7),
    "m7": (3, 10, 0, 7),
    "m9": (3, 10, 2, 7),
    "m11": (3, 10, 5, 2),
    "m6": (3, 9, 0, 7),
    "m7b5": (3, 10, 6, 0),
    "dim7": (0, 3, 6, 9),
    "7alt": (4, 10, 3, 8),
    "7b9": (4, 10, 1, 7),
    "sus": (0, 5, 7),
    "7sus": (0, 5, 10, 7),
    "add9": (0, 4, 2, 7),
}


def midi(name: str) -> int:
    """`c4` is 60; sharps `#`, flats `b` after the letter."""
    found = re.fullmatch(r"([a-g])([#b]*)(-?\d)", name.lower())
    if not found:
        raise ValueError(f"{name!r} is no note: write a letter, # or b, an octave")
    letter, accidentals, octave = found.groups()
    return STEPS[letter] + accidentals.count("#") - accidentals.count("b") + 12 * (int(octave) + 1)


def hertz(pitch: float) -> float:
    return float(440 * 2 ** ((pitch - 69) / 12))


@dataclass(frozen=True)
class Chord:
    """A chord symbol such as `Bbm7` or `G13`; `root` 0 to 11, `tones` pitch classes by importance."""

    symbol: str
    root: int
    tones: tuple[int, ...]

    @classmethod
    def of(cls, symbol: str) -> Chord:
        found = re.fullmatch(r"([A-G])([#b]?)(.*)", symbol)
        if not found or found.group(3) not in QUALITIES:
            raise ValueError(f"{symbol!r} is no chord that this studio knows")
        root = (STEPS[found.group(1).lower()] + {"#": 1, "b": -1, "": 0}[found.group(2)]) % 12
        return cls(symbol, root, tuple((root + i) % 12 for i in QUALITIES[found.group(3)]))

    def bass(self, low: int) -> int:
        """The lowest pitch of the root at or above `low`."""
        return low + (self.root - low) % 12


def voicings(chords: Sequence[str], low: int = 50, high: int = 74, size: int = 4) -> list[tuple[int, ...]]:
    """One voicing a chord, each moving as little as possible from the one before."""
    result: list[tuple[int, ...]] = []
    for symbol in chords:
        tones = Chord.of(symbol).tones
        tones = tones[:size] if len(tones) >= size else tones + tones[: size - len(tones)]
        choices = [[p for p in range(low, high) if p % 12 == tone] for tone in tones]
        best, best_cost = None, np.inf
        for pick in product(*choices):
            voiced = tuple(sorted(pick))
            gaps = np.diff(voiced)
            if gaps.max() > 9:
                continue
            if result:
                cost = float(np.abs(np.array(voiced) - np.array(result[-1])).sum())
            else:
                cost = abs(float(np.mean(voiced)) - (low + high) / 2)
            cost += (
                2.0 * float((gaps < 2).sum())
                + 6.0 * float((gaps == 0).sum())
                + 0.15 * abs(float(np.mean(voiced)) - (low + high) / 2)
            )
            if cost < best_cost:
                best, best_cost = voiced, cost
        if best is None:
            raise ValueError(f"{symbol} has no voicing between {low} and {high}")
        result.append(best)
    return result


@dataclass(frozen=True)
class Note:
    """A written note: `beat` from the start of the phrase, length in beats, MIDI pitch, `accent` 0 to 1."""

    beat: float
    beats: float
    pitch: float
    accent: float
    mark: str = ""


def melody(text: str, accent: float = 0.75) -> list[Note]:
    """`e5:1 g5:.5! r:1 a5:2~`: pitch, beats, `!` loud, `,` soft, `~` scooped from below; `|` is ignored."""
    notes, beat, length = [], 0.0, 1.0
    for token in text.replace("|", " ").split():
        found = re.fullmatch(r"([a-g][#b]*-?\d|r)(?::([\d./]+))?([!,~']*)", token.lower())
        if not found:
            raise ValueError(f"{token!r} is no note of a melody")
        name, beats, marks = found.groups()
        if beats:
            top, _, bottom = beats.partition("/")
            length = float(top) / float(bottom or 1)
        if name != "r":
            loud = accent + 0.2 * marks.count("!") - 0.2 * marks.count(",")
            notes.append(Note(beat, length, midi(name), loud, marks))
        beat += length
    return notes


def shifted(notes: Sequence[Note], beats: float = 0.0, semitones: int = 0) -> list[Note]:
    """The same notes later, higher, or both."""
    return [Note(n.beat + beats, n.beats, n.pitch + semitones, n.accent, n.mark) for n in notes]


def looped(notes: Sequence[Note], beats: float, times: int) -> list[Note]:
    """A phrase of so many beats, `times` times over."""
    return [note for turn in range(times) for note in shifted(notes, turn * beats)]


@dataclass(frozen=True)
class Beat:
    """Tempo and feel: `swing` is where the off-beat eighth falls (0.5 straight, 0.667 a triplet shuffle)."""

    bpm: float
    swing: float = 0.5
    sixteenths: bool = False
    lead_in: float = 0.05

    def at(self, beat: float) -> float:
        """Seconds at a position in beats (quarter notes)."""
        unit = 0.5 if self.sixteenths else 1.0
        whole, part = divmod(beat / unit, 1.0)
        bent = part * 2 * self.swing if part <= 0.5 else self.swing + (part - 0.5) * 2 * (1 - self.swing)
        return float(self.lead_in + (whole + bent) * unit * 60 / self.bpm)

    def length(self, beats: float) -> float:
        return beats * 60 / self.bpm


def steps(pattern: str, per_beat: int = 4) -> Iterator[tuple[float, float]]:
    """A drum line as text: `x` a stroke, `X` accented, `o` soft, `.` nothing; yields (beat, velocity)."""
    loud = {"X": 1.0, "x": 0.78, "o": 0.42, "g": 0.22}
    for i, sign in enumerate(pattern.replace("|", "").replace(" ", "")):
        if sign in loud:
            yield i / per_beat, loud[sign]
