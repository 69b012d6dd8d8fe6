"""Real processes, killed at any moment or working side by side: nothing is lost, nothing is damaged."""

from __future__ import annotations

import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from cheap_inputs import CheapInputs
from linux_sessions import in_session

from genrelens.datasets import Track
from genrelens.feature_store import FeatureStore, FeatureTable

SCRIPT = Path(__file__).parent / "support" / "fill_store.py"
INPUTS = ("frames", "mean")


def start(
    cache: Path, folder: Path, jobs: int, slow_s: float = 0.0, **options: object
) -> subprocess.Popen[str]:
    command = [sys.executable, str(SCRIPT), str(cache), str(folder), str(jobs), str(slow_s)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)  # type: ignore[call-overload]


def bytes_of(table: FeatureTable) -> list[bytes]:
    rows = [array.tobytes() for name in INPUTS for array in table.frames(name)]
    return [*rows, table.track.tobytes(), table.start_s.tobytes(), table.end_s.tobytes()]


def undisturbed(tmp_path: Path, tracks: list[Track]) -> list[bytes]:
    return bytes_of(FeatureStore(tmp_path / "undisturbed", CheapInputs()).compute(tracks, INPUTS, jobs=1))


def rows_in(cache: Path) -> int:
    return FeatureStore(cache, CheapInputs()).info().rows


def wait_for_rows(cache: Path, rows: int, process: subprocess.Popen[str]) -> None:
    while process.poll() is None and rows_in(cache) < rows:
        time.sleep(0.005)


@pytest.mark.parametrize(("jobs", "kills"), [(1, 4), (2, 2)])
def test_killed_and_continued_equals_undisturbed(
    tmp_path: Path, noises: list[Track], jobs: int, kills: int
) -> None:
    cache, folder = tmp_path / "cache", noises[0].path.parent
    chance = random.Random(jobs)
    kept = 0
    for attempt in range(kills):
        process = start(cache, folder, jobs, slow_s=0.04)
        wait_for_rows(cache, min(22, kept + 1), process)
        time.sleep(chance.random() * 0.06 * (attempt > 0))
        process.kill()
        process.wait()
        assert rows_in(cache) >= kept, "a finished row was lost"
        kept = rows_in(cache)
    assert 0 < kept < 24
    table = FeatureStore(cache, CheapInputs()).compute(noises, INPUTS, jobs=1)
    assert 0 < table.computed < 12
    assert bytes_of(table) == undisturbed(tmp_path, noises)


def test_workers_end_when_their_parent_is_killed(tmp_path: Path, noises: list[Track]) -> None:
    process = start(tmp_path / "cache", noises[0].path.parent, 2, slow_s=0.05, start_new_session=True)
    wait_for_rows(tmp_path / "cache", 1, process)
    process.kill()
    process.wait()
    deadline = time.monotonic() + 10
    while in_session(process.pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not in_session(process.pid)


def test_ctrl_c_leaves_what_was_finished(tmp_path: Path, noises: list[Track]) -> None:
    cache = tmp_path / "cache"
    process = start(cache, noises[0].path.parent, 2, 0.05, start_new_session=True, stderr=subprocess.DEVNULL)
    wait_for_rows(cache, 1, process)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=20) != 0
    finished = FeatureStore(cache, CheapInputs()).info().recordings
    assert finished > 0
    table = FeatureStore(cache, CheapInputs()).compute(noises, INPUTS, jobs=1)
    assert table.computed == 12 - finished
    assert bytes_of(table) == undisturbed(tmp_path, noises)


def test_two_writers_and_a_reader_at_the_same_time(tmp_path: Path, noises: list[Track]) -> None:
    cache, folder = tmp_path / "cache", noises[0].path.parent
    expected = undisturbed(tmp_path, noises)
    writers = [start(cache, folder, 1, slow_s=0.01) for _ in range(3)]
    seen = set()
    while any(writer.poll() is None for writer in writers):
        one = FeatureStore(cache, CheapInputs()).compute(noises[:1], INPUTS, jobs=1)
        seen.add(b"".join(array.tobytes() for name in INPUTS for array in one.frames(name)))
    assert [writer.communicate()[0].split()[0] for writer in writers] == ["12"] * 3
    assert len(seen) == 1
    table = FeatureStore(cache, CheapInputs()).compute(noises, INPUTS, jobs=1)
    assert table.computed == 0
    assert bytes_of(table) == expected
    assert np.array_equal(table.track, np.arange(12))


def test_a_cache_cleared_while_it_is_filled_does_no_harm(tmp_path: Path, noises: list[Track]) -> None:
    cache = tmp_path / "cache"
    writer = start(cache, noises[0].path.parent, 1, slow_s=0.02)
    while writer.poll() is None:
        FeatureStore(cache, CheapInputs()).clear()
        time.sleep(0.05)
    assert writer.communicate()[0].split()[0] == "12"


@pytest.mark.skipif(sys.platform == "win32", reason="limits of file sizes are POSIX")
def test_a_full_disk_is_told_in_one_sentence_and_loses_nothing(tmp_path: Path, noises: list[Track]) -> None:
    cache = tmp_path / "cache"

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (230_000, 230_000))

    process = start(cache, noises[0].path.parent, 1, 0.03, preexec_fn=limit)
    told = process.communicate()[0]
    assert process.returncode == 2
    assert "the disk is full" in told
    assert len(told.splitlines()) == 1
    table = FeatureStore(cache, CheapInputs()).compute(noises, INPUTS, jobs=1)
    assert 0 < table.computed < 12
    assert bytes_of(table) == undisturbed(tmp_path, noises)
