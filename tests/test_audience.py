"""An audience: who is on the list, who is not and why, and in which form."""

import csv
import hashlib
from pathlib import Path

import polars as pl
import pytest

from pipeline.audience_lists import list_for
from tests.command import recorrido
from tests.people import shop_of_people, tell
from tests.projects import Project, unadorned

pytestmark = pytest.mark.usefixtures("core_only")

LOG = """
    at               | event       | user | mail          | phone        | ads     | letters | campaign | value
    -----------------+-------------+------+---------------+--------------+---------+---------+----------+------
    2026-01-05T09:00 | view_item   | ana  | a.na@gmail.com | +56912345678 | granted | denied | spring   |
    2026-01-05T10:00 | view_item   | bob  | bob@shop.org  | 912345678    | granted |         | spring   |
    2026-01-05T11:00 | view_item   | cleo | cleo@shop.org |              | denied  | granted |          |
    2026-01-05T12:00 | view_item   | dora | dora@shop.org |              |         |         |          |
    2026-01-05T13:00 | search      | eva  | =eva@shop.org |              | granted |         |          |
    2026-01-05T14:00 | purchase    | fay  | fay@shop.org  |              | granted |         |          | 90
    2026-01-19T09:00 | view_item   | bob  | bob@two.org   |              | granted |         |          |
"""  # noqa: E501


@pytest.fixture(name="shop", scope="module")
def _shop(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = shop_of_people(tmp_path_factory.mktemp("people"))
    tell(project, "a", LOG)
    project.run()
    return project


def listed(shop: Project, *options: str) -> tuple[list[dict[str, str]], list[str]]:
    """Give the rows of a list, and what the command said of it."""
    out = shop.dir / "list.csv"
    told = recorrido("audience", "--config", shop.config, *options, "--out", out)
    with out.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file)), told.stdout.splitlines()[1:]


def users(shop: Project, *options: str) -> list[str]:
    """Give the users of a list."""
    return sorted({row["user_id"] for row in listed(shop, *options)[0] if row["user_id"]})


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], ["ana", "bob", "eva", "fay"]),
        (["--stage", "evaluation"], ["ana", "bob"]),
        (["--stage", "evaluation", "--silent-for", "7d"], ["ana"]),
        (["--silent-for", "14d"], ["ana"]),
        (["--campaign", "spring"], ["ana", "bob"]),
        (["--min-value", "90"], ["fay"]),
        (["--min-value", "9e1"], ["fay"]),
        (["--max-value", "0.9E2"], ["ana", "bob", "eva", "fay"]),
        (["--max-value", "89.99"], ["ana", "bob", "eva"]),
        (["--state", "dropped"], []),
        (["--consent", "email"], ["cleo"]),
    ],
)
def test_on_the_list_is_who_is_asked_for_and_has_consented(
    shop: Project, options: list[str], expected: list[str]
) -> None:
    assert users(shop, *options) == expected


def test_it_says_how_many_were_left_out_and_why(shop: Project) -> None:
    _, told = listed(shop)
    assert told == [
        "4 customers, as of 2026-01-19 09:00 UTC",
        "left out: 1 who denied consent to ads",
        "left out: 1 who never said anything of ads",
    ]


def test_who_has_no_journey_is_left_out_and_counted_once(tmp_path: Path) -> None:
    ignored = '[[stages.rules]]\nevent = "login"\nstage = "ignored"'
    project = shop_of_people(tmp_path, ignored)
    tell(project, "a", LOG)
    logins = """
        at               | event | user | mail         | ads
        -----------------+-------+------+--------------+--------
        2026-01-05T15:00 | login | gil  | gil@shop.org | granted
        2026-01-05T16:00 | login | hal  | hal@shop.org | denied
    """
    tell(project, "b", logins)
    project.run()
    assert users(project) == ["ana", "bob", "eva", "fay"]
    _, told = listed(project)
    assert told == [
        "4 customers, as of 2026-01-19 09:00 UTC",
        "left out: 2 who denied consent to ads",
        "left out: 1 who never said anything of ads",
        "left out: 1 without a journey",
    ]
    assert not [line for line in listed(project, "--stage", "evaluation")[1] if "journey" in line]


def test_no_cell_of_it_is_run_by_a_spreadsheet(shop: Project) -> None:
    rows, _ = listed(shop)
    told = {row["user_id"]: (row["email"], row["phone"]) for row in rows}
    assert told["eva"][0] == "'=eva@shop.org"
    assert told["ana"][1] == "'+56912345678"


