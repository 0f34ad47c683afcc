"""Whose an identifier is, and what stays of others: a drawn log, erased, is the log without her."""

import os
from pathlib import Path

import pytest

from tests.canonical import difference
from tests.command import recorrido
from tests.projects import SHOP_WITH_VAULT, Project

pytestmark = pytest.mark.usefixtures("core_only", "unadorned")

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
    loyalty_id = "card"
    order_id = "order"
    anonymous_id = "cookie"
    network_user_id = "network"
    click_id = "click"
"""
COLUMNS = "id,at,event,who,card,order,cookie,network,click"
# Day and hour of January. Ana and Fay met over an order, so they are one person.
LOG = """
    id | at    | who  | card | order  | cookie   | network | click
    ---+-------+------+------+--------+----------+---------+------
    a1 | 20 09 | ana  |      |        | c-ana    |         |
    a2 | 20 10 |      |      |        | c-ana    |         | g-ana
    a3 | 02 09 |      |      |        | c-ana    |         |
    a4 | 21 09 | ana  |      | o-gift |          |         |
    f1 | 22 09 | fay  |      | o-gift | c-fay    |         |
    f2 | 22 10 |      |      |        | c-fay    |         |
    n1 | 19 09 |      |      |        |          | n-ana   | g-ana
    n2 | 05 09 |      |      |        |          | n-ana   |
    s1 | 23 09 | ana  |      |        | c-shared |         |
    s2 | 23 10 |      |      |        | c-shared |         |
    s3 | 24 09 | bob  |      |        | c-shared |         |
    s4 | 24 10 |      |      |        | c-shared |         |
    b1 | 25 09 |      |      |        | c-bob    |         | g-ana
    b2 | 25 10 | bob  |      |        | c-bob    |         |
    t1 | 26 01 | ana  | till |        |          |         |
    t2 | 26 02 | bob  | till |        |          |         |
    t3 | 26 03 | cleo | till |        |          |         |
    t4 | 26 04 | dan  | till |        |          |         |
    t5 | 26 05 | eva  | till |        |          |         |
    t6 | 26 06 |      | till |        | c-till   |         |
    k1 | 27 01 | ana  | club |        |          |         |
    k2 | 27 02 | gil  | club |        |          |         |
    k3 | 27 03 | hal  | club |        |          |         |
    k4 | 27 04 | ivy  | club |        |          |         |
"""
# The till joins four others still, and is a hub; the club joins three now, who are one person.
RULES = """
    [identity]
    mode = "{mode}"
    max_links = 3
    backfill = "2d"
"""
HERS = {"a1", "a2", "a3", "a4", "f1", "f2", "n1", "n2", "s1", "s2", "t1", "k1"}
# What her own are, as each mode of stitching sees it.
GOES = {
    "two_way": HERS,
    "last_person": HERS - {"s2"},
    "device_only": HERS - {"s2", "n1", "n2"},
}
MODES = list(GOES) if os.environ.get("RECORRIDO_ERASURES") == "all" else ["two_way"]


def drawn(log: str) -> dict[str, str]:
    """Read a drawn log: its records by id."""
    rows = [[cell.strip() for cell in line.split("|")] for line in log.strip().splitlines()[2:]]
    return {
        id_: ",".join([id_, f"2026-01-{at[:2]}T{at[3:]}:00:00Z", "view_item", *rest])
        for id_, at, *rest in rows
    }


def shop(directory: Path, lines: list[str], mode: str) -> Project:
    directory.mkdir()
    project = Project(directory)
    project.configure(SHOP_WITH_VAULT, RULES.format(mode=mode), WEB)
    project.write("secrets/pseudonym.key", b"k" * 32)
    project.write("landing/web/1.csv", "\n".join([COLUMNS, *lines]) + "\n")
    project.run()
    return project


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
def test_what_goes_is_the_persons_and_what_stays_is_the_others(tmp_path: Path, mode: str) -> None:
    log = drawn(LOG)
    whole = shop(tmp_path / "whole", list(log.values()), mode)
    others = [line for id_, line in log.items() if id_ not in GOES[mode]]
    without = shop(tmp_path / "without", others, mode)
    said = recorrido("erase", "--id", "loyalty_id=till", cwd=whole.dir, answer=2).stderr
    assert "(a hub)" in said
    recorrido("erase", "--id", "user_id=ana", cwd=whole.dir)
    assert not difference(whole.published, without.published)
