-- Up to three examples per new file of what would be loaded, and three per reason of what would be refused.
--
-- Source: scratch.touches, .refused and .loads, of a night that is not published. `whose` says what
-- the record names: a person, a device, or nobody (consent denied).
with examples as (
    select
        touches.load_no,
        touches.record_no,
        'loaded' as outcome,
        touches.event,
        touches.channel,
        touches.occurred_at,
        touches.value,
        touches.currency,
        case
            when touches.strong_id is not null then 'person'
            when touches.weak_id is not null then 'device'
            else 'nobody'
        end as whose
    from scratch.touches as touches
    qualify row_number() over (partition by touches.load_no order by touches.record_no) <= 3
    union all by name
    select
        refused.load_no,
        refused.record_no,
        'refused: ' || refused.reason as outcome,
        refused.event,
        refused.occurred_at
    from scratch.refused as refused
    qualify row_number() over (partition by refused.load_no, refused.reason order by refused.record_no) <= 3
    union all by name
    select
        losers.load_no,
        losers.record_no,
        'refused: conflict' as outcome
    from scratch.losers as losers
    where losers.is_conflict
    qualify row_number() over (partition by losers.load_no order by losers.record_no) <= 3
)

select
    loads.source,
    loads.file,
    examples.record_no,
    examples.outcome,
    examples.event,
    examples.channel,
    examples.occurred_at,
    examples.value,
    examples.currency,
    examples.whose
from examples
inner join scratch.loads as loads on examples.load_no = loads.load_no
order by examples.load_no, examples.outcome = 'loaded' desc, examples.outcome, examples.record_no
