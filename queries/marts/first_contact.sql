-- One row per segment, and one for all together: how far on their way customers were when a person of the
-- company first met them: in a store, by support or over a quote.
--
-- Source: counts.first_contact, counts.first_contact_classes. Of a journey that met somebody before its
-- purchase, the shares are those of its touches and of its time up to the purchase that lay before the
-- contact; of no time nothing lay before. Medians are told by classes: to half a thousandth.
-- `met_buying` met nobody before the purchase itself, made in a store; `unmet` nobody before it at all.
with

maps as (
    select * from (values (true), (false)) as listed (is_all)
),

contact_counts as (
    select
        maps.is_all,
        if(maps.is_all, null, contacts.segment) as segment,
        sum(contacts.conversions) as conversions,
        sum(contacts.met) as met,
        sum(contacts.met_buying) as met_buying,
        sum(contacts.touches_rates) as touches_rates,
        sum(contacts.time_rates) as time_rates,
        sum(contacts.dropped) as dropped,
        sum(contacts.dropped_met) as dropped_met
    from counts.first_contact as contacts
    cross join maps
    group by maps.is_all, if(maps.is_all, null, contacts.segment)
),

classes as (
    select
        maps.is_all,
        if(maps.is_all, null, counted.segment) as segment,
        counted.measure,
        counted.thousandths,
        sum(counted.journeys) as journeys
    from counts.first_contact_classes as counted
    cross join maps
    group by
        maps.is_all,
        if(maps.is_all, null, counted.segment),
        counted.measure,
        counted.thousandths
),

classes_in_order as (
    select
        *,
        sum(journeys) over of_measure as all_journeys,
        sum(journeys) over in_order as so_far
    from classes
    window
        of_measure as (partition by is_all, segment, measure),
        in_order as (partition by is_all, segment, measure order by thousandths)
),

-- Of an even number the median lies between the two in the middle.
medians as (
    select
        is_all,
        segment,
        measure,
        (
            min(thousandths) filter (where 2 * so_far >= all_journeys)
            + min(thousandths) filter (where 2 * so_far > all_journeys)
        ) / 2000 as median
    from classes_in_order
    group by is_all, segment, measure
)

select
    counted.is_all,
    counted.segment,
    counted.conversions::bigint as conversions,
    counted.met::bigint as met,
    counted.met_buying::bigint as met_buying,
    (counted.conversions - counted.met - counted.met_buying)::bigint as unmet,
    counted.met / nullif(counted.conversions, 0) as met_rate,
    counted.touches_rates::double / nullif(counted.met, 0) as mean_touches_rate,
    of_touches.median as median_touches_rate,
    counted.time_rates::double / nullif(counted.met, 0) as mean_time_rate,
    of_time.median as median_time_rate,
    counted.dropped::bigint as dropped,
    counted.dropped_met::bigint as dropped_met,
    counted.dropped_met / nullif(counted.dropped, 0) as dropped_met_rate
from contact_counts as counted
left join medians as of_touches
    on
        counted.is_all = of_touches.is_all
        and counted.segment is not distinct from of_touches.segment
        and of_touches.measure = 'touches'
left join medians as of_time
    on
        counted.is_all = of_time.is_all
        and counted.segment is not distinct from of_time.segment
        and of_time.measure = 'time'
order by counted.is_all desc, counted.segment
