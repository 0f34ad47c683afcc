-- One row: what was earned on the last day that is whole, the one before the day of the cut-off, or of the
-- newest touch by then that is not ahead of tonight.
--
-- Source: core.sessions, core.touchpoints, ops.project. A day without a session earned nothing. What comes
-- later of that day is not in it, now as on all nights: so each day is compared with others as they were told
-- when they were as old.
with newest as (
    select max(touches.occurred_at) as touch_at
    from core.touchpoints as touches
    where touches.occurred_at <= getvariable('tonight')::timestamptz
),

last_day as (
    select
        timezone(project.time_zone, least(project.cut_off, newest.touch_at))::date - 1 as day,
        project.time_zone
    from ops.project as project
    cross join newest
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
