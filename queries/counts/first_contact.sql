-- One row per segment: how many journeys met a person of the company before their purchase, and how far on
-- their way they were.
--
-- Source: core.journeys. Of a journey that met somebody before its purchase, the shares are those of its
-- touches and of its time up to the purchase that lay before the contact; of no time nothing lay before.
-- They are summed as decimals, which is exact: sums of doubles would depend on the order of rows.
with

contacts as (
    select
        *,
        coalesce(touches_before_contact < touches_before_conversion, false) as is_met,
        coalesce(touches_before_contact = touches_before_conversion, false) as is_met_buying
    from core.journeys
)

select
    segment,
    count(*) filter (where converted_at is not null) as conversions,
    count(*) filter (where is_met) as met,
    count(*) filter (where is_met_buying) as met_buying,
    count(*) filter (where state = 'dropped') as dropped,
    count(*) filter (where state = 'dropped' and contact_at is not null) as dropped_met,
    coalesce(
        sum(
            if(is_met, touches_before_contact / touches_before_conversion, null)::decimal(18, 12)
        ),
        0
    )::decimal(38, 12) as touches_rates,
    coalesce(
        sum(
            if(is_met, share_of_time(started_at, contact_at, converted_at), null)::decimal(18, 12)
        ),
        0
    )::decimal(38, 12) as time_rates
from contacts
group by segment
