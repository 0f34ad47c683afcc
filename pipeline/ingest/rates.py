"""The rates file: what one unit of a currency was worth on a day, in the project's currency."""

from pathlib import Path

from pipeline.errors import ConfigError, RefusedFile, SourceError
from pipeline.faults import fault_point
from pipeline.ingest.look import look_at
from pipeline.ingest.records import open_records
from pipeline.queries import read_sql, shipped_dir
from pipeline.settings import Settings
from pipeline.warehouse import Warehouse

_COLUMNS = ("day", "currency", "rate")


def read_rates(warehouse: Warehouse, settings: Settings, clean_dir: Path) -> None:
    """Make scratch.rates (day, currency, rate) of the rates file; without one it is empty.

    The file is read anew every night, for it tells what holds now. A single wrong row stops the
    night: nobody sees of a sum that it was made at a wrong rate.
    """
    fault_point("rates: make their table")
    warehouse.run("create table scratch.rates (day date, currency varchar, rate decimal(18, 10))")
    if settings.rates is None:
        return
    file = settings.dir / settings.rates.file
    if not file.is_file():
        raise ConfigError(f"rates.file names {file}, which is not there.")
    try:
        look = look_at(file, delimiter=settings.rates.delimiter, clean_dir=clean_dir)
        open_records(warehouse, look, settings.rates.delimiter)
    except RefusedFile as refused:
        raise SourceError(f"the rates file {file} cannot be read: {refused}") from None
    has = warehouse.columns("file_records")
    if missing := [name for name in _COLUMNS if name not in has]:
        # Without a header the first record stands in its place, and may be anybody's.
        is_header = len(missing) < len(_COLUMNS)
        found = ", ".join(list(has)[1:]) if is_header else "others; is there a header?"
        raise ConfigError(
            f"rates.file {file} is to be CSV or Parquet with the columns {', '.join(_COLUMNS)}; "
            f"it lacks {', '.join(missing)}, found {found}"
        )
    currency = settings.project.currency
    warehouse.set_variable("project_currency", currency)
    query = read_sql(shipped_dir() / "scratch" / "judged_rates.sql")
    warehouse.run(f"create or replace temp table judged_rates as {query}")
    _expect_right(warehouse, file, currency)
    fault_point("rates: keep them")
    warehouse.run("insert into scratch.rates select day, currency, rate from judged_rates")


def _expect_right(warehouse: Warehouse, file: Path, currency: str) -> None:
    wrong = warehouse.rows(
        "select record_no, place, expected, found from judged_rates where expected is not null "
        "order by record_no"
    )
    if wrong:
        record_no, place, expected, found = wrong[0]
        column = f", column {place}" if place else ""
        more = f" ({len(wrong) - 1} more are wrong)" if len(wrong) > 1 else ""
        raise ConfigError(
            f"rates.file {file}, record {record_no}{column}: expected {expected}, "
            f"found {found}{more}. A row says how much {currency} one unit of a currency was worth "
            "on a day."
        )
