"""The factorisations against loops that follow their definitions, and against scikit-learn's."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.decomposition import NMF

from genrelens.baselines.classifiers.linear_reduction import LinearReduction
from genrelens.baselines.classifiers.tensor_factorisation import TopologyPreservingNTF, neighbour_graph


def low_rank(seed: int, shape: tuple[int, ...], rank: int, examples: int = 12) -> np.ndarray:
    random = np.random.default_rng(seed)
    factors = [random.random((length, rank)) for length in (examples, *shape)]
    found = np.zeros((examples, *shape))
    for at in range(rank):
        part = factors[0][:, at]
        for factor in factors[1:]:
            part = np.multiply.outer(part, factor[:, at])
        found += part
    return found.reshape(examples, -1).astype(np.float32)


def objective(x: np.ndarray, model: TopologyPreservingNTF) -> float:
    """Half the squared residual and the ties, written as loops over examples, cells and pairs."""
    shape, h = model.shape, model.coefficients_.astype(float)
    total = 0.0
    for n, row in enumerate(x.astype(float).reshape(len(x), *shape)):
        for cell in np.ndindex(*shape):
            fitted = 0.0
            for j in range(model.components):
                fitted += h[n, j] * np.prod([f[i, j] for f, i in zip(model.factors_, cell, strict=True)])
            total += (row[cell] - fitted) ** 2
    graph = neighbour_graph(x, model.neighbours)
    for n in range(len(x)):
        for m in range(n):
            total += model.strength * graph[n, m] * np.sum((h[n] - h[m]) ** 2)
    return total / 2


@settings(max_examples=20)
@given(
    st.integers(0, 10**6),
    st.sampled_from([(6,), (4, 5), (2, 3, 4)]),
    st.integers(1, 6),
    st.sampled_from([0.0, 1.0, 30.0]),
)
def test_the_objective_never_rises(
    seed: int, shape: tuple[int, ...], components: int, strength: float
) -> None:
    x = low_rank(seed, shape, 4) + np.random.default_rng(seed).random((12, int(np.prod(shape))), np.float32)
    model = TopologyPreservingNTF(shape, components, strength, 3, iterations=60).fit(x)
    steps = np.diff(model.objectives_)
    assert (steps <= 2e-6 * np.square(x).sum()).all()  # what single precision rounds
    assert model.objectives_[-1] < model.objectives_[0]
    assert min(model.coefficients_.min(), *(f.min() for f in model.factors_)) >= 0
    for factor in model.factors_:
        np.testing.assert_allclose(np.linalg.norm(factor, axis=0), 1, rtol=1e-4)


@pytest.mark.parametrize("shape", [(5,), (3, 4), (2, 3, 2)])
@pytest.mark.parametrize("strength", [0.0, 5.0])
def test_one_round_is_that_of_a_loop(shape: tuple[int, ...], strength: float) -> None:
    x = low_rank(3, shape, 3, examples=6)
    before = TopologyPreservingNTF(shape, 2, strength, 2, iterations=4).fit(x)
    after = TopologyPreservingNTF(shape, 2, strength, 2, iterations=5).fit(x)
    assert after.objectives_[4] == pytest.approx(objective(x, before), rel=1e-4)
    coefficients, factors = one_round(x.reshape(6, *shape), before, strength * neighbour_graph(x, 2))
    np.testing.assert_allclose(after.coefficients_, coefficients, rtol=1e-3)
    for found, wanted in zip(after.factors_, factors, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-3)


def one_round(
    x: np.ndarray, model: TopologyPreservingNTF, graph: np.ndarray
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Each number times the negative part of its derivative over the positive part, number by number."""
    h, factors = model.coefficients_.astype(float), [f.astype(float) for f in model.factors_]
    cells = list(np.ndindex(*x.shape[1:]))

    def component(j: int, cell: tuple[int, ...], without: int | None = None) -> float:
        found = 1.0
        for axis, i in enumerate(cell):
            if axis != without:
                found *= factors[axis][i, j]
        return found

    def fitted(n: int, cell: tuple[int, ...]) -> float:
        return sum(h[n, j] * component(j, cell) for j in range(h.shape[1]))

    new = h.copy()
    for n, j in np.ndindex(*h.shape):
        rise = sum(x[n][c] * component(j, c) for c in cells) + sum(graph[n] * h[:, j])
        fall = sum(fitted(n, c) * component(j, c) for c in cells) + sum(graph[n]) * h[n, j]
        new[n, j] = h[n, j] * rise / fall
    h = new
    for axis in range(len(factors)):
        updated = factors[axis].copy()
        for i, j in np.ndindex(*factors[axis].shape):
            here = [c for c in cells if c[axis] == i]
            rise = sum(x[n][c] * h[n, j] * component(j, c, axis) for n in range(len(x)) for c in here)
            fall = sum(fitted(n, c) * h[n, j] * component(j, c, axis) for n in range(len(x)) for c in here)
            pairs = [(n, m) for n in range(len(x)) for m in range(n)]
            ties = sum(graph[n, m] * (h[n, j] - h[m, j]) ** 2 for n, m in pairs)
            others = np.prod([np.sum(f[:, j] ** 2) for at, f in enumerate(factors) if at != axis])
            updated[i, j] = factors[axis][i, j] * rise / (fall + ties * others * factors[axis][i, j])
        factors[axis] = updated
    lengths = [np.linalg.norm(f, axis=0) for f in factors]
    return h * np.prod(lengths, axis=0), [f / length for f, length in zip(factors, lengths, strict=True)]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of the oracle
