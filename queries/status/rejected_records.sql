-- The refused records, those of the last load first. Needs $source, $reason (null: any) and $top.
--
-- Source: ops.rejects, ops.loads. Nothing of a record is kept but its number, its event and its time:
-- look the record up in its file.
select
    rejects.source,
    rejects.file,
    rejects.record_no,
    rejects.reason,
    rejects.event,
    rejects.occurred_at,
    rejects.detail
from ops.rejects as rejects
left join ops.loads as loads on rejects.load_id = loads.load_id and rejects.source = loads.source
where
    ($source is null or rejects.source = $source)
    and ($reason is null or rejects.reason = $reason)
order by loads.loaded_at desc, rejects.source, rejects.file, rejects.record_no
limit $top
