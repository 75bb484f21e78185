"""The build of the wheel: maturin's, with the `saring` command beside the extension module.

maturin puts either an extension module or a program into a wheel. The command is a program of its own
that the library must not contain (the library never prints), so it is built first, and maturin packs
it as a script: `pip install` then puts `saring` beside `python`, and `python -m saring` runs it.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import maturin
from maturin import (  # noqa: F401
    get_requires_for_build_editable,
    get_requires_for_build_wheel,
    prepare_metadata_for_build_editable,
    prepare_metadata_for_build_wheel,
)

HERE = Path(__file__).resolve().parent
SCRIPTS = HERE / "saring.data" / "scripts"
# maturin looks for it before there is anything to lay there.
SCRIPTS.mkdir(parents=True, exist_ok=True)


def _build_command():
    """Builds the command and lays it where maturin looks for scripts."""
    cargo = ["cargo", "build", "--release", "--locked", "--bin", "saring"]
    cargo += ["--manifest-path", str(HERE.parent / "Cargo.toml")]
    messages = subprocess.run(
        [*cargo, "--message-format", "json-render-diagnostics"],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    built = [json.loads(line).get("executable") for line in messages.splitlines()]
    (program,) = filter(None, built)
    shutil.rmtree(SCRIPTS, ignore_errors=True)
    SCRIPTS.mkdir(parents=True)
    shutil.copy(program, SCRIPTS / os.path.basename(program))


def build_wheel(wheel_directory, config_settings=None, metadata_directory=None):
    _build_command()
    return maturin.build_wheel(wheel_directory, config_settings, metadata_directory)


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    _build_command()
    return maturin.build_editable(wheel_directory, config_settings, metadata_directory)


def build_sdist(sdist_directory, config_settings=None):
    raise NotImplementedError("build a wheel from the repository: the Rust library lies beside python/")
