"""One drop in A minor: deep bass, skank, bubbling organ, a deejay and his echo."""

from __future__ import annotations

from studio.amplifier import clean
from studio.desk import Desk, Part
from studio.effects import compressor, echo, room_response, spring
from studio.notation import Beat, Note, looped, melody, voicings
from studio.patterns import Sheet, strum, timeline
from studio.sampler import (
    BRIGHT_PIANO,
    CLEAN_GUITAR,
    DRAWBAR,
    ROOM_KIT,
    SYNTH_BASS,
)
from studio.signals import Signal, apply, highpass, lowpass
from studio.speech import rap

from pieces.piece import Piece

TURN: Sheet = [
    ("Am7", 4),
    ("Dm7", 4),
    ("Am7", 4),
    ("Em7", 4),
    ("Am7", 4),
    ("Dm7", 4),
    ("Fmaj7", 2),
    ("Em7", 2),
    ("Am7", 4),
]
TURNS = 2
SHEET = TURN * TURNS
BASS = """a1:.75 r:.25 a1:.5 c2:.5 r:.5 e2:.5 g2:.5 a2:.5 | d2:.75 r:.25 d2:.5 f2:.5 r:.5 a2:.5 g2:.5 f2:.5
| a1:.75 r:.25 a1:.5 c2:.5 r:.5 e2:.5 g2:.5 a2:.5 | e2:.75 r:.25 e2:.5 g2:.5 r:.5 b1:.5 d2:.5 e2:.5
| a1:.75 r:.25 a1:.5 c2:.5 r:.5 e2:.5 g2:.5 a2:.5 | d2:.75 r:.25 d2:.5 f2:.5 r:.5 a2:.5 g2:.5 f2:.5
| f2:.75 r:.25 f2:.5 a2:.5 e2:.75 r:.25 e2:.5 g2:.5 | a1:1 r:.5 e2:.5 g2:.5 a2:.5 r:1"""
TOAST = (
    (0.5, 3.2, "Come down to the harbour when the sun is low"),
    (4.5, 3.2, "hear the bass line rolling and the one drop go"),
    (8.5, 3.2, "every boat on the water and every wind that blow"),
    (12.5, 2.2, "say we take it easy, take it slow"),
    (16.5, 3.2, "Rock to the rhythm of the rolling tide"),
    (20.5, 3.2, "the drum and the organ walking side by side"),
    (24.5, 3.2, "got the moon for a lantern and the sea so wide"),
    (28.5, 2.0, "come again, come again, come ride"),
)


def one_drop(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(76, swing=0.56, sixteenths=True, lead_in=0.1), seed=1973)
    bars = range(8 * TURNS)
    drop = desk.kit(
        ROOM_KIT,
        [(36, "....X.......X...", bars), (37, "....X.......X..o", bars), (38, "............x.xx", [7, 15])],
    )
    hats = desk.kit(
        ROOM_KIT,
        [(42, "x.ogx.o.x.ogx.oo", bars), (46, "..............x.", bars[1::2]), (49, "x", [0, 8])],
        spread_ms=6,
    )
    toms = desk.kit(ROOM_KIT, [(47, "..........x.x...", [3, 11]), (43, ".............xxX", [7, 15])])
    bass = desk.sampled(SYNTH_BASS, looped(melody(BASS, 0.9), 32, TURNS), legato=0.95, spread_ms=8)
    bass = apply(bass, lowpass(260), lowpass(500))
    chords = [c for c, _ in SHEET]
    high, low = voicings(chords, 57, 76), voicings(chords, 50, 70)
    skank, chop, bubble = [], [], []
    for (_, start, beats), top, mid in zip(timeline(SHEET), high, low, strict=True):
        for b in range(int(beats)):
            skank += strum(top, start + b + 0.5, 0.16, 0.85, up=True)
            skank += strum(top, start + b + 0.75, 0.1, 0.35) if b % 2 else []
            chop += [Note(start + b + 0.5, 0.2, p, 0.75) for p in mid]
            bubble += [
                Note(start + b + place, 0.2, p, 0.5 + 0.2 * (place == 0.5))
                for place in (0.25, 0.5, 0.75)
                for p in mid
            ]
    guitar = clean(desk.sampled(CLEAN_GUITAR, skank, spread_ms=5).mean(0) * 1.5)
    piano = desk.sampled(BRIGHT_PIANO, chop, spread_ms=5)
    organ = desk.sampled(DRAWBAR, bubble, spread_ms=5)
    toast = apply(
        rap(
            desk,
            [(beat + 32 * i, n, w) for i in range(TURNS) for beat, n, w in TOAST],
            voice="en-029",
            pitch=35,
        ),
        highpass(140),
    )
    toast = compressor(toast, -20, 4)
    parts = [
        Part(drop, 9.0, 0, 0.15),
        Part(hats, -16.5, 0, 0.1),
        Part(toms, -13.5, 0, 0.3),
        Part(bass, 9.5, 0, 0.0),
        Part(guitar, 4.0, -0.35, 0.25),
        Part(spring(guitar), -14.0),
        Part(piano, -7.5, 0, 0.2),
        Part(organ, -19.0, 0, 0.1),
        Part(toast, -0.5, 0, 0.2),
        Part(echo(toast, 60 / 76 * 0.75, 0.5, (lowpass(2200), highpass(300)), cross=True), -11.3, 0, 0.2),
    ]
    room = room_response(1.3, 4, predelay=0.02, bright=0.35, size=1.0)
    return desk.master(
        parts,
        room=room,
        curve="reggae",
        colour=(lowpass(5000),),
        strength=0.7,
        warmth=0.6,
        wet_db=-6.0,
        loudness_db=-16,
        squeeze=1.0,
        fade_out=2.0,
    )


PIECES = (Piece("Harbour Dub", "reggae", 40.0, "ogg", one_drop),)
