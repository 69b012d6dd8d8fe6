"""The network learns what is there, not what is not; the seed alone decides; it leaves PyTorch as it was."""

import numpy as np
import torch
from sklearn.base import clone

from genrelens.baselines.classifiers.feature_map_network import FeatureMapNetwork


def maps(rows: int, seed: int, kinds: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Kinds that differ in how fast the second of three maps swings, none in its level."""
    random = np.random.default_rng(seed)
    labels = np.arange(rows) % kinds
    x = random.normal(0, 1, (rows, 3, 96)).astype(np.float32)
    phase = random.uniform(0, 2 * np.pi, (rows, 1))
    x[:, 1] += 2 * np.sin(2 * np.pi * np.arange(96) / np.array([4.0, 9.0, 20.0])[labels][:, None] + phase)
    return x * np.array([1, 50, 0.01], np.float32)[:, None] + 7, labels


def small(**options: object) -> FeatureMapNetwork:
    return FeatureMapNetwork(window=48, filters=12, batch=16, random_state=0, **options)


def test_it_learns_what_differs_over_time_alone():
    x, labels = maps(120, 0)
    asked, wanted = maps(60, 1)
    words = np.array(["slow", "middle", "fast"])
    network = small(most_epochs=12).fit(x, words[labels])
    assert network.score(asked, words[wanted]) > 0.95
    probabilities = network.predict_proba(asked)
    assert network.classes_.tolist() == ["fast", "middle", "slow"]
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_array_equal(network.classes_[probabilities.argmax(axis=1)], network.predict(asked))


def test_it_stops_early_where_there_is_nothing_to_learn():
    x, _ = maps(100, 2)
    labels = np.random.default_rng(3).integers(0, 3, 100)
    network = small(most_epochs=200, patience=5).fit(x, labels)
    assert network.epochs_ < 100
    asked, _ = maps(300, 4)
    assert abs((network.predict(asked) == np.random.default_rng(5).integers(0, 3, 300)).mean() - 1 / 3) < 0.12


def test_the_seed_alone_decides_and_pytorch_is_left_as_it_was():
    x, labels = maps(60, 6)
    torch.manual_seed(1)
    first = small(most_epochs=4).fit(x, labels)
    after = torch.get_rng_state()
    torch.manual_seed(1)
    assert torch.equal(torch.get_rng_state(), after)
    torch.manual_seed(2)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        again = clone(first).fit(x, labels)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    np.testing.assert_array_equal(first.predict_proba(x), again.predict_proba(x))
    other = clone(first).set_params(random_state=9).fit(x, labels)
    assert not np.array_equal(first.predict_proba(x), other.predict_proba(x))


def test_a_clips_answer_does_not_depend_on_the_clips_beside_it():
    x, labels = maps(60, 7)
    network = small(most_epochs=3).fit(x, labels)
    together = network.predict_proba(x)
    apart = np.concatenate([network.predict_proba(x[[row]]) for row in range(5)])
    np.testing.assert_allclose(apart, together[:5], atol=1e-5)


def test_classes_of_one_or_two_rows_and_a_constant_map_are_no_trouble():
    x, labels = maps(8, 8)
    x[:, 0] = 3.0
    labels[:] = [0, 0, 0, 0, 0, 1, 2, 2]
    probabilities = small(most_epochs=3).fit(x, labels).predict_proba(x)
    assert probabilities.shape == (8, 3)
    assert np.isfinite(probabilities).all()
