"""How a visit came: the default rules as drawn tables, the user's rules, and the brand's words."""

from itertools import combinations

import pytest

from pipeline.errors import ConfigError
from pipeline.queries import read_sql, shipped_dir
from pipeline.sections import Traffic
from pipeline.settings import load_settings
from pipeline.traffic import learn_traffic
from pipeline.traffic_rules import DEFAULT_TRAFFIC_RULES, TrafficRule
from pipeline.vocabulary import RESERVED_NAMES
from pipeline.warehouse import Warehouse, in_memory
from tests.drawn import Cells, rows_of
from tests.projects import SHOP, Project

pytestmark = pytest.mark.usefixtures("core_only")

TOLD = {
    "told": "traffic",
    "source": "utm_source",
    "medium": "utm_medium",
    "campaign": "campaign",
    "utm_campaign": "utm_campaign",
    "term": "utm_term",
    "click": "click_id_type",
    "click_id": "click_id",
    "referrer": "referrer_host",
}
GATHERED = (
    "record_no integer, touchpoint_id text, source text, event text, channel text, "
    "strong_id text, strong_ids text[], weak_id text, occurred_at timestamptz, "
    "is_machine boolean, is_test boolean, is_bot boolean, "
    "known_customer_id text, known_led_by text"
)
# What no traffic hangs on.
UNASKED = {
    "table event_words": "(source text, raw text, ours text)",
    "table channel_words": "(source text, raw text, ours text)",
    "table scratch.ad_clicks": "(click_id text, campaign text, keyword text)",
    "table scratch.persons": "(strong_id text, customer_id text)",
    "table scratch.led_touches": "(touchpoint_id text, customer_id text, led_by text)",
    "table scratch.devices": "(weak_id text, first_seen_at timestamptz, sole_customer text)",
    "macro own_id(one, all_of_them)": "as one",
    "macro customer_of_device(one, first_seen_at, occurred_at)": "as one",
    "macro owner_of(person, own, led, device, weak, strong)": "as coalesce(own, weak)",
    "macro what_led(own, led_by, device, is_before, weak, strong)": "as led_by",
}
NONE = Traffic()


def assert_traffic(table: str, traffic: Traffic = NONE, clicks: str | None = None) -> None:
    """Assert that what touches tell comes out as the traffic drawn behind the double bar."""
    given, expected = rows_of(table)
    warehouse = in_memory()
    try:
        found = traffic_of(warehouse, given, traffic, rows_of(clicks)[0] if clicks else [])
    finally:
        warehouse.close()
    told = [" | ".join(row.values()) for row in given]
    wanted = [None if row["traffic"] == "-" else row["traffic"] for row in expected]
    assert dict(zip(told, found, strict=True)) == dict(zip(told, wanted, strict=True))


def traffic_of(
    warehouse: Warehouse, given: list[Cells], traffic: Traffic, clicks: list[Cells]
) -> list[str | None]:
    """Ask the product's own queries, which find no customer here."""
    warehouse.run("attach ':memory:' as scratch")
    warehouse.run("create schema core")
    warehouse.run(read_sql(shipped_dir() / "macros" / "traffic.sql"))
    for name, columns in UNASKED.items():
        warehouse.run(f"create {name} {columns}")
    for row in clicks:
        warehouse.insert("scratch.ad_clicks", **{name: cell_of(cell) for name, cell in row.items()})
    told = ", ".join(f"{name} text" for name in TOLD.values())
    warehouse.run(f"create table gathered_touches ({GATHERED}, {told})")
    for number, row in enumerate(given):
        cells = {TOLD[head]: cell_of(cell) for head, cell in row.items()}
        warehouse.insert("gathered_touches", record_no=number, **cells)
    learn_traffic(warehouse, traffic)
    told_touches = read_sql(shipped_dir() / "scratch" / "told_touches.sql")
    found = warehouse.rows(
        "select traffic_of(words.by_project, told.told_traffic, words.by_default) "
        f"from ({told_touches}) as told left join traffic_words as words "
        "on told.traffic_key = words.traffic_key order by told.record_no"
    )
    return [one for (one,) in found]


