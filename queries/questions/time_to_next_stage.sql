-- How soon do journeys go on from a stage, to a deeper one or by buying?
--
-- One row per stage and value of the dimension. `gone` are shares of those who came to the stage, per
-- cent: those who may yet go on count for as long as they were watched, so young journeys bias
-- nothing. Of those who go on within the silence, half have done so after `half_after_hours`, and
-- nine in ten after `most_after_days`.
--
-- param: dimension = null  -- channel, traffic, campaign, device or segment; null: all journeys
-- param: stage = null  -- only this stage; null: all
with

times as (
    select * from marts.time_to_next_stage
)

select
    stage,
    dimension_value,
    arrived,
    round(100 * within_1h_rate, 1) as gone_in_1h,
    round(100 * within_1d_rate, 1) as gone_in_1d,
    round(100 * within_7d_rate, 1) as gone_in_7d,
    round(100 * within_30d_rate, 1) as gone_in_30d,
    round(100 * within_silence_rate, 1) as gone_in_silence,
    round(100 * within_silence_low, 1) as gone_from,
    round(100 * within_silence_high, 1) as gone_to,
    round(gone_median_ms / 3600000, 2) as half_after_hours,
    round(gone_p90_ms / 86400000, 1) as most_after_days
from times
where
    arrived > 0
    and dimension = (select one_dimension(coalesce($dimension::varchar, 'all')))
    and ($stage::varchar is null or stage = (select one_stage($stage::varchar, 'stage')))
order by stage_no asc, arrived desc, dimension_value asc
