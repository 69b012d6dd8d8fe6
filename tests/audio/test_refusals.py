"""What is no sound, or cannot be opened, is refused at once with a sentence that says why."""

from __future__ import annotations

import io
import os
import socket
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from genrelens.audio import open_recording, read_mono
from genrelens.audio.sniffing import sniff
from genrelens.audio.sources import ByteSource
from genrelens.errors import AudioError, EmptyFile, MissingFile, NoPermission, NotAFile, NotAudio

from .conftest import Maker
from .test_formats import film

PICTURES = {
    "png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "jpeg": b"\xff\xd8\xff\xe0\x00\x10JFIF" + bytes(100),
    "gif": b"GIF89a" + bytes(100),
    "pdf": b"%PDF-1.7\n" + bytes(100),
    "gzip": b"\x1f\x8b\x08" + bytes(100),
    "webp": b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(100),
    "midi": b"MThd\x00\x00\x00\x06\x00\x01\x00\x01\x00\x60MTrk" + bytes(40),
}
TEXTS = {
    "prose": b"This is not the song you are looking for.\n" * 40,
    "short": b"hello",
    "utf-8": "schöne Grüße, музыка, 音楽\n".encode() * 400,
    "utf-16": "a letter".encode("utf-16"),
    "web page": b"<!DOCTYPE html><html><body>404</body></html>",
    "playlist": b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/a.mp3\n",
    "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
    "concat": b"ffconcat version 1.0\nfile '/etc/passwd'\n",
    "subtitles": b"1\n00:00:01,000 --> 00:00:02,000\nHello\n",
}


