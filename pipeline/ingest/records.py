"""The relation `file_records`: one row per record of a file that its parser could read."""

from pathlib import Path

from pipeline.errors import QueryError, RefusedFile
from pipeline.ingest.look import MAX_LINE, Look, first_letter
from pipeline.warehouse import Warehouse, quoted_name, quoted_text

# What is left of a byte that was no text.
_REPLACED = "\ufffd"


def open_records(warehouse: Warehouse, look: Look, delimiter: str) -> int:
    """Make `file_records` of a file, and `unparsed` (record_no, reason) of what cannot be read.

    It has record_no and, for JSON, the text of each `record`; for CSV the file's columns as
    text; for Parquet its columns as they are. Returns the number of records in the file.
    """
    warehouse.run("create or replace temp table unparsed (record_no bigint, reason varchar)")
    try:
        if look.kind == "parquet":
            _open_parquet(warehouse, look.file)
        elif look.kind == "csv":
            _open_csv(warehouse, look, delimiter)
        else:
            _open_json(warehouse, look)
    except QueryError as error:
        # The parser's message may quote the record, and with it a person.
        raise RefusedFile("unreadable", str(error).splitlines()[0][:120]) from None
    parsed = warehouse.value("select count(*) from file_records")
    unparsed = warehouse.value("select count(*) from unparsed")
    if look.records is not None and parsed + unparsed != look.records:
        raise RefusedFile(
            "unreadable",
            f"the file has {look.records} records, its parser found {parsed + unparsed}",
        )
    return int(parsed + unparsed)


def _open_parquet(warehouse: Warehouse, file: Path) -> None:
    warehouse.run(
        "create or replace temp view file_records as select file_row_number + 1 as record_no, "
        "* exclude (file_row_number) "
        f"from read_parquet({quoted_text(str(file))}, file_row_number = true)"
    )


def _open_csv(warehouse: Warehouse, look: Look, delimiter: str) -> None:
    columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in look.header)
    _fill_records(
        warehouse,
        f"""
        select row_number() over () as record_no, *
        from read_csv(
            {quoted_text(str(look.file))}, columns = {{{columns}}}, header = true,
            delim = {quoted_text(delimiter)}, quote = '"', escape = '"', auto_detect = false,
            max_line_size = {MAX_LINE}, store_rejects = true, rejects_limit = 0,
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
        _refuse(warehouse, f"contains({texts}, '{_REPLACED}')", "bad_utf8")


def _open_json(warehouse: Warehouse, look: Look) -> None:
    file = quoted_text(str(look.file))
    lines = f"""
        read_csv(
            {file}, columns = {{'record': 'VARCHAR'}}, header = false, delim = '', quote = '',
            escape = '', auto_detect = false, max_line_size = {MAX_LINE}
        )
    """
    documents = f"""
        (
            select json as record
            from read_json_objects(
                {file}, format = '{_json_format(look.file)}', maximum_object_size = {MAX_LINE}
            )
        )
    """
    _fill_records(
        warehouse,
        f"""
        select row_number() over () as record_no, record::varchar as record
        from {lines if look.kind == "ndjson" else documents}
        """,
        "select null::bigint as record_no, null::varchar as reason where false",
    )
    if look.was_cleaned:
        _refuse(warehouse, f"contains(record, '{_REPLACED}')", "bad_utf8")
    _refuse(warehouse, "not json_valid(record)", "not_json")


def _json_format(file: Path) -> str:
    return "array" if first_letter(file) == "[" else "unstructured"


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
