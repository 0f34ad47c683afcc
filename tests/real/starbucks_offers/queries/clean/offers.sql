-- One row per event of a member: offers received, viewed and completed, and purchases in a store.
--
-- Time is whole hours since a start that nobody told: the first of January 2018 stands for it.
select
    records.record_no,
    case when event_names.ours is null then 'unknown_event_shape' end as reject_reason,
    timestamptz '2018-01-01 00:00:00+00'
    + to_hours((records.record ->> '$.time')::bigint) as occurred_at,
    'minute' as time_precision,
    event_names.ours as event,
    if(event_names.ours = 'purchase', 'store', 'app') as channel,
    records.record ->> '$.person' as user_id,
    coalesce(
        records.record ->> '$.value."offer id"', records.record ->> '$.value.offer_id'
    ) as campaign,
    (records.record ->> '$.value.amount')::decimal(18, 4) as value
from records
left join (
    values
    ('offer received', 'mailing_received'),
    ('offer viewed', 'offer_viewed'),
    ('offer completed', 'offer_completed'),
    ('transaction', 'purchase')
) as event_names (raw, ours) on records.record ->> '$.event' = event_names.raw
