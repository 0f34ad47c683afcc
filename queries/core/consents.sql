-- One row per customer and purpose (analytics, ads, email): what the customer last said of it.
--
-- Source: core.touchpoints; scratch.denials, what was said on records that deny analytics and so touch
-- nobody, with scratch.persons: whose identifiers they name, if core.customers knows them. Of words at one
-- instant a denial stands, and of those of one day where a touch is known by its day alone, which is stored
-- as its noon. An unsubscribe and a spam complaint deny email, whatever else their record says. What a robot,
-- a machine or a test said may deny, but grants nothing.
with denials as (
    select distinct
        coalesce(persons.customer_id, denials.strong_id) as customer_id,
        denials.occurred_at,
        denials.consent_ads,
        denials.consent_email
    from (
        select
            unnest(told.strong_ids) as strong_id,
            told.occurred_at,
            told.consent_ads,
            told.consent_email
        from scratch.denials as told
    ) as denials
    left join scratch.persons as persons on denials.strong_id = persons.strong_id
    where denials.occurred_at <= getvariable('cut_off')
),

told_consents as (
    select
        touches.customer_id,
        touches.occurred_at,
        coalesce(touches.time_precision = 'day', false) as is_of_day,
        coalesce(touches.is_machine or touches.is_test or touches.is_bot, false) as is_no_person,
        unnest(['analytics', 'ads', 'email']) as purpose,
        unnest(
            [
                touches.consent_analytics,
                touches.consent_ads,
                if(touches.event = 'email_unsubscribe', 'denied', touches.consent_email)
            ]
        ) as state
    from core.touchpoints as touches
    where
        touches.customer_id is not null
        and touches.occurred_at <= getvariable('cut_off')
        and (
            coalesce(touches.consent_analytics, touches.consent_ads, touches.consent_email) is not null
            or touches.event = 'email_unsubscribe'
        )
    union all
    select
        denials.customer_id,
        denials.occurred_at,
        false as is_of_day,
        false as is_no_person,
        unnest(['analytics', 'ads', 'email']) as purpose,
        unnest(['denied', denials.consent_ads, denials.consent_email]) as state
    from denials
    semi join core.customers as customers on denials.customer_id = customers.customer_id
),

ordered_consents as (
    select
        told_consents.*,
        case
            when not told_consents.is_of_day then told_consents.occurred_at
            -- The day that clocks go back is no twelve hours around its noon.
            when hour(timezone(getvariable('project_zone')::varchar, told_consents.occurred_at)) = 12
                then timezone(
                    getvariable('project_zone')::varchar,
                    date_trunc('day', timezone(getvariable('project_zone')::varchar, told_consents.occurred_at))
                    + if(told_consents.state = 'denied', interval 1 day, interval 0 day)
                ) - if(told_consents.state = 'denied', interval 1 second, interval 0 second)
            when told_consents.state = 'denied' then told_consents.occurred_at + to_seconds(43199)
            else told_consents.occurred_at - to_seconds(43200)
        end as said_at
    from told_consents
    where
        told_consents.state is not null
        and (told_consents.state = 'denied' or not told_consents.is_no_person)
),

-- A state lasts since it was first told after the last change.
changes as (
    select
        consents.customer_id,
        consents.purpose,
        consents.state,
        consents.occurred_at,
        consents.said_at,
        lag(consents.state) over customers_words as former_state,
        row_number() over (
            partition by consents.customer_id, consents.purpose
            order by consents.said_at desc, consents.state asc
        ) = 1 as is_last
    from ordered_consents as consents
    window customers_words as (
        partition by consents.customer_id, consents.purpose
        order by consents.said_at asc, consents.state desc
    )
)

select
    changes.customer_id,
    changes.purpose,
    arg_max(changes.state, changes.is_last) as state,
    arg_max(changes.occurred_at, changes.said_at) filter (
        where changes.former_state is distinct from changes.state
    ) as since
from changes
group by changes.customer_id, changes.purpose
