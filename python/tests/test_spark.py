"""Spark: two executors, one of which is killed, give what one machine gives."""

from __future__ import annotations

import os
import shutil
import signal
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import REPOSITORY, Given, saring_command

import saring

pytest.importorskip("pyspark", reason="skipped: no pyspark")
if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
    pytest.skip("skipped: no Java", allow_module_level=True)
psutil = pytest.importorskip("psutil", reason="skipped: no psutil to find the executors")

from pyspark.sql import DataFrame, SparkSession  # noqa: E402

import saring.spark  # noqa: E402


@pytest.fixture(scope="module")
def spark() -> Iterator[SparkSession]:
    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    session = (
        SparkSession.builder.master("local-cluster[2,1,1024]")
        .appName("saring")
        .config("spark.ui.enabled", "false")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "4")
        .config("spark.executor.memory", "512m")
        # Small batches, so that a site goes over several.
        .config("spark.sql.execution.arrow.maxRecordsPerBatch", "3")
        .getOrCreate()
    )
    yield session
    session.stop()


def frame(spark: SparkSession, pages: list[Given], partitions: int = 8) -> DataFrame:
    rows = [(index, page.url, page.text) for index, page in enumerate(pages)]
    return spark.createDataFrame(rows, "number int, url string, text string").repartition(partitions)


def texts_of(df: DataFrame) -> list[str | None]:
    return [row.text for row in sorted(df.collect(), key=lambda row: row.number)]


def executors(spark: SparkSession) -> list[psutil.Process]:
    """The JVMs of the executors of this session."""
    below = psutil.Process(spark.sparkContext._gateway.proc.pid).children(recursive=True)
    return [
        process
        for process in below
        if process.name() == "java" and "CoarseGrainedExecutorBackend" in " ".join(process.cmdline())
    ]


def test_spark_gives_what_one_machine_gives(
    spark: SparkSession, pages: list[Given], cleaned: list[str]
) -> None:
    df = frame(spark, pages)
    answer = saring.spark.clean(df, "text", "url")
    assert answer.schema == df.schema
    assert texts_of(answer) == cleaned
    assert [row.url for row in sorted(answer.collect())] == [page.url for page in pages]
    assert texts_of(saring.spark.clean(df, url_col=None)) == cleaned


def test_an_executor_that_is_killed_loses_nothing(
    spark: SparkSession, pages: list[Given], cleaned: list[str], tmp_path: Path
) -> None:
    first = set(executors(spark))
    assert len(first) == 2
    started = tmp_path / "started"

    def slowly(batches):  # noqa: ANN001, ANN202
        started.touch()
        for batch in batches:
            time.sleep(0.1)
            yield batch

    # Before the killing a page waits, so that the middle of the job is long enough to hit.
    df = frame(spark, pages, partitions=16)
    job = saring.spark.clean(df.mapInArrow(slowly, df.schema), "text", "url")
    answers: list[list[str | None]] = []
    thread = threading.Thread(target=lambda: answers.append(texts_of(job)))
    thread.start()
    while not started.exists():
        time.sleep(0.05)
    time.sleep(1)
    killed = sorted(first, key=lambda process: process.pid)[0]
    os.kill(killed.pid, signal.SIGKILL)
    assert thread.is_alive(), "killed after the job"
    thread.join(timeout=240)
    assert answers == [cleaned]
    assert killed not in executors(spark)


def test_missing_texts_and_urls_stay_missing(spark: SparkSession, pages: list[Given]) -> None:
    rows = [(0, None, None), (1, None, pages[0].text), (2, "no url", ""), (3, pages[0].url, None)]
    df = spark.createDataFrame(rows, "number int, url string, text string")
    expected = [None, saring.load().clean(pages[0].text), "", None]
    assert texts_of(saring.spark.clean(df)) == expected


def test_other_columns_are_refused(spark: SparkSession) -> None:
    df = spark.createDataFrame([(1, "a")], "text int, url string")
    with pytest.raises(ValueError, match="column 'text' is int"):
        saring.spark.clean(df)
    with pytest.raises(ValueError, match="no column 'body': the data frame has text, url"):
        saring.spark.clean(df, "body")


@pytest.fixture(scope="module")
def crawled(pages: list[Given]) -> list[Given]:
    """The pages, some of them twice, one without a site and one without a line."""
    odd = [Given("odd", "", "no url", "Beranda\n"), Given("empty", "", pages[0].url, " \n")]
    return [*pages, *pages[::7], *odd]


def test_spark_counts_what_the_command_counts(
    spark: SparkSession, crawled: list[Given], profile_path: Path
) -> None:
    profile = saring.spark.site_profile(frame(spark, crawled))
    assert profile.columns == ["site", "profile"]
    assert saring.spark.collect_profile(profile).to_bytes() == profile_path.read_bytes()


@pytest.fixture(scope="module")
def profiled(tmp_path_factory: pytest.TempPathFactory) -> saring.Model:
    """A model that was trained with profiles, on a few pages."""
    path = tmp_path_factory.mktemp("model") / "profiled.safetensors"
    site = str(REPOSITORY / "data" / "train" / "suaralubuktaring.example")
    profile = str(path.with_name("train.profile"))
    saring_command("profile", site, "--output", profile)
    arguments = [site, str(REPOSITORY / "data" / "heldout"), "--profile", profile]
    arguments += ["--l2", "1", "--folds", "0", "--output", str(path)]
    saring_command("train", *arguments)
    return saring.load(path)


def test_pages_meet_the_profile_of_their_site(
    spark: SparkSession, crawled: list[Given], profiled: saring.Model, profile_path: Path
) -> None:
    df = frame(spark, crawled)
    profiles = saring.load_profiles(profile_path)
    texts, sites = [p.text for p in crawled], [saring.site_of(p.url) for p in crawled]
    expected = profiled.with_profiles(profiles).clean_batch(texts, sites)
    assert expected != profiled.clean_batch(texts, sites)

    joined = saring.spark.clean(df, model=profiled, profile=saring.spark.site_profile(df))
    assert joined.schema == df.schema
    assert texts_of(joined) == expected
    broadcast = saring.spark.clean(df, model=profiled, profile=profiles)
    assert texts_of(broadcast) == expected


def test_the_lines_of_the_readme_run(spark: SparkSession, pages: list[Given]) -> None:
    from test_readme import block

    names = {"df": frame(spark, pages)}
    profiles = saring.load(profile=saring.spark.collect_profile(saring.spark.site_profile(names["df"])))
    exec(block("saring.spark"), names)
    texts, sites = [page.text for page in pages], [page.site for page in pages]
    assert texts_of(names["df"]) == profiles.clean_batch(texts, sites)
