-- One row per source: what it has brought in all nights, and how fresh it is.
--
-- Source: ops.loads.
select
    loads.source,
    count(*) as files,
    count(loads.refused_reason) as refused_files,
    sum(loads.records)::bigint as records,
    sum(loads.accepted)::bigint as accepted,
    sum(loads.duplicates)::bigint as duplicates,
    sum(loads.rejected)::bigint as rejected,
    max(loads.last_at) as newest_touch,
    max(loads.loaded_at) as last_loaded
from ops.loads
group by loads.source
order by loads.source
