-- records: json $.elements
-- One row per record of what LinkedIn charged for a day of a campaign, or of a part of it.
--
-- Source: `records` of the API's adAnalytics, asked for by day (timeGranularity=DAILY), or the columns of a table
-- that a connector made of them (day, campaign_id, cost_in_local_currency …). A row of several days tells no day,
-- and is refused. Days are UTC's. Money is in the account's currency, which the API does not tell: the source's
-- stands for it. Where only the dollars were asked for, they are taken.
-- The API names what a row is about by URNs: a campaign is its number, unless a name stands beside it. Rows of
-- other pivots (creatives, companies) have no campaign. Clicks are those that LinkedIn charges for.
-- A part is all that a row says of what it is about. Told again, it counts as told last; a day told by
-- campaign and again by creative counts twice, so ask for the same parts every time.
with parsed_records as (
    select
        records.record_no,
        json_transform(
            records.record,
            '{
                "dateRange": {
                    "start": {"year": "INTEGER", "month": "INTEGER", "day": "INTEGER"},
                    "end": {"year": "INTEGER", "month": "INTEGER", "day": "INTEGER"}
                },
                "pivotValues": ["VARCHAR"],
                "pivotValue": "VARCHAR",
                "impressions": "VARCHAR",
                "clicks": "VARCHAR",
                "costInLocalCurrency": "VARCHAR",
                "costInUsd": "VARCHAR",
                "campaignName": "VARCHAR",
                "day": "VARCHAR",
                "campaign_id": "VARCHAR",
                "campaign_name": "VARCHAR",
                "creative_id": "VARCHAR",
                "account_id": "VARCHAR",
                "cost_in_local_currency": "VARCHAR",
                "cost_in_usd": "VARCHAR",
                "currency": "VARCHAR"
            }'
        ) as told
    from records
),

told_rows as (
    select
        record_no,
        told,
        told.dateRange."start" as first_day,
        coalesce(told.dateRange."end", first_day) as last_day,
        -- A warehouse keeps a day as its midnight.
        nullif(
            regexp_extract(
                told.day, '^\s*(\d{4}-\d{2}-\d{2})([T ]00:00(:00([.]0+)?)?( ?(Z|UTC|[+]00(:?00)?))?)?\s*$', 1
            ),
            ''
        ) as flat_day,
        concat_ws(' ', told.pivotValue, array_to_string(told.pivotValues, ' ')) as pivots,
        nullif(coalesce(told.costInLocalCurrency, told.cost_in_local_currency), '') as local_cost,
        nullif(coalesce(told.costInUsd, told.cost_in_usd), '') as dollar_cost,
        nullif(told.impressions, '') as told_impressions,
        nullif(told.clicks, '') as told_clicks
    from parsed_records
),

typed_rows as (
    select
        *,
        case
            when first_day is null then try_cast(flat_day as date)
            when first_day = last_day
                then try(make_date(first_day."year", first_day."month", first_day."day"))
        end as day,
        coalesce(
            known(coalesce(told.campaignName, told.campaign_name)),
            nullif(regexp_extract(pivots, 'urn:li:sponsoredCampaign:(\d+)', 1), ''),
            known(told.campaign_id)
        ) as campaign,
        case
            when local_cost is null and dollar_cost is not null then 'USD'
            else coalesce(known(told.currency), getvariable('currency')::varchar)
        end as currency,
        nullif(
            concat_ws('|', nullif(pivots, ''), told.account_id, told.campaign_id, told.creative_id), ''
        ) as subject,
        try_cast(told_impressions as bigint) as impression_count,
        try_cast(told_clicks as bigint) as click_count,
        try_cast(coalesce(local_cost, dollar_cost) as decimal(24, 10)) as amount
    from told_rows
),

judged_rows as (
    select
        *,
        case
            when first_day is null and told.day is null then 'unknown_event_shape'
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
