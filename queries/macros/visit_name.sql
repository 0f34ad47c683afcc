-- What a visit is called when visits are told apart by one dimension: traffic, campaign (of its
-- traffic), channel or touchpoint (channel/event).
create or replace macro visit_name(dimension, traffic, campaign, channel, event) as
case dimension
    when 'traffic' then traffic
    -- A traffic that holds the joint itself must not pass for another one and its campaign.
    when 'campaign' then replace(traffic, ' / ', ' // ') || coalesce(' / ' || campaign, '')
    when 'channel' then channel
    when 'touchpoint' then channel || '/' || event
end;
