"""What is kept of all nights beside touches: spend, the ads behind clicks, identifiers that met."""

from pipeline.contract import DENIAL
from pipeline.faults import fault_point
from pipeline.warehouse import Warehouse


def keep_beside(warehouse: Warehouse, currency: str) -> None:
    """Add tonight's spend, clicks, identifiers and links to those of all nights before.

    In: scratch.spend, .clicks, .told_denials, .identifiers, .landed, .loads, .objects, and the
    stored views. Makes scratch.all_spend, scratch.ad_clicks, scratch.record_links,
    scratch.withdrawals and scratch.denials; and the view known_identifiers, of tonight's
    identifiers and those of all nights before. Of several words on one part of a campaign's day,
    or on one click id, the newest stands. `currency` is the project's.
    """
    fault_point("beside: keep spend")
    _keep_spend(warehouse, currency)
    fault_point("beside: keep clicks")
    _keep_clicks(warehouse)
    fault_point("beside: keep links and withdrawals")
    _keep_links(warehouse)
    _keep_withdrawals(warehouse)
    _keep_denials(warehouse)
    warehouse.run(
        "create or replace temp view known_identifiers as "
        "select identifier, type, namespace from scratch.identifiers union all "
        "select identifier, type, namespace from stored_identities"
    )


def _keep_spend(warehouse: Warehouse, currency: str) -> None:
    """Keep of each part of a campaign's day what was told last; rows without a part are a sum.

    Accounts in several currencies may share the name of a campaign: each is a cost of its own.
    """
    warehouse.run(
        """
        create table scratch.all_spend as
        with told as (
            select
                spend.*, loads.loaded_at, loads.file, -1 as load_no, 0 as record_no,
                false as is_new
            from stored_spend as spend
            left join stored_loads as loads
                on spend.source = loads.source and spend.load_id = loads.load_id
            union all by name
            -- A file that is read again was told when it was loaded first. What is new is the last
            -- word, though a clock that was ahead may have written a later time.
            select
                spend.*, loads.load_id, loads.loaded_at, loads.file,
                replayed.load_id is null as is_new
            from scratch.spend as spend
            inner join scratch.loads as loads on spend.load_no = loads.load_no
            left join replayed
                on loads.source = replayed.source and loads.load_id = replayed.load_id
        ),

        costs as (
            select * replace (
                replace(channel, '/', '-') as channel,
                coalesce(currency_code(currency), ?) as currency
            )
            from told
        ),

        last_told as (
            select *
            from costs
            qualify rank() over (
                partition by day, source, channel, campaign, part, currency
                order by
                    is_new desc, loaded_at desc nulls last, file desc, load_no desc,
                    if(part is null, null, record_no) desc
            ) = 1
        )

        select
            day, source, channel, campaign, part, sum(impressions)::bigint as impressions,
            sum(clicks)::bigint as clicks, sum(cost)::decimal(18, 4) as cost, currency,
            any_value(load_id) as load_id
        from last_told
        group by day, source, channel, campaign, part, currency
        """,
        [currency],
    )


def _keep_clicks(warehouse: Warehouse) -> None:
    warehouse.run(
        """
        create table scratch.ad_clicks as
        with told as (
            select * from stored_clicks
            union all by name
            select clicks.* exclude (load_no, record_no), loads.source, loads.load_id
            from scratch.clicks as clicks
            inner join scratch.loads as loads on clicks.load_no = loads.load_no
        )

        select told.*
        from told
        qualify row_number() over (
            partition by told.click_id
            order by told.day desc nulls last, told.campaign, told.ad_group, told.keyword,
                told.network, told.source
        ) = 1
        order by told.click_id
        """
    )


def _keep_links(warehouse: Warehouse) -> None:
    """Keep which strong identifiers met on records that touched nobody; touches keep their own.

    Of several files of a source that tell of a meeting, as lists of everybody do each night, the
    last is named, and the meeting goes as that is read again and does not tell of it any more.
    """
    warehouse.run(
        """
        create table scratch.record_links as
        with told as (
            select
                ones.one_id,
                others.other_id,
                landed.source,
                loads.load_id,
                landed.load_no
            from scratch.landed as landed
            inner join scratch.loads as loads on landed.load_no = loads.load_no,
                unnest(landed.strong_ids) as ones (one_id),
                unnest(landed.strong_ids) as others (other_id)
            where not landed.is_touch and landed.reject_reason is null
                and ones.one_id < others.other_id
            union all
            select one_id, other_id, source, load_id, -1 as load_no
            from stored_links
            where told_by = 'record'
        )

        select one_id, other_id, source, arg_max(load_id, load_no) as load_id
        from told
        group by one_id, other_id, source
        """
    )


def _keep_withdrawals(warehouse: Warehouse) -> None:
    """Keep when an object's newest version told no touch, for older versions may come later."""
    warehouse.run(
        """
        create table scratch.withdrawals as
        select objects.source, object_id, version, identifier,
            coalesce(loads.load_id, objects.load_id) as load_id
        from scratch.objects as objects
        left join scratch.loads as loads on objects.load_no = loads.load_no
        where is_withdrawn
        union all
        select source, object_id, version, identifier, load_id
        from stored_withdrawals
        anti join scratch.objects using (source, object_id)
        order by source, object_id
        """
    )


def _keep_denials(warehouse: Warehouse) -> None:
    """Keep every word on consent of a record that denies analytics: only a later word ends it."""
    denial = ", ".join(DENIAL)
    warehouse.run(
        f"create table scratch.denials as select {denial} from scratch.told_denials "
        f"union select {denial} from stored_denials order by all"
    )
