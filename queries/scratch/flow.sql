-- One row per touch that the kernels take: whose it is, when, and what kind.
--
-- Source: told_touches. Those without a customer and those after the cut-off are left out.
-- Reviews tell a sentiment by their stars (up to 2, 3, from 4), surveys by their score of 0 to 10.
select
    customers.customer,
    told.touchpoint_id,
    told.occurred_at,
    told.received_at,
    told.source_seq,
    kinds.kind,
    told.order_id,
    if(
        told.currency is null or told.currency = getvariable('project_currency')::varchar,
        (told.value * 10000)::bigint,
        null
    ) as value,
    case
        when told.rating <= 2 then -1
        when told.rating < 4 then 0
        when told.rating >= 4 then 1
        when told.score <= 6 then -1
        when told.score < 9 then 0
        when told.score >= 9 then 1
    end::tinyint as sentiment,
    told.traffic,
    told.campaign,
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
where told.occurred_at <= getvariable('cut_off')::timestamptz
