"""**Solvers** on one exported matrix: the time each needs to come as near to the minimum as 1e-6 of it.

Usage: solvers.py SOLVER MATRIX L2 CAP RUNS RIVAL...

Each fit is a process of its own, one thread, timed from when the matrix is in memory. All minimise

    sum_i loss_i + L2 / 2 |w|^2,  no penalty on the bias.

- saring tells seconds and objective at every iteration. The reference is its long run.
- liblinear `-s 0 -R`, content against the rest: a fit from the start at finer and finer tolerances.
- scikit-learn's lbfgs, six labels, one run: seconds and objective at every iteration, capped.
"""

import os
import statistics
import subprocess
import sys
import time

GAP = 1e-6
TO_THE_END = "1e-8"
"""The norm of saring's gradient at the end of its run, relative to that at 0."""
TOLERANCES = (1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7)
Path = list[tuple[float, float]]
"""Seconds and objective, as a solver goes on."""


def one_thread(words: list[str]) -> Path:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True, check=True)
    rows = (row.split("\t") for row in done.stdout.splitlines())
    return [(float(row[0]), float(row[1])) for row in rows]


def until(path: Path, goal: float) -> float | None:
    """The seconds until the goal is reached."""
    return next((seconds for seconds, objective in path if objective <= goal), None)


def liblinear(matrix: str, l2: float, cap: float, goal: float) -> None:
    import numpy as np
    from liblinear.liblinearutil import parameter, problem, train

    from matrix import binary_objective, read_matrix

    rows, labels = read_matrix(matrix)
    gold = np.where(labels > 0, 1.0, -1.0)
    examples = problem(gold, rows, bias=1)
    for tolerance in TOLERANCES:
        settings = parameter(f"-s 0 -c {1 / l2} -e {tolerance} -B 1 -R -q")
        start = time.monotonic()
        fitted = train(examples, settings)
        elapsed = time.monotonic() - start
        weights, bias = fitted.get_decfun()
        reached = binary_objective(rows, gold, np.array(weights), bias, l2)
        print(f"{elapsed:.3f}\t{reached:.9f}", flush=True)
        if reached <= goal or elapsed > cap:
            return


def scikit_learn(matrix: str, l2: float, cap: float, goal: float) -> None:
    import scipy.optimize
    from sklearn.linear_model import LogisticRegression

    from matrix import read_matrix

    rows, labels = read_matrix(matrix)
    minimise = scipy.optimize.minimize
    start = 0.0

    def told(*arguments, **settings):
        def tell(intermediate_result) -> None:
            elapsed = time.monotonic() - start
            # scikit-learn divides the objective by the number of rows.
            objective = intermediate_result.fun * len(labels)
            print(f"{elapsed:.3f}\t{objective:.9f}", flush=True)
            if objective <= goal or elapsed > cap:
                raise StopIteration

        return minimise(*arguments, **{**settings, "callback": tell})

    scipy.optimize.minimize = told
    start = time.monotonic()
    LogisticRegression(C=1 / l2, tol=1e-12, max_iter=100_000).fit(rows, labels)


def saring(solver: str, matrix: str, labels: str, l2: str) -> Path:
    return one_thread([solver, "path", matrix, labels, l2, TO_THE_END, "1"])


def compare(rival: str, solver: str, matrix: str, l2: str, cap: str, runs: int) -> None:
    labels = LABELS[rival]
    minimum = saring(solver, matrix, labels, l2)[-1][1]
    goal = minimum * (1 + GAP)
    ours, theirs = [], []
    for _ in range(runs):
        mine = saring(solver, matrix, labels, l2)
        ours.append(until(mine, goal))
        words = [sys.executable, "-B", __file__, rival, matrix, l2, cap, repr(goal)]
        path = one_thread(words)
        theirs.append(until(path, goal) or path[-1][0])
        reached = min(objective for _, objective in path)
    if None in ours:
        raise SystemExit(f"saring did not reach {goal}")
    our_median, their_median = statistics.median(ours), statistics.median(theirs)
    gap = reached / minimum - 1
    ratio = their_median / our_median
    print(f"{labels}: minimum {minimum:.6f}; saring {our_median:.1f} s to a gap of {GAP:g}")
    print(f"  {rival} {their_median:.1f} s, gap {gap:.1e}, ratio {ratio:.2f}")
    if reached > goal:
        there = until(mine, reached)
        print(f"  it did not get there; saring was where it ended after {there:.1f} s", flush=True)


def main() -> None:
    if sys.argv[1] in RIVALS:
        rival, matrix, l2, cap, goal = sys.argv[1:]
        RIVALS[rival](matrix, float(l2), float(cap), float(goal))
        return
    solver, matrix, l2, cap, runs, *rivals = sys.argv[1:]
    for rival in rivals:
        compare(rival, solver, matrix, l2, cap, ONE_RUN.get(rival, int(runs)))


RIVALS = {"liblinear": liblinear, "scikit-learn": scikit_learn}
LABELS = {"liblinear": "binary", "scikit-learn": "six"}
ONE_RUN = {"scikit-learn": 1}

if __name__ == "__main__":
    main()
