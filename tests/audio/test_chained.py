"""Chained Ogg, as radio recordings are: all links are decoded, each at its place."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable

import numpy as np
import pytest

from genrelens.audio import ogg as pages
from genrelens.audio import open_recording, read_mono

from .conftest import Maker, lag_and_likeness
from .test_streams_and_arrays import Pipe

Link = tuple[str, float, int | None, int]
"""What is written: suffix, seconds, rate, channels."""

CHAINS: dict[str, list[Link]] = {
    "Vorbis a-b-a": [("ogg", 34, 44100, 2), ("ogg", 33, 22050, 1), ("ogg", 34, 44100, 2)],
    "Opus": [("opus", 32, 48000, 2), ("opus", 31, 48000, 1), ("opus", 34, 48000, 2)],
    "FLAC": [("oga", 30, 22050, 1), ("oga", 31, 48000, 2), ("oga", 32, 22050, 1)],
    "of everything": [("opus", 32, 48000, 2), ("ogg", 33, 22050, 1), ("oga", 30, 22050, 1)],
    "Vorbis before Opus": [("ogg", 60, 22050, 1), ("opus", 32, 48000, 2)],
}


def renumbered(content: bytes, serial: int) -> bytes:
    """The same Ogg stream with another serial number on all its pages."""
    done = bytearray(content)
    at = 0
    while at < len(done):
        size = 27 + done[at + 26] + sum(done[at + 27 : at + 27 + done[at + 26]])
        done[at + 14 : at + 18] = struct.pack("<I", serial)
        done[at + 22 : at + 26] = pages._checksum(bytes(done[at : at + size]))
        at += size
    return bytes(done)


def unchanged(content: bytes, _: int) -> bytes:
    return content


@pytest.mark.parametrize(
    ("name", "number"),
    [(name, unchanged) for name in CHAINS] + [("Vorbis a-b-a", renumbered), ("of everything", renumbered)],
)
def test_every_link_is_decoded_at_its_place(
    sound_file: Maker, name: str, number: Callable[[bytes, int], bytes]
) -> None:
    made = [sound_file(suffix, seconds, rate, channels) for suffix, seconds, rate, channels in CHAINS[name]]
    content = b"".join(number(path.read_bytes(), 7) for path in made)
    with open_recording(io.BytesIO(content)) as recording:
        rate = recording.sample_rate
        assert rate == CHAINS[name][0][2]
        assert recording.duration_s == pytest.approx(sum(link[1] for link in CHAINS[name]), abs=0.001)
        begin = 0.0
        for path, (_, seconds, _, _) in zip(made, CHAINS[name], strict=True):
            alone = read_mono(path, rate)
            for start in (0.5, seconds / 2, seconds - 2):
                part = recording.read(begin + start, 1.0)
                lag, likeness = lag_and_likeness(part, alone, round(start * rate))
                assert (abs(lag) <= 1, likeness > 0.99) == (True, True), (path.name, start, lag, likeness)
            begin += seconds
        assert recording.warnings == []
        whole = recording.read()
        part = recording.read(CHAINS[name][0][1] - 0.5, 1.0)  # across the first joint
        at = round((CHAINS[name][0][1] - 0.5) * rate)
        assert lag_and_likeness(part, whole, at) == (0, pytest.approx(1, abs=0.01))
    assert len(whole) / rate == pytest.approx(begin, abs=0.001)


def test_a_chain_by_pipe_and_in_excerpts(sound_file: Maker) -> None:
    first, second = sound_file("opus", 32.0, channels=2), sound_file("ogg", 60.0, 22050)
    content = first.read_bytes() + second.read_bytes()
    with open_recording(Pipe(content, step=1 << 16)) as recording:
        excerpts = list(recording.excerpts(2))
        assert recording.warnings == []
    assert [e.start_s for e in excerpts] == [8.0, 54.0]
    for excerpt, path, begin in zip(excerpts, (first, second), (8, 22), strict=True):
        alone = read_mono(path, 48000)
        assert lag_and_likeness(excerpt.samples, alone, begin * 48000)[1] > 0.99


def test_a_recording_that_begins_in_mid_stream(sound_file: Maker) -> None:
    first, second = sound_file("ogg", 5.0).read_bytes(), sound_file("ogg", 3.0).read_bytes()
    with open_recording(io.BytesIO(first[len(first) // 2 :] + second)) as recording:
        assert recording.duration_s == pytest.approx(3.0, abs=0.001)
        assert [w.partition(":")[0] for w in recording.warnings] == ["damaged"]


def test_damage_in_one_link_leaves_the_others_whole(sound_file: Maker) -> None:
    links = [
        sound_file("ogg", 33.0, 22050),
        sound_file("opus", 32.0, channels=2),
        sound_file("ogg", 33.0, 22050),
    ]
    contents = [bytearray(path.read_bytes()) for path in links]
    middle = len(contents[1]) // 2
    contents[1][middle : middle + 9000] = np.random.default_rng(1).bytes(9000)
    with open_recording(io.BytesIO(b"".join(contents))) as recording:
        whole = recording.read()
        assert recording.duration_s == pytest.approx(98, abs=2)
        alone = read_mono(links[2], 22050)
    end = whole[-20 * 22050 : -19 * 22050]
    assert lag_and_likeness(end, alone, len(alone) - 20 * 22050)[1] > 0.99


def test_a_cut_chain_says_so(sound_file: Maker) -> None:
    content = sound_file("ogg", 5.0).read_bytes() + sound_file("ogg", 3.0).read_bytes()[:-3000]
    with open_recording(io.BytesIO(content)) as recording:
        assert 5 < recording.duration_s < 8
        assert any(w.startswith("truncated") for w in recording.warnings)


def test_many_links_are_read_and_a_million_headers_do_not_matter(sound_file: Maker) -> None:
    short = sound_file("opus", 1.0).read_bytes()
    with open_recording(io.BytesIO(short * 120)) as recording:
        assert recording.duration_s == pytest.approx(120, abs=0.01)
    header = short[: 27 + 1 + short[27]]
    with open_recording(io.BytesIO(short + b"".join([header, short[:300]] * 50_000))) as recording:
        assert recording.duration_s == pytest.approx(1, abs=0.1)
