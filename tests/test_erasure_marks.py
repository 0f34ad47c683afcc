"""An erasure takes out what its list would keep out, and nothing else: all goes by its marks."""

from collections.abc import Callable

import pytest

from pipeline.erase import erase
from pipeline.erasure.person import read_wanted
from pipeline.journal import Journal
from pipeline.settings import load_settings
from tests.canonical import difference
from tests.projects import SHOP_WITH_VAULT, Project, source

pytestmark = pytest.mark.usefixtures("core_only", "unadorned")

SEGMENTS = """
    [segments]
    file = "customers.csv"
"""
SUPPRESSED = "secrets/pseudonym.erased"
CUSTOMERS = "user_id,email\ncarl,carl@x.org\n"
Maker = Callable[[], Project]


def furnish(project: Project, *, mutable: bool = False) -> Project:
    columns = {"email": "mail", "anonymous_id": "cookie"}
    versions = {"object_id": "object", "updated_at": "version"}
    keys = ["mutable = true"] if mutable else []
    project.configure(SHOP_WITH_VAULT, source("web", *keys, **columns, **versions), SEGMENTS)
    project.write("customers.csv", CUSTOMERS)
    return project


def erase_ana(project: Project) -> None:
    journal = Journal(say=lambda *_: None)
    erase(load_settings(project.config), [read_wanted("email=ana@x.org")], journal=journal)


def expect_a_rebuild(project: Project, fresh: Project) -> None:
    """Hold a shop to one that finds its files and its list in its first night."""
    for file in (*project.dir.glob("landing/*/*"), project.dir / SUPPRESSED):
        fresh.write(str(file.relative_to(project.dir)), file.read_bytes()).chmod(0o600)
    fresh.run()
    assert difference(project.published, fresh.published) == ""


@pytest.mark.long
@pytest.mark.parametrize("mutable", [True, False])
def test_what_another_told_of_an_object_of_theirs_goes_as_it_would_be_kept_out(
    new_project: Maker, mutable: bool
) -> None:
    project, fresh = (furnish(new_project(), mutable=mutable) for _ in range(2))
    project.write_log(
        "landing/web/a.csv",
        """
        id | time                 | event           | who | mail      | cookie | object | version
        ---+----------------------+-----------------+-----+-----------+--------+--------+-----------
        1  | 2026-01-01T09:00:00Z | purchase        |     | bob@x.org |        | b1     | 2026-01-02
        2  | 2026-01-01T10:00:00Z | order_delivered |     | ana@x.org |        | b1     | 2026-01-02
        3  | 2026-01-01T11:00:00Z | view_item       |     |           | k9     | b1     | 2026-01-02
        4  | 2026-01-01T12:00:00Z | login           | bob |           | k9     |        |
        5  | 2026-01-01T12:00:00Z | purchase        |     | bob@x.org |        | b2     | 2026-01-02
        """,
    )
    project.run()
    erase_ana(project)
    assert project.column("select count(*) from core.touchpoints") == [2 if mutable else 3]
    expect_a_rebuild(project, fresh)


@pytest.mark.long
def test_of_a_backup_that_comes_back_nothing_goes_that_led_to_them_then(
    new_project: Maker,
) -> None:
    """In the backup, Bob's name and a shared device led to Ana still."""
    project, fresh = furnish(new_project()), furnish(new_project())
    log = """
        id | time                 | event     | who  | mail      | cookie | object | version
        ---+----------------------+-----------+------+-----------+--------+--------+--------
        1  | 2026-01-01T09:00:00Z | login     |      | ana@x.org | k1     |        |
        2  | 2026-01-03T09:00:00Z | view_item |      |           | k1     |        |
        3  | 2026-01-02T09:00:00Z | view_item | bob  |           |        |        |
        4  | 2026-01-02T09:00:00Z | view_item | carl |           |        |        |
    """
    project.write_log("landing/web/a.csv", log)
    project.write("customers.csv", "user_id,email\nbob,ana@x.org\n")
    project.run()
    backup = project.published.read_bytes()
    project.write("customers.csv", CUSTOMERS)
    header, rule, *_ = log.strip().splitlines()
    later = "5 | 2026-01-02T10:00:00Z | login | bob | | k1 | |"
    project.write_log("landing/web/b.csv", f"{header}\n{rule}\n{later}")
    project.run()
    erase_ana(project)
    assert project.column("select count(*) from core.touchpoints") == [4]
    project.published.write_bytes(backup)
    assert "1 erasure(s) finished" in project.run().headline
    expect_a_rebuild(project, fresh)


TILL = """
    [[sources]]
    name = "till"
    channel = "store"
    format = "baskets"
    files = "landing/till/*"
    mutable = true
"""
BASKETS = (
    "select record_no, receipt as basket_id, receipt as native_id, receipt as object_id, "
    "'2026-01-05T09:00:00Z'::timestamptz as occurred_at, changed::timestamptz as updated_at, "
    "line::bigint as source_seq, 'purchase' as event, mail as email, "
    "price::decimal(18, 4) as value from records"
)


@pytest.mark.parametrize(
    ("older", "newer", "kept"),
    [("ana", "bob", [7]), pytest.param("bob", "ana", [], marks=pytest.mark.long)],
)
def test_of_a_basket_told_twice_in_a_file_the_newest_version_says_whose_it_is(
    new_project: Maker, older: str, newer: str, kept: list[int]
) -> None:
    project, fresh = new_project(), new_project()
    for shop in (project, fresh):
        shop.configure(SHOP_WITH_VAULT, source("web", email="mail"), TILL)
        shop.write("queries/clean/baskets.sql", BASKETS)
    project.write_log(
        "landing/till/a.csv",
        f"""
        receipt | changed              | line | mail          | price
        --------+----------------------+------+---------------+------
        r1      | 2026-01-05T09:00:00Z | 1    | {older}@x.org | 2
        r1      | 2026-01-05T09:00:00Z | 2    | {older}@x.org | 3
        r1      | 2026-01-06T09:00:00Z | 1    | {newer}@x.org | 2
        r1      | 2026-01-06T09:00:00Z | 2    | {newer}@x.org | 5
        """,
    )
    project.write_log(
        "landing/web/a.csv",
        """
        id | time                 | event | who | mail
        ---+----------------------+-------+-----+----------
        1  | 2026-01-01T09:00:00Z | login |     | ana@x.org
        2  | 2026-01-01T09:00:00Z | login |     | bob@x.org
        """,
    )
    project.run()
    erase_ana(project)
    assert project.column("select value::integer from core.touchpoints where value > 0") == kept
    expect_a_rebuild(project, fresh)
