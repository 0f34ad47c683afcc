"""What an erasure leaves in the ledger, and what it does not wait for."""

import shutil
from collections.abc import Callable

import pytest

from tests.canonical import difference
from tests.command import recorrido
from tests.projects import SHOP, Project, source

pytestmark = pytest.mark.usefixtures("core_only")

RECEIPTS = """
    [[sources]]
    name = "till"
    channel = "store"
    format = "pos"
    files = "landing/till/*"
    max_rejected_rate = 1
"""
LINE = (
    "business_date,line_type,store_id,terminal_id,receipt_id,local_time,line_no,line_total,"
    "loyalty_id"
)
ORDERS = source("orders", "mutable = true", object_id="thing", updated_at="changed", email="mail")
COUNTED = "select records, accepted, duplicates, touches from ops.loads order by file"


def receipts(project: Project, name: str, *lines: str) -> None:
    project.write(f"landing/till/{name}.csv", "\n".join([LINE, *lines]) + "\n")


def test_a_line_told_twice_of_the_erased_counts_once(project: Project) -> None:
    project.configure(SHOP, RECEIPTS)
    mine = "2026-01-05,SALE,s,t,r{},12:00,1,10,L1"
    receipts(project, "1", mine.format(1), "2026-01-05,SALE,s,t,r2,13:00,1,10,L2")
    project.run()
    recorrido("erase", "--id", "loyalty_id=L1", cwd=project.dir)
    receipts(project, "2", mine.format(3), mine.format(3))
    receipts(project, "3", mine.format(5), mine.format(5), "2026-01-06,SALE,s,t,r6,13:00,1,10,L2")
    project.run()
    assert project.rows(COUNTED) == [(2, 1, 1, 1), (2, 0, 2, 0), (3, 1, 2, 1)]


def test_what_is_read_again_as_an_erasure_is_obeyed_is_counted_as_it_comes(
    project: Project,
) -> None:
    project.configure(SHOP, source("web"))
    lines = [f"{no},2026-01-0{no}T10:00Z,view_item,u{no % 2},pot" for no in range(1, 9)]
    project.write("landing/web/a.csv", "\n".join(["id,time,event,who,thing", *lines]) + "\n")
    project.run()
    kept = shutil.copy(project.published, project.dir / "kept.duckdb")
    recorrido("erase", "--id", "user_id=u1", cwd=project.dir)
    shutil.copy(kept, project.published)
    project.configure(SHOP, source("web", product="thing"))
    project.run()
    assert project.rows(COUNTED) == [(8, 4, 4, 4)]


def test_an_object_of_the_erased_is_kept_out_though_the_config_had_not_its_source_then(
    project: Project, new_project: Callable[[], Project]
) -> None:
    fresh = new_project()
    for shop in (project, fresh):
        shop.write("secrets/pseudonym.key", b"k" * 32)
        shop.write("landing/web/a.csv", "id,time,event,who\n1,2026-01-01T10:00Z,view_item,zoe\n")
        shop.write(
            "landing/orders/a.csv",
            "id,time,event,who,thing,changed,mail\n"
            "p1,2026-01-02T10:00Z,purchase,,b1,2026-01-02T10:00Z,ana@a.org\n"
            "d1,2026-01-03T10:00Z,order_delivered,,b1,2026-01-02T10:00Z,bob@a.org\n",
        )
    for tables in ((source("web"), ORDERS), (source("web"),)):
        project.configure(SHOP, *tables)
        project.run()
    recorrido("erase", "--id", "email=ana@a.org", cwd=project.dir)
    for shop in (project, fresh):
        shop.configure(SHOP, source("web"), ORDERS)
    shutil.copytree(project.dir / "secrets", fresh.dir / "secrets", dirs_exist_ok=True)
    project.run()
    fresh.run()
    assert project.rows("select source, event from core.touchpoints") == [("web", "view_item")]
    assert difference(project.published, fresh.published) == ""


def test_an_erasure_does_not_wait_for_the_files_of_a_source_that_is_new(project: Project) -> None:
    project.configure(SHOP, source("web"))
    log = (
        "id,time,event,who\n1,2026-01-01T10:00Z,view_item,ana\n2,2026-01-01T10:00Z,view_item,bob\n"
    )
    project.write("landing/web/a.csv", log)
    project.run()
    project.configure(SHOP, source("web"), source("app"))
    recorrido("erase", "--id", "user_id=ana", cwd=project.dir)
    assert project.column("select count(*) from core.touchpoints") == [1]
