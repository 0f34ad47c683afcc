-- One row per customer one of whose identifiers a denial names that is new tonight, or gone, or not in the
-- future any more.
--
-- Source: scratch.denials and the publication's; scratch.persons. A denial whose identifier leads to another
-- customer than before concerns both by the links that changed.
with changed_denials as (
    (
        from scratch.denials
        except
        from yesterday.core.denials
    )
    union all
    (
        from yesterday.core.denials
        except
        from scratch.denials
    )
    union all
    select denials.*
    from scratch.denials as denials
    where
        denials.occurred_at > getvariable('former_cut_off')::timestamptz
        and denials.occurred_at <= getvariable('cut_off')::timestamptz
),

denying_ids as (
    select distinct unnest(changed_denials.strong_ids) as identifier
    from changed_denials
)

select distinct coalesce(persons.customer_id, denying_ids.identifier) as customer_id
from denying_ids
left join scratch.persons as persons on denying_ids.identifier = persons.strong_id
