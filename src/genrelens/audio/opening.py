"""Opens a recording that is given as a path, a file object or an array."""

from __future__ import annotations

import os
from typing import Any

from genrelens.audio.arrays import ArrayDecoder
from genrelens.audio.declared_length import declared_length
from genrelens.audio.decoder_fallback import DecoderFallback
from genrelens.audio.decoding import Samples
from genrelens.audio.readers import openers_of
from genrelens.audio.recording import Recording
from genrelens.audio.resampling import resample
from genrelens.audio.sniffing import sniff
from genrelens.audio.sources import LONGEST_PATH, open_path, open_stream, path_of
from genrelens.errors import NotAudio, SourceError, brief, shown

ARRAY_NAME = "<array>"


def open_recording(source: Any, name: str | None = None) -> Recording:
    """Open a recording.

    Args:
        source: a path (str, bytes, path object), a binary file object (read from its beginning if it can
            seek, and left open), or `(samples, sample_rate)` with samples of shape (n,) or (n, channels):
            an array, a tensor or a list, scaled as `ArrayDecoder` says. Bytes are a path; the content of a
            file goes into `io.BytesIO`.
        name: its name in messages and results; the path by default.

    Raises:
        MissingFile, NotAFile, NoPermission, EmptyFile, NotAudio, DecodeFailed: as their names say.
        AudioError: an array that holds no sound.
        SourceError: none of these; a `TypeError`.

    Example:
        >>> import numpy as np
        >>> tone = np.sin(np.arange(40 * 8000) / 5)
        >>> with open_recording((tone, 8000), name="tone") as recording:
        ...     [(e.start_s, e.end_s) for e in recording.excerpts()]
        [(0.0, 30.0), (10.0, 40.0)]
    """
    if isinstance(source, tuple) and len(source) == 2:
        name = name or ARRAY_NAME
        samples, rate = source
        array = ArrayDecoder(samples, rate, name)
        return Recording(name, None, DecoderFallback(name, [lambda: array], True, []))
    if isinstance(source, str | bytes | os.PathLike):
        path = path_of(source)
        name = name or brief(shown(source), LONGEST_PATH)
        opened = open_path(source, name)
    elif hasattr(source, "read"):
        path = None
        name = name or stream_name(source)
        opened = open_stream(source, name, lambda beginning: sniff(beginning).is_sound)
    else:
        raise no_recording(source)
    try:
        kind = sniff(opened)
        if not kind.is_sound:
            raise NotAudio(name, f"holds {kind.name}, not sound; check the file")
        declared = declared_length(opened.view(kind.origin), kind)
        decoders = DecoderFallback(name, openers_of(declared, kind), kind.is_known, opened.failures)
        return Recording(name, path, decoders, opened, declared.cut)
    except BaseException:
        opened.close()
        raise


def read_mono(source: Any, rate: int, start_s: float = 0.0, duration_s: float | None = None) -> Samples:
    """A part of a recording, mono, at the rate asked for.

    Args:
        source: as for `open_recording`.
        rate: Hz.
        start_s: where it begins, seconds.
        duration_s: its length, seconds; None for all the rest.

    Returns:
        float32, shape (n,); shorter than asked where the recording ends before, empty beyond its end.

    Raises:
        AudioError: as `open_recording`.

    Example:
        >>> import numpy as np
        >>> read_mono((np.ones((44100, 2), np.int16), 44100), 22050).shape
        (22050,)
    """
    with open_recording(source) as recording:
        return resample(recording.read(start_s, duration_s), recording.sample_rate, rate)


def no_recording(source: Any) -> SourceError:
    """The error for an object that is neither a path nor a file object nor an array with its rate."""
    what = f"a tuple of {len(source)}" if isinstance(source, tuple) else type(source).__name__
    wrap = ", in io.BytesIO" if isinstance(source, bytearray | memoryview) else ""
    return SourceError(
        f"{what} is no recording; give a path, a binary file object{wrap} or (samples, sample_rate)"
    )


def stream_name(stream: Any) -> str:
    """The name of a file object in messages: its own, if it has one."""
    name = getattr(stream, "name", None)
    return shown(name) if isinstance(name, str | bytes) else "<stream>"
