"""The extension module; use what `saring` exports of it."""

import os
from collections.abc import Iterable, Sequence
from typing import overload

import pyarrow as pa

VERSION: str

class SiteProfiles:
    @property
    def pages(self) -> int: ...
    def to_bytes(self) -> bytes: ...
    def __len__(self) -> int: ...

class Model:
    @property
    def profiles(self) -> SiteProfiles | None: ...
    def with_profiles(self, profiles: SiteProfiles | None) -> Model: ...
    def clean(self, text: str, site: str | None = None) -> str: ...
    def predict(
        self, lines: Sequence[str], site: str | None = None
    ) -> list[tuple[str, float] | None]: ...
    @overload
    def clean_batch(
        self,
        texts: pa.StringArray,
        sites: Iterable[str | None] | None = None,
        threads: int = 1,
    ) -> pa.StringArray: ...
    @overload
    def clean_batch(
        self,
        texts: pa.LargeStringArray,
        sites: Iterable[str | None] | None = None,
        threads: int = 1,
    ) -> pa.LargeStringArray: ...
    @overload
    def clean_batch(
        self,
        texts: pa.ChunkedArray,
        sites: Iterable[str | None] | None = None,
        threads: int = 1,
    ) -> pa.ChunkedArray: ...
    @overload
    def clean_batch(
        self,
        texts: Iterable[str | None],
        sites: Iterable[str | None] | None = None,
        threads: int = 1,
    ) -> list[str | None]: ...

def load(path: str | os.PathLike[str] | None = None, profiles: SiteProfiles | None = None) -> Model: ...
def load_profiles(path: str | os.PathLike[str]) -> SiteProfiles: ...
def site_of(url: str) -> str | None: ...
def sites_of(urls: Iterable[str | None]) -> pa.StringArray: ...
def hash_batch(
    texts: Iterable[str | None], sites: Iterable[str | None]
) -> list[pa.Array]: ...
def profiles_of_sites(
    sites: list[str], pages: pa.ListArray, lines: pa.ListArray
) -> list[bytes]: ...
def restore_model(file: bytes | None, profiles: bytes | None) -> Model: ...
def restore_profiles(files: list[bytes]) -> SiteProfiles: ...
