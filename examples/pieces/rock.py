"""Straight rock in A at 124: two crunching guitars, a singing lead, an organ, drums in a big room."""

from __future__ import annotations

from studio.amplifier import crunch
from studio.desk import Desk, Part
from studio.drums import crash, hat, kick, snare, tom
from studio.effects import room_response
from studio.keys import organ, rotary
from studio.notation import Beat, Chord, Note, melody, voicings
from studio.patterns import timeline
from studio.plucked import electric_guitar, picked_bass
from studio.signals import Signal, high_shelf, low_shelf
from studio.sustained import lead_tone

from pieces.piece import Piece

SHEET = (
    [("A5", 4), ("D5", 2), ("G5", 2)] * 4
    + [("F#m", 4), ("D5", 4), ("E5", 4), ("G5", 2), ("D5", 2)]
    + [("A5", 4)]
)
TUNE = """
    r:1 e4:.5 e4:.5 a4:1! g4:.5 e4:.5 | d4:1~ e4:.5 g4:.5 e4:1 r:1 | r:1 e4:.5 e4:.5 a4:1! c5:.5~ a4:.5 |
    g4:1.5~ e4:1.5 r:1 | r:1 e4:.5 e4:.5 a4:1! g4:.5 e4:.5 | d4:1~ e4:.5 g4:.5 e4:1 r:1 |
    r:1 a4:.5 a4:.5 c5:1!~ a4:1 | b4:1.5~ g4:.5 a4:2 | c#5:2~! a4:1 b4:1 | d5:2~! a4:2 |
    b4:1.5~ g#4:.5 b4:1 e5:1! | d5:2~ b4:1 a4:1 | a4:4~
"""


def garage(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(126), seed=1971)
    bars = range(12)
    kit = [
        (
            desk.drum(lambda r, v: kick(r, v, tune=58, t60=0.25, click=0.3), "X..x..x.X.x.....", bars=bars),
            -3.5,
            0,
            0.12,
        ),
        (
            desk.drum(lambda r, v: snare(r, v, tune=185, t60=0.32), "....X.......X...", bars=bars),
            -2.4,
            0,
            0.45,
        ),
        (
            desk.drum(lambda r, v: hat(r, v, openness=0.12), "X.x.X.x.X.x.X.x.", bars=range(8)),
            -6.8,
            0.35,
            0.2,
        ),
        (
            desk.drum(lambda r, v: crash(r, 0.7 * v, t60=1.6), "x...x...x...x...", bars=range(8, 12)),
            -7.2,
            -0.3,
            0.2,
        ),
        (desk.drum(crash, "X", bars=[0, 4, 8, 12]), -8.8, -0.35, 0.2),
        (desk.drum(lambda r, v: tom(r, v, tune=105), "..........x.xxXX", bars=[7]), -4.6, 0.2, 0.4),
    ]
    pulse, low = [], []
    for symbol, start, beats in timeline(SHEET):
        root = Chord.of(symbol).bass(40)
        hits = (0, 0.75, 1.5, 2.0, 2.5, 3.0, 3.5) if beats == 4 else (0, 0.75, 1.5)
        for i, place in enumerate(hits):
            length = (hits[i + 1] if i + 1 < len(hits) else beats) - place
            pulse.append(Note(start + place, length, root, 0.9 if i == 0 else 0.7))
        low += [Note(start + e / 2, 0.45, root - 12, 0.8) for e in range(int(beats * 2))]
    guitars = []
    for drive in (6.0, 8.0):
        track = desk.track()
        for note in pulse:
            for gap in (0, 7, 12):
                hz = 440 * 2 ** ((note.pitch + gap - 69) / 12 + desk.rng.normal(0, 2) / 1200)
                string = electric_guitar(
                    hz, desk.beat.length(note.beats) * 0.92, desk.rng, note.accent, muted=0.0
                )
                desk.drop(track, desk.beat.at(note.beat) + 0.006 * gap / 12 + desk.late(5), string)
        guitars.append(crunch(track * 1.2, drive))
    bass = desk.play(picked_bass, low, spread_ms=4)
    line = [Note(n.beat, n.beats, n.pitch + 12, n.accent, n.mark) for n in melody(TUNE, 0.85)]
    lead = crunch(lead_tone(desk.held(line, legato=0.98), seconds, desk.rng), 14)
    wheels = []
    for (_, start, beats), voiced in zip(
        timeline(SHEET), voicings([c for c, _ in SHEET], 54, 74, 3), strict=True
    ):
        wheels += [Note(start, beats, p, 0.7) for p in voiced]
    keys = crunch(
        rotary(desk.play(lambda f, s, r, v: organ(f, s, r, v, "888600000"), wheels), 6.4).mean(0) * 3, 2.5
    )
    parts = [Part(*k) for k in kit] + [
        Part(guitars[0], 4.1, -0.75, 0.25),
        Part(guitars[1], 7.6, 0.75, 0.25),
        Part(bass, 0.4, 0, 0.02),
        Part(lead, -5.5, 0.15, 0.4),
        Part(keys, -7.1, -0.3, 0.3),
    ]
    room = room_response(1.2, 3, predelay=0.012, bright=0.6, size=1.1)
    return desk.master(
        parts,
        room=room,
        curve="rock",
        strength=0.90,
        warmth=3.0,
        wet_db=9.0,
        loudness_db=-14,
        squeeze=2.5,
        colour=(low_shelf(120, 1), high_shelf(6000, 0)),
    )


PIECES = (Piece("Paper Tigers", "rock", 25.0, "mp3", garage),)