def cell_of(cell: str) -> str | None:
    """Read a cell; a dash is nothing."""
    return None if cell in ("", "-") else cell


# ---- The default rules ---------------------------------------------------------------------------


def test_the_mediums_words_tell_how_a_visit_came() -> None:
    assert_traffic("""
        medium         | source         | campaign       || traffic
        ---------------+----------------+----------------++---------------
        cpc            | google         | ramos          || paid_search
        CPC            | Bing           | -              || paid_search
        ppc            | elcomercio     | -              || paid_search
        paid           | -              | -              || paid_search
        cpc            | google         | Shopping ramos || shopping
        cpc            | idealo.es      | -              || shopping
        cpc            | facebook       | -              || paid_social
        paid           | ig             | -              || paid_social
        cpm            | l.facebook.com | -              || paid_social
        paid_social    | -              | -              || paid_social
        social-paid    | tiktok         | -              || paid_social
        cpc            | youtube        | -              || video
        video          | dv360          | -              || video
        display        | google         | -              || display
        cpm            | eldiario       | -              || display
        banner_300     | -              | -              || display
        cpc            | criteo         | -              || display
        remarketing    | google         | -              || display
        email          | boletin        | -              || email
        E-Mail         | -              | -              || email
        boletín        | -              | -              || email
        -              | Newsletter     | -              || email
        sms            | -              | -              || sms
        web_push       | onesignal      | -              || push
        affiliate      | awin           | -              || affiliate
        Afiliados      | -              | -              || affiliate
        partner        | hotel          | -              || affiliate
        social         | -              | -              || social
        social-network | instagram      | -              || social
        organic        | google         | -              || organic_search
        organic        | facebook       | -              || social
        organic        | youtube        | -              || video
        ai-assistant   | chatgpt.com    | (ai-assistant) || ai
        referral       | bodas.cl       | -              || referral
        referral       | facebook.com   | -              || social
        flyer          | calle          | -              || other
        -              | calle          | -              || other
        qr             | -              | -              || other
        -              | -              | solo campaña   || -
    """)


def test_the_source_alone_tells_where_the_medium_does_not() -> None:
    assert_traffic("""
        source              | medium || traffic
        --------------------+--------++---------------
        google              | -      || organic_search
        google              | maps   || organic_search
        www.bing.com        | -      || organic_search
        chatgpt.com         | -      || ai
        gemini.google.com   | -      || ai
        perplexity          | chat   || ai
        mail.google.com     | -      || email
        facebook            | post   || social
        m.facebook.com      | -      || social
        whatsapp            | -      || social
        youtube             | -      || video
        mercadolibre.com.ar | -      || shopping
        awin                | -      || affiliate
        (direct)            | -      || direct
    """)


def test_a_click_id_tells_after_the_campaigns_words_and_before_the_referrer() -> None:
    assert_traffic("""
        click   | medium  | source   | referrer       || traffic
        --------+---------+----------+----------------++---------------
        gclid   | -       | -        | www.google.com || paid_search
        gclid   | -       | google   | -              || paid_search
        gclid   | email   | boletin  | -              || email
        gclid   | organic | google   | -              || organic_search
        gbraid  | -       | -        | -              || paid_search
        msclkid | -       | -        | -              || paid_search
        dclid   | -       | -        | -              || display
        ttclid  | -       | -        | www.tiktok.com || paid_social
        fbclid  | -       | -        | bodas.cl       || social
        fbclid  | cpc     | facebook | -              || paid_social
        other   | -       | -        | -              || -
    """)


