-- One row per source that is measured: what it brought tonight; a silent one brought nothing.
--
-- Source: scratch.loads, scratch.touches, replayed; getvariable('sources'), getvariable('tonight'). What is
-- read again was brought before. A conflict is no fault of the source. Behind: minutes from its newest touch
-- to tonight's run; null where it told no touch.
with sources as (
    select unnest(getvariable('sources')::varchar[]) as source
),

loads as (
    select loads.*
    from scratch.loads as loads
    anti join replayed
        on loads.source = replayed.source and loads.load_id = replayed.load_id and replayed.was_readable
),

loaded as (
    select
        loads.source,
        sum(loads.records) as records,
        sum(loads.rejected - loads.conflicts) as rejected,
        sum(loads.duplicates) as duplicates,
        max(loads.last_at) as newest_at
    from loads
    group by loads.source
),

touched as (
    select
        loads.source,
        count(*) as touches,
        count(*) filter (where touches.strong_id is null) as anonymous
    from scratch.touches as touches
    inner join loads on touches.load_no = loads.load_no
    group by loads.source
)

select
    sources.source,
    coalesce(loaded.records, 0)::double as records,
    coalesce(touched.touches, 0)::double as touches,
    coalesce(loaded.rejected, 0)::double as rejected,
    coalesce(loaded.duplicates, 0)::double as duplicates,
    coalesce(touched.anonymous, 0)::double as anonymous,
    if(
        loaded.newest_at is not null,
        greatest(round((epoch(getvariable('tonight')::timestamptz) - epoch(loaded.newest_at)) / 60), 0),
        null
    )::double as behind
from sources
left join loaded on sources.source = loaded.source
left join touched on sources.source = touched.source
order by sources.source
