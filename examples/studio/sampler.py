"""Recorded instruments: notes go through FluidSynth and a SoundFont, one part at a time.

Both SoundFonts are Debian packages; the sound of every preset is that of a real instrument, sampled note by
note. A part comes back dry and in stereo, ready for amplifier and desk.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from studio.signals import RATE, Signal
from studio.sustained import Held, Manner, pitch_and_loudness

FLUID = Path("/usr/share/sounds/sf2/FluidR3_GM.sf2")
MUSESCORE = Path("/usr/share/sounds/sf3/MuseScore_General_Full.sf3")
PACKAGES = "fluidsynth fluid-soundfont-gm musescore-general-soundfont espeak-ng fretsonfire-songs-sectoid"
TICKS = 960  # a second: at half a second a quarter, a quarter has half as many
BEND_RANGE = 12  # semitones either way
DRUMS = 9  # the MIDI channel of kits


class MissingPackage(RuntimeError):
    """A program or sound that the render needs is not installed."""


@dataclass(frozen=True)
class Preset:
    """One instrument of a SoundFont by its bank and program."""

    program: int
    bank: int = 0
    font: Path = FLUID


GRAND_PIANO, MELLOW_PIANO = Preset(0, 0, MUSESCORE), Preset(0, 8, MUSESCORE)
YAMAHA, BRIGHT_PIANO, ELECTRIC_PIANO = Preset(0), Preset(1), Preset(4)
HARPSICHORD, CLAVINET = Preset(6), Preset(7)
DRAWBAR, PERCUSSIVE_ORGAN, ROCK_ORGAN = Preset(16), Preset(17), Preset(18)
HARMONICA, MELODICA = Preset(22), Preset(23)
NYLON, STEEL_STRING, JAZZ_GUITAR, CLEAN_GUITAR = Preset(24), Preset(25), Preset(26), Preset(27)
PALM_MUTED, OVERDRIVEN, DISTORTED = Preset(28), Preset(29), Preset(30)
TWELVE_STRING, HAWAIIAN, FUNK_GUITAR = Preset(25, 8), Preset(26, 8), Preset(28, 8)
UPRIGHT, FINGERED, PICKED, FRETLESS, SLAPPED = (Preset(program) for program in range(32, 37))
SYNTH_BASS = Preset(38)
VIOLIN, VIOLA, CELLO, FIDDLE = Preset(40), Preset(41), Preset(42), Preset(110)
STRINGS, SLOW_STRINGS = Preset(48), Preset(49)
FIRST_VIOLINS, SECOND_VIOLINS, VIOLAS, CELLI, BASSES = (
    Preset(49, bank, MUSESCORE) for bank in (20, 25, 30, 40, 50)
)
TRUMPET, TROMBONE, MUTED_TRUMPET, BRASS = Preset(56), Preset(57), Preset(59), Preset(61)
ALTO, TENOR = Preset(65), Preset(66)
BANJO, MANDOLIN = Preset(105), Preset(25, 16)
STANDARD_KIT, ROOM_KIT, POWER_KIT, TR808_KIT, JAZZ_KIT, BRUSH_KIT = (
    Preset(program, 128) for program in (0, 8, 16, 25, 32, 40)
)


@dataclass(frozen=True)
class Struck:
    """One note as it is played: seconds, length, MIDI pitch, velocity from 0 to 1."""

    start: float
    seconds: float
    pitch: float
    velocity: float


def events_of(notes: Iterable[Struck]) -> list[tuple[float, bytes]]:
    """Note-on and note-off messages with their times in seconds; the channel is filled in later."""
    events = []
    for note in notes:
        loud = int(np.clip(round(note.velocity * 127), 1, 127))
        key = round(note.pitch)
        events.append((note.start, bytes([0x90, key, loud])))
        events.append((note.start + note.seconds, bytes([0x80, key, 0])))
    return events


def midi_file(preset: Preset, events: Iterable[tuple[float, bytes]]) -> bytes:
    """A standard MIDI file of one track that plays the events on a preset."""
    channel = DRUMS if preset.bank == 128 else 0
    bank = 0 if preset.bank == 128 else preset.bank
    opening = [bytes([0xB0, 0, bank]), bytes([0xC0, preset.program])]
    opening += [bytes([0xB0, 101, 0]), bytes([0xB0, 100, 0]), bytes([0xB0, 6, BEND_RANGE])]
    timed = [(0, message) for message in opening]
    timed += sorted(
        ((round(max(when, 0.0) * TICKS) + 1, message) for when, message in events),
        key=lambda event: (event[0], event[1][0] != 0x80),
    )
    track, now = bytearray(), 0
    for tick, message in timed:
        track += variable_length(tick - now) + bytes([message[0] | channel]) + message[1:]
        now = tick
    track += b"\0\xff\x2f\0"
    header = struct.pack(">4sIHHH", b"MThd", 6, 0, 1, TICKS // 2)
    return header + struct.pack(">4sI", b"MTrk", len(track)) + bytes(track)


def variable_length(number: int) -> bytes:
    """MIDI's way to write a number: seven bits a byte, the top bit says that more follow."""
    out = [number & 0x7F]
    while number := number >> 7:
        out.append(number & 0x7F | 0x80)
    return bytes(reversed(out))


