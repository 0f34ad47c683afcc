-- One row per impression, click or conversion in Campaign Manager 360's log files (Data Transfer v2).
--
-- Source: `records`, the columns of the file by header, all text. Times are microseconds since 1970.
-- User ID 0 means that the network withholds the user: such a touch is counted and is nobody's, as
-- if consent were denied. A click's own id is told where the shop lets U Value carry it ("dclid=…"); the
-- rest of U Value is anyone's and is not kept. Campaigns, sites and creatives are ids; their names lie in match tables.
with ad_records as (
    (
        select
            null::varchar as "Campaign ID",
            null::varchar as "Impression ID",
            null::varchar as "Event Sub-Type",
            null::varchar as "Advertiser ID",
            null::varchar as "Ad ID",
            null::varchar as "Site ID (CM360)",
            null::varchar as "Site ID",
            null::varchar as "Placement ID",
            null::varchar as "Rendering ID",
            null::varchar as "Creative ID",
            null::varchar as "Activity ID",
            null::varchar as "U Value",
            null::varchar as "Country Code",
            null::varchar as "Country"
        where false
    )
    union all by name
    select * from records
),

-- Only what is named here: a column of the file that is called as one of ours below would stand before it.
ad_events as (
    select
        record_no,
        "Event Time",
        "Event Sub-Type",
        "Campaign ID",
        "Advertiser ID",
        "Ad ID",
        "Site ID (CM360)",
        "Site ID",
        "Placement ID",
        "Rendering ID",
        "Creative ID",
        "Activity ID",
        "Country Code",
        "Country",
        upper(trim("Event Type")) as event_type,
        nullif(trim("User ID"), '') as network_user,
        known("Impression ID") as impression_id,
        nullif(
            regexp_extract("U Value", '(?:^|[?&;|])dclid=([^?&;|#]+)', 1), ''
        ) as click_id
    from ad_records
)

select
    record_no,
    case
        when event_type in ('VIEW', 'IMPRESSION', 'CLICK', 'CONVERSION') then null
        else 'unknown_event_shape'
    end as reject_reason,
    impression_id || '/' || event_type || '/' || "Event Time" as native_id,
    epoch_time("Event Time", 'us') as occurred_at,
    'us' as time_precision,
    case
        when event_type in ('VIEW', 'IMPRESSION') then 'ad_impression'
        when event_type = 'CLICK' then 'ad_click'
        when event_type = 'CONVERSION' then 'ad_conversion'
    end as event,
    getvariable('channel')::varchar as channel,
    'display' as traffic,
    nullif(network_user, '0') as network_user_id,
    click_id,
    if(click_id is null, null, 'dclid') as click_id_type,
    known("Campaign ID") as campaign,
    if(nullif(network_user, '0') is null, 'denied', null) as consent_analytics,
    "Event Sub-Type" as event_sub_type,
    "Advertiser ID" as advertiser_id,
    "Ad ID" as ad_id,
    coalesce("Site ID (CM360)", "Site ID") as site_id,
    "Placement ID" as placement_id,
    coalesce("Rendering ID", "Creative ID") as creative_id,
    "Activity ID" as activity_id,
    coalesce("Country Code", "Country") as country
from ad_events
