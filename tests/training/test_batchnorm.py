"""Batch-norm statistics are those of the training tracks; the encoder that has them goes into the bundle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from made_data import listed_tracks

from genrelens.encoders import ENCODERS, load_encoder
from genrelens.errors import RecipeError
from genrelens.models.tunable_encoders import Arrays, named_arrays, tunable_encoder
from genrelens.recipes.load import NetworkSizes, load_recipe, recipe_of
from genrelens.recognition import Recognizer
from genrelens.recognition.members import session_of
from genrelens.training.batchnorm import recalibrated
from genrelens.training.build import build_bundle, evaluate_recipe
from genrelens.training.data import TrainingData
from genrelens.training.finetuning import embed
from genrelens.training.log_mel_inputs import log_mel
from genrelens.training.matrix import Clips, Fold, clips_of
from genrelens.training.members import MemberJob, MemberResult, MemberSetting, train_member

POOLS = ((2, 4), (3, 4), (2, 5), (2, 4), (4, 4))
RATE = ENCODERS["choi2017"].sample_rate


def sound(seed: int, genre: int) -> np.ndarray:
    """28 s of noise, with tones that tell the genre."""
    random = np.random.default_rng(seed)
    t = np.arange(28 * RATE) / RATE
    tones = [np.sin(2 * np.pi * f * t) for f in ((220, 330), (1500, 2100))[genre]]
    return (random.uniform(0.02, 0.2) * random.normal(0, 1, len(t)) + 0.1 * sum(tones)).astype(np.float32)


@pytest.fixture(scope="module")
def arrays(shared: Path) -> Iterator[Arrays]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GENRELENS_WEIGHTS", str(shared / "weights"))
        yield named_arrays("choi2017")


@pytest.fixture(scope="module")
def heard(arrays: Arrays) -> tuple[list[np.ndarray], Clips]:
    labels = np.arange(7) % 2
    sounds = [sound(number, int(label)) for number, label in enumerate(labels)]
    return sounds, clips_of([log_mel("choi2017", one, arrays["mel/filters"]) for one in sounds], labels, 2)


class PlainConvnet(torch.nn.Module):
    """The network from PyTorch's own layers, which keeps statistics of the last batch that it learnt from."""

    def __init__(self, arrays: Arrays) -> None:
        super().__init__()
        self.convs, self.norms = torch.nn.ModuleList(), torch.nn.ModuleList()
        for layer in range(1, 6):
            kernel = torch.from_numpy(arrays[f"conv{layer}/kernel"])
            conv = torch.nn.Conv2d(kernel.shape[1], 32, 3, padding=1)
            norm = torch.nn.BatchNorm2d(32, eps=1e-3, momentum=1.0)
            conv.weight.data, conv.bias.data = kernel, torch.from_numpy(arrays[f"conv{layer}/bias"])
            norm.weight.data = torch.from_numpy(arrays[f"bn{layer}/gamma"])
            norm.bias.data = torch.from_numpy(arrays[f"bn{layer}/beta"])
            self.convs.append(conv)
            self.norms.append(norm)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        h, means = x.transpose(1, 2).unsqueeze(1), []
        for conv, norm, pool in zip(self.convs, self.norms, POOLS, strict=True):
            h = F.max_pool2d(F.elu(norm(conv(h))), pool)
            means.append(h.mean((2, 3)))
        return torch.cat(means, 1)


def test_statistics_are_those_of_a_plain_pass_in_training_mode(
    arrays: Arrays, heard: tuple[list[np.ndarray], Clips]
) -> None:
    _, clips = heard
    rows = np.array([0, 2, 3, 5, 6])
    encoder = tunable_encoder("choi2017")
    ours = recalibrated(encoder, arrays, clips, rows)
    plain = PlainConvnet(arrays).train()
    with torch.no_grad():
        expected = plain(torch.from_numpy(clips.x[rows])).numpy()
    frames, bands = clips.x.shape[1], 96
    for layer, (norm, pool) in enumerate(zip(plain.norms, POOLS, strict=True), start=1):
        count = len(rows) * frames * bands
        biased = norm.running_var.numpy() * (count - 1) / count
        np.testing.assert_allclose(ours[f"bn{layer}/mean"], norm.running_mean, rtol=1e-4, atol=1e-4)
        np.testing.assert_allclose(ours[f"bn{layer}/var"], biased, rtol=1e-4)
        bands, frames = bands // pool[0], frames // pool[1]
    tensors = {name: torch.from_numpy(value) for name, value in ours.items()}
    np.testing.assert_allclose(embed(encoder, tensors, clips, rows), expected, rtol=1e-3, atol=1e-3)


def test_nothing_else_changes_and_other_tracks_do_not_matter(
    arrays: Arrays, heard: tuple[list[np.ndarray], Clips]
) -> None:
    _, clips = heard
    encoder = tunable_encoder("choi2017")
    rows = np.array([0, 1])
    ours = recalibrated(encoder, arrays, clips, rows)
    changed = {name for name, value in ours.items() if not np.array_equal(value, arrays[name])}
    assert changed == {f"bn{layer}/{what}" for layer in range(1, 6) for what in ("mean", "var")}
    others = Clips(clips.x.copy(), clips.lengths, clips.labels, clips.genres)
    others.x[2:] *= 3.0
    again = recalibrated(encoder, arrays, others, rows)
    assert all(np.array_equal(ours[name], again[name]) for name in ours)


