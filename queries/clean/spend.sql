-- One row per day, channel and campaign of what advertising cost, as a platform reports it.
--
-- Source: `records`, named as [sources.columns] says: day and cost are needed, the rest may be absent.
-- A day with a clock and a zone is the day of that instant in the account's own zone.
-- Platforms give sums only, and no touch is made of them. A campaign that is not named is null. Where a campaign's
-- day has several rows, `part` says what each is about; without it a file's rows of one day are summed.
with spend_records as (
    (
        select
            null::varchar as channel,
            null::varchar as campaign,
            null::varchar as part,
            null as impressions,
            null as clicks,
            null::varchar as currency
        where false
    )
    union all by name
    select * from records
),

-- Only what is named here: a column of the file that is called as one of ours below would stand before it.
typed_spend as (
    select
        record_no,
        day,
        cost,
        channel,
        campaign,
        part,
        impressions,
        clicks,
        currency,
        any_time(
            day,
            getvariable('time_unit')::varchar,
            getvariable('time_format')::varchar,
            getvariable('timezone')::varchar
        ) as noon,
        try_cast(impressions as bigint) as impression_count,
        try_cast(clicks as bigint) as click_count,
        try_cast(cost as decimal(18, 4)) as amount
    from spend_records
)

select
    record_no,
    case
        when noon is null then 'not_a_time'
        when amount is null then 'not_a_number'
        when impressions is not null and impression_count is null then 'not_a_number'
        when clicks is not null and click_count is null then 'not_a_number'
    end as reject_reason,
    timezone(getvariable('timezone')::varchar, noon)::date as day,
    getvariable('source')::varchar as source,
    coalesce(known(channel), getvariable('channel')::varchar) as channel,
    known(campaign) as campaign,
    known(part) as part,
    impression_count as impressions,
    click_count as clicks,
    amount as cost,
    coalesce(known(currency), getvariable('currency')::varchar) as currency
from typed_spend
