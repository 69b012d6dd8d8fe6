"""Information is what scikit-learn computes; the choice leaves out copies and noise."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.feature_selection import mutual_info_classif
from sklearn.metrics import mutual_info_score
from sklearn.preprocessing import KBinsDiscretizer

from genrelens.baselines.classifiers.mutual_information import (
    Discrete,
    MutualInformationSelection,
    equal_frequency_codes,
    least_redundant,
)


@given(st.integers(0, 2**32 - 1), st.integers(10, 120), st.integers(2, 7))
def test_information_of_codes_is_scikit_learns(seed: int, rows: int, bins: int):
    random = np.random.default_rng(seed)
    labels = random.integers(0, 4, rows)
    codes = (labels[:, None] + random.integers(0, bins, (rows, 5))) % bins
    found = Discrete(codes).information(labels)
    expected = mutual_info_classif(codes, labels, discrete_features=True)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_columns_are_cut_as_scikit_learn_cuts_them():
    x = np.random.default_rng(0).normal(0, 1, (200, 3))
    bins = KBinsDiscretizer(5, encode="ordinal", strategy="quantile", quantile_method="linear")
    assert (equal_frequency_codes(x, 5) == bins.fit_transform(x)).mean() > 0.99  # they differ on a cut itself


def test_information_ranks_real_valued_columns_as_scikit_learns_neighbours_do():
    """Two estimators of one quantity: bins here, nearest neighbours there."""
    random = np.random.default_rng(1)
    labels = random.integers(0, 3, 600)
    noise = np.array([0.2, 0.5, 1.0, 4.0, 16.0, 64.0])
    x = labels[:, None] + noise * random.normal(0, 1, (600, 6))
    found = Discrete(equal_frequency_codes(x, 5)).information(labels)
    expected = mutual_info_classif(x, labels, random_state=0)
    assert found.argsort()[-3:].tolist() == expected.argsort()[-3:].tolist() == [2, 1, 0]


def test_each_next_column_is_the_best_of_the_criterion_computed_naively():
    random = np.random.default_rng(2)
    labels = random.integers(0, 4, 80)
    codes = np.stack([(labels + random.integers(0, 1 + c % 4, 80)) % 4 for c in range(9)], axis=1)
    order = least_redundant(codes, labels, 6).tolist()
    for place, taken in enumerate(order):
        before = order[:place]

        def score(column: int, before: list[int] = before) -> float:
            redundancy = [mutual_info_score(codes[:, column], codes[:, other]) for other in before]
            return mutual_info_score(codes[:, column], labels) - (np.mean(redundancy) if before else 0.0)

        best = max(score(column) for column in range(9) if column not in before)
        assert abs(score(taken) - best) < 1e-6


def test_copies_of_a_telling_column_come_after_another_telling_one():
    random = np.random.default_rng(3)
    high, low = random.integers(0, 2, (2, 400))
    labels = 2 * high + low
    telling, other = high + random.normal(0, 0.1, 400), low + random.normal(0, 0.2, 400)
    x = np.stack([telling, 3 * telling + 1, telling**3, other, random.normal(0, 1, 400)], axis=1)
    chosen = MutualInformationSelection(count=2, bins=2).fit(x, labels).columns_.tolist()
    assert len(set(chosen) & {0, 1, 2}) == 1
    assert 3 in chosen


def test_fewer_columns_are_the_first_of_more_and_labels_may_be_words():
    random = np.random.default_rng(4)
    labels = np.array(["jazz", "rock", "pop"])[random.integers(0, 3, 90)]
    x = random.normal(0, 1, (90, 12)) + (labels == "rock")[:, None] * np.arange(12) / 4
    many = MutualInformationSelection(count=8).fit(x, labels)
    few = clone(many).set_params(count=3).fit(x, labels)
    assert few.columns_.tolist() == many.columns_[:3].tolist()
    np.testing.assert_array_equal(few.transform(x[:5]), x[:5][:, few.columns_])
    assert MutualInformationSelection(count=50).fit(x, labels).transform(x).shape == (90, 12)
