"""Twelve bars in A: shuffle, slide guitar and harmonica answering each other."""

from __future__ import annotations

import numpy as np
from studio.amplifier import warm_overdrive
from studio.desk import Desk, Part
from studio.drums import crash, hat, kick, snare
from studio.effects import room_response, spring
from studio.notation import Beat, Chord, Note, hertz, melody
from studio.patterns import timeline
from studio.plucked import electric_guitar, fingered_bass
from studio.signals import Signal, high_shelf, low_shelf, lowpass, peak
from studio.sustained import HARMONICA, Manner, blown, steel

from pieces.piece import Piece

SHEET = [
    ("A7", 4),
    ("D7", 4),
    ("A7", 8),
    ("D7", 8),
    ("A7", 8),
    ("E7", 4),
    ("D7", 4),
    ("A7", 4),
    ("E7", 4),
    ("A7", 4),
]

SLIDE = """
    r:1 e5:.5~ g5:.5 a5:1.5~! g5:.5 | e5:1~ d5:.5 c5:.5 d5:1 r:1 | r:4 | r:2 r:.5 c5:.5~ a4:1 |
    r:1 d5:.5 f5:.5 a5:1.5~! f5:.5 | d5:1~ c5:.5 a4:.5 c5:1~ r:1 | r:4 | r:2 e5:.5~ g5:.5 a5:1~ |
    b5:1.5~! a5:.5 g#5:.5~ e5:1.5 | a5:1~! f#5:.5 d5:1.5 c5:1~ | a4:2~ r:2 | r:1 e5:.5 d5:.5 c5:.5~ a4:1.5 |
    a4:4~
"""
HARP = """
    r:4 | r:4 | r:.5 a5:.5~! g5:.5 e5:1~ d5:.5 e5:1 | c5:.5~ a4:.5 c5:.5~ a4:1.5 r:1 | r:4 | r:4 |
    r:.5 a5:1~! g5:.5 e5:1~ g5:.5 e5:.5 | d5:.5 c5:.5~ a4:1 r:2 | r:4 | r:4 | r:2 c5:.5~ d5:.5 e5:1~ |
    r:3 g4:.5 e4:.5 | a4:4
"""


def shuffle(seconds: float) -> Signal:
    beat = Beat(121, swing=0.655)
    desk = Desk(seconds, beat, seed=12)
    bars = range(12)
    kit = [
        (
            desk.drum(lambda r, v: kick(r, v, tune=58, t60=0.24, click=0.35), "X...o.x.X...x...", bars=bars),
            -5.1,
            0.0,
            0.08,
        ),
        (
            desk.drum(
                lambda r, v: snare(r, v, tune=190, t60=0.22, bright=6000), "....X..g....X..g", bars=bars
            ),
            1.1,
            0.05,
            0.25,
        ),
        (desk.drum(hat, "x.o.x.o.x.o.x.o.", bars=bars, spread_ms=7), -9.4, 0.35, 0.1),
    ]
    cymbal = desk.drum(crash, "x", bars=[0, 12])
    final = desk.drum(lambda r, v: kick(r, v, tune=58), "X", bars=[12])

    bass_notes, boogie = [], []
    for symbol, start, beats in timeline(SHEET):
        chord = Chord.of(symbol)
        root = chord.bass(31)
        low = chord.bass(45 if chord.root != 4 else 40)
        climb = (0, 4, 7, 9, 10, 9, 7, 4)
        for b in range(int(beats)):
            last = start >= 48
            bass_notes.append(Note(start + b, 0.9 if not last else 4, root + climb[b % 8], 0.8))
            if last:
                boogie += [Note(start, 4, low + i, 0.8) for i in (0, 7, 10, 16)] if b == 0 else []
                break
            bass_notes.append(Note(start + b + 0.5, 0.3, root + climb[b % 8], 0.45))
            upper = (7, 7, 9, 9, 10, 10, 9, 9)
            for half in (0, 1):
                top = upper[(2 * b + half) % 8]
                boogie += [Note(start + b + half / 2, 0.42, low + i, 0.8 - 0.2 * half) for i in (0, top)]
    bass = desk.play(fingered_bass, bass_notes, spread_ms=7)
    rhythm = desk.play(
        lambda f, s, r, v: electric_guitar(f, s, r, v, muted=0.22, bridge=False),
        boogie,
        legato=0.8,
        spread_ms=5,
    )
    rhythm = warm_overdrive(rhythm * 1.5, 2.2)

    lead = steel(desk.held(melody(SLIDE, 0.8), legato=1.0), seconds, desk.rng)
    picks = desk.track()
    for note in melody(SLIDE, 0.8):
        string = electric_guitar(hertz(note.pitch), 0.25, desk.rng, 0.6)
        desk.drop(picks, beat.at(note.beat), string * np.exp(-np.arange(len(string)) / 2500))
    lead = warm_overdrive(lead * 5 + picks * 0.5, 5.0)

    manner = Manner(attack=0.025, release=0.05, vibrato_cents=28, vibrato_hz=6.2, glide=0.05, breath=0.12)
    harp_line = desk.held(melody(HARP, 0.75), legato=0.95)
    harp = blown(harp_line, seconds, desk.rng, HARMONICA, manner)
    harp = warm_overdrive(harp * 4, 3.5)
    parts = [Part(*k) for k in kit] + [
        Part(cymbal, -14.8, -0.3, 0.2),
        Part(final, -0.0, 0, 0.1),
        Part(bass, 0.2, -0.05, 0.04),
        Part(rhythm, -8.2, -0.5, 0.15),
        Part(lead, -3.3, 0.3, 0.5),
        Part(spring(lead), -14.7, 0.1, 0.0),
        Part(harp, 3.6, 0.1, 0.5),
    ]
    room = room_response(1.0, 31, predelay=0.008, bright=0.5, size=0.7)
    colour = (low_shelf(150, 1), peak(400, 1.5, 0.8), high_shelf(6000, -2), lowpass(13000))
    return desk.master(
        parts,
        room=room,
        curve="blues",
        strength=0.90,
        warmth=2.5,
        wet_db=8.3,
        loudness_db=-17,
        squeeze=2,
        colour=colour,
    )


PIECES = (Piece("Slow Train Shuffle", "blues", 27.0, "mp3", shuffle, kbps=80),)
