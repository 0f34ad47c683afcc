"""An audience: customers to be addressed again, with their consent, as a list for a purpose."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

import polars as pl

from pipeline.audience_lists import LEAST_ON_PLATFORMS, List, list_for
from pipeline.contract import DENIAL
from pipeline.erasure.aftermath import expect_none_since
from pipeline.errors import ConfigError
from pipeline.faults import fault_point
from pipeline.ingest.pseudonyms import VAULTED_KINDS
from pipeline.publication import withdrawn_publications
from pipeline.publish import published_tables
from pipeline.queries import read_sql, shipped_dir
from pipeline.questions import expect_known
from pipeline.settings import Settings
from pipeline.vault import reading_vault
from pipeline.warehouse import Warehouse, beside, reading
from pipeline.whole import write_whole

Purpose = Literal["ads", "email", "analytics"]
_MODE = 0o600
# What may be asked for by a name that somebody has to have.
_NAMED = ("channel", "traffic", "campaign", "segment")


@dataclass(frozen=True)
class Asked:
    """Whom a list is to hold; what is not given leaves nobody out.

    Stage, state, silence and the first channel, traffic and campaign are those of the journey that
    a customer was active in last; segment, attributes and value are the customer's own.
    """

    purpose: Purpose = "ads"
    form: List = "csv"
    stage: str | None = None
    state: str | None = None
    silent_for: timedelta | None = None
    channel: str | None = None
    traffic: str | None = None
    campaign: str | None = None
    segment: str | None = None
    min_value: Decimal | None = None
    max_value: Decimal | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Audience:
    """How many customers a list holds, and how many were left out and why."""

    purpose: Purpose
    form: List
    cut_off: datetime
    customers: int
    denied: int
    unknown: int
    without_journey: int
    unreachable: int
    has_vault: bool

    def told(self) -> list[str]:
        """Say it in sentences."""
        left_out = (
            (self.denied, f"who denied consent to {self.purpose}"),
            (self.unknown, f"who never said anything of {self.purpose}"),
            (self.without_journey, "without a journey"),
            (self.unreachable, "who have no identifier in the vault that the list can use"),
        )
        told = [
            f"{self.customers} customers, as of {self.cut_off:%Y-%m-%d %H:%M} UTC",
            *(f"left out: {count} {why}" for count, why in left_out if count),
        ]
        if not self.has_vault:
            told.append(
                "without a vault ([warehouse] vault = false, or its file is gone) the list holds "
                "customer_id only, "
                "which nobody outside this warehouse knows"
            )
        if self.form != "csv" and self.customers < LEAST_ON_PLATFORMS:
            told.append(
                f"ad platforms serve no list of fewer than {LEAST_ON_PLATFORMS} people "
                "whom they know"
            )
        return told


def write_audience(settings: Settings, asked: Asked, out: Path) -> Audience:
    """Write the list, whole or not at all, for its owner alone to read; say who was left out.

    Only who granted the purpose by what he last said of it is on it: a denial that came after the
    cut-off, or that a publication knows which a rollback took back, is obeyed as well. Raises
    ConfigError where nothing like what is asked for exists, where it is no list for such a purpose,
    or while what is published may hold somebody who is erased; LockedError if somebody was erased
    meanwhile.
    """
    expect_none_erased = expect_none_since(settings)
    if asked.form != "csv" and asked.purpose != "ads":
        raise ConfigError(
            f"--format {asked.form} is a list for an ad platform: it needs --consent ads, found "
            f"--consent {asked.purpose}"
        )
    has_vault = settings.warehouse.vault and settings.vault_file.exists()
    if asked.form != "csv" and not has_vault:
        raise ConfigError(
            f"--format {asked.form} needs the vault, which tells e-mails and phones of customers; "
            f"there is no {settings.vault_file}. Bring it back from your backup, or set "
            "[warehouse] vault = true: it learns who is told of from then on"
        )
    with (
        beside(settings.published_file, settings.warehouse.memory) as warehouse,
        warehouse.view_of(_denied_in_withdrawn(settings, asked.purpose), "withdrawn_denials"),
    ):
        warehouse.run("set search_path = 'published.main,memory.main'")
        cut_off = warehouse.value("select cut_off from ops.project")
        _see_later_denials(warehouse, asked.purpose)
        found = _find(warehouse, asked, cut_off)
        consenting = found.filter(pl.col("consent") == "granted").drop("consent")
        granted = consenting.filter("has_journey").drop("has_journey")
        known = _identifiers_of(warehouse, granted) if has_vault else None
    told = _open_vault(settings, known) if known is not None else None
    listed = list_for(asked.form, granted, told)
    fault_point("audience: write the list")
    expect_none_erased()
    write_whole(out, listed.text.encode(), mode=_MODE)
    return Audience(
        purpose=asked.purpose,
        form=asked.form,
        cut_off=cut_off,
        customers=listed.customers,
        denied=found.filter(pl.col("consent") == "denied").height,
        unknown=found["consent"].null_count(),
        without_journey=consenting.height - granted.height,
        unreachable=granted.height - listed.customers,
        has_vault=has_vault,
    )


def _denied_in_withdrawn(settings: Settings, purpose: Purpose) -> pl.DataFrame:
    """Give the identifiers of who denied, as publications tell that a rollback took back."""
    query = read_sql(shipped_dir() / "audience" / "denied.sql")
    frames = [pl.DataFrame(schema={"identifier": pl.String})]
    for file in withdrawn_publications(settings.warehouse_dir):
        with reading(file, any_layout=True) as withdrawn:
            _see_later_denials(withdrawn, purpose)
            frames.append(withdrawn.frame(query))
    return pl.concat(frames)


def _see_later_denials(warehouse: Warehouse, purpose: Purpose) -> None:
    """Make the view later_denials: who denied the purpose after the cut-off of a publication."""
    warehouse.set_variable("purpose", purpose)
    none = ", ".join(f"null::{kind} as {name}" for name, kind in DENIAL.items())
    # A publication of an older layout has no such table.
    has_denials = "core.denials" in published_tables(warehouse)
    denials = "from core.denials" if has_denials else f"select {none} where false"
    warehouse.run(f"create or replace temp view told_denials as {denials}")
    query = read_sql(shipped_dir() / "audience" / "later_denials.sql")
    warehouse.run(f"create or replace temp view later_denials as {query}")


def _find(warehouse: Warehouse, asked: Asked, cut_off: datetime) -> pl.DataFrame:
    """Find the customers asked for, whatever they consent to."""
    for option in _NAMED:
        expect_known(warehouse, f"--{option}", option, getattr(asked, option))
    for attribute, wanted in asked.attributes.items():
        _expect_attribute(warehouse, attribute, wanted)
    variables = {
        "stage": asked.stage,
        "state": asked.state,
        "silent_since": None if asked.silent_for is None else cut_off - asked.silent_for,
        "channel": asked.channel,
        "traffic": asked.traffic,
        "campaign": asked.campaign,
        "segment": asked.segment,
        "min_value": asked.min_value,
        "max_value": asked.max_value,
        "attribute_names": list(asked.attributes),
        "attribute_values": list(asked.attributes.values()),
    }
    for name, value in variables.items():
        warehouse.set_variable(name, value)
    return warehouse.frame(read_sql(shipped_dir() / "audience" / "customers.sql"))


def _expect_attribute(warehouse: Warehouse, name: str, value: str) -> None:
    """Refuse an attribute, or a value of it, that nobody has."""
    found = warehouse.rows(read_sql(shipped_dir() / "audience" / "attributes.sql"))
    names = sorted({key for key, _ in found})
    values = [told for key, told in found if key == name]
    if name not in names:
        there = f"there are {', '.join(names)}" if names else "the customer file tells of none"
        raise ConfigError(f"--attribute: there is no attribute '{name}'; {there}")
    if value not in values:
        close = get_close_matches(value, values, n=3)
        there = f"did you mean {', '.join(close)}?" if close else "nobody has one like it"
        raise ConfigError(f"--attribute {name}: there is no value '{value}'; {there}")


def _identifiers_of(warehouse: Warehouse, granted: pl.DataFrame) -> pl.DataFrame:
    warehouse.set_variable("kinds", list(VAULTED_KINDS))
    with warehouse.view_of(granted, "chosen"):
        return warehouse.frame(read_sql(shipped_dir() / "audience" / "identifiers.sql"))


def _open_vault(settings: Settings, known: pl.DataFrame) -> pl.DataFrame:
    """Read what the vault tells of pseudonyms: customer_id, kind, identifier."""
    with (
        reading_vault(settings.vault_file, settings.warehouse.memory) as vault,
        vault.view_of(known, "known"),
    ):
        return vault.frame(
            "select known.customer_id, identifiers.kind, identifiers.identifier "
            "from identifiers inner join known using (pseudonym)"
        )
