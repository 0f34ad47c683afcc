"""What a change makes stale: a night does again what hangs on it, and its headline says so."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.settings import load_settings
from pipeline.stale import Stale, compare, facts_of, keep_facts, left_to_read
from pipeline.warehouse import in_memory
from tests.canonical import difference
from tests.projects import SHOP, SHOP_WITH_VAULT, WEB, Project

pytestmark = pytest.mark.usefixtures("core_only")

OWN = WEB.replace('"events"', '"own"').split("[sources.columns]")[0]
ADAPTER = """
    select record_no, parse_time("at", 'UTC') as occurred_at, event, who as user_id, {more}
    from records
"""
ADS = """
    [[sources]]
    name = "ads"
    channel = "ads"
    format = "ads"
    files = "landing/ads/*"
    max_rejected_rate = 1
"""
CLICKS = """
    select
        record_no, gclid as click_id, date '2026-01-05' as day, 'spring' as campaign,
        {refused} as reject_reason
    from records
"""
FILES = """
    [segments]
    file = "customers.csv"
    column = "kind"
    [rates]
    file = "rates.csv"
"""
LOG = """
    at                   | event     | who
    ---------------------+-----------+-----
    2026-01-05T09:00:00Z | page_view | ana
    2026-01-05T09:10:00Z | view_item | ana
    2026-01-05T10:00:00Z | purchase  | ana
    2026-01-06T09:00:00Z | view_item | bob
"""
CHANGES = {
    "sessions": "silence = '5m'",
    "journeys": "silence = '30d'",
    "identity": "mode = 'device_only'",
    "places": "web = 'contact'",
    "orders": "amount_rank = ['web']",
    "attribution": "half_life = '1d'",
    "traffic": "brand = ['flores']",
    "paths": "steps = 1",
    "stages": "rules = [{ event = 'view_item', stage = 'need' }]",
}
Maker = Callable[[], Project]


def furnish(project: Project, *tables: str) -> Project:
    """Give a shop its log, the files beside it, and further tables of the config."""
    project.configure(SHOP, WEB, FILES, *tables)
    project.write_log("landing/web/a.csv", LOG)
    project.write("customers.csv", "user_id,kind\nana,buys\n")
    project.write("rates.csv", "day,currency,rate\n2026-01-01,USD,0.5\n")
    return project


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a shop after a night under the first config."""
    made = Project(tmp_path_factory.mktemp("first"))
    made.write("secrets/pseudonym.key", b"k" * 32)
    furnish(made).run()
    return made.dir


@pytest.fixture
def after_a_night(new_project: Maker, first_night: Path) -> Project:
    """Give that shop, to be changed."""
    made = new_project()
    shutil.copytree(first_night, made.dir, dirs_exist_ok=True)
    return made


@pytest.mark.parametrize("section", CHANGES)
def test_a_changed_section_makes_stale_what_hangs_on_it(project: Project, section: str) -> None:
    warehouse = in_memory()
    warehouse.run("create schema ops")
    keep_facts(warehouse, facts_of(load_settings(furnish(project).config)))
    changed = furnish(project, f"[{section}]\n{CHANGES[section]}")
    stale = compare(warehouse, facts_of(load_settings(changed.config)))
    warehouse.close()
    named = (f"[{section}]",)
    assert stale == (Stale(counts=named) if section == "paths" else Stale(journeys=named))


# One whose journeys are others, one whose people are, one whose counts are.
@pytest.mark.parametrize("section", ["sessions", "identity", "paths"])
def test_a_changed_section_is_named_in_the_headline_and_holds_for_all_that_is_stored(
    new_project: Maker, after_a_night: Project, section: str
) -> None:
    table = f"[{section}]\n{CHANGES[section]}"
    project, fresh = furnish(after_a_night, table), furnish(new_project(), table)
    headline = project.run().headline
    fresh.run()
    assert f"[{section}]" in headline
    assert difference(project.published, fresh.published) == ""


def test_a_change_is_told_once(after_a_night: Project) -> None:
    project = furnish(after_a_night, "[paths]\nsteps = 1")
    assert "[paths]" in project.run().headline
    assert project.run().headline.startswith("nothing new")


@pytest.mark.long
def test_a_changed_time_zone_is_a_change_of_the_project(
    new_project: Maker, after_a_night: Project
) -> None:
    project, fresh = after_a_night, new_project()
    for shop in (project, fresh):
        furnish(shop)
        shop.configure(SHOP.replace('"UTC"', '"America/Santiago"'), WEB, FILES)
    told = project.run().headline
    fresh.run()
    assert "[project]" in told
    assert difference(project.published, fresh.published) == ""


