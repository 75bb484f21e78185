"""Cleans Spark data frames, whole Arrow batches at a time (`mapInArrow`): no Python a row.

>>> profile = saring.spark.site_profile(df)                       # optional: needs several pages a site
>>> saring.spark.clean(df, "text", "url", profile=profile)

saring must be installed where Spark's executors run.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import BinaryType, StringType, StructField, StructType

import saring
from saring import _saring

__all__ = ["clean", "collect_profile", "site_profile"]

Batches = Iterator[pa.RecordBatch]

# Columns that a data frame has on its way.
_SITE = "__saring_site"
_PROFILE = "__saring_profile"


def clean(
    df: DataFrame,
    text_col: str = "text",
    url_col: str | None = "url",
    *,
    model: saring.Model | None = None,
    profile: DataFrame | saring.SiteProfiles | None = None,
) -> DataFrame:
    """`df` with the text of every row cleaned; columns, their order and all other values stay.

    `text_col` is a column of strings, a whole page each; a missing text stays missing. `url_col` gives
    the site of a page, which matters with a `profile` alone. `model` is the built-in one unless given.

    `profile` is what `site_profile` gives, or `SiteProfiles`. `SiteProfiles` go to every executor
    whole. A data frame goes through Spark instead: the rows of `df` are brought together by their
    site behind its profile, so no machine holds more of the profiles than its batch of pages needs.

    Raises `ValueError` where a column is missing or no string, or the model takes no profile.
    """
    model = model or saring.load()
    _check_strings(df, [text_col] if url_col is None else [text_col, url_col])
    if isinstance(profile, DataFrame):
        model.with_profiles(_saring.restore_profiles([]))  # refused here, not on an executor
        return _clean_with(df, text_col, url_col, model, profile)
    if profile is not None:
        model = model.with_profiles(profile)
    with_site = url_col is not None and model.profiles is not None

    def clean_batches(batches: Batches) -> Batches:
        for batch in batches:
            sites = _saring.sites_of(batch.column(url_col)) if with_site else None
            yield _replace(batch, text_col, model.clean_batch(batch.column(text_col), sites))

    return df.mapInArrow(clean_batches, df.schema)


def site_profile(df: DataFrame, text_col: str = "text", url_col: str = "url") -> DataFrame:
    """On which share of its site's pages each line stands, counted by Spark: a row a site.

    The columns are `site` (string) and `profile` (binary, the profile file of that one site). It tells
    what `saring profile` would have found in the same pages; what must fit in memory is the
    repeated lines of one site, 12 bytes each, and 8 bytes a page. Pages without a site or a line do not
    count, and a page that comes again is one.
    """
    _check_strings(df, [text_col, url_col])
    hashes = df.select(text_col, url_col).mapInArrow(
        _hashing(text_col, url_col), "site string, page long, lines array<long>"
    )
    hashes = hashes.dropDuplicates(["site", "page"])
    pages = hashes.groupBy("site").agg(F.collect_list("page").alias("pages"))
    lines = hashes.select("site", F.explode("lines").alias("line")).groupBy("site", "line").count()
    repeated = (
        lines.where("count > 1")
        .groupBy("site")
        .agg(F.collect_list(F.struct("line", F.col("count").cast("int"))).alias("lines"))
    )
    return pages.join(repeated, "site", "left").mapInArrow(
        _profiles_of_sites, "site string, profile binary"
    )


def collect_profile(profile: DataFrame) -> saring.SiteProfiles:
    """All profiles of what `site_profile` gives, on the driver: `to_bytes` makes a profile file of them."""
    return _saring.restore_profiles([bytes(row.profile) for row in profile.select("profile").collect()])


def _clean_with(
    df: DataFrame, text_col: str, url_col: str | None, model: saring.Model, profile: DataFrame
) -> DataFrame:
    """Each profile in front of its site's pages, on the same machine."""
    if url_col is None:
        raise ValueError("a profile needs the sites of the pages: give url_col")
    schema = StructType([*df.schema.fields, StructField(_SITE, StringType())])
    pages = df.mapInArrow(_adding_sites(url_col), schema)
    pages = pages.withColumn(_PROFILE, F.lit(None).cast(BinaryType()))
    profile = profile.select(F.col("site").alias(_SITE), F.col("profile").alias(_PROFILE))
    # Pages without a site belong together no more than any others.
    place = F.coalesce(F.col(_SITE), F.xxhash64(text_col).cast("string"))
    together = (
        pages.unionByName(profile, allowMissingColumns=True)
        .repartition(place)
        .sortWithinPartitions(_SITE, F.col(_PROFILE).isNull())
    )

    def clean_batches(batches: Batches) -> Batches:
        last = None
        for batch in batches:
            is_page = pc.is_null(batch.column(_PROFILE))
            profiles = batch.filter(pc.invert(is_page)).column(_PROFILE).to_pylist()
            known = _saring.restore_profiles([*profiles, *([last] if last else [])])
            last = profiles[-1] if profiles else last
            pages = batch.filter(is_page)
            sites = pages.column(_SITE)
            cleaned = model.with_profiles(known).clean_batch(pages.column(text_col), sites)
            yield _replace(pages, text_col, cleaned).drop_columns([_SITE, _PROFILE])

    return together.mapInArrow(clean_batches, df.schema)


def _adding_sites(url_col: str) -> Callable[[Batches], Batches]:
    def add(batches: Batches) -> Batches:
        for batch in batches:
            yield batch.append_column(_SITE, _saring.sites_of(batch.column(url_col)))

    return add


def _hashing(text_col: str, url_col: str) -> Callable[[Batches], Batches]:
    def hash_pages(batches: Batches) -> Batches:
        for batch in batches:
            sites, pages, lines = _saring.hash_batch(
                batch.column(text_col), _saring.sites_of(batch.column(url_col))
            )
            yield pa.record_batch({"site": sites, "page": pages, "lines": lines})

    return hash_pages


def _profiles_of_sites(batches: Batches) -> Batches:
    for batch in batches:
        sites, pages, lines = batch.columns
        profiles = _saring.profiles_of_sites(sites.to_pylist(), pages, lines)
        yield pa.record_batch({"site": sites, "profile": pa.array(profiles, pa.binary())})


def _replace(batch: pa.RecordBatch, name: str, column: pa.Array) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(name), batch.schema.field(name), column)


def _check_strings(df: DataFrame, names: list[str]) -> None:
    kinds = dict(df.dtypes)
    for name in names:
        if name not in kinds:
            raise ValueError(f"no column {name!r}: the data frame has {', '.join(df.columns)}")
        if kinds[name] != "string":
            raise ValueError(f"column {name!r} is {kinds[name]}: give one of strings")
