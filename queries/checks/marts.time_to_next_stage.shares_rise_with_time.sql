-- The more time, the more have gone on; a share lies between 0 and 1, and the last in its interval.
--
-- One row per row that breaks this.
with

project as (
    select * from ops.project
)

select
    times.stage,
    times.dimension,
    times.dimension_value,
    times.within_1h_rate,
    times.within_1d_rate,
    times.within_7d_rate,
    times.within_30d_rate,
    times.within_silence_rate,
    times.within_silence_low,
    times.within_silence_high
from marts.time_to_next_stage as times
cross join project
where
    times.arrived > times.reached
    or times.within_1h_rate < 0
    or times.within_1h_rate > times.within_1d_rate
    or times.within_1d_rate > times.within_7d_rate
    or times.within_7d_rate > times.within_30d_rate
    or (
        project.journey_silence_ms >= 2592000000
        and times.within_30d_rate > times.within_silence_rate
    )
    or times.within_silence_low > times.within_silence_rate
    or times.within_silence_rate > times.within_silence_high
    or times.within_silence_high > 1
    or times.within_30d_rate > 1
    or (times.within_silence_low is null) != (times.within_silence_rate is null)
    or (times.within_silence_high is null) != (times.within_silence_rate is null)
    or times.gone_median_ms > times.gone_p90_ms
    or times.median_ms > times.p90_ms
    or times.gone_median_ms > times.median_ms
