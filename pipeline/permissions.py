"""Who may read what is written: its owner alone, and of what is published the group as well."""

import os
from contextlib import suppress
from pathlib import Path

NOBODY_ELSE = 0o077
_NOBODY_BUT_THE_GROUP = 0o027
_GROUP_READS = 0o640
_OWNER_READS = 0o600


def keep_to_ourselves() -> None:
    """Let this process make no file or folder that others may look into, unless it says so."""
    os.umask(NOBODY_ELSE)


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


def whose(file: Path) -> str:
    """Say to whom belongs what we may not open, and who we are."""
    place, owner = _owner_of(file)
    return f"{place} belongs to user {_name_of(owner)}, and this is user {_name_of(_us())}"


def way_in(file: Path) -> str:
    """Say to whom belongs what we may not open, and what is to be done."""
    place, owner = _owner_of(file)
    if owner == _us():
        return f"Look at the rights of {place}"
    us = _name_of(_us())
    return (
        f"{whose(file)}. Run it as the owner; or, where nights are run by {us} and somebody else "
        f"ran one, let the owner give the project back: chown -R {us}"
    )


def _owner_of(file: Path) -> tuple[Path, int]:
    """Find who owns a file, or the nearest folder around it that can be looked at."""
    for place in (file.absolute(), *file.absolute().parents):
        with suppress(OSError):
            return place, place.stat().st_uid
    return file, _us()


def _us() -> int:
    return os.geteuid() if hasattr(os, "geteuid") else 0  # as files say of their owners there


def _name_of(user: int) -> str:
    try:
        import pwd  # not on every system

        return pwd.getpwuid(user).pw_name
    except (ImportError, KeyError):
        return str(user)


def share(file: Path) -> None:
    """Let the group read a file."""
    file.chmod(_GROUP_READS)


def keep_private(file: Path) -> None:
    """Take others' rights on a file away, which one that was brought back may have."""
    if file.exists() and file.stat().st_mode & NOBODY_ELSE:
        file.chmod(_OWNER_READS)
