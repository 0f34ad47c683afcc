-- One row: what was earned on the last day that is whole, the one before the day of the cut-off.
--
-- Source: core.sessions, ops.project. A day without a session earned nothing. What comes later of that day
-- is not in it, now as on all nights: so each day is compared with others as they were told when they were
-- as old.
with last_day as (
    select
        timezone(project.time_zone, project.cut_off)::date - 1 as day,
        project.time_zone
    from ops.project as project
)

select
    last_day.day,
    count(*) filter (where sessions.converted)::double as conversions,
    coalesce(sum(sessions.value), 0)::double as revenue
from last_day
left join core.sessions as sessions
    on
        sessions.started_at >= timezone(last_day.time_zone, last_day.day::timestamp)
        and sessions.started_at < timezone(last_day.time_zone, (last_day.day + 1)::timestamp)
group by last_day.day
