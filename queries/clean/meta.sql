-- records: json $.data
-- One row per record of what Meta charged for a day of a campaign, or of a part of it.
--
-- Source: `records` of the Marketing API's Insights, asked for by day (time_increment=1), or the same names as the
-- columns of a table; spend is in the account's currency. A row of several days tells no day, and is refused.
-- Days are those of the ad account's zone. Clicks are all clicks on an ad, likes and shares too, unless only those
-- on its link were asked for. Actions and conversions are Meta's own claims, and are not kept.
-- A part is an ad, a placement, an age: all that a row says of what it is about. Told again, it counts as told last.
-- Ask for the same parts every time: a day told by campaign and again by ad counts twice.
-- A campaign that has no name in the report goes by its number.
with parsed_records as (
    select
        records.record_no,
        json_transform(
            records.record,
            '{
                "date_start": "VARCHAR",
                "date_stop": "VARCHAR",
                "account_currency": "VARCHAR",
                "account_id": "VARCHAR",
                "adset_id": "VARCHAR",
                "adset_name": "VARCHAR",
                "ad_id": "VARCHAR",
                "ad_name": "VARCHAR",
                "objective": "VARCHAR",
                "age": "VARCHAR",
                "gender": "VARCHAR",
                "country": "VARCHAR",
                "region": "VARCHAR",
                "dma": "VARCHAR",
                "publisher_platform": "VARCHAR",
                "platform_position": "VARCHAR",
                "device_platform": "VARCHAR",
                "impression_device": "VARCHAR",
                "product_id": "VARCHAR",
                "frequency_value": "VARCHAR",
                "user_segment_key": "VARCHAR",
                "title_asset": "VARCHAR",
                "body_asset": "VARCHAR",
                "image_asset": "VARCHAR",
                "video_asset": "VARCHAR",
                "link_url_asset": "VARCHAR",
                "call_to_action_asset": "VARCHAR",
                "description_asset": "VARCHAR",
                "ad_format_asset": "VARCHAR",
                "hourly_stats_aggregated_by_advertiser_time_zone": "VARCHAR",
                "hourly_stats_aggregated_by_audience_time_zone": "VARCHAR",
                "campaign_id": "VARCHAR",
                "campaign_name": "VARCHAR",
                "impressions": "VARCHAR",
                "clicks": "VARCHAR",
                "inline_link_clicks": "VARCHAR",
                "spend": "VARCHAR"
            }'
        ) as told
    from records
),

typed_rows as (
    select
        record_no,
        told,
        if(
            regexp_full_match(trim(told.date_start), '\d{4}-\d{2}-\d{2}')
            and coalesce(nullif(trim(told.date_stop), ''), trim(told.date_start)) = trim(told.date_start),
            try_cast(told.date_start as date),
            null
        ) as day,
        coalesce(known(told.campaign_name), known(told.campaign_id)) as campaign,
        coalesce(known(told.account_currency), getvariable('currency')::varchar) as currency,
        nullif(told.impressions, '') as told_impressions,
        coalesce(nullif(told.clicks, ''), nullif(told.inline_link_clicks, '')) as told_clicks,
        try_cast(told_impressions as bigint) as impression_count,
        try_cast(told_clicks as bigint) as click_count,
        try_cast(told.spend as decimal(18, 4)) as amount,
        -- What a row is about.
        nullif(
            concat_ws(
                '|',
                told.account_id,
                told.campaign_id,
                told.adset_id,
                told.adset_name,
                told.ad_id,
                told.ad_name,
                told.objective,
                told.age,
                told.gender,
                told.country,
                told.region,
                told.dma,
                told.publisher_platform,
                told.platform_position,
                told.device_platform,
                told.impression_device,
                told.product_id,
                told.frequency_value,
                told.user_segment_key,
                told.title_asset,
                told.body_asset,
                told.image_asset,
                told.video_asset,
                told.link_url_asset,
                told.call_to_action_asset,
                told.description_asset,
                told.ad_format_asset,
                told.hourly_stats_aggregated_by_advertiser_time_zone,
                told.hourly_stats_aggregated_by_audience_time_zone
            ),
            ''
        ) as subject
    from parsed_records
),

judged_rows as (
    select
        *,
        case
            when told.date_start is null and told.spend is null then 'unknown_event_shape'
            when day is null then 'not_a_time'
            when amount is null then 'not_a_number'
            when told_impressions is not null and impression_count is null then 'not_a_number'
            when told_clicks is not null and click_count is null then 'not_a_number'
        end as reject_reason
    from typed_rows
)

select
    record_no,
    reject_reason,
    day,
    getvariable('source')::varchar as source,
    getvariable('channel')::varchar as channel,
    campaign,
    md5(subject) as part,
    impression_count as impressions,
    click_count as clicks,
    try_cast(amount as decimal(18, 4)) as cost,
    currency
from judged_rows
