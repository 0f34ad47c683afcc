"""The customer file: which identifiers are one customer's, and what else is known of whom."""

import re
from pathlib import Path

from pipeline.errors import ConfigError, RefusedFile, SourceError
from pipeline.faults import fault_point
from pipeline.ingest.look import look_at
from pipeline.ingest.pseudonyms import keep_identifiers, learn_pseudonyms
from pipeline.ingest.records import open_records
from pipeline.sections import Segments
from pipeline.settings import Settings
from pipeline.vocabulary import STRONG_IDENTIFIERS
from pipeline.warehouse import Warehouse, quoted_name, quoted_text

_ATTRIBUTES = "struct(place integer, name varchar, told varchar)[]"


def read_customers(warehouse: Warehouse, settings: Settings, clean_dir: Path) -> None:
    """Make scratch.known_customers (record_no, strong_ids, segment, attributes) of the file.

    The file is read anew every night, for it tells what holds now; without one the table is empty.
    Its rows that cannot be read are in scratch.unread_customers (file, record_no, reason).
    """
    fault_point("customers: make their tables")
    warehouse.run(
        "create table scratch.known_customers "
        f"(record_no bigint, strong_ids varchar[], segment varchar, attributes {_ATTRIBUTES})"
    )
    warehouse.run(
        "create table scratch.unread_customers (file varchar, record_no bigint, reason varchar)"
    )
    segments = settings.segments
    if segments is None:
        return
    file = settings.dir / segments.file
    if not file.is_file():
        raise ConfigError(f"segments.file names {file}, which is not there.")
    try:
        look = look_at(file, delimiter=segments.delimiter, clean_dir=clean_dir)
        open_records(warehouse, look, segments.delimiter)
    except RefusedFile as refused:
        raise SourceError(f"the customer file {file} cannot be read: {refused}") from None
    warehouse.run(
        "insert into scratch.unread_customers select ?, record_no, reason from unparsed",
        [str(segments.file)],
    )
    fault_point("customers: keep what the file tells")
    _keep_customers(warehouse, segments, _identifiers_of(warehouse, segments, file))


def _identifiers_of(warehouse: Warehouse, segments: Segments, file: Path) -> list[str]:
    """List the identifiers that the file has; refuse it without, or without what is asked for."""
    _, *has = warehouse.columns("file_records")
    found = ", ".join(has)
    identifiers = [name for name in STRONG_IDENTIFIERS if name in has]
    missing = {_spelt(name): name for name in STRONG_IDENTIFIERS if name not in has}
    for name in has:  # where another is there, the file would do without this one unseen
        if meant := missing.get(_spelt(name)):
            raise ConfigError(
                f"segments.file {file} has a column '{name}'; names are compared exactly: call it "
                f"'{meant}'."
            )
    if not identifiers:
        raise ConfigError(
            f"segments.file {file} has no column of a strong identifier "
            f"({', '.join(STRONG_IDENTIFIERS)}) among its {len(has)}; is there a header?"
        )
    if segments.column and segments.column not in has:
        raise ConfigError(f"segments.column names '{segments.column}'; {file} has {found}.")
    if absent := [name for name in segments.attributes if name not in has]:
        named = ", ".join(f"'{name}'" for name in absent)
        raise ConfigError(f"segments.attributes names {named}; {file} has {found}.")
    return identifiers


def _keep_customers(warehouse: Warehouse, segments: Segments, identifiers: list[str]) -> None:
    ids = ", ".join(f"plain_id({name}) as {name}" for name in identifiers)
    warehouse.run(
        "create or replace temp view customer_records as "
        f"select * replace ({ids}) from file_records"
    )
    learn_pseudonyms(warehouse, "customer_records", identifiers)
    keep_identifiers(warehouse)
    joins = "\n".join(
        f"left join pseudonyms as {name}_as on {name}_as.kind = '{name}' "
        f"and {name}_as.raw = customers.{name}"
        for name in identifiers
    )
    listed = ", ".join(f"{name}_as.pseudonym" for name in identifiers)
    segment = _word(segments.column) if segments.column else "null"
    attributes = ", ".join(
        f"{{'place': {place}, 'name': {quoted_text(name)}, 'told': {_word(name)}}}"
        for place, name in enumerate(dict.fromkeys(segments.attributes))
    )
    warehouse.run(
        f"""
        insert into scratch.known_customers
        select
            record_no,
            list_filter([{listed}], lambda id: id is not null) as strong_ids,
            {segment} as segment,
            list_filter([{attributes}]::{_ATTRIBUTES}, lambda one: one.told is not null)
                as attributes
        from customer_records as customers
        {joins}
        """
    )


def _word(column: str) -> str:
    return f"without_mail(nullif(trim(customers.{quoted_name(column)}::varchar), ''))"


def _spelt(column: str) -> str:
    """Give a column's name as it is compared where spellings differ: 'E-Mail' is 'email'."""
    return re.sub(r"[\W_]", "", column.lower())
