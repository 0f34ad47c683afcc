-- One row per segment, and one for all together: how far on their way customers were when a person of the
-- company first met them: in a store, by support or over a quote.
--
-- Source: core.journeys. Of a journey that met somebody before its purchase, the shares are those of its
-- touches and of its time up to the purchase that lay before the contact; of no time nothing lay before.
-- `met_buying` met nobody before the purchase itself, made in a store; `unmet` nobody before it at all.
with

segments as (
    select
        journey_id,
        segment,
        false as is_all
    from core.journeys
    union all
    select
        journey_id,
        null as segment,
        true as is_all
    from core.journeys
),

contacts as (
    select
        *,
        coalesce(touches_before_contact < touches_before_conversion, false) as is_met,
        coalesce(touches_before_contact = touches_before_conversion, false) as is_met_buying
    from core.journeys
),

contact_rates as (
    select
        journey_id,
        converted_at is not null as is_converted,
        state = 'dropped' as is_dropped,
        contact_at is not null as is_ever_met,
        is_met,
        is_met_buying,
        if(is_met, touches_before_contact / touches_before_conversion, null) as touches_rate,
        case
            when not is_met then null
            when converted_at = started_at then 0
            else
                (epoch_us(contact_at) - epoch_us(started_at))
                / (epoch_us(converted_at) - epoch_us(started_at))
        end as time_rate
    from contacts
),

contact_counts as (
    select
        segments.is_all,
        segments.segment,
        count(*) filter (where contact_rates.is_converted) as conversions,
        count(*) filter (where contact_rates.is_met) as met,
        count(*) filter (where contact_rates.is_met_buying) as met_buying,
        -- Sums of decimals are exact; those of doubles would depend on the order of rows.
        sum(contact_rates.touches_rate::decimal(18, 12)) as touches_rates,
        median(contact_rates.touches_rate) as median_touches_rate,
        sum(contact_rates.time_rate::decimal(18, 12)) as time_rates,
        median(contact_rates.time_rate) as median_time_rate,
        count(*) filter (where contact_rates.is_dropped) as dropped,
        count(*) filter (where contact_rates.is_dropped and contact_rates.is_ever_met) as dropped_met
    from contact_rates
    inner join segments on contact_rates.journey_id = segments.journey_id
    group by segments.is_all, segments.segment
)

select
    is_all,
    segment,
    conversions,
    met,
    met_buying,
    conversions - met - met_buying as unmet,
    met / nullif(conversions, 0) as met_rate,
    touches_rates::double / nullif(met, 0) as mean_touches_rate,
    median_touches_rate,
    time_rates::double / nullif(met, 0) as mean_time_rate,
    median_time_rate,
    dropped,
    dropped_met,
    dropped_met / nullif(dropped, 0) as dropped_met_rate
from contact_counts
order by is_all desc, segment
