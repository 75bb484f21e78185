"""**Large inputs**: the pages of a corpus over and over, rare words replaced by seeded new ones.

Usage: large.py text FOLDER BYTES OUT     pages below FOLDER (.txt, .tsv) to OUT.txt and OUT.jsonl
       large.py train FOLDER LINES OUT    labelled pages (.tsv) to OUT.jsonl and OUT.fasttext
       large.py page FOLDER LINES OUT     the lines of pages as one page, OUT.txt
       large.py small FOLDER BYTES OUT    the page whose size is nearest, to OUT.txt
       large.py tokens IN.txt OUT.txt     lines tokenised as fastText wants them
       large.py distinct IN.jsonl OUT.jsonl   of lines that are the same the first one alone

A copy of a page stands on a site of its own. A word that the corpus has at most three times is rare.
What stands for it in a copy is drawn from an endless list of made-up words whose n-th has a chance
of about n^-1.67, so that the number of different words grows like the 0.6th power of the number of
words (Heaps' law), as it does in real text. A word that stands on a page twice is replaced by the
same word twice. The first copy is the corpus itself.
"""

import json
import random
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pages import CONTENT, PUNCTUATION, Line, normalize, read_page

RARE = 3
"""A word is rare up to this number of occurrences."""
FIRST = 5000
"""The first made-up word's place in the list: words before it would be frequent ones."""
WORD = re.compile(r"[^\W\d_]+")
SYLLABLES = [consonant + vowel for consonant in "bcdghjklmnprstwy" for vowel in "aeiou"]


def made_up(place: int) -> str:
    """The word at a place of the list."""
    syllables = []
    while place or len(syllables) < 2:
        place, syllable = divmod(place, len(SYLLABLES))
        syllables.append(SYLLABLES[syllable])
    return "".join(syllables)


@dataclass(frozen=True)
class Template:
    """A page whose rare words can be replaced: every second piece is a rare word."""

    site: str
    labels: list[str]
    pieces: list[str]

    def filled(self, random_: random.Random) -> list[str]:
        """Its lines with other rare words."""
        words: dict[str, str] = {}
        pieces = self.pieces.copy()
        for at in range(1, len(pieces), 2):
            old = pieces[at]
            word = words.get(old.lower())
            if word is None:
                draw = 1.0 - random_.random()
                word = words[old.lower()] = made_up(int(FIRST * draw**-1.5))
            pieces[at] = word.capitalize() if old[0].isupper() else word
        return "".join(pieces).split("\n")


def template(page: list[Line], counts: Counter[str]) -> Template:
    text = "\n".join(line.text for line in page)
    pieces, end = [], 0
    for word in WORD.finditer(text):
        if counts[word[0].lower()] <= RARE:
            pieces += [text[end : word.start()], word[0]]
            end = word.end()
    return Template(page[0].site, [line.label for line in page], [*pieces, text[end:]])


def read_text(path: Path) -> list[Line]:
    texts = map(normalize, path.read_bytes().split(b"\n"))
    return [Line(path.stem, path.parent.name, CONTENT, text) for text in texts if text]


def templates(folder: Path, suffixes: tuple[str, ...]) -> list[Template]:
    paths = sorted(path for path in folder.rglob("*") if path.suffix in suffixes)
    read = {".tsv": lambda path: read_page(path, folder), ".txt": read_text}
    pages = [page for page in (read[path.suffix](path) for path in paths) if page]
    if not pages:
        raise SystemExit(f"{folder}: no page below it")
    counts: Counter[str] = Counter()
    for page in pages:
        counts.update(word.lower() for line in page for word in WORD.findall(line.text))
    return [template(page, counts) for page in pages]


def copies(folder: Path, *suffixes: str) -> Iterator[tuple[int, Template, list[str]]]:
    """Pages without end: number, template, lines."""
    pages = templates(folder, suffixes)
    random_ = random.Random(1)
    number = 0
    for copy in range(sys.maxsize):
        for page in pages:
            lines = page.filled(random_) if copy else "".join(page.pieces).split("\n")
            site = f"{page.site}.{copy}"
            yield number, Template(site, page.labels, []), lines
            number += 1


