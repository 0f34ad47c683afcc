-- One row per value asked for and other type under which the publication knows it, though that is not to be erased.
--
-- Source: other_names (what the values asked for would be as other types); wanted, own_identifiers (what goes);
-- the publication's identities, and who only denied or took back.
with known as (
    select identities.identifier
    from published.core.identities as identities
    union
    select unnest(denials.strong_ids) as identifier
    from published.core.denials as denials
    union
    select withdrawals.identifier
    from published.core.withdrawals as withdrawals
)

select distinct
    other_names.number,
    other_names.type,
    other_names.known_as
from other_names
semi join known on other_names.identifier = known.identifier
anti join wanted on other_names.identifier = wanted.identifier
anti join own_identifiers on other_names.identifier = own_identifiers.identifier
order by other_names.number, other_names.known_as
