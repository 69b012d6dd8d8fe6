"""A slow twelve bars in A: an overdriven guitar and a harmonica answer each other over a walking bass."""

from __future__ import annotations

from studio.amplifier import warm_overdrive
from studio.desk import Desk, Part
from studio.effects import room_response
from studio.notation import Beat, Chord, Note, melody
from studio.patterns import Sheet
from studio.sampler import (
    HARMONICA,
    OVERDRIVEN,
    STANDARD_KIT,
    UPRIGHT,
    line,
)
from studio.signals import Signal, lowpass
from studio.sustained import Manner

from pieces.piece import Piece

CHORUS: Sheet = [
    (name, 4) for name in ["A7", "D9", "A7", "A7", "D9", "D9", "A7", "A7", "E9", "D9", "A7", "E9"]
]
BARS = 12
BASS = """
    a1:1 a1:.5 c#2:.5 e2:1 f#2:.5 e2:.5 | d2:1 d2:.5 f#2:.5 a2:1 b2:.5 a2:.5 |
    a1:1 a1:.5 c#2:.5 e2:1 f#2:.5 e2:.5 | a2:1 g2:1 f#2:1 e2:1 | d2:1 d2:.5 f#2:.5 a2:1 b2:.5 a2:.5 |
    d2:1 e2:1 f#2:1 g#2:1 | a2:1 e2:1 f#2:1 e2:1 | a1:1 b1:1 c2:1 c#2:1 | e2:1 g#2:1 b2:1 d3:1 |
    d2:1 f#2:1 a2:1 f#2:1 | a1:1 c#2:1 d2:1 d#2:1 | e2:1 e2:1 e1:1 e1:1
"""
GUITAR_LINE = """
    r:1 c5:1/3~ d5:1/3 e5:1/3 g5:1.5~! e5:.5 | r:.5 d5:.5~ c5:1/3 a4:1/3 c5:1/3~ a4:1.5 r:.5 |
    r:1 e5:.5~! g5:.5 a5:1~ g5:1/3 e5:1/3 d5:1/3 | c5:.5~ a4:1 r:1 g4:.5 a4:.5 c5:.5~ |
    d5:1.5~! f5:.5 d5:1/3 c5:1/3 a4:1/3 c5:1~ | a4:1 r:1.5 a5:.5~ a5:.5~ a5:.5~! |
    a5:1.5~! g5:.5 e5:1~ d5:.5 c5:.5 | a4:1.5~ r:1 c5:.5 d5:.5 d#5:.5 | e5:1.5~! g5:.5 b5:1.5~! g5:.5 |
    a5:1~! f#5:.5 d5:.5 c5:1~ a4:1 | g4:1/3 a4:1/3 c5:1/3~ a4:1.5~ r:1.5 | r:.5 e5:.5 d5:.5 c5:.5~ b4:1 e4:1
"""
HARP_LINE = """
    r:4 | r:2.5 c5:.5 d5:.5 e5:.5 | r:4 | r:1.5 e5:.5 g5:1 e5:.5 r:.5 | r:4 |
    r:.5 a5:1 g5:.5 f5:.5 d5:.5 r:1 |
    r:4 | r:1.5 e5:.5 d5:.5 c5:.5 a4:1 | r:4 | r:3 e5:.5 c5:.5 | r:2.5 a4:.5 c5:.5 d5:.5 | e5:2 r:2
"""


def shape(symbol: str) -> list[int]:
    """Root and fifth low on the neck."""
    root = Chord.of(symbol).bass(40)
    return [root, root + 7]


def shuffle(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(66, swing=0.66, lead_in=0.1), seed=12)
    bars = range(BARS)
    drums = desk.kit(
        STANDARD_KIT, [(36, "X....oX.....", bars), (38, "...X..g..X.g", bars)], per_beat=3, spread_ms=8
    )
    low = desk.sampled(UPRIGHT, melody(BASS, 0.8))
    bends = Manner(
        attack=0.004,
        release=0.05,
        glide=0.015,
        vibrato_hz=5.4,
        vibrato_cents=18,
        vibrato_delay=0.3,
        drift_cents=2,
    )
    lead = line(OVERDRIVEN, desk.held(melody(GUITAR_LINE, 0.9)), seconds, desk.rng, bends)
    lead = warm_overdrive(lead.mean(0) * 4, 4.0)
    stabs = [
        Note(bar * 4 + b, 0.4, p, 0.7)
        for bar, (name, _) in enumerate(CHORUS)
        for b in (1, 3)
        for p in shape(name)
    ]
    rhythm = warm_overdrive(desk.sampled(OVERDRIVEN, stabs).mean(0) * 3, 2.0)
    harp = warm_overdrive(desk.sampled(HARMONICA, melody(HARP_LINE, 0.8)).mean(0) * 4, 3.0)
    parts = [
        Part(drums, 1, 0, 0.2),
        Part(low, -4, 0, 0.04),
        Part(lead, 0, 0.1, 0.35),
        Part(rhythm, -14, -0.5, 0.2),
        Part(harp, -12, 0.3, 0.35),
    ]
    room = room_response(1.2, 31, predelay=0.012, bright=0.5, size=0.9)
    return desk.master(
        parts,
        room=room,
        curve="blues",
        colour=(lowpass(5000),),
        strength=0.7,
        warmth=2.5,
        loudness_db=-17,
        squeeze=1.4,
        fade_out=2.0,
    )


PIECES = (Piece("Slow Train Shuffle", "blues", 32.0, "mp3", shuffle),)
