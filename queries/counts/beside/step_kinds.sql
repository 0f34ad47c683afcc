-- One row per stage and channel that steps have, with numbers for them.
--
-- Source: core.steps.
with

kinds as (
    select distinct
        steps.stage,
        steps.channel
    from core.steps
)

select
    kinds.stage,
    kinds.channel,
    kinds.stage || '/' || kinds.channel as node,
    stage_number(kinds.stage)::tinyint as stage_no,
    (row_number() over (order by kinds.stage, kinds.channel))::integer as kind_no
from kinds
