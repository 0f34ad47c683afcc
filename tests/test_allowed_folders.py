"""A night opens its sources' folders and its own, whatever config, link or adapter say."""

import os
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, QueryError, SourceError
from pipeline.settings import load_settings
from tests.projects import SHOP, WEB, Project

pytestmark = pytest.mark.usefixtures("core_only")

CANARY = "canary-7f3a"
ONE_TOUCH = "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n"
ADAPTER = (
    """select record_no, "at"::timestamptz as occurred_at, {told} as event, who as user_id from """
)


@pytest.fixture
def shop(project: Project) -> Project:
    """Give a project with a file that loads, and files that no night may open."""
    project.write("landing/web/a.csv", ONE_TOUCH)
    for name in ("secret.csv", "other/secret.csv", "landing/web2/secret.csv"):
        project.write(name, ONE_TOUCH.replace("view_item", CANARY))
    return project


def bytes_written(project: Project) -> bytes:
    """Give all that the project wrote, but for what it was given to read."""
    folder = project.dir / "warehouse"
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


@pytest.mark.parametrize(
    "query",
    [
        "records cross join read_text('{dir}/landing/web/../../secret.csv')",
        "records cross join read_text(getvariable('file_dir') || '/../../other/secret.csv')",
        "records cross join glob('{dir}/*')",
        "records; copy (select 1) to '{dir}/landing/web/out.csv'",
        "records; attach '{dir}/landing/web/out.duckdb' as other",
        "records cross join project",
    ],
)
def test_an_adapter_opens_nothing_outside(shop: Project, query: str) -> None:
    adapter = ADAPTER.format(told="event") + query.format(dir=shop.dir)
    shop.write("queries/clean/mine.sql", adapter)
    shop.configure(SHOP, WEB.replace('"events"', '"mine"').split("[sources.columns]")[0])
    with pytest.raises((QueryError, SourceError), match=r"Permission|one statement|not exist"):
        shop.run()
    assert not shop.published.exists()
    assert [file.name for file in (shop.dir / "landing" / "web").iterdir()] == ["a.csv"]


def test_an_adapter_may_read_what_lies_beside_its_file(shop: Project) -> None:
    shop.write("landing/web/names.txt", "known")
    told = "(select content from read_text(getvariable('file_dir') || '/names.txt'))"
    shop.write("queries/clean/mine.sql", ADAPTER.format(told=told) + "records")
    mine = WEB.replace('"events"', '"mine"').replace("web/*", "web/*.csv")
    shop.configure(SHOP, mine.split("[sources.columns]")[0])
    shop.run()
    assert shop.column("select event from core.touchpoints") == ["known"]


@pytest.mark.parametrize("link", ["file", "folder"])
def test_a_link_that_leads_out_is_refused_and_listed(shop: Project, link: str) -> None:
    if link == "file":
        (shop.dir / "landing/web/b.csv").symlink_to(shop.dir / "other/secret.csv")
    else:
        (shop.dir / "landing/web/more").symlink_to(shop.dir / "other")
        shop.configure(SHOP, WEB.replace("web/*", "web/**/*.csv"))
    shop.run()
    refused = shop.rows("select file, refused_reason from ops.loads where records = 0")
    name = "b.csv" if link == "file" else "more/secret.csv"
    assert refused == [(f"landing/web/{name}", "outside_folder")]
    assert CANARY.encode() not in bytes_written(shop)


@pytest.mark.long
def test_a_file_that_takes_the_place_of_the_link_to_it_is_read(shop: Project) -> None:
    link, secret = shop.dir / "landing/web/b.csv", shop.dir / "other/secret.csv"
    link.symlink_to(secret)
    shop.run()
    assert shop.run().headline.startswith("nothing new")
    secret.rename(link)
    before = shop.column("select count(*) from core.touchpoints")
    shop.run()
    assert shop.column("select count(*) from core.touchpoints") > before


@pytest.mark.parametrize("link", ["file", "folder"])
def test_a_link_to_the_key_stops_no_night(shop: Project, link: str) -> None:
    shop.write("secrets/pseudonym.key", b"k" * 32)
    shop.configure(SHOP, WEB.replace("web/*", "web/**/*"))
    if link == "file":
        (shop.dir / "landing/web/b.csv").symlink_to("../../secrets/pseudonym.key")
    else:
        (shop.dir / "landing/web/more").symlink_to(shop.dir / "secrets")
    shop.run()
    refused = shop.rows("select file, refused_reason from ops.loads where records = 0")
    name = "b.csv" if link == "file" else "more/pseudonym.key"
    assert refused == [(f"landing/web/{name}", "outside_folder")]
    assert shop.column("select count(*) from core.touchpoints") == [1]


