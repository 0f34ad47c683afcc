-- How many customers came along named events in their order, one row per step, and how soon.
--
-- A step is `event` or `channel/event`; other events may lie between; `within` bounds the time from the
-- first step to the last. What counts is told in docs/semantics.md, under “Event funnels”. Dates are
-- those of a chain's first touch, both included; its channel and traffic are meant, too, and the
-- customer's segment. What is not given filters nothing.
-- Told here are steps of different names; one that stands twice is refused, and so are two names that fit
-- one touch. The command `recorrido funnel` knows more: other modes, exclusions, journeys and sessions.
-- Columns are qualified, for a parameter of the same name would shadow them and filter nothing.
create or replace macro event_funnel(
    steps,
    within := null,
    from_date := null,
    to_date := null,
    channel := null,
    traffic := null,
    segment := null
) as table
with recursive

asked as (
    select
        case
            when coalesce(list_count(steps), 0) = 0
                then error('event_funnel: expected a list of events, such as [''view_item'', ''purchase'']')
            when len(list_distinct(steps)) < len(steps)
                then error(
                    'event_funnel: expected steps of different names; one that stands twice is known to '
                    || 'the command: recorrido funnel ' || array_to_string(steps, ' ')
                )
            when epoch_us(within::interval) < 0
                then error('event_funnel: expected a window of nought or more')
            else steps
        end as names,
        epoch_us(within::interval) as within_us
),

named_steps as (
    select
        unnest(asked.names) as name,
        generate_subscripts(asked.names, 1) as step
    from asked
),

-- Nothing that a machine, a robot or a test did counts, nor what came after the cut-off.
counted_touches as (
    select
        touch.customer_id,
        epoch_us(touch.occurred_at) as occurred_us,
        touch.channel,
        touch.event,
        (
            (channel is null or touch.channel = channel)
            and (traffic is null or touch.traffic = traffic)
            and (from_date is null or timezone(project.time_zone, touch.occurred_at)::date >= from_date::date)
            and (to_date is null or timezone(project.time_zone, touch.occurred_at)::date <= to_date::date)
        ) as may_begin
    from core.touchpoints as touch
    cross join ops.project as project
    where
        touch.touch_no is not null
        and not coalesce(touch.is_machine or touch.is_test or touch.is_bot, false)
),

kinds as (
    select distinct
        counted_touches.channel,
        counted_touches.event
    from counted_touches
),

named_kinds as (
    select
        kinds.channel,
        kinds.event,
        case
            when count(*) over (partition by kinds.channel, kinds.event) > 1
                then error(
                    'event_funnel: expected names that part the touches; more than one of them fits '
                    || kinds.channel || '/' || kinds.event
                )
            else named_steps.step
        end as step
    from kinds
    inner join named_steps
        on named_steps.name in (kinds.event, kinds.channel || '/' || kinds.event)
),

step_touches as materialized (
    select
        customer.rowid as customer_no,
        counted_touches.occurred_us,
        named_kinds.step,
        counted_touches.may_begin
    from counted_touches
    inner join named_kinds
        on counted_touches.channel = named_kinds.channel and counted_touches.event = named_kinds.event
    inner join core.customers as customer on counted_touches.customer_id = customer.customer_id
    where segment is null or customer.segment = segment
),

