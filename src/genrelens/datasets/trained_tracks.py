"""Which tracks a bundle was trained on: short digests in its manifest, looked up before it is measured.

A track is recognised by the checksum of its file's bytes, or by its name: GTZAN's own (`blues.00000`), else
the collection, the genre, the folder and the file's name without suffix, so that a file whose tags were
edited is recognised. A recording that was both encoded anew and renamed is not. Bundles from before these
digests hold one hash of the whole list: only exactly the same list is recognised.

Digests are 64 bits each, sorted and concatenated in Base64: 11 bytes a track and kind. With ten thousand
tracks on either side, a wrong match is expected in one comparison of a hundred thousand.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genrelens.datasets.checksums import checksum
from genrelens.datasets.dataset import DataSet, Track, genre_key, stem
from genrelens.errors import AudioError
from genrelens.evaluation.gtzan import COLLECTION, gtzan_track

BYTES = 8
CONTENTS, NAMES = "contents", "names"


def track_digests(tracks: Sequence[Track], checksums: Sequence[str]) -> dict[str, str]:
    """Digests of training tracks for a manifest, as texts.

    Args:
        tracks: that were trained on.
        checksums: of their files' bytes, as `checksums.checksum` gives them; "" where unknown.

    Example:
        >>> from pathlib import Path
        >>> kept = track_digests([Track("t", Path("/m/rock/t.mp3"), "rock")], ["ab" * 20])
        >>> kept["contents"]
        'q6urq6urq6s='
    """
    return {
        CONTENTS: _packed([bytes.fromhex(one)[:BYTES] for one in checksums if one]),
        NAMES: _packed([_name(track) for track in tracks]),
    }


@dataclass(frozen=True)
class TrainedTracks:
    """The tracks that a bundle was trained on, from its manifest.

    Args:
        contents: digests of files' bytes; None where none were kept.
        names: digests of names; None where none were kept.
        sha256: of the whole list of tracks, "" where it was not kept.
    """

    contents: frozenset[bytes] | None = None
    names: frozenset[bytes] | None = None
    sha256: str = ""

    @classmethod
    def of(cls, training: Mapping[str, Any]) -> TrainedTracks:
        """Reads a manifest's `training`, of any version; what is damaged counts as not kept."""
        kept, data = training.get("tracks"), training.get("data")
        kept = kept if isinstance(kept, Mapping) else {}
        sha256 = data.get("sha256") if isinstance(data, Mapping) else None
        return cls(_unpacked(kept.get(CONTENTS)), _unpacked(kept.get(NAMES)), str(sha256 or ""))

    def found_in(
        self, data: DataSet, progress: Callable[[int, int], None] = lambda done, total: None
    ) -> NDArray[np.bool_] | None:
        """(tracks,) whether each track was trained on; None where the manifest does not say.

        Args:
            data: the tracks; their files are read once.
            progress: called with files read, and how many there are.
        """
        if self.sha256 and self.sha256 == data.summary()["sha256"]:
            return np.ones(len(data), dtype=bool)
        if self.contents is None or self.names is None:
            return None
        contents, found = self.contents, []
        with ThreadPoolExecutor(4) as pool:
            for done, same in enumerate(pool.map(lambda t: _content(t) in contents, data.tracks)):
                found.append(same or _name(data.tracks[done]) in self.names)
                progress(done + 1, len(data))
        return np.array(found, dtype=bool)


def _content(track: Track) -> bytes:
    try:
        return bytes.fromhex(checksum(track.path)[0])[:BYTES]
    except AudioError:
        return b""


def _name(track: Track) -> bytes:
    known = gtzan_track(stem(track.path), track.genre)
    place = (track.collection or "", genre_key(track.genre), track.path.parent.name, stem(track.path))
    text = "\0".join(place if known is None else (COLLECTION, known.id))
    return hashlib.blake2b(text.encode("utf-8", "surrogateescape"), digest_size=BYTES).digest()


def _packed(digests: Sequence[bytes]) -> str:
    return base64.b64encode(b"".join(sorted(set(digests)))).decode()


def _unpacked(text: Any) -> frozenset[bytes] | None:
    if not isinstance(text, str):
        return None
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    if len(raw) % BYTES:
        return None
    return frozenset(raw[start : start + BYTES] for start in range(0, len(raw), BYTES))
