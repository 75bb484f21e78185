"""Hugging Face datasets: `map(batched=True)`."""

from __future__ import annotations

import pytest
from conftest import Given

import saring

datasets = pytest.importorskip("datasets", reason="skipped: no datasets")


@pytest.mark.parametrize("processes", [None, 2])
def test_a_dataset_is_cleaned_in_batches(
    processes: int | None, pages: list[Given], cleaned: list[str], model: saring.Model, tmp_path
) -> None:
    dataset = datasets.Dataset.from_list([page._asdict() for page in pages])
    dataset.save_to_disk(str(tmp_path / "set"))
    dataset = datasets.load_from_disk(str(tmp_path / "set"))
    sites = [saring.site_of(url) for url in dataset["url"]]
    answer = dataset.map(
        lambda batch: {"text": model.clean_batch(batch["text"])}, batched=True, num_proc=processes
    )
    assert list(answer["text"]) == cleaned
    assert list(answer["url"]) == list(dataset["url"])
    assert sites[0] == pages[0].site


def test_a_dataset_in_arrow_format_is_read_where_it_lies(
    pages: list[Given], cleaned: list[str], model: saring.Model
) -> None:
    import pyarrow as pa

    dataset = datasets.Dataset.from_list([page._asdict() for page in pages]).with_format("arrow")
    answer = dataset.map(
        lambda table: pa.table({"text": model.clean_batch(table["text"])}), batched=True
    )
    assert answer["text"].to_pylist() == cleaned
