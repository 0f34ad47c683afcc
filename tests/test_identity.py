"""Whose touch it is: strong identifiers that meet are one person, lead their devices' touches."""

import shutil

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.identity import _components
from tests.projects import SHOP, Project

pytestmark = pytest.mark.usefixtures("core_only")

PEOPLE = """
    [[sources]]
    name = "web"
    channel = "web"
    format = "events"
    files = "landing/web/*"
    [sources.columns]
    native_id = "id"
    occurred_at = "at"
    event = "event"
    user_id = "user"
    email = "mail"
    order_id = "order"
    anonymous_id = "cookie"
"""
CUSTOMERS = """
    [segments]
    file = "customers.csv"
    column = "kind"
"""
LOG = """
    id | at               | event     | user | mail      | order | cookie
    ---+------------------+-----------+------+-----------+-------+-------
    1  | 2026-01-05T09:00 | view_item | ana  | ana@a.org |       | c1
    2  | 2026-01-05T10:00 | view_item |      | ana@a.org | o1    | c2
    3  | 2026-01-05T11:00 | view_item |      |           | o1    |
    4  | 2026-01-05T12:00 | view_item | bob  |           |       | c1
    5  | 2026-01-05T13:00 | view_item | cleo |           |       |
    6  | 2026-01-05T14:00 | view_item |      | Cleo@a.org |      |
    7  | 2026-01-05T15:00 | view_item |      |           |       | c1
    8  | 2026-01-05T16:00 | view_item |      |           |       | c3
    9  | 2026-01-05T17:00 | view_item |      |           |       | c3
"""


def customers_of(project: Project) -> dict[str, int]:
    """Number the customers of the touches, told by their hour, in the order they first come."""
    told = project.rows(
        "select hour(occurred_at), customer_id from core.touchpoints order by occurred_at"
    )
    numbers: dict[str, int] = {}
    return {f"{hour}": numbers.setdefault(customer, len(numbers) + 1) for hour, customer in told}


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory, core_only: None) -> Project:
    """Give a shop after a night on the log."""
    made = Project(tmp_path_factory.mktemp("first_night"))
    made.configure(SHOP, PEOPLE)
    made.write_log("landing/web/a.csv", LOG)
    made.run()
    return made


def test_strong_identifiers_that_meet_are_one_person_and_a_shared_device_joins_nobody(
    first_night: Project,
) -> None:
    assert customers_of(first_night) == {
        "9": 1,  # ana
        "10": 1,  # her mail
        "11": 1,  # the order that came with her mail: a chain
        "12": 2,  # bob, on ana's device
        "13": 3,  # cleo
        "14": 4,  # a mail that never met cleo
        "15": 2,  # the device, last seen with bob
        "16": 5,
        "17": 5,
    }


def test_identifiers_in_a_row_of_the_customer_file_are_one_person(project: Project) -> None:
    project.configure(SHOP, PEOPLE, CUSTOMERS)
    project.write_log("landing/web/a.csv", LOG)
    project.write_log(
        "customers.csv",
        """
        user_id | email      | kind
        --------+------------+------
        cleo    | cleo@A.org | gives
        ana     |            | buys
        unseen  |            | buys
        """,
    )
    project.run()
    assert customers_of(project)["13"] == customers_of(project)["14"]
    segments = project.rows(
        "select hour(first_seen_at), segment from core.customers order by first_seen_at"
    )
    assert segments == [(9, "buys"), (12, None), (13, "gives"), (16, None)]
    told = project.rows("select distinct segment from core.journeys order by segment")
    assert told == [("buys",), ("gives",), (None,)]


def test_a_customer_is_named_by_the_smallest_pseudonym(first_night: Project) -> None:
    named = first_night.rows(
        "select customer_id, least(min(strong_id), min(order_id)) from core.touchpoints "
        "where hour(occurred_at) between 9 and 11 group by customer_id"
    )
    # Ana's user id, mail and order: each is told of some touch by its own pseudonym.
    ((customer, smallest_told),) = named
    links = first_night.column(
        "select one_id from core.identity_links union select other_id from core.identity_links"
    )
    assert customer == min(*links, smallest_told)


def test_a_link_that_comes_later_joins_what_was_told_before(
    project: Project, first_night: Project
) -> None:
    shutil.copytree(first_night.dir, project.dir, dirs_exist_ok=True)
    project.write_log(
        "landing/web/b.csv",
        """
        id | at               | event     | user | mail       | order | cookie
        ---+------------------+-----------+------+------------+-------+-------
        10 | 2026-01-05T18:00 | view_item | cleo | cleo@a.org |       |
        """,
    )
    project.run()
    who = customers_of(project)
    assert who["13"] == who["14"] == who["18"]


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12))))
def test_components_are_those_of_plain_union_find(pairs: list[tuple[int, int]]) -> None:
    links = pl.DataFrame(
        [(f"{one:02}", f"{other:02}") for one, other in pairs],
        schema={"one_id": pl.String, "other_id": pl.String},
        orient="row",
    )
    parent: dict[str, str] = {}

    def root(one: str) -> str:
        while parent.setdefault(one, one) != one:
            one = parent[one]
        return one

    for one, other in links.iter_rows():
        low, high = sorted((root(one), root(other)))
        parent[high] = low
    found = dict(_components(links).iter_rows())
    assert found == {one: root(one) for one in parent}


