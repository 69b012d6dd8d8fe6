"""What is known about a pretrained network before it is loaded: one shape for all entries of the registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genrelens.features.signal import Floats

Arrays = Mapping[str, NDArray[np.generic]]


@dataclass(frozen=True)
class Upstream:
    """The file that a network's authors published, pinned by commit and checksum."""

    repository: str
    """`owner/name` on GitHub."""
    commit: str
    path: str
    size: int
    """Bytes."""
    sha256: str
    elsewhere: tuple[str, ...] = ()
    """Addresses of further copies of the same bytes, to be used when the first is gone."""

    def url(self, base: str) -> str:
        """Where the file lies under a server that is laid out as BASE/REPOSITORY/COMMIT/PATH.

        Example:
            >>> Upstream("me/net", "abc123", "models/best.pth", 10, "00").url("https://example.org/")
            'https://example.org/me/net/abc123/models/best.pth'
        """
        return "/".join([base.rstrip("/"), self.repository, self.commit, self.path])


@dataclass(frozen=True)
class EncoderSpec:
    """One pretrained network: what goes in, what comes out, whose it is, how it is built."""

    name: str
    sample_rate: int
    """Samples per second of the mono signal that goes in."""
    outputs: Mapping[str, int]
    """Name and width of each vector it gives for a signal."""
    licence: str
    """SPDX name of the licence of the weights."""
    notice: str
    """Copyright line that goes with every copy of the weights."""
    source: str
    """Where the weights come from, in words."""
    archive: str
    """Name of the file of named arrays that a weights folder holds."""
    read_tag_names: Callable[[], tuple[str, ...]]
    windows: Callable[[Floats, int | None], Iterator[Floats]]
    """Front end: power spectra of the windows that the network is applied to, in batches (n, frames, bins).

    The second argument is the hop between windows in frames; None is the network's own way, which covers
    the signal.
    """
    largest: tuple[int, int]
    """Windows in the largest batch that the front end gives, and frames in the longest of its windows."""
    build: Callable[[Arrays], bytes]
    """The ONNX file made from the named arrays."""
    pool: Callable[[Mapping[str, Floats]], dict[str, Floats]]
    """One vector per output from the per-window results (n, width)."""
    upstream: Upstream | None = None
    """The file that is fetched; None for a network that the package carries."""
    convert: Callable[[Path], dict[str, Floats]] | None = None
    """Named arrays from the fetched file."""
    converted_sha256: str = ""
    """Of the ONNX file that the fetched file becomes; what the cache holds is compared with it."""

    @property
    def tag_names(self) -> tuple[str, ...]:
        """What each number of the output `tags` is the probability of."""
        return self.read_tag_names()

    @property
    def metadata(self) -> dict[str, str]:
        """Texts that are kept inside the ONNX file, so that the notice travels with the weights."""
        return {
            "encoder": self.name,
            "licence": self.licence,
            "notice": self.notice,
            "source": self.source,
        }