def test_who_has_two_mails_has_two_rows(shop: Project) -> None:
    rows, _ = listed(shop, "--stage", "evaluation")
    mails = [row["email"] for row in rows if row["email"].startswith("bob")]
    assert mails == ["bob@shop.org", "bob@two.org"]
    assert len({row["customer_id"] for row in rows}) == 2


def test_only_its_owner_reads_the_list(shop: Project) -> None:
    listed(shop)
    assert (shop.dir / "list.csv").stat().st_mode & 0o777 == 0o600


def hashed(*told: str) -> list[str]:
    """Give the SHA-256 of each text, as platforms want it."""
    return [hashlib.sha256(one.encode()).hexdigest() for one in told]


def test_google_gets_hashes_under_its_headers(shop: Project) -> None:
    rows, told = listed(shop, "--format", "google", "--stage", "evaluation")
    assert list(rows[0]) == ["Email", "Phone"]
    # The dots before gmail.com mean nothing; a phone without its country cannot be looked for.
    assert sorted(row["Email"] for row in rows) == sorted(
        hashed("ana@gmail.com", "bob@shop.org", "bob@two.org")
    )
    assert [row["Phone"] for row in rows if row["Phone"]] == hashed("+56912345678")
    assert told[-1] == "ad platforms serve no list of fewer than 100 people whom they know"


def test_meta_gets_hashes_under_its_headers(shop: Project) -> None:
    rows, _ = listed(shop, "--format", "meta", "--campaign", "spring")
    assert list(rows[0]) == ["email", "phone"]
    assert sorted(row["email"] for row in rows) == sorted(
        hashed("a.na@gmail.com", "bob@shop.org", "bob@two.org")
    )
    assert [row["phone"] for row in rows if row["phone"]] == hashed("56912345678")


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (["--stage", "nowhere"], "--stage: expected one of need, research"),
        (["--campaign", "sprng"], "there is no campaign 'sprng'; did you mean spring?"),
        (["--min-value", "much"], "--min-value: expected an amount"),
        (["--min-value", "1e14"], "below 10^14"),
        (["--min-value", "5", "--max-value", "3"], "expected --min-value up to --max-value"),
        (["--silent-for", ""], "--silent-for: expected a length of time"),
        (["--attribute", "town=Lima"], "no attribute 'town'; the customer file tells of none"),
        (["--silent-for", "long"], "--silent-for: expected a length of time"),
        (["--attribute", "persona"], "--attribute: expected NAME=VALUE"),
        (["--format", "meta", "--consent", "email"], "it needs --consent ads"),
    ],
)
def test_what_cannot_be_meant_is_refused(shop: Project, options: list[str], expected: str) -> None:
    out = shop.dir / "refused.csv"
    told = recorrido("audience", "--config", shop.config, *options, "--out", out, answer=2)
    assert expected in told.stderr
    assert not out.exists()


def test_without_a_file_to_write_nobody_is_told(shop: Project) -> None:
    told = recorrido("audience", "--config", shop.config, answer=2)
    assert "needs --out FILE" in told.stderr
    assert not told.stdout


def test_without_a_vault_only_customer_ids_are_listed(tmp_path: Path) -> None:
    project = shop_of_people(
        tmp_path,
        "[warehouse]",
        "vault = false",
        "[segments]",
        'file = "who.csv"',
        'column = "kind"',
        'attributes = ["tea or coffee"]',
    )
    tell(project, "a", LOG)
    project.write(
        "who.csv", "user_id,kind,tea or coffee\nana,new,tea\nbob,new,coffee\nfay,old,tea\n"
    )
    project.run()
    asked = ("--attribute", "tea or coffee=tea", "--segment", "new")
    rows, told = listed(project, *asked)
    assert [sorted(row) for row in rows] == [
        ["customer_id", "last_active_at", "segment", "stage", "state", "value"]
    ]
    assert "without a vault" in told[-1]
    wrong = {
        "--attribute=tea=tea": "there is no attribute 'tea'; there are tea or coffee",
        "--attribute=tea or coffee=teas": "there is no value 'teas'; did you mean tea?",
        "--format=google": "needs the vault",
    }
    for option, said in wrong.items():
        told_so = recorrido(
            "audience", "--config", project.config, option, "--out", "x.csv", answer=2
        )
        assert said in told_so.stderr
    two = ("--attribute", "tea or coffee=tea", "--attribute", "tea or coffee=coffee")
    refused = recorrido("audience", "--config", project.config, *two, "--out", "x.csv", answer=2)
    assert "nobody has two" in refused.stderr


