"""Where the config has the project keep its own: apart from what others bring, and from itself."""

from collections.abc import Callable, Mapping
from os.path import realpath
from pathlib import Path

from pipeline.sections import Location

_DIR: Location = ("warehouse", "dir")
_KEY: Location = ("project", "key_file")
PUBLICATION, VAULT = "journeys.duckdb", "vault.duckdb"
_REPLACED = (PUBLICATION, f"{PUBLICATION}.wal", VAULT)


def wrong_places(
    config_dir: Path, warehouse_dir: Path, key_file: Path, landing: Mapping[str, Path]
) -> dict[Location, str]:
    """Say of the warehouse's folder and the key's file what is wrong, by their keys.

    `landing` are the folders of the sources' files, by source. A warehouse is moved away, or
    removed, where all is to be built anew: nothing may lie in it that cannot be.
    """
    wrong: dict[Location, str] = {}
    if _holds(warehouse_dir, config_dir):
        wrong[_DIR] = (
            "expected a folder of the warehouse's own such as 'warehouse', found "
            f"{realpath(warehouse_dir)}, which holds the config"
        )
    elif inner := [name for name, folder in landing.items() if _holds(warehouse_dir, folder)]:
        wrong[_DIR] = (
            f"expected a folder of the warehouse's own, found {realpath(warehouse_dir)}, which "
            f"holds landing files of source {inner[0]}. Give one of the two a folder beside it"
        )
    if _holds(key_file, config_dir) or _tells(key_file.is_dir):
        wrong[_KEY] = (
            "expected a file such as 'secrets/pseudonym.key', found "
            f"{key_file}, which is a folder. Name the key in it, or leave key_file out"
        )
    return wrong


def list_file(key_file: Path) -> Path:
    """Say where the list of whom an erasure keeps out lies: beside the key, under its name."""
    return key_file.with_suffix(".erased")


def wrong_files(warehouse_dir: Path, key_file: Path) -> dict[Location, str]:
    """Say where a link or a folder lies in place of a file that is replaced whole, by its key.

    Instead of what a link leads to, the link would be replaced: there an erased person would stay.
    """
    kept = {warehouse_dir / name: _DIR for name in _REPLACED} | {list_file(key_file): _KEY}
    wrong: dict[Location, str] = {}
    for file, key in kept.items():
        found = f"expected a file of the project's own, or none, found {file}, which is"
        elsewhere = f"To keep it elsewhere, name its place there by [{key[0]}] {key[1]}"
        if _tells(file.is_symlink):
            wrong[key] = f"{found} a link. Put the file itself there. {elsewhere}"
        elif _tells(file.is_dir):
            # So a container makes of a file that it is to mount, and that is not there.
            wrong[key] = f"{found} a folder. Remove it; mount folders, not the file. {elsewhere}"
    return wrong


def _holds(folder: Path, place: Path) -> bool:
    """Tell whether a place is a folder, or lies in it, whatever links lead there."""
    return Path(realpath(place)).is_relative_to(realpath(folder))


def _tells(is_so: Callable[[], bool]) -> bool:
    try:
        return is_so()
    except OSError:  # who may not look there is told so when the key is read
        return False
