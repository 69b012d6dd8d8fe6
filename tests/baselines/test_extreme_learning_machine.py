"""The output layer is the closed solution; the hidden one is drawn, once and for all, from the seed."""

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import make_moons
from sklearn.linear_model import Ridge

from genrelens.baselines.classifiers.extreme_learning_machine import ExtremeLearningMachine, ridge_solution


@pytest.mark.parametrize("rows", [30, 200])
def test_the_output_layer_is_ridge_regression_on_the_hidden_one(rows: int):
    random = np.random.default_rng(rows)
    x, labels = random.normal(0, 1, (rows, 7)), random.integers(0, 3, rows)
    machine = ExtremeLearningMachine(hidden=80, ridge=0.01, random_state=1).fit(x, labels)
    hidden = np.tanh(x @ machine.weights_ + machine.offsets_)
    expected = Ridge(alpha=0.01 * rows, fit_intercept=False).fit(hidden, np.eye(3)[labels]).coef_.T
    np.testing.assert_allclose(machine.output_, expected, rtol=1e-5, atol=1e-8)
    np.testing.assert_allclose(machine.decision_function(x), hidden @ expected, atol=1e-7)


def test_both_ways_of_solving_give_one_solution():
    random = np.random.default_rng(0)
    wide, targets = random.normal(0, 1, (20, 21)), random.normal(0, 1, (20, 2))
    normal_equations = np.linalg.inv(wide.T @ wide + 0.3 * np.eye(21)) @ wide.T @ targets
    np.testing.assert_allclose(ridge_solution(wide, targets, 0.3), normal_equations, atol=1e-10)


def test_it_learns_what_no_line_parts():
    x, labels = make_moons(400, noise=0.15, random_state=0)
    machine = ExtremeLearningMachine(hidden=100, spread=2.0, random_state=0)
    assert machine.fit(x[:200], labels[:200]).score(x[200:], labels[200:]) > 0.95


def test_probabilities_sum_to_one_and_agree_with_the_answer_even_far_from_what_was_learnt():
    random = np.random.default_rng(5)
    x, labels = random.normal(0, 1, (60, 4)), np.array(["a", "b", "c"])[random.integers(0, 3, 60)]
    machine = ExtremeLearningMachine(hidden=200, ridge=1.0, random_state=0).fit(x, labels)
    asked = np.concatenate([x, 50 * random.normal(0, 1, (500, 4))])
    probabilities = machine.predict_proba(asked)
    assert (machine.decision_function(asked).max(axis=1) < 0).any()  # the hard case is among them
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(machine.classes_[probabilities.argmax(axis=1)], machine.predict(asked))


def test_the_seed_decides_and_nothing_else():
    random = np.random.default_rng(6)
    x, labels = random.normal(0, 1, (40, 4)), random.integers(0, 2, 40)
    one = ExtremeLearningMachine(random_state=3).fit(x, labels)
    np.testing.assert_array_equal(one.predict_proba(x), clone(one).fit(x, labels).predict_proba(x))
    other = ExtremeLearningMachine(random_state=4).fit(x, labels)
    assert not np.array_equal(one.weights_, other.weights_)
