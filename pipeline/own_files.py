"""Files that somebody names to be written: never one that the project keeps, or would read."""

from collections.abc import Iterator
from fnmatch import fnmatch
from glob import escape
from os.path import normpath
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.own_places import list_file
from pipeline.sections import Source
from pipeline.settings import Settings


def expect_ones_own(out: Path, settings: Settings) -> None:
    """Raise ConfigError if a file is one that the project cannot do without, or would read.

    `out` need not be there yet.
    """
    real = out.resolve()
    kept = {
        "the project's key": settings.key_file,
        "the list of erased people": list_file(settings.key_file),
        "the publication": settings.published_file,
        "the vault": settings.vault_file,
        "the page": settings.report_file,
    }
    for section in (settings.segments, settings.rates):
        if section is not None:
            kept[f"the config's {section.file}"] = settings.dir / section.file
    whats = [what for what, file in kept.items() if real == file.resolve()]
    # A link may be one that the project reads, or lead to what it keeps.
    named = out.parent.resolve() / out.name
    for what in (*whats, *_of_the_house(named, settings), *_of_the_house(real, settings)):
        raise ConfigError(f"expected a file of your own to write to, found {out}, which is {what}")
    for source in settings.sources:
        if _would_be_read(out, settings, source):
            raise ConfigError(
                f"expected a file of your own to write to, found {out}, which is a landing file of "
                f"source {source.name}: its `files` are {source.files!r}"
            )


def _of_the_house(real: Path, settings: Settings) -> Iterator[str]:
    """Say what a file would be that lies where the project keeps its own."""
    folder, warehouse = settings.dir.resolve(), settings.warehouse_dir.resolve()
    if real.parent == folder and real.suffix == ".toml":
        yield "a config"
    if real.is_relative_to(folder / "queries"):
        yield "a query of the project"
    if real.is_relative_to(warehouse):
        place = real.relative_to(warehouse).parts[0]
        if place.startswith(".") or place in ("previous", "runs", "graph"):
            yield f"a file of the warehouse ({place})"


def _would_be_read(out: Path, settings: Settings, source: Source) -> bool:
    """Tell whether a source's `files` name a file, as glob would."""
    pattern = (Path(escape(str(settings.dir))) / source.files).parts
    for spelt in {Path(normpath(out.absolute())), out.resolve()}:
        parts = spelt.parts
        if "**" in pattern:
            if fnmatch(str(spelt), str(Path(*pattern)).replace("**/", "*")):
                return True
        elif len(parts) == len(pattern) and all(map(fnmatch, parts, pattern)):
            return True
    return False
