-- One row per source: what it has brought in all nights, how fresh it is, and whether it is late.
--
-- Source: ops.loads. Needs $now, and $named, the sources of the config. What is usual is the median time between
-- the last sixty nights on which it brought something; after twice that it is late. With less than three such
-- times nothing is said, nor of a source that the config has no more. Nights of a clock that was ahead are left out:
-- nothing would be late until then.
with nights as (
    select distinct
        loads.source,
        loads.loaded_at
    from ops.loads
    where loads.refused_reason is null and loads.loaded_at <= $now::timestamptz
    qualify dense_rank() over (partition by loads.source order by loads.loaded_at desc) <= 60
),

pauses as (
    select
        nights.source,
        nights.loaded_at,
        epoch(nights.loaded_at)
        - epoch(lag(nights.loaded_at) over (partition by nights.source order by nights.loaded_at)) as seconds
    from nights
),

usual as (
    select
        pauses.source,
        max(pauses.loaded_at) as last_loaded,
        case when count(pauses.seconds) >= 3 then median(pauses.seconds) end as seconds
    from pauses
    group by pauses.source
),

totals as (
    select
        loads.source,
        count(*) as files,
        count(loads.refused_reason) as refused_files,
        sum(loads.records)::bigint as records,
        sum(loads.accepted)::bigint as accepted,
        sum(loads.duplicates)::bigint as duplicates,
        sum(loads.rejected)::bigint as rejected,
        max(loads.last_at) as newest_touch
    from ops.loads
    group by loads.source
)

select
    totals.source,
    totals.files,
    totals.refused_files,
    totals.records,
    totals.accepted,
    totals.duplicates,
    totals.rejected,
    totals.newest_touch,
    usual.last_loaded,
    round((epoch($now::timestamptz) - epoch(totals.newest_touch)) / 3600, 1) as hours_since_touch,
    round((epoch($now::timestamptz) - epoch(usual.last_loaded)) / 3600, 1) as hours_since_load,
    round(usual.seconds / 3600, 1) as usual_hours,
    if(
        list_contains($named::varchar[], totals.source),
        epoch($now::timestamptz) - epoch(usual.last_loaded) > 2 * usual.seconds,
        null
    ) as is_late
from totals
left join usual on totals.source = usual.source
order by totals.source
