-- What an analyst chose of some words, or an error that names them: a misspelt choice must not be
-- answered as another one.
create or replace macro one_of(chosen, parameter, words) as
if(
    list_contains(words, chosen),
    chosen,
    error(
        parameter || ': expected ' || array_to_string(words, ', ') || '; found '
        || coalesce(chosen::varchar, 'null')
    )
);

-- A stage that an analyst chose.
create or replace macro one_stage(chosen, parameter) as
one_of(chosen, parameter, ['need', 'research', 'evaluation', 'purchase', 'experience', 'outcome']);

-- By what an analyst chose to part journeys; all is not to part them.
create or replace macro one_dimension(chosen) as
one_of(chosen, 'dimension', ['all', 'channel', 'traffic', 'campaign', 'device', 'segment']);
