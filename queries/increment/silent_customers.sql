-- One row per customer of whom time itself tells something new between the last cut-off and this one: the
-- silence of an open journey ends, or a touch is not in the future any more.
--
-- Source: the publication's journeys and touches.
select journeys.customer_id
from yesterday.core.journeys as journeys
where
    journeys.state = 'open'
    and epoch_us(getvariable('cut_off')::timestamptz) - epoch_us(journeys.last_active_at) > if(
        journeys.converted_at is not null or journeys.entered_late,
        getvariable('after_silence_us')::bigint,
        getvariable('silence_us')::bigint
    )
union
select touches.customer_id
from yesterday.core.touchpoints as touches
where
    touches.occurred_at > getvariable('former_cut_off')::timestamptz
    and touches.occurred_at <= getvariable('cut_off')::timestamptz
    and touches.customer_id is not null
