"""Stitching millions of touches: seconds to find whose each one is, by step.

The touches are invented in DuckDB: each device has an owner, one in fifty two; four touches in ten
carry a strong identifier, one in ten two or three of them. What is timed is what a night does:
links, hubs, persons, devices, and the customer of every touch.
"""

import argparse
import time
from pathlib import Path

from pipeline.identity import stitch
from pipeline.night import tonight
from pipeline.sections import Identity, Traffic
from pipeline.touches import tell_touches
from pipeline.warehouse import Warehouse

_BUILD = Path(__file__).parent.parent / "build" / "bench"
_TOUCHES_PER_DEVICE = 5
_ID = "left(md5('{kind}' || ({number})::varchar), 12)"


def main() -> None:
    """Measure, and print what was measured."""
    wanted = argparse.ArgumentParser(description=__doc__)
    wanted.add_argument("--touches", type=int, default=10_000_000)
    wanted.add_argument("--runs", type=int, default=3)
    arguments = wanted.parse_args()
    for _ in range(arguments.runs):
        with tonight(_BUILD / "identity" / "journeys.duckdb", 4 * 10**9) as night:
            _invent(night.warehouse, arguments.touches)
            _measure(night.warehouse)


def _invent(warehouse: Warehouse, touches: int) -> None:
    devices = touches // _TOUCHES_PER_DEVICE
    people = devices // 4
    user, mail, order, cookie = (
        _ID.format(kind=kind, number=number)
        for kind, number in (
            ("u", "person"),
            ("e", "person"),
            ("o", "number // 10"),
            ("c", "device"),
        )
    )
    warehouse.load_macros("macros")
    warehouse.run(
        f"""
        create table scratch.touches as
        with drawn as (
            select
                number, hash(number) % {devices} as device, hash(number, 1) % 100 as chance,
                timestamptz '2026-01-01' + to_seconds((hash(number, 2) % 31536000)::bigint)
                    as occurred_at
            from range({touches}) as numbers (number)
        ),

        owned as (
            select
                *,
                if(device % 50 = 0, hash(device, chance % 2), hash(device)) % {people} as person
            from drawn
        ),

        named as (
            select
                *,
                case
                    when chance < 5 then [{user}, {mail}, {order}]
                    when chance < 10 then [{user}, {mail}]
                    when chance < 35 then [{user}]
                    when chance < 40 then [{mail}]
                end as strong_ids
            from owned
        )

        select
            left(md5(number::varchar), 12) as touchpoint_id, 'web' as source, occurred_at,
            'view_item' as event, 'web' as channel, null::varchar as campaign,
            false as is_machine, false as is_test, false as is_bot,
            null::varchar as utm_source, null::varchar as utm_medium,
            null::varchar as utm_campaign, null::varchar as utm_term,
            null::varchar as click_id_type, null::varchar as referrer_host,
            null::varchar as traffic, null::varchar as click_id,
            strong_ids[1] as strong_id, if(len(strong_ids) > 1, strong_ids, null) as strong_ids,
            {cookie} as weak_id
        from named
        """
    )
    warehouse.run(
        "create temp view gathered_touches as select *, null::varchar as known_customer_id, "
        "null::varchar as known_led_by from scratch.touches"
    )
    warehouse.run(
        f"""
        create table scratch.identifiers as
        select {_ID.format(kind="c", number="n")} as identifier, 'anonymous_id' as type
        from range({devices}) as numbers (n)
        union all
        select {_ID.format(kind="u", number="n")}, 'user_id' from range({people}) as numbers (n)
        union all
        select {_ID.format(kind="e", number="n")}, 'email' from range({people}) as numbers (n)
        union all
        select {_ID.format(kind="o", number="n")}, 'order_id'
        from range({touches} // 10) as numbers (n)
        """
    )
    for table, columns in (
        ("scratch.record_links", "one_id varchar, other_id varchar"),
        ("scratch.known_customers", "strong_ids varchar[]"),
        ("stored_links", "one_id varchar, other_id varchar, told_by varchar"),
    ):
        warehouse.run(f"create table {table} ({columns})")
    warehouse.run("create temp view known_identifiers as from scratch.identifiers")
    warehouse.run(
        "create table scratch.ad_clicks (click_id varchar, campaign varchar, keyword varchar)"
    )


def _measure(warehouse: Warehouse) -> None:
    touches, identifiers = warehouse.rows(
        "select (select count(*) from scratch.touches), count(*) from scratch.identifiers"
    )[0]
    started = time.perf_counter()
    stitch(warehouse, Identity())
    stitched = time.perf_counter()
    tell_touches(warehouse, (), Traffic())
    words = time.perf_counter()
    # No table of it is made in a night: those that are read the view.
    warehouse.rows("select count(customer_id), count(led_by) from told_touches")
    ended = time.perf_counter() - (words - stitched)
    persons = warehouse.value("select count(distinct customer_id) from told_touches")
    print(
        f"{touches} touches, {identifiers} identifiers, {persons} customers: "
        f"stitch {stitched - started:.1f} s + whose {ended - stitched:.1f} s "
        f"= {ended - started:.1f} s"
    )


if __name__ == "__main__":
    main()
