"""An exported network says what the trained one says."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest

torch = pytest.importorskip("torch")

from genrelens.models import (  # noqa: E402
    ARCHITECTURES,
    TRANSFORMS,
    Scaling,
    Shape,
    build_network,
    export_network,
    initial_weights,
)


def trained(name: str, padding: str = "valid"):
    architecture, shape = ARCHITECTURES[name], Shape(width=12, genres=5, padding=padding)
    weights = initial_weights(architecture, shape, seed=7)
    random = np.random.default_rng(7)
    return (
        architecture,
        shape,
        {
            key: value + 0.1 * random.standard_normal(value.shape).astype(np.float32)
            for key, value in weights.items()
        },
    )


def raw(frames: int | None, seed: int = 0, n: int = 2) -> np.ndarray:
    size = (n, 12) if frames is None else (n, frames, 12)
    return np.random.default_rng(seed).lognormal(0, 3, size).astype(np.float32)


def by_torch(architecture, shape, weights, scaling, transform, x) -> np.ndarray:
    scaled = np.stack([scaling(TRANSFORMS[transform].apply(clip)) for clip in x])
    with torch.inference_mode():
        network = build_network(architecture, shape, weights).eval()
        return network(torch.from_numpy(scaled)).softmax(1).numpy()


def by_onnx(model: bytes, x: np.ndarray) -> np.ndarray:
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"x": x})[0]


@pytest.mark.parametrize("padding", ["valid", "same"])
@pytest.mark.parametrize("transform", TRANSFORMS)
@pytest.mark.parametrize("name", ARCHITECTURES)
def test_the_file_gives_the_probabilities_of_the_network(name: str, transform: str, padding: str) -> None:
    architecture, shape, weights = trained(name, padding)
    lengths = (646, 22, 23, 8) if architecture.takes_frames else (None,)
    scaling = Scaling.of(TRANSFORMS[transform].apply(clip) for clip in raw(lengths[0], seed=5))
    model = export_network(architecture, shape, weights, scaling, transform)
    onnx.checker.check_model(onnx.load_from_string(model), full_check=True)
    for frames in lengths:
        x = raw(frames)
        expected = by_torch(architecture, shape, weights, scaling, transform, x)
        np.testing.assert_allclose(by_onnx(model, x), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["cnn_max", "cnn_avg_lstm"])
@pytest.mark.parametrize("frames", [1, 2, 3, 7])
def test_a_clip_too_short_for_the_convolutions_is_repeated(name: str, frames: int) -> None:
    architecture, shape, weights = trained(name)
    scaling = Scaling.of(raw(50))
    model = export_network(architecture, shape, weights, scaling)
    x = raw(frames)
    times = -(-8 // frames)
    np.testing.assert_allclose(by_onnx(model, x), by_onnx(model, np.tile(x, (1, times, 1))), atol=1e-6)


def test_half_precision_halves_the_file_and_hardly_moves_the_probabilities() -> None:
    architecture, shape, weights = trained("cnn_avg_lstm")
    scaling = Scaling.of(raw(50))
    full, half = (export_network(architecture, shape, weights, scaling, half=half) for half in (False, True))
    assert len(half) < 0.55 * len(full)
    np.testing.assert_allclose(by_onnx(half, raw(100)), by_onnx(full, raw(100)), atol=1e-2)


def test_the_same_weights_give_the_same_bytes() -> None:
    architecture, shape, weights = trained("cnn_max_lstm")
    one, two = (export_network(architecture, shape, weights, Scaling.of(raw(50))) for _ in range(2))
    assert one == two


def test_genres_must_be_as_many_as_outputs() -> None:
    architecture, shape, weights = trained("mlp")
    with pytest.raises(ValueError, match="2 genres for a network with 5 outputs"):
        export_network(architecture, shape, weights, Scaling.of(raw(None)), genres=["a", "b"])
