"""The feature store: computes what is missing, stores it, and returns mapped arrays.

An array's key is the checksum of the recording's bytes, the plan of excerpts, the variant's key, the input's
name and its fingerprint (parameters, version, network); so nothing outdated is ever returned, and a file that
is moved or copied is not computed again.

Layout of the folder: `index-v1.sqlite` (which array lies where) and `*.seg` (arrays). Bytes are on disk
before the index refers to them. A run that is killed at any moment loses at most the last second of work;
other processes may read and write the same folder at the same time. Every array is compared with its
checksum before it is returned, and computed again if it differs.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from genrelens.augmentation.protocol import CLEAN, Variant
from genrelens.cache_folder import cache_folder
from genrelens.datasets.dataset import Track
from genrelens.errors import DataError
from genrelens.feature_store.extraction import Plan
from genrelens.feature_store.index import INDEX, StoreIndex
from genrelens.feature_store.input_source import InputSource, RecognitionInputs
from genrelens.feature_store.run import Progress, StoreRun
from genrelens.feature_store.segments import SEGMENT_BYTES
from genrelens.feature_store.table import FeatureTable
from genrelens.feature_store.write_errors import write_errors_explained

MOST_BYTES = 30 << 30


def default_folder() -> Path:
    """Where features are stored: `features` in $GENRELENS_CACHE, or in the user's cache folder."""
    return cache_folder() / "features"


@dataclass(frozen=True)
class Usage:
    """Part of the cache: an input or a data set; recordings, rows (excerpts of variants), bytes."""

    name: str
    recordings: int
    rows: int
    bytes: int


@dataclass(frozen=True)
class StoreInfo:
    """What a store holds; `bytes` is what it takes on disk."""

    folder: Path
    bytes: int
    most_bytes: int
    recordings: int
    rows: int
    variants: int
    inputs: tuple[Usage, ...]
    data_sets: tuple[Usage, ...]


class FeatureStore:
    """A cache of inputs in a folder.

    Args:
        folder: where; None is `default_folder()`.
        source: where inputs come from; None is what recognition computes.
        most_bytes: what the store may take on disk. Beyond that, what was not used for longest is removed,
            but never what the run at hand needs.
        segment_bytes: size of a file of arrays, the unit of removal.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     table = FeatureStore(folder).compute([], ["mel"])
        >>> len(table), table.failures
        (0, ())
    """

    def __init__(
        self,
        folder: str | os.PathLike[str] | None = None,
        source: InputSource | None = None,
        most_bytes: int = MOST_BYTES,
        segment_bytes: int = SEGMENT_BYTES,
    ) -> None:
        self.folder = Path(os.path.abspath(folder)) if folder is not None else default_folder()
        self.source: InputSource = source if source is not None else RecognitionInputs()
        self.most_bytes = most_bytes
        self.segment_bytes = min(segment_bytes, max(most_bytes // 8, 1 << 16))

    def compute(
        self,
        tracks: Sequence[Track],
        inputs: Sequence[str],
        variants: Sequence[Variant] = (CLEAN,),
        jobs: int = 2,
        progress: Progress | None = None,
        excerpts: int | Literal["all"] = 3,
        length_s: float = 30.0,
    ) -> FeatureTable:
        """The inputs of all excerpts of all tracks, from the cache or computed now.

        Args:
            tracks: recordings.
            inputs: names.
            variants: changes of each recording's sound.
            jobs: processes; 1 works in this one.
            progress: called with (tracks done, tracks), from 0 on.
            excerpts: how many of a recording longer than 90 s, or "all".
            length_s: of an excerpt, in seconds.

        Returns:
            The table. Tracks that cannot be decoded stand in its `failures` and have no rows.

        Raises:
            GenreLensError: an input that there is not, or whose network is absent.
            DataError: two variants of one key.
            OutputError: the folder cannot be written, or its disk is full; what was finished is kept.
        """
        plan = Plan(excerpts, length_s)
        names = {name: self.source.canonical(name) for name in inputs}
        keys = tuple(variant.key for variant in variants)
        if len(set(keys)) < len(keys):
            raise DataError(f"two variants have one key ({', '.join(keys)}); give each its own")
        with write_errors_explained(self.folder):
            index = StoreIndex(self.folder)
        with index:
            run = StoreRun(
                index=index,
                source=self.source,
                tracks=tuple(tracks),
                names=tuple(dict.fromkeys(names.values())),
                variants=tuple(variants),
                plan=plan,
                segment_bytes=self.segment_bytes,
                evict=self.evict,
            )
            return run.table(names, jobs, progress or _silent)

    def info(self) -> StoreInfo:
        """What the store holds.

        Raises:
            OutputError: the folder cannot be used.
        """
        if not (self.folder / INDEX).exists():
            return StoreInfo(self.folder, 0, self.most_bytes, 0, 0, 0, (), ())
        with write_errors_explained(self.folder), StoreIndex(self.folder) as index:
            recordings, rows, variants = index.totals()
            return StoreInfo(
                self.folder,
                index.total_bytes() + (self.folder / INDEX).stat().st_size,
                self.most_bytes,
                recordings,
                rows,
                variants,
                tuple(Usage(*row) for row in index.by_input()),
                tuple(Usage(*row) for row in index.by_collection()),
            )

    def clear(self, older_than_s: float | None = None) -> int:
        """Removes what was not used for some time, or everything; what another process writes stays.

        Args:
            older_than_s: seconds since the last use; None removes everything.

        Returns:
            bytes freed.

        Raises:
            OutputError: the folder cannot be written.
        """
        if not (self.folder / INDEX).exists():
            return 0
        unused_since = None if older_than_s is None else time.time() - older_than_s
        with write_errors_explained(self.folder), StoreIndex(self.folder) as index:
            freed = sum(
                index.remove_segment(name, unused_since) for name, _, _ in index.least_recently_used()
            )
            index.remove_strays()
            index.forget_files()
        return freed

    def evict(self, keep: Iterable[str] = ()) -> int:
        """Removes segments, the longest unused first, until the store is within its bound.

        Args:
            keep: segments that stay.

        Returns:
            bytes freed.
        """
        kept, freed = set(keep), 0
        with write_errors_explained(self.folder), StoreIndex(self.folder) as index:
            excess = index.total_bytes() - self.most_bytes
            for name, _, _ in index.least_recently_used():
                if freed >= excess:
                    break
                if name not in kept:
                    freed += index.remove_segment(name)
        return freed


def _silent(done: int, total: int) -> None:
    """Progress that is not shown."""
