"""Straight rock in A at 124: two crunching guitars, a shouting melody, drums in a big room."""

from __future__ import annotations

from studio.amplifier import crunch, high_gain
from studio.desk import Desk, Part
from studio.drums import crash, hat, kick, snare, tom
from studio.effects import room_response
from studio.notation import Beat, Chord, Note, melody
from studio.patterns import timeline
from studio.plucked import electric_guitar, picked_bass
from studio.signals import Signal, high_shelf, low_shelf
from studio.sustained import Manner, sung

from pieces.piece import Piece

SHEET = (
    [("A5", 4), ("D5", 2), ("G5", 2)] * 4
    + [("F#m", 4), ("D5", 4), ("E5", 4), ("G5", 2), ("D5", 2)]
    + [("A5", 4)]
)
VOCAL = """r:1 e4:.5 e4:.5 a4:1! g4:.5 e4:.5 | d4:1~ e4:.5 g4:.5 e4:1 r:1 | r:1 e4:.5 e4:.5 a4:1! c5:.5~ a4:.5 | g4:1.5~ e4:1.5 r:1
| r:1 e4:.5 e4:.5 a4:1! g4:.5 e4:.5 | d4:1~ e4:.5 g4:.5 e4:1 r:1 | r:1 a4:.5 a4:.5 c5:1!~ a4:1 | b4:1.5~ g4:.5 a4:2
| c#5:2~! a4:1 b4:1 | d5:2~! a4:2 | b4:1.5~ g#4:.5 b4:1 e5:1! | d5:2~ b4:1 a4:1 | a4:4~"""


def garage(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(126), seed=1971)
    bars = range(12)
    kit = [
        (
            desk.drum(lambda r, v: kick(r, v, tune=58, t60=0.25, click=0.6), "X..x..x.X.x.....", bars=bars),
            0,
            0,
            0.12,
        ),
        (desk.drum(lambda r, v: snare(r, v, tune=185, t60=0.32), "....X.......X...", bars=bars), 0, 0, 0.45),
        (desk.drum(lambda r, v: hat(r, v, openness=0.12), "X.x.X.x.X.x.X.x.", bars=range(8)), -8, 0.35, 0.2),
        (
            desk.drum(lambda r, v: crash(r, 0.7 * v, t60=1.6), "x...x...x...x...", bars=range(8, 12)),
            -8,
            -0.3,
            0.2,
        ),
        (desk.drum(crash, "X", bars=[0, 4, 8, 12]), -7, -0.35, 0.2),
        (desk.drum(lambda r, v: tom(r, v, tune=105), "..........x.xxXX", bars=[7]), -2, 0.2, 0.4),
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
    manner = Manner(attack=0.03, release=0.06, glide=0.04, vibrato_cents=30, drift_cents=12, breath=0.08)
    voice = sung(desk.held(melody(VOCAL, 0.9), vowels="eaoai@a"), seconds, desk.rng, manner=manner)
    voice = voice + 0.25 * high_gain(voice * 0.6, 6)
    parts = [Part(*k) for k in kit] + [
        Part(guitars[0], 0, -0.75, 0.1),
        Part(guitars[1], 0, 0.75, 0.1),
        Part(bass, -1, 0, 0.02),
        Part(voice, 0, 0, 0.2),
    ]
    room = room_response(1.2, 3, predelay=0.012, bright=0.6, size=1.1)
    return desk.master(
        parts, room=room, loudness_db=-14, squeeze=2.5, colour=(low_shelf(120, 1), high_shelf(6000, 0))
    )


PIECES = (Piece("Paper Tigers", "rock", 25.0, "mp3", garage, kbps=96),)
