-- One row per landing file that told of the erased, with the number of records whose touches stood.
--
-- Source: whose (customers to be erased); the publication's touches and loads.
select
    loads.source,
    loads.file,
    count(distinct touches.record_no) as records
from published.core.touchpoints as touches
inner join published.ops.loads as loads
    on touches.source = loads.source and touches.load_id = loads.load_id
where touches.customer_id in (select whose.customer_id from whose)
group by loads.source, loads.file
order by loads.source, loads.file
