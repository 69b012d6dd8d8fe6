"""Two pieces by composers long in the public domain."""

from __future__ import annotations

from studio.desk import Desk, Part
from studio.effects import room_response
from studio.keys import piano
from studio.notation import Beat, Note, melody, midi, voicings
from studio.plucked import harpsichord
from studio.signals import Signal, high_shelf, low_shelf
from studio.sustained import CELLO, Manner, bowed

from pieces.piece import Piece

# Johann Sebastian Bach, Das Wohltemperierte Klavier I, Praeludium in C (1722), bars 1 to 11
PRELUDE = """
    c4 e4 g4 c5 e5 | c4 d4 a4 d5 f5 | b3 d4 g4 d5 f5 | c4 e4 g4 c5 e5 | c4 e4 a4 e5 a5 | c4 d4 f#4 a4 d5 |
    b3 d4 g4 d5 g5 | b3 c4 e4 g4 c5 | a3 c4 e4 g4 c5 | d3 a3 d4 f#4 c5 | g3 b3 d4 g4 b4
"""
ARCH = (0.40, 0.44, 0.48, 0.44, 0.58, 0.54, 0.62, 0.52, 0.46, 0.5, 0.38)


def prelude(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(100), seed=846)
    notes: list[Note] = []
    for bar, (text, loud) in enumerate(zip(PRELUDE.split("|"), ARCH, strict=True)):
        n1, n2, *upper = (midi(name) for name in text.split())
        for half in (0, 2):
            beat = bar * 4 + half
            loudness = loud - (0.05 if half else 0)
            notes += [Note(beat, 2.0, n1, loudness + 0.08), Note(beat + 0.25, 1.75, n2, loudness - 0.04)]
            for i, pitch in enumerate(upper * 2):
                at = beat + 0.5 + i * 0.25
                notes.append(Note(at, 2.0 - (at - beat), pitch, loudness + (0.05 if i % 3 == 2 else -0.02)))
    last = 11 * 4
    notes += [Note(last + 0.06 * i, 4, midi(p), 0.4) for i, p in enumerate(("g2", "d3", "b3", "d4", "g4"))]
    grand = desk.play(piano, notes, legato=1.15, spread_ms=7)
    hall = room_response(1.9, 12, predelay=0.015, bright=0.3, size=1.4)
    return desk.master(
        [Part(grand, 0, 0.0, 0.22)],
        room=hall,
        loudness_db=-24,
        squeeze=1.2,
        fade_out=1.5,
        colour=(high_shelf(5000, -2),),
    )


# Johann Pachelbel, Canon in D (about 1690): the ground and the first three members of the canon
GROUND = "d3 a2 b2 f#2 g2 d2 g2 a2"
CANON = (
    "f#5:1 e5 d5 c#5 b4 a4 b4 c#5",
    "d5:1 c#5 b4 a4 g4 f#4 g4 e4",
    "d4:.5 f#4 a4 g4 f#4 d4 f#4 e4 d4 b3 d4 a4 g4 b4 a4 g4",
)
HARMONY = ("D", "A", "Bm", "F#m", "G", "D", "G", "A")


def canon(seconds: float) -> Signal:
    beat = Beat(61)
    desk = Desk(seconds, beat, seed=1690)
    manner = Manner(attack=0.1, release=0.16, glide=0.02, vibrato_cents=20, vibrato_hz=5.6, breath=0.05)
    whole = [note for text in CANON for note in shifted(melody(text, 0.7), 8 * CANON.index(text))]
    parts = []
    ends = ("f#5", "d5", "a4")
    for voice, pan in enumerate((-0.55, 0.0, 0.5)):
        mine = [
            Note(n.beat + 8 * voice, n.beats, n.pitch, n.accent) for n in whole if n.beat + 8 * voice < 24
        ]
        mine.append(Note(24, 3, midi(ends[voice]), 0.6))
        line = desk.held(mine, legato=0.99, spread_ms=12)
        section = bowed(line, seconds, desk.rng, players=4, manner=manner)
        parts.append(Part(section, 0 if voice == 0 else -1.5, pan, 0.35))
    low = [Note(8 * turn + i, 1, midi(p), 0.7) for turn in range(3) for i, p in enumerate(GROUND.split())]
    low.append(Note(24, 3, midi("d2"), 0.65))
    cello = bowed(desk.held(low, legato=0.98), seconds, desk.rng, players=3, body=CELLO, manner=manner)
    chords = []
    for turn in range(3):
        for i, voicing in enumerate(voicings(HARMONY, 52, 72, 4)):
            chords += [Note(8 * turn + i + 0.03 * j, 0.95, p, 0.6) for j, p in enumerate(voicing)]
    chords += [Note(24 + 0.07 * j, 3, midi(p), 0.6) for j, p in enumerate(("d3", "a3", "d4", "f#4", "a4"))]
    continuo = desk.play(harpsichord, chords, spread_ms=8)
    parts += [Part(cello, 0.5, 0.3, 0.3), Part(continuo, -7, -0.2, 0.3)]
    hall = room_response(2.3, 5, predelay=0.025, bright=0.3, size=1.8)
    colour = (low_shelf(200, 1), high_shelf(4500, -3))
    return desk.master(parts, room=hall, loudness_db=-19, squeeze=1.3, fade_out=1.8, colour=colour)


def shifted(notes: list[Note], beats: float) -> list[Note]:
    return [Note(n.beat + beats, n.beats, n.pitch, n.accent, n.mark) for n in notes]


PIECES = (
    Piece(
        "Prelude in C",
        "classical",
        28.0,
        "flac",
        prelude,
        rate=16000,
        channels=1,
        composer="J. S. Bach (1722)",
    ),
    Piece("Canon in D", "classical", 27.0, "ogg", canon, rate=32000, composer="J. Pachelbel (about 1690)"),
)
