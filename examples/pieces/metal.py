"""Palm-muted E minor at 172: gallop, double kick, a lead in harmony."""

from __future__ import annotations

from studio.amplifier import high_gain
from studio.desk import Desk, Part
from studio.drums import crash, hat, kick, ride, snare, tom
from studio.effects import echo, room_response
from studio.notation import Beat, Note, melody, midi
from studio.plucked import electric_guitar, picked_bass
from studio.signals import Signal, high_shelf, low_shelf
from studio.sustained import lead_tone

from pieces.piece import Piece

BARS = 16
# One bar each, in sixteenths: m is the palm-muted low E; letters are power chords held until the next sign
RIFFS = {
    "A": ("m.mmm.mmm.mmG.A.", "m.mmm.mmm.mmB.A.", "m.mmm.mmm.mmG.A.", "C...B...A#..A...",),
    "B": ("E.....mmmm..D...", "C.....ccmm..D...", "E.....mmmm..G...", "A#......B.......",),
}  # fmt: skip
FORM = ("A", "A", "B", "A")
ROOTS = {
    "E": "e2",
    "F": "f2",
    "G": "g2",
    "A": "a2",
    "A#": "a#2",
    "B": "b2",
    "C": "c3",
    "D": "d3",
    "m": "e2",
    "c": "c3",
}
LEAD = """
    b5:1! c6:.5 b5:.5 a5:.5 g5:.5 f#5:1 | e5:.5 g5:.5 c6:1.5! b5:.5 a5:1 |
    g5:.5 a5:.5 b5:1 d6:1! c6:.5 b5:.5 | a#5:1.5 b5:2.5~!
"""


def riff() -> list[Note]:
    notes = []
    for section, name in enumerate(FORM):
        for bar, text in enumerate(RIFFS[name]):
            signs = text.replace("A#.", "#..")
            for i, sign in enumerate(signs):
                if sign == ".":
                    continue
                key = "A#" if sign == "#" else sign
                beat = (section * 4 + bar) * 4 + i / 4
                length = 1
                while i + length < 16 and signs[i + length] == ".":
                    length += 1
                muted = sign in "mc"
                notes.append(
                    Note(beat, 0.25 if muted else length / 4, midi(ROOTS[key]), 0.9, "m" if muted else "")
                )
    notes.append(Note(BARS * 4, 4, midi("e2"), 1.0))
    return notes


def rhythm_guitar(desk: Desk, notes: list[Note]) -> Signal:
    track = desk.track()
    for note in notes:
        muted = 0.92 if note.mark == "m" else 0.0
        spacing = (0, 7) if muted else (0, 7, 12)
        start = desk.beat.at(note.beat) + desk.late(4)
        length = desk.beat.length(note.beats) * (0.9 if muted else 0.98)
        for interval in spacing:
            hz = 440 * 2 ** ((note.pitch + interval - 69) / 12) * 2 ** (desk.rng.normal(0, 3) / 1200)
            loud = 0.8 if interval else 1.0
            desk.drop(track, start, electric_guitar(hz, length, desk.rng, loud, muted=muted))
    return high_gain(track, 34)


def anthem(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(168), seed=666)
    notes = riff()
    left, right = rhythm_guitar(desk, notes), rhythm_guitar(desk, notes)
    bass = desk.play(
        picked_bass, [Note(n.beat, n.beats, n.pitch - 12, n.accent) for n in notes], legato=0.95, spread_ms=3
    )
    heavy = [b for b in range(BARS) if FORM[b // 4] == "A"]
    broad = [b for b in range(BARS) if FORM[b // 4] == "B"]

    def big_kick(r, v):
        return kick(r, v, tune=55, t60=0.22, click=1.3, bend=2.6)

    def big_snare(r, v):
        return snare(r, v, tune=205, t60=0.3, wires=1.1, bright=9000)

    kicks = desk.drum(big_kick, "X.xxX.xxX.xxX.xx", bars=heavy, spread_ms=2)
    desk.drum(big_kick, "xxxxxxxxxxxxxxxx", bars=broad, spread_ms=2, track=kicks)
    desk.drum(big_kick, "X", bars=[BARS], track=kicks)
    snares = desk.drum(big_snare, "....X.......X...", bars=[b for b in heavy if b % 4 != 3], spread_ms=2)
    desk.drum(big_snare, "....X.......X.xx", bars=[b for b in heavy if b % 4 == 3], track=snares)
    desk.drum(big_snare, "........X.......", bars=broad, track=snares)
    toms = desk.drum(lambda r, v: tom(r, v, tune=120), "........x.x.....", bars=[7, 11])
    desk.drum(lambda r, v: tom(r, v, tune=85), "............X.X.", bars=[7, 11], track=toms)
    metal = desk.drum(lambda r, v: hat(r, v, openness=0.35), "X...x...x...x...", bars=heavy)
    rides = desk.drum(lambda r, v: ride(r, v, bell=0.5), "X.x.X.x.X.x.X.x.", bars=broad)
    crashes = desk.drum(crash, "X", bars=[0, 4, 8, 10, 12, 16])
    lines = []
    for transpose in (0, -3):
        line = desk.held(
            [Note(n.beat, n.beats, n.pitch + transpose, n.accent, n.mark) for n in melody(LEAD)], start=32
        )
        lines.append(high_gain(lead_tone(line, seconds, desk.rng), 22))
    parts = [
        Part(left, 4.8, -0.9, 0.16),
        Part(right, 5.7, 0.9, 0.16),
        Part(bass, -0.2, 0, 0.0),
        Part(kicks, 4.9, 0, 0.15),
        Part(snares, -2.2, 0, 0.5),
        Part(toms, -3.4, 0.2, 0.3),
        Part(metal, -10.3, 0.4, 0.1),
        Part(rides, -11.1, -0.4, 0.1),
        Part(crashes, -13.6, -0.3, 0.2),
        Part(lines[0], -9.6, -0.25, 0.4),
        Part(lines[1], -5.8, 0.25, 0.4),
        Part(echo(lines[0] + lines[1], 0.357, 0.35, cross=True), -15.4),
    ]
    room = room_response(1.1, 9, predelay=0.01, bright=0.6, size=0.9)
    return desk.master(
        parts,
        room=room,
        curve="metal",
        strength=0.37,
        warmth=3.0,
        wet_db=9.0,
        loudness_db=-12.5,
        squeeze=2.5,
        colour=(low_shelf(120, 1), high_shelf(6000, 1)),
    )


PIECES = (Piece("Iron Weather", "metal", 25.5, "mp3", anthem, kbps=80),)
