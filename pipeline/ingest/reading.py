"""How the files of a source are read: what of it the config and the adapter decide, as a hash."""

import hashlib
from collections.abc import Mapping

from pipeline.ingest.load import words_for
from pipeline.queries import find_clean_query, text_of
from pipeline.sections import Source
from pipeline.settings import Settings
from pipeline.vocabulary import UNSUBSCRIBE

# Of a source, what is asked when its files are read, and never of a touch that is stored.
_READ_BY = {
    "channel", "format", "time_format", "time_unit", "delimiter", "event_is", "columns", "props",
    "namespace", "order_space", "order_id_pattern", "transactional", "mutable", "ambiguous_time",
}  # fmt: skip


def readings(settings: Settings) -> Mapping[str, str]:
    """Give by the name of each source the hash of how its files are read now."""
    return {
        source.name: fingerprint((config_of(source, settings), adapter_of(source, settings)))
        for source in settings.sources
    }


def config_of(source: Source, settings: Settings) -> str:
    """Hash what the config says of how to read a source's files."""
    told = source.model_dump(mode="json", include=_READ_BY)
    zone = source.timezone or settings.project.timezone
    words = sorted(words_for(UNSUBSCRIBE, source))
    told |= {"zone": zone, "currency": settings.project.currency, "unsubscribes": words}
    return fingerprint(told | {"columns": sorted(source.columns.items())})


def adapter_of(source: Source, settings: Settings) -> str:
    """Hash the clean query of a source's format."""
    adapter = find_clean_query(source.format, settings.dir)
    return fingerprint(text_of(adapter))


def fingerprint(told: object) -> str:
    """Hash what something says, as its repr has it."""
    return hashlib.sha256(repr(told).encode()).hexdigest()[:12]
