"""A warehouse of an older version: taken over once, from what it holds, without landing files."""

import gzip
import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from pipeline.errors import ConfigError
from pipeline.warehouse import LAYOUT
from tests.command import recorrido
from tests.projects import SHOP_WITH_VAULT, WEB, Project, core_only

OLD_SHOP = Path(__file__).parent / "upgrade" / "layout_2"
# What the old version said of its journeys: touches, deepest stage and value.
AS_OF_OLD = [(4, "purchase", 40), (3, "purchase", 20), (2, "evaluation", 0), (1, "research", 0)]
VISITS = """id,at,event,who,visit
1,2026-01-05T09:00:00Z,search,ana,v1
2,2026-01-05T10:00:00Z,view_item,ana,v1
3,2026-01-05T10:01:00Z,search,ana,v2
4,2026-01-05T11:00:00Z,search,ana,v2
"""
AS_OF_LAYOUT_3 = """
    update core.touchpoints set source_session_id =
        if(occurred_at < '2026-01-05T10:00:30Z'::timestamptz, 'v1', 'v2');
    drop table core.denials;
    update ops.project set layout = 3;
    delete from ops.built_by where fact = 'layout';
"""
AS_OF_LAYOUT_4 = """
    alter table core.identity_links drop column source;
    alter table core.identity_links drop column load_id;
    drop table counts.named_customers;
    drop table counts.path_customers;
    update ops.project set layout = 4;
    update ops.built_by set value = '4' where fact = 'layout';
"""
# A sign-up is no touch, and tells whose the card is.
SIGN_UPS = """
    select record_no, event <> 'signed_up' as is_touch, event, who as user_id, card as loyalty_id,
        parse_time("at", 'UTC') as occurred_at
    from records
"""
SIGNED_UP = """at,event,who,card
2026-01-05T09:00:00Z,signed_up,ana,7
2026-01-05T10:00:00Z,search,ana,
2026-01-05T11:00:00Z,purchase,,7
"""


@pytest.fixture
def old_shop(new_project: Callable[[], Project]) -> Callable[..., Project]:
    """Give a maker of the old shop: with the warehouse that layout 2 left, or never run."""

    def make(*, was_run: bool) -> Project:
        made = new_project()
        shutil.copytree(OLD_SHOP, made.dir, dirs_exist_ok=True)
        packed = made.dir / "journeys.duckdb.gz"
        if was_run:
            made.published.parent.mkdir()
            made.published.write_bytes(gzip.decompress(packed.read_bytes()))
            # What was loaded need not be there any more.
            shutil.rmtree(made.dir / "landing")
        packed.unlink()
        return made

    return make


@pytest.mark.long
def test_an_old_warehouse_is_taken_over_without_its_landing_files(
    old_shop: Callable[..., Project],
) -> None:
    old, fresh = old_shop(was_run=True), old_shop(was_run=False)
    assert "all journeys rebuilt" in old.run().headline
    fresh.run()
    assert old.contents() == fresh.contents()
    assert old.column("select layout from ops.project") == [LAYOUT]
    assert old.column("select count(*) from core.touchpoints") == [10]
    told = "select touches, deepest_stage, value::integer from core.journeys order by started_at"
    assert old.rows(told) == AS_OF_OLD
    assert old.column("select reason from ops.rejects") == ["not_a_time"]
    assert old.column("select count(*) from ops.loads") == [5]
    # It knows what was loaded, file by file and record by record.
    shutil.copytree(OLD_SHOP / "landing", old.dir / "landing")
    records = (OLD_SHOP / "landing/web/1.csv").read_text()
    old.write("landing/web/again.csv", records + "10,2026-05-03T10:00:00Z,purchase,cleo,c3,,9,o2\n")
    with core_only():
        intake = old.run().intake
    assert intake
    assert (intake.files, intake.accepted, intake.duplicates) == (1, 1, 6)
    assert old.column("select count(*) from core.touchpoints") == [11]


