"""**liblinear** `-s 0` on an exported matrix: seconds and objective at finer and finer tolerances.

Usage: with_liblinear.py MATRIX binary|six L2 SECONDS GOAL

Each row that is printed is a fit from the start: seconds, objective. It stops when the objective
is at most GOAL, or a fit took longer than SECONDS. `-R` leaves the bias without a penalty, as saring
does. Six labels are one against the rest to liblinear, another objective: there is no row for them.
"""

import sys
import time

import numpy as np
from liblinear.liblinearutil import parameter, problem, train

from matrix import binary_objective, read_matrix

TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)


def main() -> None:
    matrix, _, l2, seconds, goal = sys.argv[1:]
    rows, labels = read_matrix(matrix)
    gold = np.where(labels > 0, 1.0, -1.0)
    examples = problem(gold, rows, bias=1)
    for tolerance in TOLERANCES:
        settings = parameter(f"-s 0 -c {1 / float(l2)} -e {tolerance} -B 1 -R -q")
        start = time.monotonic()
        fitted = train(examples, settings)
        elapsed = time.monotonic() - start
        weights, bias = fitted.get_decfun()
        reached = binary_objective(rows, gold, np.array(weights), bias, float(l2))
        print(f"{elapsed:.3f}\t{reached:.9f}\t{tolerance:g}", flush=True)
        if reached <= float(goal) or elapsed > float(seconds):
            return


if __name__ == "__main__":
    main()
