"""The relation `file_records`: one row per record of a file that its parser could read."""

import re
from glob import escape
from pathlib import Path

from pipeline.errors import QueryError, RefusedFile
from pipeline.ingest.look import MAX_LINE, NO_LETTER, Look
from pipeline.ingest.unpack import expands_too_far, first_letter, may_expand_to
from pipeline.queries import Adapter
from pipeline.warehouse import Warehouse, quoted_name, quoted_text

# The attributes of a CloudEvents envelope that an adapter may want (CloudEvents 1.0.2).
_ENVELOPE = ("id", "source", "type", "time", "subject")
# How long a value is, told without a copy of it.
_LENGTH_OF = {"VARCHAR": "strlen", "BLOB": "octet_length"}
# Left to itself DuckDB takes a folder called `day=2026-01-05` for a column, before the file's own.
_ALONE = "hive_partitioning = false"
# Left to itself DuckDB takes a buffer of sixteen lines, which is more than a small night may have.
_LIMITS = f"max_line_size = {MAX_LINE}, buffer_size = {2 * MAX_LINE}, {_ALONE}"


def open_records(
    warehouse: Warehouse, look: Look, delimiter: str, adapter: Adapter | None = None
) -> int:
    """Make `file_records` of a file, and `unparsed` (record_no, reason) of what cannot be read.

    It has record_no and, for JSON and lines, the text of each `record`; for CSV the file's columns
    as text; for Parquet its columns as they are, or either as JSON text where the adapter wants it.
    Returns the number of records in the file.
    """
    warehouse.run("create or replace temp table unparsed (record_no bigint, reason varchar)")
    with warehouse.rows_in_order():
        return _open(warehouse, look, delimiter, adapter)


def _open(warehouse: Warehouse, look: Look, delimiter: str, adapter: Adapter | None) -> int:
    try:
        if look.kind == "parquet":
            _open_parquet(warehouse, look.file)
        elif look.kind == "csv":
            _open_csv(warehouse, look, delimiter)
        elif look.kind == "lines":
            _open_lines(warehouse, look)
        else:
            _open_json(warehouse, look)
        _expect_count(warehouse, look)
        if look.kind in ("json", "ndjson"):
            _unwrap(warehouse, adapter.lists if adapter else ())
        elif adapter and adapter.reads == "json":
            _turn_to_json(warehouse)
    except QueryError as error:
        raise RefusedFile("unreadable", _before_quotation(error, look.file)) from None
    return _count(warehouse)


def _before_quotation(error: QueryError, file: Path) -> str:
    """Keep of a parser's message what stands before a quotation: that may name a person."""
    told = str(error).splitlines()[0]
    for name in (f'"{file}"', f"'{file}'", str(file)):
        told = told.replace(name, "it")
    return re.split("[\"']", told)[0].strip()[:120] or "its parser gives up"


def _name_of(file: Path) -> str:
    """Write a file's name for a parser that would take *.csv for all of its neighbours."""
    return quoted_text(escape(str(file)))


def _count(warehouse: Warehouse) -> int:
    parsed = warehouse.value("select count(*) from file_records")
    unparsed = warehouse.value("select count(*) from unparsed")
    return int(parsed + unparsed)


def _expect_count(warehouse: Warehouse, look: Look) -> None:
    found = _count(warehouse)
    if look.records is not None and found != look.records:
        raise RefusedFile(
            "unreadable", f"the file has {look.records} records, its parser found {found}"
        )


def _open_parquet(warehouse: Warehouse, file: Path) -> None:
    warehouse.run(
        "create or replace temp view file_records as select file_row_number + 1 as record_no, "
        "* exclude (file_row_number) "
        f"from read_parquet({_name_of(file)}, file_row_number = true, {_ALONE})"
    )
    _expect_no_bomb(warehouse, file)


def _expect_no_bomb(warehouse: Warehouse, file: Path) -> None:
    """Refuse a file of some bytes that names one text, or one row, a million times.

    A dictionary's texts are measured where they stand, so even a bomb is measured without harm.
    """
    values = warehouse.value(
        f"select coalesce(sum(num_values), 0) from parquet_metadata({_name_of(file)})"
    )
    if values > may_expand_to(file):
        raise expands_too_far()
    columns = warehouse.columns("file_records").items()
    lengths = " + ".join(
        f"coalesce(sum({_LENGTH_OF[kind]}({quoted_name(name)})), 0)"
        for name, kind in columns
        if kind in _LENGTH_OF
    )
    if lengths and warehouse.value(f"select {lengths} from file_records") > may_expand_to(file):
        raise expands_too_far()


def _open_csv(warehouse: Warehouse, look: Look, delimiter: str) -> None:
    columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in look.header)
    _fill_records(
        warehouse,
        f"""
        select row_number() over () as record_no, *
        from read_csv(
            {_name_of(look.file)}, columns = {{{columns}}}, header = true,
            delim = {quoted_text(delimiter)}, quote = '"', escape = '"', auto_detect = false,
            {_LIMITS}, store_rejects = true, rejects_limit = 0,
            rejects_table = 'csv_rejects', rejects_scan = 'csv_scans'
        )
        """,
        # The header is the parser's first line.
        """
        select
            line - 1 as record_no,
            case any_value(error_type)
                when 'MISSING COLUMNS' then 'short_row'
                when 'TOO MANY COLUMNS' then 'long_row'
                else 'unreadable_row'
            end as reason
        from csv_rejects
        group by line
        """,
    )
    warehouse.run("drop table csv_rejects")
    warehouse.run("drop table csv_scans")
    if look.was_cleaned:
        texts = " || ".join(f"coalesce({quoted_name(name)}, '')" for name in look.header)
        _refuse(warehouse, f"contains({texts}, '{NO_LETTER}')", "bad_utf8")


