-- How far each two models lie apart: the share of all conversions that they credit to different names.
--
-- Half the sum of the differences of their shares (the total variation distance): 0 is the same
-- division, 1 would be two that have no name in common. Participation is no division, and left out.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro attribution_distances(dimension := 'traffic') as table
with

shares as (
    select
        credits.model,
        credits.share,
        [
            credits.traffic, credits.campaign, credits.channel, credits.touchpoint,
            credits.is_unattributed::varchar
        ] as name
    from marts.attribution as credits
    where
        credits.dimension = one_of(dimension, 'dimension', ['traffic', 'campaign', 'channel', 'touchpoint'])
        and credits.model != 'participation'
)

select
    shares.model,
    others.model as other_model,
    sum(abs(shares.share - others.share)) / 2 as distance
from shares
inner join shares as others on shares.name = others.name and shares.model < others.model
group by shares.model, others.model
order by distance desc, shares.model asc, others.model asc;
