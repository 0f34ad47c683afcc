"""Each rule of identity drawn: what the touches tell, a double bar, and whose they are.

Customers are numbered as they please; a dash is nobody. Rows are a minute apart where no time is
drawn. Where names decide a tie, a person's is `user_id::ana`, a device's `anonymous_id:web:c1`.
"""

from datetime import timedelta
from functools import partial
from typing import Protocol

import pytest

from tests import identity_door, identity_reference
from tests.drawn import DAY_ONE, Cells, moment, rows_of
from tests.identity_reference import Identifier, Row, Stitch, Stitching, Touch, numbered

STITCHES: list[Stitch] = [identity_reference.customers_of, identity_door.customers_of]
TWO_WAY = Stitching()
DEVICE_ONLY = Stitching(mode="device_only")
LAST_PERSON = Stitching(mode="last_person")
FEW_LINKS = Stitching(max_links=2)

STRONG = {
    "user": "user_id",
    "mail": "email",
    "phone": "phone",
    "card": "loyalty_id",
    "shop": "shop_customer_id",
    "order": "order_id",
}
WEAK = {"cookie": "anonymous_id", "device": "device_id", "net": "network_user_id"}
OTHERS = ("at", "source", "click", "denied")


class Holds(Protocol):
    """The check that a test is given: it knows who stitches."""

    def __call__(self, table: str, stitching: Stitching = ..., *, known: str = ...) -> None:
        """Assert whose the drawn touches are; `known` draws the customer file."""


@pytest.fixture(params=STITCHES, ids=["reference", "product"])
def holds(request: pytest.FixtureRequest) -> Holds:
    return partial(assert_drawn, request.param)


def assert_drawn(
    stitch: Stitch, table: str, stitching: Stitching = TWO_WAY, *, known: str = ""
) -> None:
    given, expected = rows_of(table)
    touches = [touch_of(row, number) for number, row in enumerate(given)]
    rows = [strong_of(row) for row in rows_of(known)[0]] if known else []
    drawn = {
        touch.touch_id: None if row["customer"] == "-" else row["customer"]
        for touch, row in zip(touches, expected, strict=True)
    }
    assert numbered(stitch(touches, stitching, rows)) == numbered(drawn)


def touch_of(row: Cells, number: int) -> Touch:
    assert row.keys() <= {*STRONG, *WEAK, *OTHERS}
    source = row.get("source") or "web"
    weak = [Identifier(WEAK[head], source, row[head]) for head in WEAK if row.get(head)]
    assert len(weak) <= 1, "a touch has one weak identifier"
    return Touch(
        touch_id=f"t{number:02}",
        source=source,
        occurred_at=moment(row["at"]) if "at" in row else DAY_ONE + timedelta(minutes=number),
        strong=strong_of(row),
        weak=weak[0] if weak else None,
        click_id=row.get("click") or None,
        is_denied=row.get("denied") == "yes",
    )


def strong_of(row: Cells) -> Row:
    return tuple(Identifier(STRONG[head], "", row[head]) for head in STRONG if row.get(head))


# ---- Persons -----------------------------------------------------------------------------------


def test_strong_identifiers_that_meet_are_one_person_in_every_source(holds: Holds) -> None:
    holds(
        """
        source | user | mail      | order || customer
        -------+------+-----------+-------++---------
        web    | ana  | ana@a.org |       || 1
        shop   |      | ana@a.org | o1    || 1
        mail   |      |           | o1    || 1
        web    | bob  |           |       || 2
        shop   |      |           |       || -
        """
    )


def test_a_row_of_the_customer_file_joins_what_no_touch_told_together(holds: Holds) -> None:
    holds(
        """
        user | mail      | cookie || customer
        -----+-----------+--------++---------
        ana  |           |        || 1
             | ana@a.org | c1     || 1
             |           | c1     || 1
        bob  |           |        || 2
        """,
        known="""
        user | mail
        -----+----------
        ana  | ana@a.org
        cleo |
        """,
    )


def test_what_was_told_without_consent_joins_nobody_and_is_nobodys(holds: Holds) -> None:
    holds(
        """
        user | mail      | cookie | net | click | denied || customer
        -----+-----------+--------+-----+-------+--------++---------
        ana  | ana@a.org | c1     |     | k1    | yes    || -
        ana  |           |        |     |       |        || 1
             | ana@a.org |        |     |       |        || 2
             |           | c1     |     |       |        || 3
             |           |        | n1  | k1    |        || 4
        """
    )


