"""**scikit-learn**: logistic regression on the words and bigrams of tokenised lines.

Usage: with_scikit_learn.py TRAIN TEST RESULTS

C, and whether the six labels are told apart or content from the rest, are chosen by
cross-validation with folds that share no site: the highest F1 of content over all lines.
"""

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import GroupKFold, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline

from pages import CONTENT, Line, asked, read_lines
from results import Cost, write_result
from score import best_threshold

STRENGTHS = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0, 300.0)
FOLDS = 5


@dataclass(frozen=True)
class Choice:
    """One way to ask at one strength, and what it reaches out of fold."""

    six: bool
    strength: float
    f1: float
    threshold: float


def pipeline(six: bool, strength: float) -> Pipeline:
    regression = LogisticRegression(C=strength, solver="liblinear", max_iter=1000)
    terms = TfidfVectorizer(
        token_pattern=r"\S+", lowercase=False, ngram_range=(1, 2), sublinear_tf=True
    )
    classifier = OneVsRestClassifier(regression) if six else regression
    return Pipeline([("terms", terms), ("regression", classifier)])


def names_of(lines: list[Line], six: bool) -> np.ndarray:
    return np.array([line.named(six) for line in lines])


def content_of(probabilities: np.ndarray, six: bool, names: np.ndarray):
    """P(content) of each line, and whether content is its likeliest label."""
    classes = np.unique(names)
    content = int(np.flatnonzero(classes == CONTENT)[0])
    return probabilities[:, content], probabilities.argmax(axis=1) == content


def choice(lines: list[Line], texts: list[str], six: bool, strength: float) -> Choice:
    names = names_of(lines, six)
    out_of_fold = cross_val_predict(
        pipeline(six, strength),
        texts,
        names,
        groups=[line.site for line in lines],
        cv=GroupKFold(FOLDS),
        n_jobs=-1,
        method="predict_proba",
    )
    probabilities, predicted = content_of(out_of_fold, six, names)
    gold = names == CONTENT
    found = Choice(six, strength, f1_score(gold, predicted), best_threshold(gold, probabilities))
    print(
        f"scikit-learn, {asked(six)}: C {strength:g}, F1 {found.f1:.3f} out of fold, "
        f"threshold {found.threshold:.3f}",
        file=sys.stderr,
    )
    return found


def main() -> None:
    train, test, results = map(Path, sys.argv[1:])
    lines, test_lines = read_lines(train), read_lines(test)
    texts = [line.tokens for line in lines]

    start = time.monotonic()
    choices = [choice(lines, texts, six, c) for six in (True, False) for c in STRENGTHS]
    best = max(choices, key=lambda found: found.f1)
    names = names_of(lines, best.six)
    model = pipeline(best.six, best.strength).fit(texts, names)
    seconds = time.monotonic() - start

    path = results.parent / "scikit-learn.joblib"
    joblib.dump(model, path)
    size = path.stat().st_size
    test_texts = [line.tokens for line in test_lines]
    probabilities, predicted = content_of(model.predict_proba(test_texts), best.six, names)
    name = f"scikit-learn, {asked(best.six)}, C {best.strength:g}"
    for tool, keep in (
        (f"{name}, likeliest label", predicted),
        (f"{name}, threshold from train", probabilities >= best.threshold),
    ):
        write_result(results, Cost(tool, seconds, size), test_lines, probabilities, keep)


if __name__ == "__main__":
    main()
