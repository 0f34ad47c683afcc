-- The names of one dimension of marts.attribution that took part in conversions, and whether each is folded for
-- having taken part in fewer than [project] min_customers.
--
-- Campaigns are folded within their traffic, and touchpoints within their channel, for the totals of
-- these are told as well: of one that is folded itself all are.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro named_credits(dimension) as table
with

-- Each conversion is of one customer, and participation counts all in which a name took part.
names as (
    select
        credit.dimension,
        credit.traffic,
        credit.campaign,
        credit.channel,
        credit.touchpoint,
        credit.conversions as size,
        case credit.dimension
            when 'campaign' then credit.traffic
            when 'touchpoint' then split_part(credit.touchpoint, '/', 1)
        end as kin
    from marts.attribution as credit
    where credit.model = 'participation' and not credit.is_unattributed
),

folded_names as (
    select
        names.*,
        is_folded(
            names.size,
            project.min_customers,
            concat_ws(chr(31), names.traffic, names.campaign, names.channel, names.touchpoint),
            struct_pack(dimension := names.dimension, kin := names.kin)
        ) as is_folded
    from names
    cross join ops.project as project
)

select
    folded.traffic,
    folded.campaign,
    folded.channel,
    folded.touchpoint,
    folded.is_folded or coalesce(kin.is_folded, false) as is_folded
from folded_names as folded
left join folded_names as kin
    on
        kin.dimension = if(folded.dimension = 'campaign', 'traffic', 'channel')
        and folded.kin = coalesce(kin.traffic, kin.channel)
where folded.dimension = dimension;
