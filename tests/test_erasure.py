"""An erased person is gone from all that the product wrote, and stays gone."""

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from pipeline.publication import former_publications, withdraw
from tests.canonical import difference
from tests.command import recorrido
from tests.erasure_shop import (
    ANAS,
    CANARIES,
    CLICKS_OF_ANA,
    IDENTIFIERS,
    OTHERS,
    TICKETS_OF_ANA,
    copied,
    files_holding,
    land,
    make_shop,
    records,
    shop_of_two_nights,
    write_lines,
)
from tests.projects import SHOP, SHOP_WITH_VAULT, WEB, Project, core_only, source


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return shop_of_two_nights(tmp_path_factory.mktemp("erasure") / "shop")


@pytest.fixture(scope="module")
def never(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The shop that Ana never came to."""
    project = make_shop(tmp_path_factory.mktemp("never") / "shop", with_ana=False)
    project.run()
    return project


@dataclass(frozen=True)
class Gone:
    """The shop once Ana is erased, and what was said then."""

    project: Project
    told: str


@pytest.fixture(scope="module")
def gone(shop: Project, tmp_path_factory: pytest.TempPathFactory) -> Gone:
    project = copied(shop, tmp_path_factory.mktemp("erased") / "shop")
    # It cannot be read: an erasure does not wait until somebody mends a file of tonight.
    bad = project.write("landing/clicks/bad.csv.gz", b"cut off")
    told = erase(project, "email=Ana@X.org ", "email=dan@x.org")
    bad.unlink()
    return Gone(project, told)


@pytest.fixture(scope="module")
def later(gone: Gone, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The same once a night has brought the files again, and more of the erased."""
    project = copied(gone.project, tmp_path_factory.mktemp("later") / "shop")
    nobodys = "z1,2025-10-02T09:00:00Z,search" + "," * 10
    land(project, "again", [*records(ANAS), *records(OTHERS), nobodys])
    write_lines(project, "landing/clicks/2.csv", "click,day,campaign,keyword", CLICKS_OF_ANA)
    # An older version, and a newer one that names nobody but a device.
    tickets = [TICKETS_OF_ANA[1], "t-ana,2026-01-09T09:00:00Z,open,,c-any"]
    write_lines(project, "landing/tickets/2.csv", "ticket,moment,status,mail,cookie", tickets)
    land(project, "new", [*records(NEW), EVES.format(cookie="c-ana")])
    project.run()
    return project


@pytest.fixture(scope="module")
def never_later(never: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The shop that Ana never came to, once a night has brought what is not Ana's."""
    project = copied(never, tmp_path_factory.mktemp("never_later") / "shop")
    land(project, "new", [EVES.format(cookie="")])
    project.run()
    return project


EVES = "n5,2026-01-10T09:00:00Z,view_item,eve,,,{cookie},,,spoon,,,"
NEW = """
    n1,2026-01-10T09:00:00Z,view_item,ana,,,c-new,,,,,,
    n2,2026-01-10T09:01:00Z,view_item,,,,c-ana,,,,,,
    n3,2026-01-10T09:02:00Z,purchase,,new@x.org,o-ana,,,,,,9,
    n4,2026-01-10T09:00:00Z,view_item,,DAN@x.org,,,,,kettle,,,
"""


def erase(project: Project, *ids: str) -> str:
    wanted = [word for one in ids for word in ("--id", one)]
    return recorrido("erase", *wanted, cwd=project.dir).stdout


def pseudonyms_of_ana(project: Project) -> set[str]:
    found = project.column(
        "with ana as (select customer_id from core.touchpoints where product = 'canaryrose') "
        "select identifier from core.identities where customer_id in (from ana) "
        "and identifier not in (select weak_id from core.touchpoints where product = 'pan') "
        "union select click_id from core.ad_clicks where keyword = 'canarykeyword' "
        "union select customer_id from ana"
    )
    return set(found)


def same(one: Project, other: Project) -> None:
    assert not difference(one.published, other.published)


def texts_of(project: Project) -> Iterator[tuple[str, str]]:
    """Give every table of the warehouse with all its rows as text."""
    with duckdb.connect(str(project.published), read_only=True) as connection:
        tables = connection.execute(
            "select schema_name || '.' || table_name from duckdb_tables()"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(f"select t::varchar from {table} as t").fetchall()
            yield table, "\n".join(text for (text,) in rows)


def test_the_tables_are_those_of_a_shop_that_the_person_never_came_to(
    gone: Gone, never: Project
) -> None:
    same(gone.project, never)


def test_no_file_holds_the_persons_words_identifiers_or_pseudonyms(
    shop: Project, gone: Gone
) -> None:
    words = {*CANARIES, *IDENTIFIERS, *pseudonyms_of_ana(shop)}
    assert len(words) > len(CANARIES) + len(IDENTIFIERS) + 4
    assert [word for word in words if files_holding(gone.project.dir / "warehouse", word)] == []
    # They were there, and in the clear.
    known = [word for word in words if files_holding(shop.dir / "warehouse", word)]
    assert len(known) > len(words) / 2
    for table, text in texts_of(gone.project):
        assert not [word for word in words if word in text], table


def test_former_publications_go(shop: Project, gone: Gone) -> None:
    assert list((shop.dir / "warehouse" / "previous").glob("*.duckdb"))
    assert not (gone.project.dir / "warehouse" / "previous").exists()
    assert not (gone.project.dir / "warehouse" / ".erasing").exists()


def test_the_command_says_from_where_and_what_is_left(gone: Gone) -> None:
    for words in ("7  touches of web", "1  clicks on ads", "identifiers: email", "1  consents"):
        assert words in gone.told
    assert "2  raw identifiers" in gone.told
    assert "1  former publications" in gone.told
    assert "landing/web/1.csv: 7 record(s)" in gone.told
    assert "ana@x.org" not in gone.told.lower()


def test_a_dry_run_tells_the_same_and_changes_nothing(shop: Project, gone: Gone) -> None:
    before = shop.published.read_bytes()
    told = recorrido("erase", "--id", "user_id=ana", "--dry-run", cwd=shop.dir).stdout
    assert told.startswith("would be removed")
    assert _table_of(told) == _table_of(gone.told)
    assert shop.published.read_bytes() == before
    assert not list((shop.dir / "secrets").glob("*.erased"))


def _table_of(told: str) -> list[str]:
    return [line for line in told.splitlines() if line.startswith("  ")]


def test_comments_and_macros_outlive_an_erasure(shop: Project, gone: Gone) -> None:
    for query in (
        "select schema_name, table_name, comment from duckdb_tables() order by all",
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() "
        "where not internal order by all",
        "select function_name, parameters, comment from duckdb_functions() where not internal "
        "order by all",
    ):
        assert gone.project.rows(query) == shop.rows(query)
    assert gone.project.rows("select count(*) from stage_funnel()")


def test_files_brought_again_and_new_records_of_the_erased_change_nothing(
    later: Project, never_later: Project
) -> None:
    same(later, never_later)


def test_records_of_the_erased_count_as_duplicates(later: Project) -> None:
    assert later.rows(
        "select regexp_extract(file, '[^/]+$'), records, accepted, duplicates, rejected "
        "from ops.loads where regexp_matches(file, 'again|new|(clicks|tickets)/2') order by file"
    ) == [
        ("2.csv", 1, 0, 1, 0),
        ("2.csv", 2, 0, 2, 0),
        ("again.csv", 15, 0, 13, 2),
        ("new.csv", 5, 1, 4, 0),
    ]


def test_of_a_vault_that_is_brought_back_the_erased_are_gone_though_nothing_is_new(
    shop: Project, gone: Gone, tmp_path: Path
) -> None:
    project = copied(gone.project, tmp_path / "shop")
    vault = project.dir / "warehouse" / "vault.duckdb"
    vault.write_bytes((shop.dir / "warehouse" / "vault.duckdb").read_bytes())
    assert files_holding(project.dir / "warehouse", "ana@x.org")
    project.run()
    assert not files_holding(project.dir / "warehouse", "ana@x.org")
    assert files_holding(project.dir / "warehouse", "bob@x.org")


@pytest.mark.long
def test_a_rebuild_from_the_landing_files_brings_nobody_back(
    gone: Gone, never: Project, tmp_path: Path
) -> None:
    project = copied(gone.project, tmp_path / "shop")
    project.published.unlink()
    project.run(full=True)
    same(project, never)
    # A touch without a name on a shared device would otherwise be Bob's.
    assert not project.column("select * from core.touchpoints where product = 'canarytulip'")
    query = (
        "select source, sum(records), sum(accepted), sum(duplicates), sum(rejected), sum(touches), "
        "min(first_at), max(last_at) from ops.loads where source = 'web' group by all"
    )
    assert project.rows(query) == gone.project.rows(query)


def test_a_backup_that_is_brought_back_is_erased_again(
    shop: Project, gone: Gone, never: Project, tmp_path: Path
) -> None:
    project = copied(gone.project, tmp_path / "shop")
    project.published.write_bytes(shop.published.read_bytes())
    assert "1 erasure(s) finished" in project.run(full=True).headline
    same(project, never)


def test_who_takes_over_a_device_of_the_erased_is_taken_in_without_it(later: Project) -> None:
    assert later.rows("select led_by, weak_id from core.touchpoints where product = 'spoon'") == [
        ("identifier", None)
    ]


def test_of_somebody_unknown_nothing_is_found(shop: Project) -> None:
    told = recorrido("erase", "--id", "email=zoe@x.org", "--dry-run", cwd=shop.dir).stdout
    assert told.startswith("nothing is known of the person\n")
    assert "run a night first and erase then" in told


def test_of_what_no_night_has_loaded_an_erasure_warns_before_anything_else(
    shop: Project, tmp_path: Path
) -> None:
    project = copied(shop, tmp_path / "shop")
    ask = ("erase", "--id", "user_id=ana", "--dry-run")
    assert recorrido(*ask, cwd=project.dir).stderr == ""
    land(project, "3", [records(NEW)[0]])
    told = recorrido(*ask, cwd=project.dir)
    assert told.stderr.startswith("recorrido: there are 1 landing file(s)")
    assert "run it first and erase then" in told.stderr
    assert told.stdout.startswith("would be removed")
    withdraw(project.published, former_publications(project.dir / "warehouse")[0])
    told = recorrido(*ask, "--log", "json", cwd=project.dir)
    assert "2 landing file(s)" in told.stderr
    assert "1 publication(s) that a rollback withdrew" in told.stderr


def test_an_erasure_is_not_held_up_by_files_that_cannot_be_looked_for(
    shop: Project, tmp_path: Path
) -> None:
    project = copied(shop, tmp_path / "shop")
    config = project.config.read_text()
    project.config.write_text(config.replace('"landing/clicks/*"', '"secrets/*"'))
    told = recorrido("erase", "--id", "user_id=ana", "--dry-run", cwd=project.dir)
    assert "landing files that cannot be looked for" in told.stderr
    assert told.stdout.startswith("would be removed")


def test_a_device_of_nobody_is_found_by_its_cookie(shop: Project) -> None:
    told = recorrido("erase", "--id", "anonymous_id=c-nobody", "--dry-run", cwd=shop.dir).stdout
    assert "1  touches of web" in told
    assert "identifiers: anonymous_id" in told


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ("anonymous_id=c-shared", "several customers"),
        ("email=", "TYPE=VALUE"),
        ("email=n/a", "stands for nobody"),
        ("name=ana", "expected one of user_id"),
    ],
)
def test_where_no_one_person_is_meant_nobody_is_erased(shop: Project, told: str, says: str) -> None:
    said = recorrido("erase", "--id", told, cwd=shop.dir, answer=2).stderr
    assert says in said
    assert not list((shop.dir / "secrets").glob("*.erased"))


@pytest.mark.long
def test_who_stands_only_in_the_customer_file_is_erased_too(project: Project) -> None:
    project.configure(SHOP_WITH_VAULT, WEB, '[segments]\nfile = "customers.csv"\ncolumn = "kind"')
    project.write("customers.csv", "user_id,email,kind\nana,ana@x.org,gold\nbob,bob@x.org,new\n")
    project.write("landing/web/a.csv", "at,event,who\n2026-01-05T09:00:00Z,search,bob\n")
    identities = "select count(*) from core.identities"
    with core_only():
        project.run()
        assert project.column(identities) == [4]
        recorrido("erase", "--id", "user_id=ana", "--config", project.config)
        assert project.column(identities) == [2]
        project.write("landing/web/b.csv", "at,event,who\n2026-01-05T10:00:00Z,search,ana\n")
        project.run()
    assert project.column("select count(*) from core.touchpoints") == [1]


@pytest.mark.long
def test_a_device_of_a_source_that_the_config_has_no_more_is_found(project: Project) -> None:
    web, old = source("web", anonymous_id="cookie"), source("old", anonymous_id="cookie")
    project.configure(SHOP, web, old)
    for name in ("web", "old"):
        log = f"id,time,event,who,cookie\n1,2026-01-05T09:00Z,login,,{name}ck\n"
        project.write(f"landing/{name}/a.csv", log)
    project.run()
    project.configure(SHOP, web)
    project.run()
    asked = ("erase", "--id", "anonymous_id=oldck", "--dry-run")
    assert "1  touches of old" in recorrido(*asked, cwd=project.dir).stdout
    assert "1  touches of old" in recorrido(*asked, "--source", "old", cwd=project.dir).stdout
    assert "nothing is known" in recorrido(*asked, "--source", "web", cwd=project.dir).stdout


@pytest.mark.long
@pytest.mark.parametrize(
    ("space", "others"),
    [
        ('order_space = "store"', []),
        ('order_space = "store"', [source("app", 'namespace = "store"')]),
        ("", []),
    ],
)
def test_an_order_of_a_space_that_the_config_has_no_more_is_found(
    project: Project, space: str, others: list[str]
) -> None:
    web = source("web", 'order_space = "web"')
    project.configure(SHOP, web, source("till", space, order_id="order"))
    log = "id,time,event,who,order\n1,2026-01-05T09:00Z,purchase,,o-17\n"
    project.write("landing/till/a.csv", log)
    project.write("landing/web/a.csv", "id,time,event,who\n1,2026-01-05T09:00Z,login,ana\n")
    with core_only():
        project.run()
    project.configure(SHOP, web, *others)
    asked = ("erase", "--id", "order_id=o-17", "--dry-run")
    assert "1  touches of till" in recorrido(*asked, cwd=project.dir).stdout


@pytest.mark.long
def test_what_is_known_as_another_type_too_is_told_and_stays(project: Project) -> None:
    project.configure(SHOP, source("web"), source("shop", email="mail"))
    project.write("landing/web/a.csv", "id,time,event,who\n1,2026-01-05T09:00Z,login,ana@x.org\n")
    log = "id,time,event,who,mail\n1,2026-01-05T09:00Z,purchase,,ana@x.org\n"
    project.write("landing/shop/a.csv", log)
    with core_only():
        project.run()
        asked = ("erase", "--id", "email=Ana@X.org")
        dry = recorrido(*asked, "--dry-run", cwd=project.dir)
        assert "1  touches of shop" in dry.stdout
        assert "the same email is known as a user_id too" in dry.stderr
        assert "name it with --id user_id=… as well" in dry.stderr
        both = recorrido(*asked, "--id", "user_id=ana@x.org", "--dry-run", cwd=project.dir)
        assert "known as" not in both.stderr
        told = recorrido(*asked, "--format", "json", cwd=project.dir)
        assert json.loads(told.stdout)["also_known"] == [
            {"number": 1, "type": "email", "known_as": "user_id"}
        ]
        assert project.column("select source from core.touchpoints") == ["web"]
        again = recorrido(*asked, "--dry-run", cwd=project.dir)
        assert "not removed: --id number 1 (email) where it is told as user_id" in again.stdout
        assert "nothing is known" in again.stdout
    said = dry.stdout + dry.stderr + told.stderr + again.stdout
    assert "ana@x" not in said.lower()


@pytest.mark.long
def test_who_only_denied_is_found(project: Project) -> None:
    project.configure(SHOP, source("web", consent_analytics="counted"))
    log = "id,time,event,who,counted\n1,2026-01-05T09:00Z,login,gil,denied\n"
    project.write("landing/web/a.csv", f"{log}2,2026-01-05T09:00Z,login,ana,\n")
    project.run()
    told = recorrido("erase", "--id", "user_id=gil", cwd=project.dir).stdout
    assert "core.denials              1  denials of consent" in told
    assert project.column("select count(*) from core.denials") == [0]


def test_a_form_that_it_cannot_write_is_refused_before_anybody_is_erased(shop: Project) -> None:
    asked = ("erase", "--id", "user_id=bob", "--format", "parquet")
    assert "parquet" in recorrido(*asked, cwd=shop.dir, answer=2).stderr
    assert "would be removed" in recorrido(*asked[:3], "--dry-run", cwd=shop.dir).stdout


@pytest.mark.long
def test_a_backup_in_which_the_erased_gave_a_household_its_name_is_mended(
    project: Project, tmp_path: Path
) -> None:
    project.configure(SHOP, WEB, '[segments]\nfile = "customers.csv"\ncolumn = "kind"')
    project.write("secrets/pseudonym.key", b"k" * 32).chmod(0o600)
    users = {"ana": "login", "bob": "search", "carl": "view_item"}
    log = "".join(f"2026-01-05T09:00Z,{event},{user}\n" for user, event in users.items())
    project.write("landing/web/a.csv", f"at,event,who\n{log}")
    household = "".join(f"{user},fam@x.org,\n" for user in users)
    project.write("customers.csv", f"user_id,email,kind\n{household}")
    project.run()
    (name,) = project.column("select customer_id from core.customers")
    shutil.copytree(project.dir / "warehouse", tmp_path / "backup")
    apart = "".join(f"{user},{user}@x.org,\n" for user in users)
    project.write("customers.csv", f"user_id,email,kind\n{apart}")
    project.run()
    # Under this key the household had the name of one of its users, who has it still.
    (did,) = project.column(f"select event from core.touchpoints where customer_id = '{name}'")
    (first,) = [user for user, event in users.items() if event == did]
    recorrido("erase", "--id", f"user_id={first}", cwd=project.dir)
    shutil.rmtree(project.dir / "warehouse")
    shutil.copytree(tmp_path / "backup", project.dir / "warehouse")
    assert "1 erasure(s) finished" in project.run().headline
    assert project.column("select count(*) from core.customers") == [2]
