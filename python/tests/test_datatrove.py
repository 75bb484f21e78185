"""datatrove: JSON Lines in, cleaned JSON Lines out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Given

import saring

pytest.importorskip("datatrove", reason="skipped: no datatrove")

from datatrove.executor import LocalPipelineExecutor  # noqa: E402
from datatrove.pipeline.readers import JsonlReader  # noqa: E402
from datatrove.pipeline.writers import JsonlWriter  # noqa: E402

from saring.datatrove import SaringCleaner  # noqa: E402


def rows(folder: Path) -> dict[str, dict]:
    found = [
        json.loads(row)
        for path in folder.glob("*.jsonl")
        for row in path.read_text(encoding="utf-8").splitlines()
    ]
    return {row["id"]: row for row in found}


@pytest.mark.parametrize("tasks", [1, 2])
def test_a_pipeline_cleans_json_lines(
    tasks: int, tmp_path: Path, crawl: Path, pages: list[Given], cleaned: list[str]
) -> None:
    given = tmp_path / "given"
    given.mkdir()
    menu = {"id": "menu", "url": "https://a.example/", "text": "Beranda\nKontak\n"}
    halves = crawl.read_text(encoding="utf-8").splitlines(keepends=True) + [json.dumps(menu) + "\n"]
    (given / "1.jsonl").write_text("".join(halves[:60]), encoding="utf-8")
    (given / "2.jsonl").write_text("".join(halves[60:]), encoding="utf-8")

    cleaner = SaringCleaner(
        batch_size=16,
        exclusion_writer=JsonlWriter(str(tmp_path / "dropped"), compression=None),
    )
    executor = LocalPipelineExecutor(
        pipeline=[
            JsonlReader(str(given)),
            cleaner,
            JsonlWriter(str(tmp_path / "kept"), compression=None),
        ],
        tasks=tasks,
        workers=tasks,
        logging_dir=str(tmp_path / "logs"),
    )
    executor.run()

    kept, dropped = rows(tmp_path / "kept"), rows(tmp_path / "dropped")
    expected = {page.id: text for page, text in zip(pages, cleaned)}
    assert {id: row["text"] for id, row in kept.items()} == {
        id: text for id, text in expected.items() if text
    }
    assert all(row["metadata"]["url"] for row in kept.values())
    assert set(dropped) == {"menu", *(id for id, text in expected.items() if not text)}
    assert dropped["menu"]["text"] == "Beranda\nKontak\n"
    assert dropped["menu"]["metadata"]["filter_reason"] == "too_short"

    stats = json.loads((tmp_path / "logs" / "stats.json").read_text())
    stats = next(step["stats"] for step in stats if "saring" in step["name"])

    def total(stat: int | dict) -> int:
        return stat["total"] if isinstance(stat, dict) else stat

    assert total(stats["chars_after"]) == sum(len(row["text"]) for row in kept.values())
    assert total(stats["lines_after"]) < total(stats["lines_before"])
    assert stats["dropped_too_short"] == len(dropped)


def test_a_single_document_is_cleaned_too(pages: list[Given], cleaned: list[str]) -> None:
    from datatrove.data import Document

    document = Document(text=pages[0].text, id="1", metadata={})
    assert SaringCleaner(saring.load(), min_chars=0).filter(document) is True
    assert document.text == cleaned[0]
