"""Identifiers stay outside: only pseudonyms under the project's key reach what is published."""

import base64
import hashlib
import hmac
import os
import shutil
from pathlib import Path

import pytest

from pipeline.errors import ConfigError
from pipeline.ingest.pseudonyms import learn_pseudonyms, load_key, make_key, project_key
from pipeline.rehearsal import rehearse
from pipeline.settings import load_settings
from pipeline.warehouse import in_memory
from tests.command import recorrido
from tests.projects import SHOP, SHOP_WITH_VAULT, WEB, Project, core_only

KEY = bytes(range(32))
CANARIES = (
    "canary.ana",
    "canary@mail.example",
    "+56900000017",
    "LOYAL-4711",
    "COOKIE-4711",
    "ORDER-4711",
)
EVERYONE = """
    [[sources]]
    name = "web"
    channel = "web"
    format = "events"
    files = "landing/web/*"
    max_rejected_rate = 1
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "user"
    email = "mail"
    phone = "phone"
    loyalty_id = "card"
    anonymous_id = "cookie"
    order_id = "order"
    page_url = "url"
    referrer = "from"
    [segments]
    file = "customers.csv"
    column = "kind"
"""
HEADER = "at,event,user,mail,phone,card,cookie,order,url,from\n"


@pytest.mark.long
def test_no_identifier_is_in_any_byte_of_what_is_published(tmp_path: Path) -> None:
    project = Project(tmp_path)
    user, mail, phone, card, cookie, order = CANARIES
    who = f"{user},{mail.upper()},{phone},{card},{cookie},{order}"
    page = f"https://shop.example/me?mail={mail}&u={user}#{card}"
    project.configure(SHOP_WITH_VAULT, EVERYONE)
    project.write(
        "landing/web/a.csv",
        HEADER
        + f"2026-01-05T09:00:00Z,purchase,{who},{page},{page}\n"
        + f"never,view_item,{who},{page},\n"
        + f"2026-01-05T09:01:00Z,view_item,{who},{page}\n"
        + f"2099-01-05T09:01:00Z,view_item,{who},{page},\n",
    )
    project.write("landing/web/b.csv", f"{mail},{user}\n{card},{cookie}\n")
    project.write("customers.csv", f"user_id,email,kind\n{user},{mail},buys\n")
    project.run(with_page=True)
    assert project.column("select count(*) from core.touchpoints") == [1]
    assert project.column("select count(*) from ops.rejects") == [4]
    published = [file for file in (project.dir / "warehouse").rglob("*") if file.is_file()]
    assert {"journeys.duckdb", "report.html", "stage.graphml"} <= {file.name for file in published}
    for file in published:
        if file.name == "vault.duckdb":
            continue
        # Text in DuckDB's file may be packed; so its tables are also read as text below.
        content = file.read_bytes().lower()
        assert not [canary for canary in CANARIES if canary.lower().encode() in content], file
    exported = project.dir / "exported.txt"
    with exported.open("w", encoding="utf-8") as out:
        for table in project.column(
            "select schema_name || '.' || table_name from duckdb_tables() "
            "where schema_name in ('core', 'counts', 'marts', 'ops')"
        ):
            out.write(str(project.rows(f"select * from {table}")).lower())
    told = exported.read_text(encoding="utf-8")
    assert not [canary for canary in CANARIES if canary.lower() in told]


@pytest.mark.parametrize(
    ("kind", "raw", "namespace", "normal"),
    [
        ("user_id", "Ana", "", "Ana"),
        ("email", " Ana@Shop.example ", "", "ana@shop.example"),
        ("email", "Ana <Ana@Shop.example>", "", "ana@shop.example"),
        ("email", '"Pérez, Ana" <Ana@Shop.example> ', "", "ana@shop.example"),
        ("email", '"ana@shop.example" < Ana@Shop.example >', "", "ana@shop.example"),
        ("email", "<ana@shop.example>", "", "ana@shop.example"),
        ("email", "\u200bana@shop.example\ufeff", "", "ana@shop.example"),
        ("user_id", "jose\u0301", "", "jos\u00e9"),
        # Several people are none of them.
        ("email", "eva@x.org, Ana <ana@x.org>", "", "eva@x.org, ana <ana@x.org>"),
        ("email", "Ana <ana@x.org>, Eva <eva@x.org>", "", "ana <ana@x.org>, eva <eva@x.org>"),
        ("phone", "0056 9 (0000) 0017", "", "+56900000017"),
        ("order_id", "#1234 ", "", "1234"),
        ("order_id", " #1234", "", "1234"),
        ("loyalty_id", "ñandú☕", "", "ñandú☕"),
        ("anonymous_id", "c1", "web", "c1"),
        ("device_id", "c1", "web", "c1"),
        ("network_user_id", "c1", "web", "c1"),
    ],
)
def test_a_pseudonym_is_the_hmac_of_kind_namespace_and_value(
    kind: str, raw: str, namespace: str, normal: str
) -> None:
    warehouse = in_memory()
    load_key(warehouse, KEY)
    warehouse.load_macros("macros")
    warehouse.set_variable("namespace", "web")
    warehouse.run(f"create table told as select ? as {kind}", [raw])
    learn_pseudonyms(warehouse, "told", [kind])
    message = f"{kind}\x1f{namespace}\x1f{normal}".encode()
    digest = hmac.new(KEY, message, hashlib.sha256).digest()
    expected = base64.b64encode(digest[:9], altchars=b"._").decode()
    assert warehouse.rows("select kind, raw, pseudonym from pseudonyms") == [(kind, raw, expected)]
    warehouse.close()


