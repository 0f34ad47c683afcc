-- The segments of the customers, and whether each is folded for being of fewer than [project] min_customers.
create or replace macro named_segments() as table
select
    map.segment,
    is_folded(map.customers, project.min_customers, map.segment, 1) as is_folded
from marts.stage_map as map
cross join ops.project as project
-- Every customer with a journey has reached the first stage.
where not map.is_all and map.stage_no = 1;
