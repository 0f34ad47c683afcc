-- One row per customer who denied the purpose (a variable) after the cut-off.
--
-- Source: core.touchpoints, core.identities, ops.project; told_denials, what records that deny analytics say:
-- core.denials, where the publication has such a table.
select touches.customer_id
from core.touchpoints as touches
cross join ops.project as project
where
    touches.occurred_at > project.cut_off
    and 'denied' in (
        case getvariable('purpose')::varchar
            when 'analytics' then touches.consent_analytics
            when 'ads' then touches.consent_ads
            when 'email' then
                if(touches.event = 'email_unsubscribe', 'denied', touches.consent_email)
        end
    )
union
select identities.customer_id
from (
    select
        unnest(told.strong_ids) as strong_id,
        told.occurred_at,
        told.consent_ads,
        told.consent_email
    from told_denials as told
) as denials
cross join ops.project as project
inner join core.identities as identities on denials.strong_id = identities.identifier
where
    identities.led_by != 'hub'
    and denials.occurred_at > project.cut_off
    and 'denied' in (
        case getvariable('purpose')::varchar
            when 'analytics' then 'denied'
            when 'ads' then denials.consent_ads
            when 'email' then denials.consent_email
        end
    )
