-- The values of the dimensions of marts.drop_off: how many customers there are behind each, of all time, and
-- whether it is folded for being of fewer than [project] min_customers.
--
-- A customer with journeys of several values counts in each.
create or replace macro named_values() as table
select
    counted_values.dimension,
    counted_values.dimension_value,
    counted_values.customers,
    is_folded(
        counted_values.customers,
        project.min_customers,
        counted_values.dimension_value,
        counted_values.dimension
    ) as is_folded
from counts.named_customers as counted_values
cross join ops.project as project;
