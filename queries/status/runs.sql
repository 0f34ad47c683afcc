-- One row per published run, the newest first, at most ten.
--
-- Source: ops.runs, which holds them in the order in which they published: a clock may have gone back.
with runs as (
    select
        published.*,
        row_number() over () as run_no
    from ops.runs as published
)

select
    runs.run_id,
    runs.started_at,
    round((epoch_ms(runs.finished_at) - epoch_ms(runs.started_at)) / 1000, 1) as seconds,
    'published' as outcome,
    0 as exit_code,
    runs.cut_off,
    runs.headline
from runs
order by runs.run_no desc
limit 10