@pytest.mark.long
@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("customers.csv", "user_id,kind\nana,looks\nbob,buys\n"),
        ("rates.csv", "day,currency,rate\n2026-01-01,USD,0.75\n"),
    ],
)
def test_a_changed_file_beside_the_config_is_taken_up(
    new_project: Maker, after_a_night: Project, file: str, content: str
) -> None:
    project, fresh = after_a_night, furnish(new_project())
    for shop in (project, fresh):
        shop.write(file, content)
    assert f"the file {file}" in project.run().headline
    fresh.run()
    assert difference(project.published, fresh.published) == ""


@pytest.mark.long
def test_how_a_source_is_read_holds_for_files_that_were_read_before(new_project: Maker) -> None:
    project, fresh = new_project(), new_project()
    for shop in (project, fresh):
        shop.write_log("landing/web/a.csv", LOG.replace("Z", ""))
    project.run()
    for shop in (project, fresh):
        shop.configure(SHOP, WEB.replace("max_rej", 'timezone = "America/Santiago"\nmax_rej'))
    assert "files of web read again" in project.run().headline
    fresh.run()
    assert difference(project.published, fresh.published) == ""
    assert "web" not in project.run().headline


@pytest.mark.long
def test_a_withdrawal_that_was_read_wrongly_goes_as_its_file_is_read_again(
    new_project: Maker,
) -> None:
    tickets = WEB.replace('"events"', '"tickets"').split("[sources.columns]")[0] + "mutable = true"
    project, fresh = new_project(), new_project()
    for shop, zone in ((project, "America/Santiago"), (fresh, "UTC")):
        shop.configure(SHOP, tickets + f'\ntimezone = "{zone}"')
        shop.write(
            "queries/clean/tickets.sql",
            "select record_no, id as native_id, id as object_id, 'ana' as user_id, "
            "'complaint' as event, parse_time(told, getvariable('timezone')) as occurred_at, "
            "parse_time(told, getvariable('timezone')) as updated_at, open = 'yes' as is_touch "
            "from records",
        )
        shop.write(
            "landing/web/a.csv", "id,told,open\n1,2026-01-05T12:00,no\n2,2026-01-05T12:00,yes"
        )
    project.run()
    project.config.write_text(fresh.config.read_text())
    project.run()
    for shop in (project, fresh):
        shop.write("landing/web/b.csv", "id,told,open\n1,2026-01-05T13:00,yes\n")
        shop.run()
    assert project.column("select count(*) from core.touchpoints") == [2]
    assert difference(project.published, fresh.published) == ""


@pytest.mark.long
def test_a_withdrawal_that_was_read_wrongly_goes_though_other_files_are_gone(
    project: Project,
) -> None:
    desk = WEB.replace('"events"', '"desk"').split("[sources.columns]")[0] + "mutable = true"
    project.write(
        "queries/clean/desk.sql",
        "select record_no, id as native_id, id as object_id, 'ana' as user_id, "
        "event, parse_time(told, getvariable('timezone')) as occurred_at, "
        "parse_time(told, getvariable('timezone')) as updated_at, event <> 'void' as is_touch "
        "from records",
    )
    head = "id,told,event\n"
    project.configure(SHOP, desk + '\ntimezone = "America/Santiago"')
    archived = project.write("landing/web/a.csv", head + "1,2026-01-05T12:00,purchase\n")
    project.write("landing/web/b.csv", head + "2,2026-01-06T12:00,void\n")
    project.run()
    archived.unlink()
    project.configure(SHOP, desk + '\ntimezone = "UTC"')
    project.run()
    # The void was undone an hour later.
    project.write("landing/web/c.csv", head + "2,2026-01-06T13:00,purchase\n")
    project.run()
    assert project.column("select count(*) from core.withdrawals") == [0]
    assert project.column("select count(*) from core.touchpoints") == [2]


@pytest.mark.long
def test_a_meeting_that_was_read_wrongly_goes_as_its_file_is_read_again(
    new_project: Maker,
) -> None:
    adapter = (
        "select record_no, event <> 'signed_up' as is_touch, event, who as user_id, "
        "{card} as loyalty_id, parse_time(\"at\", 'UTC') as occurred_at from records"
    )
    till = "till".join(OWN.split("own"))
    shops = new_project(), new_project()
    for shop in shops:
        shop.configure(SHOP, till, till.replace("web", "counter"))
        shop.write("queries/clean/till.sql", adapter.format(card="box"))
        for folder, hour in (("web", 9), ("counter", 10)):
            shop.write(
                f"landing/{folder}/a.csv",
                f"at,event,who,box\n2026-01-05T{hour}:00Z,signed_up,ana,7\n"
                f"2026-01-05T{hour}:00Z,signed_up,bob,7\n2026-01-06T09:00Z,page_view,ana,\n"
                "2026-01-06T09:00Z,page_view,bob,\n",
            )
    project, fresh = shops
    people = "select count(distinct customer_id) from core.touchpoints"
    project.run()
    assert project.column(people) == [1]
    # The box was no card, but what everybody ticked.
    for shop in shops:
        shop.write("queries/clean/till.sql", adapter.format(card="null"))
        shop.run()
    assert project.column(people) == [2]
    assert difference(project.published, fresh.published) == ""


