-- One row per segment, stage and bin of times: how many journeys stayed in the stage so long, in all.
--
-- Source: numbered_steps, numbered_journeys. Bins are those of the macro time_bin. A stay is the sum of
-- the steps in the stage, each from its first touch to its last.
with

stays as (
    select
        journey_no,
        stage_no,
        sum((ended_us - started_us) // 1000)::bigint as stay_ms
    from numbered_steps
    group by journey_no, stage_no
)

select
    numbered_journeys.segment,
    stages.stage,
    time_bin(stays.stay_ms) as bin,
    count(*)::bigint as journeys,
    sum(stays.stay_ms)::bigint as stay_ms
from stays
inner join numbered_journeys on stays.journey_no = numbered_journeys.journey_no
inner join stages() as stages on stays.stage_no = stages.stage_no
group by numbered_journeys.segment, stages.stage, time_bin(stays.stay_ms)
