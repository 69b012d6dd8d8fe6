"""Boom-bap at 96: a dusty electric piano sampled off a record, a round bass, drums through a sampler."""

from __future__ import annotations

import numpy as np
from studio.desk import Desk, Part
from studio.drums import hat, kick, rim, snare
from studio.effects import chorus, compressor, room_response, vinyl
from studio.keys import electric_piano
from studio.notation import Beat, Note, melody
from studio.patterns import comping, repeated
from studio.plucked import fingered_bass
from studio.signals import RATE, Signal, apply, high_shelf, highpass, low_shelf, lowpass, peak
from studio.sustained import MUTED_TRUMPET, Held, blown, hiss, sung

from pieces.piece import Piece

SHEET = [("Ebm9", 4), ("Ab13", 4), ("Dbmaj9", 4), ("Bb7alt", 4)] * 2
BASS = """
    eb2:1 r:.5 eb2:.25, r:.25 gb2:.5 r:.5 bb1:.5 db2:.5 |
    ab1:1 r:.5 ab1:.25 r:.25 c2:.5 r:.5 eb2:.5 gb2:.5 | db2:1 r:.5 db2:.25, r:.25 f2:.5 r:.5 ab1:.5 c2:.5 |
    bb1:1 r:.5 bb1:.25 r:.25 d2:.5 r:.5 f2:.5 d2:.5
"""
HORN = "r:2 bb4:.5~ db5:.5 eb5:1~ | c5:1.5 r:2.5 | r:1.5 ab4:.5 bb4:.5~ c5:.5 eb5:1 | d5:1.5~ r:2.5"


def crushed(x: Signal, rate: float = 26040.0, bits: int = 12) -> Signal:
    """The sampler: fewer samples a second, each of fewer steps."""
    index = (np.arange(x.shape[-1]) * rate / RATE).astype(int) * RATE / rate
    held = x[..., np.minimum(index.astype(int), x.shape[-1] - 1)]
    top = np.abs(x).max() + 1e-9
    return np.round(held / top * 2 ** (bits - 1)) / 2 ** (bits - 1) * top


def scratch(desk: Desk, seconds: float) -> Signal:
    """A record of one held word pushed and pulled under the needle, in rhythm."""
    rng = desk.rng
    word = sung([Held(0.05, 0.9, 52, 0.9, 0.0, "a")], 1.1, rng) + 0.4 * hiss(1.1, rng, 900, 6000) * 0.05
    out = desk.track()
    for bar, text in ((3, "..........xx.xx."), (7, "........x.xxxxx.")):
        for i, sign in enumerate(text):
            if sign == "x":
                length = desk.beat.length(0.24)
                n = int(length * RATE)
                u = np.linspace(0, 1, n)
                reach = rng.uniform(0.12, 0.3) * rng.choice([-1, 1])
                where = (0.45 + reach * np.sin(np.pi * u * rng.choice([1, 2]))) * RATE
                stroke = np.interp(where, np.arange(len(word)), word) * np.sin(np.pi * u) ** 0.3
                desk.drop(out, desk.beat.at(bar * 4 + i / 4), stroke)
    return out


def boom_bap(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(96, swing=0.57, sixteenths=True), seed=1994)
    bars = range(8)

    def deep(r, v):
        return kick(r, v, tune=54, t60=0.36, click=0.7, bend=1.6)

    def crack(r, v):
        return snare(r, v, tune=200, t60=0.24, wires=1.0)

    drums = desk.drum(deep, "X..o..x...xX....|X..o..x...x...o.", bars=[0, 2, 4, 6], spread_ms=5)
    snares = desk.drum(crack, "....X..g....X..g|....X.g.....X.g.", bars=[0, 2, 4, 6], push_ms=8, spread_ms=4)
    hats = desk.drum(hat, "x.o.x.oox.o.x.o.", bars=bars, spread_ms=6)
    ticks = desk.drum(rim, "..........o.....", bars=[1, 3, 5, 7])
    keys = desk.play(
        electric_piano,
        comping(SHEET, repeated([(0, 1.6, 0.6), (1.75, 0.5, 0.45), (2.5, 1.4, 0.55)], 4, 8), 53, 72),
        spread_ms=10,
    )
    keys = apply(chorus(keys, 3.5, 0.6, 0.45), highpass(160), lowpass(3200, 0.9))
    bass = desk.play(
        fingered_bass,
        melody(BASS, 0.8) + [Note(n.beat + 16, n.beats, n.pitch, n.accent) for n in melody(BASS, 0.8)],
    )
    bass = apply(bass, lowpass(500))
    horn = apply(
        blown(desk.held(melody(HORN, 0.6), start=0), seconds, desk.rng, MUTED_TRUMPET), lowpass(4000)
    )
    voice = scratch(desk, seconds)
    kit = crushed(compressor(drums * 1.0 + snares * 0.8, -16, 4, 0.012, 0.1))
    parts = [
        Part(kit, 7, 0, 0.08),
        Part(hats, -9, 0.2, 0.05),
        Part(ticks, -9, -0.3, 0.2),
        Part(bass, -3, 0, 0.0),
        Part(keys, -7, 0, 0.1),
        Part(horn, -13, -0.3, 0.3),
        Part(voice, -3, 0.1, 0.1),
        Part(vinyl(seconds, 33), -20, 0, 0.0),
    ]
    room = room_response(0.6, 8, predelay=0.006, bright=0.4, size=0.5)
    colour = (low_shelf(110, 3), peak(300, -1), high_shelf(7000, -1))
    return desk.master(
        parts, room=room, curve="hiphop", loudness_db=-14, squeeze=3, colour=colour, fade_out=0.6
    )


PIECES = (Piece("Basement Tape", "hiphop", 20.2, "wav", boom_bap, rate=16000, channels=1),)
