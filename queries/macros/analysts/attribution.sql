-- What each model credits to whom, side by side: one row per name of a dimension, one column a model.
--
-- `measure` is a column of marts.attribution: conversions, revenue, share, cpa or roas. `lowest` and
-- `highest` are those of the models that sum, participation left out. `spread` is how far the share
-- of conversions lies apart between them, whatever the measure: the models disagree on so much.
-- Names that took part in fewer conversions than [project] min_customers, and in any, are one row `other`, and so
-- are the campaigns of such a traffic and the touchpoints of such a channel.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro attribution(dimension := 'traffic', measure := 'conversions') as table
with

credits as (
    select * from marts.attribution as credit
    where credit.dimension = one_of(dimension, 'dimension', ['traffic', 'campaign', 'channel', 'touchpoint'])
),

marked_credits as (
    select
        credits.*,
        coalesce(folded.is_folded, false) as is_folded
    from credits
    left join named_credits(dimension) as folded
        on
            not credits.is_unattributed
            and credits.traffic is not distinct from folded.traffic
            and credits.campaign is not distinct from folded.campaign
            and credits.channel is not distinct from folded.channel
            and credits.touchpoint is not distinct from folded.touchpoint
),

-- A traffic may be called `other` itself: it is then told with those that are folded.
told_credits as (
    select
        named.model,
        if(named.is_folded, if(dimension in ('traffic', 'campaign'), 'other', null), named.traffic) as traffic,
        if(named.is_folded, if(dimension = 'campaign', 'other', null), named.campaign) as campaign,
        if(named.is_folded, if(dimension = 'channel', 'other', null), named.channel) as channel,
        if(named.is_folded, if(dimension = 'touchpoint', 'other', null), named.touchpoint) as touchpoint,
        named.is_unattributed,
        sum(named.conversions) as conversions,
        sum(named.revenue) as revenue,
        sum(named.share) as share,
        sum(named.spend) as spend,
        if(count(*) = 1, any_value(named.cpa), sum(named.spend)::double / nullif(sum(named.conversions), 0))
            as cpa,
        if(count(*) = 1, any_value(named.roas), sum(named.revenue)::double / nullif(sum(named.spend)::double, 0))
            as roas
    from marked_credits as named
    group by all
),

measured as (
    select
        credits.model,
        credits.traffic,
        credits.campaign,
        credits.channel,
        credits.touchpoint,
        credits.is_unattributed,
        credits.share,
        credits.spend,
        case one_of(measure, 'measure', ['conversions', 'revenue', 'share', 'cpa', 'roas'])
            when 'conversions' then credits.conversions
            when 'revenue' then credits.revenue::double
            when 'share' then credits.share
            when 'cpa' then credits.cpa
            when 'roas' then credits.roas
        end as figure
    from told_credits as credits
)

select
    measured.traffic,
    measured.campaign,
    measured.channel,
    measured.touchpoint,
    measured.is_unattributed,
    max(measured.figure) filter (where measured.model = 'first') as first,
    max(measured.figure) filter (where measured.model = 'last') as last,
    max(measured.figure) filter (where measured.model = 'last_non_direct') as last_non_direct,
    max(measured.figure) filter (where measured.model = 'linear') as linear,
    max(measured.figure) filter (where measured.model = 'position') as position,
    max(measured.figure) filter (where measured.model = 'j') as j,
    max(measured.figure) filter (where measured.model = 'inverse_j') as inverse_j,
    max(measured.figure) filter (where measured.model = 'time_decay') as time_decay,
    max(measured.figure) filter (where measured.model = 'markov_1') as markov_1,
    max(measured.figure) filter (where measured.model = 'markov_2') as markov_2,
    max(measured.figure) filter (where measured.model = 'markov_3') as markov_3,
    max(measured.figure) filter (where measured.model = 'shapley') as shapley,
    max(measured.figure) filter (where measured.model = 'participation') as participation,
    min(measured.figure) filter (where measured.model != 'participation') as lowest,
    max(measured.figure) filter (where measured.model != 'participation') as highest,
    max(measured.share) filter (where measured.model != 'participation')
    - min(measured.share) filter (where measured.model != 'participation') as spread,
    max(measured.spend) as spend
from measured
group by
    measured.traffic,
    measured.campaign,
    measured.channel,
    measured.touchpoint,
    measured.is_unattributed
order by
    measured.is_unattributed asc,
    linear desc,
    measured.traffic asc,
    measured.campaign asc,
    measured.channel asc,
    measured.touchpoint asc;
