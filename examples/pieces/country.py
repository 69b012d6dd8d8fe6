"""A train beat in G: boom-chick guitar, banjo, fiddle, pedal steel, a twanging lead."""

from __future__ import annotations

from studio.amplifier import clean
from studio.desk import Desk, Part
from studio.effects import room_response
from studio.notation import Beat, Chord, Note, looped, melody
from studio.patterns import Sheet, strum, timeline
from studio.sampler import (
    BANJO,
    BRUSH_KIT,
    CLEAN_GUITAR,
    FIDDLE,
    FINGERED,
    HAWAIIAN,
    STANDARD_KIT,
    STEEL_STRING,
    line,
)
from studio.signals import Signal
from studio.sustained import Manner

from pieces.piece import Piece

VERSE: Sheet = [(name, 4) for name in ["G", "G", "C", "G", "G", "Em", "A7", "D7", "C", "D7", "G", "G"]]
TURNS = 2
GUITAR_SHAPES = {
    "G": (43, 47, 50, 55, 59, 67),
    "C": (48, 52, 55, 60, 64),
    "Em": (40, 47, 52, 55, 59, 64),
    "A7": (45, 52, 55, 61, 64),
    "D7": (50, 57, 60, 66),
}
FIDDLE_LINE = """
    d5:1 e5:.5 g5:.5 b5:1.5~ a5:.5 | g5:1 e5:.5~ d5:1.5 b4:.5 d5:.5 | e5:1 g5:.5 a5:.5 c6:1.5~ b5:.5 |
    b5:1 a5:.5 g5:1.5 e5:.5 f#5:.5 | g5:.5 a5:.5 b5:.5 g5:.5 d5:1 b4:.5 d5:.5 | e5:1 b5:.5~ g5:1.5 r:1 |
    a5:1 a5:.5 b5:.5 c#6:1.5~ b5:.5 | a5:2.5~ f#5:.5 a5:1 |
    e5:.5~ g5:.5 a5:.5 g5:.5 e5:.5 d5:.5 c5:.5 e5:.5 | f#5:.5~ a5:.5 c6:.5 a5:.5 f#5:.5 e5:.5 d5:.5 f#5:.5 |
    g5:.5~ b5:.5 a5:.5 g5:.5 e5:.5 d5:.5 b4:.5 d5:.5 | g5:3~ r:1
"""
STEEL_LINE = """
    r:3 b4:1~ | d5:2 b4:2~ | c5:2~ e5:2 | d5:3~ r:1 | b4:2~ d5:2 | e5:2~ g5:2 | e5:2 c#5:2~ | d5:2 f#5:2~ |
    g5:2 e5:2~ | f#5:2 d5:2 | b4:2~ d5:2 | g5:3~ r:1
"""
TWANG = """
    r:4 | r:2.5 b3:.5 d4:.5 e4:.5 | r:4 | r:2 g3:.5 a3:.5 b3:.5 d4:.5 | r:4 | r:2.5 e4:.5 d4:.5 b3:.5 |
    r:4 | r:1.5 a3:.5 c4:.5 d4:.5 f#4:.5 a4:.5 | r:16
"""


def train(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(112, swing=0.53), seed=1955)
    bars = range(12 * TURNS)
    kit = desk.kit(STANDARD_KIT, [(36, "X.......X.......", bars)])
    snare = desk.kit(BRUSH_KIT, [(38, "o.ooX.ooo.ooX.oo", bars)], spread_ms=6)
    bass, strums, rolls = [], [], []
    for symbol, start, beats in timeline(VERSE * TURNS):
        chord = Chord.of(symbol)
        root, shape = chord.bass(31), GUITAR_SHAPES[symbol]
        fifth = root + 7 if root < 36 else root - 5
        for b in range(0, int(beats), 2):
            low = root if b % 4 == 0 else fifth
            bass.append(Note(start + b, 0.9, low, 0.8))
            strums.append(Note(start + b, 0.9, shape[0] if b % 4 == 0 else shape[1], 0.75))
            strums += strum(shape[2:], start + b + 1, 0.6, 0.8)
            strums += strum(shape[3:], start + b + 1.5, 0.4, 0.5, up=True)
            rolls += [
                Note(start + b + i / 4, 0.4, shape[-3:][(0, 1, 2, 0, 1, 2, 0, 2)[i]] + 12, 0.7)
                for i in range(8)
            ]
    low = desk.sampled(FINGERED, bass)
    guitar = desk.sampled(STEEL_STRING, strums)
    banjo = desk.sampled(BANJO, [note for note in rolls if note.beat >= 16])
    twang = clean(desk.sampled(CLEAN_GUITAR, looped(melody(TWANG, 0.9), 48, TURNS)).mean(0))
    bow = Manner(attack=0.03, release=0.05, vibrato_cents=16, vibrato_hz=5.8, drift_cents=4)
    fiddle = line(FIDDLE, desk.held(looped(melody(FIDDLE_LINE, 0.8), 48, TURNS)), seconds, desk.rng, bow)
    slide = Manner(attack=0.006, release=0.12, glide=0.09, vibrato_hz=4.6, vibrato_cents=20, drift_cents=3)
    pedal = line(
        HAWAIIAN, desk.held(looped(melody(STEEL_LINE, 0.8), 48, TURNS), legato=1.0), seconds, desk.rng, slide
    )
    parts = [
        Part(kit, -3, 0, 0.06),
        Part(snare, -8, 0.1, 0.2),
        Part(low, -2, 0, 0.03),
        Part(guitar, 0, -0.4, 0.2),
        Part(banjo, -8, -0.5, 0.2),
        Part(twang, -3, 0.5, 0.2),
        Part(fiddle, -1, 0.2, 0.3),
        Part(pedal, -5, 0.4, 0.35),
    ]
    room = room_response(1.1, 55, predelay=0.012, bright=0.5, size=0.8)
    return desk.master(
        parts,
        room=room,
        curve="country",
        strength=0.6,
        warmth=2.0,
        loudness_db=-17,
        squeeze=1.8,
        fade_out=2.0,
    )


PIECES = (Piece("Gravel Road Home", "country", 46.0, "m4a", train),)