def test_a_referrer_tells_where_nothing_else_does() -> None:
    assert_traffic("""
        referrer                                | source || traffic
        ----------------------------------------+--------++---------------
        www.google.com                          | -      || organic_search
        www.google.com.mx                       | -      || organic_search
        espanol.search.yahoo.com                | -      || organic_search
        duckduckgo.com                          | -      || organic_search
        search.brave.com                        | -      || organic_search
        com.google.android.googlequicksearchbox | -      || organic_search
        mail.google.com                         | -      || email
        mail.yahoo.com                          | -      || email
        outlook.live.com                        | -      || email
        com.google.android.gm                   | -      || email
        docs.google.com                         | -      || referral
        chatgpt.com                             | -      || ai
        chat.openai.com                         | -      || ai
        www.perplexity.ai                       | -      || ai
        gemini.google.com                       | -      || ai
        copilot.microsoft.com                   | -      || ai
        claude.ai                               | -      || ai
        chat.deepseek.com                       | -      || ai
        lm.facebook.com                         | -      || social
        t.co                                    | -      || social
        xbox.com                                | -      || referral
        x.tienda.cl                             | -      || referral
        ask.fm                                  | -      || referral
        org.telegram.messenger                  | -      || social
        www.taringa.net                         | -      || social
        m.youtube.com                           | -      || video
        www.idealo.es                           | -      || shopping
        listado.mercadolibre.cl                 | -      || shopping
        googleads.g.doubleclick.net             | -      || display
        www.bodas.cl                            | -      || referral
        www.google.com                          | calle  || other
        -                                       | -      || -
    """)


def test_no_default_rule_hides_another() -> None:
    rules = DEFAULT_TRAFFIC_RULES
    hidden = [
        (str(first), str(then)) for first, then in combinations(rules, 2) if first.hides(then)
    ]
    assert hidden == []


# ---- The brand -----------------------------------------------------------------------------------

FLOWERS = Traffic(brand=("Flores del Sur", "floresdelsur", "Ñandú"))


def test_a_search_for_the_brand_is_told_apart_by_its_term_or_campaign() -> None:
    assert_traffic(
        """
        medium  | source | click | campaign                 | term                || traffic
        --------+--------+-------+--------------------------+---------------------++---------------
        cpc     | google | gclid | ramos                    | flores a domicilio  || paid_search
        cpc     | google | gclid | ramos                    | FLORES del sur      || brand_search
        cpc     | google | gclid | ramos                    | tienda floresdelsur || brand_search
        cpc     | google | gclid | ramos                    | floresdelsurcl      || paid_search
        cpc     | google | gclid | search_Flores-del-Sur_cl | -                   || brand_search
        cpc     | google | gclid | ramos                    | nandu viña          || brand_search
        cpc     | google | gclid | ÑANDÚ                    | -                   || brand_search
        cpc     | google | gclid | floresdelsur non-brand   | rosas               || paid_search
        cpc     | google | gclid | floresdelsur / non brand | flores del sur      || brand_search
        -       | -      | gclid | floresdelsur             | -                   || brand_search
        -       | -      | gclid | -                        | -                   || paid_search
        organic | google | -     | -                        | flores del sur      || brand_search
        organic | google | -     | -                        | rosas               || organic_search
        -       | google | -     | -                        | flores del sur      || brand_search
        cpc     | fb     | -     | floresdelsur             | -                   || paid_social
        email   | -      | -     | floresdelsur             | -                   || email
        """,
        FLOWERS,
    )


def test_without_brand_words_a_campaign_may_call_itself_brand() -> None:
    assert_traffic("""
        medium | campaign         | term           || traffic
        -------+------------------+----------------++-------------
        cpc    | Brand_CL         | -              || brand_search
        cpc    | marca            | -              || brand_search
        cpc    | search-marca2026 | -              || brand_search
        cpc    | non-brand        | -              || paid_search
        cpc    | nonbrand         | -              || paid_search
        cpc    | sin marca        | -              || paid_search
        cpc    | brandy           | -              || paid_search
        cpc    | -                | marca          || paid_search
        cpc    | -                | flores del sur || paid_search
    """)


def test_the_campaign_behind_a_click_id_counts_as_the_touchs_own() -> None:
    assert_traffic(
        """
        click | click_id | campaign | utm_campaign || traffic
        ------+----------+----------+--------------++-------------
        gclid | c1       | -        | -            || brand_search
        gclid | c2       | -        | -            || paid_search
        gclid | c3       | -        | -            || brand_search
        gclid | c9       | -        | -            || paid_search
        gclid | c2       | -        | floresdelsur || brand_search
        gclid | c1       | ramos    | -            || paid_search
        """,
        FLOWERS,
        clicks="""
        click_id | campaign            | keyword
        ---------+---------------------+---------------
        c1       | Search floresdelsur | -
        c2       | Search ramos        | rosas
        c3       | Search ramos        | flores del sur
        """,
    )


