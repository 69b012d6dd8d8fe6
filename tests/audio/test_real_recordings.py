"""The real recordings beside the checkout."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from genrelens.audio import find_audio, open_recording, read_mono

from .conftest import lag_and_likeness


def test_the_odd_files_are_heard_whole(shared: Path) -> None:
    with (shared / "wild" / "odd" / "odd.csv").open() as table:
        for row in csv.DictReader(table):
            with open_recording(shared / "wild" / "odd" / row["file"]) as recording:
                assert recording.decoder == "ffmpeg"
                assert recording.duration_s == pytest.approx(float(row["readable_seconds"]), abs=0.1)
                excerpts = list(recording.excerpts())
                assert [len(e.samples) for e in excerpts] == [30 * recording.sample_rate] * 3
                whole = recording.read()
            assert len(whole) / recording.sample_rate == pytest.approx(
                float(row["readable_seconds"]), abs=0.1
            )
            for excerpt in excerpts:
                lag, likeness = lag_and_likeness(
                    excerpt.samples, whole, round(excerpt.start_s * recording.sample_rate)
                )
                assert lag == 0
                assert likeness > 0.9  # AAC puts noise in place of noise, another at each decoding


def test_one_track_of_each_genre_is_what_soundfile_reads(shared: Path) -> None:
    for folder in sorted((shared / "gtzan" / "audio").iterdir()):
        path = min(folder.iterdir())
        truth, rate = soundfile.read(path, dtype="float32")
        np.testing.assert_array_equal(read_mono(path, rate), truth)


def test_a_vorbis_copy_sounds_like_its_lossless_original(shared: Path) -> None:
    for lossless in sorted((shared / "gtzan" / "lossless").glob("*.flac")):
        genre = lossless.name.partition(".")[0]
        copy = read_mono(shared / "gtzan" / "audio" / genre / f"{lossless.stem}.ogg", 22050)
        original = read_mono(lossless, 22050)
        assert abs(len(copy) - len(original)) <= 1
        lag, likeness = lag_and_likeness(copy[220_500:], original, 220_500)
        assert lag == 0
        assert likeness > 0.98


@pytest.mark.heavy
def test_every_recording_can_be_heard(shared: Path) -> None:
    with (shared / "wild" / "index.csv").open() as table:
        seconds = {row["track"]: float(row["seconds"]) for row in csv.DictReader(table)}
    folders = [shared / "gtzan" / "audio", shared / "gtzan" / "short", shared / "wild"]
    paths = list(find_audio(folders))
    assert len(paths) == 472 + 125 + 373 + 3
    for path in paths:
        with open_recording(path) as recording:
            excerpts = list(recording.excerpts())
            expected = seconds.get(path.stem, recording.duration_s)
            assert recording.duration_s == pytest.approx(expected, abs=0.1)
            assert recording.warnings == [] or path.stem == "odd3"  # ends within a frame
            assert not any(e.is_silent for e in excerpts)
