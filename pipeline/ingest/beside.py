"""What is kept of all nights beside touches: spend, the ads behind clicks, identifiers that met."""

from pipeline.warehouse import Warehouse


def keep_beside(warehouse: Warehouse, *, has_yesterday: bool) -> None:
    """Add tonight's spend, clicks, identifiers and links to those of all nights before.

    In: scratch.spend, .clicks, .identifiers, .landed, .refused. Makes core.spend, core.ad_clicks
    and scratch.record_links; widens scratch.identifiers. Of several words on one day of a campaign
    or on one click id the newest stands.
    """
    _keep_spend(warehouse, has_yesterday=has_yesterday)
    _keep_clicks(warehouse, has_yesterday=has_yesterday)
    _keep_links(warehouse, has_yesterday=has_yesterday)
    if has_yesterday:
        warehouse.run(
            "insert into scratch.identifiers "
            "select distinct identifier, type, namespace from yesterday.core.identities"
        )


def _keep_spend(warehouse: Warehouse, *, has_yesterday: bool) -> None:
    known = (
        "select *, 0 as night, -1 as load_no, 0 as record_no from yesterday.core.spend union all"
    )
    warehouse.run(
        f"""
        create table core.spend as
        with told as (
            {known if has_yesterday else ""}
            select day, source, channel, campaign, impressions, clicks, cost, currency,
                1 as night, load_no, record_no
            from scratch.spend
        )

        select
            told.day, told.source, told.channel, told.campaign, told.impressions, told.clicks,
            told.cost, told.currency
        from told
        qualify row_number() over (
            partition by told.day, told.source, told.channel, told.campaign, told.currency
            order by told.night desc, told.load_no desc, told.record_no desc
        ) = 1
        order by told.day, told.source, told.channel, told.campaign
        """
    )


def _keep_clicks(warehouse: Warehouse, *, has_yesterday: bool) -> None:
    known = "select * from yesterday.core.ad_clicks union all"
    warehouse.run(
        f"""
        create table core.ad_clicks as
        with told as (
            {known if has_yesterday else ""}
            select click_id, day, campaign, ad_group, keyword, network from scratch.clicks
        )

        select told.*
        from told
        qualify row_number() over (
            partition by told.click_id
            order by told.day desc nulls last, told.campaign, told.ad_group, told.keyword
        ) = 1
        order by told.click_id
        """
    )


def _keep_links(warehouse: Warehouse, *, has_yesterday: bool) -> None:
    """Keep which strong identifiers met on records that touched nobody; touches keep their own."""
    known = (
        "union select one_id, other_id from yesterday.core.identity_links where told_by = 'record'"
        if has_yesterday
        else ""
    )
    warehouse.run(
        f"""
        create table scratch.record_links as
        select distinct
            least(landed.strong_ids[1], others.other_id) as one_id,
            greatest(landed.strong_ids[1], others.other_id) as other_id
        from scratch.landed as landed, unnest(landed.strong_ids[2:]) as others (other_id)
        where not landed.is_touch and landed.reject_reason is null
        {known}
        """
    )
