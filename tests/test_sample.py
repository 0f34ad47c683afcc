"""The invented shop: the same bytes each time, in vendors' formats, with the promised faults."""

import csv
import functools
import gzip
import io
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from pipeline.sample import SampleSummary, invent_shop, iter_touches, shop, write_sample
from pipeline.settings import load_settings
from pipeline.vocabulary import DEFAULT_RULES

CUSTOMERS = 2000
SEED = 20261101
THREE_MEGABYTES = 3 * 1024 * 1024


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, SampleSummary]:
    directory = tmp_path_factory.mktemp("sample")
    return directory, write_sample(directory, customers=CUSTOMERS, seed=SEED)


def lines_of(directory: Path, files: str) -> list[str]:
    """Give the lines of all files of a pattern, those of each file without its header."""
    lines = []
    for file in sorted((directory / "landing").glob(files)):
        text = gzip.decompress(file.read_bytes()).decode()
        first = 1 if file.name.endswith(".csv.gz") else 0
        lines += text.splitlines()[first:]
    return lines


@functools.cache
def objects_of(directory: Path, files: str) -> tuple[list[dict[str, Any]], int]:
    """Give the records that are whole JSON, and how many lines are not."""
    records, broken = [], 0
    for line in lines_of(directory, files):
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            broken += 1
    return records, broken


@functools.cache
def rows_of(directory: Path, files: str) -> tuple[list[dict[str, str]], int]:
    """Give the rows that have a field for each column, and how many have fewer."""
    rows, short = [], 0
    for file in sorted((directory / "landing").glob(files)):
        header, *lines = csv.reader(io.StringIO(gzip.decompress(file.read_bytes()).decode()))
        rows += [dict(zip(header, line, strict=True)) for line in lines if len(line) == len(header)]
        short += sum(len(line) != len(header) for line in lines)
    return rows, short


def truth_of(directory: Path, name: str) -> pl.DataFrame:
    return pl.read_csv(directory / "truth" / f"{name}.csv.gz", infer_schema_length=0)


def test_the_same_seed_writes_the_same_bytes(tmp_path: Path) -> None:
    for name in ("once", "again"):
        write_sample(tmp_path / name, customers=150, seed=7)
    files = sorted((tmp_path / "once").rglob("*.*"))
    assert files
    for file in files:
        again = tmp_path / "again" / file.relative_to(tmp_path / "once")
        assert file.read_bytes() == again.read_bytes()


def test_another_seed_is_another_year() -> None:
    assert not invent_shop(customers=50, seed=1).touches.equals(
        invent_shop(customers=50, seed=2).touches
    )


def test_chunks_of_customers_share_no_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shop, "CHUNK", 100)
    whole = invent_shop(customers=250, seed=3)
    assert whole.people["person"].to_list() == list(range(250))
    for frame, column in (
        (whole.touches, "touch_no"),
        (whole.orders, "order_id"),
        (whole.truth.journeys, "journey"),
    ):
        assert frame[column].is_unique().all()
    by_chunk = [touches.height for touches in iter_touches(customers=250, seed=3)]
    assert len(by_chunk) == 3
    assert sum(by_chunk) == whole.touches.height


def test_the_sample_is_small(sample: tuple[Path, SampleSummary]) -> None:
    directory, summary = sample
    assert summary.people == CUSTOMERS
    assert 40_000 < summary.touches < 100_000
    assert summary.bytes == sum(f.stat().st_size for f in directory.rglob("*") if f.is_file())
    assert summary.bytes < THREE_MEGABYTES


def test_the_config_loads_every_file_that_was_written(sample: tuple[Path, SampleSummary]) -> None:
    directory, _ = sample
    settings = load_settings(directory / "recorrido.toml")
    read = {file for source in settings.sources for file in directory.glob(source.files)}
    assert read == {file for file in (directory / "landing").rglob("*") if file.is_file()}
    assert settings.segments is not None
    header = (directory / settings.segments.file).read_text(encoding="utf-8").splitlines()[0]
    assert settings.segments.column in header.split(",")


