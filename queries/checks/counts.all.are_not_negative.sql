-- No count is below nought, whatever was taken away and added; money may be, where more came back than was
-- earned.
--
-- One row per table of counts that breaks this.
with

least_counts as (
    select
        'conversion_chain' as name,
        min(transitions) as least_count
    from counts.conversion_chain
    union all
    select
        'first_contact' as name,
        least(
            min(conversions),
            min(met),
            min(met_buying),
            min(dropped),
            min(dropped_met),
            min(touches_rates),
            min(time_rates)
        ) as least_count
    from counts.first_contact
    union all
    select
        'first_contact_classes' as name,
        min(journeys) as least_count
    from counts.first_contact_classes
    union all
    select
        'moment_events' as name,
        least(
            min(steps),
            min(advanced),
            min(lost),
            min(back),
            min(answered),
            min(negative),
            min(answered_as_step),
            min(negative_as_step)
        ) as least_count
    from counts.moment_events
    union all
    select
        'moment_steps' as name,
        least(
            min(steps),
            min(advanced),
            min(lost),
            min(back),
            min(answered),
            min(negative)
        ) as least_count
    from counts.moment_steps
    union all
    select
        'named_customers' as name,
        min(customers) as least_count
    from counts.named_customers
    union all
    select
        'nodes' as name,
        min(journeys) as least_count
    from counts.nodes
    union all
    select
        'participations' as name,
        min(conversions) as least_count
    from counts.participations
    union all
    select
        'path_customers' as name,
        min(customers) as least_count
    from counts.path_customers
    union all
    select
        'path_flow' as name,
        min(journeys) as least_count
    from counts.path_flow
    union all
    select
        'path_times' as name,
        least(
            min(conversions),
            min(to_conversion_ms)
        ) as least_count
    from counts.path_times
    union all
    select
        'paths' as name,
        least(
            min(journeys),
            min(customers),
            min(conversions),
            min(open),
            min(dropped),
            min(returned),
            min(detracted),
            min(advocated),
            min(repurchased),
            min(kept)
        ) as least_count
    from counts.paths
    union all
    select
        'retention' as name,
        least(
            min(customers),
            min(buyers),
            min(conversions),
            min(returners),
            min(advocates),
            min(detractors),
            min(repurchased),
            min(returned),
            min(advocated),
            min(detracted)
        ) as least_count
    from counts.retention
    union all
    select
        'stage_customers' as name,
        min(customers) as least_count
    from counts.stage_customers
    union all
    select
        'stage_ends' as name,
        least(
            min(advanced),
            min(settled),
            min(dropped),
            min(open),
            min(undecided)
        ) as least_count
    from counts.stage_ends
    union all
    select
        'stage_flow' as name,
        min(journeys) as least_count
    from counts.stage_flow
    union all
    select
        'stage_funnel' as name,
        least(
            min(reached),
            min(visited),
            min(skipped),
            min(advanced),
            min(dropped),
            min(open),
            min(settled),
            min(converted),
            min(goal_met),
            min(goal_judged),
            min(goal_judged_met),
            min(gone_on)
        ) as least_count
    from counts.stage_funnel
    union all
    select
        'stage_stays' as name,
        least(
            min(journeys),
            min(stay_ms)
        ) as least_count
    from counts.stage_stays
    union all
    select
        'stage_times' as name,
        least(
            min(went_on),
            min(passed),
            min(went_on_ms)
        ) as least_count
    from counts.stage_times
    union all
    select
        'touches_led' as name,
        min(touches) as least_count
    from counts.touches_led
    union all
    select
        'touchpoint_map' as name,
        least(
            min(customers),
            min(journeys),
            min(touches),
            min(known_sentiment),
            min(positive),
            min(negative)
        ) as least_count
    from counts.touchpoint_map
    union all
    select
        'transition_times' as name,
        least(
            min(transitions),
            min(duration_ms)
        ) as least_count
    from counts.transition_times
    union all
    select
        'transitions' as name,
        least(
            min(journeys),
            min(transitions),
            min(customers)
        ) as least_count
    from counts.transitions
    union all
    select
        'unmapped' as name,
        least(
            min(touches),
            min(customers)
        ) as least_count
    from counts.unmapped
    union all
    select
        'visit_credits' as name,
        least(
            min(visits),
            min(able),
            min(first_conversions),
            min(last_conversions),
            min(last_non_direct_conversions),
            min(linear_conversions),
            min(position_conversions),
            min(j_conversions),
            min(inverse_j_conversions),
            min(time_decay_conversions)
        ) as least_count
    from counts.visit_credits
    union all
    select
        'visit_moves' as name,
        min(moves) as least_count
    from counts.visit_moves
)

select
    name,
    least_count
from least_counts
where least_count < 0