def test_what_an_identifier_met_is_told_with_what_told_of_that(project: Project) -> None:
    project.configure(SHOP, PEOPLE, CUSTOMERS)
    # Which of two comes first hangs on the key.
    project.write("secrets/pseudonym.key", b"k" * 32)
    logins = [
        f"{number},2026-01-05T09:00,login,who{number},{number}@a.org,," for number in range(8)
    ]
    header = "id,at,event,user,mail,order,cookie"
    project.write("landing/web/a.csv", "\n".join([header, *logins]) + "\n")
    cards = [f"who{number},card{number},a" for number in range(8)]
    project.write("customers.csv", "\n".join(["user_id,loyalty_id,kind", *cards]) + "\n")
    project.run()
    led_by = project.column("select distinct led_by from core.identities where type = 'user_id'")
    assert sorted(led_by) == ["met email (touch)", "met loyalty_id (customer file)"]


DEVICE = """
    id | at               | event     | user | mail | order | cookie
    ---+------------------+-----------+------+------+-------+-------
    1  | 2026-01-05T09:00 | view_item |      |      |       | c1
    2  | 2026-01-05T10:00 | view_item | ana  |      |       | c1
    3  | 2026-01-05T11:00 | view_item |      |      |       | c1
    4  | 2026-01-05T12:00 | view_item | bob  |      |       | c1
    5  | 2026-01-05T13:00 | view_item |      |      |       | c1
    6  | 2026-03-05T09:00 | view_item |      |      |       | c2
    7  | 2026-04-05T14:00 | view_item | ana  |      |       | c2
"""


@pytest.mark.parametrize(
    ("stitching", "people"),
    [
        ('mode = "two_way"', "aaabb-a"),
        ('mode = "device_only"', "-a-b--a"),
        ('mode = "last_person"', "babbbaa"),
        ('backfill = "90d"', "aaabbaa"),
    ],
)
def test_the_configs_way_of_stitching_is_taken(
    project: Project, stitching: str, people: str
) -> None:
    project.configure(SHOP, "[identity]", stitching, PEOPLE)
    project.write_log("landing/web/a.csv", DEVICE)
    project.run()
    customers = project.column("select customer_id from core.touchpoints order by occurred_at")
    names = {customers[1]: "a", customers[3]: "b"}
    assert "".join(names.get(customer, "-") for customer in customers) == people


@pytest.mark.long
def test_the_report_tells_of_hubs_merges_splits_and_touches_without_a_name(
    project: Project,
) -> None:
    config = (SHOP, "[identity]", "max_links = 2", PEOPLE)
    project.configure(*config)
    log = """
        id | at               | event     | user | mail       | order | cookie
        ---+------------------+-----------+------+------------+-------+-------
        1  | 2026-01-05T09:00 | view_item | ana  |            |       |
        2  | 2026-01-05T10:00 | view_item |      | ana@a.org  |       |
        3  | 2026-01-05T11:00 | view_item | till | bob@a.org  |       |
        4  | 2026-01-05T12:00 | view_item | till | cleo@a.org |       |
        5  | 2026-01-05T13:00 | view_item |      |            |       | c1
    """
    project.write_log("landing/web/a.csv", log)
    project.run()
    assert facts(project) == {"anonymous share of touches": 0.2}
    # Ana's user and mail meet; the till's third mail makes it a hub, and parts Bob from Cleo.
    project.write_log(
        "landing/web/b.csv",
        """
        id | at               | event     | user | mail       | order | cookie
        ---+------------------+-----------+------+------------+-------+-------
        6  | 2026-01-06T09:00 | view_item | ana  | ana@a.org  |       |
        7  | 2026-01-06T10:00 | view_item | till | dora@a.org |       |
        """,
    )
    project.run()
    told = facts(project)
    assert told["merge"] == told["split"] == 1
    assert told["hub"] == 3
    hub = "select type, identifier from ops.identity_report where fact = 'hub'"
    assert project.rows(hub) == project.rows(
        "select type, identifier from core.identities where led_by = 'hub'"
    )
    who = customers_of(project)
    assert len({who["11"], who["12"]}) == 2


def facts(project: Project) -> dict[str, float]:
    """Give the facts of the last night but for the plain counts."""
    told = project.rows("select fact, number from ops.identity_report")
    counts = ("touches led", "identifiers of", "shared devices")
    return {fact: number for fact, number in told if not fact.startswith(counts)}