def write_text(folder: Path, size: int, out: Path) -> None:
    """The pages one after the other as one text, and an object each as JSON Lines."""
    with (
        out.with_suffix(".txt").open("w", encoding="utf-8") as text,
        out.with_suffix(".jsonl").open("w", encoding="utf-8") as objects,
    ):
        for number, page, lines in copies(folder, ".txt", ".tsv"):
            joined = "\n".join(lines)
            text.write(joined + "\n")
            row = {"id": number, "site": page.site, "text": joined}
            objects.write(json.dumps(row, ensure_ascii=False) + "\n")
            size -= len(joined.encode()) + 1
            if size <= 0:
                return


def write_train(folder: Path, count: int, out: Path) -> None:
    """Labelled pages as JSON Lines, and their lines as fastText learns from them."""
    with (
        out.with_suffix(".jsonl").open("w", encoding="utf-8") as objects,
        out.with_suffix(".fasttext").open("w", encoding="utf-8") as examples,
    ):
        for number, page, lines in copies(folder, ".tsv"):
            lines = lines[:count]
            labels = page.labels[: len(lines)]
            row = {"id": number, "site": page.site, "lines": lines, "labels": labels}
            objects.write(json.dumps(row, ensure_ascii=False) + "\n")
            for label, line in zip(labels, lines):
                examples.write(f"__label__{label} {tokenised(line)}\n")
            count -= len(lines)
            if count <= 0:
                return


def write_page(folder: Path, count: int, out: Path) -> None:
    with out.with_suffix(".txt").open("w", encoding="utf-8") as file:
        for _, _, lines in copies(folder, ".txt", ".tsv"):
            lines = lines[:count]
            file.write("\n".join(lines) + "\n")
            count -= len(lines)
            if count <= 0:
                return


def write_small(folder: Path, size: int, out: Path) -> None:
    pages = ("".join(page.pieces) + "\n" for page in templates(folder, (".txt", ".tsv")))
    text = min(pages, key=lambda text: abs(len(text.encode()) - size))
    out.with_suffix(".txt").write_text(text, encoding="utf-8")


def tokenised(line: str) -> str:
    return " ".join(PUNCTUATION.sub(r" \1 ", line.lower()).split())


def write_tokens(text: Path, out: Path) -> None:
    with text.open(encoding="utf-8") as lines, out.open("w", encoding="utf-8") as tokens:
        tokens.writelines(tokenised(line) + "\n" for line in lines)


def write_distinct(pages: Path, out: Path) -> None:
    """Of lines that are the same the first one alone; tells how many others there were."""
    known: set[str] = set()
    lines, size, left = 0, 0, 0
    with pages.open(encoding="utf-8") as rows, out.open("w", encoding="utf-8") as objects:
        for row in map(json.loads, rows):
            fresh = []
            for line in row["text"].split("\n"):
                lines, size = lines + 1, size + len(line.encode()) + 1
                if line not in known:
                    known.add(line)
                    fresh.append(line)
                    left += len(line.encode()) + 1
            if fresh:
                row["text"] = "\n".join(fresh)
                objects.write(json.dumps(row, ensure_ascii=False) + "\n")
    print(f"{1 - len(known) / lines:.0%} of {lines} lines, {1 - left / size:.0%} of {size} bytes")


def main() -> None:
    what, source, *rest = sys.argv[1:]
    if what == "tokens":
        write_tokens(Path(source), Path(rest[0]))
        return
    if what == "distinct":
        write_distinct(Path(source), Path(rest[0]))
        return
    write = {"text": write_text, "train": write_train, "page": write_page, "small": write_small}
    size, out = int(rest[0]), Path(rest[1])
    out.parent.mkdir(parents=True, exist_ok=True)
    write[what](Path(source), size, out)


if __name__ == "__main__":
    main()
