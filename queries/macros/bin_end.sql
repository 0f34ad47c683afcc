-- The longest time of the bin that a length of time falls in, both in milliseconds. Bins end below each
-- 2^(k/16) ms, so that a time is told to 4%; and at an hour, a day, 7 days, 30 days and the journey
-- silence, each of which belongs to what it ends. No time at all is a bin of its own.
create or replace macro bin_end(duration_ms, silence_ms) as
if(
    duration_ms > 0,
    least(
        ceil(2 ** ((floor(16 * log2(duration_ms)) + 1) / 16)) - 1,
        if(duration_ms <= 3600000, 3600000, null),
        if(duration_ms <= 86400000, 86400000, null),
        if(duration_ms <= 604800000, 604800000, null),
        if(duration_ms <= 2592000000, 2592000000, null),
        if(duration_ms <= silence_ms, silence_ms, null)
    ),
    0
)::ubigint;
