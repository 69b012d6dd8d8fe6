"""One contract for all networks: any signal in, the announced vectors out, alone or in company."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import onnx
import pytest

from genrelens.encoders import ENCODERS, Encoder, State, build_graph, load_encoder, locate, read_model
from genrelens.encoders.windows import tiled, window_starts
from genrelens.errors import EncoderError, SignalError

ALL = pytest.mark.parametrize("name", ENCODERS)


@pytest.fixture
def encoder(name: str, weights: Path) -> Encoder:
    return load_encoder(name)


@ALL
@pytest.mark.parametrize("seconds", [0.02, 1, 2.5, 20, 29.5, 41])
def test_a_signal_of_any_length_gives_finite_vectors_of_the_announced_widths(
    encoder: Encoder, seconds: float, clip: Callable[[int], np.ndarray]
) -> None:
    rate = encoder.spec.sample_rate
    answer = encoder(np.resize(clip(rate), int(seconds * rate)))
    assert {output: vector.shape for output, vector in answer.items()} == {
        output: (width,) for output, width in encoder.spec.outputs.items()
    }
    for vector in answer.values():
        assert vector.dtype == np.float32
        assert np.isfinite(vector).all()
    assert 0 <= answer["tags"].min() <= answer["tags"].max() <= 1
    assert len(encoder.spec.tag_names) == len(set(encoder.spec.tag_names)) == encoder.spec.outputs["tags"]


@ALL
def test_silence_and_full_scale_noise_are_heard_too(encoder: Encoder) -> None:
    n = 3 * encoder.spec.sample_rate
    noise = np.random.default_rng(0).uniform(-1, 1, n).astype(np.float32)
    for signal in (np.zeros(n, np.float32), noise, np.full(n, 0.5, np.float32)):
        assert all(np.isfinite(vector).all() for vector in encoder(signal).values())


@ALL
def test_a_short_signal_is_heard_as_its_own_repetition(
    encoder: Encoder, clip: Callable[[int], np.ndarray]
) -> None:
    short = clip(encoder.spec.sample_rate)[: encoder.spec.sample_rate // 2]
    shortest = {"musicnn": 186 * 256, "choi2017": 1280 * 256, "fcn": 1280 * 256, "mn04": 32000}
    repeated = np.resize(short, shortest[encoder.spec.name])
    np.testing.assert_array_equal(encoder(short)["layers"], encoder(repeated)["layers"])


@ALL
def test_the_answer_does_not_depend_on_what_else_is_in_the_batch(
    encoder: Encoder, clip: Callable[[int], np.ndarray]
) -> None:
    music = clip(encoder.spec.sample_rate)
    noise = np.random.default_rng(1).normal(0, 0.3, music.size).astype(np.float32)
    powers = [next(encoder.spec.windows(signal, None))[:1] for signal in (music, noise, 0.01 * noise)]
    outputs = ["embedding", "tags", "means", "maxima"]
    alone = encoder._session.run(outputs, {"power": powers[0]})
    together = encoder._session.run(outputs, {"power": np.concatenate([powers[1], powers[0], powers[2]])})
    for one, many in zip(alone, together, strict=True):
        np.testing.assert_allclose(many[1], one[0], atol=1e-6, rtol=1e-5)
        assert np.abs(many[0] - one[0]).max() > 1e-3


@ALL
def test_a_long_signal_is_heard_window_by_window(encoder: Encoder, clip: Callable[[int], np.ndarray]) -> None:
    music = clip(encoder.spec.sample_rate)
    other = music[::-1].copy()
    window = {"musicnn": 187 * 256, "choi2017": 29 * 12000}.get(encoder.spec.name, music.size)
    long = np.concatenate([music[:window], other[:window]])
    parts = [encoder(music[:window])["embedding"], encoder(other[:window])["embedding"]]
    tolerance = 0.05 if encoder.spec.name == "musicnn" else 1e-5  # its spectrum runs on over the seam
    np.testing.assert_allclose(encoder(long)["embedding"], np.mean(parts, axis=0), atol=tolerance)


@ALL
def test_many_threads_may_ask_at_once(encoder: Encoder, clip: Callable[[int], np.ndarray]) -> None:
    rate = encoder.spec.sample_rate
    signals = [clip(rate)[k * rate : (k + 4) * rate] for k in range(6)]
    alone = [encoder(signal)["layers"] for signal in signals]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda signal: encoder(signal)["layers"], signals))
    for one, many in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one, many)


@ALL
def test_a_call_leaves_the_processor_as_it_was(encoder: Encoder) -> None:
    """Having denormal numbers flushed to zero would change what the caller computes afterwards."""
    encoder(np.zeros(encoder.spec.sample_rate, np.float32))
    assert np.full(64, 1e-40, np.float32).prod(where=np.arange(64) == 0) > 0
    assert (np.full(64, 1e-30, np.float32) * np.float32(1e-10)).min() > 0


@ALL
def test_two_threads_give_the_same_answer_as_one(
    name: str, encoder: Encoder, clip: Callable[[int], np.ndarray]
) -> None:
    signal = clip(encoder.spec.sample_rate)[: 5 * encoder.spec.sample_rate]
    expected = encoder(signal)["embedding"]
    np.testing.assert_allclose(load_encoder(name, threads=2)(signal)["embedding"], expected, atol=1e-5)


@ALL
def test_the_file_is_valid_onnx_and_carries_its_notice(name: str, weights: Path) -> None:
    model = onnx.load_from_string(read_model(name))
    onnx.checker.check_model(model, full_check=True)
    kept = {entry.key: entry.value for entry in model.metadata_props}
    assert kept["notice"].startswith("Copyright (c)")
    assert kept["licence"] == ENCODERS[name].licence
    for constant in model.graph.initializer:
        values = np.abs(onnx.numpy_helper.to_array(constant))
        if values.dtype == np.float32:
            assert values[values > 0].min(initial=1) >= 1e-20, constant.name


@pytest.mark.parametrize(
    "samples",
    [[], np.zeros((2, 100)), np.zeros(100, np.int16), [0.0, np.nan], [np.inf] * 50000],
    ids=["empty", "stereo", "integers", "nan", "infinite"],
)
def test_what_is_no_signal_is_refused(samples: object) -> None:
    with pytest.raises(SignalError):
        load_encoder("musicnn")(samples)


def test_the_carried_network_is_built_from_the_published_arrays(
    arrays_of: Callable[[str], dict[str, np.ndarray]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GENRELENS_WEIGHTS", raising=False)
    assert locate("musicnn").state is State.PACKAGE
    assert read_model("musicnn") == build_graph("musicnn", arrays_of("musicnn"))


@ALL
def test_bytes_from_a_bundle_come_first(name: str, weights: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    model = read_model(name)
    monkeypatch.setenv("GENRELENS_WEIGHTS", "/nowhere")
    monkeypatch.setenv("GENRELENS_CACHE", "/nowhere")
    signal = np.sin(np.arange(ENCODERS[name].sample_rate) / 7)
    assert load_encoder(name, model)(signal)["embedding"].any()


def test_a_weights_folder_may_hold_onnx_files_and_goes_before_the_package(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ENCODERS:
        (tmp_path / f"{name}.onnx").write_bytes(read_model(name))
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(tmp_path))
    for name in ENCODERS:
        assert locate(name).state is State.WEIGHTS
        assert locate(name).path == tmp_path / f"{name}.onnx"
        assert load_encoder(name).spec is ENCODERS[name]


def test_damaged_files_are_told_by_name(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = ENCODERS["fcn"].archive
    content = (weights / archive).read_bytes()
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(tmp_path))
    (tmp_path / archive).write_bytes(content[: len(content) // 2])
    with pytest.raises(EncoderError, match=f"{archive} cannot be read"):
        load_encoder("fcn")
    (tmp_path / archive).write_bytes(b"")
    with pytest.raises(EncoderError, match=f"{archive} cannot be read"):
        load_encoder("fcn")
    np.savez(tmp_path / archive, nothing=np.zeros(3))
    with pytest.raises(EncoderError, match="weights of fcn lack the array"):
        load_encoder("fcn")
    (tmp_path / "fcn.onnx").write_bytes(b"not ONNX")
    with pytest.raises(EncoderError, match="no ONNX file that can be run"):
        load_encoder("fcn")
    shutil.copy(locate_carried(monkeypatch), tmp_path / "mn04.onnx")
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(tmp_path))
    with pytest.raises(EncoderError, match="lacks its output fc1"):
        load_encoder("mn04")


def locate_carried(monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("GENRELENS_WEIGHTS")
    path = locate("musicnn").path
    assert path is not None
    return path


def test_arrays_of_wrong_shape_are_refused(arrays_of: Callable[[str], dict[str, np.ndarray]]) -> None:
    arrays = arrays_of("fcn") | {"conv1/kernel": np.zeros((64, 1), np.float32)}
    with pytest.raises(EncoderError, match="wrong shape"):
        build_graph("fcn", arrays)


@pytest.mark.parametrize(("total", "window"), [(187, 187), (300, 187), (1876, 187), (1000, 999), (5000, 320)])
def test_windows_leave_less_than_a_tenth_unheard_and_never_reach_beyond_the_end(
    total: int, window: int
) -> None:
    starts = window_starts(total, window)
    heard = np.zeros(total, bool)
    for start in starts:
        assert 0 <= start <= total - window
        heard[start : start + window] = True
    assert (~heard).sum() <= 0.1 * window
    assert starts == sorted(set(starts))


def test_tiling_leaves_a_long_signal_alone() -> None:
    signal = np.arange(5, dtype=np.float32)
    assert tiled(signal, 5) is signal
