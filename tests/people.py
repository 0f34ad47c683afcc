"""A small shop whose customers have every kind of identifier, and say what they consent to."""

from pathlib import Path

from tests.projects import SHOP_WITH_VAULT, Project

SHOP_OF_PEOPLE = """
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
    user_id = "user"
    email = "mail"
    phone = "phone"
    loyalty_id = "card"
    anonymous_id = "cookie"
    consent_ads = "ads"
    consent_email = "letters"
    consent_analytics = "counted"
    campaign = "campaign"
    value = "value"
"""
HEADER = "id,at,event,user,mail,phone,card,cookie,ads,letters,counted,campaign,value"


def shop_of_people(directory: Path, *more: str) -> Project:
    """Configure the shop; nobody has been there yet."""
    project = Project(directory)
    project.configure(SHOP_WITH_VAULT, SHOP_OF_PEOPLE, *more)
    return project


def tell(project: Project, name: str, log: str) -> None:
    """Write a file of touches, drawn as a table of some of the columns."""
    lines = [line for line in log.strip().splitlines() if "-+-" not in line]
    drawn, *rows = [[cell.strip() for cell in line.split("|")] for line in lines]
    columns = HEADER.split(",")
    told = [
        ",".join(
            dict(zip(drawn, row, strict=True)).get(
                column, f"{name}{number}" if column == "id" else ""
            )
            for column in columns
        )
        for number, row in enumerate(rows)
    ]
    project.write(f"landing/web/{name}.csv", "\n".join([HEADER, *told]) + "\n")
