"""Files that somebody names to be written: never one that the project keeps, or would read."""

from fnmatch import fnmatch
from glob import escape
from os.path import normpath
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.sections import Source
from pipeline.settings import Settings
from pipeline.suppression import list_file


def expect_ones_own(out: Path, settings: Settings, config: Path | None = None) -> None:
    """Raise ConfigError if a file is one that the project cannot do without, or would read.

    `out` need not be there yet.
    """
    kept = {
        "the project's key": settings.key_file,
        "the list of erased people": list_file(settings.key_file),
        "the publication": settings.published_file,
        "the vault": settings.vault_file,
    }
    if config is not None:
        kept["the config"] = config
    for section in (settings.segments, settings.rates):
        if section is not None:
            kept[f"the config's {section.file}"] = settings.dir / section.file
    for what, file in kept.items():
        if out.resolve() == file.resolve():
            raise ConfigError(
                f"expected a file of your own to write to, found {out}, which is {what}"
            )
    for source in settings.sources:
        if _would_be_read(out, settings, source):
            raise ConfigError(
                f"expected a file of your own to write to, found {out}, which is a landing file of "
                f"source {source.name}: its `files` are {source.files!r}"
            )


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
