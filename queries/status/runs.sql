-- One row per published run, the newest first, at most ten.
--
-- Source: ops.runs.
select
    runs.run_id,
    runs.started_at,
    round((epoch_ms(runs.finished_at) - epoch_ms(runs.started_at)) / 1000, 1) as seconds,
    'published' as outcome,
    0 as exit_code,
    runs.cut_off,
    runs.headline
from ops.runs
order by runs.started_at desc
limit 10
