"""MP3, AAC, MP4, WMA, WebM and all else that FFmpeg decodes, read through PyAV.

Damaged packets are skipped and counted. A seek lands some way before the place asked for and the rest is
decoded and dropped, because many codecs need earlier packets; where seeking in a container is not reliable,
everything before the place is decoded and dropped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import cached_property
from itertools import chain
from typing import Any

import av

from genrelens.audio.decoding import (
    HIGHEST_DSD_RATE,
    HIGHEST_PCM_RATE,
    Block,
    NoSound,
    Refused,
    Stopped,
    plausible,
)
from genrelens.audio.ffmpeg_frames import PartResampler, gathered_blocks, planes_of
from genrelens.audio.frame_index import FrameIndex
from genrelens.audio.sources import ByteSource

"""Samples (over all channels) of a block, at least."""

PREROLL_S = 0.5
"""Seconds decoded before the place asked for: MP3 needs ten frames, Opus 80 ms, HE-AAC a few frames."""

FAR_S = 10
"""Seconds before the place asked for beyond which a second seek is tried, to land nearer."""

SLACK_S = 0.15
"""Seconds by which padding and coarse time stamps may shorten the declared length."""

PATIENCE = 1000
"""Failures in a row, without a decoded sample between them, after which decoding is given up."""

MOST_COUNTED = 10_000
"""Damaged packets beyond which counting stops."""

GUESSED_LENGTH = frozenset({"mp3", "aac", "ac3", "eac3", "dts", "loas", "amr", "mpeg", "mpegts", "flv"})
"""Containers whose length FFmpeg guesses from the bit rate, so that it declares nothing."""

MOST_PACKETS = 1_000_000
"""Packets (some hours) that are counted one by one; from there on the length is estimated from the bytes."""

SURE_PROPORTION = Fraction(99, 100)
"""Proportion of an estimated length within which there is sound even if the bit rate varies a little."""

MOST_UNREAD = 0.05
"""Proportion of the bytes of a long stream that may belong to no frame when its frames are counted. In a
shorter one there must be none, as decoding it shows better what can be read around damage."""

AV_DISPOSITION_DEFAULT = 1
"""FFmpeg's mark of the default one among streams of a kind."""


