"""Samples out of the frames that FFmpeg decodes, through PyAV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import av
import numpy as np
import soxr

from genrelens.audio.decoding import BLOCK, Block, Refused, Stopped, plausible

MOST_PLANES = 7
"""Most planes of a frame that are read directly: with eight, PyAV reads beyond the end of the list of planes
and takes what lies there for sound."""

_FULL_SCALE = {"u8": 128.0, "s16": 32768.0, "s32": 2147483648.0, "s64": 9223372036854775808.0}


class PartResampler:
    """Resamples a part of a stream whose rate differs from that of the beginning."""

    def __init__(self, rate: int, wanted: int, channels: int) -> None:
        try:
            plausible(rate, channels)
        except Refused as error:
            raise Stopped(str(error)) from error
        self._key = rate, channels
        self._resampler = soxr.ResampleStream(rate, wanted, channels, dtype="float32", quality="HQ")

    def takes(self, rate: int, channels: int) -> bool:
        """Whether sound of that rate and number of channels belongs to the same part."""
        return (rate, channels) == self._key

    def resampled(self, planes: Block) -> Block:
        """Samples of shape (channels, samples) at the rate of the beginning."""
        resampled: Block = self._resampler.resample_chunk(np.ascontiguousarray(planes.T, np.float32))
        return resampled.reshape(-1, self._key[1]).T


def planes_of(frame: Any) -> Block:
    """Samples of a frame, (channels, samples), as floats with full scale at 1."""
    if frame.format.is_planar and frame.layout.nb_channels > MOST_PLANES:
        return _interleaved(frame)
    array: Block = frame.to_ndarray()
    planes = array if frame.format.is_planar else array.reshape(int(frame.samples), -1).T
    if planes.dtype.kind == "f":
        return planes
    kind = frame.format.name.rstrip("p")
    offset = np.float32(128 if kind == "u8" else 0)
    return (planes.astype(np.float32) - offset) / np.float32(_FULL_SCALE[kind])


def _interleaved(frame: Any) -> Block:
    """The same for frames of more planes than PyAV can count."""
    packed = av.AudioResampler(format="flt", layout=frame.layout, rate=frame.sample_rate).resample(frame)
    return np.concatenate([part.to_ndarray().reshape(int(part.samples), -1) for part in packed]).T


def gathered_blocks(pieces: Iterable[Block]) -> Iterator[Block]:
    """Blocks (samples, channels) of about `BLOCK` numbers, of short pieces (channels, samples).

    Where the number of channels changes a new block begins.

    Example:
        >>> [block.shape for block in gathered_blocks([np.zeros((1, 3)), np.zeros((2, 4)), np.zeros((2, 1))])]
        [(3, 1), (5, 2)]
    """
    gathered: list[Block] = []
    size = 0
    for piece in pieces:
        if gathered and (size >= BLOCK or len(piece) != len(gathered[0])):
            yield np.concatenate(gathered, axis=1).T
            gathered, size = [], 0
        gathered.append(piece)
        size += piece.size
    if gathered:
        yield np.concatenate(gathered, axis=1).T