# ---- The user's own rules ------------------------------------------------------------------------


def own(*rules: dict[str, object]) -> Traffic:
    return Traffic.model_validate({"rules": rules, "brand": ["floresdelsur"]})


def test_the_users_rules_go_before_the_sources_word_and_that_before_the_default_rules() -> None:
    assert_traffic(
        """
        told  | source    | medium | campaign     | click  | referrer       || traffic
        ------+-----------+--------+--------------+--------+----------------++------------
        -     | Idealo    | cpc    | -            | -      | -              || partners
        email | idealo.es | cpc    | -            | -      | -              || partners
        email | google    | cpc    | -            | -      | -              || email
        -     | google    | cpc    | -            | -      | -              || paid_search
        email | -         | -      | -            | -      | -              || email
        -     | -         | -      | -            | -      | www.revista.cl || press
        -     | -         | -      | -            | -      | otrarevista.cl || referral
        -     | -         | -      | Feria Otoño  | -      | -              || fairs
        -     | -         | -      | Feria        | -      | -              || -
        -     | -         | -      | -            | ttclid | -              || tiktok
        -     | google    | pmax   | floresdelsur | -      | -              || brand_pmax
        -     | google    | pmax   | ramos        | -      | -              || pmax
        """,
        own(
            {"traffic": "partners", "source": "idealo*"},
            {"traffic": "press", "referrer": ["revista.cl", "diario.*"]},
            {"traffic": "fairs", "campaign": "feria otono*"},
            {"traffic": "tiktok", "click_id": "ttclid"},
            {"traffic": "brand_pmax", "medium": "pmax", "brand": True},
            {"traffic": "pmax", "medium": "pmax"},
        ),
    )


@pytest.mark.parametrize(
    ("earlier", "later", "hides"),
    [
        ({"source": ("a",)}, {"source": ("a",)}, True),
        ({"source": ("a*",)}, {"source": ("ab", "a*c")}, True),
        ({"source": ("a*",)}, {"source": ("ab", "b")}, False),
        ({"source": ("a", "b")}, {"source": ("B",)}, True),
        ({"source": ("a",)}, {"source": ("a",), "medium": ("cpc",)}, True),
        ({"source": ("a",), "medium": ("cpc",)}, {"source": ("a",)}, False),
        ({"source": ("a",)}, {"medium": ("a",)}, False),
        ({"source": ("ab",)}, {"source": ("a*",)}, False),
        ({"referrer": ("sur.cl",)}, {"referrer": ("www.sur.cl",)}, True),
        ({"referrer": ("www.sur.cl",)}, {"referrer": ("sur.cl",)}, False),
        ({"campaign": ("sur.cl",)}, {"campaign": ("www.sur.cl",)}, False),
        ({"medium": ("cpc",), "is_brand": True}, {"medium": ("cpc",)}, False),
        ({"medium": ("cpc",)}, {"medium": ("cpc",), "is_brand": True}, True),
    ],
)
def test_a_rule_hides_one_that_asks_the_same_or_more(
    earlier: dict[str, tuple[str, ...]], later: dict[str, tuple[str, ...]], hides: bool
) -> None:
    assert TrafficRule("x", **earlier).hides(TrafficRule("y", **later)) is hides  # type: ignore[arg-type]


WEB = """
    [[sources]]
    name = "web"
    channel = "web"
    format = "events"
    files = "landing/web/*"
    [sources.columns]
    native_id = "id"
    occurred_at = "at"
    event = "event"
    user_id = "who"
    page_url = "page"
    referrer = "from"
"""


