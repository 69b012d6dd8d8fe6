"""The feature store's segment files compared with SQLite blobs and LMDB: seconds to write, to read all, to read some.

Each holds the same arrays: spectrograms of 30-s excerpts, or vectors of many variants. Writes are flushed to the disk
every 64 MB, as the store does it. Reads end as float32 arrays that were summed once, so that every byte was touched.
Each is measured in turn, `--rounds` times; medians of processor time and of seconds are printed as a table.

python scripts/store_backends.py --out /tmp/backends          (needs: pip install lmdb)
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import statistics
import time
from pathlib import Path

import numpy as np

from genrelens.feature_store.segments import SegmentMaps, SegmentWriter, try_lock

COMMIT_BYTES = 64 << 20
KINDS = {"600 spectrograms (646, 128)": (600, (646, 128)), "20,000 vectors (1916,)": (20_000, (1916,))}


class Segments:
    """As the store has them, with the places in a dictionary in the place of its index."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.places = folder, {}

    def write(self, arrays) -> None:
        file = open(self.folder / "a.seg", "w+b", buffering=0)  # noqa: SIM115
        assert try_lock(file)
        writer, pending = SegmentWriter(file, 0), 0
        for key, array in arrays:
            self.places[key], _ = writer.append([array])
            pending += array.nbytes
            if pending >= COMMIT_BYTES:
                writer.sync()
                pending = 0
        writer.sync()
        writer.close()

    def read(self, keys, shape):
        maps = SegmentMaps(self.folder)
        for key in keys:
            yield maps.array("a.seg", self.places[key], shape)


class SqliteBlobs:
    def __init__(self, folder: Path) -> None:
        self.file = folder / "store.sqlite"

    def write(self, arrays) -> None:
        base = sqlite3.connect(self.file)
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE array (key INTEGER PRIMARY KEY, data BLOB)")
        pending = 0
        for key, array in arrays:
            base.execute("INSERT INTO array VALUES (?, ?)", (key, array.tobytes()))
            pending += array.nbytes
            if pending >= COMMIT_BYTES:
                base.commit()
                pending = 0
        base.commit()
        base.close()

    def read(self, keys, shape):
        base = sqlite3.connect(self.file)
        for key in keys:
            (data,) = base.execute("SELECT data FROM array WHERE key = ?", (key,)).fetchone()
            yield np.frombuffer(data, np.float32).reshape(shape)
        base.close()


class Lmdb:
    def __init__(self, folder: Path) -> None:
        self.folder = folder / "lmdb"

    def write(self, arrays) -> None:
        import lmdb

        base = lmdb.open(str(self.folder), map_size=8 << 30)
        transaction, pending = base.begin(write=True), 0
        for key, array in arrays:
            transaction.put(key.to_bytes(8, "big"), array.tobytes())
            pending += array.nbytes
            if pending >= COMMIT_BYTES:
                transaction.commit()
                transaction, pending = base.begin(write=True), 0
        transaction.commit()
        base.close()

    def read(self, keys, shape):
        import lmdb

        base = lmdb.open(str(self.folder), readonly=True)
        with base.begin(buffers=True) as transaction:
            for key in keys:
                yield np.frombuffer(transaction.get(key.to_bytes(8, "big")), np.float32).reshape(shape)
        base.close()


BACKENDS = {"segments": Segments, "SQLite blobs": SqliteBlobs, "LMDB": Lmdb}


def timed(do) -> tuple[float, float]:
    start, cpu = time.perf_counter(), time.process_time()
    do()
    return time.perf_counter() - start, time.process_time() - cpu


def measured(
    backend, folder: Path, count: int, shape: tuple[int, int]
) -> tuple[list[tuple[float, float]], float]:
    """Seconds and processor time of writing, reading all and reading a tenth; megabytes on the disk."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    store = backend(folder)
    array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    some = np.random.default_rng(1).permutation(count)[: count // 10].tolist()
    times = [
        timed(lambda: store.write((key, array) for key in range(count))),
        timed(lambda: sum(float(one.sum()) for one in store.read(range(count), shape))),
        timed(lambda: sum(float(one.sum()) for one in store.read(some, shape))),
    ]
    return times, sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args()
    print(
        "| what | store | write | read all | read a tenth, at random | MB on disk |\n|---|---|---|---|---|---|"
    )
    for what, (count, shape) in KINDS.items():
        found = {name: [] for name in BACKENDS}
        sizes = {}
        for _ in range(given.rounds):
            for name, backend in BACKENDS.items():
                times, sizes[name] = measured(backend, given.out / name, count, shape)
                found[name].append(times)
        for name, rounds in found.items():
            cells = [
                " / ".join(f"{statistics.median(one[step][kind] for one in rounds):.2f}" for kind in (0, 1))
                for step in range(3)
            ]
            print(f"| {what} | {name} | {' | '.join(cells)} | {sizes[name]:.0f} |")
    shutil.rmtree(given.out, ignore_errors=True)


if __name__ == "__main__":
    main()
