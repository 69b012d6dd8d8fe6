"""Whatever bytes come, the answer is sound or an `AudioError`, soon and in little memory."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import FORMATS, Maker
from .test_behind_something import free_format, noise, tag
from .test_large_wav import SOUND, large, riff, wave64
from .test_rates_and_tracks import dff, dsf, tracks

LISTENER = """
import faulthandler, io, resource, signal, sys
import numpy as np
from genrelens.audio import open_recording, recording
from genrelens.errors import AudioError

faulthandler.enable()
recording.KEPT_S = 1.0  # seek even in short files
resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))  # more would end it
rounds, seed = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(seed)
for path in sys.argv[3:]:
    whole = open(path, "rb").read()
    for i in range(rounds):
        data = bytearray(whole)
        kind, at = i % 6, int(rng.integers(len(data)))
        if kind == 0:
            del data[at:]
        elif kind == 1:
            for place in rng.integers(len(data), size=20):
                data[place] = rng.integers(256)
        elif kind == 2:
            for place in rng.integers(min(400, len(data)), size=5):
                data[place] = rng.integers(256)
        elif kind == 3:
            del data[at : at + int(rng.integers(1, 5000))]
        elif kind == 4:
            data[at:at] = rng.bytes(int(rng.integers(1, 5000)))
        else:
            place = int(rng.integers(min(3000, len(data) - 4)))
            data[place : place + 4] = [b"\\xff\\xff\\xff\\xff", bytes(4), b"\\x7f\\xff\\xff\\xff"][i % 3]
        signal.alarm(300)  # ends the process, however deep in a library it is
        signal.setitimer(signal.ITIMER_PROF, 10)  # so does this, on a busy machine as on an idle one
        print(path, i, flush=True)
        try:
            with open_recording(io.BytesIO(data)) as heard:
                for count, length in ((2, 1.0), ("all", 1.5)):
                    for excerpt in heard.excerpts(count, length):
                        assert excerpt.samples.dtype == np.float32
                        assert np.isfinite(excerpt.samples).all()
                        assert 0 < len(excerpt.samples) <= length * heard.sample_rate + 1
                list(heard.warnings)
        except AudioError:
            pass
print("done")
"""


def listen_to_mutations(paths: list[Path], rounds: int, seed: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LISTENER, str(rounds), str(seed), *map(str, paths)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    last = done.stdout.splitlines()[-2:]
    assert done.returncode == 0, (last, done.stderr[-2000:])
    assert done.stderr == ""
    assert last[-1] == "done"


def test_flipped_cut_and_swollen_files(sound_file: Maker) -> None:
    listen_to_mutations([sound_file(suffix) for suffix in FORMATS], rounds=18, seed=1)


@pytest.fixture(scope="session")
def odd_files(sound_file: Maker, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Chains of Ogg, WAV with wrong sizes, MPEG behind something, free format, DSD, several tracks."""
    links = [sound_file(suffix, 3.0).read_bytes() for suffix in ("ogg", "opus", "oga")]
    mp3, aac = sound_file("cbr.mp3").read_bytes(), sound_file("aac").read_bytes()
    frames = mp3[mp3.index(b"\xff\xfb") :]
    contents = {
        "chain.ogg": links[0] + links[1] + links[0],
        "chain.opus": links[1] + links[1],
        "chain.oga": links[2] + sound_file("ogg", 3.0, 22050, 2).read_bytes(),
        "piped.rf64": large(b"RF64", 0, 0) + SOUND[:600_000],
        "piped.bw64": large(b"BW64", 0, 0) + SOUND[:600_000],
        "piped.w64": wave64(0) + SOUND[:600_000],
        "odd.wav": riff(600_000, extra=b"LIST" + struct.pack("<I", 27) + b"x" * 27) + SOUND[:600_000],
        "zeros.mp3": bytes(70_000) + frames,
        "tags.mp3": tag(90_000, noise(90_000)) * 3 + frames,
        "wrong.aac": tag(20_000, noise(500)) + aac,
        "cover.aac": tag(100, noise(100_000)) + aac,
        "a.dsf": dsf(64 * 44100),
        "a.dff": dff(64 * 44100),
        "tracks.mp4": tracks("mp4", "aac", 1),
    }
    folder = tmp_path_factory.mktemp("odd")
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    return [folder / name for name in contents]


def test_flipped_cut_and_swollen_odd_files(odd_files: list[Path]) -> None:
    listen_to_mutations(odd_files, rounds=12, seed=2)


def test_damaged_free_format_is_no_danger(sound_file: Maker, tmp_path: Path) -> None:
    path = tmp_path / "free.mp3"
    path.write_bytes(free_format(sound_file("cbr.mp3", rate=48000, channels=2).read_bytes()))
    listen_to_mutations([path], rounds=24, seed=3)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(2))
def test_many_flipped_cut_and_swollen_odd_files(odd_files: list[Path], seed: int) -> None:
    listen_to_mutations(odd_files, rounds=300, seed=seed + 20)


@pytest.mark.heavy
@pytest.mark.parametrize("seed", range(4))
def test_many_flipped_cut_and_swollen_files(sound_file: Maker, seed: int) -> None:
    listen_to_mutations([sound_file(suffix) for suffix in FORMATS], rounds=300, seed=seed + 10)


@pytest.mark.parametrize(
    "name",
    [
        b"fLaC",
        b"OggS",
        b"RIFF\xff\xff\xff\xffWAVE",
        b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f",
        b"caff",
        b"\x00\x00\x00\x18ftyp",
        b"\x1aE\xdf\xa3",
        b"FORM\xff\xff\xff\xffAIFF",
        b".snd",
        b"\xff\xfb\x90\x64",
        b"RF64\xff\xff\xff\xffWAVEds64",
    ],
)
@pytest.mark.parametrize("filling", [b"\x00", b"\xff", b"\x7f", b"OggS", b"RIFF"])
def test_a_magic_number_with_nothing_behind_it(name: bytes, filling: bytes) -> None:
    from genrelens.audio import open_recording
    from genrelens.errors import AudioError

    with pytest.raises(AudioError):  # noqa: SIM117
        with open_recording(io.BytesIO(name + filling * 5000)) as recording:
            list(recording.excerpts())
