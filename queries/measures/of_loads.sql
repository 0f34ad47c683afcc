-- One row per source of the config: what it brought tonight; a silent one brought nothing.
--
-- Source: scratch.loads, scratch.touches; getvariable('sources'), getvariable('tonight'). A conflict is no
-- fault of the source. Behind: minutes from its newest touch to tonight's run; null where it told no touch.
with sources as (
    select unnest(getvariable('sources')::varchar[]) as source
),

loaded as (
    select
        loads.source,
        sum(loads.records) as records,
        sum(loads.rejected - loads.conflicts) as rejected,
        sum(loads.duplicates) as duplicates,
        max(loads.last_at) as newest_at
    from scratch.loads as loads
    group by loads.source
),

touched as (
    select
        touches.source,
        count(*) as touches,
        count_if(touches.strong_id is null) as anonymous
    from scratch.touches as touches
    group by touches.source
)

select
    sources.source,
    coalesce(loaded.records, 0)::double as records,
    coalesce(touched.touches, 0)::double as touches,
    coalesce(loaded.rejected, 0)::double as rejected,
    coalesce(loaded.duplicates, 0)::double as duplicates,
    coalesce(touched.anonymous, 0)::double as anonymous,
    greatest(
        round((epoch(getvariable('tonight')::timestamptz) - epoch(loaded.newest_at)) / 60), 0
    )::double as behind
from sources
left join loaded on sources.source = loaded.source
left join touched on sources.source = touched.source
order by sources.source
