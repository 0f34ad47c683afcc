-- Whoever reached a stage advanced, dropped, is open or settled there; and visited or skipped it.
--
-- One row per row of the funnel that breaks this. Nobody settles before the purchase.
select
    stage,
    day,
    first_channel,
    first_traffic,
    segment,
    reached,
    visited,
    skipped,
    advanced,
    dropped,
    open,
    settled,
    converted
from marts.stage_funnel
where
    reached != advanced + dropped + open + settled
    or reached != visited + skipped
    or converted > reached
    or (stage_no < 4 and settled != 0)
