-- How much of the time from a beginning to an end had passed at a moment, 0 to 1; of no time nothing had.
create or replace macro share_of_time(begun_at, moment, ended_at) as
if(
    ended_at = begun_at,
    0,
    (epoch_us(moment) - epoch_us(begun_at)) / (epoch_us(ended_at) - epoch_us(begun_at))
);
