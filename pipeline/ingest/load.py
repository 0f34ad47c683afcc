"""Loading one file: its records read, judged, made pseudonymous, and kept in the scratch."""

import errno
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path

from pipeline.contract import CLICKS, DENIAL, IDENTIFIERS, PSEUDONYMS, SPEND, TOLD
from pipeline.errors import QueryError, RefusedFile
from pipeline.faults import fault_point
from pipeline.ingest.judge import (
    MAY_HOLD_MAIL,
    TOO_LARGE,
    TOUCHPOINT_ID,
    as_contract,
    as_told,
    judged,
)
from pipeline.ingest.look import Look, look_at
from pipeline.ingest.pseudonyms import keep_identifiers, learn_pseudonyms
from pipeline.ingest.records import open_records
from pipeline.queries import Adapter
from pipeline.sections import Source
from pipeline.vocabulary import UNSUBSCRIBE
from pipeline.warehouse import Warehouse, quoted_name, quoted_text

# What is summed of spend.
_SUMMED = ("cost", "impressions", "clicks")
# What a column is hardly called, but a person may be.
_NUMBERED = re.compile(r"[0-9@]")
_UNKNOWN_COLUMN = re.compile(r'column "([^"]+)" not found', re.IGNORECASE)
# Why a file is refused that may well be read another night, and is then tried again.
_NO_ACCESS, _CHANGED = TRIED_AGAIN = ("no_access", "changed")
_OF_THE_FILE = (errno.EACCES, errno.EPERM, errno.ENOENT, errno.ESTALE)
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


def make_scratch(warehouse: Warehouse) -> None:
    """Make the empty tables of tonight's records."""
    landed = {
        "load_no": "integer",
        "record_no": "bigint",
        "reject_reason": "varchar",
        "is_touch": "boolean",
        "touchpoint_id": "varchar",
        "basket_id": "varchar",
        "source": "varchar",
        **PSEUDONYMS,
        **TOLD,
    }
    fault_point("loading: make the tables of tonight's records")
    # Read twice and thrown away: to compress it would take longer than to write it.
    columns = ", ".join(
        f"{name} {kind} using compression uncompressed" for name, kind in landed.items()
    )
    warehouse.run(f"create table scratch.landed ({columns})")
    warehouse.run(
        "create table scratch.refused (load_no integer, record_no bigint, reason varchar, "
        "event varchar, occurred_at timestamptz)"
    )
    warehouse.run(
        "create table scratch.spend (load_no integer, record_no bigint, source varchar, day date, "
        "channel varchar, campaign varchar, part varchar, impressions bigint, clicks bigint, "
        "cost decimal(18,4), currency varchar)"
    )
    warehouse.run(
        "create table scratch.clicks (load_no integer, record_no bigint, click_id varchar, "
        "day date, campaign varchar, ad_group varchar, keyword varchar, network varchar)"
    )
    denial = ", ".join(f"{name} {kind}" for name, kind in DENIAL.items())
    warehouse.run(
        f"create table scratch.told_denials (load_no integer, record_no bigint, {denial})"
    )
    warehouse.run(
        "create table scratch.identifiers (identifier varchar, type varchar, namespace varchar)"
    )


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
        _keep(warehouse, new.number)
        _expect_unchanged(new)
    except (RefusedFile, QueryError, OSError) as error:
        loaded.refused = _refusal(new, error)
        loaded.records = 0
        _forget(warehouse, new.number)
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


def _refusal(new: NewFile, error: RefusedFile | QueryError | OSError) -> RefusedFile:
    """Say why a file is refused; raise the error again where it is not the file's."""
    if isinstance(error, QueryError) and error.is_of_text:
        raise error
    if isinstance(error, OSError) and error.errno not in _OF_THE_FILE:
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
    if isinstance(error, OSError):
        return RefusedFile(_NO_ACCESS, f"expected to open it, found: {error.strerror}")
    if isinstance(error, QueryError):
        return RefusedFile("unreadable", _without_values(error))
    return error


def _is_replayed(warehouse: Warehouse, new: NewFile) -> bool:
    """Tell whether a file takes the place of what was loaded of it before."""
    return bool(
        warehouse.value(
            "select exists (from replayed where source = ? and load_id = ?)",
            [new.source.name, new.sha256[:12]],
        )
    )


