"""Histories told by hand: each night changes what earlier ones made of their touches."""

from tests.nightly.world import History

# Who is who, and how long ago: stitching, hubs, silences, versions, conflicts.
PEOPLE: History = [
    ("start", "web", "mail", "orders"),
    ("set", "identity", 5),
    ("people", "u1,ana@a.org,,gold,young"),
    (
        *("land", "web", "d0 page_view user=u4", "d0 view_item cookie=k1"),
        *("d0+10m page_view cookie=k1", "d0+30m add_to_cart user=u2"),
        "d1 purchase user=u2 order=o1 value=10 money=EUR",
    ),
    (
        *("land", "orders"),
        "d1 purchase object=b1 id=i1 version=d1 mail=bob@a.org order=o1 value=12 money=EUR",
        "d2 order_delivered object=b1 id=i2 version=d1 mail=bob@a.org",
    ),
    ("night", None),
    # A login tells whose the cookie was, and a mail of before it is late.
    ("land", "web", "d2 login user=u1 cookie=k1", "d30 view_item user=u3 ads=granted"),
    ("land", "mail", "d1+10m email_open mail=ana@a.org"),
    ("night", None),
    # The order's newer version tells of no delivery; the silence of some ends, of one exactly.
    (
        *("land", "orders"),
        "d1 purchase object=b1 id=i1 version=d2 mail=bob@a.org order=o1 value=12 money=EUR",
    ),
    ("land", "web", "d120 page_view user=u3"),
    ("night", None),
    # A shared device, and two tellings of one touch.
    (
        *("land", "web", "d91+10m view_item user=u2 cookie=k1"),
        "d0+11m page_view id=i1 got=d300 user=u1",
    ),
    ("land", "web", "d0+12m view_item id=i1 got=d1 user=u2"),
    ("night", None),
    # Two more meet over the order, which is then a hub; the night is killed on the way.
    (
        *("land", "mail", "d120+1m email_click mail=ana@a.org order=o1"),
        "d120+2m email_click mail=cleo@a.org order=o1",
    ),
    ("killed", 25),
    ("night", None),
    (
        "land",
        "web",
        "d270 page_view user=u4 analytics=denied",
        "d150 page_view user=u3 analytics=denied ads=denied",
        "d181 refund user=u2 order=o1 value=-5",
    ),
    ("split", 3, 2),
    ("reorder", 0),
    ("night", "d271"),
]
# A version that is not told is older than any, in whatever night it comes.
UNVERSIONED: History = [
    ("start", "web", "orders"),
    ("land", "web", "d0 page_view user=u4"),
    (
        *("land", "orders"),
        "d0 purchase object=b1 id=i1 version=d1 mail=ana@a.org",
        "d0 purchase object=b1 id=i2 version=d2 mail=ana@a.org",
    ),
    ("night", None),
    ("land", "orders", "d0 purchase object=b1 id=i1 mail=ana@a.org"),
    ("night", None),
]
# What was paid, and what led there: clicks, keywords, rates, spend, files told again.
MONEY: History = [
    ("start", "web", "ads", "till", "spend", "keywords"),
    *(("set", name, 1) for name in ("rates", "segments", "traffic")),
    ("people", "u1,,l1,gold,young", "u2,,,blue,"),
    ("rates", "d0,USD,0.5"),
    ("land", "ads", "d1 ad_click net=n1 click=g1", "d2 ad_impression net=n1"),
    (
        *("land", "web", "d0 page_view user=u4", "d1+1m page_view cookie=k1 click=g1"),
        *("d1+10m purchase user=u1 cookie=k1 order=o1 value=10 money=USD",),
    ),
    ("land", "spend", "d1 c1 currency=EUR cost=3"),
    ("night", None),
    # The click was on another device before; the ad behind it was the brand's.
    ("land", "web", "d0+1m page_view cookie=k2 click=g1", "d0+2m login user=u2 cookie=k2"),
    ("land", "keywords", "g1 d1 campaign_name=c1 click_view_keyword_info_text=flores"),
    ("land", "spend", "d1 c1 currency=USD cost=4.5"),
    ("night", None),
    (
        "land",
        "till",
        "d2! purchase user=u2 order=o2 value=20",
        "d2 link user=u3 card=l1",
        "d3 usage",
    ),
    ("rates", "d0,USD,2"),
    ("people", "u1,,,blue,young", "u2,,l1,gold,"),
    ("night", None),
    ("adapter", 2),
    ("again", "web", 0, 1, 2),
    ("copy", 0),
    ("night", "d180"),
    # What these say of consent is obeyed: one comes after the cut-off, and one is erased.
    (
        *("land", "web", "d181 view_item cookie=k1", "d91 view_item user=u1 ads=granted"),
        "d271 page_view user=u1 order=o1 analytics=denied ads=denied",
        "d30 page_view user=u2 analytics=denied ads=denied",
    ),
    ("night", "d181"),
    ("rollback",),
    ("night", None),
    ("erase", "user_id=u2"),
]
# Of what names several, nothing is left that a rebuild would not find.
ERASED: History = [
    ("start", "web", "orders", "till"),
    ("set", "identity", 4),
    ("land", "web", "d0 page_view user=u4", "d1 page_view user=u1"),
    (
        *("land", "till", "d1 link user=u1 mail=ana@a.org card=l1"),
        *("d1 store_visit card=l1", "d1 purchase mail=ana@a.org value=5"),
    ),
    (
        *("land", "orders"),
        "d1 purchase object=b1 id=i1 version=d1 mail=bob@a.org value=10 money=EUR",
        "d1 purchase object=b1 id=i2 version=d2 mail=ana@a.org value=10 money=EUR",
    ),
    ("night", None),
    ("erase", "email=ana@a.org"),
]
TOLD = {"people": PEOPLE, "money": MONEY, "unversioned": UNVERSIONED, "erased": ERASED}
