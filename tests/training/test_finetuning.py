"""Encoders trained on are the published ones at the start, learn, and go back into a bundle as they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from genrelens.encoders import ENCODERS, load_encoder
from genrelens.errors import EncoderError, RecipeError
from genrelens.models.tunable_encoders import named_arrays, tunable_encoder
from genrelens.recipes.load import MemberRecipe, NetworkSizes, load_recipe, recipe_of
from genrelens.recognition.members import session_of
from genrelens.training.finetuning import embed
from genrelens.training.log_mel_inputs import LogMelInputs, log_mel
from genrelens.training.matrix import Fold, clips_of
from genrelens.training.members import MemberJob, MemberSetting, train_member


@pytest.fixture(autouse=True)
def _weights(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GENRELENS_WEIGHTS", str(shared / "weights"))


def sound(seconds: float, rate: int, seed: int, genre: int = 0) -> np.ndarray:
    """Noise, with tones that tell the genre."""
    random = np.random.default_rng(seed)
    t = np.arange(int(seconds * rate)) / rate
    tones = [np.sin(2 * np.pi * f * t) for f in ((220, 330), (1500, 2100))[genre]]
    return (0.1 * random.normal(0, 1, len(t)) + 0.1 * sum(tones)).astype(np.float32)


@pytest.mark.parametrize(("name", "seconds"), [("choi2017", 30.0), ("choi2017", 5.0), ("musicnn", 10.0)])
def test_before_training_the_embedding_is_the_published_encoders(name: str, seconds: float) -> None:
    samples = sound(seconds, ENCODERS[name].sample_rate, 0)
    arrays = named_arrays(name)
    clips = clips_of([log_mel(name, samples, arrays["mel/filters"])], np.array([0]), 2)
    tensors = {key: torch.from_numpy(value) for key, value in arrays.items()}
    ours = embed(tunable_encoder(name), tensors, clips, np.array([0]))[0]
    expected = load_encoder(name)(samples)["embedding"]
    np.testing.assert_allclose(ours, expected, atol=1e-4 * max(1.0, np.abs(expected).max()))


@pytest.fixture(scope="module")
def tuned(shared: Path):
    """musicnn trained on eight clips of two genres, tested on two more."""
    patch = pytest.MonkeyPatch()
    patch.setenv("GENRELENS_WEIGHTS", str(shared / "weights"))
    filters = named_arrays("musicnn")["mel/filters"]
    labels = np.arange(10) % 2
    sounds = [sound(3.1 if n % 3 else 6.5, 16000, n, int(label)) for n, label in enumerate(labels)]
    clips = clips_of([log_mel("musicnn", one, filters) for one in sounds], labels, 2)
    members = [tuned_member("float32"), tuned_member("float32"), tuned_member("bfloat16")]
    job = MemberJob(Fold(np.arange(8), seed=(1,)), np.array([8, 9]))
    outcomes = [
        train_member(MemberSetting(one, ("a", "b"), NetworkSizes(hidden=8)), clips, [job])[0]
        for one in members
    ]
    patch.undo()
    return sounds, outcomes


def tuned_member(precision: str) -> MemberRecipe:
    return recipe_of(
        {
            "training": {"epochs": 3, "batch": 4, "learning_rate": 3e-4, "precision": precision},
            "members": [
                {
                    "architecture": "finetuned",
                    "inputs": ["musicnn"],
                    "options": {"head_epochs": 5, "patches": 1},
                }
            ],
        }
    ).members[0]


def test_fine_tuning_lowers_the_loss_and_changes_the_encoder(tuned) -> None:
    sounds, (outcome, *_) = tuned
    losses = [point.train_loss for point in outcome.curve]
    assert losses[-1] < losses[0]
    published = load_encoder("musicnn")(sounds[0])["embedding"]
    after = load_encoder("musicnn", model=outcome.encoder)(sounds[0])["embedding"]
    assert np.abs(after - published).max() > 1e-3


def test_encoder_and_mlp_of_the_bundle_say_what_was_tested(tuned) -> None:
    sounds, (outcome, *_) = tuned
    encoder = load_encoder("musicnn", model=outcome.encoder)
    head = session_of(outcome.model)
    for probabilities, number in zip(outcome.probabilities, (8, 9), strict=True):
        vector = encoder(sounds[number])["embedding"][None]
        np.testing.assert_allclose(head.run(None, {"x": vector})[0][0], probabilities, atol=1e-4)


def test_the_same_seed_tunes_to_the_same_bytes(tuned) -> None:
    _, (one, two, _) = tuned
    assert one.encoder == two.encoder
    assert one.model == two.model


def test_products_in_bfloat16_learn_as_well(tuned) -> None:
    _, (full, _, rough) = tuned
    expected, found = ([point.train_loss for point in one.curve] for one in (full, rough))
    assert found != expected
    assert found[-1] < 0.5 * found[0]


def test_the_store_keeps_what_an_encoder_hears() -> None:
    from genrelens.audio import Excerpt

    source = LogMelInputs()
    excerpt = Excerpt(sound(30.0, 22050, 3), 22050, start_s=0.0)
    computed = source.build(["choi2017/logmel", "musicnn/logmel", "mfcc"])(excerpt)
    # 29 s at 12 kHz with hop 256; ten patches of 187 frames
    assert computed["choi2017/logmel"].shape == (1360, 96)
    assert computed["musicnn/logmel"].shape == (1870, 96)
    assert computed["mfcc"].shape == (646, 20)
    assert source.canonical("musicnn") == "musicnn/embedding"
    assert source.fingerprint("choi2017/logmel") != source.fingerprint("musicnn/logmel")


def test_recipes_name_what_they_train_on() -> None:
    recipe = load_recipe("transfer-finetuned")
    assert recipe.input_names() == ("choi2017",)
    assert recipe.learnt_from() == ("choi2017/logmel",)
    tuned = {"architecture": "finetuned", "inputs": ["choi2017"]}
    with pytest.raises(RecipeError, match="cannot use it as published"):
        recipe_of({"members": [tuned, {"architecture": "mlp", "inputs": ["choi2017"]}]})
    with pytest.raises(RecipeError, match="cannot be fine-tuned"):
        tunable_encoder("fcn")
    with pytest.raises(RecipeError, match="unknown key 'patch'; did you mean 'patches'"):
        recipe_of({"members": [tuned | {"options": {"patch": 3}}]})


def test_without_named_arrays_the_user_is_told_where_they_are_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GENRELENS_WEIGHTS")
    with pytest.raises(EncoderError, match=r"GENRELENS_WEIGHTS.*musicnn_msd\.npz"):
        named_arrays("musicnn")
