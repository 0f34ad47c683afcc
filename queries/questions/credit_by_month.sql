-- What did each traffic earn month by month by a rule, and what was spent on it?
--
-- One row per month (of the conversions, in the project's zone) and traffic, or campaign of it. The
-- money is that of the month's days, whenever its visits converted. Conversions without a visit to
-- credit are `unattributed`. `share_pct` is of the month's conversions.
--
-- param: rule = linear  -- first, last, last_non_direct, linear, position, j, inverse_j or time_decay
-- param: by_campaign = 0  -- 1: each campaign by itself
-- param: segment = null  -- only journeys of this segment; null: all (spend is always that on all)
with

project as (
    select * from ops.project
),

conversions as (
    select
        journeys.journey_id,
        date_trunc('month', timezone(project.time_zone, journeys.converted_at))::date as month,
        journeys.value - journeys.returned_value as revenue
    from core.journeys as journeys
    cross join project
    where
        journeys.converted_at is not null
        and ($segment::varchar is null or journeys.segment = $segment::varchar)
),

credits as (
    select
        conversions.month,
        visits.traffic,
        if($by_campaign::bigint = 1, visits.campaign, null) as campaign,
        conversions.revenue,
        case $rule::varchar
            when 'first' then visits.credit_first
            when 'last' then visits.credit_last
            when 'last_non_direct' then visits.credit_last_non_direct
            when 'linear' then visits.credit_linear
            when 'position' then visits.credit_position
            when 'j' then visits.credit_j
            when 'inverse_j' then visits.credit_inverse_j
            when 'time_decay' then visits.credit_time_decay
            else error('rule: expected one of the eight rules, such as linear; found ' || $rule::varchar)
        end as credit
    from conversions
    inner join core.visits as visits on conversions.journey_id = visits.journey_id
    where visits.credit_linear is not null
    union all
    select
        conversions.month,
        'unattributed' as traffic,
        null as campaign,
        conversions.revenue,
        1 as credit
    from conversions
    anti join (
        select journey_id from core.visits
        where credit_linear is not null
    ) as credited on conversions.journey_id = credited.journey_id
),

earned as (
    select
        month,
        traffic,
        campaign,
        sum(credit) as conversions,
        sum(credit * revenue) as revenue
    from credits
    group by month, traffic, campaign
),

spent as (
    select
        month,
        traffic,
        if($by_campaign::bigint = 1, campaign, null) as campaign,
        sum(spend) as spend
    from marts.campaign_spend
    group by month, traffic, if($by_campaign::bigint = 1, campaign, null)
),

months as (
    select
        coalesce(earned.month, spent.month) as month,
        coalesce(earned.traffic, spent.traffic) as traffic,
        coalesce(earned.campaign, spent.campaign) as campaign,
        coalesce(earned.conversions, 0) as conversions,
        coalesce(earned.revenue, 0) as revenue,
        spent.spend
    from earned
    full outer join spent
        on
            earned.month = spent.month
            and earned.traffic = spent.traffic
            and earned.campaign is not distinct from spent.campaign
)

select
    month,
    traffic,
    campaign,
    round(conversions, 2) as conversions,
    round(100 * conversions / nullif(sum(conversions) over of_month, 0), 1) as share_pct,
    round(revenue, 2) as revenue,
    spend::decimal(18, 4) as spend,
    round(spend / nullif(conversions, 0), 2) as cpa,
    round(revenue / nullif(spend, 0), 2) as roas
from months
window of_month as (partition by month)
order by month asc, conversions desc, traffic asc, campaign asc