-- One row per touch that ends a chain, with the latest start that such a chain may have. A later start is
-- never worse, so from step to step the latest of the touches before, or at the same instant, is enough.
chains as (
    select
        step_touches.customer_no,
        step_touches.step,
        step_touches.occurred_us,
        step_touches.occurred_us as started_us
    from step_touches
    where step_touches.step = 1 and step_touches.may_begin
    union all
    select
        followed.customer_no,
        followed.step,
        followed.occurred_us,
        followed.started_us
    from (
        select
            beside.customer_no,
            beside.step,
            beside.occurred_us,
            beside.is_next,
            max(beside.started_us) over (
                partition by beside.customer_no order by beside.occurred_us, beside.step
                rows unbounded preceding
            ) as started_us
        from (
            select
                chains.customer_no,
                chains.step,
                chains.occurred_us,
                chains.started_us,
                false as is_next
            from chains
            union all
            select
                step_touches.customer_no,
                step_touches.step,
                step_touches.occurred_us,
                null as started_us,
                true as is_next
            from step_touches
            inner join (select max(chains.step) + 1 as step from chains) as next_step
                on step_touches.step = next_step.step
        ) as beside
    ) as followed
    cross join asked
    where
        followed.is_next
        and followed.started_us is not null
        and (asked.within_us is null or followed.occurred_us - followed.started_us <= asked.within_us)
),

first_ends as (
    select
        chains.customer_no,
        chains.step,
        arg_min(chains.started_us, chains.occurred_us) as started_us
    from chains
    group by chains.customer_no, chains.step
),

-- Of each customer the deepest chain, of those the one that ended first, and of those the latest begun.
best_chains as (
    select
        first_ends.customer_no,
        max(first_ends.step) as deepest_step,
        arg_max(first_ends.started_us, first_ends.step) as started_us
    from first_ends
    group by first_ends.customer_no
),

-- Walked again from its start, for each step is filled as early as can be.
filled_steps as (
    select
        best_chains.customer_no,
        1::bigint as step,
        best_chains.deepest_step,
        best_chains.started_us,
        best_chains.started_us as occurred_us,
        null::bigint as before_us
    from best_chains
    union all
    select
        filled_steps.customer_no,
        any_value(filled_steps.step) + 1 as step,
        any_value(filled_steps.deepest_step) as deepest_step,
        any_value(filled_steps.started_us) as started_us,
        min(step_touches.occurred_us) as occurred_us,
        any_value(filled_steps.occurred_us) as before_us
    from filled_steps
    inner join step_touches
        on
            filled_steps.customer_no = step_touches.customer_no
            and filled_steps.step + 1 = step_touches.step
            and filled_steps.occurred_us <= step_touches.occurred_us
    where filled_steps.step < filled_steps.deepest_step
    group by filled_steps.customer_no
),

step_counts as (
    select
        filled_steps.step,
        count(*) as customers,
        quantile_disc((filled_steps.occurred_us - filled_steps.before_us) // 1000, [0.5, 0.9]) as since_before_ms,
        quantile_disc((filled_steps.occurred_us - filled_steps.started_us) // 1000, [0.5, 0.9]) as since_first_ms
    from filled_steps
    group by filled_steps.step
),

step_rates as (
    select
        named_steps.step,
        named_steps.name,
        coalesce(step_counts.customers, 0) as customers,
        first_value(coalesce(step_counts.customers, 0)) over steps_in_order as first_customers,
        lag(coalesce(step_counts.customers, 0)) over steps_in_order as customers_before,
        step_counts.since_before_ms,
        step_counts.since_first_ms
    from named_steps
    left join step_counts on named_steps.step = step_counts.step
    window steps_in_order as (order by named_steps.step)
)

select
    step_rates.step::bigint as step,
    step_rates.name as event,
    step_rates.customers::bigint as customers,
    (step_rates.customers / nullif(step_rates.first_customers, 0))::double as first_rate,
    struct_extract(wilson(step_rates.customers, step_rates.customers_before), 'rate')::double as rate,
    struct_extract(wilson(step_rates.customers, step_rates.customers_before), 'low')::double as low,
    struct_extract(wilson(step_rates.customers, step_rates.customers_before), 'high')::double as high,
    step_rates.since_before_ms[1]::bigint as median_ms,
    step_rates.since_before_ms[2]::bigint as p90_ms,
    if(step_rates.step = 1, null, step_rates.since_first_ms[1])::bigint as first_median_ms,
    if(step_rates.step = 1, null, step_rates.since_first_ms[2])::bigint as first_p90_ms
from step_rates
order by step_rates.step;