def test_without_ties_and_with_one_axis_it_is_matrix_factorisation() -> None:
    x = low_rank(5, (9,), 5, examples=20) + np.random.default_rng(5).random((20, 9), np.float32)
    model = TopologyPreservingNTF((9,), 3, strength=0.0, iterations=3000).fit(x)
    oracle = NMF(3, init="nndsvda", max_iter=5000, tol=1e-9).fit(x)
    assert model.objectives_[-1] == pytest.approx(oracle.reconstruction_err_**2 / 2, rel=0.03)


def test_finds_a_tensor_of_its_rank_and_gives_its_coefficients() -> None:
    x = low_rank(6, (4, 5, 6), 2, examples=15)
    model = TopologyPreservingNTF((4, 5, 6), 2, strength=0.0, iterations=2000).fit(x)
    assert model.objectives_[-1] < 1e-3 * np.square(x).sum()
    np.testing.assert_allclose(model.transform(x), model.coefficients_, rtol=0.1, atol=0.1)


def test_ties_bring_neighbours_together() -> None:
    x = low_rank(8, (4, 6), 4, examples=20)
    graph = neighbour_graph(x, 3)

    def spread(strength: float) -> float:
        h = TopologyPreservingNTF((4, 6), 3, strength, 3, iterations=300).fit(x).coefficients_
        near = sum(graph[n, m] * np.sum((h[n] - h[m]) ** 2) for n in range(20) for m in range(n))
        return float(near / np.sum((h - h.mean(axis=0)) ** 2))

    assert spread(20.0) < spread(0.0)


def test_the_graph_ties_each_to_its_nearest_by_angle() -> None:
    rows = np.random.default_rng(9).random((10, 4)).astype(np.float32)
    graph = neighbour_graph(rows, 3)
    nearest = []
    for row in rows:
        angles = [row @ r / np.linalg.norm(row) / np.linalg.norm(r) for r in rows]
        nearest.append(set(np.argsort(angles)[-4:-1].tolist()))
    for n, m in np.ndindex(10, 10):
        tied = n != m and (m in nearest[n] or n in nearest[m])
        assert graph[n, m] == pytest.approx(1 / 3 if tied else 0)
    assert neighbour_graph(rows[:2], 5).shape == (2, 2)  # fewer others than asked for


@pytest.mark.parametrize("kind", ["non-negative", "principal", "random"])
def test_reductions_keep_angles_between_vectors(kind: str) -> None:
    x = low_rank(10, (60,), 6, examples=40)
    reduced = LinearReduction(kind, 30).fit(x).transform(x)
    assert reduced.shape == (40, 30)

    def angles(rows: np.ndarray) -> np.ndarray:
        unit = (rows - rows.mean(axis=0)) / np.linalg.norm(rows - rows.mean(axis=0), axis=1, keepdims=True)
        return (unit @ unit.T)[np.triu_indices(40, 1)]

    assert np.corrcoef(angles(x), angles(reduced))[0, 1] > 0.7


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # of the oracle
def test_principal_reduction_is_the_best_of_its_rank_and_the_non_negative_one_is_scikit_learns() -> None:
    x = low_rank(11, (20,), 8, examples=30)
    principal = LinearReduction("principal", 4).fit(x)
    left = x - principal.transform(x) @ principal.basis_
    assert np.square(left).sum() == pytest.approx(np.square(np.linalg.svd(x)[1][4:]).sum(), rel=1e-3)
    parts = LinearReduction("non-negative", 4).fit(x).basis_
    oracle = NMF(4, init="nndsvda", solver="mu", max_iter=60, random_state=0).fit(x).components_
    np.testing.assert_allclose(
        parts, oracle / np.linalg.norm(oracle, axis=1, keepdims=True), rtol=1e-4, atol=1e-6
    )
    with pytest.raises(ValueError, match="no reduction 'other'"):
        LinearReduction("other").fit(x)  # type: ignore[arg-type]
