-- One row per journey: the way that it went, what came of it, and how long it took to its conversion.
--
-- Source: steps_of_journeys, ways, core.journeys.
select
    numbered_journeys.journey_no,
    numbered_journeys.customer_no,
    numbered_journeys.state_no,
    numbered_journeys.revenue,
    ways.way_no,
    (epoch_us(journeys.converted_at) - epoch_us(journeys.started_at)) // 1000 as to_conversion_ms
from steps_of_journeys as steps
inner join ways
    on
        steps.kind_nos = ways.kind_nos
        and steps.steps = ways.steps
        and steps.steps_before = ways.steps_before
inner join numbered_journeys on steps.journey_no = numbered_journeys.journey_no
inner join core.journeys on numbered_journeys.journey_id = journeys.journey_id
