"""Tells, for each line of a scraped Indonesian web page, whether it is content or boilerplate.

>>> import saring
>>> model = saring.load()
>>> model.clean("Beranda\\nHarga beras naik sejak awal bulan, kata para pedagang di pasar.\\n")
'Harga beras naik sejak awal bulan, kata para pedagang di pasar.\\n'

Give whole pages, a line a row: what a line is depends on what stands around it. `saring.spark` cleans
Spark data frames, `saring.datatrove` is a datatrove block; `python -m saring` is the command.
"""

from __future__ import annotations

import os
from functools import lru_cache

from . import _saring
from ._saring import Model, SiteProfiles, load_profiles, site_of

__all__ = ["Model", "SiteProfiles", "load", "load_profiles", "site_of"]
__version__ = _saring.VERSION


def load(
    path: str | os.PathLike[str] | None = None,
    profile: str | os.PathLike[str] | SiteProfiles | None = None,
) -> Model:
    """The model at `path`, or the built-in one.

    `profile` tells what pages of the same sites share: `SiteProfiles`, or the path of a file that
    `saring profile` wrote. A model that was trained without profiles takes none.

    Raises `OSError` (`FileNotFoundError`, ...) where a file cannot be read, `ValueError` where it is
    none of saring's, is damaged, or the model takes no profile.
    """
    if profile is not None and not isinstance(profile, SiteProfiles):
        profile = load_profiles(profile)
    return _saring.load(path, profile)


# Workers of an engine unpickle the same model for every task: the last ones are kept.
@lru_cache(maxsize=4)
def _restore_model(version: str, model: bytes | None, profiles: bytes | None) -> Model:
    if model is None and version != __version__:
        raise ValueError(
            f"pickled with the built-in model of saring {version}, this is {__version__}: "
            "install the same version on both sides"
        )
    return _saring.restore_model(model, profiles)


@lru_cache(maxsize=4)
def _restore_profiles(profiles: bytes) -> SiteProfiles:
    return _saring.restore_profiles([profiles])
