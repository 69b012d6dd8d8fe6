"""Leaks that are there are found and named; content, artists in blocks and noise are not called leaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from genrelens.audit.batch_leak import batch_leak
from genrelens.audit.label_errors import find_label_errors
from genrelens.audit.probe import as_probabilities, out_of_fold_scores
from genrelens.audit.source_confound import source_confound


def test_the_published_vectors_leak_batches_of_256(shared: Path):
    published = np.load(shared / "features" / "choi2017_published_160.npz")
    leak = batch_leak(published["X"], [str(t).split(".")[0] for t in published["track"]])
    assert leak is not None
    assert leak.found
    assert leak.batch == 256
    assert leak.borders == (256, 512, 768)
    assert leak.accuracy > 0.95
    assert leak.p_value < 0.005


def test_features_computed_track_by_track_do_not_leak(shared: Path):
    taggram = np.load(shared / "features" / "musicnn_msd_taggram_train.npz")
    patches, owner = taggram["X"], taggram["track"]
    tracks = sorted(set(owner.tolist()))
    means = np.stack([patches[owner == t].mean(axis=0) for t in tracks])
    leak = batch_leak(means, [t.split(".")[0] for t in tracks])
    assert leak is not None
    assert not leak.found


def test_albums_in_blocks_are_no_order_leak():
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(10):
        album = np.repeat(np.arange(200), rng.integers(1, 12, 200))[:600]
        features = rng.standard_normal((600, 40)) + 1.5 * rng.standard_normal((200, 40))[album]
        leak = batch_leak(features, np.arange(600) // 100)
        assert leak is not None
        alarms += leak.found
    assert alarms <= 1


@pytest.mark.parametrize("batch", [32, 64, 112])
def test_a_batch_offset_is_found_and_its_size_named(batch: int):
    rng = np.random.default_rng(batch)
    features = rng.standard_normal((800, 30)) + rng.standard_normal((40, 30))[np.arange(800) // batch]
    leak = batch_leak(features, np.arange(800) // 100)
    assert leak is not None
    assert (leak.found, leak.batch) == (True, batch)


def test_genres_that_share_a_word_are_two():
    features = np.random.default_rng(3).standard_normal((400, 6))
    features[::2] += 0.1
    plain = np.repeat(["soul", "rock"], 200)
    shared = np.repeat(["soul & pop", "rock & pop"], 200)
    assert batch_leak(features, plain) == batch_leak(features, shared)


def test_lists_too_short_for_a_border_say_nothing():
    assert batch_leak(np.zeros((20, 3)), ["a"] * 10 + ["b"] * 10) is None


def test_a_genre_told_by_its_codec_is_found_and_named():
    rng = np.random.default_rng(0)
    genre = np.repeat(["blues", "jazz", "rock", "pop"], 40)
    codec = np.where((genre == "pop") | (rng.random(160) < 0.1), "mp3", "flac")
    leak = source_confound("codec", {"codec": codec}, genre, np.arange(160))
    assert leak is not None
    assert leak.best_genre == "pop"
    assert leak.best_recall > 0.9
    assert leak.low > leak.chance


def test_properties_without_genre_in_them_are_at_chance():
    rng = np.random.default_rng(0)
    genre = np.repeat(["blues", "jazz", "rock", "pop"], 50)
    alarms = 0
    for _ in range(10):
        leak = source_confound("level", {"level": rng.normal(size=200)}, genre, np.arange(200))
        assert leak is not None
        alarms += leak.found
    assert alarms == 0


def test_a_property_that_is_nearly_always_the_same_tells_nothing():
    genre = np.repeat(["blues", "jazz", "rock", "pop"], 50)
    rate = np.full(200, 44100)
    rate[::50] = 48000
    leak = source_confound("codec", {"rate": rate}, genre, np.arange(200))
    assert leak is not None
    assert not leak.found


def test_what_an_artist_alone_shares_is_not_counted_as_genre():
    rng = np.random.default_rng(0)
    artist = np.repeat(np.arange(20), 10)
    level = rng.normal(size=20)[artist]
    leak = source_confound("level", {"level": level}, np.array(["a", "b"])[artist % 2], artist)
    assert leak is not None
    assert not leak.found


def test_the_probe_is_scikit_learns_kernel_ridge():
    kernel_ridge = pytest.importorskip("sklearn.kernel_ridge")
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 2
    features = rng.standard_normal((40, 5)) + labels[:, None]
    fold = np.arange(40) // 2 % 2
    scores = out_of_fold_scores(features, labels, fold, folds=2)
    train, test = fold == 0, fold == 1
    mean, deviation = features[train].mean(axis=0), features[train].std(axis=0)
    x, y = (features[train] - mean) / deviation, (features[test] - mean) / deviation
    model = kernel_ridge.KernelRidge(alpha=0.3, kernel="rbf", gamma=1 / 10).fit(x, np.eye(2)[labels[train]])
    np.testing.assert_allclose(scores[test], model.predict(y), rtol=1e-9)


def test_probabilities_of_useless_scores_are_even():
    scores = np.random.default_rng(0).normal(size=(400, 4)) * 0.1
    table = as_probabilities(scores, np.random.default_rng(1).integers(0, 4, 400))
    np.testing.assert_allclose(table.sum(axis=1), 1)
    assert table.max() < 0.5


def test_swapped_labels_are_suspects_and_hardly_anything_else():
    rng = np.random.default_rng(0)
    true = np.arange(200) % 4
    features = rng.standard_normal((200, 8)) + 3.5 * np.eye(4, 8)[true]
    filed = true.copy()
    wrong = rng.choice(200, 8, replace=False)
    filed[wrong] = (true[wrong] + 1) % 4
    suspects = find_label_errors(features, filed.astype(str), np.arange(200))
    found = {s.track for s in suspects}
    assert len(found & set(wrong.tolist())) >= 7
    assert len(found - set(wrong.tolist())) <= 3
    assert all(s.other_genre == str(true[s.track]) for s in suspects if s.track in wrong)
