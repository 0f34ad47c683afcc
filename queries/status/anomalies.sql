-- One row per unusual figure of the last ten published runs, the newest first.
--
-- Source: ops.anomalies, ops.runs.
with last_runs as (
    select
        runs.run_id,
        runs.started_at,
        row_number() over () as run_no
    from ops.runs
    order by run_no desc
    limit 10
)

select
    last_runs.started_at,
    anomalies.source,
    anomalies.measure,
    anomalies.day,
    anomalies.kind,
    anomalies.value,
    anomalies.out_of,
    anomalies.expected,
    anomalies.low,
    anomalies.high,
    anomalies.days
from ops.anomalies
inner join last_runs on anomalies.run_id = last_runs.run_id
order by last_runs.run_no desc, anomalies.source, anomalies.measure