def _expect_unchanged(new: NewFile) -> None:
    """Refuse what was read of a file that is not the one that was found, hashed and named."""
    now = new.file.stat()
    if (now.st_size, now.st_mtime_ns) != (new.bytes, new.modified_ns):
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
    wanted = {**{name: name for name in source.props}, **source.columns}
    if look.kind in ("json", "ndjson"):
        told = {name: _json_text(column) for name, column in wanted.items()}
    else:
        has = warehouse.columns("file_records")
        if missing := [column for column in wanted.values() if column not in has]:
            raise _missing(missing[0], list(has)[1:], f"[sources.columns] of source {source.name}")
        told = {name: quoted_name(column) for name, column in wanted.items()}
    props = {name: told.pop(name) for name in source.props}
    listed = [f"{expression} as {name}" for name, expression in told.items()]
    if props:
        pairs = ", ".join(f"{quoted_text(name)}, {value}" for name, value in props.items())
        listed.append(f"json_object({pairs})::varchar as props")
    warehouse.run(
        "create or replace temp view records as "
        f"select record_no, {', '.join(listed)} from file_records"
    )


def _json_text(column: str) -> str:
    path = column if column.startswith("$") else f'$."{column}"'
    return f"json_extract_string(record, {quoted_text(path)})"


def _clean(warehouse: Warehouse, adapter: Adapter) -> None:
    """Run the adapter once, into `cleaned`."""
    query = adapter.file
    try:
        warehouse.expect_one_statement(adapter.sql)
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
    found = f"the nearest is '{close[0]}'" if close else "none resembles it; is there a header?"
    return RefusedFile(
        "missing_column",
        f"expected a column '{column}'; of the {len(has)} columns {found}. Mend {where}",
    )


def _keep(warehouse: Warehouse, number: int) -> None:
    """Take what the adapter said into the scratch: refused records, and touches or spend."""
    warehouse.run(
        "insert into scratch.refused by name select ? as load_no, record_no, reason from unparsed",
        [number],
    )
    # An adapter that filters would lose records: what it does not tell of is refused and listed.
    warehouse.run(
        "insert into scratch.refused by name "
        "select ? as load_no, record_no, 'left_out' as reason "
        "from file_records anti join cleaned using (record_no)",
        [number],
    )
    columns = warehouse.columns("cleaned")
    if "cost" in columns:
        _keep_spend(warehouse, columns, number)
    elif "click_id" in columns and "occurred_at" not in columns:
        _keep_clicks(warehouse, columns, number)
    else:
        _keep_touches(warehouse, columns, number)


def _said(warehouse: Warehouse, columns: dict[str, str]) -> set[str]:
    """Name the columns of which any row says something: of most files it is a few."""
    listed = ", ".join(f"count({quoted_name(name)})" for name in columns)
    counts = warehouse.rows(f"select {listed} from cleaned")[0]
    return {name for name, count in zip(columns, counts, strict=True) if count}


def _keep_spend(warehouse: Warehouse, columns: dict[str, str], number: int) -> None:
    told = as_contract(columns, SPEND)
    warehouse.run(f"create or replace temp view conformed as select {told} from cleaned")
    is_large = " or ".join(f"abs({name}) >= {TOO_LARGE}" for name in _SUMMED)
    reason = (
        f"coalesce(reject_reason, case when day is null then 'not_a_time' when {is_large} "
        "then 'too_large' end)"
    )
    warehouse.run(
        "insert into scratch.refused by name "
        f"select ? as load_no, record_no, {reason} as reason from conformed "
        f"where {reason} is not null",
        [number],
    )
    names = _without_mail(name for name in SPEND if name not in ("record_no", "reject_reason"))
    warehouse.run(
        "insert into scratch.spend "
        f"select ?, record_no, getvariable('source')::varchar, {names} from conformed "
        f"where {reason} is null",
        [number],
    )


