-- One row per source, measure and day: what had come of it by this time of the day.
--
-- Source: measured, which is ops.measures; getvariable('tonight'), getvariable('zone'). What runs brought
-- adds up over a day's runs; what they told of the shop, and how far behind a source is, is as the last of
-- them told it. A run counts if it began at most two hours later in its day than tonight's did: a morning is
-- compared with mornings. Older nights wrote null for a day without a conversion.
with runs as (
    select
        measured.* replace (coalesce(measured.value, 0) as value),
        timezone(getvariable('zone')::varchar, measured.measured_at)::time as began,
        timezone(getvariable('zone')::varchar, getvariable('tonight')::timestamptz)::time as begins
    from measured
),

alike as (
    select runs.*
    from runs
    where epoch(runs.began) <= epoch(runs.begins) + 7200
)

select
    alike.source,
    alike.measure,
    alike.day,
    case
        when alike.source is null or alike.measure = 'behind'
            then arg_max(alike.value, alike.measured_at)
        else sum(alike.value)
    end as value,
    sum(alike.out_of) as out_of
from alike
group by alike.source, alike.measure, alike.day
order by alike.source, alike.measure, alike.day