@pytest.mark.long
def test_what_records_told_of_who_met_is_taken_over_without_its_file(project: Project) -> None:
    of_its_own = WEB.replace('"events"', '"sign_ups"').split("[sources.columns]")[0]
    project.configure(SHOP_WITH_VAULT, of_its_own)
    project.write("queries/clean/sign_ups.sql", SIGN_UPS)
    file = project.write("landing/web/a.csv", SIGNED_UP)
    project.run()
    with duckdb.connect(str(project.published)) as connection:
        connection.execute(AS_OF_LAYOUT_4)
    file.unlink()
    project.write("landing/web/b.csv", SIGNED_UP.replace("11:00", "11:30"))
    with core_only():
        assert "all journeys rebuilt" in project.run().headline
    assert project.column("select count(distinct customer_id) from core.touchpoints") == [1]
    assert project.rows("select told_by, source from core.identity_links order by all") == [
        ("record", "web"),
        ("record", None),
    ]


@pytest.mark.long
@pytest.mark.parametrize("full", [False, True])
def test_an_older_warehouse_is_taken_over_with_files_that_are_read_again(
    project: Project, full: bool
) -> None:
    project.configure(SHOP_WITH_VAULT, WEB)
    project.write(
        "landing/web/a.csv", "at,event,who\n2026-01-05T09:00:00Z,search,ana\nx,search,bob\n"
    )
    project.run()
    with duckdb.connect(str(project.published)) as connection:
        connection.execute(AS_OF_LAYOUT_4)
        # Since then the adapter has changed.
        connection.execute("update ops.built_by set value = '' where fact = 'adapter events'")
        connection.execute("alter table ops.loads drop column read_by")
    with core_only():
        assert (
            "files read again, for the adapter changed: events" in project.run(full=full).headline
        )
    assert project.column("select event from core.touchpoints") == ["search"]


@pytest.mark.long
def test_session_ids_of_an_older_warehouse_are_taken_over_as_the_door_makes_them(
    new_project: Callable[[], Project],
) -> None:
    old, fresh = new_project(), new_project()
    fresh.configure(
        SHOP_WITH_VAULT,
        "[sessions]\nuse_source = true",
        WEB + 'session_id = "visit"\nnative_id = "id"',
    )
    fresh.write("landing/web/a.csv", VISITS)
    fresh.run()
    shutil.copytree(fresh.dir, old.dir, dirs_exist_ok=True)
    with duckdb.connect(str(old.published)) as connection:
        connection.execute(AS_OF_LAYOUT_3)
    again = VISITS.replace("4,", "5,").replace("11:00", "11:05")
    for shop in (old, fresh):
        shop.write("landing/web/b.csv", again)
        shop.run()
    assert old.column("select layout from ops.project") == [LAYOUT]
    assert old.column("select sum(conflicts) from ops.loads") == [0]
    assert old.column("select count(*) from core.sessions") == [2]
    assert old.contents() == fresh.contents()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (f"update ops.project set layout = {LAYOUT + 1}", "a newer version of Recorrido"),
        ("update ops.project set layout = 1", "too old: expected tables of layout 2 to"),
        ("alter table ops.project drop column layout", "too old: expected tables of layout 2 to"),
    ],
)
def test_a_warehouse_that_cannot_be_taken_over_is_refused_and_left_alone(
    old_shop: Callable[..., Project], change: str, told: str
) -> None:
    old = old_shop(was_run=True)
    with duckdb.connect(str(old.published)) as connection:
        connection.execute(change)
    before = old.published.read_bytes()
    with pytest.raises(ConfigError, match=told):
        old.run()
    assert old.published.read_bytes() == before


@pytest.mark.parametrize(
    "command",
    [
        "report",
        "query top_paths",
        "check",
        "graph",
        "funnel view_item purchase",
        "export out",
        "audience --out list.csv",
        "erase --id user_id=ana",
        "sensitivity",
    ],
)
def test_before_a_night_has_taken_it_over_an_old_warehouse_is_refused_with_what_to_do(
    old_shop: Callable[..., Project], command: str
) -> None:
    old = old_shop(was_run=True)
    told = recorrido(*command.split(), cwd=old.dir, answer=2).stderr
    assert f"tables of layout {LAYOUT}, found layout 2. Run 'recorrido run' first" in told


def test_before_a_night_has_taken_it_over_an_old_warehouse_still_tells_how_it_stands(
    old_shop: Callable[..., Project],
) -> None:
    assert "RUNS" in recorrido("status", cwd=old_shop(was_run=True).dir).stdout


@pytest.mark.long
def test_a_rollback_leads_back_to_the_publication_of_the_older_version(
    old_shop: Callable[..., Project],
) -> None:
    old = old_shop(was_run=True)
    with core_only():
        old.run()
    recorrido("rollback", cwd=old.dir)
    assert old.column("select layout from ops.project") == [2]