def _open_lines(warehouse: Warehouse, look: Look) -> None:
    _fill_records(
        warehouse,
        f"select row_number() over () as record_no, record from {_lines_of(look.file)}",
        "select null::bigint as record_no, null::varchar as reason where false",
    )
    if look.was_cleaned:
        _refuse(warehouse, f"contains(record, '{NO_LETTER}')", "bad_utf8")


def _open_json(warehouse: Warehouse, look: Look) -> None:
    documents = f"""
        (
            select json as record
            from read_json_objects(
                {_name_of(look.file)}, format = '{_json_format(look.file)}',
                maximum_object_size = {MAX_LINE}, {_ALONE}
            )
        )
    """
    _fill_records(
        warehouse,
        f"""
        select row_number() over () as record_no, record::varchar as record
        from {_lines_of(look.file) if look.kind == "ndjson" else documents}
        """,
        "select null::bigint as record_no, null::varchar as reason where false",
    )
    if look.was_cleaned:
        _refuse(warehouse, f"contains(record, '{NO_LETTER}')", "bad_utf8")
    _refuse(warehouse, "not json_valid(record)", "not_json")


def _lines_of(file: Path) -> str:
    return f"""
        read_csv(
            {_name_of(file)}, columns = {{'record': 'VARCHAR'}}, header = false,
            delim = '', quote = '', escape = '', auto_detect = false, {_LIMITS}
        )
    """


def _json_format(file: Path) -> str:
    return "array" if first_letter(file) == "[" else "unstructured"


def _turn_to_json(warehouse: Warehouse) -> None:
    """Give each row of columns as the JSON text of an object."""
    warehouse.run(
        "create or replace temp table parsed_objects as "
        "select record_no, to_json(all_of_it)::varchar as record "
        "from (select record_no, struct_pack(*columns(*)) as all_of_it from file_records)"
    )
    warehouse.run("create or replace temp view file_records as select * from parsed_objects")


def _unwrap(warehouse: Warehouse, lists: tuple[str, ...]) -> None:
    """Take records out of what they came in: pages of a vendor's API, CloudEvents envelopes."""
    if lists and _has_any(
        warehouse, " or ".join(f"json_type(record, '{path}') = 'ARRAY'" for path in lists)
    ):
        _unwrap_pages(warehouse, lists)
    if _has_any(warehouse, "contains(record, '\"specversion\"')"):
        _unwrap_envelopes(warehouse)


def _has_any(warehouse: Warehouse, condition: str) -> bool:
    return bool(warehouse.rows(f"select 1 from parsed where {condition} limit 1"))


def _unwrap_pages(warehouse: Warehouse, lists: tuple[str, ...]) -> None:
    is_page = " or ".join(f"json_type(record, '{path}') = 'ARRAY'" for path in lists)
    found = ", ".join(f"json_extract(record, '{path}[*]')" for path in lists)
    warehouse.run(
        f"""
        create or replace temp table unwrapped as
        with pages as (
            select
                record_no, null as reason,
                if({is_page}, flatten([{found}]), [record::json]) as records
            from parsed
            union all
            select record_no, reason, [null::json] as records from unparsed
        ),

        elements as (
            select record_no as page_no, reason, generate_subscripts(records, 1) as place,
                unnest(records)::varchar as record
            from pages
        )

        select row_number() over (order by page_no, place) as record_no, reason, record
        from elements
        """
    )
    warehouse.run(
        "create or replace temp table parsed as "
        "select record_no, record from unwrapped where reason is null"
    )
    warehouse.run(
        "create or replace temp table unparsed as "
        "select record_no, reason from unwrapped where reason is not null"
    )


def _unwrap_envelopes(warehouse: Warehouse) -> None:
    # Joined as text, for json_merge_patch ends the process on a record nested a million deep.
    attributes = ", ".join(f"'ce_{name}', json_extract(record, '$.{name}')" for name in _ENVELOPE)
    warehouse.run(
        f"""
        create or replace temp table parsed as
        with opened as (
            select
                *,
                if(
                    json_extract_string(record, '$.specversion') is not null
                    and json_type(record, '$.data') = 'OBJECT',
                    json_extract(record, '$.data')::varchar,
                    null
                ) as enclosed
            from parsed
        )

        select
            record_no,
            case
                when enclosed is null then record
                else
                    left(json_object({attributes})::varchar, -1)
                    || if(enclosed = '{{}}', '', ',')
                    || substr(enclosed, 2)
            end as record
        from opened
        """
    )


def _fill_records(warehouse: Warehouse, parsed: str, unparsed: str) -> None:
    """Number records as the file does: behind each one that did not parse, one further."""
    warehouse.run(f"create or replace temp table parsed as {parsed}")
    warehouse.run(f"insert into unparsed {unparsed}")
    if warehouse.value("select count(*) from unparsed"):
        warehouse.run(
            """
            create or replace temp table shifts as
            with skips as (
                select
                    record_no - row_number() over (order by record_no) + 1 as record_no,
                    row_number() over (order by record_no) as skipped
                from unparsed
            )

            select record_no, max(skipped) as skipped
            from skips
            group by record_no
            """
        )
        warehouse.run(
            """
            create or replace temp table parsed as
            select
                parsed.record_no + coalesce(shifts.skipped, 0) as record_no,
                parsed.* exclude (record_no)
            from parsed
            asof left join shifts on parsed.record_no >= shifts.record_no
            """
        )
    warehouse.run("create or replace temp view file_records as select * from parsed")


def _refuse(warehouse: Warehouse, condition: str, reason: str) -> None:
    warehouse.run(
        f"insert into unparsed select record_no, '{reason}' from parsed where {condition}"
    )
    warehouse.run(f"delete from parsed where {condition}")
