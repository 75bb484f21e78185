"""**fastText** on tokenised lines, tuned by its own autotune on a slice of the training sites.

Usage: with_fasttext.py TRAIN TEST RESULTS SECONDS

SECONDS is what autotune may take for the two ways to ask, six labels and content against the rest,
which are tuned side by side. The way with the better F1 on the slice is fitted again, with the
settings that were found, on all of the training pages.
"""

import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sklearn.metrics import f1_score

from pages import CONTENT, Line, asked, read_lines
from results import Cost, write_result
from score import best_threshold

PREFIX = "__label__"
EVERY = 5
"""One of so many training sites, in the order of their names, is in the slice."""

# Bigrams, as the comparison asks. More buckets than the pages have bigrams: what autotune would
# try beyond, up to ten million, costs it minutes for the clearing of memory alone. One thread: the
# same settings then give the same model, where racing threads move its F1 by hundredths.
FIXED = ["-wordNgrams", "2", "-bucket", "500000", "-thread", "1"]
TUNED = ("epoch", "lr", "dim", "minn", "maxn")


@dataclass(frozen=True)
class Tuned:
    """What autotune found for one way to ask, and what that reaches on the slice."""

    six: bool
    settings: list[str]
    f1: float
    threshold: float


def run(*arguments: str, text: str | None = None) -> str:
    command = ["fasttext", *arguments]
    done = subprocess.run(command, input=text, capture_output=True, encoding="utf-8")
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")
    return done.stdout


def write_examples(path: Path, lines: list[Line], six: bool) -> None:
    rows = (f"{PREFIX}{line.named(six)} {line.tokens}\n" for line in lines)
    path.write_text("".join(rows), encoding="utf-8")


def fit(folder: Path, lines: list[Line], six: bool, settings: list[str]) -> str:
    """Fits a model on `lines`; what fastText prints. The model is `folder`/fasttext.bin."""
    folder.mkdir(parents=True, exist_ok=True)
    write_examples(folder / "fit.txt", lines, six)
    paths = ["-input", str(folder / "fit.txt"), "-output", str(folder / "fasttext")]
    printed = run("supervised", *paths, *FIXED, *settings)
    (folder / "fasttext.vec").unlink()
    return printed


def predict(folder: Path, fitted: list[Line], lines: list[Line], six: bool):
    """P(content) and whether content is the likeliest label, for each of `lines`.

    A line of which fastText knows no token has the share of content in `fitted`.
    """
    text = "".join(f"{line.tokens}\n" for line in lines)
    rows = run("predict-prob", str(folder / "fasttext.bin"), "-", "-1", text=text).splitlines()
    if len(rows) != len(lines):
        raise SystemExit(f"fasttext predicted {len(rows)} of {len(lines)} lines")
    share = np.mean([line.is_content for line in fitted])
    probabilities, predicted = np.empty(len(lines)), np.empty(len(lines), bool)
    for at, row in enumerate(map(str.split, rows)):
        found = dict(zip(row[::2], map(float, row[1::2])))
        # fastText adds 1e-5 to each probability.
        probabilities[at] = min(found.get(PREFIX + CONTENT, 0.0), 1.0) if found else share
        predicted[at] = row[0] == PREFIX + CONTENT if found else share > 0.5
    return probabilities, predicted


def tune(folder: Path, fitted: list[Line], held: list[Line], six: bool, seconds: str) -> Tuned:
    folder.mkdir(parents=True, exist_ok=True)
    validation = folder / "slice.txt"
    write_examples(validation, held, six)
    arguments = ["-autotune-validation", str(validation), "-autotune-duration", seconds]
    arguments += ["-autotune-metric", f"f1:{PREFIX}{CONTENT}", "-verbose", "3"]
    printed = fit(folder, fitted, six, arguments)
    best = dict(re.findall(r"^(\w+) = (\S+)$", printed.rpartition("Best selected args")[2], re.M))
    settings = [word for name in TUNED for word in (f"-{name}", best[name])]
    probabilities, predicted = predict(folder, fitted, held, six)
    gold = np.array([line.is_content for line in held])
    found = Tuned(six, settings, f1_score(gold, predicted), best_threshold(gold, probabilities))
    trials = printed.count("Trial = ")
    print(
        f"fastText, {asked(six)}: {trials} trials, {' '.join(settings)}, "
        f"F1 {found.f1:.3f} on the slice, threshold {found.threshold:.3f}",
        file=sys.stderr,
    )
    return found


def tune_both(folder: Path, fitted: list[Line], held: list[Line], seconds: str) -> list[Tuned]:
    """Tunes both ways at the same time, each in a process and a folder of its own."""
    with ThreadPoolExecutor() as pool:
        ways = [
            pool.submit(tune, folder / name, fitted, held, six, seconds)
            for name, six in (("six", True), ("rest", False))
        ]
        return [way.result() for way in ways]


def main() -> None:
    train, test, results = map(Path, sys.argv[1:4])
    folder = results.parent / "fasttext"
    lines, test_lines = read_lines(train), read_lines(test)
    slice_sites = set(sorted({line.site for line in lines})[::EVERY])
    held = [line for line in lines if line.site in slice_sites]
    rest = [line for line in lines if line.site not in slice_sites]

    start = time.monotonic()
    best = max(tune_both(folder, rest, held, sys.argv[4]), key=lambda way: way.f1)
    fit(folder, lines, best.six, [*best.settings, "-verbose", "0"])
    seconds = time.monotonic() - start

    size = (folder / "fasttext.bin").stat().st_size
    probabilities, predicted = predict(folder, lines, test_lines, best.six)
    name = f"fastText, {asked(best.six)}"
    for tool, keep in (
        (f"{name}, likeliest label", predicted),
        (f"{name}, threshold from train", probabilities >= best.threshold),
    ):
        write_result(results, Cost(tool, seconds, size), test_lines, probabilities, keep)


if __name__ == "__main__":
    main()
