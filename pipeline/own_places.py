"""Where the config has the project keep its own: apart from what others bring, and from itself."""

from collections.abc import Mapping
from os.path import realpath
from pathlib import Path

from pipeline.sections import Location

_DIR: Location = ("warehouse", "dir")
_KEY: Location = ("project", "key_file")


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
    if _holds(key_file, config_dir) or _is_folder(key_file):
        wrong[_KEY] = (
            "expected a file such as 'secrets/pseudonym.key', found "
            f"{key_file}, which is a folder. Name the key in it, or leave key_file out"
        )
    return wrong


def _holds(folder: Path, place: Path) -> bool:
    """Tell whether a place is a folder, or lies in it, whatever links lead there."""
    return Path(realpath(place)).is_relative_to(realpath(folder))


def _is_folder(file: Path) -> bool:
    try:
        return file.is_dir()
    except OSError:  # who may not look there is told so when the key is read
        return False
