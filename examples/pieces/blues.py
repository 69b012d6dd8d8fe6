"""A shuffle in A, four bars "from the four" and then twelve: an overdriven guitar over a walking bass."""

from __future__ import annotations

import numpy as np
from studio.amplifier import warm_overdrive
from studio.desk import Desk, Part
from studio.effects import room_response
from studio.notation import Beat, Chord, Note, melody
from studio.sampler import OVERDRIVEN, STANDARD_KIT, UPRIGHT, line
from studio.signals import Signal, lowpass
from studio.sustained import Manner

from pieces.piece import Piece

CHORUS = ["A7", "D9", "A7", "A7", "D9", "D9", "A7", "A7", "E9", "D9", "A7", "E9"]
SHEET = [*CHORUS[4:8], *CHORUS]
CHORUS_LEAD = """
    r:2/3 e5:1/3 g5:2/3~ a5:1/3 c6:1~! a5:1/3 g5:1/3 e5:1/3 | r:1/3 d5:1/3~ c5:1/3 a4:2~ r:1 |
    r:2/3 a4:1/3 c5:1/3~ d5:1/3 d#5:1/3 e5:1~! d5:1/3 c5:1/3 a4:1/3 | c#5:1/3~ a4:5/3~ r:2 |
    r:2/3 a5:1/3 c6:2/3~! a5:1/3 c6:2/3~! a5:1/3 g5:1/3 f5:1/3 d5:1/3 |
    f5:2/3~ d5:1/3 c5:1/3 d5:1/3 a4:1/3 c5:2/3~ r:1 |
    r:1/3 e5:1/3 g5:1/3 a5:5/3~! g5:1/3 e5:1/3 c#5:1/3~ a4:1/3 |
    r:2/3 g4:1/3 a4:1/3 c5:1/3~ d5:1/3 e5:2~! | b5:4/3~! g#5:1/3 b5:1/3~ d6:1~! b5:1/3 a5:1/3 g5:1/3 |
    a5:1~! f#5:1/3 d5:1/3 c5:1/3~ a4:1 c5:1/3 d5:1/3 d#5:1/3 |
    e5:2/3~! c5:1/3 a4:1/3 c5:1/3~ a4:1/3 g4:1/3 a4:2/3 r:1 |
    e5:1/3 d5:1/3 c5:1/3~ b4:1/3 g#4:1/3 b4:1/3 e4:2~
"""
BARS = CHORUS_LEAD.split("|")
LEAD = "|".join([*BARS[4:8], *BARS])
UP, DOWN, LOW = (0, 4, 7, 9), (12, 10, 9, 7), 28


def walk() -> list[Note]:
    """Up one bar and down the next, each step struck twice, long and short."""
    notes = []
    for bar, symbol in enumerate(SHEET):
        root = Chord.of(symbol).bass(LOW)
        for beat, step in enumerate(DOWN if bar % 2 and root < LOW + 8 else UP):
            notes.append(Note(bar * 4 + beat, 0.63, root + step, 0.85))
            notes.append(Note(bar * 4 + beat + 2 / 3, 0.27, root + step, 0.55))
    return notes


def shuffle(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(88, lead_in=0.1), seed=12)
    bars = range(len(SHEET))
    kick = desk.kit(STANDARD_KIT, [(36, "X.....X....o", bars)], per_beat=3, spread_ms=6)
    snare = desk.kit(STANDARD_KIT, [(38, "...X..g..X.g", bars)], per_beat=3, spread_ms=7)
    low = desk.sampled(UPRIGHT, walk())
    bends = Manner(
        attack=0.004,
        release=0.06,
        glide=0.02,
        vibrato_hz=5.6,
        vibrato_cents=30,
        vibrato_delay=0.18,
        drift_cents=3,
    )
    lead = line(OVERDRIVEN, desk.held(melody(LEAD, 0.85)), seconds, desk.rng, bends).mean(0)
    lead = warm_overdrive(lead / np.abs(lead).max(), 8.0)
    stabs = [
        Note(bar * 4 + beat, 0.4, Chord.of(symbol).bass(40) + fifth, 0.7)
        for bar, symbol in enumerate(SHEET)
        for beat in (1, 3)
        for fifth in (0, 7)
    ]
    rhythm = warm_overdrive(desk.sampled(OVERDRIVEN, stabs).mean(0) * 3, 2.0)
    parts = [
        Part(kick, 1, 0, 0.06),
        Part(snare, -16, 0, 0.2),
        Part(low, -3, 0, 0.04),
        Part(lead, 3, 0.1, 0.3),
        Part(rhythm, 1, -0.4, 0.2),
    ]
    room = room_response(1.2, 31, predelay=0.012, bright=0.5, size=0.9)
    return desk.master(
        parts,
        room=room,
        curve="blues",
        colour=(lowpass(6000),),
        strength=0.5,
        warmth=2.0,
        wet_db=3.0,
        loudness_db=-17,
        squeeze=1.0,
        fade_out=1.5,
    )


PIECES = (Piece("Slow Train Shuffle", "blues", 43.6, "mp3", shuffle),)
