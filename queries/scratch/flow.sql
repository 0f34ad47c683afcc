-- One row per touch that the kernels take: whose it is, when, and what kind.
--
-- Source: told_touches. Those without a customer and those after the cut-off are left out. Few amounts
-- are in another currency, so only theirs ask for a day and its rate; without one they add nothing.
-- Reviews tell a sentiment by their stars (up to 2, 3, from 4), surveys by their score of 0 to 10.
select
    customers.customer,
    told.touchpoint_id,
    told.told_row::bigint as told_row,
    told.occurred_at,
    told.received_at,
    told.source_seq,
    kinds.kind,
    own_order(told.order_id) as order_id,
    -- What comes back is never earned, whichever way its sign was told.
    if(told.event in ('refund', 'return', 'order_cancelled') and told.value > 0, -1, 1) * case
        when told.currency is null or told.currency = getvariable('project_currency')::varchar
            then ten_thousandths(told.value)
        else ten_thousandths(at_rate(told.value, rates.rate))
    end as value,
    case
        when told.rating <= 2 then -1
        when told.rating < 4 then 0
        when told.rating >= 4 then 1
        when told.score <= 6 then -1
        when told.score < 9 then 0
        when told.score >= 9 then 1
    end::tinyint as sentiment,
    traffic_of(traffic_words.by_project, told.told_traffic, traffic_words.by_default) as traffic,
    told.campaign,
    told.device_type,
    if(
        getvariable('use_source_sessions')::boolean, told.source || '/' || told.session_id, null
    ) as source_session_id
from told_touches as told
inner join scratch.numbered_customers as customers on told.customer_id = customers.customer_id
inner join scratch.kinds as kinds
    on
        told.event = kinds.event
        and told.channel = kinds.channel
        and told.source = kinds.source
        and told.is_no_person = kinds.is_machine
        and held_of(told.event, told.props) = kinds.held
left join traffic_words on told.traffic_key = traffic_words.traffic_key
left join scratch.daily_rates as rates
    on
        told.currency = rates.currency
        and if(
            told.currency <> getvariable('project_currency')::varchar,
            timezone(getvariable('project_zone')::varchar, told.occurred_at)::date,
            null
        ) = rates.day
where told.occurred_at <= getvariable('cut_off')::timestamptz
