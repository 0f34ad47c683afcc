"""The customer file: which identifiers are one customer's, and the customer's segment."""

from pathlib import Path

from pipeline.errors import ConfigError, RefusedFile, SourceError
from pipeline.ingest.look import look_at
from pipeline.ingest.pseudonyms import keep_identifiers, learn_pseudonyms
from pipeline.ingest.records import open_records
from pipeline.settings import Settings
from pipeline.vocabulary import STRONG_IDENTIFIERS
from pipeline.warehouse import Warehouse, quoted_name


def read_customers(warehouse: Warehouse, settings: Settings, clean_dir: Path) -> None:
    """Make scratch.known_customers (record_no, strong_ids, segment) of the customer file.

    The file is read anew every night, for it tells what holds now; without one the table is empty.
    Its rows that cannot be read are in scratch.unread_customers (file, record_no, reason).
    """
    warehouse.run(
        "create table scratch.known_customers "
        "(record_no bigint, strong_ids varchar[], segment varchar)"
    )
    warehouse.run(
        "create table scratch.unread_customers (file varchar, record_no bigint, reason varchar)"
    )
    if settings.segments is None:
        return
    file = settings.dir / settings.segments.file
    if not file.is_file():
        raise ConfigError(f"segments.file names {file}, which is not there.")
    try:
        look = look_at(file, delimiter=settings.segments.delimiter, clean_dir=clean_dir)
        open_records(warehouse, look, settings.segments.delimiter)
    except RefusedFile as refused:
        raise SourceError(f"the customer file {file} cannot be read: {refused}") from None
    warehouse.run(
        "insert into scratch.unread_customers select ?, record_no, reason from unparsed",
        [str(settings.segments.file)],
    )
    has = warehouse.columns("file_records")
    identifiers = [name for name in STRONG_IDENTIFIERS if name in has]
    column = settings.segments.column
    if not identifiers:
        raise ConfigError(
            f"segments.file {file} has no column of a strong identifier "
            f"({', '.join(STRONG_IDENTIFIERS)}); found {', '.join(list(has)[1:])}."
        )
    if column and column not in has:
        raise ConfigError(
            f"segments.column names '{column}'; {file} has {', '.join(list(has)[1:])}."
        )
    learn_pseudonyms(warehouse, "file_records", identifiers)
    keep_identifiers(warehouse)
    joins = "\n".join(
        f"left join pseudonyms as {name}_as on {name}_as.kind = '{name}' "
        f"and {name}_as.raw = file_records.{name}"
        for name in identifiers
    )
    listed = ", ".join(f"{name}_as.pseudonym" for name in identifiers)
    segment = f"file_records.{quoted_name(column)}::varchar" if column else "null"
    warehouse.run(
        f"""
        insert into scratch.known_customers
        select
            record_no,
            list_filter([{listed}], lambda id: id is not null) as strong_ids,
            nullif(trim({segment}), '') as segment
        from file_records
        {joins}
        """
    )
