"""A shop for erasures: Ana, who goes, and the others, with and without Ana's records."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from tests.projects import SHOP_WITH_VAULT, Project

SOURCES = """
    [[sources]]
    name = "web"
    channel = "web"
    format = "events"
    files = "landing/web/*"
    max_rejected_rate = 1
    [sources.columns]
    native_id = "id"
    occurred_at = "at"
    event = "event"
    user_id = "who"
    email = "mail"
    order_id = "order"
    anonymous_id = "cookie"
    click_id = "click"
    campaign = "campaign"
    product = "product"
    page_url = "page"
    value = "amount"
    consent_ads = "ads"
    [[sources]]
    name = "clicks"
    channel = "ads"
    format = "own_clicks"
    files = "landing/clicks/*"
    [[sources]]
    name = "tickets"
    channel = "support"
    format = "own_tickets"
    files = "landing/tickets/*"
    mutable = true
    [segments]
    file = "customers.csv"
    column = "persona"
"""
CLICKS = (
    "select record_no, click as click_id, day::date as day, campaign, null as ad_group, "
    "keyword, 'search' as network from records\n"
)
TICKETS = """
select
    record_no,
    ticket || moment as native_id,
    ticket as object_id,
    moment::timestamptz as occurred_at,
    moment::timestamptz as updated_at,
    status <> 'merged' as is_touch,
    'support_contact' as event,
    mail as email,
    cookie as anonymous_id
from records
"""
COLUMNS = "id,at,event,who,mail,order,cookie,click,campaign,product,page,amount,ads"
# Ana's own words: no other record has them.
CANARIES = (
    "canaryrose",
    "canarytulip",
    "canarycampaign",
    "canarypage",
    "canarykeyword",
    "canaryloyal",
)
IDENTIFIERS = ("ana@x.org", "o-ana", "c-ana", "g-ana")
ANAS = """
    a1,2026-01-01T09:00:00Z,view_item,,,,c-ana,g-ana,canarycampaign,canaryrose,https://s.org/canarypage,,
    a2,2026-01-02T09:00:00Z,view_item,ana,,,c-ana,,,canarytulip,,,granted
    a3,2026-01-02T09:10:00Z,purchase,ana,ana@x.org,o-ana,c-ana,,,canaryrose,,50,
    a4,2026-01-03T09:00:00Z,login,ana,,,c-shared,,,,,,
    a5,2026-01-03T09:05:00Z,view_item,,,,c-shared,,,canarytulip,,,
    a6,2026-01-20T09:00:00Z,refund,,,o-ana,,,,canaryrose,,-50,
    a7,2025-10-01T09:00:00Z,search,,,,c-ana,,,canaryrose,,,
"""
OTHERS = """
    b1,2026-01-01T10:00:00Z,view_item,bob,,,c-bob,g-bob,spring,pot,,,granted
    b2,2026-01-05T10:00:00Z,login,bob,,,c-shared,,,,,,
    b3,2026-01-05T10:05:00Z,view_item,,,,c-shared,,,pan,,,
    b4,2026-01-06T10:00:00Z,purchase,bob,bob@x.org,o-bob,c-bob,,,pot,,20,
    d1,2026-01-07T10:00:00Z,view_item,,,,c-nobody,,,lid,,,
    e1,2026-01-21T10:00:00Z,view_item,cleo,,,c-cleo,,,pot,,,
    e2,not a time,view_item,cleo,,,c-cleo,,,pot,,,
"""
CLICKS_OF_ANA = ["g-ana,2026-01-01,canarycampaign,canarykeyword"]
CLICKS_OF_OTHERS = ["g-bob,2026-01-01,spring,pots", "g-nobody,2026-01-02,spring,lids"]
# Closed by merging: the newest version tells of no touch.
TICKETS_OF_ANA = [
    "t-ana,2026-01-08T09:00:00Z,open,ana@x.org,",
    "t-gone,2026-01-08T10:00:00Z,open,ana@x.org,",
    "t-gone,2026-01-08T11:00:00Z,merged,ana@x.org,",
]
TICKETS_OF_OTHERS = [
    "t-bob,2026-01-08T09:00:00Z,open,bob@x.org,",
    "t-bobs,2026-01-08T11:00:00Z,merged,bob@x.org,",
]
ANA, BOB = "ana,canaryloyal", "bob,new"


def records(drawn: str) -> list[str]:
    """Give the records of a drawing."""
    return [line.strip() for line in drawn.strip().splitlines()]


def make_shop(directory: Path, *, with_ana: bool = True) -> Project:
    """Make a shop's folder, with a key that all have; its nights are not run yet."""
    directory.mkdir(parents=True, exist_ok=True)
    project = Project(directory)
    project.configure(SHOP_WITH_VAULT, SOURCES)
    project.write("secrets/pseudonym.key", b"k" * 32)
    project.write("queries/clean/own_clicks.sql", CLICKS)
    land(project, "1", [*(records(ANAS) if with_ana else []), *records(OTHERS)])
    clicks = [*(CLICKS_OF_ANA if with_ana else []), *CLICKS_OF_OTHERS]
    write_lines(project, "landing/clicks/1.csv", "click,day,campaign,keyword", clicks)
    project.write("queries/clean/own_tickets.sql", TICKETS)
    tickets = [*(TICKETS_OF_ANA if with_ana else []), *TICKETS_OF_OTHERS]
    write_lines(project, "landing/tickets/1.csv", "ticket,moment,status,mail,cookie", tickets)
    write_lines(project, "customers.csv", "user_id,persona", [ANA, BOB] if with_ana else [BOB])
    return project


def shop_of_two_nights(directory: Path) -> Project:
    """Run the shop's two nights, so that there is a former publication."""
    project = make_shop(directory)
    later = records(OTHERS)[-2]
    land(project, "1", [line for line in [*records(ANAS), *records(OTHERS)] if line != later])
    project.run()
    land(project, "2", [later])
    project.run(with_page=True)
    return project


def land(project: Project, name: str, lines: Iterable[str]) -> Path:
    """Bring a file of the web's records."""
    return write_lines(project, f"landing/web/{name}.csv", COLUMNS, lines)


def write_lines(project: Project, name: str, header: str, lines: Iterable[str]) -> Path:
    """Write a CSV file."""
    return project.write(name, "\n".join([header, *lines]) + "\n")


def copied(project: Project, directory: Path) -> Project:
    """Copy a project as it stands."""
    shutil.copytree(project.dir, directory)
    return Project(directory)


def files_holding(directory: Path, word: str) -> list[str]:
    """List the files below a folder that hold the bytes of a word."""
    files = (file for file in directory.rglob("*") if file.is_file())
    return [
        str(file.relative_to(directory)) for file in files if word.encode() in file.read_bytes()
    ]
