"""Boom-bap at 90: a dusty electric piano sampled off a record, upright bass, drums through a small sampler, a voice."""

from __future__ import annotations

import numpy as np
from studio.desk import Desk, Part
from studio.drums import hat, kick, rim, snare
from studio.effects import chorus, compressor, room_response, vinyl
from studio.keys import electric_piano
from studio.notation import Beat, Note, melody
from studio.patterns import comping, repeated
from studio.plucked import double_bass
from studio.signals import RATE, Signal, apply, high_shelf, highpass, low_shelf, lowpass, peak
from studio.sustained import MUTED_TRUMPET, Held, Manner, blown, sung

from pieces.piece import Piece

SHEET = [("Ebm9", 4), ("Ab13", 4), ("Dbmaj9", 4), ("Bb7alt", 4)] * 2
BASS = """eb2:1 r:.5 eb2:.25, r:.25 gb2:.5 r:.5 bb1:.5 db2:.5 | ab1:1 r:.5 ab1:.25 r:.25 c2:.5 r:.5 eb2:.5 gb2:.5
| db2:1 r:.5 db2:.25, r:.25 f2:.5 r:.5 ab1:.5 c2:.5 | bb1:1 r:.5 bb1:.25 r:.25 d2:.5 r:.5 f2:.5 d2:.5"""
HORN = "r:2 bb4:.5~ db5:.5 eb5:1~ | c5:1.5 r:2.5 | r:1.5 ab4:.5 bb4:.5~ c5:.5 eb5:1 | d5:1.5~ r:2.5"


def crushed(x: Signal, rate: float = 26040.0, bits: int = 12) -> Signal:
    """The sampler: fewer samples a second, each of fewer steps."""
    index = (np.arange(x.shape[-1]) * rate / RATE).astype(int) * RATE / rate
    held = x[..., np.minimum(index.astype(int), x.shape[-1] - 1)]
    top = np.abs(x).max() + 1e-9
    return np.round(held / top * 2 ** (bits - 1)) / 2 ** (bits - 1) * top


def rap(desk: Desk, seconds: float) -> Signal:
    """Syllables in rhythm: spoken pitch, vowels with consonants before them."""
    rng = desk.rng
    flow = "x.xxx.xxx.x.xxx.|xxx.x.xxx.xxx...|x.xxx.xxxxx.x.x.|xx.xx.xxx.x.x..."
    notes, breaths = [], desk.track()
    for turn in range(2):
        for bar, text in enumerate(flow.split("|")):
            for i, sign in enumerate(text):
                if sign == ".":
                    continue
                length = 2 if i + 1 < 16 and text[i + 1] == "." else 1
                beat = turn * 16 + bar * 4 + i / 4
                stress = 1.0 if i % 4 == 0 else 0.72
                pitch = 47 + 3.5 * stress + rng.normal(0, 1.2) - 2.5 * (i / 16) + (2 if bar == 3 else 0)
                when = desk.beat.at(beat) + desk.late(9)
                notes.append(
                    Held(
                        when + 0.035,
                        desk.beat.length(length / 4) * 0.72,
                        pitch,
                        0.62 * stress + 0.2,
                        rng.choice([-1.0, 0.6]),
                        rng.choice(list("aeio@u")),
                    )
                )
                kind = rng.integers(0, 4)
                size = (0.06, 0.03, 0.018, 0.05)[kind]
                low, high = ((4500, 9500), (2200, 5000), (1200, 4500), (2800, 7500))[kind]
                burst = apply(rng.standard_normal(int(size * RATE)), highpass(low), lowpass(high))
                burst *= (
                    np.hanning(len(burst))
                    if kind in (0, 3)
                    else np.exp(-np.arange(len(burst)) / (0.006 * RATE))
                )
                desk.drop(breaths, when - size * 0.4, burst, 0.05 * stress)
    manner = Manner(attack=0.016, release=0.03, glide=0.03, vibrato_cents=0, drift_cents=25, breath=0.03)
    voice = sung(notes, seconds, rng, size=1.02, manner=manner)
    return compressor(voice + breaths, -26, 4, 0.004, 0.08, 4)


def boom_bap(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(91, swing=0.57, sixteenths=True), seed=1994)
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
        double_bass,
        melody(BASS, 0.8) + [Note(n.beat + 16, n.beats, n.pitch, n.accent) for n in melody(BASS, 0.8)],
    )
    bass = apply(bass, lowpass(900))
    horn = apply(
        blown(desk.held(melody(HORN, 0.6), start=0), seconds, desk.rng, MUTED_TRUMPET), lowpass(4000)
    )
    voice = rap(desk, seconds)
    kit = crushed(compressor(drums * 1.0 + snares * 0.8, -16, 4, 0.012, 0.1))
    parts = [
        Part(kit, 3, 0, 0.05),
        Part(hats, -9, 0.2, 0.05),
        Part(ticks, -9, -0.3, 0.2),
        Part(bass, 0.5, 0, 0.0),
        Part(keys, -5, 0, 0.1),
        Part(horn, -9, -0.3, 0.3),
        Part(voice, 0.5, 0, 0.08),
        Part(vinyl(seconds, 33), -20, 0, 0.0),
    ]
    room = room_response(0.6, 8, predelay=0.006, bright=0.4, size=0.5)
    colour = (low_shelf(110, 3), peak(300, -1), high_shelf(7000, -1))
    return desk.master(parts, room=room, loudness_db=-14, squeeze=3, colour=colour, fade_out=0.6)


PIECES = (Piece("Basement Tape", "hiphop", 21.2, "wav", boom_bap, rate=22050, channels=1),)
