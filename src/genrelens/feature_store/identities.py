"""Checksums of tracks: from the index while a file is unchanged, else computed from its bytes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from genrelens.datasets.checksums import Signature, checksum, is_settled, signature, unreadable
from genrelens.datasets.dataset import Track
from genrelens.errors import AudioError
from genrelens.feature_store.index import StoreIndex


@dataclass(frozen=True)
class Identity:
    """A recording's checksum, and what its file looked like when it was taken."""

    audio: str
    signature: Signature


@dataclass(frozen=True)
class Identities:
    """By the tracks' numbers: identities of those that could be read, errors of the others."""

    known: dict[int, Identity]
    failures: dict[int, AudioError]


def identify(tracks: Sequence[Track], index: StoreIndex, threads: int) -> Identities:
    """Computes checksums and stores them in the index; only new and changed files are read.

    Raises:
        OSError, sqlite3.Error: the index cannot be written.
    """
    known: dict[int, Identity] = {}
    failures: dict[int, AudioError] = {}
    settled: set[int] = set()

    def read(number: int) -> None:
        begun = time.time_ns()
        try:
            known[number] = Identity(*checksum(tracks[number].path))
        except AudioError as error:
            failures[number] = error
        else:
            if is_settled(known[number].signature, begun):
                settled.add(number)

    for number, track in enumerate(tracks):
        try:
            present = signature(track.path)
        except OSError as error:
            failures[number] = unreadable(track.path, error)
            continue
        audio = index.known_checksum(track.path.absolute(), present)
        if audio is not None:
            known[number] = Identity(audio, present)
    unread = [number for number in range(len(tracks)) if number not in known and number not in failures]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(read, unread))
    index.remember_files(
        [(tracks[n].path.absolute(), known[n].signature, known[n].audio) for n in sorted(settled)],
        sorted({(tracks[n].collection or "(no name)", identity.audio) for n, identity in known.items()}),
    )
    return Identities(known, failures)