# ---- Hubs --------------------------------------------------------------------------------------


def test_a_till_that_signs_with_its_own_phone_joins_none_of_its_buyers(holds: Holds) -> None:
    holds(
        """
        mail       | phone || customer
        -----------+-------++---------
        ana@a.org  | 600   || 1
        bob@a.org  | 600   || 2
        cleo@a.org | 600   || 3
        ana@a.org  |       || 1
                   | 600   || 4
        """,
        FEW_LINKS,
    )


def test_a_test_account_is_passed_over_for_the_next_identifier(holds: Holds) -> None:
    holds(
        """
        user | mail       | order | cookie || customer
        -----+------------+-------+--------++---------
        test | ana@a.org  |       |        || 1
        test | bob@a.org  |       |        || 2
        test | cleo@a.org |       |        || 3
        test |            | o1    |        || 4
             |            | o1    |        || 4
             | bob@a.org  |       | c1     || 2
        test |            |       | c1     || 2
        test |            |       | c2     || 5
        test |            |       |        || 6
        """,
        FEW_LINKS,
    )


def test_as_many_links_as_are_allowed_make_no_hub(holds: Holds) -> None:
    holds(
        """
        mail      | phone || customer
        ----------+-------++---------
        ana@a.org | 600   || 1
        bob@a.org | 600   || 1
                  | 600   || 1
        """,
        FEW_LINKS,
    )


def test_each_lone_hub_is_a_customer_of_its_own(holds: Holds) -> None:
    holds(
        """
        user | mail      | phone || customer
        -----+-----------+-------++---------
        test |           | 600   || 1
        test | ana@a.org |       || 1
        test | bob@a.org |       || 1
             | ana@a.org | 600   || 2
             | bob@a.org | 600   || 3
             |           | 600   || 4
        """,
        Stitching(max_links=1),
    )


def test_a_loyal_customer_with_sixty_orders_is_no_hub(holds: Holds) -> None:
    orders = "\n".join(f"ana |           | o{number} || 1" for number in range(60))
    mails = "\n".join(f"    | ana@a.org | o{number} || 1" for number in range(60))
    holds(f"user | mail | order || customer\n{orders}\n{mails}", FEW_LINKS)


def test_who_shares_orders_with_too_many_is_a_hub_though_never_told_with_them(
    holds: Holds,
) -> None:
    holds(
        """
        mail       | phone | order || customer
        -----------+-------+-------++---------
                   | 600   | o1    || 1
                   | 600   | o2    || 2
                   | 600   | o3    || 3
        ana@a.org  |       | o1    || 1
        bob@a.org  |       | o2    || 2
        cleo@a.org |       | o3    || 3
                   | 600   |       || 4
        """,
        FEW_LINKS,
    )


def test_nobody_is_joined_to_herself_by_her_own_order(holds: Holds) -> None:
    holds(
        """
        user | mail      | phone | order || customer
        -----+-----------+-------+-------++---------
        ana  |           |       | o1    || 1
        ana  | ana@a.org |       |       || 1
        ana  |           | 600   |       || 1
             | ana@a.org |       |       || 1
        """,
        FEW_LINKS,
    )


def test_an_order_id_of_too_many_is_a_hub_too(holds: Holds) -> None:
    holds(
        """
        mail       | order || customer
        -----------+-------++---------
        ana@a.org  | o1    || 1
        bob@a.org  | o1    || 2
        cleo@a.org | o1    || 3
                   | o1    || 4
        cleo@a.org |       || 3
        """,
        FEW_LINKS,
    )


def test_whom_an_order_of_too_many_joins_is_not_held_against_them(holds: Holds) -> None:
    # Each mail shares o1 with three others; but o1 is the hub, and Ana's mail is still hers.
    holds(
        """
        mail       | order || customer
        -----------+-------++---------
        ana@a.org  | o1    || 1
        bob@a.org  | o1    || 2
        cleo@a.org | o1    || 3
        dan@a.org  | o1    || 4
        ana@a.org  | o2    || 1
                   | o2    || 1
        """,
        FEW_LINKS,
    )


def test_links_with_a_hub_count_for_those_that_have_them(holds: Holds) -> None:
    # Without the phone Ana would have two links, but hubs are looked for once.
    holds(
        """
        user | mail        | phone | card || customer
        -----+-------------+-------+------++---------
             | bob@a.org   | 600   |      || 1
             | cleo@a.org  | 600   |      || 2
        ana  |             | 600   |      || 3
        ana  | ana@a.org   |       |      || 4
        ana  |             |       | a1   || 5
        """,
        FEW_LINKS,
    )


