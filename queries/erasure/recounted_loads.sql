-- One row per load that an erasure took touches from: how many, how many records stand without a touch
-- now, and when the first and last of its touches happened that are left.
--
-- Source: erased_touches; stored_touches, which are those left; replayed, loads that are read again tonight and
-- counted as they come.
with counted_touches as (
    select
        erased.source,
        erased.load_id,
        erased.record_no
    from erased_touches as erased
    anti join replayed on erased.source = replayed.source and erased.load_id = replayed.load_id
),

erased_records as (
    select distinct
        counted_touches.source,
        counted_touches.load_id,
        counted_touches.record_no
    from counted_touches
),

loads as (
    select distinct
        erased_records.source,
        erased_records.load_id
    from erased_records
),

left_touches as (
    select
        touches.source,
        touches.load_id,
        touches.record_no,
        touches.occurred_at
    from stored_touches as touches
    semi join loads on touches.source = loads.source and touches.load_id = loads.load_id
),

records as (
    select
        erased_records.source,
        erased_records.load_id,
        count(*) as records
    from erased_records
    anti join left_touches
        on
            erased_records.source = left_touches.source
            and erased_records.load_id = left_touches.load_id
            and erased_records.record_no = left_touches.record_no
    group by erased_records.source, erased_records.load_id
),

touches as (
    select
        counted_touches.source,
        counted_touches.load_id,
        count(*) as touches
    from counted_touches
    group by counted_touches.source, counted_touches.load_id
),

times as (
    select
        left_touches.source,
        left_touches.load_id,
        min(left_touches.occurred_at) as first_at,
        max(left_touches.occurred_at) as last_at
    from left_touches
    group by left_touches.source, left_touches.load_id
)

select
    touches.source,
    touches.load_id,
    touches.touches,
    coalesce(records.records, 0) as records,
    times.first_at,
    times.last_at
from touches
left join records on touches.source = records.source and touches.load_id = records.load_id
left join times on touches.source = times.source and touches.load_id = times.load_id
