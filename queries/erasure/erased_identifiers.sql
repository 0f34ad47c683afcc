-- One row per pseudonym of the publication that is on the suppression list.
--
-- Source: every column of the publication that holds pseudonyms; suppression, the list. Publications of
-- older layouts have no denials, which are read as they are recalled.
with met_identifiers as (
    select identities.identifier from yesterday.core.identities as identities
    union
    select touches.strong_id as identifier from yesterday.core.touchpoints as touches
    union
    select unnest(touches.strong_ids) as identifier from yesterday.core.touchpoints as touches
    union
    select touches.weak_id as identifier from yesterday.core.touchpoints as touches
    union
    select touches.click_id as identifier from yesterday.core.touchpoints as touches
    union
    select clicks.click_id as identifier from yesterday.core.ad_clicks as clicks
    union
    select withdrawals.identifier from yesterday.core.withdrawals as withdrawals
    union
    select unnest(denials.strong_ids) as identifier from stored_denials as denials
    union
    select links.one_id as identifier from yesterday.core.identity_links as links
    union
    select links.other_id as identifier from yesterday.core.identity_links as links
)

select met_identifiers.identifier
from met_identifiers
where
    mark_of(met_identifiers.identifier) in (
        select suppression.mark from suppression where suppression.kind = 'identifier'
    )