def test_rows_of_the_customer_file_can_make_a_hub(holds: Holds) -> None:
    holds(
        """
        user | phone || customer
        -----+-------++---------
        ana  |       || 1
        bob  |       || 2
        cleo | 600   || 3
        """,
        FEW_LINKS,
        known="""
        user | phone
        -----+------
        ana  | 600
        bob  | 600
        """,
    )


# ---- Devices -----------------------------------------------------------------------------------


def test_a_shared_device_merges_nobody(holds: Holds) -> None:
    holds(
        """
        user | cookie || customer
        -----+--------++---------
        ana  | c1     || 1
             | c1     || 1
        bob  | c1     || 2
             | c1     || 2
        ana  | c1     || 1
             | c1     || 1
        """
    )


def test_a_login_pulls_in_what_came_before_on_its_device(holds: Holds) -> None:
    holds(
        """
        user | cookie || customer
        -----+--------++---------
             | c1     || 1
             | c2     || 2
             | c1     || 1
        ana  | c1     || 1
        bob  | c1     || 3
        """
    )


@pytest.mark.parametrize(
    ("login", "customer"),
    [("day 31 09:00", 1), ("day 31 09:00:00.000001", 2)],
    ids=["exactly 30 days", "a microsecond more"],
)
def test_a_login_is_backfilled_for_thirty_days(holds: Holds, login: str, customer: int) -> None:
    holds(
        f"""
        at          | user | cookie || customer
        ------------+------+--------++-----------
        {login}     | ana  | c1     || 1
        day 1 09:00 |      | c1     || {customer}
        day 2 09:00 |      | c1     || 1
        """
    )


def test_a_login_of_long_ago_still_holds(holds: Holds) -> None:
    holds(
        """
        at               | user | cookie || customer
        -----------------+------+--------++---------
        2026-01-01 09:00 | ana  | c1     || 1
        2026-01-02 09:00 |      | c1     || 1
        2027-12-31 09:00 |      | c1     || 1
        2027-12-31 09:01 | bob  | c1     || 2
        """
    )


def test_who_is_seen_at_the_very_instant_was_seen_before(holds: Holds) -> None:
    holds(
        """
        at    | user | cookie || customer
        ------+------+--------++---------
        09:00 | bob  | c1     || 2
        09:01 |      | c1     || 1
        09:01 | ana  | c1     || 1
        09:02 | bob  | c1     || 2
        """
    )


def test_of_two_people_seen_at_one_instant_the_smaller_name_decides(holds: Holds) -> None:
    holds(
        """
        at    | user | cookie || customer
        ------+------+--------++---------
        09:00 |      | c1     || 1
        09:01 | bob  | c1     || 2
        09:01 | ana  | c1     || 1
        09:02 |      | c1     || 1
        """
    )


def test_a_persons_name_in_a_tie_is_the_smallest_of_all_identifiers(holds: Holds) -> None:
    # Bob is user_id::bob on this device, and email::bob@a.org by name.
    holds(
        """
        at    | user | mail      | cookie || customer
        ------+------+-----------+--------++---------
        08:00 | bob  | bob@a.org |        || 2
        09:01 | bob  |           | c1     || 2
        09:01 | ana  |           | c1     || 1
        09:02 |      |           | c1     || 2
        """
    )


def test_a_weak_identifier_belongs_to_its_source_and_its_kind(holds: Holds) -> None:
    holds(
        """
        source | user | cookie | device || customer
        -------+------+--------+--------++---------
        web    | ana  | x1     |        || 1
        web    |      | x1     |        || 1
        shop   |      | x1     |        || 2
        web    |      |        | x1     || 3
        """
    )


# ---- Clicks ------------------------------------------------------------------------------------


def test_a_click_joins_the_network_user_to_the_first_device_that_carried_it(holds: Holds) -> None:
    holds(
        """
        at    | user | cookie | net | click || customer
        ------+------+--------+-----+-------++---------
        09:00 |      |        | n1  | k1    || 1
        09:02 | bob  | c2     |     | k1    || 2
        09:01 | ana  | c1     |     | k1    || 1
        09:03 |      |        | n1  |       || 1
        """
    )


