-- One row per edge and segment of the transition graph of one grain; the graph takes segments together.
select * from marts.transitions
where grain = $grain