def require(*needed: str | Path) -> None:
    """Raises MissingPackage, which says what to install, unless each program or file is there."""
    lacking = [str(one) for one in needed if shutil.which(one) is None and not Path(one).exists()]
    if lacking:
        raise MissingPackage(f"{', '.join(lacking)} is not there: apt install {PACKAGES}")


def rendered(preset: Preset, events: Iterable[tuple[float, bytes]], seconds: float) -> Signal:
    """What FluidSynth makes of the events: stereo, dry, exactly `seconds` long."""
    require("fluidsynth", preset.font)
    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder) / "part.mid", Path(folder) / "part.wav"
        score.write_bytes(midi_file(preset, events))
        command = ["fluidsynth", "-ni", "-q", "-R", "0", "-C", "0", "-g", "1", "-r", str(RATE)]
        command += ["-o", "synth.dynamic-sample-loading=1", "-o", "synth.cpu-cores=1", "-O", "float"]
        subprocess.run(
            [*command, "-F", str(sound), str(preset.font), str(score)], check=True, capture_output=True
        )
        samples, _ = soundfile.read(sound, dtype="float64", always_2d=True)
    out = np.zeros((2, round(seconds * RATE)))
    length = min(len(samples), out.shape[1])
    out[:, :length] = samples[:length].T
    return out


def struck(preset: Preset, notes: Iterable[Struck], seconds: float) -> Signal:
    """Notes that are struck, plucked or drummed, any number at once."""
    return rendered(preset, events_of(notes), seconds)


def line(
    preset: Preset, notes: Sequence[Held], seconds: float, rng: np.random.Generator, manner: Manner
) -> Signal:
    """One note at a time with slides, vibrato and swells: the curves go to pitch wheel and expression."""
    hz, loud = pitch_and_loudness(notes, seconds, manner, rng)
    pitch = 69 + 12 * np.log2(hz / 440)
    events = []
    for i, note in enumerate(notes):
        until = note.start + note.seconds + manner.release
        if i + 1 < len(notes):
            until = min(until, max(notes[i + 1].start + 0.01, note.start + 0.05))
        events += events_of([Struck(note.start, until - note.start, note.pitch, note.velocity)])
        for when in np.arange(max(note.start, 0.0), min(until, seconds - 0.01), 0.01):
            at = int(when * RATE)
            wheel = int(np.clip(8192 + (pitch[at] - round(note.pitch)) / BEND_RANGE * 8191, 0, 16383))
            force = int(np.clip(127 * np.sqrt(loud[at]), 1, 127))
            events.append((when, bytes([0xE0, wheel & 0x7F, wheel >> 7])))
            events.append((when, bytes([0xB0, 11, force])))
    return rendered(preset, events, seconds)
