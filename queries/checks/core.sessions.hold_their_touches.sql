-- Every session of a touchpoint exists, once, belongs to the same customer, and counts its touches.
--
-- One row per session and customer where the touchpoints and the session differ.
-- Comparing millions of ids one by one takes seconds, so sums of hashes are compared first, by the
-- first letter of the id; only where they differ is it looked at which session it is.
with

touchpoints as not materialized (
    select * from core.touchpoints
    where session_id is not null
),

sessions as not materialized (
    select * from core.sessions
),

sums_of_touchpoints as (
    select
        ascii(session_id) as letter,
        sum(hash(session_id, customer_id)) as fingerprint
    from touchpoints
    group by ascii(session_id)
),

sums_of_sessions as (
    select
        ascii(session_id) as letter,
        sum(hash(session_id, customer_id)::hugeint * touches) as fingerprint
    from sessions
    group by ascii(session_id)
),

differing_sums as (
    select coalesce(sums_of_touchpoints.letter, sums_of_sessions.letter) as letter
    from sums_of_touchpoints
    full outer join sums_of_sessions on sums_of_touchpoints.letter = sums_of_sessions.letter
    where sums_of_touchpoints.fingerprint is distinct from sums_of_sessions.fingerprint
),

sessions_found as (
    select
        session_id,
        customer_id,
        count(*) as touches
    from touchpoints
    where ascii(session_id) in (select letter from differing_sums)
    group by session_id, customer_id
),

sessions_told as (
    select
        session_id,
        customer_id,
        count(*) as copies,
        sum(touches) as touches
    from sessions
    where ascii(session_id) in (select letter from differing_sums)
    group by session_id, customer_id
)

select
    coalesce(sessions_found.session_id, sessions_told.session_id) as session_id,
    coalesce(sessions_found.customer_id, sessions_told.customer_id) as customer_id,
    sessions_found.touches as touches_found,
    sessions_told.touches as touches_told,
    sessions_told.copies
from sessions_found
full outer join sessions_told
    on
        sessions_found.session_id = sessions_told.session_id
        and sessions_found.customer_id = sessions_told.customer_id
where
    sessions_found.touches is distinct from sessions_told.touches
    or sessions_told.copies != 1
