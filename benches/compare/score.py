"""The **scorer**: the same three numbers for every result, and the table of all.

Usage: score.py RESULTS
"""

import json
import sys
from pathlib import Path

import numpy as np
from sklearn.metrics import average_precision_score, f1_score


def score(path: Path) -> tuple[float, float, float]:
    """F1, F1 with each line weighing its characters, and average precision, of content."""
    gold, characters, probabilities, predicted = np.loadtxt(path, delimiter="\t", unpack=True)
    return (
        f1_score(gold, predicted),
        f1_score(gold, predicted, sample_weight=characters),
        average_precision_score(gold, probabilities),
    )


def best_threshold(gold: np.ndarray, probabilities: np.ndarray) -> float:
    """The P(content) from which on lines are kept for the highest F1; the highest of equal ones."""
    order = np.argsort(-probabilities, kind="stable")
    ranked = probabilities[order]
    hits = np.cumsum(gold[order])
    f1 = 2 * hits / (np.arange(1, len(gold) + 1) + hits[-1])
    ends = np.append(ranked[1:] != ranked[:-1], True)
    return float(ranked[np.argmax(np.where(ends, f1, -1.0))])


def row(path: Path) -> list[str]:
    cost = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    f1, char_f1, average_precision = score(path)
    return [
        cost["tool"],
        f"{f1:.3f}",
        f"{char_f1:.3f}",
        f"{average_precision:.3f}" if cost["ranks"] else "-",
        "-" if cost["seconds"] is None else f"{cost['seconds']:.0f}",
        "-" if cost["bytes"] is None else f"{cost['bytes'] / 1e6:.1f}",
    ]


def main() -> None:
    results = Path(sys.argv[1])
    head = ["tool", "F1", "char F1", "average precision", "training s", "model MB"]
    rows = [head, *map(row, sorted(results.glob("*.tsv")))]
    widths = [max(map(len, column)) for column in zip(*rows)]
    rows.insert(1, ["-" * width for width in widths])
    for name, *numbers in rows:
        cells = [name.ljust(widths[0])]
        cells += [number.rjust(width) for number, width in zip(numbers, widths[1:])]
        print(f"| {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
