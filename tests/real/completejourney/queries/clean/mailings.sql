-- One row per household that a campaign was mailed to, at noon of the campaign's first day.
select
    records.record_no,
    records.campaign_id || '/' || records.household_id as native_id,
    records.household_id::varchar as user_id,
    local_time(
        campaigns.start_date::date + interval 12 hour, getvariable('timezone')::varchar
    ) as occurred_at,
    'day' as time_precision,
    'mailing_received' as event,
    records.campaign_id::varchar as campaign
from records
left join read_parquet(getvariable('file_dir') || '/campaign_descriptions.parquet') as campaigns
    on records.campaign_id = campaigns.campaign_id