class FfmpegDecoder:
    """One recording, decoded by FFmpeg.

    Args:
        source: the bytes.
        container: FFmpeg's name of the container, so that nothing is guessed; or several names separated
            by commas, among which FFmpeg probes.
        declared: samples that the content declares where FFmpeg would only guess.
        searchable: whether seeking can be relied on; else what stands before is decoded and dropped.
        guessed: the length that FFmpeg reports is a guess.
        options: of FFmpeg's reader of the container.
        index_frames: finds the frames of a stream that has no table of contents.

    Raises:
        Refused: when FFmpeg does not know the content, finds no sound stream in it, or cannot decode
            any of it.
    """

    name = "ffmpeg"
    has_sound = True

    def __init__(
        self,
        source: ByteSource,
        container: str,
        declared: int | None = None,
        searchable: bool = True,
        guessed: bool = False,
        options: dict[str, str] | None = None,
        index_frames: Callable[[], FrameIndex | None] | None = None,
    ) -> None:
        self._source = source
        self._index_frames = index_frames
        self._format = container
        self._searchable = self.seeks = searchable
        self._guessed = guessed
        self._options = options or {}
        self._damaged: set[int] = set()
        self._untouched = self._settled = True
        self._container: Any = None
        self._open()
        try:
            self._read_properties(declared)
        except BaseException:
            self.close()
            raise

    def _open(self, begin: int = 0) -> None:
        """Open it from its first byte on, or as if it began later."""
        self._begin = begin
        self._opened = self._source.view(begin) if begin else self._source
        self._opened.seek(0)
        self._begin_s = Fraction(0)
        probing = "," in self._format
        try:
            self._container = av.open(
                self._opened,
                format=None if probing else self._format,
                container_options=self._options | ({"format_whitelist": self._format} if probing else {}),
                metadata_errors="ignore",
            )
        except (av.FFmpegError, ValueError) as error:
            raise Refused(_reason(error)) from error
        self._stream: Any = _default_stream(self._container.streams.audio)
        if self._stream is None:
            self.close()
            raise NoSound("it has no sound stream")
        self._untouched = self._settled = True

    def _reopen(self, begin: int = 0) -> None:
        self.close()
        self._open(begin)

    def _read_properties(self, declared: int | None) -> None:
        try:
            first = next(self._frames(), None)
        except Stopped as error:
            raise Refused(str(error)) from error
        if first is None:
            raise Refused("none of its packets can be decoded")
        self.sample_rate = int(first.sample_rate)
        self.channels = int(first.layout.nb_channels)
        plausible(self.sample_rate, self.channels, HIGHEST_DSD_RATE if self._is_dsd() else HIGHEST_PCM_RATE)
        self._origin = self._time(first) or Fraction(0)
        self._announced = declared if declared is not None else self._declared_by_container()
        self._guessed = declared is None and (self._guessed or self._container.format.name in GUESSED_LENGTH)
        self.slack = 1 << 62 if self._guessed else round(SLACK_S * self.sample_rate)
        self._reopen()

    @property
    def declared(self) -> int | None:
        """See `Decoder.declared`; frames that can be counted are better than a guess."""
        if self._guessed and self._index is not None:
            return round(self._index.samples * self._from_headers)
        return self._announced

    @cached_property
    def _index(self) -> FrameIndex | None:
        """Where the frames lie; None where gaps make it unreliable and decoding the stream is fast enough."""
        index = self._index_frames() if self._index_frames is not None else None
        if index is None or not index.gaps:
            return index
        long = index.frames >= MOST_PACKETS and index.unread < MOST_UNREAD * self._source.size
        return index if long else None

    @property
    def _from_headers(self) -> Fraction:
        """Decoded samples for each sample that frame headers declare: two in HE-AAC."""
        assert self._index is not None
        return Fraction(self.sample_rate, self._index.first.sample_rate)

    def _is_dsd(self) -> bool:
        """Whether samples of one bit are stored; FFmpeg turns each eight of them into one of many bits."""
        codec = str(self._stream.codec_context.name)
        if codec == "wavpack":
            return self._source.peek(0, 4) == b"wvpk" and bool(self._source.peek(27, 1)[0] & 0x80)
        return codec == "dst" or codec.startswith("dsd")

    def _declared_by_container(self) -> int | None:
        stream, container = self._stream, self._container
        seconds: Fraction
        if stream.duration and stream.duration > 0:
            seconds = stream.duration * stream.time_base
        elif container.duration and container.duration > 0:
            seconds = Fraction(container.duration, 1_000_000)
        else:
            return None
        return max(0, round(seconds * self.sample_rate) - self._opus_lead())

    def _opus_lead(self) -> int:
        """Samples at 48 kHz that an encoder of Opus puts before the sound; Ogg's times count them.

        Source: RFC 7845, section 5.1.
        """
        head = self._stream.codec_context.extradata or b""
        if self._container.format.name != "ogg" or head[:8] != b"OpusHead":
            return 0
        return int.from_bytes(head[10:12], "little")

    def _frames(self) -> Iterator[Any]:
        """Decoded frames from where the container stands; damaged packets are counted and left out.

        Raises:
            Stopped: after too many failures in a row.
        """
        failures = 0
        while failures < PATIENCE:
            try:
                for packet in self._container.demux(self._stream):
                    for frame in self._decoded(packet):
                        failures = 0
                        yield frame
                return
            except av.EOFError:
                return
            except (av.FFmpegError, ValueError, IndexError):  # IndexError: a stream that turned up late
                failures += 1
                self._note_damage(None)
        raise Stopped("too much of it in a row is damaged")

    def _decoded(self, packet: Any) -> list[Any]:
        try:
            return [frame for frame in packet.decode() if frame.samples]
        except av.EOFError:
            return []
        except (av.FFmpegError, ValueError):
            if self._settled:
                self._note_damage(packet.pos)
            return []

    def _note_damage(self, offset: int | None) -> None:
        """Count damage once, however often that part is decoded."""
        if len(self._damaged) < MOST_COUNTED:
            self._damaged.add(self._begin + (self._opened.tell() if offset is None else offset))

    def _time(self, frame: Any) -> Fraction | None:
        if frame.pts is None or frame.time_base is None:
            return None
        return self._begin_s + Fraction(frame.pts * frame.time_base)

    def blocks(self, start: int = 0) -> Iterator[Block]:
        """See `Decoder.blocks`."""
        yield from gathered_blocks(self._planes_from(start))

    def _planes_from(self, start: int) -> Iterator[Block]:
        """Short pieces of shape (channels, samples), the first of which begins at sample `start`."""
        frames, timed, place = self._frames_before(start)
        resampler: PartResampler | None = None
        for frame in frames:
            try:
                planes = planes_of(frame)
            except (av.FFmpegError, ValueError):  # channels that nothing can be made of
                self._note_damage(None)
                continue
            if frame.sample_rate != self.sample_rate or resampler is not None:
                if resampler is None or not resampler.takes(frame.sample_rate, len(planes)):
                    resampler = PartResampler(frame.sample_rate, self.sample_rate, len(planes))
                planes = resampler.resampled(planes)
            if place < start:
                if timed and (time := self._time(frame)) is not None:
                    place = round((time - self._origin) * self.sample_rate)
                skipped = min(planes.shape[1], max(0, start - place))
                place += skipped
                planes = planes[:, skipped:]
                self._settled = place >= start
            if planes.size:
                place += planes.shape[1]
                yield planes

    def _frames_before(self, start: int) -> tuple[Iterator[Any], bool, int]:
        """Frames from some way before sample `start`; whether their times show where they lie; and, if not,
        the sample with which the first one begins."""
        if start and self._searchable:
            if self._index is not None:
                return self._frames_in(self._index, start)
            if (found := self._sought(start)) is not None:
                return found, True, 0
        if start or not self._untouched:
            self._reopen()
        self._untouched = False
        return self._frames(), False, 0

    def _frames_in(self, index: FrameIndex, start: int) -> tuple[Iterator[Any], bool, int]:
        """The same for a stream whose frames are known, opened as if it began shortly before."""
        wanted = (Fraction(start, self.sample_rate) + self._origin) * index.first.sample_rate
        place = index.place_before(int(wanted), self._source)
        try:
            self._reopen(place.offset)
        except Refused as refusal:
            raise Stopped(str(refusal)) from refusal
        self._untouched = self._settled = False
        self._begin_s = Fraction(place.samples, index.first.sample_rate)
        begin = round((self._begin_s - self._origin) * self.sample_rate)
        return self._frames(), index.single, begin

    def _sought(self, start: int) -> Iterator[Any] | None:
        """Frames from a seek that landed before sample `start`, or None."""
        wanted = Fraction(start, self.sample_rate) + self._origin
        for attempt in range(2):
            was_untouched = self._untouched
            self._untouched = self._settled = False
            try:
                target = int((wanted - Fraction(PREROLL_S)) / self._stream.time_base)
                self._container.seek(target, stream=self._stream)
                frames = self._frames()
                first = next(frames, None)
            except (av.FFmpegError, ValueError, Stopped):
                return None
            if first is None or (time := self._time(first)) is None or time > wanted:
                return None
            if wanted - time < FAR_S or was_untouched or attempt:
                break
            # FFmpeg drops entries from its index of a long stream, the first ones first
            self._reopen()
        return chain([first], frames)

    def count(self) -> int | None:
        """See `Decoder.count`; reading the times of packets is much cheaper than decoding them."""
        if self._index is not None:
            return round(self._index.samples * self._from_headers)
        self._reopen()
        self._untouched = False
        end: Fraction | None = None
        try:
            for number, packet in enumerate(self._container.demux(self._stream)):
                if number >= MOST_PACKETS and end is not None and packet.pos:
                    seconds = SURE_PROPORTION * (end - self._origin) * self._source.size / int(packet.pos)
                    return int(seconds * self.sample_rate)
                if packet.pts is not None and packet.time_base is not None:
                    end = Fraction((packet.pts + (packet.duration or 0)) * packet.time_base)
        except (av.FFmpegError, ValueError, IndexError):
            return None
        return None if end is None else max(0, round((end - self._origin) * self.sample_rate))

    @property
    def remarks(self) -> list[str]:
        """See `Decoder.remarks`."""
        count = len(self._damaged)
        if not count:
            return []
        packets = "1 packet" if count == 1 else f"{count} packets"
        return [f"damaged: {packets} could not be decoded and were left out"]

    def close(self) -> None:
        """See `Decoder.close`."""
        if self._container is not None:
            self._container.close()
            self._container = None


def _default_stream(streams: Any) -> Any:
    """Of several sound streams the one that players take: the first that is marked as the default."""
    decodable = [stream for stream in streams if stream.codec_context is not None]
    default = (stream for stream in decodable if stream.disposition.value & AV_DISPOSITION_DEFAULT)
    return next(default, decodable[0] if decodable else None)


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