@pytest.mark.parametrize(
    ("table", "says"),
    [
        (
            """
            [[traffic.rules]]
            traffic = "partners"
            source = "idealo*"
            [[traffic.rules]]
            traffic = "shops"
            source = ["idealo.es", "idealo.it"]
            medium = "cpc"
            """,
            "rule 2 of traffic (shops: medium = cpc; source = idealo.es, idealo.it) is never "
            "reached, for rule 1 (partners: source = idealo*)",
        ),
        ('[[traffic.rules]]\ntraffic = "x"', "a rule on traffic needs a condition"),
        ('[[traffic.rules]]\ntraffic = "x"\nhost = "y"', "'traffic.rules.1.host' is not a key"),
        ('[traffic]\nbrand = ["--"]', "expected a brand's name"),
    ],
)
def test_what_is_wrong_with_a_rule_is_said(project: Project, table: str, says: str) -> None:
    project.configure(SHOP, WEB, table)
    with pytest.raises(ConfigError) as refusal:
        load_settings(project.config)
    assert says in str(refusal.value)


# ---- Nights --------------------------------------------------------------------------------------


@pytest.mark.long
def test_a_new_rule_holds_for_stored_touches_on_the_next_night(project: Project) -> None:
    project.configure(SHOP, WEB)
    project.write(
        "landing/web/a.csv",
        "id,at,event,who,page,from\n"
        "1,2026-01-05T09:00:00Z,page_view,ana,"
        "https://sur.cl/?utm_source=guia&utm_medium=cpc&utm_term=Flores+del+Sur,\n"
        "2,2026-01-05T09:01:00Z,view_item,ana,https://sur.cl/a,https://pago.sur.cl/\n"
        "3,2026-01-05T09:00:00Z,page_view,bob,https://sur.cl/,https://www.google.cl/search?q=x\n"
        "4,2026-01-05T09:00:00Z,page_view,cleo,https://sur.cl/,\n",
    )
    project.run()
    sessions = "select traffic from core.sessions order by traffic"
    told = "select told_traffic, referrer_host from core.touchpoints order by record_no"
    assert project.column(sessions) == ["direct", "organic_search", "paid_search"]
    assert project.rows(told) == [(None, None), (None, None), (None, "www.google.cl"), (None, None)]
    assert project.column("select distinct page_url from core.touchpoints order by 1") == [
        "https://sur.cl/",
        "https://sur.cl/a",
    ]

    project.configure(SHOP, WEB, '[traffic]\nbrand = ["flores del sur"]')
    project.run()
    assert project.column(sessions) == ["brand_search", "direct", "organic_search"]

    rule = '[[traffic.rules]]\ntraffic = "guides"\nsource = "guía"'
    project.configure(SHOP, WEB, '[traffic]\nbrand = ["flores del sur"]', rule)
    project.run()
    assert project.column(sessions) == ["direct", "guides", "organic_search"]
    assert project.column("select distinct told_traffic from core.touchpoints") == [None]


def test_a_slash_in_a_channel_is_told_as_a_dash(project: Project) -> None:
    """Else nobody could tell where the channel of a touchpoint ends: channel/event is its name."""
    project.configure(SHOP, WEB.replace('page_url = "page"', '\nchannel = "channel"'))
    log = "id,at,event,who,channel,from\n1,2026-01-05T09:00Z,ad_click,ana,paid/social,\n"
    project.write("landing/web/a.csv", log)
    project.run()
    found = project.rows("select channel, told_channel from core.touchpoints")
    assert found == [("paid-social", "paid/social")]


def test_a_source_that_tells_words_of_graphs_and_flows_finds_them_marked(project: Project) -> None:
    words = [*sorted(RESERVED_NAMES), "other"]
    names = '\nchannel = "channel"\ntraffic = "channel"'
    project.configure(SHOP, WEB.replace('page_url = "page"', names))
    lines = [
        f"{number},2026-01-05T{9 + number:02}:00:00Z,view_item,ana,{word},\n"
        for number, word in enumerate(words)
    ]
    project.write("landing/web/a.csv", "id,at,event,who,channel,from\n" + "".join(lines))
    project.run()
    expected = [f"{word}*" if word in RESERVED_NAMES else word for word in words]
    for column in ("channel", "traffic"):
        told = f"select {column} from core.touchpoints order by touch_no"
        assert project.column(told) == expected
