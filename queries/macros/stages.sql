-- One row per stage of the journey, in its order.
create or replace macro stages() as table
select
    numbered.stage,
    numbered.stage_no
from
    unnest(['need', 'research', 'evaluation', 'purchase', 'experience', 'outcome'])
    with ordinality as numbered (stage, stage_no);
