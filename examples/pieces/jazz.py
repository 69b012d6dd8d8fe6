"""A swing quartet: saxophone, piano, double bass, drums. Sixteen bars and a last chord."""

from __future__ import annotations

from studio.desk import Desk, Part
from studio.drums import hat, kick, ride, snare
from studio.effects import room_response
from studio.keys import piano
from studio.notation import Beat, Note, melody
from studio.patterns import comping, repeated, walking_bass
from studio.plucked import double_bass
from studio.signals import Signal, high_shelf, low_shelf, lowpass
from studio.sustained import SAXOPHONE, Manner, blown

from pieces.piece import Piece

SHEET = [
    ("Cm7", 4), ("F7", 4), ("Bbmaj7", 4), ("Ebmaj7", 4),
    ("Am7b5", 4), ("D7alt", 4), ("Gm6", 4), ("G7alt", 4),
    ("Cm9", 4), ("F13", 4), ("Bbmaj9", 4), ("Ebmaj7", 4),
    ("Am7b5", 2), ("D7b9", 2), ("Gm9", 2), ("C13", 2), ("Cm9", 2), ("F13", 2), ("Bb69", 4),
    ("Bb69", 4),
]  # fmt: skip

SAX = """
    r:.5 g4:.5, c5:.5 d5:.5 eb5:1~ d5:.5 c5:.5, | a4:1.5~ g4:.5, f4:1 r:1 |
    r:.5 f4:.5 a4:.5 c5:.5 d5:1.5! f5:.5 | g5:1~ d5:.5 bb4:.5, g4:.5 f4:.5 r:1 |
    r:.5 a4:.5 c5:.5 eb5:.5 g5:1~! f5:.5 eb5:.5 | f#5:.5 eb5:.5 c5:.5 bb4:.5 a4:1 r:1 |
    bb4:1~ d5:.5 e5:.5 g5:1.5! a5:.5 | f5:.5 eb5:.5 b4:.5 ab4:.5 g4:1 r:1 |
    r:.5 g5:1~! eb5:.5 d5:.5 c5:.5 g4:1 | a4:.5 c5:.5 eb5:.5 g5:.5 f5:.5 d5:.5 r:1 |
    c5:.5~ d5:.5 f5:1.5! a5:1.5~ | bb5:.5! g5:.5 d5:.5 f5:.5 eb5:.5 bb4:.5 g4:1 |
    a4:.5 c5:.5 eb5:.5 c5:.5 f#5:.5~ eb5:.5 d5:.5 c5:.5 |
    bb4:.5 d5:.5 f5:.5 a5:.5 g5:.5 e5:.5 d5:.5 bb4:.5 |
    c5:.5 eb5:.5 g5:.5 bb5:.5! a5:.5 g5:.5 eb5:.5 c5:.5 | d5:1.5~ bb4:.5, f4:1 r:1 | f5:4~,
"""


def quartet(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(158, swing=0.635), seed=58)
    bars = range(16)
    kit = [
        (desk.drum(ride, "x...X.o.x...X.o.", bars=bars, spread_ms=5), -5.3, 0.4, 0.2),
        (desk.drum(lambda r, v: hat(r, v, openness=0.02), "....x.......x...", bars=bars), -9.8, -0.3, 0.15),
        (
            desk.drum(lambda r, v: kick(r, v, tune=62, t60=0.25, click=0.2), "g...g...g...g...", bars=bars),
            -11.8,
            0,
            0.1,
        ),
    ]
    comps = desk.track()
    for bar in bars:
        for place in (1.5, 3.5, 2.5, 0.5):
            if desk.rng.random() < 0.24:
                desk.drum(
                    lambda r, v: snare(r, 0.3 * v, tune=210, t60=0.2),
                    "." * int(place * 4) + "x",
                    bars=[bar],
                    track=comps,
                )
    kit.append((comps, -17.8, 0.15, 0.2))
    last = desk.drum(ride, "X", bars=[16])

    walk = walking_bass(SHEET[:-1], desk.rng)
    walk.append(Note(64, 4, 34, 0.8))
    bass = desk.play(double_bass, walk, legato=1.05, spread_ms=8)
    figures = [(0.0, 0.7, 0.55), (1.5, 0.4, 0.6), (4.5, 0.4, 0.55), (6.5, 1.2, 0.6)]
    figures += [(9.5, 0.4, 0.62), (11.5, 1.0, 0.5), (13.0, 0.5, 0.5), (14.5, 0.4, 0.6)]
    chords = comping(SHEET, [*repeated(figures, 16, 4), (64, 4, 0.5)], 51, 71)
    keys = desk.play(piano, chords, spread_ms=9)
    manner = Manner(
        attack=0.035,
        release=0.06,
        glide=0.022,
        vibrato_hz=5.2,
        vibrato_cents=26,
        vibrato_delay=0.28,
        breath=0.22,
    )
    sax = blown(desk.held(melody(SAX, 0.68), legato=0.92, spread_ms=14), seconds, desk.rng, SAXOPHONE, manner)
    parts = [Part(*k) for k in kit] + [
        Part(last, -11.8, 0.4, 0.2),
        Part(bass, -5.8, 0.0, 0.08),
        Part(keys, 0.2, -0.4, 0.22),
        Part(sax, 3.7, 0.1, 0.28),
    ]
    room = room_response(1.2, 77, predelay=0.018, bright=0.35, size=1.0)
    colour = (low_shelf(180, 1.5), high_shelf(5000, -3.5), lowpass(11000))
    return desk.master(
        parts,
        room=room,
        curve="jazz",
        strength=0.90,
        warmth=2.0,
        wet_db=-2.9,
        loudness_db=-19.5,
        squeeze=1.5,
        colour=colour,
        fade_out=1.0,
    )


PIECES = (Piece("Late Set", "jazz", 26.0, "m4a", quartet),)
