"""Four on the floor at 118: octave bass, sixteenth guitar, strings that stab and soar."""

from __future__ import annotations

import numpy as np
from studio.amplifier import clean, wah
from studio.desk import Desk, Part
from studio.drums import clap, conga, crash, hat, kick, snare, tambourine
from studio.effects import room_response
from studio.keys import electric_piano
from studio.notation import Beat, Note, melody, voicings
from studio.patterns import comping, octave_bass, repeated, timeline
from studio.plucked import electric_guitar, picked_bass
from studio.signals import RATE, Signal, high_shelf, low_shelf
from studio.sustained import TROMBONE, TRUMPET, Held, Manner, blown, bowed

from pieces.piece import Piece

SHEET = [("Dm9", 4), ("G13", 4), ("Cmaj9", 4), ("Am9", 4)] * 2 + [
    ("Fmaj7", 4),
    ("G13", 4),
    ("Em7", 4),
    ("Am9", 4),
]
STRINGS = """
    r:.5 a5:.25! a5:.25 r:.5 a5:.5 g5:.5 f5:.5 e5:1 | f5:2 b5:1 a5:1 | g5:1.5 e5:.5 d5:.5 e5:.5 g5:1 |
    a5:3 r:1 | r:.5 a5:.25! a5:.25 r:.5 c6:.5 a5:.5 g5:.5 f5:1 | b5:2 d6:1 b5:1 |
    c6:1.5 b5:.5 g5:.5 e5:.5 d5:1 | e5:1 a5:1 c6:1 e6:1 | a6:2 g6:1 f6:1 | d6:2 f6:1 e6:1 |
    d6:1.5 b5:.5 g5:.5 b5:.5 d6:1 | c6:2 e6:2 | d6:4
"""


def floor(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(118), seed=1977)
    bars = range(12)
    kit = [
        (
            desk.drum(
                lambda r, v: kick(r, v, tune=60, t60=0.22, click=0.5),
                "X...X...X...X...",
                bars=bars,
                spread_ms=2,
            ),
            6.4,
            0,
            0.03,
        ),
        (
            desk.drum(
                lambda r, v: snare(r, v, tune=195, t60=0.2), "....X.......X..g", bars=bars, spread_ms=3
            ),
            -0.1,
            0,
            0.2,
        ),
        (desk.drum(clap, "....x.......x...", bars=bars), 0.0, 0.1, 0.25),
        (
            desk.drum(lambda r, v: hat(r, v, openness=0.2), "..X...X...X...X.", bars=bars, spread_ms=3),
            -10.2,
            0.3,
            0.08,
        ),
        (desk.drum(hat, "x.oxx.oxx.oxx.ox", bars=bars, spread_ms=3), -8.2, 0.3, 0.08),
        (desk.drum(tambourine, "o.x.o.x.o.x.o.x.", bars=range(4, 12)), -18.3, -0.4, 0.1),
        (desk.drum(lambda r, v: conga(r, v, tune=230), "x..x..x...x.x...", bars=bars), -10.3, -0.5, 0.15),
        (desk.drum(lambda r, v: conga(r, v, tune=165), "....x......x...x", bars=bars), -3.3, -0.55, 0.15),
        (desk.drum(crash, "x", bars=[0, 8]), -10.3, -0.3, 0.2),
    ]
    bass = desk.play(picked_bass, octave_bass(SHEET), legato=1.0, spread_ms=3)
    tops = voicings([c for c, _ in SHEET], 60, 79)
    scratch = []
    hits = "x.xx.xx.x.xxg.x."
    for (_, start, _beats), top in zip(timeline(SHEET), tops, strict=True):
        for i, sign in enumerate(hits):
            if sign != ".":
                scratch += [Note(start + i / 4, 0.15, p, 0.75 if sign == "x" else 0.4) for p in top[1:]]
    guitar = desk.play(lambda f, s, r, v: electric_guitar(f, s, r, v, muted=0.45), scratch, spread_ms=4)
    t = np.arange(desk.samples) / RATE
    guitar = clean(wah(guitar * 1.5, 0.5 + 0.5 * np.sin(2 * np.pi * t * 118 / 60 / 2)) * 0.7 + guitar * 0.8)
    keys = desk.play(
        electric_piano,
        comping(SHEET, repeated([(0, 1.4, 0.6), (1.75, 0.3, 0.7), (2.5, 1.2, 0.6)], 4, 12), 54, 74),
        spread_ms=5,
    )
    manner = Manner(attack=0.05, release=0.12, vibrato_cents=22, vibrato_hz=6, breath=0.05)
    tune = desk.held(melody(STRINGS, 0.8), legato=0.98)
    low = [Held(h.start, h.seconds, h.pitch - 12, h.velocity) for h in tune]
    strings = [
        (bowed(tune, seconds, desk.rng, players=6, manner=manner), -0.4),
        (bowed(low, seconds, desk.rng, players=5, manner=manner), 0.4),
    ]
    stab = "r:1.5 {0}:.25! r:1.25 {0}:.25! r:.75"
    horns = []
    for i, (body, pan) in enumerate(((TRUMPET, 0.2), (TRUMPET, 0.35), (TROMBONE, 0.5))):
        notes = [
            Note(start + n.beat, n.beats, top[-1 - i], n.accent)
            for (_, start, _beats), top in zip(timeline(SHEET), tops, strict=True)
            if start >= 16
            for n in melody(stab.format("c5"), 0.8)
        ]
        horns.append((blown(desk.held(notes, legato=0.9), seconds, desk.rng, body), pan))
    parts = [Part(*k) for k in kit] + [
        Part(bass, -3.7, 0, 0.0),
        Part(guitar, 1.0, 0.55, 0.1),
        Part(keys, -16.1, -0.3, 0.15),
    ]
    parts += [Part(s, -6.0, pan, 0.4) for s, pan in strings] + [Part(h, -13.0, pan, 0.3) for h, pan in horns]
    hall = room_response(1.5, 21, predelay=0.02, bright=0.6, size=1.2)
    return desk.master(
        parts,
        room=hall,
        curve="disco",
        strength=0.30,
        warmth=2.2,
        wet_db=-1.8,
        loudness_db=-15,
        squeeze=2,
        colour=(low_shelf(120, 1), high_shelf(6000, 1)),
    )


PIECES = (Piece("Mirrorball Avenue", "disco", 25.0, "ogg", floor, rate=32000),)
