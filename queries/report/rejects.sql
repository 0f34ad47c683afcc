-- One row per source and reason: how many records were refused, of all nights.
--
-- Source: ops.rejects. A file refused whole has no record number, and is told by ops.loads.
select
    rejects.source,
    rejects.reason,
    count(*) as records
from ops.rejects
where rejects.record_no is not null
group by rejects.source, rejects.reason
order by records desc, rejects.source, rejects.reason
