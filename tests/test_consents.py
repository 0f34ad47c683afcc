"""What a customer last said of each purpose, in whatever words, and who may say it."""

import pytest

from pipeline.warehouse import in_memory
from tests.projects import SHOP, Project, source

pytestmark = pytest.mark.usefixtures("core_only")


def test_the_last_word_on_a_purpose_is_the_customers_consent(project: Project) -> None:
    project.configure(SHOP, source("web", consent_email="mail", consent_ads="ads"))
    project.write_log(
        "landing/web/a.csv",
        """
        id | time              | event     | who  | mail    | ads
        ---+-------------------+-----------+------+---------+--------
        1  | 2026-01-05T09:00Z | view_item | ana  | denied  |
        2  | 2026-01-06T09:00Z | view_item | ana  | granted | granted
        3  | 2026-01-07T09:00Z | view_item | ana  | granted |
        4  | 2026-01-05T09:00Z | view_item | bob  | granted |
        5  | 2026-01-05T09:00Z | view_item | bob  | denied  |
        6  | 2026-01-05T09:00Z | view_item | cleo |         |
        """,
    )
    project.run()
    told = project.rows(
        "select journeys.day, purpose, state, strftime(since, '%d') "
        "from core.consents inner join core.customers using (customer_id) "
        "inner join (select customer_id, count(*) as day from core.touchpoints group by all) "
        "as journeys using (customer_id) order by all"
    )
    assert told == [
        (2, "email", "denied", "05"),  # bob: of two words at one instant the denial
        (3, "ads", "granted", "06"),
        (3, "email", "granted", "06"),  # ana: since she came back
    ]


@pytest.mark.parametrize(
    ("words", "state"),
    [
        ("granted GRANTED opt_in yes true 1 1.0 on accepted sí", "granted"),
        ("denied withdrawn revoked opt_out rejected off disagree negado no 0 0.0 -1 X", "denied"),
        ("unknown pending null n/a -", None),
    ],
)
def test_a_consent_is_denied_by_whatever_word_is_not_known(words: str, state: str | None) -> None:
    warehouse = in_memory()
    warehouse.load_macros("macros")
    told = {word: warehouse.value("select consent_of(?)", [word]) for word in words.split()}
    warehouse.close()
    assert told == dict.fromkeys(words.split(), state)


def test_an_adapter_of_ones_own_may_tell_consent_in_its_words(project: Project) -> None:
    project.configure(SHOP, source("till").split("[sources.columns]")[0].replace("events", "own"))
    project.write(
        "queries/clean/own.sql",
        "select record_no, 'login' as event, who as user_id, may as consent_analytics, "
        "ads as consent_ads, parse_time(told_at, 'UTC') as occurred_at from records",
    )
    project.write_log(
        "landing/till/a.csv",
        """
        told_at           | who | may     | ads
        ------------------+-----+---------+---------
        2026-01-05T09:00Z | ana | Granted | Granted
        2026-01-05T10:00Z | bob | Denied  | Granted
        2026-01-06T09:00Z | ana |         | Withdrawn
        """,
    )
    project.run()
    assert project.column("select count(distinct customer_id) from core.touchpoints") == [1]
    assert project.column(
        "select strong_id from core.touchpoints where hour(occurred_at) = 10"
    ) == [None]
    said = "select state from core.consents where purpose = 'ads'"
    assert project.column(said) == ["denied"]
    assert project.column("select len(strong_ids) from core.denials") == [1]


def test_an_unsubscribe_that_any_source_tells_denies_email(project: Project) -> None:
    config = source("web", consent_email="mail") + '\n[sources.events]\nleft = "email_unsubscribe"'
    project.configure(SHOP, config)
    project.write_log(
        "landing/web/a.csv",
        """
        id | time              | event     | who | mail
        ---+-------------------+-----------+-----+--------
        1  | 2026-01-05T09:00Z | view_item | ana | granted
        2  | 2026-01-06T09:00Z | left      | ana |
        """,
    )
    project.run()
    assert project.rows("select purpose, state from core.consents") == [("email", "denied")]