def test_who_is_told_by_name_and_address_is_heard_and_erased(project: Project) -> None:
    project.configure(SHOP_WITH_VAULT, WEB.replace("user_id", "email"))
    project.write(
        "landing/web/a.csv",
        "at,event,who\n2026-01-05T09:00:00Z,view_item,ana@x.org\n"
        '2026-01-06T09:00:00Z,email_unsubscribe,"""Pérez, Ana"" <Ana@X.org>"\n',
    )
    project.run()
    assert project.rows("select purpose, state from core.consents") == [("email", "denied")]
    recorrido("erase", "--id", "email=ana@x.org", cwd=project.dir)
    assert project.column("select count(*) from core.touchpoints") == [0]
    assert b"ana@x.org" not in (project.dir / "warehouse" / "vault.duckdb").read_bytes()


@pytest.mark.parametrize("blank", ["", " ", "\t", "\u200b", "  "])
@pytest.mark.parametrize("kind", ["user_id", "email", "phone", "order_id", "anonymous_id"])
def test_a_blank_is_nobody(kind: str, blank: str) -> None:
    warehouse = in_memory()
    load_key(warehouse, KEY)
    warehouse.load_macros("macros")
    warehouse.set_variable("namespace", "web")
    warehouse.run(f"create table told as select ? as {kind}", [blank])
    learn_pseudonyms(warehouse, "told", [kind])
    assert warehouse.rows("select * from pseudonyms") == []
    warehouse.close()


def test_only_its_owner_reads_the_key(tmp_path: Path) -> None:
    file = tmp_path / "secrets" / "pseudonym.key"
    make_key(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700
    assert len(project_key(file, may_make=False)) == 32


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the folder of a shop after a night, to be copied."""
    made = Project(tmp_path_factory.mktemp("first_night"))
    made.configure(SHOP, WEB)
    made.write("landing/web/a.csv", "at,event,who\n2026-01-05T09:00:00Z,view_item,ana\n")
    with core_only():
        made.run()
    return made.dir


def test_a_lost_key_is_never_replaced_in_silence(project: Project, first_night: Path) -> None:
    shutil.copytree(first_night, project.dir, dirs_exist_ok=True)
    before = project.published.read_bytes()
    (project.dir / "secrets" / "pseudonym.key").unlink()
    project.write("landing/web/b.csv", "at,event,who\n2026-01-06T09:00:00Z,view_item,ana\n")
    with pytest.raises(ConfigError, match="is missing, and the warehouse was built with one"):
        project.run()
    assert project.published.read_bytes() == before
    assert not (project.dir / "secrets" / "pseudonym.key").exists()


def test_another_key_is_noticed(project: Project, first_night: Path) -> None:
    shutil.copytree(first_night, project.dir, dirs_exist_ok=True)
    (project.dir / "secrets" / "pseudonym.key").write_bytes(KEY)
    project.write("landing/web/b.csv", "at,event,who\n2026-01-06T09:00:00Z,view_item,ana\n")
    with pytest.raises(ConfigError, match="key"):
        project.run()
    with pytest.raises(ConfigError, match="key"):
        rehearse(load_settings(project.config))


def test_a_key_that_is_too_short_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "short.key"
    file.write_bytes(b"short")
    file.chmod(0o600)
    with pytest.raises(ConfigError, match="32 random bytes, found 5"):
        project_key(file, may_make=True)


def test_a_key_that_is_no_file_or_too_long_is_not_read_to_its_end(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    for file in (Path("/dev/null"), tmp_path / "pipe"):
        with pytest.raises(ConfigError, match="which is a device, a pipe"):
            project_key(file, may_make=True)
    long = tmp_path / "long.key"
    with long.open("wb") as opened:
        opened.truncate(2**40)
    long.chmod(0o600)
    with pytest.raises(ConfigError, match="32 random bytes, found more"):
        project_key(long, may_make=True)


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o666])
def test_a_key_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    file = tmp_path / "pseudonym.key"
    make_key(file)
    file.chmod(mode)
    with pytest.raises(ConfigError, match=f"found mode {mode:04o}.*chmod 600"):
        project_key(file, may_make=False)


@pytest.mark.parametrize(
    ("told", "number"),
    [
        ("tel:+1-202-555-0147", "+12025550147"),
        ("0044 20 7946 0958", "+442079460958"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("(0)30 1234", "0301234"),
        ("+٣٤ ٦٠٠ ١١١ ٣٣٣", "+34600111333"),
        ("００34600111333", "+34600111333"),
        # What a form is filled in with before anybody fills it in is nobody's number.
        ("+", None),
        ("(+34) ", None),
        ("000", None),
        # Without its letters each would be the number of somebody else.
        ("+1 202 555 0147 Ext 5", "+1 202 555 0147 ext 5"),
        ("+56 9 1234 567O", "+56 9 1234 567o"),
    ],
)
def test_a_phone_number_is_told_as_e164_if_it_is_one(told: str, number: str | None) -> None:
    warehouse = in_memory()
    load_key(warehouse, b"k" * 32)
    assert warehouse.value("select phone_number(?)", [told]) == number
    warehouse.close()
