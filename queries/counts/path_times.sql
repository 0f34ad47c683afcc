-- One row per grain, reach, distinct path and bin of times: how many journeys converted after so long.
--
-- Source: journey_ways, way_paths. Paths are those of counts.paths, bins those of the macro time_bin. The
-- time is that from the first touch to the conversion.
with

way_times as (
    select
        way_no,
        time_bin(to_conversion_ms) as bin,
        count(*) as conversions,
        sum(to_conversion_ms) as to_conversion_ms
    from journey_ways
    where to_conversion_ms is not null
    group by way_no, time_bin(to_conversion_ms)
)

select
    way_paths.grain,
    way_paths.until,
    way_paths.path,
    way_times.bin,
    sum(way_times.conversions)::bigint as conversions,
    sum(way_times.to_conversion_ms)::bigint as to_conversion_ms
from way_times
inner join way_paths on way_times.way_no = way_paths.way_no
group by way_paths.grain, way_paths.until, way_paths.path, way_times.bin
