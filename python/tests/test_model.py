"""Models: loading, cleaning, predicting, pickling."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from conftest import REPOSITORY, Given, saring_command

import saring

LABELS = {"content", "metadata", "navigation", "advertisement", "related", "comment"}


def test_clean_gives_what_the_command_prints(model: saring.Model, texts: list[str]) -> None:
    long = "".join(texts) * 20  # more than a window's 32,768 rows
    assert long.count("\n") > 2**15
    blank = [long, texts[0].replace("\n", "\n\n\n"), "\r\n\ufeff\x00a\r\n" + texts[1], ""]
    for text in [*texts[::10], *blank]:
        printed = saring_command("predict", "-", stdin=text).stdout
        assert model.clean(text).encode() == printed


def test_predict_gives_the_label_and_probability_of_every_line(
    model: saring.Model, texts: list[str]
) -> None:
    lines = texts[0].splitlines()
    printed = saring_command("predict", "-", "--format", "jsonl", stdin=texts[0]).stdout
    expected = json.loads(printed)["lines"]
    predicted = model.predict(lines)
    assert [line["text"] for line in expected] == lines
    assert [(label, round(p, 6)) for label, p in predicted] == [
        (line["label"], line["content"]) for line in expected
    ]
    assert {label for label, _ in predicted} <= LABELS


def test_a_blank_line_has_no_label_and_a_line_may_end_in_its_line_feed(
    model: saring.Model,
) -> None:
    lines = ["Beranda\n", "\n", "", " \u200b", "Harga beras naik."]
    predicted = model.predict(lines)
    assert [line is None for line in predicted] == [False, True, True, True, False]
    assert [line for line in predicted if line] == model.predict(["Beranda", "Harga beras naik."])
    assert model.predict([]) == []
    with pytest.raises(ValueError, match=r"lines\[1\] holds a line feed"):
        model.predict(["a", "b\nc"])


def test_a_model_file_gives_what_it_gives_the_command(
    texts: list[str], tmp_path: Path
) -> None:
    path = REPOSITORY / "models" / "id.safetensors"
    assert saring.load(path).clean(texts[0]) == saring.load(str(path)).clean(texts[0])
    assert saring.load(path).clean(texts[0]) == saring.load().clean(texts[0])


def test_files_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as missing:
        saring.load(tmp_path / "none")
    assert missing.value.filename == str(tmp_path / "none")
    with pytest.raises(OSError):
        saring.load(tmp_path)
    broken = tmp_path / "broken"
    broken.write_bytes(b"not a model")
    with pytest.raises(ValueError, match="not a usable model"):
        saring.load(broken)
    with pytest.raises(ValueError, match="not a usable profile"):
        saring.load_profiles(broken)
    with pytest.raises(FileNotFoundError):
        saring.load(profile=tmp_path / "none")
    whole = (REPOSITORY / "models" / "id.safetensors").read_bytes()
    for cut in range(0, len(whole), len(whole) // 20):
        broken.write_bytes(whole[:cut])
        with pytest.raises(ValueError):
            saring.load(broken)


def test_half_a_surrogate_pair_is_a_value_error(model: saring.Model) -> None:
    for call in [
        lambda: model.clean("a\ud800"),
        lambda: model.clean("a", site="\ud800"),
        lambda: model.predict(["a\ud800"]),
        lambda: model.clean_batch(["a\ud800"]),
        lambda: model.clean_batch(["a"], sites=["\ud800"]),
    ]:
        with pytest.raises(ValueError):
            call()


def test_arguments_of_another_type_are_type_errors(model: saring.Model) -> None:
    for call in [
        lambda: model.clean(b"bytes"),
        lambda: model.clean(None),
        lambda: model.predict("a str is no list of lines"),
        lambda: model.predict([1]),
        lambda: model.clean_batch("a str is no list of texts"),
        lambda: model.clean_batch([b"bytes"]),
        lambda: model.clean_batch(7),
        lambda: model.clean_batch(["a"], threads="2"),
        lambda: model.with_profiles("sites.profile"),
    ]:
        with pytest.raises(TypeError):
            call()


def test_the_threads_of_a_batch_do_not_change_it(
    model: saring.Model, texts: list[str], sites: list[str], cleaned: list[str]
) -> None:
    for threads in [1, 2, 3, 1024]:
        assert model.clean_batch(texts, sites, threads=threads) == cleaned
    assert model.clean_batch(tuple(texts), iter(sites)) == cleaned
    assert model.clean_batch([]) == []
    assert model.clean_batch([None, "", None]) == [None, "", None]
    for threads in [0, -1, 1025, 2**40]:
        with pytest.raises(ValueError, match="threads is"):
            model.clean_batch(texts, threads=threads)
    with pytest.raises(ValueError, match="1 sites for 2 texts"):
        model.clean_batch(["a", "b"], ["c"])


def test_a_batch_lets_go_of_the_gil(model: saring.Model, texts: list[str]) -> None:
    done = threading.Event()
    batch = texts * 30
    took = time.perf_counter()
    model.clean_batch(batch)
    took = time.perf_counter() - took

    def clean() -> None:
        model.clean_batch(batch)
        done.set()

    thread = threading.Thread(target=clean)
    thread.start()
    ticks = 0
    while not done.is_set():
        time.sleep(took / 100)
        ticks += 1
    thread.join()
    # With the GIL held there would be a tick before and one after.
    assert ticks > 10


def test_a_model_is_pickled_with_what_it_needs(
    model: saring.Model, texts: list[str], profile_path: Path
) -> None:
    built_in = pickle.dumps(model)
    assert len(built_in) < 200
    assert pickle.loads(built_in).clean(texts[0]) == model.clean(texts[0])

    path = REPOSITORY / "models" / "id.safetensors"
    from_file = pickle.dumps(saring.load(path))
    assert len(from_file) > path.stat().st_size // 2
    assert pickle.loads(from_file).clean(texts[0]) == model.clean(texts[0])
    # The second time, nothing is read again.
    assert pickle.loads(from_file) is pickle.loads(from_file)

    profiles = saring.load_profiles(profile_path)
    assert pickle.loads(pickle.dumps(profiles)) == profiles


def test_a_built_in_model_of_another_version_is_refused() -> None:
    with pytest.raises(ValueError, match="install the same version"):
        saring._restore_model("0.0.1", None, None)


def test_a_model_can_be_unpickled_in_another_process(model: saring.Model, texts: list[str]) -> None:
    code = "import pickle, sys; d = sys.stdin.buffer; print(pickle.load(d).clean(pickle.load(d)), end='')"
    given = pickle.dumps(model) + pickle.dumps(texts[0])
    printed = subprocess.run([sys.executable, "-c", code], input=given, capture_output=True, check=True)
    assert printed.stdout.decode() == model.clean(texts[0])


def test_sites_are_those_of_the_command() -> None:
    assert saring.site_of("https://www.Warta.example:443/a") == "warta.example"
    assert saring.site_of("warta") is None


def test_a_profile_file_is_read_and_given_back(profile_path: Path, pages: list[Given]) -> None:
    profiles = saring.load_profiles(profile_path)
    assert len(profiles) == len({page.site for page in pages})
    assert profiles.pages <= len(pages)
    assert profiles.to_bytes() == profile_path.read_bytes()
    assert profiles == saring.load_profiles(profile_path)
    assert profiles != 7
    assert "sites" in repr(profiles)


def test_a_model_takes_profiles_if_it_was_trained_with_them(
    profile_path: Path, crawl: Path, texts: list[str], sites: list[str]
) -> None:
    arguments = ["predict", str(crawl), "--profile", str(profile_path), "--format", "jsonl"]
    printed = saring_command(*arguments, check=False)
    if printed.returncode != 0:
        with pytest.raises(ValueError, match="trained without profiles"):
            saring.load(profile=profile_path)
        return
    model = saring.load(profile=profile_path)
    for page, text, site in zip(printed.stdout.splitlines(), texts, sites):
        expected = [line["content"] for line in json.loads(page)["lines"]]
        predicted = model.predict(text.split("\n"), site)
        assert [round(line[1], 6) for line in predicted if line] == expected
    assert model.profiles == saring.load_profiles(profile_path)
    assert model.with_profiles(None).profiles is None
    assert saring.load().with_profiles(model.profiles).clean_batch(texts, sites) == [
        pickle.loads(pickle.dumps(model)).clean(text, site) for text, site in zip(texts, sites)
    ]


def test_everything_that_is_public_says_what_it_does() -> None:
    for owner in [saring, saring.Model, saring.SiteProfiles]:
        names = saring.__all__ if owner is saring else [n for n in dir(owner) if n[0] != "_"]
        for name in names:
            assert getattr(owner, name).__doc__, name
