"""`python -m saring` is the command."""

from __future__ import annotations

import subprocess
import sys

import saring
from conftest import saring_command


def test_the_module_runs_the_command() -> None:
    help = saring_command("--help").stdout.decode()
    assert "predict" in help and "profile" in help
    assert saring_command("--version").stdout.decode() == f"saring {saring.__version__}\n"


def test_errors_are_one_line_and_an_exit_code() -> None:
    refused = saring_command("predict", "none.txt", check=False)
    assert refused.returncode == 1
    assert refused.stdout == b""
    assert refused.stderr.count(b"\n") == 1


def test_a_closed_pipe_is_success(crawl) -> None:
    arguments = [sys.executable, "-m", "saring", "predict", str(crawl)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        process.stdout.close()
        assert process.wait() == 0
