-- One row per session: a customer's touches in one place between two silences.
--
-- Source: built_sessions, what the kernels made of one shard; numbered_customers gives the ids back.
select
    built.session_id,
    customers.customer_id,
    places.place,
    built.started_at,
    built.ended_at,
    (epoch_us(built.ended_at) - epoch_us(built.started_at)) // 1000 as duration_ms,
    built.touches::bigint as touches,
    built.entry_event,
    built.exit_event,
    built.channel,
    built.traffic,
    built.campaign,
    built.converted,
    money(built.value) as value
from built_sessions as built
inner join scratch.numbered_customers as customers on built.customer = customers.customer
inner join places on built.place = places.place_no
