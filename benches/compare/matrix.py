"""A **matrix** that `examples/solver.rs export` wrote, and the objective of a fit on it."""

import numpy as np
from scipy.sparse import csr_matrix


def read_matrix(path: str) -> tuple[csr_matrix, np.ndarray]:
    """The rows, all values one, and the label of each, 0 for content."""
    offsets = np.fromfile(f"{path}.offsets", dtype=np.uint64).astype(np.int64)
    columns = np.fromfile(f"{path}.columns", dtype=np.uint32).astype(np.int32)
    labels = np.fromfile(f"{path}.labels", dtype=np.uint8)
    if offsets[-1] < 2**31:
        offsets = offsets.astype(np.int32)
    ones = np.ones(len(columns))
    return csr_matrix((ones, columns, offsets), shape=(len(labels), columns.max() + 1)), labels


def binary_objective(
    rows: csr_matrix, gold: np.ndarray, weights: np.ndarray, bias: float, l2: float
) -> float:
    """`sum log(1 + exp(-y (w x + b))) + l2 / 2 |w|^2`, gold 1 or -1; either sign of the weights."""
    margins = rows @ weights[: rows.shape[1]] + bias
    losses = [np.logaddexp(0, -gold * margins).sum(), np.logaddexp(0, gold * margins).sum()]
    return min(losses) + 0.5 * l2 * float(weights @ weights)
