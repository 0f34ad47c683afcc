"""Who may read what is written: its owner alone, and of what is published the group as well."""

import os
from pathlib import Path

_NOBODY_ELSE = 0o077
_GROUP_READS = 0o640
_GROUP_ENTERS = 0o750


def keep_to_ourselves() -> None:
    """Let this process make no file or folder that others may look into, unless it says so."""
    os.umask(_NOBODY_ELSE)


def make_shared(folder: Path) -> None:
    """Make a folder into which the group may look; one that is there keeps its rights."""
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(_GROUP_ENTERS)


def share(file: Path) -> None:
    """Let the group read a file."""
    file.chmod(_GROUP_READS)