def test_a_robot_or_test_denies_and_grants_nothing(project: Project) -> None:
    told = {"consent_ads": "ads", "consent_analytics": "counted", "is_test": "test"}
    project.configure(SHOP, source("web", **told, is_bot="bot"))
    project.write_log(
        "landing/web/a.csv",
        """
        id | time              | event     | who  | ads     | counted | test | bot
        ---+-------------------+-----------+------+---------+---------+------+-----
        1  | 2026-01-05T09:00Z | page_view | ana  | denied  |         |      |
        2  | 2026-01-05T10:00Z | page_view | ana  | granted |         | true |
        3  | 2026-01-05T11:00Z | page_view | ana  | granted |         |      | true
        4  | 2026-01-05T12:00Z | page_view | ana  | granted | denied  | true |
        5  | 2026-01-05T09:00Z | page_view | bob  | granted |         |      |
        6  | 2026-01-05T10:00Z | page_view | bob  | denied  |         | true |
        """,
    )
    project.run()
    said = "select state, count(*) from core.consents where purpose = 'ads' group by all"
    assert project.rows(said) == [("denied", 2)]


# What customers said and when, and what of it is the last.
OF_DAYS = {
    "a": (("05T14:00:00Z granted", "05 denied"), "denied"),
    "b": (("05T09:00:00Z denied", "05 granted"), "denied"),
    "c": (("05 granted", "05 denied"), "denied"),
    "d": (("05 denied", "06 granted"), "granted"),
    "e": (("05 denied", "06T00:30:00Z granted"), "granted"),
    "f": (("05 granted", "05T23:00:00Z denied"), "denied"),
}


def test_of_words_of_one_day_known_by_the_day_a_denial_stands(project: Project) -> None:
    project.configure(SHOP, source("web", consent_ads="ads"))
    lines = [
        f"{who}{no},2026-01-{word.split()[0]},view_item,{who},{word.split()[1]}"
        for who, (words, _) in OF_DAYS.items()
        for no, word in enumerate(words)
    ]
    project.write("landing/web/a.csv", "\n".join(["id,time,event,who,ads", *lines]) + "\n")
    project.run()
    counted = "select state, count(*) from core.consents where purpose = 'ads' group by all"
    assert dict(project.rows(counted)) == {"denied": 4, "granted": 2}
    since = "select distinct day(since) from core.consents where purpose = 'ads' and state = '{}'"
    assert project.column(since.format("denied")) == [5]
    assert project.column(since.format("granted")) == [6]


def test_a_day_of_25_hours_is_one_day(project: Project) -> None:
    project.configure(SHOP.replace('"UTC"', '"Europe/Madrid"'), source("web", consent_ads="ads"))
    project.write_log(
        "landing/web/a.csv",
        """
        id | time                 | event     | who | ads
        ---+----------------------+-----------+-----+--------
        1  | 2025-10-25T22:30:00Z | view_item | ana | denied
        2  | 2025-10-26           | view_item | ana | granted
        3  | 2025-10-25T21:30:00Z | view_item | bob | denied
        4  | 2025-10-26           | view_item | bob | granted
        """,
    )
    project.run()
    said = "select state from core.consents where purpose = 'ads' order by state"
    assert project.column(said) == ["denied", "granted"]


def test_a_day_whose_clocks_go_back_at_its_end_lasts_until_then(project: Project) -> None:
    chile = SHOP.replace('"UTC"', '"America/Santiago"')
    project.configure(chile, source("web", consent_ads="ads"))
    project.write_log(
        "landing/web/a.csv",
        """
        id | time                 | event     | who | ads
        ---+----------------------+-----------+-----+--------
        1  | 2025-04-05           | view_item | ana | denied
        2  | 2025-04-06T03:30:00Z | view_item | ana | granted
        3  | 2025-04-05           | view_item | bob | denied
        4  | 2025-04-06T04:30:00Z | view_item | bob | granted
        """,
    )
    project.run()
    said = "select state from core.consents where purpose = 'ads' order by state"
    assert project.column(said) == ["denied", "granted"]