def test_the_sample_of_the_repository_has_the_config_of_today(
    sample: tuple[Path, SampleSummary],
) -> None:
    kept = Path(__file__).parents[1] / "data" / "sample" / "recorrido.toml"
    assert kept.read_text(encoding="utf-8") == (sample[0] / "recorrido.toml").read_text("utf-8")


@pytest.mark.long
def test_web_events_come_late_twice_broken_and_denied(sample: tuple[Path, SampleSummary]) -> None:
    events, broken = objects_of(sample[0], "web/*.gz")
    timeless = sum(not str(event["event_timestamp"]).isdigit() for event in events)
    assert 0.001 < (broken + timeless) / len(events) < 0.01
    assert broken > 0
    assert timeless > 0
    assert len(events) > len({json.dumps(event, sort_keys=True) for event in events})
    denied = [e for e in events if e["privacy_info"]["analytics_storage"] == "No"]
    assert 0.005 < len(denied) / len(events) < 0.04
    assert not any("user_pseudo_id" in event or "user_id" in event for event in denied)


def test_some_web_events_lie_in_the_file_of_the_month_after(
    sample: tuple[Path, SampleSummary],
) -> None:
    events, _ = objects_of(sample[0], "web/events_202605*")
    months = [event["event_date"][:6] for event in events]
    assert set(months) == {"202604", "202605"}
    assert 0 < months.count("202604") < 0.03 * len(months)


def test_one_event_has_no_rule(sample: tuple[Path, SampleSummary]) -> None:
    events, _ = objects_of(sample[0], "web/*.gz")
    known = {rule.event for rule in DEFAULT_RULES}
    strange = [event["event_name"] for event in events if event["event_name"] not in known]
    assert set(strange) == {"gift_card_preview"}
    assert 10 < len(strange) < 100


def test_mails_are_opened_by_machines_too_and_some_logs_come_twice(
    sample: tuple[Path, SampleSummary],
) -> None:
    events, broken = objects_of(sample[0], "email/*.gz")
    opens = [event for event in events if event["event"] == "open"]
    by_machine = sum(bool(event["sg_machine_open"]) for event in opens)
    assert 0.3 < by_machine / len(opens) < 0.7
    ids = [event["sg_event_id"] for event in events if event["timestamp"] != "ayer"]
    assert 0.005 < 1 - len(set(ids)) / len(ids) < 0.03
    assert 0 < broken < 0.01 * len(events)
    named = {"processed", "delivered", "open", "click", "bounce", "unsubscribe", "spamreport"}
    assert {event["event"] for event in events} == named


def test_the_network_withholds_few_users_and_most_never_come(
    sample: tuple[Path, SampleSummary],
) -> None:
    rows, short = rows_of(sample[0], "ads/*.gz")
    withheld = sum(row["User ID"] == "0" for row in rows)
    assert 0 < withheld < 0.02 * len(rows)
    assert short < 0.01 * len(rows)
    clicked = {row["User ID"] for row in rows if row["Event Type"] == "CLICK"}
    seen = {row["User ID"] for row in rows} - {"0"}
    assert 0.2 < len(clicked) / len(seen) < 0.5


def test_a_fifth_of_receipts_have_only_a_card_and_money_adds_up(
    sample: tuple[Path, SampleSummary],
) -> None:
    rows, _ = rows_of(sample[0], "store/*.gz")
    till = ("store_id", "terminal_id", "business_date", "receipt_id")
    whole = {
        (*[row[key] for key in till], row["line_no"]): row
        for row in rows
        if ":" in row["local_time"]
    }
    payments = {key[:4]: row for key, row in whole.items() if row["line_type"] == "TENDER"}
    goods = dict.fromkeys(payments, 0)
    for key, row in whole.items():
        if row["line_type"] in ("SALE", "VOID"):
            goods[key[:4]] += int(row["line_total"])
    assert goods == {key: int(row["line_total"]) for key, row in payments.items()}
    nameless = [
        row for row in payments.values() if not row["loyalty_id"] + row["email"] + row["phone"]
    ]
    assert all(row["card_token"] for row in nameless)
    assert 0.12 < len(nameless) / len(payments) < 0.28


