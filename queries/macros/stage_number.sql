-- The place of a stage in the journey, from 1 (need) to 6 (outcome); null for what is no stage.
create or replace macro stage_number(stage) as
case stage
    when 'need' then 1
    when 'research' then 2
    when 'evaluation' then 3
    when 'purchase' then 4
    when 'experience' then 5
    when 'outcome' then 6
end;
