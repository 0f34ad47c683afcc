"""Loading one file: looked at, read, put through its adapter and kept, or refused and why."""

import errno
import hashlib
import os
import re
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from pipeline.errors import DiskError, QueryError, RefusedFile
from pipeline.faults import fault_point
from pipeline.ingest.keep import forget, keep
from pipeline.ingest.look import Look, look_at
from pipeline.ingest.pseudonyms import KEY_VARIABLES
from pipeline.ingest.records import open_records
from pipeline.queries import Adapter, shipped_dir
from pipeline.sections import Source
from pipeline.vocabulary import UNSUBSCRIBE
from pipeline.warehouse import Warehouse, quoted_name, quoted_text

# What a column is hardly called, but a person may be.
_NUMBERED = re.compile(r"[0-9@]")
_UNKNOWN_COLUMN = re.compile(r'column "([^"]+)" not found', re.IGNORECASE)
# Why a file is refused that may well be read another night, and is then tried again.
_NO_ACCESS, _CHANGED = TRIED_AGAIN = ("no_access", "changed")
# In so many records, what a column is called is seen.
_FIRST_RECORDS = "(select record from file_records limit 1000)"
_OF_THE_FILE = (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ESTALE)
_LATEST_NS = 2**63 - 1  # of a bigint
# What is said of a file that is not opened, by its reason.
_UNOPENED = {
    "outside_folder": (
        "expected a file in the folder that `files` of source {source} names, found a link that "
        "leads out of it. Bring the file itself, or name the folder where it lies"
    ),
    "bad_name": (
        "expected a name in UTF-8, found other bytes in it. Rename the file, or its folder"
    ),
}


@dataclass(frozen=True)
class NewFile:
    """A file of a source that no earlier night has loaded."""

    source: Source
    file: Path
    name: str
    sha256: str
    bytes: int
    modified_ns: int
    number: int
    refused_reason: str | None = None


@dataclass
class Loaded:
    """What became of a file's records; `duplicates` are known when all files are in."""

    file: NewFile
    records: int = 0
    rejected: int = 0
    refused: RefusedFile | None = None
    load_id: str = field(init=False)

    def __post_init__(self) -> None:
        self.load_id = self.file.sha256[:12]


def load_file(
    warehouse: Warehouse,
    new: NewFile,
    adapter: Adapter,
    *,
    currency: str,
    time_zone: str,
    started_at: datetime,
    clean_dir: Path,
) -> Loaded:
    """Load one file into the scratch; of a file that cannot be read nothing is kept."""
    loaded = Loaded(new)
    try:
        fault_point("loading: look at a file")
        _expect_openable(new)
        _tell_source(warehouse, new, currency, time_zone, started_at)
        look = look_at(
            new.file,
            delimiter=new.source.delimiter,
            clean_dir=clean_dir,
            as_lines=adapter.reads == "lines",
        )
        fault_point("loading: open a file's records")
        loaded.records = open_records(warehouse, look, new.source.delimiter, adapter)
        _map_columns(warehouse, look, new.source)
        fault_point("loading: run the adapter")
        _clean(warehouse, adapter)
        fault_point("loading: keep a file's records")
        keep(warehouse, new.number)
        _expect_unchanged(new)
    except (RefusedFile, QueryError, OSError, DiskError) as error:
        loaded.refused = _refusal(new, error)
        loaded.records = 0
        forget(warehouse, new.number)
    if loaded.refused and loaded.refused.reason in TRIED_AGAIN and not _is_replayed(warehouse, new):
        # What was found of it is not known of it: each try has an id of its own.
        attempt = hashlib.sha256(f"{new.sha256} {started_at}".encode()).hexdigest()
        loaded.file, loaded.load_id = replace(new, sha256=attempt), attempt[:12]
    loaded.rejected = warehouse.value(
        "select count(distinct record_no) from scratch.refused where load_no = ?", [new.number]
    )
    return loaded


def _expect_openable(new: NewFile) -> None:
    if new.refused_reason:
        told = _UNOPENED[new.refused_reason].format(source=new.source.name)
        raise RefusedFile(new.refused_reason, told)


