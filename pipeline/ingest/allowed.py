"""What a night may open: the folders of its sources, its own, and a few files by name."""

from collections.abc import Iterator
from glob import escape
from os.path import normpath
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.sections import Source
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse


def folder_of(settings: Settings, source: Source) -> Path:
    """Give the folder that holds all files of a source."""
    return settings.dir / source.folder


def leads_out(folder: Path, file: Path) -> bool:
    """Tell whether a file below a folder is a link, or lies behind one, that leads out of it."""
    return not file.resolve().is_relative_to(folder.resolve())


def expect_no_secret(settings: Settings, source: Source, file: Path) -> None:
    """Refuse a source that would read the project's key, or what the project wrote itself."""
    real = file.resolve()
    for what, place in (
        ("the project's key", settings.key_file),
        ("what this project publishes", settings.warehouse_dir),
    ):
        if real.is_relative_to(place.resolve()):
            raise ConfigError(
                f"source {source.name}: expected `files` to name a vendor's files, found that "
                f"{source.files!r} names {what} as well. Give the files a folder of their own."
            )


def confine_night(
    warehouse: Warehouse, night_dir: Path, settings: Settings, files: Iterator[Path]
) -> None:
    """Let a night's connection, and so every adapter, open its sources' folders and its own alone.

    Of a folder that holds the project's key or warehouse besides, only `files` are opened.
    """
    folders = {folder_of(settings, source) for source in settings.sources}
    guarded = (settings.key_file.resolve(), settings.warehouse_dir.resolve())
    narrow = {
        folder
        for folder in folders
        if not any(place.is_relative_to(folder.resolve()) for place in guarded)
    }
    beside = [section.file for section in (settings.segments, settings.rates) if section]
    named = [*(settings.dir / file for file in beside), *files]
    tonight = night_dir.absolute()
    warehouse.confine(
        # Parsers are told names with their wildcards escaped.
        [tonight, Path(escape(str(tonight))), *sorted(_as_spelt(narrow))],
        sorted({*_as_spelt(named), *(Path(escape(str(file))) for file in _as_spelt(named))}),
    )
    warehouse.lock_settings()


def _as_spelt(places: Iterator[Path] | set[Path] | list[Path]) -> set[Path]:
    """Give places as the config spells them, and without `..`."""
    listed = list(places)
    return {*listed, *(Path(normpath(place)) for place in listed)}
