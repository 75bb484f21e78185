"""MB/s of `clean_batch` beside that of the command, on the same pages and threads.

    python python/bench/speed.py [MEGABYTES] [THREADS]

The pages are those of `data/`, over and over in another order: furniture repeats more than on the web,
so the ratio means something, the MB/s less.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pyarrow as pa

import saring

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))
from conftest import REPOSITORY, labelled_text  # noqa: E402

ROUNDS = 3


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


def seconds(work) -> float:
    """The shortest of some rounds."""
    took = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        took.append(time.perf_counter() - start)
    return min(took)


def main() -> None:
    megabytes, threads = (int(a) for a in (sys.argv[1:] + ["100", "1"][len(sys.argv) - 1 :]))
    texts = pages(megabytes * 10**6)
    size = sum(len(text.encode()) for text in texts) / 1e6
    model = saring.load()
    model.clean("")
    array = pa.array(texts, pa.large_string())
    with tempfile.TemporaryDirectory() as folder:
        crawl = Path(folder) / "crawl.jsonl"
        crawl.write_text("".join(json.dumps({"text": t}, ensure_ascii=False) + "\n" for t in texts))
        arguments = [sys.executable, "-m", "saring", "predict", str(crawl), "--threads", str(threads)]

        def command() -> None:
            subprocess.run(arguments, stdout=subprocess.DEVNULL, check=True)

        speeds = {
            "command (JSON Lines in, text out)": size / seconds(command),
            "clean_batch of a list": size / seconds(lambda: model.clean_batch(texts, threads=threads)),
            "clean_batch of an array": size / seconds(lambda: model.clean_batch(array, threads=threads)),
        }
    print(f"{size:.0f} MB, {len(texts)} pages, {threads} threads, the best of {ROUNDS} rounds")
    for what, speed in speeds.items():
        print(f"{speed:7.1f} MB/s  {what}")


if __name__ == "__main__":
    main()
