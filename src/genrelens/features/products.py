"""Matrix products that stay on the thread that asks for them.

BLAS libraries hand a product to several threads from a certain size on. For matrices as small as ours that
gains little on an idle machine, and costs many times the work on a busy one: the threads wait for each other
in a loop, each for its turn on a processor. A limit on the library's threads holds for the whole process, so
it would slow the caller's own products, and callers in several threads would undo each other's limits.
So a product is put together from blocks that are too small to be shared.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Number = TypeVar("Number", np.float32, np.float64)

MOST_MULTIPLICATIONS = 1 << 18
"""Multiplications up to which OpenBLAS keeps a product on one thread (its `gemm.c`: 65536 times 4)."""
MOST_ENTRIES = 1 << 13
"""Entries of a matrix up to which it keeps a matrix times a vector on one thread (`gemv.c`: 2304 times 4)."""
_INNER = 64


def product(left: NDArray[Number], right: NDArray[Number]) -> NDArray[Number]:
    """`left @ right`, computed on the calling thread alone.

    Args:
        left: shape (m, k).
        right: shape (k, n), or (k,), of the same type.

    Returns:
        Shape (m, n), or (m,).

    Example:
        >>> left = np.arange(6, dtype=np.float32).reshape(2, 3)
        >>> product(left, np.eye(3, 2, dtype=np.float32)).tolist()
        [[0.0, 1.0], [3.0, 4.0]]
    """
    if right.ndim == 1:
        column: NDArray[Number] = product(left, right[:, np.newaxis])[:, 0]
        return column
    (height, depth), width = left.shape, right.shape[1]
    result = np.zeros((height, width), np.result_type(left, right))
    if not width:
        return result
    columns = min(width, MOST_MULTIPLICATIONS // (8 * _INNER))
    rows = max(1, min(MOST_MULTIPLICATIONS // (_INNER * columns), MOST_ENTRIES // _INNER))
    for across in range(0, width, columns):
        for inner in range(0, depth, _INNER):
            factor = right[inner : inner + _INNER, across : across + columns]
            for down in range(0, height, rows):
                block = result[down : down + rows, across : across + columns]
                block += left[down : down + rows, inner : inner + _INNER] @ factor
    return result
