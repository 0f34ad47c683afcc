-- One row per strong identifier whose links changed tonight, or that has come to be a hub, or is none
-- any more.
--
-- Source: scratch.identity_links and the publication's links; scratch.hubs and what the publication knew of hubs.
with new_links as (
    select
        links.one_id,
        links.other_id,
        links.told_by
    from scratch.identity_links as links
    except
    select
        links.one_id,
        links.other_id,
        links.told_by
    from yesterday.core.identity_links as links
),

gone_links as (
    select
        links.one_id,
        links.other_id,
        links.told_by
    from yesterday.core.identity_links as links
    except
    select
        links.one_id,
        links.other_id,
        links.told_by
    from scratch.identity_links as links
),

changed_links as (
    from new_links
    union all
    from gone_links
),

former_hubs as (
    select identities.identifier
    from yesterday.core.identities as identities
    where identities.led_by = 'hub'
),

changed_hubs as (
    (
        select hubs.identifier from scratch.hubs as hubs
        except
        select former_hubs.identifier from former_hubs
    )
    union all
    (
        select former_hubs.identifier from former_hubs
        except
        select hubs.identifier from scratch.hubs as hubs
    )
)

select changed_links.one_id as identifier from changed_links
union
select changed_links.other_id as identifier from changed_links
union
select changed_hubs.identifier from changed_hubs
