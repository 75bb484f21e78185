"""`python -m saring`: the command that the wheel installed beside `python`."""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path


def find_command() -> Path:
    """The path of the command.

    Raises `FileNotFoundError` where the wheel did not install it.
    """
    name = "saring" + (sysconfig.get_config_var("EXE") or "")
    user = sysconfig.get_preferred_scheme("user")
    folders = [sysconfig.get_path("scripts"), sysconfig.get_path("scripts", scheme=user)]
    # With `pip install --target`, the scripts are beside the package.
    folders.append(str(Path(__file__).parent.parent / "bin"))
    for folder in folders:
        command = Path(folder) / name
        if command.is_file():
            return command
    raise FileNotFoundError(f"no {name} in {', '.join(folders)}: install the wheel of saring again")


def main() -> int:
    command = [os.fspath(find_command()), *sys.argv[1:]]
    if os.name == "posix":
        os.execv(command[0], command)
    return subprocess.run(command).returncode


if __name__ == "__main__":
    sys.exit(main())
