"""Who may read what is written: its owner alone, and of what is published the group as well."""

import os
from pathlib import Path

_NOBODY_ELSE = 0o077
_NOBODY_BUT_THE_GROUP = 0o027
_GROUP_READS = 0o640


def keep_to_ourselves() -> None:
    """Let this process make no file or folder that others may look into, unless it says so."""
    os.umask(_NOBODY_ELSE)


def make_shared(folder: Path) -> None:
    """Make a folder into which the group may look; one that is there keeps its rights.

    It is of the group that the folder around it hands on, and hands it on itself.
    """
    if folder.is_dir():
        return
    # To change its rights once it is there would take away that it hands on its group (setgid), and
    # to set that anew is what a service under RestrictSUIDSGID may not.
    usual = os.umask(_NOBODY_BUT_THE_GROUP)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    finally:
        os.umask(usual)


def share(file: Path) -> None:
    """Let the group read a file."""
    file.chmod(_GROUP_READS)
