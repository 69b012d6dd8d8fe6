"""The length that a file declares, and whether it is possible.

Sizes in headers are written first and may never be corrected (recording to a pipe, a crash, a broken
tool), and files are cut in transfer. Decoders trust headers to different degrees, so sizes are checked here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from genrelens.audio.chunk_counting import count_chunks
from genrelens.audio.mp4 import NotPossible, follow_edits
from genrelens.audio.mpeg import announced_samples, ends_within_frame, find_chain
from genrelens.audio.ogg import ends_within_page
from genrelens.audio.riff import TooManyChunks, true_layout, with_right_header
from genrelens.audio.sniffing import WINDOW, Kind
from genrelens.audio.sources import ByteSource

TAIL = 1 << 14
"""Bytes at the end that are read: several frames or pages of any codec."""


@dataclass(frozen=True)
class DeclaredLength:
    """What is known of the length before anything is decoded.

    Attributes:
        source: the bytes to decode, behind a correct header where theirs is wrong.
        samples: samples declared, where the decoder does not find them; else None.
        cut: the file ends within a frame or page.
        container: FFmpeg's name of the container, where `source` has got another header than the content.
        refusal: why no decoder should get it; else empty.
        guessed: the length that FFmpeg reports is a guess.
        options: of FFmpeg's reader of the container.
        frames_end: where the frames end in a stream that declares no length; None for all else.
    """

    source: ByteSource
    samples: int | None = None
    cut: bool = False
    container: str = ""
    refusal: str = ""
    guessed: bool = False
    options: dict[str, str] = field(default_factory=dict)
    frames_end: int | None = None


def declared_length(source: ByteSource, kind: Kind) -> DeclaredLength:
    """Read the length that content of that kind declares."""
    if kind.name in ("MP3", "AAC"):
        return _of_frames(source, kind)
    if kind.container == "ogg":
        return DeclaredLength(source, cut=ends_within_page(source.peek(source.size - (TAIL << 2), TAIL << 2)))
    if kind.container in ("wav", "w64"):
        return _of_riff(source)
    if kind.container == "mp4":
        try:
            return DeclaredLength(source, options={} if follow_edits(source) else {"ignore_editlist": "1"})
        except NotPossible as error:
            return DeclaredLength(source, refusal=str(error))
    if kind.container in ("aiff", "iff", "avi"):
        try:
            count_chunks(source)
        except TooManyChunks as error:
            return DeclaredLength(source, refusal=str(error))
    if kind.container == "asf":
        return DeclaredLength(source, guessed=_is_live_asf(source.peek(0, WINDOW)))
    return DeclaredLength(source)


def _is_live_asf(head: bytes) -> bool:
    """Whether the header of an ASF was written before its length was known.

    Source: the ASF specification, section 3.2 (File Properties Object: play duration, broadcast flag).
    """
    at = head.find(bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365"))
    return at >= 0 and (
        not any(head[at + 64 : at + 72]) or bool(head[at + 88 : at + 89] > b"" and head[at + 88] & 1)
    )


def _of_frames(source: ByteSource, kind: Kind) -> DeclaredLength:
    head = source.peek(0, WINDOW)
    found = find_chain(head, whole=len(head) == source.size)
    samples = announced_samples(head, *found) if found and kind.name == "MP3" else None
    end = _before_tags(source)
    cut = ends_within_frame(source.peek(max(0, end - TAIL), min(end, TAIL)))
    return DeclaredLength(source, samples, cut, frames_end=end if samples is None else None)


def _before_tags(source: ByteSource) -> int:
    """Where the sound ends and the tags behind it (ID3v1, Lyrics3, APE) begin."""
    end = source.size
    if source.peek(end - 128, 3) == b"TAG":
        end -= 128
    if source.peek(end - 9, 9) == b"LYRICS200":
        digits = source.peek(end - 15, 6)
        end -= 15 + int(digits) if digits.isdigit() else 0
    footer = source.peek(end - 32, 32)
    if footer[:8] == b"APETAGEX":
        end -= int.from_bytes(footer[12:16], "little")
        end -= 32 if footer[23] & 0x80 else 0
    return max(0, end)


def _of_riff(source: ByteSource) -> DeclaredLength:
    try:
        layout = true_layout(source)
    except TooManyChunks as error:
        return DeclaredLength(source, refusal=str(error))
    if layout is None or layout.right:
        return DeclaredLength(source)
    return DeclaredLength(with_right_header(source, layout), container="wav")
