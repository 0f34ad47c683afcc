-- What does each model credit to whom, and how far do the models disagree?
--
-- One row per name of the dimension. Participation does not sum; lowest, highest and spread are
-- those of the other models. `spread_pct` is in per cent of all conversions, whatever the measure.
--
-- param: dimension = traffic  -- traffic, campaign, channel or touchpoint
-- param: measure = conversions  -- conversions, revenue, share, cpa or roas
-- param: top = 50  -- how many names
with

credits as (
    select * from attribution(dimension := $dimension::varchar, measure := $measure::varchar)
)

select
    case
        when is_unattributed then 'unattributed'
        when $dimension::varchar = 'campaign' then traffic || coalesce(' / ' || campaign, '')
        else coalesce(traffic, channel, touchpoint)
    end as name,
    round(first, 3) as first,
    round(last, 3) as last,
    round(last_non_direct, 3) as last_non_direct,
    round(linear, 3) as linear,
    round(position, 3) as position,
    round(j, 3) as j,
    round(inverse_j, 3) as inverse_j,
    round(time_decay, 3) as time_decay,
    round(markov_1, 3) as markov_1,
    round(markov_2, 3) as markov_2,
    round(markov_3, 3) as markov_3,
    round(shapley, 3) as shapley,
    round(participation, 3) as participation,
    round(lowest, 3) as lowest,
    round(highest, 3) as highest,
    round(100 * spread, 1) as spread_pct
from credits
where highest is not null
order by is_unattributed asc, credits.linear desc, name asc
limit $top::bigint
