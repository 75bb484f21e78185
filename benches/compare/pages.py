"""A **labelled page** is a .tsv file, a row a line: label, tab, text; its folder names its site.

Reads pages as saring reads them (src/corpus/tsv.rs, src/normalize.rs), so that every tool sees the
same lines, and tokenises the lines for the tools that want tokens.
"""

import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

LABELS = ("content", "metadata", "navigation", "advertisement", "related", "comment")
CONTENT = LABELS[0]

# What Unicode calls White_Space; Python's str.isspace has a few control characters more.
WHITE_SPACE = frozenset(
    "\t\n\x0b\x0c\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000"
    + "".join(map(chr, range(0x2000, 0x200B)))
)
FORMAT_CHARACTERS = frozenset(
    "\xad\u034f\u061c\u180e\ufeff"
    + "".join(
        chr(code)
        for first, last in ((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0xFE00, 0xFE0F))
        for code in range(first, last + 1)
    )
)
PUNCTUATION = re.compile(r"([^\w\s]|_)")


@dataclass(frozen=True)
class Line:
    """One line of a page; `text` is normalised and never empty."""

    page: str
    site: str
    label: str
    text: str

    @property
    def is_content(self) -> bool:
        return self.label == CONTENT

    def named(self, six: bool) -> str:
        """Its label; unless `six`, any but content is `rest`."""
        return self.label if six or self.is_content else "rest"

    @property
    def tokens(self) -> str:
        """Lower-cased, punctuation split off, tokens parted by single spaces."""
        return " ".join(PUNCTUATION.sub(r" \1 ", self.text.lower()).split())


def asked(six: bool) -> str:
    """The name of a way to ask for content: among six labels, or against the rest."""
    return "six labels" if six else "content/rest"


def normalize(raw: bytes) -> str:
    """Valid text without invisible characters, each run of white space folded to one space."""
    kept = "".join(
        " " if character in WHITE_SPACE else character
        for character in raw.decode("utf-8", "replace")
        if character in WHITE_SPACE or not is_invisible(character)
    )
    return re.sub(" +", " ", kept).strip(" ")


def is_invisible(character: str) -> bool:
    return character in FORMAT_CHARACTERS or unicodedata.category(character) == "Cc"


def read_lines(root: Path) -> list[Line]:
    """The lines of all labelled pages below `root`, in the order of their paths."""
    paths = sorted(
        path
        for path in root.rglob("*.tsv")
        if not any(part.startswith(".") for part in path.relative_to(root).parts)
    )
    if not paths:
        raise SystemExit(f"{root}: no .tsv file below it")
    return [line for path in paths for line in read_page(path, root)]


def read_page(path: Path, root: Path) -> list[Line]:
    page = path.relative_to(root).with_suffix("").as_posix()
    rows = path.read_bytes().removeprefix(b"\xef\xbb\xbf").split(b"\n")
    lines = []
    for number, row in enumerate(rows, start=1):
        if row.startswith(b"#") or not normalize(row):
            continue
        name, tab, raw = row.partition(b"\t")
        label = name.decode("utf-8", "replace")
        if not tab or label not in LABELS:
            raise SystemExit(f"{path}:{number}: a row is a label, a tab and the line's text")
        if text := normalize(raw):
            lines.append(Line(page, path.parent.name, label, text))
    return lines