def test_of_two_devices_that_carried_a_click_at_once_the_smaller_owns_it(holds: Holds) -> None:
    holds(
        """
        at    | cookie | net | click || customer
        ------+--------+-----+-------++---------
        09:01 | c2     |     | k1    || 2
        09:01 | c1     |     | k1    || 1
        09:00 |        | n1  | k1    || 1
        """
    )


def test_a_network_user_goes_to_the_device_clicked_to_last_else_next(holds: Holds) -> None:
    # A year lies between the first touch and the click: clicks know no backfill.
    holds(
        """
        at               | cookie | net | click || customer
        -----------------+--------+-----+-------++---------
        2026-01-01 09:00 |        | n1  |       || 1
        2027-01-01 09:00 |        | n1  | k1    || 1
        2027-01-01 09:01 | c1     |     | k1    || 1
        2027-01-01 09:02 |        | n1  |       || 1
        2027-01-01 09:03 |        | n1  | k2    || 2
        2027-01-01 09:03 |        | n1  |       || 2
        2027-01-01 09:04 | c2     |     | k2    || 2
        2027-01-01 09:05 |        | n1  |       || 2
        """
    )


def test_of_two_clicks_at_one_instant_the_smaller_device_decides(holds: Holds) -> None:
    holds(
        """
        at    | cookie | net | click || customer
        ------+--------+-----+-------++---------
        09:00 | c1     |     | k2    || 1
        09:00 | c2     |     | k1    || 2
        09:01 |        | n1  |       || 1
        09:02 |        | n1  | k1    || 1
        09:02 |        | n1  | k2    || 1
        09:03 |        | n1  |       || 1
        """
    )


def test_a_network_user_whose_click_reached_no_device_stands_alone(holds: Holds) -> None:
    holds(
        """
        user | cookie | net | click || customer
        -----+--------+-----+-------++---------
             |        | n1  | k1    || 1
             |        | n1  |       || 1
             |        | n2  | k1    || 2
        ana  |        |     | k1    || 3
        bob  | c1     |     | k2    || 4
        """
    )


def test_who_signs_in_as_a_network_user_was_seen_there_and_on_no_device(holds: Holds) -> None:
    holds(
        """
        user | cookie | net | click || customer
        -----+--------+-----+-------++---------
        ana  |        | n1  | k1    || 1
             | c1     |     | k1    || 2
             |        | n1  |       || 2
             |        | n2  |       || 3
        bob  |        | n2  |       || 3
        """
    )


def test_backfill_runs_from_the_moved_touch_itself(holds: Holds) -> None:
    holds(
        """
        at           | user | cookie | net | click || customer
        -------------+------+--------+-----+-------++---------
        day 1 08:59  |      |        | n1  |       || 2
        day 1 09:00  |      |        | n1  | k1    || 1
        day 1 09:01  |      | c1     |     | k1    || 1
        day 31 09:00 | ana  | c1     |     |       || 1
        """
    )


# ---- Modes -------------------------------------------------------------------------------------


def test_device_only_leaves_devices_and_network_users_alone(holds: Holds) -> None:
    holds(
        """
        user | mail      | cookie | net | click || customer
        -----+-----------+--------+-----+-------++---------
             |           | c1     |     | k1    || 1
        ana  | ana@a.org | c1     |     |       || 2
             | ana@a.org |        |     |       || 2
             |           | c1     |     |       || 1
             |           |        | n1  | k1    || 3
             |           |        | n1  |       || 3
        """,
        DEVICE_ONLY,
    )


def test_last_person_gives_the_whole_device_to_its_last_person(holds: Holds) -> None:
    holds(
        """
        at                | user | cookie | net | click || customer
        ------------------+------+--------+-----+-------++---------
        2025-01-01 09:00  |      | c1     |     |       || 2
        2026-01-01 09:00  | ana  | c1     |     |       || 1
        2026-01-01 09:01  |      | c1     |     | k1    || 2
        2026-01-01 09:02  |      |        | n1  | k1    || 2
        2027-01-01 09:00  | bob  | c1     |     |       || 2
        2027-01-01 09:01  |      | c1     |     |       || 2
        2027-01-01 09:02  |      | c2     |     |       || 3
        """,
        LAST_PERSON,
    )


def test_of_two_last_people_the_smaller_name_has_the_device(holds: Holds) -> None:
    holds(
        """
        at    | user | cookie || customer
        ------+------+--------++---------
        09:00 | cleo | c1     || 3
        09:01 | bob  | c1     || 2
        09:01 | ana  | c1     || 1
        09:02 |      | c1     || 1
        """,
        LAST_PERSON,
    )
