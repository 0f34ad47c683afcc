"""A shop of two sources, and the files that three nights bring it."""

from tests.projects import SHOP, WEB, Project

ORDERS = """
    [[sources]]
    name = "shop"
    channel = "store"
    format = "events"
    files = "landing/shop/*"
    [sources.columns]
    occurred_at = "at"
    event = "event"
    user_id = "who"
    order_id = "order"
    value = "amount"
"""
NIGHTS = [
    {
        "landing/web/1.csv": """
            at               | event         | who
            -----------------+---------------+-----
            2026-01-05T09:00 | ad_impression | ana
            2026-01-05T09:10 | page_view     | ana
            2026-01-05T10:00 | search        | bob
            2026-01-05T10:20 | view_item     | bob
        """,
        "landing/shop/1.csv": """
            at               | event       | who  | order | amount
            -----------------+-------------+------+-------+-------
            2026-01-06T12:00 | purchase    | ana  | o1    | 20
            2026-01-06T12:10 | store_visit | cleo |       |
        """,
    },
    {
        "landing/web/2.csv": """
            at               | event       | who
            -----------------+-------------+-----
            2026-01-07T09:00 | add_to_cart | bob
            2026-05-01T09:00 | view_item   | bob
            2026-01-06T09:00 | mystery     | cleo
        """,
        "landing/shop/2.csv": """
            at               | event    | who  | order | amount
            -----------------+----------+------+-------+-------
            2026-02-06T12:00 | return   | ana  | o1    | -5
            2026-02-06T12:00 | purchase | cleo | o2    | 7.5
        """,
    },
    {
        "landing/web/3.csv": """
            at               | event          | who
            -----------------+----------------+-----
            2026-01-05T10:10 | begin_checkout | bob
            2026-01-04T09:00 | email_open     | ana
        """,
        "landing/shop/3.csv": """
            at               | event    | who | order | amount
            -----------------+----------+-----+-------+-------
            2026-01-05T10:15 | purchase | bob | o3    | 1
        """,
    },
]


def bring(project: Project, *nights: int) -> None:
    """Write the files of some nights."""
    for night in nights:
        for name, log in NIGHTS[night].items():
            project.write_log(name, log)


def two_sources(project: Project) -> Project:
    """Give a project its second source."""
    project.configure(SHOP, WEB, ORDERS)
    return project
