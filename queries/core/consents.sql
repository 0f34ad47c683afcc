-- One row per customer and purpose (analytics, ads, email): what the customer last said of it.
--
-- Source: core.touchpoints. Of words at one instant a denial stands. An unsubscribe and a spam
-- complaint deny email. Who denies analytics has no customer, and so no row.
with told_consents as (
    select
        touches.customer_id,
        touches.occurred_at,
        unnest(['analytics', 'ads', 'email']) as purpose,
        unnest(
            [
                touches.consent_analytics,
                touches.consent_ads,
                coalesce(touches.consent_email, if(touches.event = 'email_unsubscribe', 'denied', null))
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
),

-- A state lasts since it was first told after the last change.
changes as (
    select
        told_consents.customer_id,
        told_consents.purpose,
        told_consents.state,
        told_consents.occurred_at,
        lag(told_consents.state) over customers_words as former_state,
        row_number() over (
            partition by told_consents.customer_id, told_consents.purpose
            order by told_consents.occurred_at desc, told_consents.state asc
        ) = 1 as is_last
    from told_consents
    where told_consents.state is not null
    window customers_words as (
        partition by told_consents.customer_id, told_consents.purpose
        order by told_consents.occurred_at asc, told_consents.state desc
    )
)

select
    changes.customer_id,
    changes.purpose,
    arg_max(changes.state, changes.is_last) as state,
    max(changes.occurred_at) filter (where changes.former_state is distinct from changes.state) as since
from changes
group by changes.customer_id, changes.purpose
