-- One row per customer whom tonight concerns, and why: the reason that comes first.
--
-- Source: what tonight's touches, links and files changed; the publication's open journeys, whose silence
-- may end between the two cut-offs, and its touches between them. Whoever loses a touch is concerned as well
-- as whoever gains it.
with reasons as (
    select
        owners.customer_id,
        'touched' as reason
    from scratch.owners as owners
    where owners.stored_row is null
    union all
    select
        removed.customer_id,
        'told anew' as reason
    from scratch.removed as removed
    union all
    select
        moved.customer_id,
        'restitched' as reason
    from scratch.moved_touches as moved
    union all
    select
        moved.former_customer_id as customer_id,
        'restitched' as reason
    from scratch.moved_touches as moved
    union all
    select
        relinked.customer_id,
        'restitched' as reason
    from scratch.relinked as relinked
    union all
    select
        silent.customer_id,
        'silence ended' as reason
    from scratch.silent_customers as silent
    union all
    select
        told.customer_id,
        'told of beside' as reason
    from scratch.told_customers as told
    union all
    select
        denying.customer_id,
        'denied' as reason
    from scratch.denying_customers as denying
    union all
    select
        erased.customer_id,
        'erased' as reason
    from erased_customers as erased
)

select
    reasons.customer_id,
    min(reasons.reason) as reason
from reasons
where reasons.customer_id is not null
group by reasons.customer_id
