"""Four on the floor at 118: octave bass, sixteenth guitar, strings that stab and soar, brass."""

from __future__ import annotations

import numpy as np
from studio.amplifier import clean, wah
from studio.desk import Desk, Part
from studio.effects import chorus, room_response
from studio.notation import Beat, Note, melody, shifted, voicings
from studio.patterns import Sheet, comping, octave_bass, repeated, timeline
from studio.sampler import (
    BRASS,
    CLEAN_GUITAR,
    ELECTRIC_PIANO,
    SLAPPED,
    STANDARD_KIT,
    STRINGS,
)
from studio.signals import RATE, Signal

from pieces.piece import Piece

VERSE: Sheet = [("Dm9", 4), ("G13", 4), ("Cmaj9", 4), ("Am9", 4)] * 2
CHORUS: Sheet = [("Fmaj7", 4), ("G13", 4), ("Em7", 4), ("Am9", 4)]
SHEET = [*VERSE, *CHORUS, *VERSE[:4]]
BARS = 16
STRINGS_LINE = """
    r:.5 a5:.25! a5:.25 r:.5 a5:.5 g5:.5 f5:.5 e5:1 | f5:2 b5:1 a5:1 | g5:1.5 e5:.5 d5:.5 e5:.5 g5:1 |
    a5:3 r:1 | r:.5 a5:.25! a5:.25 r:.5 c6:.5 a5:.5 g5:.5 f5:1 | b5:2 d6:1 b5:1 |
    c6:1.5 b5:.5 g5:.5 e5:.5 d5:1 | e5:.25 f5:.25 g5:.25 a5:.25 b5:.25 c6:.25 d6:.25 e6:.25 r:2 |
    a5:2 g5:1 f5:1 | d6:2 f6:1 e6:1 | d6:1.5 b5:.5 g5:.5 b5:.5 d6:1 | c6:2 e6:2 |
    r:.5 a5:.25! a5:.25 r:.5 a5:.5 g5:.5 f5:.5 e5:1 | f5:2 b5:1 a5:1 | g5:1.5 e5:.5 d5:.5 e5:.5 g5:1 | a5:4
"""
HORN_LINE = "r:1.5 c5:.25! r:1.25 c5:.25! r:.75"


def floor(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(118), seed=1977)
    bars = range(BARS)
    chorus_bars = range(8, 12)
    kick = desk.kit(STANDARD_KIT, [(36, "X...X...X...X...", bars)], spread_ms=2)
    snare = desk.kit(
        STANDARD_KIT,
        [
            (40, "....X.......X..g", bars),
            (39, "....x.......x...", chorus_bars),
            (38, "........xxXX....", [7]),
        ],
        spread_ms=3,
    )
    hats = desk.kit(
        STANDARD_KIT,
        [(46, "..X...X...X...X.", bars), (42, "x..xx..xx..xx..x", bars), (49, "X", [0, 8, 12])],
        spread_ms=3,
    )
    percussion = desk.kit(
        STANDARD_KIT,
        [
            (54, "o.x.o.x.o.x.o.x.", range(4, BARS)),
            (63, "x..x..x...x.x...", bars),
            (64, "....x......x...x", bars),
        ],
    )
    bass = desk.sampled(SLAPPED, octave_bass(SHEET), legato=0.9, spread_ms=4)
    tops = voicings([c for c, _ in SHEET], 60, 79)
    scratch = []
    for (_, start, _beats), top in zip(timeline(SHEET), tops, strict=True):
        for i, sign in enumerate("x.xx.xx.x.xxg.x."):
            if sign != ".":
                scratch += [Note(start + i / 4, 0.13, p, 0.75 if sign == "x" else 0.4) for p in top[1:]]
    guitar = desk.sampled(CLEAN_GUITAR, scratch, spread_ms=4)
    t = np.arange(desk.samples) / RATE
    sweep = 0.5 + 0.5 * np.sin(2 * np.pi * t * 118 / 60 / 2)
    guitar = clean(wah(guitar.mean(0) * 2, sweep) * 0.7 + guitar.mean(0))
    keys = desk.sampled(
        ELECTRIC_PIANO,
        comping(SHEET, repeated([(0, 1.4, 0.6), (1.75, 0.3, 0.7), (2.5, 1.2, 0.6)], 4, BARS), 54, 74),
    )
    tune = melody(STRINGS_LINE, 0.8)
    high = desk.sampled(STRINGS, tune, legato=1.0, spread_ms=10)
    low = desk.sampled(STRINGS, shifted(tune, 0, -12), legato=1.0, spread_ms=14)
    stabs = [
        Note(start + n.beat, n.beats, p, n.accent)
        for (_, start, _beats), top in zip(timeline(SHEET), tops, strict=True)
        if start >= 16
        for n in melody(HORN_LINE, 0.85)
        for p in top
    ]
    horns = desk.sampled(BRASS, stabs, legato=1.0, spread_ms=8)
    parts = [
        Part(kick, 9.5, 0, 0.03),
        Part(snare, 0.0, 0, 0.2),
        Part(hats, -13.0, 0, 0.08),
        Part(percussion, -9.0, 0, 0.15),
        Part(bass, -12.0, 0, 0.0),
        Part(guitar, -10.0, 0.55, 0.1),
        Part(chorus(keys), -8.0, 0, 0.15),
        Part(high, -6.5, 0, 0.4),
        Part(low, -9.0, 0, 0.4),
        Part(horns, 1.0, 0, 0.3),
    ]
    hall = room_response(1.5, 21, predelay=0.02, bright=0.6, size=1.2)
    return desk.master(
        parts, room=hall, curve="disco", strength=0.5, warmth=2.2, loudness_db=-15, squeeze=1.0, fade_out=2.0
    )


PIECES = (Piece("Mirrorball Avenue", "disco", 30.0, "ogg", floor),)
