"""A fitted classifier on one vector a recording, and its ONNX network.

Conventions: `x` is (n, d) float32, the raw concatenated inputs of one member; labels are genre indices (n,)
or target probabilities (n, genres); `weights` (n,) are the weights of the rows. Vectors are standardised
inside, so that raw ones go in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from genrelens.ensemble import softmax
from genrelens.graphs import Graph


@dataclass(frozen=True, eq=False)
class Head:
    """A fitted classifier: standardise, project, at most one hidden layer, a linear layer, softmax.

    Args:
        mean, scale: (d,); the input becomes z = (x - mean) * scale.
        hidden: `none`; `relu`: max(0, z @ kernel + offset); `radial`: exp(-|z - c|² / width) for each
            column c of `kernel`, with `offset` holding |c|².
        kernel: (d, h), or (0, 0) where there is no hidden layer.
        offset: (h,), or (0,).
        width: squared width of the radial functions; 1 elsewhere.
        output: (h, genres), or (d, genres) without a hidden layer.
        bias: (genres,).
        projection: (d, k) where z is projected before the hidden layer, which then has k in the place of d.
    """

    mean: np.ndarray
    scale: np.ndarray
    hidden: Literal["none", "relu", "radial"]
    kernel: np.ndarray
    offset: np.ndarray
    width: float
    output: np.ndarray
    bias: np.ndarray
    projection: np.ndarray | None = None

    def logits(self, x: np.ndarray) -> np.ndarray:
        """Logits (n, genres) of raw vectors (n, d)."""
        z = self.projected(x)
        if self.hidden == "relu":
            z = np.maximum(z @ self.kernel + self.offset, 0.0)
        elif self.hidden == "radial":
            z = radial_functions(z, self.kernel, self.width)
        return np.asarray(z @ self.output + self.bias)

    def projected(self, x: np.ndarray) -> np.ndarray:
        """What the hidden layer sees (n, k) of raw vectors (n, d)."""
        z = (np.asarray(x, np.float32) - self.mean) * self.scale
        return z if self.projection is None else np.asarray(z @ self.projection)

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        """Probabilities (n, genres) of raw vectors (n, d), rows summing to 1.

        Example:
            >>> x = np.array([[0.0], [1.0], [4.0], [5.0]], np.float32)
            >>> from genrelens.heads.kinds import fit_head
            >>> head = fit_head("logistic", x, np.array([0, 0, 1, 1]), {"l2": 1e-3})
            >>> head.predict_proba(x).argmax(axis=1).tolist()
            [0, 0, 1, 1]
        """
        return softmax(self.logits(x))

    def to_onnx(self, genres: Sequence[str], half: bool = True, name: str = "head") -> bytes:
        """The classifier as an ONNX file: `x` (n, d) in, `probabilities` (n, genres) out.

        Args:
            genres: names of the genres, kept in the file's metadata; as many as there are outputs.
            half: store the large matrices as float16; probabilities stay within 1e-3.
            name: the graph's name.

        Raises:
            ValueError: the number of genres is another than that of the outputs.
        """
        if len(genres) != self.bias.size:
            raise ValueError(f"{len(genres)} genres for a head with {self.bias.size} outputs")
        graph = Graph(name, metadata={"genres": "\n".join(genres)})
        x = graph.input("x", ("n", self.mean.size))
        centred = graph.node("Sub", x, graph.constant("mean", self.mean))
        z = graph.node("Mul", centred, graph.constant("scale", self.scale))
        if self.projection is not None:
            z = graph.node("MatMul", z, graph.constant("projection", self.projection, half=half))
        if self.hidden != "none":
            products = graph.node("MatMul", z, graph.constant("kernel", self.kernel, half=half))
            offset = graph.constant("offset", self.offset)
            if self.hidden == "relu":
                z = graph.node("Relu", graph.node("Add", products, offset))
            else:
                squares = graph.node("ReduceSumSquare", z, axes=[1], keepdims=1)
                doubled = graph.node("Mul", products, graph.constant("minus_two", -2.0))
                distances = graph.node("Add", graph.node("Add", doubled, offset), squares)
                z = graph.node(
                    "Exp", graph.node("Mul", distances, graph.constant("width", -1.0 / self.width))
                )
        # the radial functions' output weights are large and cancel each other: float16 would show
        output = graph.constant("output", self.output, half=half and self.hidden != "radial")
        logits = graph.node("Add", graph.node("MatMul", z, output), graph.constant("bias", self.bias))
        graph.output(graph.node("Softmax", logits, axis=1), "probabilities", ("n", len(genres)))
        return graph.to_bytes()


def class_weights(y: np.ndarray, power: float = 1.0) -> np.ndarray:
    """Weights (n,) that let genres count alike: 1 / (tracks of the genre) ** power, mean 1.

    Example:
        >>> class_weights(np.array([0, 0, 0, 1])).round(3).tolist()
        [0.667, 0.667, 0.667, 2.0]
    """
    weights = 1.0 / np.bincount(y)[y] ** power
    return np.asarray(weights / weights.mean())


def one_hot(y: np.ndarray, genres: int | None = None) -> np.ndarray:
    """Indices (n,) as rows (n, genres) with a single one.

    Example:
        >>> one_hot(np.array([1, 0]), 3).tolist()
        [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]
    """
    return np.asarray(np.eye(genres or int(y.max()) + 1, dtype=np.float32)[y])


def standardisation(x: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Weighted mean and 1 / deviation of each column; columns that hardly vary have the scale 0.

    Example:
        >>> [part.tolist() for part in standardisation(np.array([[1.0, 5.0], [3.0, 5.0]]), np.ones(2))]
        [[2.0, 5.0], [1.0, 0.0]]
    """
    normalised = (weights / weights.sum())[:, None]
    mean = (normalised * x).sum(axis=0, dtype=np.float64)
    deviation = np.sqrt((normalised * (x - mean) ** 2).sum(axis=0, dtype=np.float64))
    varies = deviation > 1e-6 * np.maximum(np.abs(mean), 1e-3)
    scale = np.where(varies, 1.0 / np.where(varies, deviation, 1.0), 0.0)
    return mean.astype(np.float32), scale.astype(np.float32)