def test_rows_of_many_lengths_count_by_their_frames(arrays: Arrays) -> None:
    random = np.random.default_rng(0)
    clips = clips_of(
        [random.uniform(-80, 0, (frames, 96)) for frames in (1280, 1360, 1280)], np.zeros(3, int), 1
    )
    ours = recalibrated(tunable_encoder("choi2017"), arrays, clips, np.arange(3))
    maps = [
        F.conv2d(
            torch.from_numpy(clips.x[row, :length]).T[None, None],
            torch.from_numpy(arrays["conv1/kernel"]),
            torch.from_numpy(arrays["conv1/bias"]),
            padding=1,
        )
        for row, length in enumerate(clips.lengths if clips.lengths is not None else ())
    ]
    joined = torch.cat(maps, dim=3).double()
    np.testing.assert_allclose(ours["bn1/mean"], joined.mean((0, 2, 3)), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(ours["bn1/var"], joined.var((0, 2, 3), correction=0), rtol=1e-4)


@pytest.mark.parametrize("architecture", ["remeasured", "finetuned"])
def test_encoder_and_mlp_of_the_bundle_say_what_was_tested(
    architecture: str,
    shared: Path,
    arrays: Arrays,
    heard: tuple[list[np.ndarray], Clips],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(shared / "weights"))
    sounds, clips = heard
    options = {"head_epochs": 2} if architecture == "finetuned" else {}
    document = {"architecture": architecture, "inputs": ["choi2017"], "options": options}
    training = {"epochs": 1, "batch": 4, "learning_rate": 1e-12 if options else 1e-3}
    member = recipe_of({"training": training, "members": [document]}).members[0]
    fold = Fold(np.arange(5), seed=(1,))
    setting = MemberSetting(member, ("a", "b"), NetworkSizes(hidden=8))
    [outcome] = train_member(setting, clips, [MemberJob(fold, np.array([5, 6]))])
    assert_bundle_says_what_was_tested(sounds, outcome)
    trained_on = recalibrated(tunable_encoder("choi2017"), arrays, clips, fold.train)
    tensors = {name: torch.from_numpy(value) for name, value in trained_on.items()}
    expected = embed(tunable_encoder("choi2017"), tensors, clips, np.array([5]))[0]
    found = load_encoder("choi2017", model=outcome.encoder)(sounds[5])["embedding"]
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-3)


def assert_bundle_says_what_was_tested(sounds: list[np.ndarray], outcome: MemberResult) -> None:
    encoder = load_encoder("choi2017", model=outcome.encoder)
    head = session_of(outcome.model)
    for probabilities, number in zip(outcome.probabilities, (5, 6), strict=True):
        vector = encoder(sounds[number])["embedding"][None]
        np.testing.assert_allclose(head.run(None, {"x": vector})[0][0], probabilities, atol=1e-3)


def test_a_bundle_carries_the_encoder_and_recognises_with_it(
    shared: Path,
    heard: tuple[list[np.ndarray], Clips],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(shared / "weights"))
    sounds, clips = heard
    data = TrainingData(
        listed_tracks(clips.labels[:6], range(6), ("low", "high")),
        track=np.arange(6),
        as_it_is=np.ones(6, bool),
        inputs={"choi2017/logmel": list(clips.x[:6])},
    )
    evaluated = evaluate_recipe(load_recipe("transfer-remeasured"), data, tmp_path / "run", protocol="artist")
    manifest = build_bundle(evaluated, tmp_path / "mine.bundle")
    [encoder] = manifest.encoders
    assert (encoder.name, encoder.file) == ("choi2017", "encoders/choi2017.onnx")
    monkeypatch.delenv("GENRELENS_WEIGHTS")
    monkeypatch.setenv("GENRELENS_CACHE", str(tmp_path / "nothing fetched"))
    lens = Recognizer(tmp_path / "mine.bundle")
    assert lens.recognize((sounds[6], RATE)).genre == "low"
    assert lens.recognize((sound(77, 1), RATE)).genre == "high"


def test_a_recipe_asks_for_it(arrays: Arrays, heard: tuple[list[np.ndarray], Clips]) -> None:
    recipe = load_recipe("transfer-remeasured")
    assert recipe.members[0].own_encoder == "choi2017"
    assert recipe.learnt_from() == ("choi2017/logmel",)
    member = {"architecture": "remeasured", "inputs": ["choi2017"]}
    with pytest.raises(RecipeError, match="changes choi2017, so mlp-choi2017 cannot use it as published"):
        recipe_of({"members": [member, {"architecture": "mlp", "inputs": ["choi2017"]}]})
    with pytest.raises(RecipeError, match="has no options"):
        recipe_of({"members": [{**member, "options": {"epochs": 3}}]})
    with pytest.raises(RecipeError, match=r"musicnn.*nothing to recalibrate; use remeasured with choi2017"):
        recalibrated(tunable_encoder("musicnn"), arrays, heard[1], np.array([0]))
