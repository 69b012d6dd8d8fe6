"""MP3 and AAC that announce no length: how long they are, and going to a place in them, by their headers."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genrelens.audio import ffmpeg, open_recording
from genrelens.audio.frame_index import index_frames
from genrelens.audio.mpeg import frame_header
from genrelens.audio.sources import ByteSource

from .conftest import Maker, Sound, lag_and_likeness, music

SECONDS = 95.0
PLACES = (0.01, 3.3, 50.123, 79.2, 91.9)
Streams = dict[str, bytes]


def frames_of(content: bytes) -> list[bytes]:
    """The frames of MP3 or ADTS, cut one by one, without an information frame."""
    at = next(i for i in range(len(content)) if frame_header(content, i))
    frames = []
    while (header := frame_header(content, at)) is not None:
        frames.append(content[at : at + header.size])
        at += header.size
    return [frame for frame in frames if b"Xing" not in frame[:64] and b"Info" not in frame[:64]]


def with_two_blocks(frames: list[bytes]) -> bytes:
    """Frames of ADTS with two blocks of samples in each, instead of one."""
    joined = []
    for one, other in zip(frames[::2], frames[1::2], strict=False):
        size = len(one) + len(other) - 7
        head = bytearray(one[:7])
        head[3] = head[3] & ~3 | size >> 11
        head[4] = size >> 3 & 255
        head[5] = (size & 7) << 5 | head[5] & 31
        head[6] = head[6] & ~3 | 1
        joined.append(bytes(head) + one[7:] + other[7:])
    return b"".join(joined)


def encoded(
    folder: Path, codec: str, container: str, rate: int, channels: int, seconds: float
) -> list[bytes]:
    """Frames of a codec; AAC without noise that decoders make up, so that decoding twice gives the same."""
    path = folder / f"{codec}{rate}{channels}.{container}"
    with av.open(str(path), "w", format=container) as file:
        options = {"aac_pns": "0"} if codec == "aac" else {}
        stream = file.add_stream(codec, rate=rate, options=options)
        stream.codec_context.bit_rate = 128_000 if rate > 24000 else 32_000
        layout = "stereo" if channels == 2 else "mono"
        stream.codec_context.layout = layout
        resampler = av.AudioResampler(format=stream.codec_context.format, layout=layout, rate=rate)
        sound = music(seconds, rate, channels).reshape(-1, channels)
        for at in range(0, len(sound), 4096):
            packed = np.ascontiguousarray(sound[at : at + 4096]).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
            frame.sample_rate, frame.pts = rate, at
            for ready in resampler.resample(frame):
                file.mux(stream.encode(ready))
        file.mux(stream.encode(None))
    return frames_of(path.read_bytes())


@pytest.fixture(scope="module")
def streams(sound_file: Maker, tmp_path_factory: pytest.TempPathFactory) -> Streams:
    folder = tmp_path_factory.mktemp("streams")
    aac = encoded(folder, "aac", "adts", 44100, 1, SECONDS)
    stereo = encoded(folder, "aac", "adts", 44100, 2, 3.0)
    cbr = frames_of(sound_file("cbr.mp3", SECONDS).read_bytes())
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, 32, 0]) + bytes(4096)
    ape = b"APETAGEX" + (2000).to_bytes(4, "little") + (64).to_bytes(4, "little") + bytes(16)
    return {
        "aac": b"".join(aac),
        "aac behind a tag": tag + b"".join(aac) + b"TAG" + bytes(125),
        "aac with an APE tag": b"".join(aac) + bytes(32) + ape,
        "aac that turns stereo": b"".join(aac[:2000] + stereo + aac[2000:]),
        "aac in frames of two blocks": with_two_blocks(aac),
        "aac of both kinds": with_two_blocks(aac[:1001])
        + b"".join(aac[1001:2500])
        + with_two_blocks(aac[2500:]),
        "aac that is cut": b"".join(aac)[:-40],
        "mp3": b"".join(cbr),
        "mp3 of variable rate": b"".join(frames_of(sound_file("mp3", SECONDS).read_bytes())),
        "mp3 at half the rate": b"".join(encoded(folder, "libmp3lame", "mp3", 22050, 1, SECONDS)),
        "mp2": b"".join(encoded(folder, "mp2", "mp2", 44100, 2, SECONDS)),
    }


NAMES = (
    "aac",
    "aac behind a tag",
    "aac with an APE tag",
    "aac that turns stereo",
    "aac in frames of two blocks",
    "aac of both kinds",
    "aac that is cut",
    "mp3",
    "mp3 of variable rate",
    "mp3 at half the rate",
    "mp2",
)


def decoded(content: bytes) -> int:
    """Samples that FFmpeg makes of it from the first byte on."""
    count = 0
    with av.open(io.BytesIO(content)) as container:
        for packet in container.demux(container.streams.audio[0]):
            try:
                count += sum(frame.samples for frame in packet.decode())
            except av.FFmpegError:
                continue
    return count


@pytest.mark.parametrize("name", NAMES)
def test_as_long_as_it_is_decoded(streams: Streams, name: str) -> None:
    with open_recording(io.BytesIO(streams[name])) as recording:
        whole = recording.read()
    with open_recording(io.BytesIO(streams[name])) as recording:
        length = round(recording.duration_s * recording.sample_rate)
        assert recording._decoder._index is not None  # type: ignore[attr-defined]
        counted = recording._decoder.count()
    assert length == len(whole)
    assert counted == pytest.approx(length, abs=3000)
    assert length == pytest.approx(decoded(streams[name]), abs=3000)
    assert length / recording.sample_rate >= SECONDS - 0.05


@pytest.mark.parametrize("name", NAMES)
def test_a_place_is_gone_to_without_what_lies_before(streams: Streams, name: str) -> None:
    with open_recording(io.BytesIO(streams[name])) as recording:
        rate = recording.sample_rate
        whole = recording.read()
        for start_s in PLACES:
            part = recording.read(start_s, 2.0)
            at = round(start_s * rate)
            # FFmpeg adds a little noise, ever another, to what it decodes of layer II
            noise = 2 / 32768 if name == "mp2" else 0
            np.testing.assert_allclose(part, whole[at : at + 2 * rate], rtol=0, atol=noise)


def test_joined_files_with_information_frames_in_the_middle(sound_file: Maker) -> None:
    one = sound_file("cbr.mp3", 10.0).read_bytes()
    content = b"".join(frames_of(one)) + one[one.index(b"\xff\xfb") :] * 14
    with open_recording(io.BytesIO(content)) as recording:
        whole, rate = recording.read(), recording.sample_rate
        for start_s in (20.5, 61.7, 100.0, 141.0):
            part = recording.read(start_s, 2.0)
            assert np.array_equal(part, whole[round(start_s * rate) :][: 2 * rate])


GAPS = (b"\x00" * 700, b"\xff" * 3000, bytes(range(256)) * 3, b"\xff\xf1P@\x01\x9f\xfc")


@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("gap", GAPS, ids=["zeros", "ones", "bytes", "header"])
def test_junk_in_the_middle_is_gone_over(
    streams: Streams, gap: bytes, long: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Places behind it may be some frames off, as decoders leave out some of what they cannot read."""
    if long:
        monkeypatch.setattr(ffmpeg, "MOST_PACKETS", 0)
    content = streams["aac"]
    middle = content.index(b"\xff\xf1P@", len(content) // 2)
    content = content[:middle] + gap + content[middle:]
    with open_recording(io.BytesIO(content)) as recording:
        whole = recording.read()
    with open_recording(io.BytesIO(content)) as recording:
        assert recording.duration_s == pytest.approx(SECONDS, abs=0.2)
        for start_s in PLACES:
            part = recording.read(start_s, 1.0)
            at = round(start_s * recording.sample_rate)
            lag, likeness = lag_and_likeness(part, whole, at, reach=9000)
            assert abs(lag) <= 6 * 1024
            assert likeness > 0.99
    source = ByteSource(io.BytesIO(content), owned=False)
    index = index_frames(source, source.size)
    assert index is not None
    assert index.gaps == 1
    assert index.frames == pytest.approx(len(frames_of(streams["aac"])), abs=2)
    assert index.unread == pytest.approx(len(gap), abs=500)


def test_what_is_full_of_gaps_is_not_followed() -> None:
    frame = bytes([255, 0xF1, 0x50, 0x40, 1, 0x7F, 0xFC]) + bytes(4)
    source = ByteSource(io.BytesIO((frame * 2 + b"x") * 20_000), owned=False)
    assert index_frames(source, source.size) is None


def test_another_rate_behind_the_middle_is_part_of_the_length(streams: Streams, sound_file: Maker) -> None:
    content = streams["aac"] + sound_file("aac", 60.0, 22050).read_bytes()
    with open_recording(io.BytesIO(content)) as recording:
        assert recording.duration_s == pytest.approx(SECONDS + 60, abs=0.3)
        assert len(recording.read()) / recording.sample_rate == pytest.approx(SECONDS + 60, abs=0.3)


def followed(content: bytes) -> tuple[int, int]:
    """Frames and samples, one header after the other, as the standard says."""
    at = frames = samples = 0
    while (header := frame_header(content, at)) is not None and at + header.size <= len(content):
        at += header.size
        frames += 1
        samples += header.samples
    return frames, samples


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(8, 8191), st.integers(0, 3), st.booleans()), min_size=1, max_size=600))
def test_frames_of_any_size_are_counted(parts: list[tuple[int, int, bool]]) -> None:
    """Whatever is in them: set bits, or what looks like another frame."""
    content = bytearray()
    for size, blocks, confusing in parts:
        head = bytes(
            [255, 0xF1, 0x50, 0x40 | size >> 11, size >> 3 & 255, (size & 7) << 5 | 31, 0xFC | blocks]
        )
        filling = head if confusing else b"\xff"
        content += head + (filling * size)[: size - 7]
    source = ByteSource(io.BytesIO(bytes(content)), owned=False)
    index = index_frames(source, source.size)
    assert index is not None
    assert (index.frames, index.samples) == followed(bytes(content))
    assert index.gaps == 0
    places = list(itertools.accumulate((size for size, _, _ in parts), initial=0))
    assert index.offsets.tolist() == places[:-1][::128]


def test_the_first_seconds_cost_no_count(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    peek: Callable[..., bytes] = ByteSource.peek

    def counted(self: ByteSource, offset: int, size: int) -> bytes:
        read.append(size)
        return peek(self, offset, size)

    monkeypatch.setattr(ByteSource, "peek", counted)
    with open_recording(io.BytesIO(streams["mp3"] * 10)) as recording:
        heard: Sound = recording.read(0.0, 5.0)
    assert len(heard) == 5 * recording.sample_rate
    assert sum(read) < len(streams["mp3"])
