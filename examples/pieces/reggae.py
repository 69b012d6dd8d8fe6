"""One drop in A minor: deep bass, skank, bubbling organ, a melodica lost in its echo."""

from __future__ import annotations

from studio.amplifier import clean
from studio.desk import Desk, Part
from studio.drums import hat, kick, rim, tom
from studio.effects import echo, room_response, spring
from studio.keys import organ
from studio.notation import Beat, Note, melody, voicings
from studio.patterns import strum, timeline
from studio.plucked import electric_guitar, fingered_bass
from studio.signals import Signal, high_shelf, highpass, low_shelf, lowpass
from studio.sustained import MELODICA, TROMBONE, TRUMPET, Manner, blown

from pieces.piece import Piece

SHEET = [
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
BASS = """a1:.75 r:.25 a1:.5 c2:.5 r:.5 e2:.5 g2:.5 a2:.5 | d2:.75 r:.25 d2:.5 f2:.5 r:.5 a2:.5 g2:.5 f2:.5
| a1:.75 r:.25 a1:.5 c2:.5 r:.5 e2:.5 g2:.5 a2:.5 | e2:.75 r:.25 e2:.5 g2:.5 r:.5 b1:.5 d2:.5 e2:.5
| a1:.75 r:.25 a1:.5 c2:.5 r:.5 e2:.5 g2:.5 a2:.5 | d2:.75 r:.25 d2:.5 f2:.5 r:.5 a2:.5 g2:.5 f2:.5
| f2:.75 r:.25 f2:.5 a2:.5 e2:.75 r:.25 e2:.5 g2:.5 | a1:1 r:.5 e2:.5 g2:.5 a2:.5 r:1"""
TUNE = """
    r:1 e5:.5~ g5:.5 a5:1.5 g5:.5 | f5:1 d5:.5 e5:.5 d5:1~ r:1 | r:1 c5:.5 d5:.5 e5:1.5~ d5:.5 |
    b4:1.5 r:2.5 | r:1 e5:.5~ g5:.5 a5:1 c6:1~! | a5:1 f5:.5 g5:.5 f5:1 d5:1 | e5:1.5~ c5:.5 b4:1.5 g4:.5 |
    a4:3~ r:1
"""


def one_drop(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(76, swing=0.56, sixteenths=True), seed=1973)
    bars = range(8)
    kit = [
        (
            desk.drum(lambda r, v: kick(r, v, tune=56, t60=0.3, click=0.25), "....X.......X...", bars=bars),
            -0.5,
            0,
            0.06,
        ),
        (desk.drum(rim, "....X.......X..o", bars=bars), -6.0, 0.1, 0.35),
        (desk.drum(lambda r, v: hat(r, v), "x.ogx.o.x.ogx.oo", bars=bars, spread_ms=6), -10.2, 0.35, 0.1),
        (
            desk.drum(lambda r, v: hat(r, v, openness=0.25), "..............x.", bars=[1, 3, 5, 7]),
            -9.5,
            0.35,
            0.1,
        ),
        (desk.drum(lambda r, v: tom(r, v, tune=150), "............x.xx", bars=[3, 7]), -5.1, -0.3, 0.3),
    ]
    bass = desk.play(fingered_bass, melody(BASS, 0.85), legato=0.92, spread_ms=8)
    bass_low = desk.play(
        lambda f, s, r, v: fingered_bass(f, s, r, 0.3), melody(BASS, 0.6), legato=0.95, spread_ms=8
    )
    chords = [c for c, _ in SHEET]
    high, low = voicings(chords, 57, 76), voicings(chords, 50, 70)
    skank, bubble = [], []
    for (_, start, beats), top, mid in zip(timeline(SHEET), high, low, strict=True):
        for b in range(int(beats)):
            skank += strum(top, start + b + 0.5, 0.16, 0.8, up=True)
            skank += strum(top, start + b + 0.75, 0.1, 0.35) if b % 2 else []
            bubble += [
                Note(start + b + place, 0.18, p, 0.5 + 0.2 * (place == 0.5))
                for place in (0.25, 0.5, 0.75)
                for p in mid
            ]
    guitar = desk.play(lambda f, s, r, v: electric_guitar(f, s + 0.03, r, v, muted=0.3), skank, spread_ms=4)
    guitar = clean(guitar * 1.5)
    keys = desk.play(lambda f, s, r, v: organ(f, s, r, v, "868000000"), bubble, spread_ms=4)
    skank_piano = desk.play(
        lambda f, s, r, v: organ(f, s, r, v, "006876000"), [n for n in skank if n.accent > 0.5]
    )
    manner = Manner(attack=0.03, release=0.06, vibrato_cents=16, vibrato_hz=5, breath=0.1)
    reed = blown(desk.held(melody(TUNE, 0.7)), seconds, desk.rng, MELODICA, manner)
    horns = []
    for pitches, pan, body in (
        (("e4", "d4"), -0.5, TROMBONE),
        (("a4", "f4"), -0.4, TRUMPET),
        (("c5", "a4"), -0.6, TRUMPET),
    ):
        one, two = pitches
        text = f"r:12 r:2.5 {one}:.5 r:.5 {one}:.5, r:12 r:2.5 {one}:.5 {two}:.5 r:.5"
        horns.append((blown(desk.held(melody(text, 0.85), spread_ms=12), seconds, desk.rng, body), pan))
    parts = [Part(*k) for k in kit] + [
        Part(bass, -1.6, 0, 0.0),
        Part(bass_low, -2.4, 0, 0.0),
        Part(guitar, 6.2, -0.35, 0.25),
        Part(spring(guitar), -14.1),
        Part(skank_piano, -2.7, 0.3, 0.2),
        Part(keys, -12.6, 0.45, 0.1),
        Part(reed, -12.0, 0.05, 0.2),
        Part(echo(reed, 60 / 76 * 0.75, 0.5, (lowpass(2200), highpass(300)), cross=True), -12.8, 0, 0.2),
    ]
    parts += [Part(h, -8.5, pan, 0.35) for h, pan in horns]
    room = room_response(1.3, 4, predelay=0.02, bright=0.35, size=1.0)
    colour = (low_shelf(130, 3), high_shelf(5000, -2))
    return desk.master(
        parts,
        room=room,
        curve="reggae",
        strength=0.87,
        warmth=3.2,
        wet_db=-2.0,
        loudness_db=-16,
        squeeze=2,
        colour=colour,
    )


PIECES = (Piece("Harbour Dub", "reggae", 26.0, "ogg", one_drop, rate=32000),)