def _refusal(new: NewFile, error: RefusedFile | QueryError | OSError | DiskError) -> RefusedFile:
    """Say why a file is refused; raise the error again where it is not the file's."""
    if isinstance(error, QueryError) and error.is_of_text:
        raise error
    if isinstance(error, OSError | DiskError) and not _is_of_the_file(new, error):
        raise error
    try:
        if not new.refused_reason:
            _expect_unchanged(new)
    except RefusedFile as changed:
        return changed
    except OSError as gone:
        if gone.errno not in _OF_THE_FILE:
            raise
        error = gone
    if isinstance(error, OSError | DiskError):
        found = os.strerror(error.errno or 0)
        return RefusedFile(_NO_ACCESS, f"expected to open it, found: {found}")
    if isinstance(error, QueryError):
        return RefusedFile("unreadable", _without_values(error))
    return error


def _is_of_the_file(new: NewFile, error: OSError | DiskError) -> bool:
    """Tell whether the system says of the landing file alone what it says, and not of the machine.

    A query may open other files; what Python opens here is this one.
    """
    is_told_of_it = isinstance(error, OSError) or error.file == str(new.file)
    return is_told_of_it and error.errno in _OF_THE_FILE


def _is_replayed(warehouse: Warehouse, new: NewFile) -> bool:
    """Tell whether a file takes the place of what was loaded of it before."""
    return bool(
        warehouse.value(
            "select exists (from replayed where source = ? and load_id = ?)",
            [new.source.name, new.sha256[:12]],
        )
    )


def modified_ns(stat: os.stat_result) -> int:
    """Give when a file was modified, as the ledger can hold it: no later than 2262."""
    return max(-_LATEST_NS, min(stat.st_mtime_ns, _LATEST_NS))


def _expect_unchanged(new: NewFile) -> None:
    """Refuse what was read of a file that is not the one that was found, hashed and named."""
    now = new.file.stat()
    if (now.st_size, modified_ns(now)) != (new.bytes, new.modified_ns):
        raise RefusedFile(
            _CHANGED,
            "expected a finished file, found that it changed while it was read. Write it under "
            "another name (.part, .tmp) and rename it, or set `settle` of the source",
        )


def _tell_source(
    warehouse: Warehouse, new: NewFile, currency: str, time_zone: str, started_at: datetime
) -> None:
    """Hand the constants of a file and its source to the adapter."""
    source = new.source
    constants: dict[str, object] = {
        "source": source.name,
        "channel": source.channel,
        "timezone": source.timezone or time_zone,
        "currency": currency,
        "namespace": source.namespace or source.name,
        "order_space": source.order_space or "",
        "order_id_pattern": source.order_id_pattern,
        "order_id_group": source.order_id_group,
        "transactional": [label.lower() for label in source.transactional],
        "ambiguous_time": source.ambiguous_time,
        "event_is": source.event_is,
        "time_unit": source.time_unit,
        "time_format": source.time_format,
        "unsubscribes": words_for(UNSUBSCRIBE, source),
        "started_at": started_at,
        "file_dir": str(new.file.parent),
    }
    for name, value in constants.items():
        warehouse.set_variable(name, value)


def words_for(event: str, source: Source) -> list[str]:
    """Give the words of a source that mean an event of ours."""
    words = {event: event, **source.events}
    return [raw for raw, ours in words.items() if ours == event]


def _map_columns(warehouse: Warehouse, look: Look, source: Source) -> None:
    """Make `records` of `file_records`, under the contract's names where the source gives them."""
    if not source.columns:
        warehouse.run("create or replace temp view records as select * from file_records")
        return
    if look.kind in ("json", "ndjson"):
        _expect_told(warehouse, source)
        written = _json_text
    else:
        has = warehouse.columns("file_records")
        own = {_without_our_number(name): name for name in list(has)[1:]}
        for column in (*source.props, *source.columns.values()):
            if column not in own:
                raise _missing(column, list(own), f"[sources.columns] of source {source.name}")

        def written(column: str) -> str:
            return quoted_name(own[column])

    listed = [f"{written(column)} as {name}" for name, column in source.columns.items()]
    if source.props:
        pairs = ", ".join(f"{quoted_text(name)}, {written(name)}" for name in source.props)
        listed.append(f"json_object({pairs})::varchar as props")
    warehouse.run(
        "create or replace temp view records as "
        f"select record_no, {', '.join(listed)} from file_records"
    )