def _keep_clicks(warehouse: Warehouse, columns: dict[str, str], number: int) -> None:
    """Keep what a network tells of its click ids."""
    warehouse.run(
        f"create or replace temp view told as select {as_contract(columns, CLICKS)} from cleaned"
    )
    learn_pseudonyms(warehouse, "told", ["click_id"])
    keep_identifiers(warehouse)
    reason = "coalesce(told.reject_reason, if(pseudonym is null, 'no_identity', null))"
    warehouse.run(
        "create or replace temp view conformed as "
        "select told.* exclude (click_id, reject_reason), "
        f"pseudonym as click_id, {reason} as reject_reason "
        "from told left join pseudonyms on told.click_id = pseudonyms.raw"
    )
    warehouse.run(
        "insert into scratch.refused by name "
        "select ? as load_no, record_no, reject_reason as reason from conformed "
        "where reject_reason is not null",
        [number],
    )
    names = _without_mail(name for name in CLICKS if name not in ("record_no", "reject_reason"))
    warehouse.run(
        f"insert into scratch.clicks by name select ? as load_no, record_no, {names} "
        "from conformed where reject_reason is null",
        [number],
    )


def _without_mail(names: Iterable[str]) -> str:
    """List columns, without mail addresses where a careless tag may have put one."""
    return ", ".join(
        f"without_mail({name}) as {name}" if name in MAY_HOLD_MAIL else name for name in names
    )


def _keep_touches(warehouse: Warehouse, columns: dict[str, str], number: int) -> None:
    said = _said(warehouse, columns)
    told = as_told(columns, said)
    # The address of a page may carry a click id that the adapter did not look for.
    has = {*said, "click_id"} if "page_url" in said else said
    fault_point("loading: learn a file's pseudonyms")
    identifiers = [name for name in IDENTIFIERS if name in has]
    conformed = judged(told, learn_pseudonyms(warehouse, f"({told})", identifiers))
    keep_identifiers(warehouse)
    kept = ", ".join((*PSEUDONYMS, *TOLD))
    warehouse.run(
        f"""
        insert into scratch.landed
        select
            ? as load_no, record_no, reject_reason,
            is_touch and reject_reason is null as is_touch,
            {TOUCHPOINT_ID} as touchpoint_id, basket_id, getvariable('source')::varchar as source,
            {kept}
        from ({conformed})
        """,
        [number],
    )
    warehouse.run(
        "insert into scratch.refused "
        "select load_no, record_no, min(reject_reason), any_value(event), any_value(occurred_at) "
        "from scratch.landed "
        "where load_no = ? and reject_reason is not null group by load_no, record_no",
        [number],
    )
    if "consent_analytics" in said and _is_any_denied(warehouse):
        _keep_denials(warehouse, conformed, number)
    # A record is refused whole: what else it tells may lean on what was refused.
    warehouse.run(
        """
        update scratch.landed as landed
        set is_touch = false, reject_reason = refused.reason
        from scratch.refused as refused
        where landed.load_no = ? and landed.reject_reason is null
            and refused.load_no = landed.load_no and refused.record_no = landed.record_no
        """,
        [number],
    )


def _is_any_denied(warehouse: Warehouse) -> bool:
    return bool(
        warehouse.value(
            "select exists (from cleaned where consent_of(consent_analytics::varchar) = 'denied')"
        )
    )


def _keep_denials(warehouse: Warehouse, conformed: str, number: int) -> None:
    """Keep whose word it is where a record denies analytics: its touch is nobody's."""
    warehouse.run(
        f"""
        insert into scratch.told_denials
        select
            ? as load_no, record_no, denier_ids, occurred_at, consent_ads,
            coalesce(
                consent_email,
                if(list_contains(getvariable('unsubscribes')::varchar[], event), 'denied', null)
            )
        from ({conformed})
        -- The first is asked before anything is joined, and few rows are left.
        where not is_consented and len(denier_ids) > 0 and occurred_at is not null
            and record_no not in (select record_no from scratch.refused where load_no = ?)
        """,
        [number, number],
    )


def _forget(warehouse: Warehouse, number: int) -> None:
    fault_point("loading: forget a refused file")
    for table in ("landed", "refused", "spend", "clicks", "told_denials"):
        warehouse.run(f"delete from scratch.{table} where load_no = ?", [number])


def _without_values(error: QueryError) -> str:
    """Keep of a parser's or caster's message what quotes no value of the file."""
    return error.about_value or str(error).splitlines()[0].split(":")[0][:120]