@pytest.mark.parametrize("content", [*PICTURES.values(), *TEXTS.values()], ids=[*PICTURES, *TEXTS])
def test_pictures_documents_and_texts_are_not_audio(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(content)
    with pytest.raises(NotAudio, match=r"song\.mp3: holds .*not? sound"):
        open_recording(path)


def test_archives_and_pictures_behind_a_tag_are_not_audio(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.mp3", "w") as archive:
        archive.writestr("a.txt", "text")
    with pytest.raises(NotAudio, match="zip"):
        open_recording(tmp_path / "a.mp3")
    tag = b"ID3\x03\x00\x00" + bytes([0, 0, 1, 0]) + bytes(128)
    with pytest.raises(NotAudio, match="PNG"):
        open_recording(io.BytesIO(tag + PICTURES["png"]), "b.mp3")


@pytest.mark.parametrize("seed", range(8))
def test_random_bytes_are_not_audio(seed: int) -> None:
    with pytest.raises(NotAudio):
        open_recording(io.BytesIO(np.random.default_rng(seed).bytes(200_000)))
    with pytest.raises(NotAudio):
        open_recording(io.BytesIO(bytes(200_000)))


def test_a_film_without_sound_is_not_audio(tmp_path: Path) -> None:
    with pytest.raises(NotAudio, match="no sound stream"):
        open_recording(film(tmp_path / "silent.mp4", sound=False))


def test_a_missing_an_empty_and_a_folder(tmp_path: Path) -> None:
    (tmp_path / "empty.mp3").touch()
    for path, error in (
        (tmp_path / "gone.mp3", MissingFile),
        (tmp_path / "empty.mp3" / "in.mp3", MissingFile),
        (tmp_path / ("long" * 100), MissingFile),
        ("nul\0byte.mp3", MissingFile),
        (tmp_path / "empty.mp3", EmptyFile),
        (tmp_path, NotAFile),
    ):
        with pytest.raises(error):
            open_recording(path)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(MissingFile):
        open_recording(tmp_path / "loop")


def test_pipes_sockets_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    with socket.socket(socket.AF_UNIX) as listener:
        os.chdir(tmp_path)
        listener.bind("socket.mp3")
        for path in (tmp_path / "pipe.mp3", tmp_path / "socket.mp3", Path("/dev/zero")):
            with pytest.raises(NotAFile):
                open_recording(path)


@pytest.fixture(autouse=True)
def _home() -> Iterator[None]:
    here = os.getcwd()
    yield
    os.chdir(here)


FORBIDDEN = """
import os, sys
from genrelens.audio import open_recording
from genrelens.errors import NoPermission
if os.getuid() == 0:
    os.setgid(65534); os.setuid(65534)
try:
    open_recording(sys.argv[1])
except NoPermission as error:
    print(error)
"""


def test_a_file_that_this_user_may_not_open(sound_file: Maker, tmp_path: Path) -> None:
    path = tmp_path / "mine.wav"
    path.write_bytes(sound_file("wav").read_bytes())
    path.chmod(0)
    done = subprocess.run(
        [sys.executable, "-c", FORBIDDEN, str(path)], capture_output=True, text=True, check=False
    )
    assert "may not be opened by this user" in done.stdout, done.stderr


def test_a_refusal_by_the_system_is_no_permission(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "a.wav").write_bytes(b"RIFF")
    monkeypatch.setattr("genrelens.audio.sources.os.open", refuse)
    with pytest.raises(NoPermission, match=r"a\.wav"):
        open_recording(tmp_path / "a.wav")


@pytest.mark.parametrize(
    "name",
    [
        b"caf\xe9.wav",
        b"\xff\xfe.wav",
        "música 音楽.wav".encode(),
        b"concat:a|b.wav",
        b"http:__x.wav",
        b"-i.wav",
        b"%d.wav",
        b"new\nline.wav",
        b"pipe:0",
    ],
)
@pytest.mark.parametrize("suffix", ["wav", "mp3"])
def test_names_mean_nothing(sound_file: Maker, tmp_path: Path, name: bytes, suffix: str) -> None:
    path = os.fsencode(tmp_path) + b"/" + name
    with open(path, "wb") as file:
        file.write(sound_file(suffix).read_bytes())
    for given in (path, Path(os.fsdecode(path))):
        with open_recording(given) as recording:
            assert recording.duration_s == pytest.approx(3.0, abs=0.05)
            assert recording.name.encode().isascii() or "音楽" in recording.name
            assert os.fsencode(recording.path or "") == path
    os.chdir(tmp_path)
    assert len(read_mono(name, 8000)) == pytest.approx(24000, abs=400)


@pytest.mark.parametrize("size", [100, 70_000, 3_000_000])
def test_large_covers_hide_no_sound(sound_file: Maker, size: int) -> None:
    digits = [size >> 21 & 127, size >> 14 & 127, size >> 7 & 127, size & 127]
    tag = b"ID3\x04\x00\x00" + bytes(digits) + b"\x89PNG fLaC OggS" + bytes(size - 14)
    for suffix, kind in (("mp3", "MP3"), ("aac", "AAC"), ("flac", "FLAC"), ("wav", "WAV")):
        content = sound_file(suffix).read_bytes()
        with open_recording(io.BytesIO(tag + tag + content)) as recording:
            assert recording.duration_s == pytest.approx(3.0, abs=0.08)
        assert sniff(ByteSource(io.BytesIO(tag + content), owned=False)).name == kind


def test_an_mp3_is_known_behind_junk(sound_file: Maker) -> None:
    content = sound_file("cbr.mp3").read_bytes()
    frames = content[content.index(b"\xff\xfb") :]
    for junk in (bytes(1000), b"junk" * 500, b"\xff\xfb" * 50):
        with open_recording(io.BytesIO(junk + frames)) as recording:
            assert recording.duration_s == pytest.approx(3.0, abs=0.1)


def test_a_single_sync_word_is_no_mp3() -> None:
    with pytest.raises(NotAudio):
        open_recording(io.BytesIO(b"\xff\xfb\x90\x64" + np.random.default_rng(3).bytes(30_000)))


def test_a_wav_with_mp3_in_it_is_read_by_ffmpeg(sound_file: Maker) -> None:
    frames = sound_file("cbr.mp3").read_bytes()
    header = struct.pack("<HHIIHHHHIHHH", 0x55, 1, 44100, 16000, 1, 0, 12, 1, 2, 417, 1, 1393)
    body = (
        b"WAVEfmt "
        + struct.pack("<I", len(header))
        + header
        + b"data"
        + struct.pack("<I", len(frames))
        + frames
    )
    with open_recording(io.BytesIO(b"RIFF" + struct.pack("<I", len(body)) + body)) as recording:
        assert recording.decoder == "ffmpeg"
        assert recording.duration_s == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize("error", [MissingFile, EmptyFile])
def test_every_refusal_is_an_audio_error(error: type[AudioError]) -> None:
    assert issubclass(error, AudioError)