@pytest.mark.long
def test_that_files_which_are_gone_may_be_told_twice_is_said(project: Project) -> None:
    first = project.write_log("landing/web/a.csv", LOG.replace("Z", ""))
    project.run()
    project.write_log(
        "landing/web/b.csv", LOG.replace("Z", "") + "2026-01-09T09:00:00 | search | ana"
    )
    project.run()
    aside = first.rename(project.dir / "aside.csv")
    project.configure(SHOP, WEB.replace("max_rej", 'timezone = "America/Santiago"\nmax_rej'))
    told = project.run().headline
    assert "of web what files both gone and read again tell may be there twice" in told
    assert project.column("select count(*) from core.touchpoints") == [9]
    # As they are back, each is there once.
    aside.rename(first)
    assert "twice" not in project.run().headline
    assert project.column("select count(*) from core.touchpoints") == [5]


@pytest.mark.long
def test_files_that_were_away_when_they_were_to_be_read_otherwise_are_read_as_they_come_back(
    new_project: Maker,
) -> None:
    north, south = (
        OWN.replace('name = "web"', f'name = "{name}"').replace("landing/web", f"landing/{name}")
        for name in ("north", "south")
    )
    mended = ADAPTER.format(more="20 as value")
    project, fresh = new_project(), new_project()
    for shop in (project, fresh):
        shop.configure(SHOP, north, south)
        shop.write("queries/clean/own.sql", ADAPTER.format(more="10 as value"))
        shop.write_log("landing/south/b.csv", LOG)
        shop.write_log("landing/north/a.csv", LOG)
    fresh.write("queries/clean/own.sql", mended)
    fresh.run()
    project.run()
    # One source is not in the config, the disk of the other is not there.
    away = project.dir / "landing/north/a.csv"
    away.rename(project.dir / "aside.csv")
    project.configure(SHOP, north)
    project.write("queries/clean/own.sql", mended)
    assert "gone or changed, so left as it was read: landing/north/a.csv" in project.run().headline
    (project.dir / "aside.csv").rename(away)
    project.configure(SHOP, north, south)
    assert "files that came back, read again as they are read now: 2" in project.run().headline
    assert difference(project.published, fresh.published) == ""
    project.write_log("landing/north/c.csv", LOG.replace("01-05", "01-07"))
    assert "came back" not in project.run().headline


@pytest.mark.long
def test_what_gave_way_to_a_file_that_was_away_stands_again_once_that_is_read_anew(
    new_project: Maker,
) -> None:
    """Which of two tellings stands may hang on how they are read: here on the zone, and the day."""
    spend = ADS.replace('"ads"', '"spend"').replace("landing/ads", "landing/spend")
    spend += '[sources.columns]\nday = "{}"\ncampaign = "campaign"\ncost = "cost"\n'
    touches = WEB.replace("occurred_at =", 'native_id = "id"\noccurred_at =')
    moved = touches.replace("[sources.columns]", 'timezone = "America/Santiago"\n[sources.columns]')
    project, fresh = new_project(), new_project()
    for shop in (project, fresh):
        shop.configure(SHOP, moved, spend.format("later"))
        for name, event in (("a", "view_item"), ("b", "search")):
            rows = (f"i{n},2026-01-01 09:{n:02}:00,{event},u1\n" for n in range(30))
            shop.write(f"landing/web/{name}.csv", "id,at,event,who\n" + "".join(rows))
        shop.write("landing/spend/a.csv", "day,later,campaign,cost\n2026-01-01,2026-01-05,c,3\n")
        shop.write("landing/spend/b.csv", "day,later,campaign,cost\n2026-01-05,2026-01-06,c,4\n")
    fresh.run()
    project.configure(SHOP, touches, spend.format("day"))
    others = ("landing/web/b.csv", "landing/spend/b.csv")
    (project.dir / others[0]).rename(project.dir / "later.csv")
    project.run()
    (project.dir / others[1]).rename(project.dir / "spend.csv")
    (project.dir / "landing/web/a.csv").rename(project.dir / "first.csv")
    (project.dir / "later.csv").rename(project.dir / others[0])
    project.configure(SHOP, moved, spend.format("later"))
    project.run()
    (project.dir / "spend.csv").rename(project.dir / others[1])
    (project.dir / "first.csv").rename(project.dir / "landing/web/a.csv")
    assert "read again as they are read now: 2" in project.run().headline
    assert difference(project.published, fresh.published) == ""