@pytest.mark.parametrize(
    ("files", "columns"),
    [
        ("deliveries/*.gz", {"order_id", "delivered_at", "status"}),
        ("reviews/*.gz", {"review_id", "created_at", "email", "order_id", "stars", "text"}),
        ("returns/*.gz", {"return_id", "order_id", "returned_at", "amount", "currency"}),
    ],
)
def test_what_follows_a_sale_is_told(
    sample: tuple[Path, SampleSummary], files: str, columns: set[str]
) -> None:
    rows, short = rows_of(sample[0], files)
    assert set(rows[0]) == columns
    assert len(rows) > 20
    assert short < 0.02 * len(rows)


def test_the_truth_knows_every_identifier(sample: tuple[Path, SampleSummary]) -> None:
    directory, _ = sample
    known = set(truth_of(directory, "identifiers").select("type", "value").iter_rows())
    web, _ = objects_of(directory, "web/*.gz")
    mails, _ = objects_of(directory, "email/*.gz")
    tickets, _ = objects_of(directory, "support/*.gz")
    ads, _ = rows_of(directory, "ads/*.gz")
    store, _ = rows_of(directory, "store/*.gz")
    reviews, _ = rows_of(directory, "reviews/*.gz")
    deliveries, _ = rows_of(directory, "deliveries/*.gz")
    told = {("anonymous_id", e["user_pseudo_id"]) for e in web if "user_pseudo_id" in e}
    told |= {("user_id", event["user_id"]) for event in web if "user_id" in event}
    told |= {("order_id", e["ecommerce"]["transaction_id"]) for e in web if "ecommerce" in e}
    told |= {("email", row["email"]) for row in [*mails, *tickets, *reviews]}
    told |= {("order_id", row["order_id"]) for row in [*deliveries, *reviews]}
    told |= {("network_user_id", row["User ID"]) for row in ads if row["User ID"] != "0"}
    for kind, column in (
        ("loyalty_id", "loyalty_id"),
        ("email", "email"),
        ("phone", "phone"),
        ("device_id", "card_token"),
    ):
        told |= {(kind, row[column]) for row in store if row[column]}
    assert told <= known


def test_some_devices_have_two_owners(sample: tuple[Path, SampleSummary]) -> None:
    cookies = truth_of(sample[0], "identifiers").filter(type="anonymous_id")
    owners = cookies.group_by("value").agg(pl.col("person").n_unique())["person"]
    assert 0.01 < (owners == 2).sum() / len(owners) < 0.08


def test_journeys_convert_and_end_in_every_way(sample: tuple[Path, SampleSummary]) -> None:
    journeys = truth_of(sample[0], "journeys")
    converted = journeys["order_ids"].is_not_null()
    assert 0.18 < converted.sum() / len(converted) < 0.30
    ends = {"open", "dropped", "returned", "detracted", "advocated", "repurchased", "kept"}
    assert set(journeys["ended_as"]) == ends
    in_may = journeys.filter(converted)["started_at"].str.contains("-05-").sum()
    assert in_may * 12 > 1.3 * int(converted.sum())


def test_every_order_is_in_the_web_log_or_on_a_receipt(
    sample: tuple[Path, SampleSummary],
) -> None:
    directory, _ = sample
    web, _ = objects_of(directory, "web/*.gz")
    store, _ = rows_of(directory, "store/*.gz")
    sold = {e["ecommerce"]["transaction_id"] for e in web if "ecommerce" in e}
    keys = ("store_id", "terminal_id", "business_date", "receipt_id")
    sold |= {"/".join(row[key] for key in keys) for row in store if row["line_type"] == "SALE"}
    orders = truth_of(directory, "identifiers").filter(type="order_id")
    assert sold == set(orders["value"])


def test_nobody_in_it_can_be_reached(sample: tuple[Path, SampleSummary]) -> None:
    people = truth_of(sample[0], "people")
    assert people["email"].str.contains(r"@example\.(com|org|net)$").all()
    assert people["phone"].drop_nulls().str.contains(r"^\+5690\d{7}$").all()
