"""Whatever is given as a recording is taken for what it is, or refused in one sentence."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from genrelens.audio import open_recording, read_mono
from genrelens.errors import AudioError, GenreLensError, MissingFile

from .conftest import Maker, music

RATE = 8000
SOUND = music(2.0, RATE).astype(np.float64)
LOUDEST = np.abs(SOUND).max()


@pytest.mark.parametrize("bits", [16, 24, 32])
@pytest.mark.parametrize("kind", ["int32", "int64", "uint32", "uint64", "list", "nested list"])
def test_integers_of_any_width_in_a_wider_type(bits: int, kind: str) -> None:
    whole = np.round(SOUND / LOUDEST * (2.0 ** (bits - 1) - 1)).astype(np.int64)
    given: Any = whole
    if kind.startswith("u"):
        given = (whole + 2 ** (bits - 1)).astype(kind)
    elif kind.startswith("int"):
        given = whole.astype(kind)
    elif kind == "list":
        given = whole.tolist()
    else:
        given = whole[:, np.newaxis].tolist()
    np.testing.assert_allclose(read_mono((given, RATE), RATE), SOUND / LOUDEST, atol=1e-4)


def test_a_list_of_whole_numbers_within_one_is_of_floats() -> None:
    assert np.abs(read_mono(([0, 1, -1, 0] * RATE, RATE), RATE)).max() == 1.0
    assert np.abs(read_mono((np.array([0, 1, -1, 0] * RATE, np.int16), RATE), RATE)).max() < 1e-4


def test_tensors() -> None:
    torch = pytest.importorskip("torch")
    tensor = torch.tensor(SOUND, dtype=torch.float32)
    for one in (tensor, tensor.clone().requires_grad_(), tensor.double(), tensor[:, None].expand(-1, 2)):
        np.testing.assert_allclose(read_mono((one, RATE), RATE), SOUND, atol=1e-6)
    np.testing.assert_allclose(read_mono((tensor.bfloat16(), RATE), RATE), SOUND, atol=4e-3)
    whole = (tensor * 32767).short()
    np.testing.assert_allclose(read_mono((whole, RATE), RATE), SOUND, atol=1e-4)
    np.testing.assert_allclose(read_mono((whole.long(), RATE), RATE), SOUND, atol=1e-4)
    with pytest.raises(AudioError):
        read_mono((torch.complex(tensor, tensor), RATE), RATE)


class Holder:
    """An object with an own way to become an array."""

    def __init__(self, give: Callable[[], Any]) -> None:
        self.give = give

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return self.give()


def fail(error: BaseException) -> Callable[..., Any]:
    def give(*ignored: Any) -> Any:
        raise error

    return give


def test_objects_that_become_arrays() -> None:
    np.testing.assert_allclose(read_mono((Holder(lambda: SOUND), RATE), RATE), SOUND, atol=1e-6)
    for broken in (lambda: None, lambda: "text", fail(RuntimeError("no\nway")), fail(KeyError("x" * 10_000))):
        with pytest.raises(AudioError) as caught:
            read_mono((Holder(broken), RATE), RATE)
        assert "\n" not in str(caught.value)
        assert len(str(caught.value)) < 400


class Stream:
    """A file object as people write them, with what is left out or broken."""

    def __init__(self, content: bytes, **methods: Any) -> None:
        self._file = io.BytesIO(content)
        for name, method in methods.items():
            setattr(self, name, method(self._file))


READ = {"read": lambda file: file.read}
READ_ALL = {"read": lambda file: lambda: file.read()}
SEEK = {"seek": lambda file: file.seek, "tell": lambda file: file.tell}
STREAMS: dict[str, dict[str, Any]] = {
    "read without a size": READ_ALL,
    "read without a size, and seek": READ_ALL | SEEK,
    "read alone": READ,
    "seek that gives nothing": READ | SEEK | {"seek": lambda file: lambda *a: file.seek(*a) and None},
    "seek that gives nothing, no tell": READ | {"seek": lambda file: lambda *a: None},
    "seek without whence": READ | {"seek": lambda file: lambda place: file.seek(place)},
    "read of bytearrays": {"read": lambda file: lambda size: bytearray(file.read(size))},
    "read of more than asked": SEEK | {"read": lambda file: lambda size: file.read(size + 100)},
    "seekable says no": READ | SEEK | {"seekable": lambda file: lambda: False},
}


@pytest.mark.parametrize("way", STREAMS)
@pytest.mark.parametrize("suffix", ["wav", "mp3"])
def test_file_objects_of_any_kind(sound_file: Maker, way: str, suffix: str) -> None:
    path = sound_file(suffix)
    truth = read_mono(path, 16000)
    np.testing.assert_array_equal(read_mono(Stream(path.read_bytes(), **STREAMS[way]), 16000), truth)


@pytest.mark.parametrize(
    "read",
    [
        lambda file: lambda size: "text",
        lambda file: lambda: "text",
        lambda file: lambda size: [1, 2, 3],
        lambda file: lambda size: 5,
        lambda file: lambda one, two: b"",
        lambda file: fail(RuntimeError("connection\nlost")),
        lambda file: fail(KeyError("x" * 1000)),
        lambda file: None,
    ],
)
@pytest.mark.parametrize("seeks", [True, False])
def test_file_objects_that_fail(read: Any, seeks: bool) -> None:
    methods = {"read": read} | (SEEK if seeks else {})
    with pytest.raises(AudioError) as caught:
        open_recording(Stream(b"RIFF" + bytes(100), **methods), "mine")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("suffix", ["wav", "flac", "ogg", "mp3", "m4a", "webm", "aiff"])
def test_the_content_of_a_file_is_no_path(sound_file: Maker, suffix: str) -> None:
    content = sound_file(suffix).read_bytes()
    for part in (content, content[:100], content[:20]):
        with pytest.raises(MissingFile, match=r"io\.BytesIO") as caught:
            open_recording(part)
        assert len(str(caught.value)) < 1000
        assert len(caught.value.path) < 5000


@pytest.mark.parametrize(
    "path", ["a" * 10_000_000, b"a" * 10_000, "b/" * 5000, "\0" * 100_000, Path("c" * 9000)]
)
def test_a_path_of_any_length_makes_a_short_message(path: Any) -> None:
    with pytest.raises(MissingFile) as caught:
        open_recording(path)
    assert len(str(caught.value)) < 1000


def test_a_path_as_bytes_is_still_a_path(sound_file: Maker, tmp_path: Path) -> None:
    path = tmp_path / "RIFF"
    path.write_bytes(sound_file("wav").read_bytes())
    assert len(read_mono(str(path).encode(), 8000)) == 24000
    with pytest.raises(MissingFile, match="check the path"):
        open_recording(b"missing.mp3")


@pytest.mark.parametrize("rate", [8000, 8000.0, np.int64(8000), np.float32(8000), np.uint16(8000)])
def test_rates_that_are_whole_numbers(rate: Any) -> None:
    assert len(read_mono((SOUND, rate), 8000)) == 16000


@pytest.mark.parametrize(
    "rate", [0, -1, float("nan"), np.float64("inf"), "8000", None, [8000], 1j, object(), True]
)
def test_rates_that_are_none(rate: Any) -> None:
    with pytest.raises(AudioError, match="rate") as caught:
        open_recording((SOUND, rate))
    assert len(str(caught.value)) < 200


def test_a_rate_of_more_digits_than_python_writes() -> None:
    with pytest.raises(AudioError, match="rate"):
        open_recording((SOUND, 10**5000))


KINDS = (
    "int8 int16 int32 int64 uint8 uint16 uint32 uint64 float16 float32 float64 longdouble "
    "complex64 bool S3 U3 M8[s] m8[s]"
)
SHAPES = arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=40)
RATES = st.one_of(st.just(1000), st.integers(), st.floats(), st.text(max_size=5), st.none())
VALUES = st.one_of(
    st.sampled_from(KINDS.split()).flatmap(lambda kind: arrays.arrays(np.dtype(kind), SHAPES)),
    st.lists(st.one_of(st.integers(), st.floats(), st.none(), st.text(max_size=3)), max_size=5),
    st.recursive(st.integers(), st.lists, max_leaves=5),
    st.lists(st.integers(-40000, 40000), min_size=1, max_size=5),
)


@settings(max_examples=300, deadline=None)
@given(VALUES, RATES, st.sampled_from([1, 500]))
def test_any_array_is_decoded_or_refused_in_one_sentence(samples: Any, rate: Any, times: int) -> None:
    if isinstance(samples, list):
        samples = samples * times
    elif isinstance(samples, np.ndarray) and samples.ndim and samples.dtype.kind in "iuf":
        samples = np.concatenate([samples] * times)
    try:
        with open_recording((samples, rate)) as recording:
            for excerpt in recording.excerpts():
                assert np.isfinite(excerpt.samples).all()
            assert all(": " in warning for warning in recording.warnings)
    except GenreLensError as error:
        assert "\n" not in str(error)
        assert 0 < len(str(error)) < 600


OBJECTS = st.one_of(
    st.none(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.dictionaries(st.text(), st.text()),
    st.sets(st.integers()),
    st.lists(st.text()).map(tuple),
)


@settings(max_examples=200, deadline=None)
@given(OBJECTS)
def test_any_object_is_refused_in_one_sentence(source: Any) -> None:
    with pytest.raises(GenreLensError) as caught:
        open_recording(source)
    assert 0 < len(str(caught.value)) < 1000
