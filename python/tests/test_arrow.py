"""Arrow arrays: the same as lists, in the type that was given."""

from __future__ import annotations

import pytest

import saring

pa = pytest.importorskip("pyarrow", reason="skipped: no pyarrow")


@pytest.mark.parametrize("kind", ["string", "large_string"])
def test_an_array_is_cleaned_like_a_list(
    kind: str, model: saring.Model, texts: list[str], sites: list[str], cleaned: list[str]
) -> None:
    kind = getattr(pa, kind)()
    array = pa.array([*texts, None], kind)
    given_sites = pa.array([*sites, None], kind)
    answer = model.clean_batch(array, given_sites, threads=2)
    answer.validate(full=True)
    assert answer.type == kind
    assert answer.null_count == 1
    assert answer.to_pylist() == [*cleaned, None]
    # A slice begins in the middle of its buffers.
    middle = model.clean_batch(array.slice(5, 40), given_sites.slice(5, 40))
    assert middle.to_pylist() == cleaned[5:45]
    assert len(model.clean_batch(array.slice(0, 0))) == 0


def test_a_chunked_array_keeps_its_chunks(
    model: saring.Model, texts: list[str], sites: list[str], cleaned: list[str]
) -> None:
    chunks = pa.chunked_array([texts[:7], [], texts[7:50], texts[50:]], pa.string())
    answer = model.clean_batch(chunks, sites)
    assert answer.to_pylist() == cleaned
    assert [len(chunk) for chunk in answer.chunks] == [len(chunk) for chunk in chunks.chunks]
    assert answer.type == pa.string()
    assert len(model.clean_batch(pa.chunked_array([], pa.string()))) == 0
    # Sites may be cut elsewhere, and be of the other type.
    other = pa.chunked_array([sites[:60], sites[60:]], pa.large_string())
    assert model.clean_batch(chunks, other).to_pylist() == cleaned


def test_missing_texts_and_sites_stay_missing(model: saring.Model) -> None:
    nothing = pa.nulls(3)
    assert model.clean_batch(nothing).to_pylist() == [None] * 3
    assert model.clean_batch(["a", "b", "c"], nothing) == model.clean_batch(["a", "b", "c"])


def test_an_array_of_another_type_is_a_type_error(model: saring.Model) -> None:
    for array in [pa.array([1]), pa.array([b"a"]), pa.array(["a"]).dictionary_encode()]:
        with pytest.raises(TypeError, match="cast it to string"):
            model.clean_batch(array)


def test_bytes_that_are_not_utf_8_are_a_value_error(model: saring.Model) -> None:
    binary = pa.array([b"Beranda\n\xff"])
    with pytest.raises(ValueError):
        model.clean_batch(binary.cast(pa.string(), safe=False).view(pa.string()))
