-- One row per pair of sources: how many purchases both may have told of under ids of their own.
--
-- Source: ops.suspected_doubles, which lists them.
select
    least(suspected_doubles.source, suspected_doubles.other_source) as source,
    greatest(suspected_doubles.source, suspected_doubles.other_source) as other_source,
    count(*) as suspected_doubles
from ops.suspected_doubles
group by all
order by suspected_doubles desc, source, other_source