@pytest.mark.parametrize("form", ["google", "meta"])
def test_a_list_of_nobody_has_its_header(form: str) -> None:
    nobody = pl.DataFrame(schema={"customer_id": pl.String})
    told = pl.DataFrame(
        schema={"customer_id": pl.String, "kind": pl.String, "identifier": pl.String}
    )
    found = list_for(form, nobody, told)  # type: ignore[arg-type]
    assert found.customers == 0
    assert found.text.strip().lower() == "email,phone"


def test_a_platform_gets_no_address_or_number_that_nobody_told() -> None:
    told = {
        "email": [
            "ana@x.org;bob@gmail.com",
            "a@b@gmail.com",
            "a@@gmail.com",
            "a",
            "b@gmail.com",
            "@gmail.com",
            "a@b",
            "<a@x.org>",
            "A.b@gmail.com",
        ],
        "phone": ["+1 202 555 0147 ext 5", "+120255501475", "0147"],
    }
    rows = [("c1", kind, one) for kind, ones in told.items() for one in ones]
    schema = ["customer_id", "kind", "identifier"]
    found = list_for("google", pl.DataFrame(), pl.DataFrame(rows, schema=schema, orient="row"))
    cells = {cell for row in csv.reader(found.text.splitlines()[1:]) for cell in row} - {""}
    assert cells == {*hashed("Ab@gmail.com", "b@gmail.com", "+120255501475")}


@pytest.mark.parametrize(
    ("told", "google", "meta"),
    [
        ("j.doe+shop+ing@gmail.com", "jdoe@gmail.com", "j.doe+shop+ing@gmail.com"),
        ("j.doe+x@googlemail.com", "jdoe@googlemail.com", "j.doe+x@googlemail.com"),
        ("j.doe+x@shop.org", "j.doe+x@shop.org", "j.doe+x@shop.org"),
        ("+x@gmail.com", None, "+x@gmail.com"),
        (".@gmail.com", None, ".@gmail.com"),
    ],
)
def test_an_address_is_told_to_a_platform_as_it_reads_it(
    told: str, google: str | None, meta: str
) -> None:
    known = pl.DataFrame({"customer_id": ["c1"], "kind": ["email"], "identifier": [told]})
    for form, read in (("google", google), ("meta", meta)):
        listed = list_for(form, pl.DataFrame(), known)  # type: ignore[arg-type]
        cells = {cell for row in csv.reader(listed.text.splitlines()[1:]) for cell in row} - {""}
        assert cells == set(hashed(read) if read else ())


def test_a_consent_that_was_withdrawn_is_not_forgotten_with_the_night(tmp_path: Path) -> None:
    project = shop_of_people(tmp_path)
    tell(project, "a", LOG)
    project.run()
    head = "".join(LOG.splitlines(keepends=True)[:3])
    tell(project, "b", head + "    2026-02-05T09:00 | view_item | bob | | | denied | | |\n")
    project.run()
    assert users(project) == ["ana", "eva", "fay"]
    with unadorned("rollback"):
        recorrido("run", "--config", project.config, "--as-of", "2026-01-20")
        assert users(project) == ["ana", "eva", "fay"]
        recorrido("rollback", "--config", project.config)
        assert users(project) == ["ana", "eva", "fay"]
        recorrido("rollback", "--config", project.config)
        assert users(project) == ["ana", "eva", "fay"]


@pytest.mark.long
def test_a_denial_after_the_cut_off_is_not_forgotten_with_its_night_either(tmp_path: Path) -> None:
    project = shop_of_people(tmp_path)
    tell(project, "a", LOG)
    project.run()
    head = "".join(LOG.splitlines(keepends=True)[:3])
    tell(project, "b", head + "    2026-02-05T09:00 | view_item | bob | | | denied | | |\n")
    with unadorned("rollback"):
        recorrido("run", "--config", project.config, "--as-of", "2026-01-20")
        assert users(project) == ["ana", "eva", "fay"]
        recorrido("rollback", "--config", project.config)
        assert users(project) == ["ana", "eva", "fay"]
