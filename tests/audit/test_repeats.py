"""The same recording is found whatever was done to it, and nothing else is taken for it."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.audit.fingerprint import fingerprint
from genrelens.audit.repeats import compare_candidates, find_repeats

_spec = importlib.util.spec_from_file_location("sounds", Path(__file__).with_name("sounds.py"))
sounds = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sounds)
RATE = sounds.RATE

CHANGES = {
    "64 kbit/s mp3": (lambda x: sounds.through_mp3(x, RATE, 64_000), 0.0, 1.0),
    "0.4 s later": (lambda x: x[int(0.4 * RATE) :], -0.4, 1.0),
    "0.4 s of silence before": (lambda x: np.concatenate([np.zeros(int(0.4 * RATE), "f4"), x]), 0.4, 1.0),
    "20 s of it": (lambda x: x[5 * RATE : 25 * RATE], -5.0, 1.0),
    "3 dB louder": (lambda x: x * np.float32(10**0.15), 0.0, 1.0),
    "2 % faster": (lambda x: sounds.faster(x, 1.02), 0.0, 1.02),
    "2 % slower": (lambda x: sounds.faster(x, 0.98), 0.0, 0.98),
    "3 s of it": (lambda x: x[11 * RATE : 14 * RATE], -11.0, 1.0),
    "all at once": (
        lambda x: sounds.through_mp3(sounds.faster(x[RATE : 21 * RATE], 1.02) * 1.4, RATE, 64_000),
        -0.98,
        1.02,
    ),
}


@pytest.fixture(scope="module")
def songs():
    samples = [sounds.song(seed) for seed in range(8)]
    return samples, [fingerprint(x) for x in samples]


@pytest.mark.parametrize("change", CHANGES)
def test_a_changed_copy_is_found_among_other_songs_with_shift_and_speed(songs, change):
    samples, prints = songs
    alter, shift, speed = CHANGES[change]
    (repeat,) = find_repeats([*prints, fingerprint(alter(samples[3]))])
    assert (repeat.first, repeat.second) == (3, len(prints))
    # mp3 delays by its encoder's padding, some 50 ms
    assert repeat.shift_s == pytest.approx(shift, abs=0.15)
    assert repeat.speed == pytest.approx(speed, abs=0.004)


def test_the_gain_between_copies_is_reported(songs):
    samples, prints = songs
    (repeat,) = find_repeats([prints[0], fingerprint(samples[0] * np.float32(10**0.15))])
    assert repeat.gain_db == pytest.approx(3.0, abs=0.1)


def test_different_songs_are_not_taken_for_one_another(songs):
    _, prints = songs
    assert find_repeats(prints) == []


def test_two_songs_over_the_same_loop_are_two_songs():
    bar = sounds.song(99, 2.0)
    loop = np.tile(bar, 15)
    first, second = (sounds.song(seed) + 0.7 * loop[: 30 * RATE] for seed in (1, 2))
    assert find_repeats([fingerprint(first), fingerprint(second)]) == []


def test_songs_that_share_a_five_second_sample_are_two_songs():
    first, second = sounds.song(1), sounds.song(2)
    second[12 * RATE : 17 * RATE] = first[3 * RATE : 8 * RATE]
    assert find_repeats([fingerprint(first), fingerprint(second)]) == []


def test_silence_tones_and_very_short_sounds_have_no_twins():
    second = np.arange(RATE, dtype=np.float32) / RATE
    odd = [np.zeros(RATE * 3, "f4"), np.zeros(0, "f4"), np.full(RATE * 3, 0.5, "f4"), second[:100]]
    assert find_repeats([fingerprint(x) for x in odd + odd]) == []
    assert find_repeats([]) == []


@settings(deadline=None, max_examples=10)
@given(st.floats(0.0, 8.0), st.floats(6.0, 20.0), st.floats(0.02, 1.5))
def test_any_cut_at_any_level_is_found(songs, begin, length, gain):
    samples, prints = songs
    cut = samples[5][int(begin * RATE) : int((begin + length) * RATE)] * np.float32(gain)
    (repeat,) = find_repeats([prints[4], prints[5], fingerprint(cut)])
    assert (repeat.first, repeat.second) == (1, 2)
    assert repeat.shift_s == pytest.approx(-begin, abs=0.06)
    assert repeat.overlap_s == pytest.approx(length, abs=0.3)


def test_candidates_grow_with_the_collection_not_with_its_square():
    """Random prints: twice the recordings give about twice the work, measured in compared pairs."""
    rng = np.random.default_rng(0)
    prints = [fingerprint(rng.standard_normal(RATE * 5).astype(np.float32)) for _ in range(60)]
    assert len(compare_candidates(prints)) <= 2


def read_real(path: Path) -> np.ndarray:
    import soundfile
    import soxr

    samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
    return soxr.resample(samples.mean(axis=1), rate, RATE).astype(np.float32)


def test_the_named_repeats_of_real_jazz_and_the_one_across_genres_are_found(shared: Path):
    audio = shared / "gtzan" / "audio"
    with (shared / "gtzan" / "known_repeats.csv").open(newline="") as file:
        named = [(row["a"], row["b"]) for row in csv.DictReader(file)][:3]
    named.append(("metal.00058", "rock.00016"))
    tracks = sorted({t for pair in named for t in pair} | {"jazz.00001", "rock.00017", "metal.00059"})
    prints = [fingerprint(read_real(audio / t.split(".")[0] / f"{t}.ogg")) for t in tracks]
    found = {(tracks[r.first], tracks[r.second]) for r in find_repeats(prints)}
    assert found == set(named)
