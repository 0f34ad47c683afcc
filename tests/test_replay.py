"""Refused records: looked at, rehearsed, and loaded again after a mend."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, QueryError, SourceError
from pipeline.journal import Journal
from pipeline.rehearsal import rehearse
from pipeline.replay import Replay
from pipeline.run import Outcome, run_night
from pipeline.settings import load_settings
from tests.command import recorrido
from tests.projects import SHOP, WEB, Project

pytestmark = pytest.mark.usefixtures("core_only")

# The second file writes its times another way, which the adapter below does not read at first.
FIRST = "moment,event,who\n2026-01-05T09:00:00Z,view_item,ana\n2026-01-05T09:05:00Z,purchase,ana\n"
SECOND = "moment,event,who\n2026-01-06T09:00:00Z,view_item,bob\n07.01.2026 10:00,purchase,bob\n"
ADAPTER = """
    select record_no, {time} as occurred_at, event, who as user_id, 10 as value from records
"""
NAIVE = "parse_time(moment, 'UTC')"
MENDED = "coalesce(parse_time(moment, 'UTC'), formatted_time(moment, '%d.%m.%Y %H:%M', 'UTC'))"
OWN = WEB.replace('"events"', '"own"').split("[sources.columns]")[0]


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory, core_only: None) -> Path:
    """Give the folder of a shop whose adapter refuses a record, after a night."""
    made = Project(tmp_path_factory.mktemp("first_night"))
    made.configure(SHOP, OWN)
    made.write("queries/clean/own.sql", ADAPTER.format(time=NAIVE))
    made.write("landing/web/a.csv", FIRST)
    made.write("landing/web/b.csv", SECOND)
    made.run()
    return made.dir


@pytest.fixture
def shop(project: Project, first_night: Path) -> Project:
    """Give a copy of it."""
    shutil.copytree(first_night, project.dir, dirs_exist_ok=True)
    return project


def replay(project: Project, source: str | None = None, reason: str | None = None) -> Outcome:
    return run_night(
        load_settings(project.config),
        replay=Replay(source, reason),
        journal=Journal(say=lambda step: None),
    )


@pytest.mark.long
def test_after_a_mend_a_replay_gives_what_a_first_night_would_have_given(
    shop: Project, new_project: Callable[[], Project]
) -> None:
    assert shop.rows("select file, record_no, reason, event from ops.rejects") == [
        ("landing/web/b.csv", 2, "not_a_time", "purchase")
    ]
    shop.write("queries/clean/own.sql", ADAPTER.format(time=MENDED))
    replay(shop)
    fresh = new_project()
    fresh.configure(SHOP, OWN)
    key = "secrets/pseudonym.key"
    fresh.write(key, (shop.dir / key).read_bytes())
    fresh.write("queries/clean/own.sql", ADAPTER.format(time=MENDED))
    fresh.write("landing/web/a.csv", FIRST)
    fresh.write("landing/web/b.csv", SECOND)
    fresh.run()
    assert shop.contents() == fresh.contents()
    assert shop.rows("select * from ops.rejects") == []
    ledger = "select file, records, accepted, duplicates, rejected from ops.loads order by file"
    assert shop.rows(ledger) == fresh.rows(ledger)


def test_a_replay_of_what_no_record_has_changes_nothing(shop: Project) -> None:
    before = state_of(shop.published)
    with pytest.raises(ConfigError, match="no record was refused as 'in_future'; there are not_a"):
        replay(shop, reason="in_future")
    replay(shop, source="other")
    assert state_of(shop.published) == before


@pytest.mark.parametrize("now", ["gone", "changed"])
def test_a_file_that_is_gone_or_changed_is_not_loaded_again_and_loses_nothing(
    shop: Project, now: str
) -> None:
    (shop.dir / "landing" / "web" / "b.csv").unlink()
    if now == "changed":
        shop.write("landing/web/b.csv", FIRST.replace("ana", "cleo"))
    outcome = replay(shop)
    assert "gone or changed, so left as it was read: landing/web/b.csv" in outcome.headline
    assert shop.column("select count(*) from core.touchpoints") == [3]


def test_a_file_of_another_name_is_known_by_its_contents(shop: Project) -> None:
    folder = shop.dir / "landing" / "web"
    (folder / "b.csv").rename(folder / "renamed.csv")
    shop.write("queries/clean/own.sql", ADAPTER.format(time=MENDED))
    replay(shop)
    assert shop.column("select count(*) from core.touchpoints") == [4]
    assert shop.column("select file from ops.loads order by file") == [
        "landing/web/a.csv",
        "landing/web/renamed.csv",
    ]


@pytest.mark.long
def test_what_another_file_told_of_a_touch_comes_back_when_the_mend_refuses_the_better(
    project: Project,
) -> None:
    keys = OWN.replace('format = "own"', 'format = "own"\nmutable = true')
    project.configure(SHOP, keys)
    adapter = """
        select
            record_no, 'A' as native_id, who as user_id, 'purchase' as event,
            parse_time(moment, 'UTC') as occurred_at, parse_time(version, 'UTC') as updated_at,
            amount::decimal(18, 4) as value, {refused} as reject_reason
        from records
    """
    project.write("queries/clean/own.sql", adapter.format(refused="null::varchar"))
    head = "moment,version,who,amount\n"
    first = "2026-01-05T09:00:00Z,2026-01-05T09:00:00Z,ana,10\n"
    second = "2026-01-05T09:00:00Z,2026-01-06T09:00:00Z,ana,999\nnever,,ana,1\n"
    project.write("landing/web/a.csv", head + first)
    project.run()
    project.write("landing/web/b.csv", head + second)
    project.run()
    assert project.column("select value::integer from core.touchpoints") == [999]
    mended = "if(amount::decimal(18, 4) > 100, 'too_large', null)"
    project.write("queries/clean/own.sql", adapter.format(refused=mended))
    replay(project)
    assert project.column("select value::integer from core.touchpoints") == [10]


def test_a_replay_that_would_lose_a_file_stops(shop: Project) -> None:
    shop.write("queries/clean/own.sql", "select record_no, missing as event from records")
    with pytest.raises(SourceError, match=r"a\.csv was read before and cannot be read now"):
        replay(shop)
    assert shop.column("select count(*) from core.touchpoints") == [3]


def test_refused_records_are_shown_and_a_wrong_reason_or_source_is_told(shop: Project) -> None:
    config = ("--config", shop.config)
    told = recorrido("rejects", *config).stdout
    assert "landing/web/b.csv          2  not_a_time  purchase" in told
    assert "(1 rows)" in recorrido("rejects", "--source", "web", "--top", 1, *config).stdout
    told = recorrido("rejects", "--reason", "not_a_tim", *config, answer=2).stderr
    assert "no record was refused as 'not_a_tim'; there are not_a_time" in told
    told = recorrido("rejects", "--source", "wep", *config, answer=2).stderr
    assert "there is no source 'wep'; there are web" in told
    # Of one that the config has no more they are listed still, as is the customer file.
    shop.configure(SHOP, OWN.replace('"web"', '"app"'))
    assert "(1 rows)" in recorrido("rejects", "--source", "web", *config).stdout
    told = recorrido("rejects", "--source", "web", "--replay", *config, answer=2).stderr
    assert "there is no source 'web'; there are app" in told


def test_a_rehearsal_tells_of_each_file_and_leaves_everything_as_it_was(project: Project) -> None:
    project.configure(SHOP, OWN)
    project.write("queries/clean/own.sql", ADAPTER.format(time=NAIVE))
    project.write("landing/web/a.csv", FIRST)
    project.write("landing/web/b.csv", SECOND)
    before = everything_below(project.dir)
    rehearsal = rehearse(load_settings(project.config))
    assert everything_below(project.dir) == before
    assert rehearsal.trouble is None
    files = rehearsal.tables["files"].select("file", "records", "accepted", "rejected").rows()
    assert files == [("landing/web/a.csv", 2, 2, 0), ("landing/web/b.csv", 2, 1, 1)]
    examples = rehearsal.tables["examples"].select("record_no", "outcome", "event", "whose").rows()
    assert examples == [
        (1, "loaded", "view_item", "person"),
        (2, "loaded", "purchase", "person"),
        (1, "loaded", "view_item", "person"),
        (2, "refused: not_a_time", "purchase", None),
    ]


def test_a_rehearsal_gives_three_examples_and_tells_why_it_would_not_publish(
    project: Project,
) -> None:
    project.configure(SHOP, OWN.replace("max_rejected_rate = 1", ""))
    project.write("queries/clean/own.sql", ADAPTER.format(time=NAIVE))
    bad = "".join(f"someday,view_item,p{number}\n" for number in range(5))
    project.write("landing/web/a.csv", FIRST + bad)
    rehearsal = rehearse(load_settings(project.config))
    outcomes = rehearsal.tables["examples"]["outcome"].to_list()
    assert outcomes == ["loaded"] * 2 + ["refused: not_a_time"] * 3
    assert "5 of 7 records were refused" in str(rehearsal.trouble)
    assert not project.published.exists()


def state_of(file: Path) -> tuple[object, ...]:
    """Give all of a file but when it was read."""
    found = file.stat()
    return file.read_bytes(), found.st_ino, found.st_mode, found.st_mtime_ns, found.st_ctime_ns


def everything_below(folder: Path) -> list[str]:
    """List the files below a folder; the lock's may come."""
    return sorted(
        f"{root}/{name}" for root, _, names in os.walk(folder) for name in names if name != ".lock"
    )


def test_a_dry_run_tells_of_files_that_are_to_be_read_again(shop: Project) -> None:
    assert rehearse(load_settings(shop.config)).tables["files"].is_empty()
    shop.write("queries/clean/own.sql", ADAPTER.format(time=MENDED))
    told = rehearse(load_settings(shop.config)).tables["files"]
    assert told["file"].to_list() == ["landing/web/a.csv", "landing/web/b.csv"]
    assert told["touches"].to_list() == [2, 2]
    assert told["duplicates"].to_list() == [0, 0]
    refused = ADAPTER.format(time=MENDED)
    shop.write("queries/clean/own.sql", refused.replace("10 as value", "'x' as reject_reason"))
    keys = OWN.replace("max_rejected_rate = 1", "max_rejected_rate = 0.5")
    shop.configure(SHOP, keys)
    assert "4 of 4 records were refused" in str(rehearse(load_settings(shop.config)).trouble)


def test_before_the_first_night_there_is_nothing_to_replay(project: Project) -> None:
    with pytest.raises(QueryError, match="there is no published warehouse"):
        replay(project)
    assert not project.published.parent.exists()
