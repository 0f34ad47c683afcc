-- One row per source and reason of refused records, with one place to look at.
--
-- Source: ops.rejects; a file refused whole has no record number, and says what was found.
select
    rejects.source,
    rejects.reason,
    count(*) as records,
    min(rejects.file) as file,
    arg_min(rejects.record_no, rejects.file) as record_no,
    any_value(rejects.detail) as detail
from ops.rejects
group by rejects.source, rejects.reason
order by records desc, rejects.source, rejects.reason
