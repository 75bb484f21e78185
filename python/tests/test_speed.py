"""A batch is as fast as the command."""

from __future__ import annotations

import sys

import pytest
from conftest import REPOSITORY

pytest.importorskip("pyarrow", reason="skipped: no pyarrow")
sys.path.insert(0, str(REPOSITORY / "python" / "bench"))

import speed  # noqa: E402


def test_a_batch_costs_hardly_more_than_the_command() -> None:
    # By the time that cores were busy: what else runs on the machine has less of a say.
    found = speed.speeds(speed.pages(10 * 10**6), threads=1)
    for what in ["clean_batch of a list", "clean_batch of an array"]:
        assert found[what].busy >= 0.8 * found["command"].busy, found
