"""**Speed** of whole commands: pairs run in turn, medians of wall time, ratios, MB/s, peak memory.

Usage: speed.py PART SARING INPUT...   as speed.sh calls it; RUNS in the environment
"""

import filecmp
import os
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

RUNS = int(os.environ["RUNS"])
MIB = 1 << 20


@dataclass
class Command:
    """A command, and what its runs took."""

    name: str
    words: list[str]
    input: Path | None = None
    """Stands at the standard input, and tells the bytes of MB/s."""
    output: Path = Path(os.devnull)
    size: int = 0
    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    peak: int = 0

    def run(self) -> None:
        """Runs it once: wall and processor time of the whole process, and its peak memory."""
        source = open(self.input or os.devnull, "rb")
        with source, open(self.output, "wb") as sink:
            environment = {**os.environ, "LC_ALL": "C.UTF-8"}
            start = time.monotonic()
            process = subprocess.Popen(
                self.words, stdin=source, stdout=sink, stderr=subprocess.PIPE, env=environment
            )
            messages = process.stderr.read() if process.stderr else b""
            _, status, usage = os.wait4(process.pid, 0)
            self.seconds.append(time.monotonic() - start)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{' '.join(self.words)}: {messages.decode()}")
        self.cpu.append(usage.ru_utime + usage.ru_stime)
        self.peak = max(self.peak, usage.ru_maxrss * 1024)

    def row(self, first: "Command") -> str:
        median = statistics.median(self.seconds)
        spread = f"{min(self.seconds):.3f}-{max(self.seconds):.3f}"
        rate = f"{self.size / median / 1e6:9.1f}" if self.size else f"{'':9}"
        ratio = median / statistics.median(first.seconds)
        cpu = statistics.median(self.cpu)
        peak = self.peak / MIB
        return (
            f"{self.name:34} {median:9.3f} {spread:>19} {cpu:9.3f} {rate} {ratio:8.2f} {peak:9.1f}"
        )


def compare(title: str, commands: list[Command], runs: int = RUNS) -> None:
    """Runs all in turn, `runs` times, and prints a row each; ratios are to the first."""
    for _ in range(runs):
        for command in commands:
            command.run()
    print(f"\n{title}, {runs} runs in turn")
    print(f"{'':34} {'median s':>9} {'range':>19} {'cpu s':>9} {'MB/s':>9} {'ratio':>8} {'MiB':>9}")
    for command in commands:
        print(command.row(commands[0]), flush=True)


def predict(saring: str, path: Path, threads: int, output: Path = Path(os.devnull)) -> Command:
    words = [saring, "predict", "--threads", str(threads), str(path)]
    name = f"saring, {path.suffix[1:]}, {threads} threads"
    return Command(name, words, output=output, size=path.stat().st_size)


def part_predict(saring: str, text: str, tokens: str, rival: str) -> None:
    plain, objects = Path(f"{text}.txt"), Path(f"{text}.jsonl")
    size = plain.stat().st_size
    fasttext = Command("fasttext predict", ["fasttext", "predict", rival, tokens], size=size)
    wc = Command("wc -w", ["wc", "-w", str(plain)], size=size)
    compare("One thread", [predict(saring, plain, 1), predict(saring, objects, 1), fasttext, wc])


def part_threads(saring: str, text: str) -> None:
    for path in (Path(f"{text}.txt"), Path(f"{text}.jsonl")):
        outputs = [path.with_suffix(f".{threads}.out") for threads in (1, 2)]
        commands = [predict(saring, path, at + 1, out) for at, out in enumerate(outputs)]
        compare("Two threads against one", commands)
        same = filecmp.cmp(*outputs, shallow=False)
        print(f"outputs {'identical' if same else 'DIFFER'}")


def part_memory(saring: str, *texts: str) -> None:
    small, large, long = texts
    paths = [Path(f"{small}.jsonl"), Path(f"{large}.jsonl"), Path(f"{small}.txt")]
    paths += [Path(f"{large}.txt"), Path(f"{long}.txt")]
    compare("Peak memory", [predict(saring, path, 1) for path in paths], runs=1)


def part_page(saring: str, page: str) -> None:
    compare("One page", [predict(saring, Path(f"{page}.txt"), 1)])


def train(saring: str, pages: str, threads: int, *settings: str) -> Command:
    words = [saring, "train", f"{pages}.jsonl", "--threads", str(threads)]
    words += ["--output", f"{pages}.safetensors", *settings]
    size = Path(f"{pages}.jsonl").stat().st_size
    return Command(f"saring train, {threads} threads", words, size=size)


def part_train(saring: str, pages: str) -> None:
    examples = Path(f"{pages}.fasttext")
    words = ["fasttext", "supervised", "-input", str(examples), "-output", f"{pages}.rival"]
    words += ["-wordNgrams", "2", "-epoch", "5", "-thread", "1"]
    fixed = ("--l2", "5", "--folds", "0")
    rival = Command("fasttext supervised, 1 thread", words, size=examples.stat().st_size)
    ours = [train(saring, pages, 1, *fixed), train(saring, pages, 2, *fixed)]
    compare("Training at a fixed strength", [rival, *ours])


def part_folds(saring: str, pages: str) -> None:
    compare("Training with the default folds", [train(saring, pages, 2)])


def main() -> None:
    part, *arguments = sys.argv[1:]
    globals()[f"part_{part}"](*arguments)


if __name__ == "__main__":
    main()
