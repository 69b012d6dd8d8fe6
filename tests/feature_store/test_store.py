"""What the store promises: everything once, nothing stale, nothing lost, failures listed."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import soundfile
from cheap_inputs import CheapInputs
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genrelens.augmentation.protocol import CLEAN
from genrelens.datasets import Track
from genrelens.errors import DataError, GenreLensError, OutputError
from genrelens.feature_store import FeatureStore
from genrelens.feature_store.index import INDEX
from genrelens.feature_store.segments import SegmentMaps, SegmentWriter


@dataclass(frozen=True)
class FirstSecond:
    """The first second, and the second one, at another rate."""

    key: str = "seconds"

    def apply(self, samples: np.ndarray, rate: int) -> list[tuple[np.ndarray, int]]:
        return [(samples[:rate], rate), (samples[rate : rate + 4000], 4000)]


@dataclass(frozen=True)
class Louder:
    gain: float = 2.0

    @property
    def key(self) -> str:
        return f"louder{self.gain:g}"

    def apply(self, samples: np.ndarray, rate: int) -> np.ndarray:
        return samples * np.float32(self.gain)


def store_at(tmp_path: Path, **options: object) -> FeatureStore:
    return FeatureStore(tmp_path / "cache", CheapInputs(tmp_path / "log.txt", **options))  # type: ignore[arg-type]


def calls(tmp_path: Path) -> int:
    log = tmp_path / "log.txt"
    return len(log.read_text().splitlines()) if log.exists() else 0


def samples_of(track: Track) -> np.ndarray:
    return soundfile.read(track.path, dtype="float32")[0]


@pytest.mark.parametrize("jobs", [1, 3])
def test_rows_are_what_the_computer_gave(tmp_path: Path, noises: list[Track], jobs: int) -> None:
    seen: list[tuple[int, int]] = []
    table = store_at(tmp_path).compute(
        noises, ["frames", "average"], jobs=jobs, progress=lambda done, total: seen.append((done, total))
    )
    assert table.track.tolist() == list(range(12))
    assert table.failures == ()
    assert table.inputs == ("frames", "mean")
    for row, track in enumerate(noises):
        samples = samples_of(track)
        blocks = samples[: len(samples) // 100 * 100].reshape(-1, 100)
        assert np.array_equal(table.frames("frames")[row], np.sort(blocks, axis=1))
        assert table.lengths("frames")[row] == len(blocks)
        assert np.array_equal(table.array("average")[row], [samples.mean(), samples.std()])
        assert table.end_s[row] == pytest.approx(len(samples) / 8000)
    assert seen[0] == (0, 12)
    assert seen[-1] == (12, 12)
    assert seen == sorted(seen)


def test_a_second_run_computes_nothing_and_maps_the_same_bytes(tmp_path: Path, noises: list[Track]) -> None:
    first = store_at(tmp_path).compute(noises, ["frames", "mean"], jobs=2)
    before = calls(tmp_path)
    second = store_at(tmp_path).compute(list(reversed(noises)), ["mean", "frames"], jobs=2)
    assert (first.computed, second.computed, before, calls(tmp_path)) == (12, 0, 12, 12)
    for one, other in zip(first.frames("frames"), reversed(second.frames("frames")), strict=True):
        assert one.tobytes() == other.tobytes()
        assert not other.flags.writeable
        assert not other.flags.owndata


def test_only_what_is_missing_is_computed(tmp_path: Path, noises: list[Track]) -> None:
    store_at(tmp_path).compute(noises[:6], ["mean"], jobs=1)
    table = store_at(tmp_path).compute(noises, ["mean", "frames"], jobs=1)
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert [line.split()[0] for line in lines] == ["mean"] * 6 + ["frames"] * 6 + ["mean,frames"] * 6
    assert len(table) == 12


def test_a_copy_or_a_new_name_is_the_same_recording(tmp_path: Path, noises: list[Track]) -> None:
    store_at(tmp_path).compute(noises[:1], ["mean"], jobs=1)
    copy = tmp_path / "copy.flac"
    copy.write_bytes(noises[0].path.read_bytes())
    moved = Track("copy", copy, "a")
    table = store_at(tmp_path).compute([moved, noises[0], moved], ["mean"], jobs=1)
    assert (table.computed, calls(tmp_path)) == (0, 1)
    assert table.track.tolist() == [0, 1, 2]


@pytest.mark.parametrize("wait_s", [0.0, 2.2])
def test_a_changed_file_is_heard_anew_even_with_its_old_time(
    tmp_path: Path, noises: list[Track], wait_s: float
) -> None:
    path = noises[0].path
    time.sleep(wait_s)
    old = store_at(tmp_path).compute(noises[:1], ["mean"], jobs=1).array("mean").copy()
    stat = path.stat()
    samples = samples_of(noises[0])
    soundfile.write(path, samples[::-1] * np.float32(0.5), 8000, subtype="FLOAT")
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert path.stat().st_size == stat.st_size
    new = store_at(tmp_path).compute(noises[:1], ["mean"], jobs=1).array("mean")
    assert new[0, 1] == pytest.approx(old[0, 1] / 2, rel=1e-5)


def test_an_unchanged_file_is_not_read_again(tmp_path: Path, noises: list[Track], monkeypatch) -> None:
    time.sleep(2.1)
    store_at(tmp_path).compute(noises[:2], ["mean"], jobs=1)
    monkeypatch.setattr("genrelens.feature_store.identities.checksum", None)
    assert len(store_at(tmp_path).compute(noises[:2], ["mean"], jobs=1)) == 2


def test_another_version_variant_or_plan_is_another_row(tmp_path: Path, noises: list[Track]) -> None:
    one = store_at(tmp_path).compute(noises[:2], ["frames"], jobs=1)
    two = store_at(tmp_path, version=2).compute(noises[:2], ["frames"], jobs=1)
    assert np.array_equal(two.frames("frames")[0], 2 * one.frames("frames")[0])
    cut = store_at(tmp_path).compute(noises[:2], ["frames"], jobs=1, length_s=1.0)
    assert len(cut) >= 4
    store_at(tmp_path).compute(noises[:2], ["frames"], variants=[Louder()], jobs=1)
    assert calls(tmp_path) == 2 + 2 + len(cut) + 2
    assert store_at(tmp_path).compute(noises[:2], ["frames"], jobs=1).computed == 0


def test_variants_make_rows_of_their_own(tmp_path: Path, noises: list[Track]) -> None:
    variants = [CLEAN, FirstSecond(), Louder(3.0)]
    table = store_at(tmp_path).compute(noises[:2], ["mean"], variants=variants, jobs=1)
    assert table.variants == ("clean", "seconds", "louder3")
    assert table.track.tolist() == [0] * 4 + [1] * 4
    assert table.variant.tolist() == [0, 1, 1, 2] * 2
    assert table.excerpt.tolist() == [0, 0, 1, 0] * 2
    assert table.end_s[1:3].tolist() == [1.0, 1.0]
    samples = samples_of(noises[0])
    assert table.array("mean")[1, 0] == pytest.approx(samples[:8000].mean(), abs=1e-7)
    assert table.array("mean")[3, 1] == pytest.approx(3 * samples.std(), rel=1e-5)
    with pytest.raises(DataError, match="one key"):
        store_at(tmp_path).compute(noises, ["mean"], variants=[CLEAN, CLEAN])


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_cannot_be_heard_is_listed_and_left_out(tmp_path: Path, noises: list[Track], jobs: int) -> None:
    bad = {"text.mp3": b"no sound here\n" * 99, "empty.wav": b""}
    for name, content in bad.items():
        (tmp_path / name).write_bytes(content)
    (tmp_path / "folder.wav").mkdir()
    tracks = [
        Track(name, tmp_path / name, "a") for name in ("text.mp3", "empty.wav", "gone.wav", "folder.wav")
    ]
    mixed = [noises[0], tracks[0], noises[1], *tracks[1:], noises[2]]
    table = store_at(tmp_path).compute(mixed, ["mean"], jobs=jobs)
    assert table.track.tolist() == [0, 2, 6]
    kinds = {track.id: error.kind for track, error in table.failures}
    assert kinds == {
        "text.mp3": "NotAudio",
        "empty.wav": "EmptyFile",
        "gone.wav": "MissingFile",
        "folder.wav": "NotAFile",
    }
    assert all(str(track.path) in str(error) for track, error in table.failures)


def test_a_file_that_kills_its_process_is_listed_and_the_others_go_on(
    tmp_path: Path, noises: list[Track]
) -> None:
    killer = tmp_path / "killer.wav"
    soundfile.write(killer, np.tile(np.float32([0.5, 0.4995]), 8000), 8000, subtype="FLOAT")
    tracks = [*noises[:5], Track("killer", killer, "a"), *noises[5:]]
    table = store_at(tmp_path).compute(tracks, ["mean"], jobs=2)
    assert [track.id for track, _ in table.failures] == ["killer"]
    assert len(table) == 12


def test_workers_use_one_thread_each(tmp_path: Path, noises: list[Track], monkeypatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    table = store_at(tmp_path).compute(noises[:3], ["threads"], jobs=2)
    assert table.array("threads").ravel().tolist() == [1.0] * 3
    assert os.environ["OMP_NUM_THREADS"] == "7"


def test_errors_that_are_not_a_recordings_end_the_run(tmp_path: Path, noises: list[Track]) -> None:
    with pytest.raises(GenreLensError, match="'loudness'"):
        store_at(tmp_path).compute(noises, ["loudness"])
    table = store_at(tmp_path).compute(noises[:2], ["mean"], jobs=1)
    with pytest.raises(DataError, match="there are mean"):
        table.array("frames")


def test_rows_of_different_length_are_not_forced_into_one_array(tmp_path: Path, noises: list[Track]) -> None:
    table = store_at(tmp_path).compute(noises[:2], ["frames"], jobs=1)
    with pytest.raises(DataError, match=r"frames\('frames'\)"):
        table.array("frames")


def test_an_interrupted_run_keeps_what_was_finished(tmp_path: Path, noises: list[Track]) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        store_at(tmp_path).compute(noises, ["mean"], jobs=1, progress=interrupt)
    assert store_at(tmp_path).info().rows == 5
    assert store_at(tmp_path).compute(noises, ["mean"], jobs=1).computed == 7


def test_damaged_bytes_are_noticed_and_computed_again(tmp_path: Path, noises: list[Track]) -> None:
    good = [array.copy() for array in store_at(tmp_path).compute(noises, ["frames"], jobs=1).frames("frames")]
    (segment,) = (tmp_path / "cache").glob("*.seg")
    raw = bytearray(segment.read_bytes())
    raw[100] ^= 1
    segment.write_bytes(raw[: len(raw) - 5000])
    table = store_at(tmp_path).compute(noises, ["frames"], jobs=1)
    assert table.computed == 2
    assert all(np.array_equal(a, b) for a, b in zip(good, table.frames("frames"), strict=True))


@pytest.mark.parametrize("damage", ["segment gone", "index gone", "index rubbish"])
def test_a_damaged_folder_is_filled_again(tmp_path: Path, noises: list[Track], damage: str) -> None:
    store_at(tmp_path).compute(noises, ["mean"], jobs=1)
    cache = tmp_path / "cache"
    if damage == "segment gone":
        for path in cache.glob("*.seg"):
            path.unlink()
    else:
        for path in cache.glob(f"{INDEX}*"):
            path.unlink()
    if damage == "index rubbish":
        (cache / INDEX).write_bytes(b"rubbish" * 1000)
    table = store_at(tmp_path).compute(noises, ["mean"], jobs=1)
    assert (table.computed, len(table)) == (12, 12)
    assert store_at(tmp_path).clear() > 0
    assert list(cache.glob("*.seg")) == []


def test_the_bound_holds_and_the_longest_unused_goes_first(tmp_path: Path, noises: list[Track]) -> None:
    def small() -> FeatureStore:
        source = CheapInputs(tmp_path / "log.txt")
        return FeatureStore(tmp_path / "cache", source, most_bytes=700_000, segment_bytes=1 << 16)

    for track in noises[:8]:
        small().compute([track], ["frames"], jobs=1)
    small().compute(noises[:1], ["frames"], jobs=1)
    assert calls(tmp_path) == 8
    for track in noises[8:]:
        small().compute([track], ["frames"], jobs=1)
    assert sum(path.stat().st_size for path in (tmp_path / "cache").glob("*.seg")) <= 700_000
    assert small().compute(noises[:1], ["frames"], jobs=1).computed == 0
    assert small().compute(noises[2:3], ["frames"], jobs=1).computed == 1


def test_a_run_larger_than_the_bound_still_gets_its_rows(tmp_path: Path, noises: list[Track]) -> None:
    store = FeatureStore(tmp_path / "cache", CheapInputs(), most_bytes=300_000, segment_bytes=1 << 16)
    table = store.compute(noises, ["frames"], jobs=1)
    assert len(table.frames("frames")) == 12


def test_info_and_clear(tmp_path: Path, noises: list[Track]) -> None:
    store = store_at(tmp_path)
    assert store.info().rows == 0
    assert not (tmp_path / "cache").exists()
    store.compute(noises, ["frames", "mean"], variants=[CLEAN, Louder()], jobs=1)
    info = store.info()
    assert (info.recordings, info.rows, info.variants) == (12, 48, 2)
    assert [(part.name, part.rows) for part in info.inputs] == [("frames", 24), ("mean", 24)]
    assert [(part.name, part.recordings) for part in info.data_sets] == [("noise", 12)]
    assert store.clear(older_than_s=3600) == 0
    assert store.clear() > 500_000
    assert (store.info().rows, store.info().data_sets) == (0, ())
    assert store.compute(noises, ["mean"], jobs=1).computed == 12


def test_a_table_outlives_the_clearing_of_the_cache(tmp_path: Path, noises: list[Track]) -> None:
    table = store_at(tmp_path).compute(noises, ["frames"], jobs=1)
    store_at(tmp_path).clear()
    assert table.frames("frames")[3].shape[1] == 100
    assert np.isfinite(table.frames("frames")[3]).all()


def test_a_folder_that_cannot_be_used_is_told_in_one_sentence(tmp_path: Path, noises: list[Track]) -> None:
    (tmp_path / "file").write_bytes(b"x")
    store = FeatureStore(tmp_path / "file" / "cache", CheapInputs())
    with pytest.raises(OutputError, match=r"cannot be used there .* GENRELENS_CACHE") as raised:
        store.compute(noises, ["mean"], jobs=1)
    assert "\n" not in str(raised.value)


def test_another_version_of_the_environment_sets_the_folder(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("GENRELENS_CACHE", str(tmp_path / "here"))
    assert FeatureStore().folder == tmp_path / "here" / "features"
    monkeypatch.delenv("GENRELENS_CACHE")
    assert FeatureStore().folder.parts[-2:] == ("genrelens", "features")


arrays = st.lists(st.lists(st.floats(width=32, allow_nan=False), max_size=40), max_size=5)


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(arrays, max_size=4), torn=st.binary(max_size=200))
def test_any_arrays_come_back_from_a_segment_whatever_lies_behind_its_end(
    tmp_path: Path, batches: list[list[list[float]]], torn: bytes
) -> None:
    from io import FileIO

    path = tmp_path / "x.seg"
    path.unlink(missing_ok=True)
    end, places = 0, []
    for batch in batches:
        with open(path, "ab") as file:
            file.write(torn)
        writer = SegmentWriter(FileIO(path, "r+"), end)
        start, block = writer.append([np.array(values, np.float32) for values in batch])
        end = writer.end
        places.append((start, len(block)))
        writer.close()
    maps = SegmentMaps(tmp_path)
    for (start, length), batch in zip(places, batches, strict=True):
        assert start % 64 == 0
        place = start
        for values in batch:
            place = -(-place // 64) * 64
            found = maps.array("x.seg", place, (len(values),))
            assert found.tobytes() == np.array(values, np.float32).tobytes()
            place += 4 * len(values)
        assert place <= start + length or not batch
