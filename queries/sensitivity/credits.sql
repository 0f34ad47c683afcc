-- One row per traffic: the share of all conversions that its visits earn as the last that did not come
-- direct, the model that web analytics have made a habit.
--
-- Source: core.visits, core.journeys. What no visit has earned is `unattributed`, so that shares sum to 1;
-- no rows where nobody has bought.
with

conversions as (
    select count(converted_at) as conversions
    from core.journeys
),

credited as (
    select
        traffic,
        sum(credit_last_non_direct) as credit
    from core.visits
    where credit_last_non_direct > 0
    group by traffic
),

all_credits as (
    select * from credited
    union all
    select
        'unattributed' as traffic,
        (select conversions.conversions from conversions) - coalesce(sum(credit), 0) as credit
    from credited
)

select
    all_credits.traffic,
    all_credits.credit / conversions.conversions as share
from all_credits
cross join conversions
where all_credits.credit > 0
order by share desc, all_credits.traffic asc
