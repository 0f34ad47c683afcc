-- Names of few customers, and how they are folded into `other`: the rule of
-- pipeline/report/small_cells.py, for queries.

-- From how many customers on a name has a row of its own; 0 and 1 fold nothing.
create or replace macro least_customers(told) as coalesce(told, 0);

-- Whether a name's row is folded, of all names that the same table (its part) tells of.
--
-- Those of fewer customers than the least are, and those that are hidden for another reason. If that leaves
-- one name alone, or so few customers that they are few together, the next smallest go with them: or else
-- the one that is missing could be worked out from the total. A name without a customer hides nobody, and
-- is never folded.
create or replace macro is_folded(customers, bound, name, part, is_hidden := false) as (
    customers > 0
    and count(*) filter (where customers > 0 and (is_hidden or customers < least_customers(bound))) over (
        partition by part
    ) > 0
    and (
        is_hidden
        or customers < least_customers(bound)
        or coalesce(
            count(*) filter (where customers > 0) over (
                partition by part order by is_hidden or customers < least_customers(bound) desc, customers, name
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) < 2
        or coalesce(
            sum(customers) over (
                partition by part order by is_hidden or customers < least_customers(bound) desc, customers, name
                rows between unbounded preceding and 1 preceding
            ),
            0
        ) < least_customers(bound)
    )
);