@pytest.mark.parametrize("name", [b"\xff.csv", b"\xe9t\xe9/a.csv"])
def test_a_file_whose_name_is_no_text_is_refused_and_the_others_load(
    shop: Project, name: bytes
) -> None:
    file = Path(os.fsdecode(os.fsencode(shop.dir) + b"/landing/web/" + name))
    file.parent.mkdir(exist_ok=True)
    file.write_text(ONE_TOUCH.replace("ana", "bob"))
    shop.configure(SHOP, WEB.replace("web/*", "web/**/*.csv"))
    for _ in range(2):
        shop.run()
    refused = shop.rows("select file, refused_reason from ops.loads where records = 0")
    told = name.decode("utf-8", "backslashreplace")
    assert refused == [(f"landing/web/{told}", "bad_name")]
    assert shop.column("select count(*) from core.touchpoints") == [1]


def test_files_may_lie_beside_the_project_in_it_or_behind_a_link(shop: Project) -> None:
    beside = shop.dir.parent / "exports [of] 'ours'"
    beside.mkdir()
    (beside / "we[i]rd.csv").write_text(ONE_TOUCH)
    shop.write("here.csv", ONE_TOUCH.replace("ana", "bob"))
    shop.write("he[re].csv", ONE_TOUCH.replace("ana", "cleo"))
    # A link that the config itself names is the user's word.
    (shop.dir / "linked").symlink_to(shop.dir / "landing" / "web")
    places = {"web": "../exports*/*.csv", "here": "he*.csv", "linked": "linked/*"}
    shop.configure(
        SHOP,
        *(
            WEB.replace('"web"', f'"{name}"', 1).replace("landing/web/*", files)
            for name, files in places.items()
        ),
    )
    shop.run()
    assert shop.column("select count(*) from core.touchpoints") == [4]


@pytest.mark.parametrize("files", ["secrets/*", "**/*", "ware*/*", "warehouse/../secrets/*"])
def test_no_source_reads_the_key_or_the_warehouse(shop: Project, files: str) -> None:
    shop.write("secrets/pseudonym.key", b"k" * 32)
    shop.write("warehouse/previous.csv", ONE_TOUCH)
    shop.configure(SHOP, WEB.replace("landing/web/*", files))
    with pytest.raises(ConfigError, match=r"(project's key|project publishes) as well"):
        shop.run()


HOSTILE_VALUES = (
    "x'; drop table core.touchpoints; --",
    "x\"; attach '/etc/passwd' as p; --",
    "$(touch /tmp/canary)",
    "`touch /tmp/canary`",
    "${__import__('os')}",
    "{settings.key_file}",
    "%(name)s %s %n",
    "../../../../etc/passwd",
    "/etc/passwd",
    "file:///etc/passwd",
    "https://127.0.0.1:1/x.csv",
    "s3://bucket/*.csv",
    "| id",
    "\u202egnp.exe",
    "a\nb",
    "\x1b[31mred",
    "<script>alert(1)</script>",
    "=cmd|' /C calc'!A0",
    "ñandú 🦤",
    "x" * 5_000,
    "[",
    "**",
    "CON",
    "-rf",
)


PLACES = {
    "name": ('name = "web"', "name = {}"),
    "format": ('format = "events"', "format = {}"),
    "files": ('files = "landing/web/*"', "files = {}"),
    "event_is": ("[sources.columns]", "event_is = {}\n[sources.columns]"),
    "column": ('event = "event"', "event = {}"),
    "event": ('who"', 'who"\n[sources.events]\nview_item = {}'),
    "timezone": ("[sources.columns]", "timezone = {}\n[sources.columns]"),
    "segments": ('who"', 'who"\n[segments]\nfile = {}'),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_hostile_value_of_the_config_is_a_value_or_refused(project: Project, place: str) -> None:
    usual, told = PLACES[place]
    for value in HOSTILE_VALUES:
        escaped = "".join(f"\\U{ord(letter):08X}" for letter in value)
        project.configure(SHOP, WEB.replace(usual, told.format(f'"{escaped}"'), 1))
        told = refusal_of(project)
        assert "\x1b" not in told, value
        if not told and place not in ("timezone", "segments"):
            settings = load_settings(project.config)
            assert repr(value)[1:-1] in repr(settings.model_dump()), value


def refusal_of(project: Project) -> str:
    """Give what the config is refused with, or nothing."""
    try:
        load_settings(project.config)
    except ConfigError as refused:
        return str(refused)
    return ""


def test_a_night_under_hostile_names_runs_nothing_of_them(project: Project) -> None:
    log = """at,"ev'e""nt; --",who\n2026-01-05T09:00:00Z,view_item,ana\n"""
    project.write("landing/it's; --/a'b\".csv", log)
    web = WEB.replace("web/*", "it's; --/*").replace(
        'event = "event"', """event = "ev'e\\"nt; --\""""
    )
    events = """[sources.events]\nview_item = "x'); drop table core.touchpoints; --"\n"""
    project.configure(SHOP, web, events)
    project.run()
    assert project.column("select event from core.touchpoints") == [
        "x'); drop table core.touchpoints; --"
    ]
