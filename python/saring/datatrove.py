"""A datatrove block that cleans documents: `SaringCleaner`."""

from __future__ import annotations

from datatrove.data import Document
from datatrove.pipeline.filters.base_filter import BaseFilter
from datatrove.pipeline.writers.disk_base import DiskWriter

import saring

__all__ = ["SaringCleaner"]


class SaringCleaner(BaseFilter):
    """Cleans the text of each document; a document of which too little is left is dropped.

    Like the other filters that change lines, it is a filter: what is dropped goes to the
    `exclusion_writer` with its original text and the reason `too_short`. Statistics count characters and
    lines, before and after, of the documents that are kept.

    Args:
        model: the built-in one unless given
        url_key: where a document's metadata has its URL, from which the site is known; the site
            matters with a model that has profiles alone
        min_chars: a document of which fewer characters are left is dropped; with 0 none is
        threads: threads of a task; datatrove itself runs several tasks at once
        batch_size: documents that are cleaned at a time
        exclusion_writer: a writer that saves the dropped documents
    """

    name = "🧹 saring"

    def __init__(
        self,
        model: saring.Model | None = None,
        url_key: str = "url",
        min_chars: int = 1,
        threads: int = 1,
        batch_size: int = 256,
        exclusion_writer: DiskWriter | None = None,
    ):
        super().__init__(exclusion_writer, batch_size)
        self.model = model or saring.load()
        self.url_key = url_key
        self.min_chars = min_chars
        self.threads = threads

    def filter(self, doc: Document) -> bool | tuple[bool, str]:
        """Cleans one document; says whether it is kept."""
        return self.filter_batch([doc])[0]

    def filter_batch(self, batch: list[Document]) -> list[bool | tuple[bool, str]]:
        """Cleans documents; says of each whether it is kept."""
        sites = [saring.site_of(str(doc.metadata.get(self.url_key, ""))) for doc in batch]
        texts = self.model.clean_batch([doc.text for doc in batch], sites, self.threads)
        return [self._put(doc, text) for doc, text in zip(batch, texts)]

    def _put(self, doc: Document, text: str) -> bool | tuple[bool, str]:
        if len(text) < self.min_chars:
            return False, "too_short"
        self.stat_update("chars_before", value=len(doc.text), unit="doc")
        self.stat_update("chars_after", value=len(text), unit="doc")
        self.stat_update("lines_before", value=_lines(doc.text), unit="doc")
        self.stat_update("lines_after", value=_lines(text), unit="doc")
        doc.text = text
        return True


def _lines(text: str) -> int:
    return sum(not row.isspace() for row in text.split("\n") if row)
