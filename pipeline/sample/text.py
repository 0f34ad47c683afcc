"""Lines of text from columns: JSON members and CSV fields, without a loop over rows.

What the shop invents holds neither quotes nor backslashes, so nothing needs escaping.
A `records` frame is what every vendor's module gives: `at`, `batch` (what is delivered together)
and `record`, the line itself.
"""

import polars as pl

from pipeline.sample.season import TIME_ZONE


def member(key: str, value: pl.Expr) -> pl.Expr:
    """Give `"key":"value"`, or null where the value is null."""
    return pl.format(f'"{key}":"{{}}"', value)


def bare_member(key: str, value: pl.Expr) -> pl.Expr:
    """Give `"key":value` for numbers, truths and what is JSON already; null where null."""
    return pl.format(f'"{key}":{{}}', value)


def constant(text: str) -> pl.Expr:
    """Give the same text in every row."""
    return pl.lit(text)


def json_object(*members: pl.Expr) -> pl.Expr:
    """Join members to an object; those that are null are left out."""
    return pl.concat_str(pl.lit("{"), _joined(members), pl.lit("}"))


def json_array(*elements: pl.Expr) -> pl.Expr:
    """Join elements to an array; those that are null are left out."""
    return pl.concat_str(pl.lit("["), _joined(elements), pl.lit("]"))


def _joined(parts: tuple[pl.Expr, ...]) -> pl.Expr:
    return pl.concat_str(*parts, separator=",", ignore_nulls=True)


def csv_line(*fields: pl.Expr) -> pl.Expr:
    """Join fields to a line of CSV; null is an empty field, and a field with a comma is quoted."""
    return pl.concat_str(*[_csv_field(field) for field in fields], separator=",")


def _csv_field(field: pl.Expr) -> pl.Expr:
    text = field.cast(pl.String).fill_null("")
    return (
        pl.when(text.str.contains(",", literal=True)).then(pl.format('"{}"', text)).otherwise(text)
    )


def local(moment: str) -> pl.Expr:
    """Give a column of moments as the shop's own clock has them."""
    return pl.col(moment).dt.convert_time_zone(TIME_ZONE)


def local_clock(moment: str) -> pl.Expr:
    """Spell moments as the shop's clock does, without a zone."""
    return local(moment).dt.strftime("%Y-%m-%d %H:%M:%S")


def iso_clock(moment: str) -> pl.Expr:
    """Spell moments in ISO 8601 with the shop's offset."""
    return local(moment).dt.strftime("%Y-%m-%dT%H:%M:%S%:z")
