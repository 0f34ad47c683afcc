-- One row per channel and event that a counted touch has.
--
-- Source: counted_touches.
select
    counted_touches.channel,
    counted_touches.event,
    count(*) as touches
from counted_touches
group by counted_touches.channel, counted_touches.event
order by touches desc, counted_touches.event asc, counted_touches.channel asc
