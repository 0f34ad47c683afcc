"""Writing the sample: landing files, customers, config and truth, the same bytes each time."""

import gzip
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import BinaryIO, cast

import polars as pl

from pipeline.errors import ConfigError
from pipeline.sample import after_sale, cm360, pos
from pipeline.sample.config import CONFIG
from pipeline.sample.faults import Faults, deliver
from pipeline.sample.ga4 import ga4_records
from pipeline.sample.season import FIRST_DAY
from pipeline.sample.sendgrid import sendgrid_records
from pipeline.sample.shop import Shop, iter_shop
from pipeline.sample.spend import count_paid_visits, spend_table

_EPOCH = r"\d{16}"
_LOCAL = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_ISO = r"\d{4}-\d\d-\d\dT[-+:0-9]+"
_CLOCK_TEXT = "%Y-%m-%dT%H:%M:%SZ"
_OF_CONFIG = "recorrido.toml"
_TRUTH = "truth"  # what only a sample has beside its files


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """What was written: people, their touches, and the files that tell of them."""

    people: int
    touches: int
    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Feed:
    """One vendor's files: where they lie, how they begin, what goes wrong on their way.

    A `{}` in `file` stands for the month; without one there is a single file.
    """

    file: str
    records: Callable[[Shop], pl.DataFrame]
    faults: Faults
    header: str | None = None


def _ads(event: str) -> Callable[[Shop], pl.DataFrame]:
    return lambda shop: cm360.cm360_records(shop.touches).filter(pl.col("event") == event)


FEEDS = (
    Feed(
        "web/events_{}.ndjson.gz",
        lambda shop: ga4_records(shop.touches, shop.orders),
        Faults(_EPOCH, late=5, twice=4, no_clock="ayer", is_json=True),
    ),
    Feed(
        "email/sendgrid_{}.ndjson.gz",
        lambda shop: sendgrid_records(shop.touches),
        Faults(r":\d{10},", late=6, twice=12, no_clock=':"ayer",', is_json=True),
    ),
    Feed(
        "ads/impression_{}.csv.gz",
        _ads("ad_impression"),
        Faults(_EPOCH, late=4),
        cm360.CM360_HEADER,
    ),
    Feed("ads/click_{}.csv.gz", _ads("ad_click"), Faults(_EPOCH, late=4), cm360.CM360_HEADER),
    Feed(
        "store/receipts_{}.csv.gz",
        lambda shop: pos.pos_records(shop.touches, shop.orders),
        Faults(r"\d\d:\d\d:\d\d", late=15),
        pos.POS_HEADER,
    ),
    Feed(
        "deliveries/deliveries.csv.gz",
        lambda shop: after_sale.delivery_records(shop.touches),
        Faults(_LOCAL),
        after_sale.DELIVERIES_HEADER,
    ),
    Feed(
        "support/tickets.ndjson.gz",
        lambda shop: after_sale.ticket_records(shop.touches),
        Faults(_ISO, is_json=True),
    ),
    Feed(
        "reviews/reviews.csv.gz",
        lambda shop: after_sale.review_records(shop.touches),
        Faults(_ISO),
        after_sale.REVIEWS_HEADER,
    ),
    Feed(
        "returns/returns.csv.gz",
        lambda shop: after_sale.return_records(shop.touches),
        Faults(_LOCAL),
        after_sale.RETURNS_HEADER,
    ),
)


def write_sample(directory: Path, *, customers: int = 2000, seed: int = 20261101) -> SampleSummary:
    """Write the shop's logs, config and truth into a directory; same seed, same bytes.

    Files of a sample that are already there are overwritten, others are left alone. Raises
    ConfigError where the directory is a file, or a project that is none of ours.
    """
    _expect_no_project(directory)
    touches = 0
    paid_visits = []
    with ExitStack() as stack:
        files = _Files(directory, stack)
        for shop in iter_shop(customers=customers, seed=seed):
            touches += shop.touches.height
            paid_visits.append(count_paid_visits(shop.touches))
            _write_feeds(files, shop)
            _write_people(files, shop)
        spend = spend_table(pl.concat(paid_visits))
        files.append_table("landing/spend/spend.csv", spend)
        files.append(_OF_CONFIG, CONFIG)
    return SampleSummary(customers, touches, len(files.names), files.size())


def _expect_no_project(directory: Path) -> None:
    if directory.exists() and not directory.is_dir():
        raise ConfigError(f"expected a folder for the sample, found {directory}, which is a file")
    if (directory / _OF_CONFIG).exists() and not (directory / _TRUTH).exists():
        raise ConfigError(
            f"expected a new folder for the sample, or one of a sample, found {directory}, a "
            "project whose config and customer file would be written over. Name another folder"
        )


def _write_feeds(files: "_Files", shop: Shop) -> None:
    for feed in FEEDS:
        delivered = deliver(feed.records(shop), feed.faults)
        if "{}" not in feed.file:
            delivered = delivered.with_columns(month_no=0)
            if feed.header:
                files.append(f"landing/{feed.file}", "", header=f"{feed.header}\n")
        for (month_no,), lines in delivered.group_by("month_no", maintain_order=True):
            name = feed.file.format(_month_name(cast(int, month_no)))
            header = f"{feed.header}\n" if feed.header else ""
            text = "\n".join(lines["record"]) + "\n"
            files.append(f"landing/{name}", text, header=header)


def _month_name(month_no: int) -> str:
    month = FIRST_DAY.month - 1 + month_no
    return f"{date(FIRST_DAY.year + month // 12, month % 12 + 1, 1):%Y%m}"


def _write_people(files: "_Files", shop: Shop) -> None:
    is_known = pl.any_horizontal(pl.col("user_id", "loyalty_id").is_not_null())
    customers = shop.people.filter(is_known).select(
        "user_id", "email", "phone", "loyalty_id", segment="persona", comuna="comuna"
    )
    files.append_table("customers.csv", customers)
    files.append_table(f"{_TRUTH}/people.csv.gz", shop.truth.people)
    files.append_table(f"{_TRUTH}/identifiers.csv.gz", shop.truth.identifiers)
    files.append_table(f"{_TRUTH}/journeys.csv.gz", shop.truth.journeys)


class _Files:
    """Files that grow while the chunks come; what ends in .gz is compressed on the way."""

    def __init__(self, directory: Path, stack: ExitStack) -> None:
        self.names: dict[Path, BinaryIO] = {}
        self._directory = directory
        self._stack = stack

    def append(self, name: str, text: str, *, header: str = "") -> None:
        """Append text to a file; its first text has the header in front."""
        file = self._directory / name
        if file not in self.names:
            self.names[file] = self._open(file)
            text = header + text
        self.names[file].write(text.encode())

    def append_table(self, name: str, table: pl.DataFrame) -> None:
        """Append a table as CSV."""
        lines = table.write_csv(datetime_format=_CLOCK_TEXT)
        header, _, rows = lines.partition("\n")
        self.append(name, rows, header=f"{header}\n")

    def size(self) -> int:
        """Close the files, and count the bytes that they take on the disk."""
        self._stack.close()
        return sum(file.stat().st_size for file in self.names)

    def _open(self, file: Path) -> BinaryIO:
        file.parent.mkdir(parents=True, exist_ok=True)
        raw = self._stack.enter_context(file.open("wb"))
        if file.suffix != ".gz":
            return raw
        # Neither name nor time in the header: the bytes depend on the content alone.
        packed = gzip.GzipFile("", "wb", 9, raw, mtime=0)
        return cast(BinaryIO, self._stack.enter_context(packed))
