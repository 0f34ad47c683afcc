-- One row per month, traffic and campaign: what was spent on advertising, under the names by which
-- its visits came.
--
-- Source: core.spend, in the project's currency; what has no rate is left out (ops.unrated). How many
-- visits came by which names, counts.visit_credits tells.
-- Platforms name their money otherwise than visits do. The traffic of a spend is its channel, where
-- visits have a traffic of that name; else that of the visits of its campaign, and if these came by
-- several, it is divided by their numbers. Campaigns are the same whatever their case and outer
-- spaces; the spelling of most visits stands. What is spent without a visit keeps its own names.
-- Rounding's remainder goes to the largest part, so that the parts sum to the spend.
with

spend as (
    select
        date_trunc('month', day)::date as month,
        channel,
        campaign,
        lower(trim(campaign)) as campaign_key,
        sum(project_cost)::decimal(18, 4) as cost
    from core.spend
    where project_cost is not null
    group by date_trunc('month', day)::date, channel, campaign
),

visits as (
    select
        traffic,
        campaign,
        sum(visits)::bigint as visits
    from counts.visit_credits
    group by traffic, campaign
),

campaigns as (
    select
        traffic,
        lower(trim(campaign)) as campaign_key,
        arg_max(campaign, (visits, campaign)) as campaign,
        sum(visits) as visits
    from visits
    where campaign is not null
    group by traffic, lower(trim(campaign))
),

traffics as (
    select distinct traffic
    from visits
),

ways as (
    select
        spend.month,
        spend.channel,
        spend.campaign,
        spend.cost,
        spend.channel as traffic,
        1 as visits
    from spend
    inner join traffics on spend.channel = traffics.traffic
    union all
    select
        spend.month,
        spend.channel,
        spend.campaign,
        spend.cost,
        campaigns.traffic,
        campaigns.visits
    from spend
    inner join campaigns on spend.campaign_key = campaigns.campaign_key
    anti join traffics on spend.channel = traffics.traffic
    union all
    select
        spend.month,
        spend.channel,
        spend.campaign,
        spend.cost,
        spend.channel as traffic,
        1 as visits
    from spend
    anti join traffics on spend.channel = traffics.traffic
    anti join campaigns on spend.campaign_key = campaigns.campaign_key
),

parts as (
    select
        *,
        round(cost::double * visits / sum(visits) over of_spend, 4)::decimal(18, 4) as part,
        row_number() over (
            partition by month, channel, campaign
            order by visits desc, traffic asc
        ) = 1 as is_largest
    from ways
    window of_spend as (partition by month, channel, campaign)
),

whole_parts as (
    select
        month,
        traffic,
        campaign,
        part + if(is_largest, cost - sum(part) over of_spend, 0) as cost
    from parts
    window of_spend as (partition by month, channel, campaign)
),

-- Without a visit nobody says how a campaign is spelled but whoever was paid, perhaps in several ways.
named_parts as (
    select
        whole_parts.month,
        whole_parts.traffic,
        whole_parts.cost,
        coalesce(
            campaigns.campaign,
            first_value(whole_parts.campaign) over (
                partition by whole_parts.traffic, lower(trim(whole_parts.campaign))
                order by whole_parts.month desc, whole_parts.cost desc, whole_parts.campaign asc
            )
        ) as campaign
    from whole_parts
    left join campaigns
        on
            whole_parts.traffic = campaigns.traffic
            and lower(trim(whole_parts.campaign)) = campaigns.campaign_key
)

select
    month,
    traffic,
    campaign,
    sum(cost)::decimal(18, 4) as spend
from named_parts
group by month, traffic, campaign
order by month, traffic, campaign
