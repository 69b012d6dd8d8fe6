"""A bundle knows the tracks again that it was trained on: by bytes, by name, or not at all, which it says."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from genrelens.datasets import DataSet, load_dataset
from genrelens.datasets.checksums import checksum
from genrelens.datasets.trained_tracks import TrainedTracks, track_digests


def training(data: DataSet) -> dict:
    """As a manifest keeps it, through JSON."""
    sums = [checksum(track.path)[0] for track in data.tracks]
    kept = {"data": data.summary() | {"sha256": "another list"}, "tracks": track_digests(data.tracks, sums)}
    return json.loads(json.dumps(kept))


@pytest.fixture
def music(make_files: Callable[..., Path]) -> Path:
    return make_files(*[f"{genre}/album/{genre}{n}.mp3" for genre in ("rock", "jazz") for n in range(6)])


def test_the_same_tracks_are_known_again_and_others_are_not(music: Path, make_files) -> None:
    kept = TrainedTracks.of(training(load_dataset(music, tags=False)))
    assert kept.found_in(load_dataset(music, tags=False)).all()
    other = make_files(*[f"{genre}/new{n}.mp3" for genre in ("rock", "jazz") for n in range(6)], root="new")
    assert not kept.found_in(load_dataset(other, tags=False)).any()


def test_a_renamed_file_is_known_by_its_bytes_and_a_retagged_one_by_its_name(music: Path) -> None:
    kept = TrainedTracks.of(training(load_dataset(music, tags=False)))
    (music / "rock" / "album" / "rock0.mp3").rename(music / "rock" / "other name.mp3")
    (music / "jazz" / "album" / "jazz1.mp3").write_bytes(b"other tags")
    (music / "jazz" / "album" / "new song.mp3").write_bytes(b"new")
    data = load_dataset(music, tags=False)
    found = dict(zip([track.path.name for track in data.tracks], kept.found_in(data).tolist(), strict=True))
    assert found.pop("new song.mp3") is False
    assert all(found.values())


def test_gtzan_is_known_by_its_names_in_any_folder_and_format(make_files: Callable[..., Path]) -> None:
    names = [f"{genre}/{genre}.{n:05d}" for genre in ("blues", "rock") for n in range(3)]
    kept = TrainedTracks.of(training(load_dataset(make_files(*[f"{name}.wav" for name in names]))))
    other = make_files(*[f"{name}.mp3" for name in names], "rock/rock.00009.mp3", root="copy")
    data = load_dataset(other)
    assert [t.id for t, seen in zip(data.tracks, kept.found_in(data), strict=True) if not seen] == [
        "rock.00009"
    ]


def test_an_older_bundle_knows_the_very_same_list_and_nothing_else(music: Path) -> None:
    data = load_dataset(music, tags=False)
    older = TrainedTracks.of({"data": {"sha256": data.summary()["sha256"]}})
    assert older.found_in(data).all()
    assert older.found_in(data.only(range(8))) is None


@pytest.mark.parametrize(
    "damage", [{}, {"tracks": "?"}, {"tracks": {"contents": "%%", "names": 3}, "data": []}]
)
def test_a_damaged_record_counts_as_none(music: Path, damage: dict) -> None:
    assert TrainedTracks.of(damage).found_in(load_dataset(music, tags=False)) is None


def test_a_thousand_tracks_take_little_room(music: Path) -> None:
    (track, *_) = load_dataset(music, tags=False).tracks
    from dataclasses import replace

    many = [replace(track, path=track.path.with_name(f"{n}.mp3")) for n in range(1000)]
    kept = track_digests(many, [f"{n:040x}"[::-1] for n in range(1000)])
    assert sum(map(len, kept.values())) < 25_000