def fit_softmax_regression(
    z: np.ndarray, targets: np.ndarray, weights: np.ndarray, l2: float
) -> tuple[np.ndarray, np.ndarray]:
    """Minimise mean weighted cross-entropy + l2/2 · |W|² by L-BFGS: W (d, genres) and bias (genres,)."""
    from scipy.optimize import minimize

    dimensions, genres = z.shape[1], targets.shape[1]
    z = np.ascontiguousarray(z, np.float32)
    normalised = (weights / weights.sum()).astype(np.float32)[:, None]

    def loss(flat: np.ndarray) -> tuple[float, np.ndarray]:
        w = flat[:-genres].reshape(dimensions, genres)
        logits = z @ w.astype(np.float32) + flat[-genres:].astype(np.float32)
        logits -= logits.max(axis=1, keepdims=True)
        log_sum = np.log(np.exp(logits).sum(axis=1, keepdims=True))
        value = -float((normalised * targets * (logits - log_sum)).sum(dtype=np.float64))
        slope = normalised * (np.exp(logits - log_sum) * targets.sum(axis=1, keepdims=True) - targets)
        gradient = np.concatenate([(z.T @ slope).ravel(), slope.sum(axis=0)]).astype(np.float64)
        gradient[:-genres] += l2 * flat[:-genres]
        return value + 0.5 * l2 * float(flat[:-genres] @ flat[:-genres]), gradient

    start = np.zeros((dimensions + 1) * genres)
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 500, "ftol": 1e-8}).x
    return (
        found[:-genres].reshape(dimensions, genres).astype(np.float32),
        found[-genres:].astype(np.float32),
    )


def radial_functions(z: np.ndarray, kernel: np.ndarray, width: float) -> np.ndarray:
    """exp(-|z - c|² / width) (n, h) for rows z (n, k) and columns c of `kernel` (k, h).

    Example:
        >>> radial_functions(np.array([[0.0], [1.0]]), np.array([[1.0]]), 2.0).round(2).tolist()
        [[0.61], [1.0]]
    """
    distances = (z**2).sum(axis=1, keepdims=True) - 2.0 * (z @ kernel) + (kernel**2).sum(axis=0)
    return np.asarray(np.exp(-np.maximum(distances, 0.0) / width))
