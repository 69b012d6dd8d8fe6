"""The mixing desk: tracks that notes are dropped on, humanised, panned, sent to a room and mastered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from studio.effects import compressor, convolve, limiter, room_tone, stereo, tape
from studio.notation import Beat, Note, hertz, steps
from studio.sampler import Preset, Struck, struck
from studio.signals import RATE, Response, Signal, apply, fade, highpass, towards
from studio.sustained import Held

Stroke = Callable[[np.random.Generator, float], Signal]
Voice = Callable[[float, float, np.random.Generator, float], Signal]


CENTRES = 1000 * 2.0 ** (np.arange(-9, 7) / 2)  # half octaves from 44 to 8000 Hz
CURVES = {  # how records of a genre share their energy among these bands, in dB of the whole
    "blues": (-24, -13, -10, -10, -10, -11, -13, -14, -13, -13, -14, -16, -17, -18, -21, -25),
    "classical": (-35, -20, -15, -17, -13, -12, -10, -8, -10, -10, -9, -13, -17, -21, -30, -35),
    "country": (-21, -13, -11, -12, -11, -11, -9, -9, -11, -13, -14, -14, -15, -18, -24, -26),
    "disco": (-19, -10, -9, -9, -11, -14, -14, -15, -12, -12, -13, -13, -13, -15, -17, -19),
    "hiphop": (-16, -7, -8, -10, -11, -15, -14, -15, -14, -16, -16, -15, -15, -16, -16, -21),
    "jazz": (-31, -17, -11, -12, -12, -11, -9, -9, -10, -13, -12, -16, -19, -23, -29, -35),
    "metal": (-19, -11, -10, -11, -9, -13, -14, -14, -13, -14, -14, -12, -11, -12, -15, -19),
    "pop": (-15, -9, -9, -11, -11, -12, -12, -14, -13, -12, -15, -14, -15, -18, -20, -19),
    "reggae": (-19, -9, -6, -10, -12, -13, -14, -13, -12, -15, -14, -17, -19, -22, -24, -27),
    "rock": (-20, -14, -11, -11, -10, -11, -12, -11, -12, -12, -12, -14, -15, -17, -18, -21),
}


@dataclass(frozen=True)
class Part:
    """A channel of the desk: what it carries, its level (0 dB: as loud as the others while it plays), its
    place from -1 to 1, and how much of it goes to the room."""

    signal: Signal
    gain_db: float = 0.0
    pan: float = 0.0
    send: float = 0.15


def busy_level(signal: Signal) -> float:
    """The RMS of a track over the moments in which it plays at all."""
    loud = np.abs(signal).max(0) if signal.ndim == 2 else np.abs(signal)
    if not loud.any():
        return 1.0
    blocks = loud[: len(loud) // 2048 * 2048].reshape(-1, 2048)
    power = np.sqrt(np.mean(blocks**2, axis=1))
    return float(np.sqrt(np.mean(power[power > 0.1 * power.max()] ** 2)))


class Desk:
    """A session of fixed length. `seed` decides every human inaccuracy in it."""

    def __init__(self, seconds: float, beat: Beat, seed: int) -> None:
        self.seconds = seconds
        self.samples = round(seconds * RATE)
        self.beat = beat
        self.rng = np.random.default_rng(seed)

    def track(self) -> Signal:
        """An empty mono track."""
        return np.zeros(self.samples)

    def drop(self, track: Signal, seconds: float, sound: Signal, gain: float = 1.0) -> None:
        """Adds a sound to a track at a time; what runs over the end is cut."""
        at = max(int(seconds * RATE), 0)
        if at < track.shape[-1]:
            room = track.shape[-1] - at
            track[..., at : at + sound.shape[-1]] += gain * sound[..., :room]

    def late(self, spread_ms: float) -> float:
        return float(self.rng.normal(0, spread_ms / 1000))

    def drum(
        self,
        stroke: Stroke,
        pattern: str,
        *,
        bars: Sequence[int],
        per_beat: int = 4,
        beats_per_bar: float = 4.0,
        spread_ms: float = 4.0,
        push_ms: float = 0.0,
        track: Signal | None = None,
    ) -> Signal:
        """A drum's pattern of one bar (or more) repeated at the given bars."""
        track = self.track() if track is None else track
        for bar in bars:
            for beat, velocity in steps(pattern, per_beat):
                when = self.beat.at(bar * beats_per_bar + beat) + self.late(spread_ms) + push_ms / 1000
                if when < self.seconds:
                    self.drop(
                        track,
                        when,
                        stroke(self.rng, float(np.clip(velocity + self.rng.normal(0, 0.04), 0.1, 1))),
                    )
        return track

    def play(
        self,
        voice: Voice,
        notes: Sequence[Note],
        *,
        start: float = 0.0,
        legato: float = 0.95,
        spread_ms: float = 6.0,
        transpose: int = 0,
        track: Signal | None = None,
    ) -> Signal:
        """Struck or plucked notes on a track; `start` in beats."""
        track = self.track() if track is None else track
        for note in notes:
            when = self.beat.at(start + note.beat) + self.late(spread_ms)
            until = self.beat.at(start + note.beat + note.beats * legato)
            if when >= self.seconds:
                continue
            accent = float(np.clip(note.accent + self.rng.normal(0, 0.04), 0.05, 1.0))
            sound = voice(hertz(note.pitch + transpose), max(until - when, 0.05), self.rng, accent)
            self.drop(track, when, sound)
        return track

    def sampled(
        self,
        preset: Preset,
        notes: Sequence[Note],
        *,
        start: float = 0.0,
        legato: float = 0.95,
        spread_ms: float = 8.0,
        touch: float = 0.05,
        transpose: int = 0,
    ) -> Signal:
        """Notes on a recorded instrument, stereo; `touch` is how unevenly they are struck."""
        played = []
        for note in notes:
            when = max(self.beat.at(start + note.beat) + self.late(spread_ms), 0.0)
            until = self.beat.at(start + note.beat + note.beats * legato)
            loud = float(np.clip(note.accent + self.rng.normal(0, touch), 0.05, 1.0))
            if when < self.seconds:
                played.append(Struck(when, max(until - when, 0.04), note.pitch + transpose, loud))
        return struck(preset, played, self.seconds)

    def kit(
        self,
        preset: Preset,
        lines: Sequence[tuple[int, str, Sequence[int]]],
        *,
        per_beat: int = 4,
        beats_per_bar: float = 4.0,
        spread_ms: float = 5.0,
        push_ms: float = 0.0,
        touch: float = 0.06,
    ) -> Signal:
        """A recorded drum kit, stereo: (key, pattern of a bar or more, the bars it starts in) each."""
        played = []
        for key, pattern, bars in lines:
            for bar in bars:
                for beat, velocity in steps(pattern, per_beat):
                    when = self.beat.at(bar * beats_per_bar + beat) + self.late(spread_ms) + push_ms / 1000
                    loud = float(np.clip(velocity + self.rng.normal(0, touch), 0.08, 1.0))
                    if when < self.seconds:
                        played.append(Struck(max(when, 0.0), 0.4, key, loud))
        return struck(preset, played, self.seconds)

    def held(
        self,
        notes: Sequence[Note],
        *,
        start: float = 0.0,
        legato: float = 0.97,
        spread_ms: float = 8.0,
        vowels: str = "a",
    ) -> list[Held]:
        """A melody as one line for an instrument that sustains."""
        line = []
        for i, note in enumerate(notes):
            when = max(self.beat.at(start + note.beat) + self.late(spread_ms), 0.0)
            until = self.beat.at(start + note.beat + note.beats * legato)
            scoop = 1.2 * note.mark.count("~")
            vowel = vowels[i % len(vowels)]
            line.append(Held(when, max(until - when, 0.04), note.pitch, note.accent, scoop, vowel))
        return line

    def master(
        self,
        parts: Sequence[Part],
        *,
        room: Signal | None = None,
        colour: tuple[Response, ...] = (),
        loudness_db: float = -16.0,
        squeeze: float = 2.0,
        ceiling: float = 0.89,
        fade_out: float = 1.2,
        curve: str = "",
        strength: float = 0.75,
        warmth: float = 1.0,
        wet_db: float = 0.0,
        tone_db: float = -66.0,
    ) -> Signal:
        """The stereo mix at a loudness (RMS in dB below full scale); what parts send goes through `room`."""
        mix = np.zeros((2, self.samples))
        sent = np.zeros((2, self.samples))
        for part in parts:
            placed = stereo(part.signal, part.pan) * (
                10 ** (part.gain_db / 20) * 0.1 / busy_level(part.signal)
            )
            mix += placed
            sent += part.send * placed
        if room is not None:
            mix += 10 ** (wet_db / 20) * convolve(sent, room)
        mix = apply(mix, highpass(28), *colour)
        if curve:
            mix = towards(mix, CENTRES, np.array(CURVES[curve]), strength)
        mix *= 0.1 / (np.sqrt(np.mean(mix**2)) + 1e-9)
        mix = compressor(mix, -18, squeeze, 0.015, 0.15)
        mix *= 0.16 / (np.sqrt(np.mean(mix**2)) + 1e-9)
        mix = tape(mix, warmth)
        for _ in range(3):
            mix *= 10 ** (loudness_db / 20) / (np.sqrt(np.mean(mix**2)) + 1e-9)
            mix = limiter(mix, ceiling)
        mix = mix + room_tone(self.seconds, 1, tone_db)[:, : self.samples]
        return fade(mix, 0.003, min(fade_out, self.seconds / 4))
