"""Variants change the sound as physics says, the same way every time, and keep time and length."""

from __future__ import annotations

import io
import pickle

import numpy as np
import pytest
import scipy.signal
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.augmentation.chains import CROP_POSITIONS, Chain, Crop, RandomChain, Style, training_variants
from genrelens.augmentation.codecs import CodecRoundTrip
from genrelens.augmentation.effects import (
    Compressor,
    Equalizer,
    Gain,
    Headroom,
    Limiter,
    Noise,
    Saturation,
    Speed,
    high_pass,
    low_pass,
    root_mean_square,
)

RATE = 22050
STYLES: tuple[Style, ...] = ("modern", "old", "file")


def tone(hertz: float, seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    return (0.3 * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def band_decibels(samples: np.ndarray, low: float, high: float) -> float:
    frequencies, power = scipy.signal.welch(samples, RATE, nperseg=4096)
    return float(10 * np.log10(power[(frequencies >= low) & (frequencies < high)].sum() + 1e-20))


def music(seconds: float = 3.0, seed: int = 0) -> np.ndarray:
    """Plucked chords over noise bursts: something in every band, loud and soft passages."""
    random = np.random.default_rng(seed)
    time = np.arange(round(seconds * RATE)) / RATE
    sound = np.zeros(time.size)
    for beat in np.arange(0, seconds, 0.25):
        since = np.maximum(time - beat, 0.0)
        plucked = np.exp(-since / random.uniform(0.05, 0.4)) * (time >= beat)
        for harmonic in range(1, 12):
            pitch = random.uniform(100, 250)
            sound += (
                plucked * np.sin(2 * np.pi * pitch * harmonic * since) / harmonic * random.uniform(0.2, 1)
            )
        sound += 0.05 * np.exp(-since / 0.02) * (time >= beat) * random.standard_normal(time.size)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


@pytest.mark.parametrize(("hertz", "decibels"), [(100.0, 6.0), (1000.0, -12.0), (8000.0, 3.0)])
def test_an_equalizer_gives_a_tone_at_a_point_that_points_gain(hertz: float, decibels: float) -> None:
    equalizer = Equalizer((100.0, 1000.0, 8000.0), (6.0, -12.0, 3.0))
    changed = equalizer.apply(tone(hertz), RATE)
    assert 20 * np.log10(root_mean_square(changed) / root_mean_square(tone(hertz))) == pytest.approx(
        decibels, abs=0.1
    )
    assert np.corrcoef(changed[2000:-2000], tone(hertz)[2000:-2000])[0, 1] > 0.9999  # nothing is delayed


def test_an_equalizer_leaves_the_ends_alone() -> None:
    steady = np.full(RATE, 0.5, np.float32)
    np.testing.assert_allclose(Equalizer((5.0, 20.0), (6.0206, 0.0)).apply(steady, RATE), 1.0, atol=5e-3)


@pytest.mark.parametrize(
    "points", [((), ()), ((100.0,), (0.0, 1.0)), ((200.0, 100.0), (0.0, 0.0)), ((0.0,), (1.0,))]
)
def test_an_equalizer_without_rising_pairs_is_refused(
    points: tuple[tuple[float, ...], tuple[float, ...]],
) -> None:
    with pytest.raises(ValueError, match="frequencies"):
        Equalizer(*points)


def test_filters_keep_one_side_and_kill_the_other() -> None:
    for keep, kill, effect in [(500, 8000, low_pass(2000.0)), (4000, 100, high_pass(1000.0))]:
        assert root_mean_square(effect.apply(tone(keep), RATE)) == pytest.approx(
            root_mean_square(tone(keep)), rel=0.02
        )
        assert root_mean_square(effect.apply(tone(kill), RATE)) < 1e-3
    at_the_edge = low_pass(2000.0).apply(tone(2000.0), RATE)
    assert 20 * np.log10(root_mean_square(at_the_edge) / root_mean_square(tone(2000.0))) == pytest.approx(
        -3, abs=0.1
    )


@pytest.mark.parametrize("ratio", [0.97, 1.03])
def test_speed_shifts_pitch_and_length_together(ratio: float) -> None:
    changed = Speed(ratio).apply(tone(1000.0, 4.0), RATE)
    assert changed.size == pytest.approx(4 * RATE / ratio, abs=2)
    spectrum = np.abs(np.fft.rfft(changed * np.hanning(changed.size)))
    assert np.argmax(spectrum) * RATE / changed.size == pytest.approx(1000 * ratio, abs=1)


@pytest.mark.parametrize("decibels", [20.0, 40.0])
@pytest.mark.parametrize("slope", [0.0, 3.0])
def test_noise_lies_as_far_below_the_sound_as_asked(decibels: float, slope: float) -> None:
    sound = music()
    noise = Noise(decibels, slope, seed=3).apply(sound, RATE) - sound
    assert 20 * np.log10(root_mean_square(sound) / root_mean_square(noise)) == pytest.approx(
        decibels, abs=0.1
    )
    low, high = band_decibels(noise, 500, 1000), band_decibels(noise, 4000, 8000)
    # an octave three octaves higher has eight times the width, so white noise has 9 dB more in it
    assert high - low == pytest.approx(9.03 - 2 * 3 * slope / 2, abs=1.5)


def test_a_compressor_evens_out_what_lies_above_the_threshold_only() -> None:
    steps = np.concatenate([tone(500) * 0.1, tone(500)])
    effect = Compressor(threshold=-12.0, ratio=4.0)
    changed = effect.apply(steps, RATE)
    np.testing.assert_allclose(changed[1000:RATE], steps[1000:RATE], atol=1e-6)
    loud = slice(3 * RATE, 4 * RATE - 1000)
    above = 20 * np.log10(root_mean_square(steps[loud]) / root_mean_square(steps)) + 12.0
    lowered = 20 * np.log10(root_mean_square(changed[loud]) / root_mean_square(steps[loud]))
    assert lowered == pytest.approx(-above * 0.75, abs=0.3)
    louder = effect.apply(2 * steps, RATE)
    np.testing.assert_allclose(louder, 2 * changed, atol=1e-5)


def test_a_limiter_makes_it_loud_and_holds_the_ceiling() -> None:
    sound = music()
    limited = Limiter(loudness=-9.0, ceiling=0.99).apply(sound, RATE)
    assert np.abs(limited).max() <= 0.99
    assert root_mean_square(limited) > 2 * root_mean_square(sound)

    def crest(x: np.ndarray) -> float:
        return float(np.abs(x).max()) / root_mean_square(x)

    assert crest(limited) < 0.7 * crest(sound)
    quiet = Limiter(loudness=-40.0).apply(sound, RATE)
    np.testing.assert_allclose(quiet / root_mean_square(quiet), sound / root_mean_square(sound), atol=1e-4)


def test_saturation_adds_odd_harmonics_and_keeps_the_level() -> None:
    bent = Saturation(3.0).apply(tone(500.0), RATE)
    assert root_mean_square(bent) == pytest.approx(root_mean_square(tone(500.0)), rel=1e-4)
    assert band_decibels(bent, 1450, 1550) > band_decibels(bent, 950, 1050) + 40


def test_gain_and_headroom_scale() -> None:
    sound = music()
    np.testing.assert_allclose(Gain(6.0206).apply(sound, RATE), 2 * sound, rtol=1e-4)
    assert np.abs(Headroom().apply(4 * sound, RATE)).max() == pytest.approx(0.98, rel=1e-5)
    np.testing.assert_array_equal(Headroom().apply(sound, RATE), sound)


@pytest.mark.parametrize(("codec", "kbit"), [("mp3", 96), ("aac", 96), ("opus", 96), ("vorbis", 96)])
def test_a_codec_keeps_length_time_and_what_is_heard(codec: str, kbit: int) -> None:
    sound = music()
    coded = CodecRoundTrip(codec, kbit).apply(sound, RATE)  # type: ignore[arg-type]
    assert coded.shape == sound.shape
    assert coded.dtype == np.float32
    shifts = np.fft.irfft(np.fft.rfft(sound) * np.conj(np.fft.rfft(coded)))
    assert np.argmax(shifts) == 0
    assert np.corrcoef(sound, coded)[0, 1] > 0.95
    assert not np.array_equal(sound, coded)


def test_a_codec_at_a_lower_rate_loses_more() -> None:
    sound = music()
    for codec in ("mp3", "aac", "vorbis", "opus"):
        losses = [
            root_mean_square(CodecRoundTrip(codec, kbit).apply(sound, RATE) - sound)  # type: ignore[arg-type]
            for kbit in (48, 192)
        ]
        assert losses[0] > 1.3 * losses[1], codec


def test_mp3_equals_what_a_decoder_of_another_library_reads() -> None:
    """Level and time must be those of a file: compare with libsndfile's own mp3 writer and reader."""
    sound = music()
    file = io.BytesIO()
    soundfile.write(file, sound, RATE, format="MP3", subtype="MPEG_LAYER_III")
    file.seek(0)
    other, _ = soundfile.read(file, dtype="float32")
    size = min(other.size, sound.size) - 2000
    ours = CodecRoundTrip("mp3", 192).apply(sound, RATE)
    assert np.corrcoef(other[:size], ours[:size])[0, 1] > 0.97


def test_empty_and_silent_sound_pass_through_every_variant() -> None:
    silence = np.zeros(2 * RATE, np.float32)
    for variant in training_variants():
        changed = variant.apply(silence, RATE)
        assert np.isfinite(changed).all(), variant.key
        assert root_mean_square(changed) < 1e-4, variant.key


@given(seconds=st.floats(0.1, 6.0), position=st.floats(0.0, 1.0), size=st.integers(1, 50000))
@settings(max_examples=50, deadline=None)
def test_a_crop_is_a_part_of_the_track_of_the_right_length(
    seconds: float, position: float, size: int
) -> None:
    track = np.arange(size, dtype=np.float32)
    part = Crop(seconds, position).apply(track, 8000)
    assert part.size == min(size, max(round(seconds * 8000), 1))
    np.testing.assert_array_equal(part, np.arange(part[0], part[0] + part.size))


@pytest.mark.parametrize("bad", [(0.0, 0.5), (-1.0, 0.5), (3.0, 1.1)])
def test_a_crop_outside_of_the_track_is_refused(bad: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="no crop"):
        Crop(*bad)


@pytest.mark.parametrize("style", STYLES)
def test_random_chains_repeat_for_a_track_and_differ_between_tracks_and_seeds(style: Style) -> None:
    one, other = music(2.0, 1), music(2.0, 2)
    chain = RandomChain(style, 5)
    np.testing.assert_array_equal(chain.apply(one, RATE), pickle.loads(pickle.dumps(chain)).apply(one, RATE))
    keys = {chain.drawn(one).key, chain.drawn(other).key, RandomChain(style, 6).drawn(one).key}
    assert len(keys) == 3


def test_a_modern_master_is_brighter_and_denser_and_an_old_one_duller() -> None:
    sound = music()
    tilt = band_decibels(sound, 3000, 6000) - band_decibels(sound, 300, 2000)
    crest = np.abs(sound).max() / root_mean_square(sound)
    for seed in range(4):
        modern, old = (RandomChain(style, seed).apply(sound, RATE) for style in ("modern", "old"))  # type: ignore[arg-type]
        assert np.abs(modern).max() / root_mean_square(modern) < crest
        assert band_decibels(modern, 3000, 6000) - band_decibels(modern, 300, 2000) > tilt - 1
        assert band_decibels(old, 60, 11000) - band_decibels(old, 9800, 11000) > 20


def test_training_variants_have_names_of_their_own_and_cover_three_lengths() -> None:
    variants = training_variants()
    keys = [variant.key for variant in variants]
    assert len(set(keys)) == len(keys)
    assert isinstance(variants[0], Chain)
    assert keys[0] == "clean"
    sound = music(30.0)
    np.testing.assert_array_equal(variants[0].apply(sound, RATE), sound)
    lengths = np.array([variant.apply(sound, RATE).size / RATE for variant in variants])
    for low, high, least in [(2.0, 3.2, 14), (9.0, 11.0, 1), (28.0, 32.0, 2)]:
        assert ((lengths > low) & (lengths < high)).sum() >= least


def test_short_training_variants_cover_a_track_and_every_style_changes_some() -> None:
    seconds = np.arange(30 * RATE, dtype=np.float32) / RATE
    starts = np.array([Crop(3.0, position).apply(seconds, RATE)[0] for position in CROP_POSITIONS])
    assert np.diff(starts).max() < 5.0
    assert starts.min() < 2.0
    assert starts.max() > 25.0
    keys = [variant.key for variant in training_variants()]
    for style in ("modern", "old", "file"):
        assert sum(f"+{style}" in key for key in keys) >= 2
