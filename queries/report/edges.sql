-- One row per edge of the transition graph of one grain, all segments together.
--
-- Source: marts.transitions, whose rows without a segment filter are summed here.
select * from transitions(grain := $grain)
