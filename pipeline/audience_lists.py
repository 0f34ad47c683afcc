"""An audience as the text of a file: for people and tools, or hashed as an ad platform wants it."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import polars as pl

from pipeline.ingest.pseudonyms import VAULTED_KINDS
from pipeline.show import as_csv

List = Literal["csv", "google", "meta"]

# Google serves no list of fewer active users, and Meta advises against one.
LEAST_ON_PLATFORMS = 100
_GMAIL = ("gmail.com", "googlemail.com")
_ONE_ADDRESS = r"""^[^@\s;,<>"()]+@[^@\s;,<>"()]+\.[^@\s;,<>"().]+$"""
# Country code and number; E.164 allows 15 digits, and none leads with a zero.
_E164 = r"^\+[1-9][0-9]{6,14}$"


@dataclass(frozen=True)
class Listed:
    """The text of a list, and how many customers are on it."""

    text: str
    customers: int


def list_for(form: List, customers: pl.DataFrame, told: pl.DataFrame | None) -> Listed:
    """Write the list of the customers; `told` (customer_id, kind, identifier) is from the vault.

    A customer with several e-mails has as many rows. Who cannot be reached is left out; without a
    vault everybody is listed by customer_id alone.
    """
    if told is None:
        return Listed(as_csv(customers), customers.height)
    if form != "csv":
        return _for_platform(told, _COLUMNS_OF[form], _NORMAL_FORM_OF[form])
    rows = _side_by_side(told, VAULTED_KINDS)
    listed = customers.join(rows, on="customer_id").sort("customer_id", "row").drop("row")
    return Listed(as_csv(listed), listed["customer_id"].n_unique())


def _for_platform(
    told: pl.DataFrame,
    columns: Mapping[str, str],
    normal: Mapping[str, Callable[[pl.Expr], pl.Expr]],
) -> Listed:
    """Write e-mails and phones as their SHA-256 under a platform's headers, and nothing else.

    Rows are in the order of their hashes, which tells nothing of the customers.
    """
    hashed = (
        pl.concat(
            told.filter(kind=kind).with_columns(identifier=normal[kind](pl.col("identifier")))
            for kind in columns
        )
        .drop_nulls("identifier")
        .unique()
        .with_columns(pl.col("identifier").map_elements(_sha256, return_dtype=pl.String))
    )
    rows = _side_by_side(hashed, tuple(columns))
    listed = rows.select(*columns).rename(dict(columns)).sort(columns.values(), nulls_last=True)
    return Listed(listed.write_csv(), rows["customer_id"].n_unique())


def _side_by_side(told: pl.DataFrame, kinds: tuple[str, ...]) -> pl.DataFrame:
    """Put a customer's identifiers in one column a kind: the first of each, then the second."""
    numbered = told.sort("customer_id", "kind", "identifier").with_columns(
        row=pl.int_range(pl.len()).over("customer_id", "kind")
    )
    return numbered.group_by("customer_id", "row").agg(
        pl.col("identifier").filter(kind=kind).first().alias(kind) for kind in kinds
    )


def _email(told: pl.Expr) -> pl.Expr:
    """Keep what is one address and nothing else; the vault's are lower-cased and trimmed."""
    return pl.when(told.str.contains(_ONE_ADDRESS)).then(told)


def _email_for_google(told: pl.Expr) -> pl.Expr:
    """Take out of what stands before gmail.com what it reads as nothing: dots, and + with a tag."""
    address = _email(told)
    local, domain = address.str.extract("^([^@+]*)"), address.str.extract("@([^@]+)$")
    plain = _email(local.str.replace_all(".", "", literal=True) + "@" + domain)
    return pl.when(domain.is_in(_GMAIL)).then(plain).otherwise(address)


def _phone_for_google(told: pl.Expr) -> pl.Expr:
    return pl.when(told.str.contains(_E164)).then(told)


def _phone_for_meta(told: pl.Expr) -> pl.Expr:
    """Give country code and number without the plus."""
    return _phone_for_google(told).str.strip_prefix("+")


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


# Our kind of identifier, and the header under which a platform looks for it.
_COLUMNS_OF: dict[str, Mapping[str, str]] = {
    "google": {"email": "Email", "phone": "Phone"},
    "meta": {"email": "email", "phone": "phone"},
}
_NORMAL_FORM_OF: dict[str, Mapping[str, Callable[[pl.Expr], pl.Expr]]] = {
    "google": {"email": _email_for_google, "phone": _phone_for_google},
    "meta": {"email": _email, "phone": _phone_for_meta},
}
