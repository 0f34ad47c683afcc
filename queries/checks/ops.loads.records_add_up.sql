-- Every record of a file is accepted, a duplicate, or rejected: exactly one of the three.
--
-- One row per load whose records do not add up, or only because fewer than none are told. A file refused whole may
-- have no counts at all.
select
    load_id,
    source,
    file,
    records,
    accepted,
    duplicates,
    rejected
from ops.loads
where
    coalesce(records, 0)
    != coalesce(accepted, 0) + coalesce(duplicates, 0) + coalesce(rejected, 0)
    or least(accepted, duplicates, rejected) < 0
    or (records is null and refused_reason is null)
