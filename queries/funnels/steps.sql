-- One row per value and step of a funnel: how many units came to the step, and how soon.
--
-- Source: chains, what the kernel found, each with the value by which it is told apart (null where none
-- is asked for); funnel_steps. `rate` is the share of the units at the step before that came on from there,
-- `first_rate` that of those at the first step. Times are those of units that came on: none for the step
-- at which a chain begins, and from the first step only if it began there.
with

chains_of_values as (
    select
        chains.value,
        count(*) as units
    from chains
    group by chains.value
    union all
    -- Nobody at all is told, too, where no values are asked for.
    select
        null as value,
        0 as units
    where getvariable('funnel_by') is null and (select count(*) from chains) = 0
),

chain_steps as (
    select
        chains.value,
        chains.entry_step,
        chains.reached_at,
        unnest(generate_series(chains.entry_step, chains.deepest_step)) as step
    from chains
),

filled_steps as (
    select
        chain_steps.value,
        chain_steps.step,
        chain_steps.step > chain_steps.entry_step as came_on,
        chain_steps.entry_step = 1 as began_at_first,
        epoch_us(chain_steps.reached_at[chain_steps.step - chain_steps.entry_step + 1]) as reached_us,
        epoch_us(chain_steps.reached_at[chain_steps.step - chain_steps.entry_step]) as before_us,
        epoch_us(chain_steps.reached_at[1]) as entered_us
    from chain_steps
),

step_counts as (
    select
        filled_steps.value,
        filled_steps.step,
        count(*) as units,
        count(*) filter (where filled_steps.came_on) as came_on,
        count(*) filter (where filled_steps.began_at_first) as from_first,
        quantile_disc((filled_steps.reached_us - filled_steps.before_us) // 1000, [0.5, 0.9])
        filter (where filled_steps.came_on) as since_before_ms,
        quantile_disc((filled_steps.reached_us - filled_steps.entered_us) // 1000, [0.5, 0.9])
        filter (where filled_steps.came_on and filled_steps.began_at_first) as since_first_ms
    from filled_steps
    group by filled_steps.value, filled_steps.step
),

step_rates as (
    select
        chains_of_values.value,
        chains_of_values.units as units_of_value,
        funnel_steps.step,
        funnel_steps.event,
        coalesce(step_counts.units, 0) as units,
        coalesce(step_counts.units, 0) - coalesce(step_counts.came_on, 0) as entered,
        coalesce(step_counts.from_first, 0) / nullif(
            first_value(coalesce(step_counts.units, 0)) over steps_of_value, 0
        ) as first_rate,
        wilson(
            coalesce(step_counts.came_on, 0), lag(coalesce(step_counts.units, 0)) over steps_of_value
        ) as onward,
        step_counts.since_before_ms,
        step_counts.since_first_ms
    from chains_of_values
    cross join funnel_steps
    left join step_counts
        on
            chains_of_values.value is not distinct from step_counts.value
            and funnel_steps.step = step_counts.step
    window steps_of_value as (partition by chains_of_values.value order by funnel_steps.step)
)

select
    step_rates.value,
    step_rates.step::bigint as step,
    step_rates.event,
    step_rates.units::bigint as units,
    step_rates.entered::bigint as entered,
    step_rates.first_rate::double as first_rate,
    struct_extract(step_rates.onward, 'rate')::double as rate,
    struct_extract(step_rates.onward, 'low')::double as low,
    struct_extract(step_rates.onward, 'high')::double as high,
    step_rates.since_before_ms[1]::bigint as median_ms,
    step_rates.since_before_ms[2]::bigint as p90_ms,
    step_rates.since_first_ms[1]::bigint as first_median_ms,
    step_rates.since_first_ms[2]::bigint as first_p90_ms
from step_rates
order by
    if(getvariable('funnel_by')::varchar = 'month', 0, step_rates.units_of_value) desc,
    step_rates.value asc nulls last,
    step_rates.step asc
