-- What a vendor tells of a mail, in our words. Needs words.sql.

-- Whether one of a mail's labels (categories, tags, streams, names) says that it is service, not
-- advertising: the source's `transactional` lists it, or it says so itself.
create or replace macro is_service_mail(labels) as
    coalesce(
        len(
            list_filter(
                labels,
                lambda label: contains(lower(label), 'transactional')
                or list_contains(
                    coalesce(getvariable('transactional')::varchar[], []), lower(trim(label))
                )
            )
        ) > 0,
        false
    );

-- Our event for what happened to a mail: 'sent', 'delivered', 'bounced', 'opened', 'clicked',
-- 'unsubscribed' or 'complained'; null for any other word.
create or replace macro mail_event(kind, is_service) as
    case
        when kind = 'sent' then 'email_sent'
        when kind = 'delivered' then 'email_delivered'
        when kind = 'bounced' then 'email_bounce'
        when kind = 'opened' then if(is_service, 'service_email_open', 'email_open')
        when kind = 'clicked' then if(is_service, 'service_email_click', 'email_click')
        when kind in ('unsubscribed', 'complained') then 'email_unsubscribe'
    end;

-- What an unsubscribe or a spam complaint says of the consent to mail.
create or replace macro mail_consent(kind) as
    if(kind in ('unsubscribed', 'complained'), 'denied', null);
