-- One row per stage, dimension and value of it, over all months: how many journeys go on from the
-- stage within which time.
--
-- Source: built_time_to_next_stage, which pipeline.figures makes of marts.stage_times.
-- From the stage `purchase` a journey goes on by its conversion, too. The outcome is the last.
select
    stage,
    stage_no,
    dimension,
    dimension_value,
    reached,
    arrived,
    within_1h_rate,
    within_1d_rate,
    within_7d_rate,
    within_30d_rate,
    within_silence_rate,
    within_silence_low,
    within_silence_high,
    median_ms::bigint as median_ms,
    p90_ms::bigint as p90_ms,
    gone_median_ms::bigint as gone_median_ms,
    gone_p90_ms::bigint as gone_p90_ms
from built_time_to_next_stage
order by dimension, dimension_value, stage_no
