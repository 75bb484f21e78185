"""MB/s of `clean_batch` beside that of the command, on the same pages and threads.

    python python/bench/speed.py [MEGABYTES] [THREADS]

The pages are those of `data/`, over and over in another order: furniture repeats more than on the web,
so the ratio means something, the MB/s less. Speed is told by the clock, and for each second that a core
was busy, which other programs on the machine disturb less.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

import saring
from saring.__main__ import find_command

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from conftest import REPOSITORY, labelled_text  # noqa: E402

ROUNDS = 3


class Speed(NamedTuple):
    """MB/s, the best of some rounds."""

    clock: float
    busy: float


def pages(bytes_wanted: int) -> list[str]:
    """Pages of `data/`, shuffled with a fixed seed, until there are so many bytes."""
    texts = [labelled_text(path) for path in sorted((REPOSITORY / "data").glob("*/*/*.tsv"))]
    shuffle = random.Random(1).shuffle
    taken: list[str] = []
    size = 0
    while size < bytes_wanted:
        shuffle(texts)
        taken += texts
        size += sum(len(text.encode()) for text in texts)
    return taken


def busy_seconds() -> float:
    """For how long cores were busy with this program and those that it ran."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def speed(megabytes: float, work: Callable[[], object]) -> Speed:
    best = Speed(0.0, 0.0)
    for _ in range(ROUNDS):
        clock, busy = time.perf_counter(), busy_seconds()
        work()
        clock, busy = time.perf_counter() - clock, busy_seconds() - busy
        best = Speed(max(best.clock, megabytes / clock), max(best.busy, megabytes / busy))
    return best


def speeds(texts: list[str], threads: int) -> dict[str, Speed]:
    """Of the command, and of batches in both forms."""
    size = sum(len(text.encode()) for text in texts) / 1e6
    model = saring.load()
    model.clean("")
    array = pa.array(texts, pa.large_string())
    with tempfile.TemporaryDirectory() as folder:
        crawl = Path(folder) / "crawl.jsonl"
        rows = [json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts]
        crawl.write_text("".join(rows), encoding="utf-8")
        command = [str(find_command()), "predict", "--quiet", str(crawl)]
        command += ["--threads", str(threads)]
        work: dict[str, Callable[[], object]] = {
            "command": lambda: subprocess.run(command, stdout=subprocess.DEVNULL, check=True),
            "clean_batch of a list": lambda: model.clean_batch(texts, threads=threads),
            "clean_batch of an array": lambda: model.clean_batch(array, threads=threads),
        }
        return {what: speed(size, work) for what, work in work.items()}


def main() -> None:
    megabytes, threads = (int(a) for a in (sys.argv[1:] + ["100", "1"][len(sys.argv) - 1 :]))
    texts = pages(megabytes * 10**6)
    print(f"{megabytes} MB, {len(texts)} pages, {threads} threads, the best of {ROUNDS} rounds")
    print("MB/s  of a busy core")
    for what, (clock, busy) in speeds(texts, threads).items():
        print(f"{clock:4.1f}  {busy:14.1f}  {what}")


if __name__ == "__main__":
    main()
