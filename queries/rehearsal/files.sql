-- One row per new file: what a night would make of its records.
--
-- Source: scratch.loads, of a night that is not published.
select
    loads.source,
    loads.file,
    loads.records,
    loads.accepted,
    loads.duplicates,
    loads.rejected,
    loads.touches,
    loads.refused_reason as refused_whole,
    loads.refused_detail as detail
from scratch.loads as loads
order by loads.load_no
