-- One row per kind of touch: what the rulebook is asked about, numbered from 0.
--
-- Source: told_touches. What a machine, a test or a robot did is a kind of its own; so is what differs
-- in what rules ask of properties (held_of).
with told_kinds as (
    select distinct
        told_touches.event,
        told_touches.channel,
        told_touches.source,
        told_touches.is_no_person as is_machine,
        held_of(told_touches.event, told_touches.props) as held
    from told_touches
)

select
    row_number() over (
        order by
            told_kinds.event, told_kinds.channel, told_kinds.source, told_kinds.is_machine, told_kinds.held
    ) - 1 as kind,
    told_kinds.event,
    told_kinds.channel,
    told_kinds.source,
    told_kinds.is_machine,
    told_kinds.held
from told_kinds
