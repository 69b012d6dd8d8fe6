"""One run of the store: what is there, what is missing, computing it, and the table of all."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field

import numpy as np

from genrelens.augmentation.protocol import Variant
from genrelens.datasets.dataset import Track
from genrelens.errors import AudioError, OutputError, shown
from genrelens.feature_store.extraction import LIMITS, Extractor, Job, Plan, result_of
from genrelens.feature_store.identities import identify
from genrelens.feature_store.index import Record, StoreIndex
from genrelens.feature_store.input_source import InputSource
from genrelens.feature_store.segment_writer import ExtractWriter
from genrelens.feature_store.segments import SegmentMaps, aligned
from genrelens.feature_store.table import FeatureTable, Floats
from genrelens.feature_store.write_errors import write_errors_explained
from genrelens.processes.parallel_tasks import Work, run_tasks

ATTEMPTS = 3

Progress = Callable[[int, int], None]


@dataclass
class StoreRun:
    """One call of `FeatureStore.compute`.

    Args:
        index: of the store's folder, open.
        source: where inputs come from.
        tracks: recordings.
        names: full names of inputs, each once.
        variants: with different keys.
        plan: how recordings are cut.
        segment_bytes: size of a segment.
        evict: brings the store back within its bound, sparing the segments it is given.
    """

    index: StoreIndex
    source: InputSource
    tracks: tuple[Track, ...]
    names: tuple[str, ...]
    variants: tuple[Variant, ...]
    plan: Plan
    segment_bytes: int
    evict: Callable[[set[str]], object]
    verified: dict[str, Record] = field(default_factory=dict)
    """Records whose bytes are mapped and match their checksum; they stay readable if the file is deleted."""

    def __post_init__(self) -> None:
        self._maps = SegmentMaps(self.index.folder)
        self._fingerprints = {name: self.source.fingerprint(name) for name in self.names}
        self._keys: dict[tuple[str, str, str], str] = {}

    def table(self, asked: dict[str, str], jobs: int, progress: Progress) -> FeatureTable:
        """Does it.

        Args:
            asked: full names of inputs by the names they were asked for.
            jobs: processes.
            progress: called with (tracks done, tracks).
        """
        with write_errors_explained(self.index.folder):
            identities = identify(self.tracks, self.index, max(1, jobs))
        self._known, self._failures = identities.known, identities.failures
        self._look_up(self._needed_keys())
        computed: set[str] = set()
        for _ in range(ATTEMPTS):
            todo = self._todo()
            if not todo:
                break
            computed |= set(todo)
            self._compute(todo, jobs, progress)
            self._look_up(self._needed_keys())
        if self._todo():
            raise OutputError(
                f"{shown(self.index.folder)}: what is written there does not come back; check the disk"
            )
        progress(len(self.tracks), len(self.tracks))
        self._touch()
        self.evict(self._segments())
        return self._assembled(asked, len(computed))

    # --- what is there, what is missing ---

    def _key(self, audio: str, variant: str, name: str) -> str:
        key = self._keys.get((audio, variant, name))
        if key is None:
            parts = (audio, self.plan.key, variant, name, self._fingerprints[name])
            key = hashlib.blake2b("\0".join(parts).encode(), digest_size=16).hexdigest()
            self._keys[audio, variant, name] = key
        return key

    def _needed_keys(self) -> list[str]:
        audios = dict.fromkeys(self._known[number].audio for number in sorted(self._known))
        return [
            self._key(audio, variant.key, name)
            for audio in audios
            for variant in self.variants
            for name in self.names
        ]

    def _look_up(self, keys: Sequence[str]) -> None:
        """Maps and verifies records that are there; damaged ones are forgotten, to be computed again."""
        with write_errors_explained(self.index.folder):
            found = self.index.find([key for key in keys if key not in self.verified])
            damaged = [record for record in found.values() if not self._is_intact(record)]
            if damaged:
                self.index.drop(damaged)
        self.verified.update(found)
        for record in damaged:
            del self.verified[record.key]

    def _is_intact(self, record: Record) -> bool:
        try:
            data = self._maps.bytes_at(record.segment, record.start, record.length)
        except (OSError, ValueError):
            return False
        return zlib.crc32(data) == record.crc

    def _segments(self) -> set[str]:
        return {record.segment for record in self.verified.values()}

    def _touch(self) -> None:
        with write_errors_explained(self.index.folder):
            self.index.touch(self._segments())

    def _todo(self) -> dict[str, list[int]]:
        """Audio of which something is missing, with the tracks that have it."""
        todo: dict[str, list[int]] = {}
        for number, identity in sorted(self._known.items()):
            if number not in self._failures and self._wanted(identity.audio):
                todo.setdefault(identity.audio, []).append(number)
        return todo

    def _wanted(self, audio: str) -> tuple[tuple[Variant, tuple[str, ...]], ...]:
        wanted = []
        for variant in self.variants:
            names = tuple(n for n in self.names if self._key(audio, variant.key, n) not in self.verified)
            if names:
                wanted.append((variant, names))
        return tuple(wanted)

    # --- computing ---

    def _compute(self, todo: dict[str, list[int]], processes: int, progress: Progress) -> None:
        jobs = [
            Job(
                numbers[0],
                self.tracks[numbers[0]].path.absolute(),
                self._known[numbers[0]].signature,
                self.plan,
                self._wanted(audio),
            )
            for audio, numbers in todo.items()
        ]
        done = len(self.tracks) - sum(map(len, todo.values()))
        progress(done, len(self.tracks))
        self._touch()
        work = Work(Extractor, (self.source,), LIMITS)
        results = run_tasks(work, jobs, processes, result_of)
        writer = ExtractWriter(
            self.index, self.segment_bytes, self._look_up, lambda: self.evict(self._segments())
        )
        with writer, closing(results):
            for result in results:
                audio = self._known[result.number].audio
                if result.failure is not None:
                    self._fail(todo[audio], result.failure)
                else:
                    keys = [self._key(audio, extract.variant, extract.input) for extract in result.extracts]
                    writer.write(audio, dict(zip(keys, result.extracts, strict=True)))
                done += len(todo[audio])
                progress(done, len(self.tracks))

    def _fail(self, numbers: Sequence[int], failure: AudioError) -> None:
        for number in numbers:
            self._failures[number] = failure.about(self.tracks[number].path)

    # --- the result ---

    def _assembled(self, asked: dict[str, str], computed: int) -> FeatureTable:
        rows: list[tuple[int, int, int, float, float]] = []
        arrays: dict[str, list[Floats]] = {name: [] for name in self.names}
        for number, identity in sorted(self._known.items()):
            if number in self._failures:
                continue
            for variant, change in enumerate(self.variants):
                records = {
                    name: self.verified[self._key(identity.audio, change.key, name)] for name in self.names
                }
                pieces = next(iter(records.values())).pieces if records else ()
                rows += [(number, variant, n, p.start_s, p.end_s) for n, p in enumerate(pieces)]
                for name, record in records.items():
                    arrays[name] += self._arrays(record)
        columns = list(zip(*rows, strict=True)) or [()] * 5
        return FeatureTable(
            tracks=self.tracks,
            variants=tuple(variant.key for variant in self.variants),
            track=np.array(columns[0], dtype=np.intp),
            variant=np.array(columns[1], dtype=np.intp),
            excerpt=np.array(columns[2], dtype=np.intp),
            start_s=np.array(columns[3], dtype=np.float64),
            end_s=np.array(columns[4], dtype=np.float64),
            failures=tuple((self.tracks[n], error) for n, error in sorted(self._failures.items())),
            computed=computed,
            _arrays=arrays,
            _names=asked,
            checksums=tuple(
                self._known[n].audio if n in self._known else "" for n in range(len(self.tracks))
            ),
        )

    def _arrays(self, record: Record) -> list[Floats]:
        arrays, place = [], record.start
        for piece in record.pieces:
            place = aligned(place)
            arrays.append(self._maps.array(record.segment, place, piece.shape))
            place += 4 * int(np.prod(piece.shape))
        return arrays