def test_how_a_source_was_read_is_remembered_while_the_config_has_it_not() -> None:
    warehouse = in_memory()
    warehouse.run("create schema ops")
    keep_facts(warehouse, {"how to read web": "a", "how to read app": "b", "[paths]": "c"})
    now = {"how to read web": "x", "[paths]": "y"}
    assert left_to_read(warehouse, now, reads=True) == now | {"how to read app": "b"}
    assert left_to_read(warehouse, now, reads=False) == {
        "how to read web": "a",
        "how to read app": "b",
        "[paths]": "y",
    }
    warehouse.close()


def test_a_changed_adapter_reads_its_files_again(new_project: Maker) -> None:
    project, fresh = new_project(), new_project()
    beside = WEB.replace('"web"', '"app"').replace("/web/", "/app/")
    for shop, first in ((project, "1 as value"), (fresh, "2 as value")):
        shop.configure(SHOP, OWN, beside)
        for source in ("web", "app"):
            shop.write_log(f"landing/{source}/a.csv", LOG)
        shop.write("queries/clean/own.sql", ADAPTER.format(more=first))
        shop.run()
    project.write("queries/clean/own.sql", ADAPTER.format(more="2 as value"))
    told = project.run().headline
    assert "own" in told
    assert "silent" not in told  # nothing is new, of no source
    assert difference(project.published, fresh.published) == ""


@pytest.mark.long
def test_an_ad_that_a_mended_adapter_tells_no_more_is_taken_from_who_clicked(
    new_project: Maker,
) -> None:
    project, fresh = new_project(), new_project()
    for shop, told in ((project, "null::varchar"), (fresh, "'no_ad'")):
        shop.configure(SHOP, WEB + 'click_id = "click"', ADS)
        shop.write("landing/ads/a.csv", "gclid\ng1\n")
        shop.write(
            "landing/web/a.csv", "at,event,who,click\n2026-01-05T09:00:00Z,page_view,ana,g1\n"
        )
        shop.write("queries/clean/ads.sql", CLICKS.format(refused=told))
        shop.run()
    assert project.column("select campaign from core.touchpoints") == ["spring"]
    project.write("queries/clean/ads.sql", CLICKS.format(refused="'no_ad'"))
    project.run()
    assert difference(project.published, fresh.published) == ""


@pytest.mark.long
def test_a_file_that_is_gone_keeps_what_a_former_adapter_read_of_it(project: Project) -> None:
    project.configure(SHOP, OWN)
    file = project.write_log("landing/web/a.csv", LOG)
    project.write("queries/clean/own.sql", ADAPTER.format(more="1 as value"))
    project.run()
    file.unlink()
    project.write_log("landing/web/b.csv", LOG.replace("2026-01-0", "2026-02-0"))
    project.write("queries/clean/own.sql", ADAPTER.format(more="2 as value"))
    told = project.run().headline
    assert "a.csv" in told
    assert project.rows(
        "select month(occurred_at), count(*), min(value)::integer from core.touchpoints "
        "group by all order by all"
    ) == [(1, 4, 1), (2, 4, 2)]


def test_what_changes_no_table_makes_nothing_stale(after_a_night: Project) -> None:
    project = after_a_night
    project.configure(SHOP_WITH_VAULT, WEB, FILES, "[warehouse]\nmemory = '1GB'")
    assert project.run().headline.startswith("nothing new")


@pytest.mark.long
def test_a_source_that_the_config_has_no_more_keeps_its_words(project: Project) -> None:
    words = "[sources.events]\n    sale = 'purchase'"
    till = WEB.replace('"web"', '"till"').replace("/web/", "/till/") + words
    project.configure(SHOP, WEB, till)
    project.write("landing/web/a.csv", "at,event,who\n2026-01-05T08:00:00Z,view_item,ana\n")
    project.write("landing/till/a.csv", "at,event,who\n2026-01-05T09:00:00Z,sale,ana\n")
    project.run()
    project.configure(SHOP, WEB)
    assert "no longer has: till" in project.run().headline
    for _ in range(2):
        assert project.column("select count(converted_at) from core.journeys") == [1]
        project.write("landing/web/b.csv", "at,event,who\n2026-01-05T09:30:00Z,view_item,bob\n")
        project.run()
    # Should it come back, what the config says counts.
    project.configure(SHOP, WEB, till.replace("purchase", "view_item"))
    project.run()
    assert project.column("select count(converted_at) from core.journeys") == [0]
