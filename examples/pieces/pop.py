"""Synthesiser pop at 108: a girl's voice in thirds, pads that breathe, claps."""

from __future__ import annotations

import numpy as np
from studio.desk import Desk, Part
from studio.drums import clap, crash, hat, kick, shaker, snare
from studio.effects import chorus, echo, room_response
from studio.keys import piano
from studio.notation import Beat, Chord, Note, melody, voicings
from studio.patterns import timeline
from studio.plucked import acoustic_guitar, picked_bass
from studio.signals import Signal, high_shelf, low_shelf
from studio.sustained import Manner, pad, sung

from pieces.piece import Piece

SHEET = [("C", 4), ("G", 4), ("Am7", 4), ("Fmaj7", 4)] * 2 + [
    ("F", 4),
    ("G", 4),
    ("Am7", 2),
    ("Em7", 2),
    ("Fmaj7", 4),
    ("C", 4),
]
VOCAL = """
    r:.5 g4:.5 c5:.5 d5:.5 e5:1~ d5:.5 c5:.5 | d5:1~ b4:.5 g4:1.5 r:1 |
    r:.5 a4:.5 c5:.5 d5:.5 e5:1~ g5:.5 e5:.5 | d5:.5 c5:1~ a4:1.5 r:1 |
    r:.5 g4:.5 c5:.5 d5:.5 e5:1~ d5:.5 c5:.5 | d5:1~ b4:.5 g4:1.5 r:1 |
    r:.5 a4:.5 c5:.5 d5:.5 e5:1~ g5:.5 a5:.5 | g5:.5 e5:1~ c5:1.5 r:1 | a5:1.5~! g5:.5 f5:1 e5:.5 f5:.5 |
    g5:1.5~! d5:.5 b4:1 r:1 | c5:.5 d5:.5 e5:1~ g5:1 e5:1 | a4:.5 c5:.5 e5:1.5~ d5:.5 c5:1 | c5:4~
"""


def radio(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(110), seed=2004)
    bars = range(12)
    kit = [
        (
            desk.drum(
                lambda r, v: kick(r, v, tune=55, t60=0.28, click=0.7),
                "X.....x.X.......",
                bars=range(8),
                spread_ms=2,
            ),
            6.2,
            0,
            0.03,
        ),
        (
            desk.drum(
                lambda r, v: kick(r, v, tune=55, t60=0.28, click=0.7),
                "X...x...x...x...",
                bars=range(8, 12),
                spread_ms=2,
            ),
            -0.4,
            0,
            0.03,
        ),
        (
            desk.drum(
                lambda r, v: snare(r, v, tune=200, t60=0.2), "....X.......X...", bars=bars, spread_ms=2
            ),
            -5.1,
            0,
            0.25,
        ),
        (desk.drum(clap, "....X.......X...", bars=bars), -4.6, 0.05, 0.3),
        (desk.drum(hat, "x.o.x.o.x.o.x.o.", bars=bars, spread_ms=3), -15.4, 0.3, 0.1),
        (desk.drum(shaker, "xoxoxoxoxoxoxoxo", bars=range(4, 12)), -12.7, -0.4, 0.1),
        (desk.drum(crash, "x", bars=[0, 8, 12]), -6.5, 0.2, 0.2),
    ]
    bass, chords, picks, pads = [], [], [], np.zeros((2, desk.samples))
    for (symbol, start, beats), voiced in zip(
        timeline(SHEET), voicings([c for c, _ in SHEET], 52, 74), strict=True
    ):
        root = Chord.of(symbol).bass(31)
        bass += [Note(start + e / 2, 0.45, root, 0.85) for e in range(int(beats * 2))]
        chords += [Note(start + b, 0.9, p, 0.55) for b in range(int(beats)) for p in voiced]
        picks += [
            Note(start + i / 2, 0.8, voiced[(0, 2, 1, 3)[i % 4]] + 12, 0.6) for i in range(int(beats * 2))
        ]
        if desk.beat.at(start) < seconds:
            desk.drop(pads, desk.beat.at(start), pad(voiced, desk.beat.length(beats) + 0.2, desk.rng, 2400))
    low = desk.play(picked_bass, bass, spread_ms=2)
    keys = desk.play(piano, chords, spread_ms=4)
    guitar = desk.play(acoustic_guitar, picks, spread_ms=5)
    manner = Manner(
        attack=0.04, release=0.07, glide=0.04, vibrato_cents=24, vibrato_hz=5.8, breath=0.1, slide=0.7
    )
    voice = sung(
        desk.held(melody(VOCAL, 0.75), vowels="aioeau@i"), seconds, desk.rng, size=1.17, manner=manner
    )
    above = [
        Note(n.beat, n.beats, n.pitch - (3 if n.pitch % 12 in (0, 5, 7) else 4), n.accent, n.mark)
        for n in melody(VOCAL, 0.6)
        if n.beat >= 32
    ]
    harmony = sung(desk.held(above, vowels="aioeau@i"), seconds, desk.rng, size=1.14, manner=manner)
    parts = [Part(*k) for k in kit] + [
        Part(low, -14.0, 0, 0.0),
        Part(keys, 2.0, -0.2, 0.15),
        Part(guitar, -4.9, 0.45, 0.2),
        Part(chorus(pads), -2.0, 0, 0.2),
        Part(voice, 0.0, 0, 0.25),
        Part(echo(voice, 60 / 110 * 0.75, 0.3, cross=True), -14.8),
        Part(harmony, -5.7, 0.25, 0.3),
    ]
    hall = room_response(1.6, 14, predelay=0.03, bright=0.6, size=1.2)
    return desk.master(
        parts,
        room=hall,
        curve="pop",
        strength=0.90,
        warmth=0.8,
        wet_db=9.0,
        loudness_db=-13.5,
        squeeze=2.5,
        colour=(low_shelf(110, 1), high_shelf(6000, 2)),
    )


PIECES = (Piece("Second Summer", "pop", 27.5, "ogg", radio),)
