-- One row per attribute of customers and value of it that anybody has.
--
-- Source: core.customers.
with told as (
    select
        customers.attributes,
        unnest(json_keys(customers.attributes)) as name
    from core.customers as customers
)

select distinct
    told.name,
    json_extract_string(told.attributes, '/' || replace(replace(told.name, '~', '~0'), '/', '~1')) as value
from told
order by told.name, value
