"""One decoding of a file for everything that `check` needs of it.

Conventions: levels in decibels relative to full scale, frequencies in hertz, times in seconds. A file that
cannot be read is no exception here but a `ScannedFile` with its problem: a check goes on to the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

import av
import numpy as np
import soxr
from numpy.typing import NDArray

from genrelens.audio import Excerpt, open_recording
from genrelens.audit.fingerprint import RATE, Fingerprint, fingerprint
from genrelens.errors import AudioError
from genrelens.features.spectrum import hann, power_frames
from genrelens.processes.gathering import LOOK_AHEAD, gathered
from genrelens.processes.threads import Threads

Floats = NDArray[np.float32]
Embed = Callable[[Excerpt], Floats]

LONGEST_S = 900.0
EMBEDDED_EXCERPTS = 3
_PIECE_S = 30.0
_SPECTRUM = 4096
_AUDIBLE_DB = 75.0
_RATED = ("mp3", "aac", "wma", "mp2", "ac3")


@dataclass(frozen=True)
class SourceProperties:
    """Technical properties of a recording's file and signal.

    Args:
        codec: as FFmpeg names it, with the container: `mp3/mp3`, `vorbis/ogg`.
        sample_rate: in hertz.
        channels: how many.
        bit_rate: in steps of 16 kbit/s; 0 for codecs whose rate follows the music.
        duration_s: in whole seconds.
        bandwidth_hz: the highest frequency within 75 dB of the strongest, in the mean spectrum.
        cliff_hz: where the mean spectrum falls most steeply above 2 kHz, as encoders' low-passes make it.
        cliff_db: how far it falls there within 400 Hz.
        level_db: mean power.
        peak_db: the largest sample.
        offset: mean of the samples over their deviation.
    """

    codec: str
    sample_rate: int
    channels: int
    bit_rate: float
    duration_s: float
    bandwidth_hz: float
    cliff_hz: float
    cliff_db: float
    level_db: float
    peak_db: float
    offset: float


@dataclass(frozen=True, eq=False)
class ScannedFile:
    """One file, decoded once.

    Args:
        path: as given.
        digest: sha256 of its bytes, "" if it could not be opened.
        problem: why it could not be decoded, or None.
        warnings: what was wrong though it could be decoded: truncated, clipped, silent.
        print: its fingerprint.
        properties: technical properties, which can reveal the source of a recording.
        embedding: mean over its first excerpts of what the given encoder computes, or None.
    """

    path: Path
    digest: str = ""
    problem: str | None = None
    warnings: tuple[str, ...] = ()
    print: Fingerprint | None = None
    properties: SourceProperties | None = None
    embedding: Floats | None = None


def scan_file(path: Path, embed: Embed | None = None) -> ScannedFile:
    """Decodes a file once, up to `LONGEST_S`, and measures it.

    Args:
        path: of the file.
        embed: from an excerpt to a vector, for batch leaks and doubtful labels.
    """
    try:
        digest = sha256(path.read_bytes()).hexdigest()
    except OSError:
        digest = ""
    try:
        with open_recording(path) as recording:
            vectors: list[Floats] = []
            pieces: list[Floats] = []
            filled = 0
            for excerpt in recording.excerpts(count="all", length_s=_PIECE_S):
                if embed is not None and len(vectors) < EMBEDDED_EXCERPTS and not excerpt.is_silent:
                    vectors.append(embed(excerpt))
                # the last excerpt reaches back into the one before it
                known = max(filled - round(excerpt.start_s * excerpt.sample_rate), 0)
                pieces.append(excerpt.samples[known:])
                filled += len(pieces[-1])
                if filled >= LONGEST_S * excerpt.sample_rate:
                    break
            rate, channels, warnings = recording.sample_rate, recording.channels, tuple(recording.warnings)
            decoder = recording.decoder
    except AudioError as error:
        return ScannedFile(path, digest, problem=f"{error.kind}: {error.reason}")
    samples = np.concatenate(pieces) if pieces else np.zeros(1, np.float32)
    return ScannedFile(
        path,
        digest,
        warnings=warnings,
        print=fingerprint(samples if rate == RATE else soxr.resample(samples, rate, RATE).astype(np.float32)),
        properties=measure_properties(samples, rate, channels, *file_codec(path, decoder)),
        embedding=np.mean(vectors, axis=0).astype(np.float32) if vectors else None,
    )


def scan_files(paths: Sequence[Path], embed: Embed | None = None, jobs: int = 1) -> Iterator[ScannedFile]:
    """`scan_file` for many files, several at a time, in their order."""
    if jobs <= 1:
        yield from (scan_file(path, embed) for path in paths)
        return
    threads = Threads(jobs)
    try:
        yield from gathered(
            paths,
            lambda path: threads.submit(partial(scan_file, embed=embed), path),
            lambda path, future: future.result(),
            threads.cancel,
            LOOK_AHEAD * jobs,
        )
    finally:
        threads.close()


def file_codec(path: Path, decoder: str) -> tuple[str, float]:
    """Codec and container as FFmpeg names them, and kbit/s in steps of 16.

    The decoder's name stands in where FFmpeg knows neither; the rate is 0 for all but `_RATED` codecs.
    """
    try:
        with av.open(str(path)) as container:
            stream = container.streams.audio[0]
            name = f"{stream.codec_context.name}/{container.format.name.split(',')[0]}"
            rated = stream.codec_context.name.startswith(_RATED)
            return name, round((container.bit_rate or 0) / 16000) * 16.0 if rated else 0.0
    except (av.FFmpegError, IndexError, OSError, ValueError):
        return decoder, 0.0


def measure_properties(
    samples: Floats, rate: int, channels: int, codec: str, bit_rate: float
) -> SourceProperties:
    """Bandwidth, level and offset of mono samples, together with what is known of their file.

    Example:
        >>> noise = np.random.default_rng(0).standard_normal(22050 * 3).astype(np.float32) * 0.1
        >>> properties = measure_properties(noise, 22050, 1, "pcm_s16le/wav", 353)
        >>> round(properties.level_db), properties.bandwidth_hz > 10500
        (-20, True)
    """
    spectrum = power_frames(samples, _SPECTRUM, _SPECTRUM, hann(_SPECTRUM), None).mean(
        axis=0, dtype=np.float64
    )
    decibels = 10 * np.log10(spectrum / max(spectrum.max(), 1e-30) + 1e-12)
    hertz = rate / _SPECTRUM
    width = max(1, round(400 / hertz))
    smooth = np.convolve(decibels, np.ones(width // 4 + 1) / (width // 4 + 1), mode="same")
    first = min(round(2000 / hertz), len(smooth) - width - 1)
    fall = smooth[max(first, 0) : -width] - smooth[max(first, 0) + width :]
    steepest = int(np.argmax(fall)) if len(fall) else 0
    deviation = float(samples.std(dtype=np.float64))
    return SourceProperties(
        codec=codec,
        sample_rate=rate,
        channels=channels,
        bit_rate=bit_rate,
        duration_s=float(round(len(samples) / rate)),
        bandwidth_hz=float(np.flatnonzero(decibels > -_AUDIBLE_DB).max(initial=0) * hertz),
        cliff_hz=float((max(first, 0) + steepest + width / 2) * hertz),
        cliff_db=float(fall[steepest]) if len(fall) else 0.0,
        level_db=float(10 * np.log10(np.mean(np.square(samples, dtype=np.float64)) + 1e-12)),
        peak_db=float(20 * np.log10(np.abs(samples).max() + 1e-6)),
        offset=float(samples.mean(dtype=np.float64)) / (deviation + 1e-9),
    )