def _without_our_number(name: str) -> str:
    """Give a column the name that its file has for it.

    Beside our `record_no` a file's own of that name has become `record_no_1`.
    """
    return name[:-2] if name.lower() == "record_no_1" else name


def _json_text(column: str) -> str:
    return f"json_extract_string(record, {quoted_text(_json_path(column))})"


def _json_path(column: str) -> str:
    if column.startswith(("$.", "$[")):
        return column
    # A JSON pointer (RFC 6901), for a key may hold a quote, or begin with a dollar.
    return "/" + column.replace("~", "~0").replace("/", "~1")


def _expect_told(warehouse: Warehouse, source: Source) -> None:
    """Refuse JSON of which the first records have a column elsewhere, or in other capitals.

    One that none of them has may be a column that few records tell.
    """
    columns = [*source.props, *source.columns.values()]
    told = _count_told(warehouse, [_json_path(column) for column in columns])
    absent = [column for column, times in zip(columns, told, strict=True) if not times]
    if not absent:
        return
    keys = warehouse.rows(f"select distinct unnest(json_keys(record)) from {_FIRST_RECORDS}")
    alike = {key.lower(): key for (key,) in keys if key not in columns}
    inside = _count_told(warehouse, ["/" + column.replace(".", "/") for column in absent])
    for column, times in zip(absent, inside, strict=True):
        if found := alike.get(column.lower()) or (f"$.{column}" if times else None):
            raise RefusedFile(
                "missing_column",
                f"expected a column '{column}', found '{found}': names are compared exactly, and "
                "what stands inside another column is named by its path. Mend [sources.columns] "
                f"of source {source.name}",
            )


def _count_told(warehouse: Warehouse, paths: Sequence[str]) -> list[int]:
    """Count for each path how many of a file's first records have something there."""
    counts = ", ".join(f"count(json_extract(record, {quoted_text(path)}))" for path in paths)
    told: list[int] = warehouse.value(f"select [{counts}] from {_FIRST_RECORDS}")
    return told


def _clean(warehouse: Warehouse, adapter: Adapter) -> None:
    """Run the adapter once, into `cleaned`."""
    query = adapter.file
    try:
        warehouse.expect_one_statement(adapter.sql)
        # One of the project's own might publish what pseudonyms are made with.
        is_shipped = adapter.file.is_relative_to(shipped_dir())
        with nullcontext() if is_shipped else warehouse.hiding(*KEY_VARIABLES):
            warehouse.run(f"create or replace temp table cleaned as {adapter.sql}")
    except QueryError as error:
        has = list(warehouse.columns("records"))
        column = _UNKNOWN_COLUMN.search(str(error))
        if error.is_of_text and (column is None or column.group(1) in has):
            raise QueryError(f"{query}: {error}", is_of_text=True) from None
        if column is None:
            raise RefusedFile(
                "unreadable",
                f"a value that {query.name} cannot read ({_without_values(error)}). Mend the "
                "query, or time_format and time_unit of the source",
            ) from None
        raise _missing(column.group(1), has[1:], query.name) from None
    if "record_no" not in {name.lower() for name in warehouse.columns("cleaned")}:
        raise QueryError(
            f"{query}: expected a column record_no, by which each record of a file is accounted "
            "for; found none. Select it from records",
            is_of_text=True,
        )


def _missing(column: str, has: list[str], where: str) -> RefusedFile:
    """Say which column is missing, and of those that are there only what resembles it.

    Where a header is missing, the first record stands in its place, and it may name a person.
    """
    alike = [name for name in has if name.lower() == column.lower() and name != column]
    if alike:
        return RefusedFile(
            "missing_column",
            f"expected a column '{column}', found '{alike[0]}': names are compared exactly. "
            f"Mend {where}",
        )
    close = [name for name in get_close_matches(column, has, n=1) if not _NUMBERED.search(name)]
    found = f"the nearest is '{close[0]}'" if close else "none resembles it (is there a header?)"
    return RefusedFile(
        "missing_column",
        f"expected a column '{column}'; of the {len(has)} columns {found}. Mend {where}",
    )


def _without_values(error: QueryError) -> str:
    """Keep of a parser's or caster's message what quotes no value of the file."""
    return error.about_value or str(error).splitlines()[0].split(":")[0][:120]
