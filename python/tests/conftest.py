"""Pages for the tests: those of `data/`, which are made up and CC0."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

import saring

REPOSITORY = Path(__file__).resolve().parents[2]


class Given(NamedTuple):
    """A page as a crawl has it."""

    id: str
    site: str
    url: str
    text: str


def labelled_text(path: Path) -> str:
    """The lines of a labelled page, without their labels."""
    rows = path.read_text(encoding="utf-8").split("\n")
    texts = [row.split("\t", 1)[1] for row in rows if "\t" in row and not row.startswith("#")]
    return "".join(text + "\n" for text in texts)


@pytest.fixture(scope="session")
def pages() -> list[Given]:
    """All pages of `data/heldout` and some of `data/train`, of several pages a site."""
    paths = sorted((REPOSITORY / "data").glob("*/*/*.tsv"))
    given = []
    for path in paths:
        site = path.parent.name
        url = f"https://www.{site}/{path.stem}"
        given.append(Given(f"{site}/{path.stem}", site, url, labelled_text(path)))
    assert len(given) > 100
    return given


@pytest.fixture(scope="session")
def texts(pages: list[Given]) -> list[str]:
    return [page.text for page in pages]


@pytest.fixture(scope="session")
def sites(pages: list[Given]) -> list[str]:
    return [page.site for page in pages]


@pytest.fixture(scope="session")
def model() -> saring.Model:
    return saring.load()


@pytest.fixture(scope="session")
def cleaned(model: saring.Model, texts: list[str], sites: list[str]) -> list[str]:
    """What one machine makes of the pages, one after the other."""
    return [model.clean(text, site) for text, site in zip(texts, sites)]


def saring_command(*arguments: str, stdin: str | None = None, check: bool = True):
    """Runs `python -m saring`."""
    return subprocess.run(
        [sys.executable, "-m", "saring", *arguments],
        check=check,
        input=None if stdin is None else stdin.encode(),
        capture_output=True,
    )


@pytest.fixture(scope="session")
def crawl(tmp_path_factory: pytest.TempPathFactory, pages: list[Given]) -> Path:
    """The pages as JSON Lines."""
    path = tmp_path_factory.mktemp("crawl") / "crawl.jsonl"
    rows = [json.dumps({"id": p.id, "url": p.url, "text": p.text}) for p in pages]
    path.write_text("".join(row + "\n" for row in rows), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def profile_path(crawl: Path) -> Path:
    """What `saring profile` finds out about the sites of the pages."""
    path = crawl.with_name("sites.profile")
    saring_command("profile", str(crawl), "--output", str(path))
    return path
