-- One row per traffic, campaign, channel and event that visits have: how many there are, and the conversions
-- and the revenue that each rule credits to them.
--
-- Source: numbered_visits, visit_kinds, numbered_journeys, core.visits. `able` are those that could earn:
-- visits that earn credit (core.visits), and all visits of dropped journeys, so that names which only ever
-- lost are there, with nothing. Revenue is what the journeys earned less what came back.
-- Credits are kept to 15 digits, for sums of decimals are the same in whatever order they are summed.
with

visits as (
    select
        numbered_visits.kind_no,
        count(*) as visits,
        count(*) filter (where numbered_visits.earns or numbered_journeys.state = 'dropped') as able
    from numbered_visits
    inner join numbered_journeys on numbered_visits.journey_no = numbered_journeys.journey_no
    group by numbered_visits.kind_no
),

credits as (
    select
        visits.traffic,
        visits.campaign,
        visits.channel,
        visits.event,
        numbered_journeys.revenue,
        visits.credit_first::decimal(18, 15) as credit_first,
        visits.credit_last::decimal(18, 15) as credit_last,
        visits.credit_last_non_direct::decimal(18, 15) as credit_last_non_direct,
        visits.credit_linear::decimal(18, 15) as credit_linear,
        visits.credit_position::decimal(18, 15) as credit_position,
        visits.credit_j::decimal(18, 15) as credit_j,
        visits.credit_inverse_j::decimal(18, 15) as credit_inverse_j,
        visits.credit_time_decay::decimal(18, 15) as credit_time_decay
    from core.visits as visits
    inner join numbered_journeys on visits.journey_id = numbered_journeys.journey_id
    where visits.credit_linear is not null
),

credit_sums as (
    select
        traffic,
        campaign,
        channel,
        event,
        sum(credit_first) as first_conversions,
        sum(credit_last) as last_conversions,
        sum(credit_last_non_direct) as last_non_direct_conversions,
        sum(credit_linear) as linear_conversions,
        sum(credit_position) as position_conversions,
        sum(credit_j) as j_conversions,
        sum(credit_inverse_j) as inverse_j_conversions,
        sum(credit_time_decay) as time_decay_conversions,
        sum(credit_first * revenue) as first_revenue,
        sum(credit_last * revenue) as last_revenue,
        sum(credit_last_non_direct * revenue) as last_non_direct_revenue,
        sum(credit_linear * revenue) as linear_revenue,
        sum(credit_position * revenue) as position_revenue,
        sum(credit_j * revenue) as j_revenue,
        sum(credit_inverse_j * revenue) as inverse_j_revenue,
        sum(credit_time_decay * revenue) as time_decay_revenue
    from credits
    group by traffic, campaign, channel, event
)

select
    visit_kinds.traffic,
    visit_kinds.campaign,
    visit_kinds.channel,
    visit_kinds.event,
    visits.visits,
    visits.able,
    coalesce(credit_sums.first_conversions, 0)::decimal(38, 15) as first_conversions,
    coalesce(credit_sums.last_conversions, 0)::decimal(38, 15) as last_conversions,
    coalesce(credit_sums.last_non_direct_conversions, 0)::decimal(38, 15) as last_non_direct_conversions,
    coalesce(credit_sums.linear_conversions, 0)::decimal(38, 15) as linear_conversions,
    coalesce(credit_sums.position_conversions, 0)::decimal(38, 15) as position_conversions,
    coalesce(credit_sums.j_conversions, 0)::decimal(38, 15) as j_conversions,
    coalesce(credit_sums.inverse_j_conversions, 0)::decimal(38, 15) as inverse_j_conversions,
    coalesce(credit_sums.time_decay_conversions, 0)::decimal(38, 15) as time_decay_conversions,
    coalesce(credit_sums.first_revenue, 0)::decimal(38, 19) as first_revenue,
    coalesce(credit_sums.last_revenue, 0)::decimal(38, 19) as last_revenue,
    coalesce(credit_sums.last_non_direct_revenue, 0)::decimal(38, 19) as last_non_direct_revenue,
    coalesce(credit_sums.linear_revenue, 0)::decimal(38, 19) as linear_revenue,
    coalesce(credit_sums.position_revenue, 0)::decimal(38, 19) as position_revenue,
    coalesce(credit_sums.j_revenue, 0)::decimal(38, 19) as j_revenue,
    coalesce(credit_sums.inverse_j_revenue, 0)::decimal(38, 19) as inverse_j_revenue,
    coalesce(credit_sums.time_decay_revenue, 0)::decimal(38, 19) as time_decay_revenue
from visits
inner join visit_kinds on visits.kind_no = visit_kinds.kind_no
left join credit_sums
    on
        visit_kinds.traffic is not distinct from credit_sums.traffic
        and visit_kinds.campaign is not distinct from credit_sums.campaign
        and visit_kinds.channel is not distinct from credit_sums.channel
        and visit_kinds.event is not distinct from credit_sums.event
