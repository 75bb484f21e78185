"""**saring**: trained, then asked for every test line; checks the scorer against its own report.

Usage: with_saring.py TRAIN TEST RESULTS SARING
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from pages import CONTENT, Line, normalize, read_lines
from results import Cost, write_result
from score import score

TOLERANCE = 1e-4
"""P(content) comes with 6 decimals: lines that are equal in them rank as one."""


def run(*command: object) -> str:
    """What a command prints to the standard output; its messages go to ours."""
    words = list(map(str, command))
    return subprocess.run(words, stdout=subprocess.PIPE, encoding="utf-8", check=True).stdout


def predictions(printed: str, lines: list[Line]) -> tuple[list[float], list[bool]]:
    """P(content) and whether it was predicted, in the order of `lines`."""
    pages = {page["id"]: iter(page["lines"]) for page in map(json.loads, printed.splitlines())}
    found = []
    for line in lines:
        answer = next(pages[line.page])
        if normalize(answer["text"].encode()) != line.text:
            raise SystemExit(f"{line.page}: saring reads other lines than pages.py does")
        found.append((answer["content"], answer["label"] == CONTENT))
    if any(next(rest, None) for rest in pages.values()):
        raise SystemExit("saring reads more lines than pages.py does")
    probabilities, predicted = zip(*found)
    return list(probabilities), list(predicted)


def check(report: dict, result: Path) -> None:
    """Stops where saring's own report has other scores than the scorer."""
    for name, ours in zip(("f1", "char_f1", "average_precision"), score(result)):
        theirs = report["content"][name]
        if abs(ours - theirs) > TOLERANCE:
            raise SystemExit(f"content.{name} is {theirs} to saring and {ours} to the scorer")


def main() -> None:
    train, test, results = map(Path, sys.argv[1:4])
    saring = sys.argv[4]
    model = results.parent / "saring.safetensors"
    lines = read_lines(test)

    start = time.monotonic()
    run(saring, "train", train, "--output", model, "--quiet")
    seconds = time.monotonic() - start

    printed = run(saring, "predict", "--model", model, "--format", "jsonl", test)
    probabilities, predicted = predictions(printed, lines)
    cost = Cost("saring", seconds, model.stat().st_size)
    result = write_result(results, cost, lines, probabilities, predicted)
    check(json.loads(run(saring, "evaluate", "--model", model, "--format", "json", test)), result)


if __name__ == "__main__":
    main()
