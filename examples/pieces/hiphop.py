"""A dark piano loop at 84 under an 808: deep kicks, claps, hats that stutter, two who rap."""

from __future__ import annotations

from studio.desk import Desk, Part
from studio.effects import compressor, room_response, vinyl
from studio.notation import Beat, looped, melody
from studio.patterns import Sheet, comping, repeated
from studio.sampler import POWER_KIT, STRINGS, SYNTH_BASS, TR808_KIT, YAMAHA
from studio.signals import Signal, apply, highpass, low_shelf, lowpass, peak
from studio.speech import rap

from pieces.piece import Piece

LOOP: Sheet = [("Ebm9", 4), ("Abm9", 4)]
SHEET = LOOP * 4
BARS = 8
BASS = "eb1:1.5 r:.25 eb1:.25 r:.5 eb1:1 gb1:.5 | ab1:1.5 r:.25 ab1:.25 r:.5 ab1:.75 gb1:.25 eb1:.5"
VERSE = (
    "Yo, step in the basement, the tape is rolling, we got the lens on the sound that you are holding",
    "ten kinds of music in a crate on the floor, drop the needle on the record and I'm back for more",
    "check the kick and the snare, let the bass line talk, "
    "from the back of the block to the way that we walk",
    "no name on the label but you know what it is, one spin, one listen and we're back in the biz",
)


def boom_bap(seconds: float) -> Signal:
    desk = Desk(seconds, Beat(84), seed=1994)
    bars = range(BARS)
    drums = desk.kit(
        POWER_KIT,
        [(36, "X......x..X.....|X..x......X..x..", bars[::2]), (40, "....X.......X...", bars)],
        spread_ms=3,
    )
    boom = desk.kit(TR808_KIT, [(36, "X......x..X.....|X..x......X..x..", bars[::2])], spread_ms=2)
    claps = desk.kit(TR808_KIT, [(39, "....X.......X...", bars)], spread_ms=4)
    hats = desk.kit(
        TR808_KIT,
        [
            (42, "x.o.x.o.x.o.x.o.x.o.x.oox.o.xoxo|x.o.x.o.x.o.x.o.x.o.x.ooxoxoxoxo", bars[::2]),
            (46, "............................x...", [3, 7]),
        ],
        per_beat=8,
        spread_ms=2,
    )
    keys = desk.sampled(
        YAMAHA, comping(SHEET, repeated([(0, 1.6, 0.7), (1.5, 0.5, 0.5), (2.5, 1.4, 0.6)], 4, BARS), 57, 76)
    )
    tops = desk.sampled(STRINGS, comping(SHEET, repeated([(0, 3.6, 0.6)], 4, BARS), 65, 84))
    record = apply(keys + 0.4 * tops, highpass(200), lowpass(3400, 0.9))
    bass = apply(desk.sampled(SYNTH_BASS, looped(melody(BASS, 0.9), 8, BARS // 2)), lowpass(350))
    lines = [(8 * i + 0.1, 7.6, words) for i, words in enumerate(VERSE)]
    lead = apply(rap(desk, lines, pitch=25), highpass(110), peak(3000, 3, 1.0))
    low = rap(desk, lines, voice="en-us+m7", pitch=15, spread_ms=15)
    high = rap(desk, lines, voice="en-us+m1", pitch=38, spread_ms=15)
    parts = [
        Part(compressor(drums, -16, 4, 0.012, 0.1), -5, 0, 0.05),
        Part(boom, 8, 0, 0.0),
        Part(claps, 1, 0, 0.1),
        Part(hats, -3, 0.2, 0.05),
        Part(bass, -5, 0, 0.0),
        Part(record, -5, 0, 0.1),
        Part(compressor(lead, -20, 4), 3, 0, 0.08),
        Part(low, -5, -0.5, 0.1),
        Part(high, -5, 0.5, 0.1),
        Part(vinyl(seconds, 33), -24, 0, 0.0),
    ]
    room = room_response(0.6, 8, predelay=0.006, bright=0.4, size=0.5)
    return desk.master(
        parts,
        room=room,
        curve="hiphop",
        strength=0.7,
        loudness_db=-10,
        warmth=2.5,
        squeeze=3,
        fade_out=0.6,
        colour=(low_shelf(110, 2),),
    )


PIECES = (Piece("Basement Tape", "hiphop", 12.2, "wav", boom_bap, rate=22050),)
