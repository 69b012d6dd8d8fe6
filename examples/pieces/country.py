"""A train beat in G: boom-chick guitar, fiddle, pedal steel, a twanging lead."""

from __future__ import annotations

from studio.amplifier import clean
from studio.desk import Desk, Part
from studio.drums import brush, kick, snare
from studio.effects import echo, room_response
from studio.notation import Beat, Chord, Note, melody
from studio.patterns import strum, timeline
from studio.plucked import acoustic_guitar, electric_guitar, fingered_bass
from studio.signals import Signal, high_shelf, low_shelf
from studio.sustained import Manner, bowed, steel, sung

from pieces.piece import Piece

SHEET = [
    ("G", 4),
    ("G", 4),
    ("C", 4),
    ("G", 4),
    ("G", 4),
    ("Em", 4),
    ("A7", 4),
    ("D7", 4),
    ("C", 4),
    ("D7", 4),
    ("G", 4),
    ("G", 4),
]
GUITAR_SHAPES = {
    "G": (43, 47, 50, 55, 59, 67),
    "C": (48, 52, 55, 60, 64),
    "Em": (40, 47, 52, 55, 59, 64),
    "A7": (45, 52, 55, 61, 64),
    "D7": (50, 57, 60, 66),
}
VOCAL = """
    d4:1 e4:.5 g4:.5 b4:1.5~ a4:.5 | g4:1 e4:.5~ d4:1.5 r:1 | e4:1 g4:.5 a4:.5 c5:1.5~ b4:.5 |
    b4:1 a4:.5 g4:1.5 r:1 | d4:1 e4:.5 g4:.5 b4:1.5~ a4:.5 | g4:1 b4:.5~ e4:1.5 r:1 |
    a4:1 a4:.5 b4:.5 c#5:1.5~ b4:.5 | a4:2.5 r:1.5 | r:16
"""
FIDDLE = """
    r:16 | r:16 | e5:.5~ g5:.5 a5:.5 g5:.5 e5:.5 d5:.5 c5:.5 e5:.5 |
    f#5:.5~ a5:.5 c6:.5 a5:.5 f#5:.5 e5:.5 d5:.5 f#5:.5 | g5:.5~ b5:.5 a5:.5 g5:.5 e5:.5 d5:.5 b4:.5 d5:.5 |
    g5:3~
"""
STEEL = """
    r:3 b4:1~ | d5:2 b4:2~ | c5:2~ e5:2 | d5:3~ r:1 | b4:2~ d5:2 | e5:2~ g5:2 | e5:2 c#5:2~ | d5:2 f#5:2~ |
    g5:2 e5:2~ | f#5:2 d5:2 | b4:2~ d5:2 | g5:3~
"""
TWANG = """
    r:4 | r:2.5 b3:.5 d4:.5 e4:.5 | r:4 | r:2 g3:.5 a3:.5 b3:.5 d4:.5 | r:4 | r:2.5 e4:.5 d4:.5 b3:.5 |
    r:4 | r:1.5 a3:.5 c4:.5 d4:.5 f#4:.5 a4:.5
"""


def train(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(112, swing=0.53), seed=1955)
    bars = range(12)
    kit = [
        (
            desk.drum(lambda r, v: kick(r, v, tune=60, t60=0.2, click=0.25), "X.......X.......", bars=bars),
            -4.8,
            0,
            0.06,
        ),
        (
            desk.drum(
                lambda r, v: snare(r, 0.8 * v, tune=215, t60=0.16, wires=1.0),
                "o.ooX.ooo.ooX.oo",
                bars=bars,
                spread_ms=6,
            ),
            -13.1,
            0.1,
            0.2,
        ),
        (desk.drum(lambda r, v: brush(r, v, 0.14), "x.x.X.x.x.x.X.x.", bars=bars), -13.2, -0.1, 0.1),
    ]
    bass, strums = [], []
    for symbol, start, beats in timeline(SHEET):
        chord = Chord.of(symbol)
        root, shape = chord.bass(31), GUITAR_SHAPES[symbol]
        fifth = root + 7 if root < 36 else root - 5
        for b in range(0, int(beats), 2):
            low = root if b % 4 == 0 else fifth
            bass.append(Note(start + b, 0.9, low, 0.8))
            strums.append(Note(start + b, 0.9, shape[0] if b % 4 == 0 else shape[1], 0.75))
            strums += strum(shape[2:], start + b + 1, 0.6, 0.8)
            strums += strum(shape[3:], start + b + 1.5, 0.4, 0.5, up=True)
    low = desk.play(fingered_bass, bass, spread_ms=6)
    left = desk.play(acoustic_guitar, strums, spread_ms=7)
    twang = clean(
        desk.play(lambda f, s, r, v: electric_guitar(f, s, r, v), melody(TWANG, 0.85), spread_ms=6) * 2
    )
    twang = twang + echo(twang, 0.12, 0.3)[0]
    bow = Manner(attack=0.03, release=0.05, glide=0.03, vibrato_cents=16, vibrato_hz=5.8, breath=0.08)
    fiddle = bowed(desk.held(melody(FIDDLE, 0.75)), seconds, desk.rng, manner=bow)
    pedal = steel(desk.held(melody(STEEL, 0.7), legato=1.0), seconds, desk.rng)
    pedal_low = steel(
        desk.held(
            [
                Note(n.beat, n.beats, n.pitch - (3 if n.pitch % 12 in (2, 7, 11) else 4), n.accent, n.mark)
                for n in melody(STEEL, 0.6)
            ]
        ),
        seconds,
        desk.rng,
    )
    voice = sung(desk.held(melody(VOCAL, 0.75), vowels="aoeai@ou", legato=0.93), seconds, desk.rng, size=0.98)
    parts = [Part(*k) for k in kit] + [
        Part(low, -4.5, 0, 0.03),
        Part(left, 8.2, -0.4, 0.3),
        Part(twang, 0.2, 0.5, 0.2),
        Part(fiddle, -5.3, 0.3, 0.3),
        Part(pedal, -11.0, 0.4, 0.35),
        Part(pedal_low, -4.7, 0.45, 0.35),
        Part(voice, -0.3, 0, 0.4),
    ]
    room = room_response(1.1, 55, predelay=0.012, bright=0.5, size=0.8)
    return desk.master(
        parts,
        room=room,
        curve="country",
        strength=0.68,
        warmth=2.5,
        wet_db=5.1,
        loudness_db=-17,
        squeeze=1.8,
        colour=(low_shelf(150, 0.5), high_shelf(5000, 0)),
    )


PIECES = (Piece("Gravel Road Home", "country", 26.5, "m4a", train, kbps=72),)
