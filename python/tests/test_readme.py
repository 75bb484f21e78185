"""Every line of Python that the README shows runs, and does what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import REPOSITORY, Given

import saring

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def block(word: str) -> str:
    (found,) = [code for code in BLOCKS if word in code]
    return found


def test_every_block_is_run_by_a_test_and_short() -> None:
    words = ["saring.load", "saring.spark", "SaringCleaner"]
    assert len(BLOCKS) == len(words)
    assert all(len(block(word).splitlines()) <= 5 for word in words)


def test_the_first_lines_run(texts: list[str], tmp_path: Path, monkeypatch, model) -> None:
    names = {"text": texts[0], "texts": texts}
    exec(block("saring.load"), names)
    # The values of the lines that are only shown.
    shown = [line.split("#")[0].strip() for line in block("saring.load").splitlines()]
    clean, predict, batch = (eval(line, names) for line in shown[2:])
    assert clean == model.clean(texts[0])
    assert predict == model.predict(texts[0].splitlines())
    assert batch[0] == clean


def test_the_model_and_profile_of_the_comment_load(profile_path: Path, tmp_path, monkeypatch) -> None:
    call = re.search(r"or (saring\.load\(.*\))$", block("saring.load"), re.MULTILINE).group(1)
    monkeypatch.chdir(profile_path.parent)
    model = profile_path.with_name("my.safetensors")
    model.write_bytes((REPOSITORY / "models" / "id.safetensors").read_bytes())
    assert eval(call, {"saring": saring}).profiles == saring.load_profiles(profile_path)


def test_the_pipelines_run(
    tmp_path: Path, monkeypatch, crawl: Path, pages: list[Given], cleaned: list[str], model
) -> None:
    datasets = pytest.importorskip("datasets", reason="skipped: no datasets")
    pytest.importorskip("datatrove", reason="skipped: no datatrove")
    from datatrove.executor import LocalPipelineExecutor
    from datatrove.pipeline.readers import JsonlReader
    from datatrove.pipeline.writers import JsonlWriter

    monkeypatch.chdir(tmp_path)
    (tmp_path / "crawl").mkdir()
    (tmp_path / "crawl" / "1.jsonl").write_bytes(crawl.read_bytes())
    names = {
        "JsonlReader": JsonlReader,
        "JsonlWriter": JsonlWriter,
        "model": model,
        "dataset": datasets.Dataset.from_list([page._asdict() for page in pages]),
    }
    exec(block("SaringCleaner"), names)
    assert list(names["dataset"]["text"]) == cleaned
    LocalPipelineExecutor(pipeline=names["pipeline"], logging_dir="logs").run()
    assert list((tmp_path / "clean").iterdir())


def test_the_wheel_is_installed_as_shown() -> None:
    assert "`pip install ./python`" in README
    script = (REPOSITORY / "python" / "test.sh").read_text()
    assert "install ./python" in script
