"""Public logs, each through the whole way with a config of its own: the known facts come out.

The data lie beside the checkout, in shared/data, or nowhere: then these tests are skipped.
"""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipeline.journal import Journal
from pipeline.run import Outcome, run_night
from pipeline.settings import load_settings

pytestmark = pytest.mark.long

HERE = Path(__file__).parent
DATA = HERE.parents[2] / "shared" / "data"


class Night:
    """A night on one set: what the run said, and what it published."""

    def __init__(self, name: str, out: Path) -> None:
        self.out = out
        with pytest.MonkeyPatch.context() as environment:
            environment.setenv("REAL_DATA", str(DATA))
            environment.setenv("REAL_OUT", str(out))
            settings = load_settings(HERE / name / "recorrido.toml")
        self.outcome: Outcome = run_night(settings, journal=Journal(say=lambda step: None))

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Ask the published warehouse."""
        with duckdb.connect(str(self.out / "journeys.duckdb"), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            return connection.execute(sql).fetchall()

    def value(self, sql: str) -> Any:
        """Give the one value that a query returns."""
        return self.rows(sql)[0][0]

    def counts(self) -> tuple[int, int, int, int]:
        """Give how many records there were, were accepted, were duplicates, were refused."""
        intake = self.outcome.intake
        assert intake is not None
        return intake.records, intake.accepted, intake.duplicates, intake.rejected


def night_on(name: str, tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Run a night on one set, or skip where it is not there."""
    if not (DATA / name).is_dir():
        pytest.skip(f"the public logs {name} are not in {DATA}")
    return Night(name, tmp_path_factory.mktemp(name))


# ---- ecom_clickstream ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def clickstream(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Run a night on a web shop's clickstream."""
    return night_on("ecom_clickstream", tmp_path_factory)


def test_clickstream_has_thirty_repeats(clickstream: Night) -> None:
    assert clickstream.counts() == (31_106, 31_076, 30, 0)


def test_clickstream_has_the_sessions_of_the_tracker(clickstream: Night) -> None:
    ours_and_theirs = clickstream.rows(
        "select count(distinct session_id), count(distinct source_session_id), "
        "count(distinct (session_id, source_session_id)), count(*) filter (session_id is null) "
        "from core.touchpoints"
    )
    assert ours_and_theirs == [(3_605, 3_605, 3_605, 0)]
    assert clickstream.value("select count(*) from core.sessions") == 3_605


def test_clickstream_lists_what_no_rule_knows(clickstream: Night) -> None:
    assert {event for (event,) in clickstream.rows("select event from ops.unmapped")} == {
        "checkout_bug",
        "error_page",
    }


def test_clickstream_has_the_purchases_that_were_told(clickstream: Night) -> None:
    told = "select count(*) from core.touchpoints where event = 'purchase'"
    assert clickstream.value(told) == 470
    assert clickstream.value("select count(distinct customer_id) from core.touchpoints") == 600


# ---- starbucks_offers ---------------------------------------------------------------------------


def test_offers_are_counted_by_event(tmp_path_factory: pytest.TempPathFactory) -> None:
    night = night_on("starbucks_offers", tmp_path_factory)
    assert night.counts() == (25_694, 25_694, 0, 0)
    told = dict(night.rows("select event, count(*) from core.touchpoints group by event"))
    assert told == {
        "mailing_received": 12_650,
        "offer_viewed": 6_673,
        "purchase": 4_873,
        "offer_completed": 1_498,
    }
    assert night.value("select count(*) from core.customers") == 13_268


# ---- completejourney ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def groceries(tmp_path_factory: pytest.TempPathFactory) -> Night:
    """Run a night on a grocery chain's baskets."""
    return night_on("completejourney", tmp_path_factory)


def test_groceries_have_a_purchase_a_basket(groceries: Night) -> None:
    told = groceries.rows(
        "select count(*), count(distinct order_id) from core.touchpoints where source = 'baskets'"
    )
    assert told == [(14_688, 14_688)]
    ledger = groceries.rows(
        "select records, accepted, touches from ops.loads where source = 'baskets'"
    )
    assert ledger == [(144_055, 144_055, 14_688)]


def test_groceries_lose_no_cent_of_a_basket(groceries: Night) -> None:
    file = DATA / "completejourney" / "transactions.parquet"
    (paid,) = duckdb.sql(
        f"select sum(sales_value::decimal(18, 4)) from read_parquet('{file}')"
    ).fetchall()[0]
    assert groceries.value("select sum(value) from core.touchpoints") == paid
    assert groceries.value("select sum(value) from core.journeys") == paid


def test_groceries_have_all_mailings_and_redemptions(groceries: Night) -> None:
    told = dict(
        groceries.rows(
            "select event, count(*) from core.touchpoints where event <> 'purchase' group by event"
        )
    )
    assert told == {"mailing_received": 626, "coupon_redemption": 277}
    assert groceries.value("select count(*) from core.customers") == 251


def test_groceries_have_mailings_at_noon_of_their_day(groceries: Night) -> None:
    clocks = groceries.rows(
        "select distinct strftime(timezone('America/New_York', occurred_at), '%H:%M:%S'), "
        "time_precision from core.touchpoints where event <> 'purchase'"
    )
    assert clocks == [("12:00:00", "day")]


# ---- yammer_email_events ------------------------------------------------------------------------


def test_mails_are_counted_by_event(tmp_path_factory: pytest.TempPathFactory) -> None:
    night = night_on("yammer_email_events", tmp_path_factory)
    told = dict(night.rows("select event, count(*) from core.touchpoints group by event"))
    assert told == {
        "sent_weekly_digest": 57_267,
        "email_open": 20_459,
        "email_click": 9_010,
        "sent_reengagement_email": 3_653,
        "sign_up": 9_381,
    }
    strangers = night.value(
        "select count(*) from (select customer_id from core.touchpoints where source = 'mails' "
        "except select customer_id from core.touchpoints where source = 'signups')"
    )
    assert strangers == 0


# ---- attribution_ads ----------------------------------------------------------------------------


def test_conversions_of_ads_keep_their_worth(tmp_path_factory: pytest.TempPathFactory) -> None:
    night = night_on("attribution_ads", tmp_path_factory)
    told = night.rows(
        "select count(*), sum(value)::varchar from core.touchpoints where event = 'purchase'"
    )
    assert told == [(680, "4235.0000")]
    assert night.value("select count(distinct customer_id) from core.touchpoints") == 2_900
    assert night.value("select sum(value)::varchar from core.journeys") == "4235.0000"
    records, accepted, duplicates, rejected = night.counts()
    assert (records, rejected) == (23_039, 0)
    assert accepted + duplicates == records
