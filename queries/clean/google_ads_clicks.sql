-- records: json $.results
-- One row per ad click that Google Ads listed with its id (the API's click_view): a look-up, and no touches.
--
-- Source: `records`, nested as the API tells them (camelCase or snake_case), or flat with dotted or underscored
-- names, as tables and BigQuery's transfer have them. A click has a day of the account's zone and no time: so it
-- is never a touch, but names the ad behind the visit that carried its gclid. A gclid or a day that was not asked
-- for stands in the resource's name (customers/…/clickViews/<day>~<gclid>).
-- A campaign that has no name in the report goes by its number.
with parsed_records as (
    select
        records.record_no,
        json_transform(
            records.record,
            '{
                "clickView": {
                    "gclid": "VARCHAR", "resourceName": "VARCHAR", "keywordInfo": {"text": "VARCHAR"}
                },
                "adGroup": {"id": "VARCHAR", "name": "VARCHAR"},
                "campaign": {"id": "VARCHAR", "name": "VARCHAR"},
                "segments": {"date": "VARCHAR", "adNetworkType": "VARCHAR", "ad_network_type": "VARCHAR"},
                "click_view": {
                    "gclid": "VARCHAR", "resource_name": "VARCHAR", "keyword_info": {"text": "VARCHAR"}
                },
                "ad_group": {"id": "VARCHAR", "name": "VARCHAR"},
                "click_view.gclid": "VARCHAR",
                "click_view.resource_name": "VARCHAR",
                "click_view.keyword_info.text": "VARCHAR",
                "ad_group.id": "VARCHAR",
                "ad_group.name": "VARCHAR",
                "campaign.id": "VARCHAR",
                "campaign.name": "VARCHAR",
                "segments.date": "VARCHAR",
                "segments.ad_network_type": "VARCHAR",
                "click_view_gclid": "VARCHAR",
                "click_view_resource_name": "VARCHAR",
                "click_view_keyword_info_text": "VARCHAR",
                "ad_group_id": "VARCHAR",
                "ad_group_name": "VARCHAR",
                "campaign_id": "VARCHAR",
                "campaign_name": "VARCHAR",
                "segments_date": "VARCHAR",
                "segments_ad_network_type": "VARCHAR"
            }'
        ) as told
    from records
),

listed_clicks as (
    select
        record_no,
        known(
            coalesce(
                told.clickView.gclid, told.click_view.gclid, told."click_view.gclid", told.click_view_gclid
            )
        ) as gclid,
        coalesce(
            told.clickView.resourceName,
            told.click_view.resource_name,
            told."click_view.resource_name",
            told.click_view_resource_name
        ) as resource_name,
        coalesce(told.segments.date, told."segments.date", told.segments_date) as day,
        coalesce(
            known(coalesce(told.campaign.name, told."campaign.name", told.campaign_name)),
            known(coalesce(told.campaign.id, told."campaign.id", told.campaign_id))
        ) as campaign,
        coalesce(
            known(
                coalesce(told.adGroup.name, told.ad_group.name, told."ad_group.name", told.ad_group_name)
            ),
            known(coalesce(told.adGroup.id, told.ad_group.id, told."ad_group.id", told.ad_group_id))
        ) as ad_group,
        known(
            coalesce(
                told.clickView.keywordInfo.text,
                told.click_view.keyword_info.text,
                told."click_view.keyword_info.text",
                told.click_view_keyword_info_text
            )
        ) as keyword,
        known(
            coalesce(
                told.segments.adNetworkType,
                told.segments.ad_network_type,
                told."segments.ad_network_type",
                told.segments_ad_network_type
            )
        ) as network
    from parsed_records
),

dated_clicks as (
    select
        *,
        coalesce(gclid, nullif(regexp_extract(resource_name, '/clickViews/[^~]*~(.+)$', 1), '')) as click_id,
        coalesce(
            nullif(trim(day), ''), nullif(regexp_extract(resource_name, '/clickViews/([^~]*)~', 1), '')
        ) as told_day
    from listed_clicks
)

select
    record_no,
    case
        when click_id is null then 'unknown_event_shape'
        when
            told_day is not null
            and (not regexp_full_match(told_day, '\d{4}-\d{2}-\d{2}') or try_cast(told_day as date) is null)
            then 'not_a_time'
    end as reject_reason,
    click_id,
    if(click_id is null, null, 'gclid') as click_id_type,
    try_cast(told_day as date) as day,
    campaign,
    ad_group,
    keyword,
    lower(network) as network
from dated_clicks
