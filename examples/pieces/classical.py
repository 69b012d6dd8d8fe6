"""Two pieces by composers long in the public domain."""

from __future__ import annotations

from studio.desk import Desk, Part
from studio.effects import room_response
from studio.notation import Beat, Note, melody, midi, shifted, voicings
from studio.sampler import (
    BASSES,
    CELLI,
    FIRST_VIOLINS,
    GRAND_PIANO,
    HARPSICHORD,
    SECOND_VIOLINS,
)
from studio.signals import Signal

from pieces.piece import Piece

# Johann Sebastian Bach, Das Wohltemperierte Klavier I, Praeludium in C (1722), bars 1 to 7
PRELUDE = """
    c4 e4 g4 c5 e5 | c4 d4 a4 d5 f5 | b3 d4 g4 d5 f5 | c4 e4 g4 c5 e5 | c4 e4 a4 e5 a5 | c4 d4 f#4 a4 d5 |
    b3 d4 g4 d5 g5
"""
ARCH = (0.40, 0.44, 0.48, 0.44, 0.58, 0.54, 0.60)


def prelude(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(84, lead_in=0.15), seed=846)
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
    grand = desk.sampled(GRAND_PIANO, notes, legato=1.1, spread_ms=9, touch=0.04)
    hall = room_response(2.2, 12, predelay=0.015, bright=0.35, size=1.4)
    return desk.master(
        [Part(grand, 0, 0.0, 0.25)],
        room=hall,
        curve="classical",
        strength=0.6,
        loudness_db=-21,
        squeeze=1.2,
        fade_out=2.5,
        tone_db=-62.0,
    )


# Johann Pachelbel, Canon in D (about 1690): the ground, the first three members of the canon and a later one
GROUND = "d3 a2 b2 f#2 g2 d2 g2 a2"
CANON = (
    "f#5:1 e5 d5 c#5 b4 a4 b4 c#5",
    "d5:1 c#5 b4 a4 g4 f#4 g4 e4",
    "d4:.5 f#4 a4 g4 f#4 d4 f#4 e4 d4 b3 d4 a4 g4 b4 a4 g4",
    """a5:.25! f#5:.125 g5 a5:.25 f#5:.125 g5 a5 a4 b4 c#5 d5 e5 f#5 g5 | f#5:.25 d5:.125 e5 f#5:.25
    f#4:.125 g4 a4 b4 a4 g4 a4 f#4 g4 a4 | g4:.25 b4:.125 a4 g4:.25 f#4:.125 e4 f#4 e4 d4 e4 f#4 g4 a4 b4 |
    g4:.25 b4:.125 a4 b4:.25 c#5:.125 d5 a4 b4 c#5 d5 e5 f#5 g5 a5""",
)
HARMONY = ("D", "A", "Bm", "F#m", "G", "D", "G", "A")
TURNS = 5


def canon(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(60, lead_in=0.15), seed=1690)
    end = 8 * TURNS
    members = [note for i, text in enumerate(CANON) for note in shifted(melody(text, 0.62), 8 * i)]
    parts = []
    for voice, (section, pan, last) in enumerate(
        ((FIRST_VIOLINS, -0.5, "f#5"), (SECOND_VIOLINS, 0.0, "d5"), (FIRST_VIOLINS, 0.5, "a4"))
    ):
        mine = [note for note in shifted(members, 8 * voice) if note.beat < end]
        mine.append(Note(end, 3.5, midi(last), 0.55))
        bowed = desk.sampled(section, mine, legato=1.02, spread_ms=14)
        parts.append(Part(bowed, -1.0 * voice, pan, 0.4))
    low = [note for turn in range(TURNS) for note in shifted(melody(GROUND, 0.6), 8 * turn)]
    low.append(Note(end, 3.5, midi("d2"), 0.6))
    parts.append(Part(desk.sampled(CELLI, low, legato=1.0, spread_ms=12), -1.0, 0.35, 0.35))
    parts.append(Part(desk.sampled(BASSES, low, legato=1.0, spread_ms=16), -7.0, 0.4, 0.35))
    chords = []
    for turn in range(TURNS):
        for i, voicing in enumerate(voicings(HARMONY, 52, 72, 4)):
            chords += [Note(8 * turn + i + 0.03 * j, 0.95, p, 0.5) for j, p in enumerate(voicing)]
    chords += [Note(end + 0.07 * j, 3, midi(p), 0.6) for j, p in enumerate(("d3", "a3", "d4", "f#4", "a4"))]
    parts.append(Part(desk.sampled(HARPSICHORD, chords), -9, -0.2, 0.35))
    hall = room_response(2.4, 5, predelay=0.025, bright=0.35, size=1.8)
    return desk.master(parts, room=hall, loudness_db=-19, squeeze=1.3, fade_out=2.2)


PIECES = (
    Piece("Prelude in C", "classical", 21.5, "flac", prelude, composer="J. S. Bach (1722)"),
    Piece("Canon in D", "classical", 44.0, "ogg", canon, composer="J. Pachelbel (about 1690)"),
)
